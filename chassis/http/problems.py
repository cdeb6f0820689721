"""Problem responses (RFC 9457) for everything that is refused or fails; never a stack trace, never rejected text."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem, StatusProblem
from fastapi_problem.handler import (
    ExceptionHandler,
    add_exception_handler,
    http_exception_handler_,
    new_exception_handler,
)
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.commands.handler import KeyInFlight, KeyReused, KeyTaken, TooBusy, VersionChanged
from chassis.domain.decider import Forbidden, Invalid, NotFound, Refused
from chassis.domain.failures import KeyMissing
from chassis.http.audit import refused_by
from chassis.http.form_errors import form_errors
from chassis.http.paging import BadPageToken
from chassis.http.preconditions import BadIfMatch, UnknownPreference
from chassis.http.quota import TooManyRequests
from chassis.http.security import KeysUnavailable, Unauthenticated
from chassis.postgres.connections import Unavailable
from chassis.store.append import TooLarge

log = structlog.get_logger("http")
MAX_BODY = 1024 * 1024
Explain = Callable[[Any], Problem]


class UnforeseenFailure(StatusProblem):
    """An unforeseen failure; its text stays in the log."""

    status = 500
    title = "Internal error."
    type_ = "internal-error"

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        super().__init__("The error was logged. Retrying may help.")


class BadAfter(ValueError):
    """The Portolan-After header does not name streams with numbers."""


class StatesStale(Exception):
    """States are being refolded: what they say is not true yet."""


class StreamsNotApplied(Exception):
    """The streams that the caller waits for were not applied within the time a request may take."""


def problem(status: int, type_: str, title: str, detail: str, *, retry: int = 0, **extras: Any) -> Problem:
    """A problem response; ``retry`` says after how many seconds trying again may help."""
    headers = {"retry-after": str(retry)} if retry else {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return Problem(title, type_=type_, detail=detail, status=status, headers=headers or None, **extras)


def refused(error: Refused) -> Problem:
    """Which rule refused, and what would satisfy it."""
    if isinstance(error, Forbidden):
        return problem(403, error.rule, "Not permitted.", error.detail, rule=error.rule, remedy=error.remedy)
    return problem(409, error.rule, "Refused by a rule.", error.detail, rule=error.rule, remedy=error.remedy)


def not_allowed(error: Invalid) -> Problem:
    """Which field has a value that a setting does not allow, and those it does."""
    parts = error.field.split(".")
    errors = [{"loc": ["body", *parts], "msg": error.detail, "pointer": "#/" + "/".join(parts)}]
    return problem(
        422, error.rule, "Invalid request.", error.detail, rule=error.rule, remedy=error.remedy, errors=errors
    )


# fmt: off
EXPLAIN: Mapping[type[Exception], Explain] = {
    Refused: refused,
    Forbidden: refused,
    Invalid: not_allowed,
    NotFound: lambda _: problem(404, "not-found", "Not found.", "It does not exist, or you may not see it."),
    KeyTaken: lambda e: problem(409, "already-taken", "Refused by a rule.",
        f"{e.key} is already used by another record.",
        rule="already-taken", remedy="Choose another one, or change the record that uses it."),
    VersionChanged: lambda _: problem(412, "version-changed", "Version changed.",
        "The current version differs from If-Match. Read it again and retry."),
    KeyReused: lambda _: problem(422, "idempotency-key-reused", "Idempotency-Key reused.",
        "The key belongs to another request. Choose a new key."),
    KeyInFlight: lambda _: problem(409, "idempotency-key-in-flight", "The first request is in progress.",
        "Retry soon.", retry=1),
    TooBusy: lambda _: problem(503, "too-busy", "Too many concurrent changes.",
        "Nothing was changed. Retry soon.", retry=1),
    Unavailable: lambda _: problem(503, "unavailable", "A dependency is unavailable.",
        "Retry soon with the same Idempotency-Key.", retry=1),
    KeysUnavailable: lambda _: problem(503, "keys-unavailable", "The issuer's keys are unavailable.",
        "Your token cannot be verified now.", retry=1),
    StatesStale: lambda _: problem(503, "states-stale", "States are being refolded.",
        "This takes a while after an upgrade. Retry soon.", retry=1),
    KeyMissing: lambda _: problem(503, "key-unavailable", "A key is unavailable.",
        "Personal data cannot be decrypted or encrypted now.", retry=1),
    StreamsNotApplied: lambda _: problem(503, "not-heard-yet", "Not applied yet.",
        "The events you wait for were not applied in time. Retry soon.", retry=1),
    TooManyRequests: lambda e: problem(429, "too-many-requests", "Too many requests.", str(e), retry=e.after),
    TooLarge: lambda e: problem(413, "too-large", "Too large.", f"{e} exceeds what can be published."),
    BadIfMatch: lambda _: problem(400, "bad-if-match", "Malformed header If-Match.",
        'Send the ETag of your last read, such as "3" with its quotation marks, or *.'),
    UnknownPreference: lambda _: problem(400, "unknown-preference", "Unknown preference in Prefer.",
        "The only one is dry-run. Nothing was changed."),
    BadAfter: lambda _: problem(422, "bad-portolan-after", "Malformed header Portolan-After.",
        "Send `stream=number, ...`."),
    BadPageToken: lambda _: problem(422, "bad-page-token", "Invalid page token.", "Start again at the first page."),
    Unauthenticated: lambda e: problem(401, "unauthenticated", "Not authenticated.", str(e)),
}
# fmt: on


def explain(error: Exception) -> Problem | None:
    """The problem response of an error we foresee."""
    for kind in type(error).__mro__:
        if kind in EXPLAIN:
            return EXPLAIN[kind](error)
    return None


def invalid(_handler: ExceptionHandler, _request: Request, error: RequestValidationError) -> Problem:
    """The request is not of the right form; a body that is no JSON has no form at all."""
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return malformed_json()
    return Problem(
        "Invalid request.",
        type_="invalid-request",
        status=422,
        detail="Each error names a field and what is wrong with it.",
        errors=form_errors(errors, error.body),
    )


def malformed_json() -> Problem:
    return problem(400, "malformed-json", "Malformed JSON.", "The body is no JSON document in UTF-8.")


def unrouted(handler: ExceptionHandler, request: Request, error: HTTPException) -> Problem:
    """No route takes the request; on a 405, Allow names all methods of the path, not only those of one route."""
    if error.status_code == 400:
        return malformed_json()  # the framework's one use of it: bytes that are no text, or too many brackets
    found = http_exception_handler_(handler, request, error)
    if found.status == 405 and (methods := methods_of(request.app, request.scope["path"])):
        found.headers = {"allow": ", ".join(methods)}
    return found


def methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods that the OpenAPI document names for a path."""
    documented = app.openapi()["paths"].items()
    found = [methods for template, methods in documented if compile_path(template)[0].match(path)]
    return sorted({method.upper() for methods in found for method in methods})


