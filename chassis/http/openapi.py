"""The OpenAPI document of a service, with what is refused: every operation's problem responses, from one list."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from fastapi import FastAPI

from chassis.commands.table import Aggregate
from chassis.http.routes import operation
from chassis.http.rules import rules_of

Operation = Mapping[str, Any]
PROBLEM = {
    "title": "Problem",
    "description": "Why something was refused or failed (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "which kind of problem; stable, for programs"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong here, for people"},
        "rule": {"type": "string", "description": "which rule refused it"},
        "remedy": {"type": "string", "description": "what would satisfy the rule"},
        "errors": {
            "type": "array",
            "description": "where the request is not of the right form",
            "items": {
                "type": "object",
                "required": ["loc", "msg"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string", "description": "what is wrong there, in plain words"},
                    "pointer": {"type": "string", "description": "where in the body: a JSON Pointer, `#/name`"},
                    "parameter": {"type": "string", "description": "which header or part of the address"},
                },
            },
        },
    },
}

CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def needs_token(_path: str, operation: Operation) -> bool:
    return bool(operation.get("security"))


def names_one(path: str, operation: Operation) -> bool:
    """Return whether it is about something that may not exist."""
    return "{" in path or changes(path, operation)


def takes_body(_path: str, operation: Operation) -> bool:
    return "requestBody" in operation


def changes(path: str, operation: Operation) -> bool:
    """Return whether rules may refuse it: somebody known sends something, or ends something."""
    return needs_token(path, operation) and (takes_body(path, operation) or ends(operation))


def ends(operation: Operation) -> bool:
    """Return whether it gives something up, as those do whose id begins with ``cancel``."""
    return str(operation["operationId"]).startswith("cancel_")


def has_version(_path: str, operation: Operation) -> bool:
    """Return whether it can be made to depend on a version."""
    return any(parameter["name"] == "if-match" for parameter in operation.get("parameters", []))


def takes_input(path: str, operation: Operation) -> bool:
    """Return whether it is sent anything that may be of the wrong form."""
    return takes_body(path, operation) or bool(operation.get("parameters"))


class DocumentedResponse(NamedTuple):
    status: int
    description: str
    given_by: Callable[[str, Operation], bool]


DOCUMENTED_RESPONSES = (
    DocumentedResponse(400, "The body is no JSON, or If-Match or Prefer is not of its form.", takes_body),
    DocumentedResponse(401, "The token is missing or invalid.", needs_token),
    DocumentedResponse(403, "The caller is not permitted.", needs_token),
    DocumentedResponse(404, "It does not exist, or the caller may not see it.", names_one),
    DocumentedResponse(409, "Refused by a rule, or a first request with this key is in progress.", changes),
    DocumentedResponse(412, "The current version differs from If-Match.", has_version),
    DocumentedResponse(413, "The body is too large.", takes_body),
    DocumentedResponse(422, "The request is invalid, or its Idempotency-Key belongs to another request.", takes_input),
    DocumentedResponse(429, "The caller sent more than one may; Retry-After says when to go on.", needs_token),
    DocumentedResponse(503, "A dependency is unavailable; retry soon.", needs_token),
)


def describe(app: FastAPI, aggregates: Sequence[Aggregate]) -> None:
    """Let the application's OpenAPI document tell the problem responses, and of each command which rules refuse it."""
    app.openapi = cache(partial(with_refusals, app.openapi, aggregates))  # type: ignore[method-assign]


def with_refusals(told: Callable[[], dict[str, Any]], aggregates: Sequence[Aggregate]) -> dict[str, Any]:
    """A document with our problem responses in place of the framework's; what a route declares itself stays."""
    document = told()
    add_rules(document, aggregates)
    for path, operations in document["paths"].items():
        for each in operations.values():
            declare(path, each)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    return document


def add_rules(document: dict[str, Any], aggregates: Sequence[Aggregate]) -> None:
    """Add ``x-rules`` to the operations of commands: each rule's name, sentence and remedy, where it has one."""
    rows = {operation(aggregate, row): (aggregate, row) for aggregate in aggregates for row in aggregate.commands}
    for operations in document["paths"].values():
        for each in operations.values():
            if found := rows.get(each["operationId"]) or rows.get(each["operationId"].removesuffix("_as")):
                rules = [rule._asdict() for rule in rules_of(*found, aggregates)]
                each["x-rules"] = [{name: text for name, text in rule.items() if text} for rule in rules]


def declare(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's, of a form that never comes
    for status, description, given_by in DOCUMENTED_RESPONSES:
        if given_by(path, operation):
            responses.setdefault(str(status), {"description": description, "content": CONTENT})
