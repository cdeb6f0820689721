"""The operator's command to rebuild read models while the old ones serve; over HTTP only."""

import time
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from portolan.display import console
from portolan.names import check_name
from portolan.parked import Operator, operators
from portolan.stack.errors import StackProblem

UNDER_WAY = ("waiting", "reading")
PATIENCE = 60


def rebuild_all(service: str, reader: str | None, *, cancel: bool) -> bool:
    """Rebuild read models from the first event, or cancel that; return whether all were rebuilt."""
    (operator,) = operators(service)
    known = readers_of(operator)
    if reader is not None:
        check_name("reader with tables", reader, known)
    readers = [reader] if reader else known
    if cancel:
        give_up(operator, readers)
        return True
    if not readers:
        console.print(f"{service} has no read models to rebuild.")
    failed = [name for name in readers if not follow(operator, name, under_way(operator, name))]
    return not failed


def readers_of(operator: Operator) -> list[str]:
    found: list[str] = operator.get("/rebuilds")["readers"]
    return found


def under_way(operator: Operator, reader: str) -> dict[str, Any]:
    """The rebuild of a reader: the one under way, or a new one."""
    for item in operator.get("/rebuilds")["items"]:
        if item["reader"] == reader and item["state"] in UNDER_WAY:
            return dict(item)
    return dict(operator.post("/rebuilds", {"reader": reader}))


def follow(operator: Operator, reader: str, found: dict[str, Any]) -> bool:
    """Show how far it is until it ends; whether it was done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    began, path = time.monotonic(), f"/rebuilds/{found['id']}"
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"{operator.service} {reader}", total=None)
        while found["state"] in UNDER_WAY:
            if found["state"] == "waiting" and time.monotonic() - began > PATIENCE:
                raise StackProblem(
                    f"No worker of {operator.service} has started on it.",
                    "Check with `portolan status` that its worker is running; it carries the request out when it does.",
                )
            time.sleep(0.2)
            found = operator.get(path)
            progress.update(task, completed=found["read"], total=max(found["total"], found["read"]) or None)
    reason = f": {found['reason']}" if found["reason"] else ""
    console.print(f"{operator.service} {reader}: {found['state']}, {found['read']} messages read{reason}")
    return bool(found["state"] == "done")


def give_up(operator: Operator, readers: list[str]) -> None:
    going = [i for i in operator.get("/rebuilds")["items"] if i["reader"] in readers and i["state"] in UNDER_WAY]
    for item in going:
        operator.delete(f"/rebuilds/{item['id']}")
        console.print(f"{operator.service} {item['reader']}: cancelled; the live tables stay")
    if not going:
        console.print("Nothing is being rebuilt.")
