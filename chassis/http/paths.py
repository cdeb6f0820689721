"""The parts of a request's path."""

from starlette.types import Scope


def first_part(scope: Scope) -> str:
    """What a path begins with, up to the second slash; also of ``*``, which is no path."""
    path: str = scope["path"]
    return path.removeprefix("/").partition("/")[0]
