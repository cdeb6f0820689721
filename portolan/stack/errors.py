"""Failures on the user's machine, in two sentences instead of a traceback."""

import errno
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED_BYTES = 500 * 1024 * 1024
DISK_FULL = "No space left on device"


class StackProblem(Exception):
    """A foreseeable failure: `what` happened and `what_to_do` about it, each one or more full sentences."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(f"{what} {what_to_do}")
        self.what = what
        self.what_to_do = what_to_do


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turns an operating system's refusal inside the block into a problem that says what was being done."""
    try:
        yield
    except OSError as error:
        raise _explanation(doing, error) from error


def _explanation(doing: str, error: OSError) -> StackProblem:
    what = f"{doing} failed: {error.strerror or error}{f' ({error.filename})' if error.filename else ''}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return StackProblem(what, "Run the command as the user that owns this file or folder, or change its owner.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(doing)
    return StackProblem(what, "Check the file or folder named here, then run the command again.")


def disk_full(doing: str) -> StackProblem:
    return StackProblem(f"{doing} failed: the disk is full.", "Free some space, then run the command again.")


def check_free_space(folder: Path) -> None:
    """Refuses to begin where 500 MB cannot be written; `folder` need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < NEEDED_BYTES:
        raise StackProblem(
            f"Only {free // 1024**2} MB are free on the disk of {folder}, and the stack needs at least 500 MB.",
            "Free some space, or put the stack's state on another disk with PORTOLAN_STATE.",
        )


def check_platform() -> None:
    """Refuses a Python or an operating system for which the stack's parts do not exist."""
    if sys.version_info < (3, 11):  # noqa: UP036  run from a source folder, no installer has checked this
        raise StackProblem(
            f"Portolan needs Python 3.11 or newer, and this is {platform.python_version()}.",
            "Install a newer Python and run `make up PYTHON=python3.11`.",
        )
    if sys.platform not in ("linux", "darwin"):
        raise StackProblem(
            f"The local stack runs on Linux and macOS, and this is {platform.system()}.",
            "Use docker-compose.yml, or run Portolan in WSL.",
        )
