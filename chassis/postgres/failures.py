"""Which failures may pass, and how a permanent one is described without quoting an event."""

import traceback
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from chassis.domain.decider import Refused
from chassis.domain.failures import Transient
from chassis.postgres.connections import is_transient


def may_pass(failure: Exception) -> bool:
    """Return whether the same may well succeed later."""
    return isinstance(failure, Transient) or is_transient(failure)


def describe(failure: Exception) -> str:
    """Return a failure's type and place. Never its own text, which may quote an event."""
    if isinstance(failure, Refused):
        return f"{type(failure).__name__}: {failure.rule}"
    if isinstance(failure, DBAPIError):
        return describe_database(failure)
    if isinstance(failure, ValidationError):
        kinds = sorted({error["type"] for error in failure.errors(include_input=False, include_url=False)})
        return f"ValidationError of {failure.title}: {', '.join(kinds)}"[:1000]
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f" in {Path(own[-1].filename).name}, line {own[-1].lineno} ({own[-1].name})" if own else ""
    return type(failure).__name__ + place


def describe_database(failure: DBAPIError) -> str:
    """The database's name for it, and the table, column and constraint it is about."""
    state = getattr(failure.orig, "sqlstate", None)
    said = getattr(failure.orig, "diag", None)
    places = [getattr(said, name, None) for name in ("table_name", "column_name", "constraint_name")]
    where = ", ".join(place for place in places if place)
    kind = type(failure.orig).__name__
    return kind + (f" ({state})" if state else "") + (f" of {where}" if where else "")
