"""Two versions of a record that keeps numbered ones, as they are asked for over HTTP."""

from collections.abc import Container
from typing import Annotated

from fastapi import Query
from fastapi.exceptions import RequestValidationError

from chassis.http.known_parameters import refused

Before = Annotated[int | None, Query(ge=1, description="the number of a version; default: the one before the other")]
After = Annotated[int | None, Query(ge=1, description="the number of a version; default: the last")]


def two_of(versions: Container[int], last: int, before: int | None, after: int | None) -> tuple[int, int]:
    """Return the numbers of the versions asked for, of those from 1 to the last; each that is none of them is named."""
    later = after or last
    earlier = before or max(later - 1, 1)
    for name, number in (("before", earlier), ("after", later)):
        if number not in versions:
            raise RequestValidationError([refused(name, f"There are versions 1 to {last}.")])
    return earlier, later
