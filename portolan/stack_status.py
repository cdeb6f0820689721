"""The state of the stack on a screen and as JSON: processes, services, readers, problems."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table

from portolan.display import console
from portolan.local import Local
from portolan.names import SERVICES
from portolan.stack.processes import Running


def show_status(local: Local, *, as_json: bool, watch: bool) -> bool:
    """Show it; return whether everything runs without problems."""
    found = StackStatus.at(local)
    if as_json:
        sys.stdout.write(json.dumps(found.document(), indent=2) + "\n")
    elif watch:
        with Live(found.shown(), console=console) as live, suppress(KeyboardInterrupt):
            while True:
                time.sleep(2)
                found = StackStatus.at(local)
                live.update(found.shown())
    else:
        console.print(found.shown())
    return not (found.missing or found.problems)


@dataclass(frozen=True)
class StackStatus:
    running: Mapping[str, Running]
    missing: Sequence[str]
    statuses: Mapping[str, dict[str, Any] | None]
    problems: Sequence[Mapping[str, str]]

    @staticmethod
    def at(local: Local) -> "StackStatus":
        running = {process.name: process for process in local.stack.running()}
        wanted = ["postgres", "kafka", *(f"{service}-{role}" for service in SERVICES for role in ("api", "worker"))]
        statuses = {service: local.status(service) for service in SERVICES}
        problems = [each for service in SERVICES for each in local.problems(service, statuses[service])]
        missing = [name for name in wanted if name not in running]
        return StackStatus(running, missing, statuses, problems if running else [])

    def document(self) -> dict[str, Any]:
        processes = {name: {"pid": each.pid, "memory": each.memory} for name, each in self.running.items()}
        services, problems = dict(self.statuses), list(self.problems)
        return {"processes": processes, "missing": list(self.missing), "services": services, "problems": problems}

    def shown(self) -> Group:
        names = [*self.running, *self.missing]
        tables = [process_table(names, self.running), service_table(self.statuses), reader_table(self.statuses)]
        return Group(*tables, *verdict(self.missing, self.problems))


def process_table(wanted: Sequence[str], running: Mapping[str, Running]) -> Table:
    table = Table("process", "pid", "memory", "up", title="Processes", title_justify="left")
    for name in wanted:
        process = running.get(name)
        if process is None:
            table.add_row(name, "-", "-", "not running")
        else:
            minutes = int((time.time() - process.since) // 60)
            table.add_row(name, str(process.pid), f"{process.memory // 1024**2} MB", f"{minutes} min")
    return table


def service_table(statuses: Mapping[str, dict[str, Any] | None]) -> Table:
    table = Table("service", title="Services", title_justify="left")
    for name in ("events", "public", "relay lag", "oldest", "parked", "due"):
        table.add_column(name, justify="right")
    table.add_column("last event")
    for service, found in statuses.items():
        if found is None:
            table.add_row(service, *"------", "does not respond")
            continue
        table.add_row(
            service,
            *(f"{found[name]:,}" for name in ("recorded", "published", "relay_lag_events")),
            seconds(found["relay_lag_seconds"], found["relay_lag_events"]),
            *(f"{found[name]:,}" for name in ("parked", "due")),
            moment(found["last_recorded_at"]),
        )
    return table


def reader_table(statuses: Mapping[str, dict[str, Any] | None]) -> Table:
    table = Table("reader", "source", title="Readers", title_justify="left")
    for name in ("applied", "lag", "oldest"):
        table.add_column(name, justify="right")
    table.add_column("last applied")
    for service, found in statuses.items():
        for reader in found["readers"] if found else ():
            table.add_row(
                f"{service} {reader['reader']}",
                reader["source"],
                f"{reader['applied']:,}",
                f"{reader['lag_events']:,}",
                seconds(reader["lag_seconds"], reader["lag_events"]),
                moment(reader["applied_at"]),
            )
    return table


def verdict(missing: Sequence[str], problems: Sequence[Mapping[str, str]]) -> list[str]:
    lines = [f"Not running: {', '.join(missing)}. Start with `make up`."] if missing else []
    for problem in problems:
        lines.append(f"- {problem['what']}\n    {problem['why']}\n    {problem['remedy']}")
    return ["\nProblems:", *lines] if lines else ["\nNo problems."]


def seconds(duration: float, count: int) -> str:
    return f"{duration:.0f} s" if count else "-"


def moment(text: str | None) -> str:
    return f"{text[:10]} {text[11:19]}" if text else "never"
