"""The commands of ``portolan``."""

import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from contracts.roles import Role
from portolan.identities import TOKEN_ROLES, TokenHours, TokenPerson, TokenRole, asked_identity, identity
from portolan.local import Local, state_of
from portolan.parked import discard, parked, redrive
from portolan.rebuilding import rebuild
from portolan.stack.errors import StackProblem
from portolan.stack.processes import Running
from portolan.stack.sealing import make_key
from portolan.stack.stack import SERVICES, Stack
from portolan.version import Version

# What one command alone needs is imported by it: every other one, `status` above all, starts in half the time.
if TYPE_CHECKING:
    from portolan.importer.report import Report

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for operating in (parked, redrive, discard, rebuild):
    app.command()(operating)
console = Console(highlight=False, soft_wrap=True)
VERBS = {
    "starting": "starting",
    "started": "ready",
    "unchanged": "running",
    "stopping": "stopping",
    "stopped": "stopped",
}


@app.callback()
def portolan(version: Version = False) -> None:
    """Portolan's local stack, importer and documents."""


class StepDisplay:
    """Shows steps as they begin and end: a live line on a terminal, one plain line an end elsewhere."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._status = console.status("") if console.is_terminal else None

    def __enter__(self) -> "StepDisplay":
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, step: str, state: str) -> None:
        if state in ("starting", "stopping"):
            self._begun[step] = time.monotonic()
        else:
            took = time.monotonic() - self._begun.pop(step, time.monotonic())
            console.print(f"  {step:<20} {VERBS[state]}{f'  {took:.1f} s' if took >= 0.1 else ''}")
        if self._status and self._begun:
            self._status.update(", ".join(self._begun))

    def working(self, what: str) -> None:
        if self._status:
            self._status.update(what)


@app.command()
def up(
    demo_data: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the demo company the first time.")] = True,
) -> None:
    """Start everything, load the demo company the first time, and print the addresses."""
    local = Local(Stack())
    with StepDisplay() as steps:
        local.up(steps)
        if demo_data:
            load_demo(local, steps)
        local.catch_up(lambda lag: steps.working(f"{lag} events in progress"))
    console.print(where_to_look(local))


def load_demo(local: Local, steps: StepDisplay) -> None:
    """Load the demo company once; an interrupted load goes on with the day it began."""
    from portolan import demo

    loaded = local.demo_loaded
    if loaded.exists():
        return

    def progress(done: int, total: int, what: str) -> None:
        steps.working(f"demo company: {what} ({done} of {total})")

    steps("demo company", "starting")
    try:
        day = demo.begun_on(local.urls, local.token) or datetime.now(UTC).date()
        demo.load(local.urls, local.token, day, progress)
    except demo.DemoProblem as problem:
        raise StackProblem(
            str(problem), "Run `make up` again to go on; `portolan up --no-demo` starts without it."
        ) from problem
    loaded.touch()
    steps("demo company", "started")


def where_to_look(local: Local) -> str:
    program = program_name()
    link = f"{local.url('reporting')}/sign-in#{local.token(*identity('executive'))}"
    documents = "\n".join(f"  {service:<10} {local.url(service)}/docs" for service in SERVICES)
    return (
        f"\nPortolan is up.\n\nDashboard, signed in as an executive for 12 hours:\n{link}\n"
        f"\nAPI documents:\n{documents}\n"
        f"\nA token for the APIs:   {program} token ROLE   (ROLE: " + ", ".join(TOKEN_ROLES) + ")\n"
        f"Load a portfolio file:  {program} import FILE\n"
        "Stop, delete all data:  make down, make clean\n"
    )


def program_name() -> str:
    """The command as it can be typed here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    return called.name if shutil.which(called.name) == str(called.absolute()) else str(called)


@app.command()
def down() -> None:
    """Stop everything and keep the data."""
    stack = Stack()
    if not stack.running():
        console.print("Nothing is running.")
        return
    with StepDisplay() as steps:
        stack.infrastructure_down(steps)
    console.print("Portolan is stopped; its data is kept in " + state_of(stack.folder) + ".")


@app.command()
def clean() -> None:
    """Stop everything and delete all its data."""
    stack = Stack()
    with StepDisplay() as steps:
        stack.clean(steps)
    console.print("All data of the local stack is deleted.")


