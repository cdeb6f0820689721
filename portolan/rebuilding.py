"""The operator's command to rebuild read models while the old ones serve; over HTTP only."""

import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from portolan.parked import Operator, console, operators
from portolan.stack.errors import StackProblem
from portolan.stack.stack import SERVICES

UNDER_WAY = ("waiting", "reading")
PATIENCE = 60


def rebuild(
    service: Annotated[str, typer.Argument(help="One of: " + ", ".join(SERVICES))],
    reader: Annotated[str | None, typer.Argument(help="One of its readers; default: all with tables.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the rebuild in progress instead.")] = False,
) -> None:
    """Rebuild read models from the first event. The live ones serve until the new ones replace them."""
    (operator,) = operators(service)
    readers = [reader] if reader else readers_of(operator)
    if cancel:
        give_up(operator, readers)
        return
    failed = [name for name in readers if not follow(operator, name, under_way(operator, name))]
    if failed:
        raise typer.Exit(1)


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
