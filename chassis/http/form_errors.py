"""Where a request is not of the right form: a JSON Pointer into its body or a parameter's name, in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

LONGEST = 100
# Pydantic's words for these show a part of the input, or a pattern nobody wants to read.
PLAIN: Mapping[str, str] = {
    "uuid_parsing": "Input should be a valid UUID",
    "string_pattern_mismatch": "Input has characters or a form that are not allowed here",
    "union_tag_invalid": "Input should be one of the documented kinds",
    "extra_forbidden": "There is no such field",
    "model_attributes_type": "Send a JSON object, with Content-Type: application/json",
}
PREFIX = "Value error, "
"""What pydantic puts before the words of our own checks."""


def form_errors(errors: Sequence[Any], body: Any, base: str = "") -> list[dict[str, Any]]:
    """Each error's place and what is wrong there, never the input.

    ``loc`` is the place as the framework names it; ``pointer`` (RFC 6901, a URI fragment) where it is in the body,
    ``parameter`` the name of a header or of a part of the address. ``base`` is where ``body`` is in the request's.
    """
    return [
        {"loc": [shortened(part) for part in error["loc"]], "msg": message(error), **place(error, body, base)}
        for error in errors
    ]


def row_errors(errors: Sequence[Any], body: Any, base: str) -> list[dict[str, Any]]:
    """The same of a model that is one part of a request's body."""
    return [
        found | {"loc": found["loc"][1:]}
        for found in form_errors([{**error, "loc": ("body", *error["loc"])} for error in errors], body, base)
    ]


def message(error: Any) -> str:
    return PLAIN.get(error["type"]) or str(error["msg"]).removeprefix(PREFIX)


def place(error: Any, body: Any, base: str) -> dict[str, str]:
    where, *parts = error["loc"]
    if where == "body":
        return {"pointer": "#" + base + "".join(f"/{escaped(part)}" for part in within(body, parts, error["type"]))}
    return {"parameter": str(shortened(parts[0] if parts else where))}


def within(body: Any, parts: Sequence[Any], type_: str) -> list[Any]:
    """Those parts of a place that the body has; the framework also names kinds of a union. What is missing is last."""
    found = []
    for place, part in enumerate(parts, start=1):
        if has(body, part):
            body = body[part]
        elif not (type_ == "missing" and place == len(parts)):
            continue
        found.append(part)
    return found


def has(body: Any, part: Any) -> bool:
    if isinstance(body, list):
        return isinstance(part, int) and part < len(body)
    return isinstance(body, dict) and part in body


def escaped(part: Any) -> str:
    return quote(str(shortened(part)).replace("~", "~0").replace("/", "~1"), safe="~", errors="replace")


def shortened(part: Any) -> Any:
    return part if isinstance(part, int) else str(part)[:LONGEST]
