"""Telemetry of the work while it is done: metrics, spans, and the context of every log line."""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observability.metrics import Metrics
from chassis.observability.tracing import TRACEPARENT, Kind, Parent, Span, Tracing, carried, trace_id

log = structlog.get_logger("http")
SLOW_SECONDS = 1.0
CORRELATION = re.compile(r"[\x21-\x7e]{1,200}")
ASKED_BY_MACHINES = ("/health/", "/metrics", "/status", "/operations")
FAILURES = frozenset({"failed", "unavailable"})
WAITED = "portolan.waited"
_correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation() -> str | None:
    """The id under which the caller, or we for them, keep together all that follows from a request."""
    return _correlation.get()


@dataclass
class CommandOutcome:
    outcome: str = "failed"
    rule: str = ""


CONFIDENTIAL = "confidential"
"""The name under which everything confidential is counted."""


@dataclass(frozen=True)
class Telemetry:
    """One process's figures and spans. What is made without any counts for itself alone and traces nothing."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)

    @contextmanager
    def command(self, name: str) -> Iterator[CommandOutcome]:
        """A command from its arrival to its answer; a failure's own ``outcome`` says what became of it."""
        measured = CommandOutcome()
        with self.tracing.span(f"command {name}", portolan_command=name) as span:
            try:
                yield measured
            except BaseException as failure:
                measured.outcome, measured.rule = getattr(failure, "outcome", "failed"), getattr(failure, "rule", "")
                if measured.outcome in FAILURES:
                    span.failed(type(failure).__name__)
                raise
            finally:
                span.note(portolan_outcome=measured.outcome)
                self.metrics.handled(name, measured.outcome, "" if name == CONFIDENTIAL else measured.rule)

    def conflicted(self, name: str) -> None:
        self.metrics.conflicts.labels(name).inc()

    def append(self) -> AbstractContextManager[Span]:
        """One command's wait for its commit, which it shares with others."""
        return self.tracing.span("append", "client", db_system_name="postgresql", db_operation_name="append")

    @contextmanager
    def store(self, size: int) -> Iterator[None]:
        began = time.perf_counter()
        self.metrics.append_batch_size.observe(size)
        try:
            yield
        except BaseException:
            self.metrics.append_failures.inc()
            raise
        finally:
            self.metrics.append_seconds.observe(time.perf_counter() - began)

    @contextmanager
    def publish(self, topic: str, events: Sequence[Any]) -> Iterator[None]:
        """A batch of stored events on its way to Kafka: a span in the trace of each."""

        def parents() -> list[Parent]:
            return [
                (event.metadata.get("traceparent"), messaging(topic, "send", event.type, event.metadata["id"]))
                for event in events
            ]

        began = time.perf_counter()
        with self.tracing.spans(f"send {topic}", "producer", parents), about(events=len(events)):
            yield
        if events:
            self.metrics.publish_seconds.observe(time.perf_counter() - began)
            self.metrics.published.inc(len(events))

    @contextmanager
    def read(self, reader: str, records: Sequence[Any]) -> Iterator[None]:
        """A batch of messages from Kafka, until a reader is done with it."""
        began = time.perf_counter()
        with about(reader=reader, **(ids_of(records[0].headers) if len(records) == 1 else {})):
            yield
        self.metrics.read_seconds.labels(reader).observe(time.perf_counter() - began)
        self.metrics.read.labels(reader).inc(len(records))

    def culprit(self, reader: str, record: Any) -> AbstractContextManager[None]:
        """The one message of a batch whose effect failed for good."""
        self.metrics.set_aside.labels(reader).inc()
        return about(**ids_of(record.headers))

    def effect(self, reader: str, envelopes: Sequence[Any]) -> AbstractContextManager[None]:
        """Trace a reader's handling of events: a span in the trace of each."""

        def parents() -> list[Parent]:
            return [
                (each.traceparent, {"portolan_reader": reader, **messaging(each.topic, "process", each.type, each.id)})
                for each in envelopes
            ]

        return self.tracing.spans(f"process {reader}", "consumer", parents)

    @contextmanager
    def reaction(self, envelope: Any) -> Iterator[None]:
        """Trace a reaction to an event: the commands it gives carry its trace on."""
        kind: Kind = "consumer"
        ids = {"trace_id": trace_id(envelope.traceparent), "correlation_id": envelope.correlation_id}
        with about(**ids), self.tracing.span(f"react to {envelope.type}", kind, envelope.traceparent) as span:
            try:
                yield
            except BaseException as failure:
                span.failed(type(failure).__name__)
                raise

    def restarted(self, part: str) -> None:
        self.metrics.restarts.labels(part).inc()


