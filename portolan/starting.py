"""Starts the local stack and loads the demo company into it."""

from datetime import UTC, datetime

from portolan.display import StepDisplay, console, where_to_look
from portolan.local import Local
from portolan.stack.errors import StackProblem


def start(local: Local, *, demo_data: bool) -> None:
    """Start everything, load the demo company the first time, and print the addresses."""
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
