"""How the command shows what it does: steps as they begin and end, and where to look then."""

import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

from portolan.identities import identity
from portolan.local import Local
from portolan.names import SERVICES, TOKEN_ROLES

console = Console(highlight=False, soft_wrap=True)
VERBS = {
    "starting": "starting",
    "started": "ready",
    "unchanged": "running",
    "stopping": "stopping",
    "stopped": "stopped",
}


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