def messaging(topic: str, operation: str, type_: str, id: str) -> Mapping[str, str]:
    """The attributes of a message's span, as OpenTelemetry names them."""
    return {
        "messaging_system": "kafka",
        "messaging_destination_name": topic,
        "messaging_operation_type": operation,
        "messaging_message_id": id,
        "portolan_event__type": type_,
    }


def about(**what: str | int | None) -> AbstractContextManager[None]:
    """Say on every line of the log that is written meanwhile what it is about; what is None is left out."""
    return structlog.contextvars.bound_contextvars(**{name: value for name, value in what.items() if value is not None})


def ids_of(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str | None]:
    told = {name: (value or b"").decode(errors="replace") for name, value in headers}
    return {"trace_id": trace_id(told.get("traceparent")), "correlation_id": told.get("ce_correlationid")}


class TelemetryMiddleware:
    """Sees every request: counts it under its route, gives it its ids, logs it where it failed or was slow.

    Requests under ``confidential`` paths are counted together: nobody reads from figures what was done there.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, confidential: Collection[str] = ()) -> None:
        self._app, self._telemetry, self._confidential = app, telemetry, confidential
        self._untraced = Tracing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        parent, request_id = headers.get("traceparent", ""), headers.get("x-request-id", "")
        if not CORRELATION.fullmatch(request_id):
            request_id = str(uuid4())
        _correlation.set(request_id)
        tracing = self._untraced if scope["path"].startswith(ASKED_BY_MACHINES) else self._telemetry.tracing
        began = time.perf_counter()
        with tracing.span("request", "server", parent if TRACEPARENT.fullmatch(parent) else None) as span:
            # Not unbound at the end: the server logs what nobody foresaw after this, in the request's own context.
            structlog.contextvars.clear_contextvars()
            ids = {"correlation_id": request_id, "trace_id": trace_id(carried())}
            structlog.contextvars.bind_contextvars(**{name: value for name, value in ids.items() if value})

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._answered(scope, span, message["status"], time.perf_counter() - began)
                    message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                await send(message)

            await self._app(scope, receive, answer)

    def _answered(self, scope: Scope, span: Span, status: int, took: float) -> None:
        method, route = scope["method"], getattr(scope.get("route"), "path", "other")
        if any(route == path or route.startswith(f"{path}/") for path in self._confidential):
            method, route = "other", f"/{CONFIDENTIAL}"
        # What the caller wished to wait for is no slowness of ours.
        seconds = max(took - scope.get(WAITED, 0.0), 0.0)
        self._telemetry.metrics.answered(method, route, status, seconds)
        span.named(f"{method} {route}")
        span.note(http_request_method=method, http_route=route, http_response_status__code=status)
        if status >= 500:
            span.failed(str(status))
            if status == 503 and scope["path"].startswith(ASKED_BY_MACHINES):
                return  # the answer to a probe, not a failure to answer
            log.error("request failed", method=method, route=route, status=status, seconds=round(seconds, 3))
        elif seconds > SLOW_SECONDS:
            log.warning("request was slow", method=method, route=route, status=status, seconds=round(seconds, 3))
