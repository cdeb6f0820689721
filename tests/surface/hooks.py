"""What no generator can know: values that only a service hands out are left out, or made afresh, where well formed.

And what it need not try everywhere: of what all operations share, half of the cases would be made.
"""

import re
from collections import defaultdict
from collections.abc import MutableMapping
from datetime import date
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData

from chassis.http.preconditions import ENTITY_TAG
from tests.examples import TIMES

# One piece of code reads them, whatever the operation; None stands for several headers at once.
HEADERS = frozenset({"portolan-for", "portolan-reason", "portolan-after", "idempotency-key", "if-match", "prefer"})
SHARED = {
    ParameterLocation.HEADER: HEADERS | {"authorization", "content-type", None},
    ParameterLocation.PATH: frozenset({"id"}),
    ParameterLocation.QUERY: frozenset({"page_size", "page_token", "known_at", "effective_on"}),
}
ENOUGH = 3
tried: defaultdict[tuple[str, ParameterLocation, str | None], set[str]] = defaultdict(set)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Try the boundaries of what is shared at the first operations of each method; `make long` tries them at all."""
    about = case.meta.phase.data if case.meta else None
    if TIMES > 1 or not isinstance(about, CoveragePhaseData) or about.parameter_location is None:
        return True
    if about.parameter_location == ParameterLocation.BODY and str(
        case.operation.definition.raw["operationId"]
    ).endswith("_as"):
        return False  # the body of the creation whose id we choose
    parameter = about.parameter and about.parameter.lower()
    if parameter not in SHARED.get(about.parameter_location, ()):
        return True
    operations = tried[case.operation.method, about.parameter_location, parameter]
    if len(operations) < ENOUGH:
        operations.add(case.operation.label)
    return case.operation.label in operations


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Malformed values go out as they are, so that their refusal is tested."""
    leave_out(case.query, "page_token", 2000)  # a token is a page's, opaque to callers
    leave_out_day(case.query, "on")  # no document tells that days go from 1900 to 2200
    leave_out(case.headers, "portolan-after", 4000)  # it names published events, and waits for those still to come
    if case.meta and case.meta.generation.mode.is_positive:
        leave_out_tag(case.headers)  # its boundaries are made of the length alone, and taken for well-formed tags
    if leave_out(case.headers, "idempotency-key", 255):  # a key belongs to one request
        case.headers["idempotency-key"] = str(uuid4())


def leave_out(values: MutableMapping[str, Any] | None, name: str, longest: int) -> bool:
    """Whether there was such a value of the documented form; it is gone then."""
    found = next((key for key in values or () if key.lower() == name), None)
    if values is None or found is None or not isinstance(values[found], str) or not 0 < len(values[found]) <= longest:
        return False
    del values[found]
    return True


def leave_out_tag(headers: MutableMapping[str, Any] | None) -> None:
    """What is no entity tag is gone."""
    for name in [name for name in headers or () if name.lower() == "if-match"]:
        if headers is not None and headers[name] != "*" and re.fullmatch(ENTITY_TAG, str(headers[name])) is None:
            del headers[name]


def leave_out_day(values: MutableMapping[str, Any] | None, name: str) -> None:
    """A well-formed day outside the calendar is gone."""
    try:
        day = date.fromisoformat((values or {}).get(name, ""))
    except (TypeError, ValueError):
        return
    if values is not None and not 1900 <= day.year <= 2200:
        del values[name]