@app.command("backup-key")
def backup_key(file: Annotated[Path, typer.Argument(help="A new file for the key.")]) -> None:
    """Make a key that opens backups, and print the recipient to encrypt them for (age)."""
    typer.echo(make_key(file))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the backup.")],
    to: Annotated[
        list[str] | None,
        typer.Option(envvar="PORTOLAN_BACKUP_RECIPIENT", help="Who can open it: `age1...`; may be repeated."),
    ] = None,
) -> None:
    """Copy all databases and the issuer's key into a folder, encrypted; workers pause meanwhile.

    Master keys are not copied.
    """
    from portolan.backups import back_up

    local = Local(Stack())
    with StepDisplay() as steps:
        made = back_up(local, folder, to or [], steps)
    console.print(
        f"\nThe backup is in {folder}. It is useless without the recipient's key, and without the master key\n"
        f"{', '.join(made.master_keys)}: store a copy of {state_of(local.stack.folder)}/master-keys in another place."
    )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    key: Annotated[Path, typer.Option(help="The recipient's key, as `portolan backup-key` or age made it.")],
    master_keys: Annotated[Path, typer.Option(help="Your copy of the stack's file master-keys.")],
) -> None:
    """Restore a backup into an empty state folder and start the stack; topics are republished from the logs."""
    from portolan.backups import restore_all

    local = Local(Stack())
    with StepDisplay() as steps:
        made = restore_all(local, folder, key, master_keys, steps)
        local.catch_up(lambda lag: steps.working(f"{lag} events in progress"))
    console.print(
        f"\nEverything is as it was at {made.made_at:%Y-%m-%d %H:%M:%S} UTC.\n"
        "Erase everybody again who was erased since, and tell other subscribers that the topics were recreated."
    )


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh every two seconds until Ctrl-C.")] = False,
) -> None:
    """Show processes, logs, relays, readers and problems. Exit code 1 if there is a problem."""
    local = Local(Stack())
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
    if found.missing or found.problems:
        raise typer.Exit(1)


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


@app.command()
def token(role: TokenRole, person: TokenPerson = None, hours: TokenHours = 12) -> None:
    """Print an access token for a role; for a stack in containers with its PORTOLAN_ISSUER_KEY set."""
    local = Local(Stack())
    subject, roles = asked_identity(role, person)
    if not local.can_mint():
        raise StackProblem("There is no local stack.", "Start it with `make up`.")
    sys.stdout.write(local.token(subject, roles, hours) + "\n")


def document(service: str, path: str) -> None:
    if service not in SERVICES:
        raise StackProblem(f"There is no service {service}.", "Choose one of: " + ", ".join(SERVICES) + ".")
    local = Local(Stack())
    token = local.token("local:documents", [str(Role.STAFF)]) if local.can_mint() else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(local.url(service) + path, headers=headers, timeout=60, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StackProblem(f"{service} does not respond.", "Start the stack with `make up`.") from error
    sys.stdout.write(json.dumps(answer.json(), indent=2) + "\n")


@app.command()
def openapi(service: Annotated[str, typer.Argument(help="One of: " + ", ".join(SERVICES))]) -> None:
    """Print a service's OpenAPI document."""
    document(service, "/openapi.json")


@app.command()
def asyncapi(service: Annotated[str, typer.Argument(help="One of: " + ", ".join(SERVICES))]) -> None:
    """Print a service's AsyncAPI document."""
    document(service, "/asyncapi.json")


MappingFile = Annotated[Path | None, typer.Option(help="A YAML mapping file: column names and more.")]
RejectsFile = Annotated[Path | None, typer.Option(help="File for rejected rows; default FILE.rejects.csv.")]
Encoding = Annotated[str | None, typer.Option(help="The file's encoding; default UTF-8.")]
Source = Annotated[str | None, typer.Option(help="Name of the system the data comes from.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; store nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file of projects.")],
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a portfolio file: agencies, investments, projects and their money. Importing it again changes nothing."""
    from portolan.importer import ServiceUrls, import_file

    local = Local(Stack())
    report = import_file(
        file,
        ServiceUrls(**local.urls),
        lambda: importer_token(local),
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        dry_run=dry_run,
        console=Console(stderr=True) if as_json else console,
    )
    tell(report, as_json)


@app.command(name="import-people")
def import_people_(
    file: Annotated[Path, typer.Argument(help="A CSV file of persons with their positions.")],
    experience: Annotated[Path | None, typer.Option(help="A CSV file of the persons' experience.")] = None,
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import persons, their positions, divisions and experience. Importing the same files again changes nothing."""
    from portolan.importer.people import import_people

    local = Local(Stack())
    report = import_people(
        file,
        local.url("people"),
        lambda: importer_token(local),
        experience=experience,
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        dry_run=dry_run,
        console=Console(stderr=True) if as_json else console,
    )
    tell(report, as_json)


def importer_token(local: Local) -> str:
    """A token for loading what other systems hold."""
    return local.token("local:importer", [str(Role.ADMINISTRATOR)])


def tell(report: "Report", as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        report.show(console)
    if report.exit_code:
        raise typer.Exit(report.exit_code)