def foreseen(_handler: ExceptionHandler, request: Request, error: Exception) -> Problem:
    found = explain(error)
    assert found is not None, "only registered errors come here"
    refused_by(request.scope, str(found.type))
    return found


def install(app: FastAPI, base: str) -> ExceptionHandler:
    """Answer every error with a problem document; return what makes it."""
    handler = new_exception_handler(
        unhandled_wrappers={"default": UnforeseenFailure},
        handlers=dict.fromkeys(EXPLAIN, foreseen),
        http_exception_handler=unrouted,
        request_validation_handler=invalid,
        documentation_uri_template=base + "{type}",
        strict_rfc9457=True,
    )
    add_exception_handler(app, handler, generic_swagger_defaults=False)
    # Foreseen ones are answered inside the application: only what nobody foresaw reaches the server and its log.
    for kind in EXPLAIN:
        app.add_exception_handler(kind, handler)
    return handler


def json_response(status: int, body: BaseModel) -> Response:
    return Response(body.model_dump_json(), status, media_type="application/json")


class BodyLimit:
    """Refuses a body whose declared length is too large with a problem document; chunked ones are cut by FastAPI."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app, self._base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            length = dict(scope["headers"]).get(b"content-length", b"0")
            if not length.isdigit() or int(length) > MAX_BODY:
                detail = f"At most {MAX_BODY} bytes are taken; send large loads in several requests."
                await refuse(send, 413, f"{self._base}body-too-large", "The request is too large.", detail)
                return
        await self._app(scope, receive, send)


class KnownHosts:
    """Refuses requests for hosts that are not ours, where it is known which are; health is asked by any name."""

    def __init__(self, app: ASGIApp, base: str, hosts: Sequence[str]) -> None:
        self._app, self._base, self._hosts = app, base, frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._hosts and scope["type"] == "http" and not scope["path"].startswith("/health/"):
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
            if host not in self._hosts and host.rpartition(":")[0] not in self._hosts:
                detail = "The service is not called by this name."
                await refuse(send, 400, f"{self._base}unknown-host", "Unknown host.", detail)
                return
        await self._app(scope, receive, send)


async def refuse(send: Send, status: int, type_: str, title: str, detail: str) -> None:
    """Answer with a problem before anything of the application is asked."""
    body = {"type": type_, "title": title, "status": status, "detail": detail}
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
