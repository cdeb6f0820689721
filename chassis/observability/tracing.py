"""Traces: one from a request over the log and Kafka to what it leads to elsewhere; off unless told where spans go."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from opentelemetry.trace import Span as OtelSpan

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

Kind = Literal["internal", "server", "client", "producer", "consumer"]
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_carried: ContextVar[str | None] = ContextVar("traceparent", default=None)


def carried() -> str | None:
    """The W3C traceparent of what is being done now: what follows from it belongs to the same trace."""
    return _carried.get()


def trace_id(traceparent: str | None) -> str | None:
    """The trace a traceparent names; None where it is none."""
    return traceparent[3:35] if traceparent is not None and TRACEPARENT.fullmatch(traceparent) else None


class Span:
    """A span nobody records."""

    def note(self, **attributes: str | int) -> None:
        """Say something about it; ``_`` in a name stands for a dot. Never data of persons."""

    def named(self, name: str) -> None:
        """Give it the name that is known only now."""

    def failed(self, kind: str) -> None:
        """It ended with an error of this kind; the error's text may quote data and stays out."""


Parent = tuple[str | None, Mapping[str, str | int]]
UNRECORDED = nullcontext(Span())


class Tracing:
    """Switched off: no spans, and the OpenTelemetry packages stay unread; a traceparent that came is passed on."""

    def span(
        self, name: str, kind: Kind = "internal", parent: str | None = None, **attributes: str | int
    ) -> AbstractContextManager[Span]:
        """Open a span of the parent's trace, or else of the current one."""
        return UNRECORDED if parent is None else carrying(parent)

    def spans(self, name: str, kind: Kind, parents: Callable[[], Sequence[Parent]]) -> AbstractContextManager[None]:
        """One span for each of many traces that a batch belongs to; without a parent, none."""
        return nullcontext()

    def stop(self) -> None:
        """Hand over what is still to be sent."""


@contextmanager
def carrying(traceparent: str) -> Iterator[Span]:
    """Pass a traceparent on to all that is done meanwhile."""
    token = _carried.set(traceparent)
    try:
        yield Span()
    finally:
        _carried.reset(token)


def open_tracing(service: str, role: str, version: str, endpoint: str | None, share: float) -> Tracing:
    """Tracing as the settings say.

    ``endpoint``: where spans go, OTLP over HTTP (``http://collector:4318/v1/traces``) or a file with one JSON object a
    line (``file:///tmp/spans.jsonl``); None switches it off. ``share`` of the traces that begin here is recorded, from
    0 to 1; what comes with a traceparent follows that one's decision.
    """
    return RecordingTracing(service, role, version, endpoint, share) if endpoint else Tracing()


class RecordingTracing(Tracing):
    """Switched on, with a provider of its own: several services in one process do not mix."""

    def __init__(self, service: str, role: str, version: str, endpoint: str, share: float) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        resource = Resource.create(
            {
                "service.namespace": "portolan",
                "service.name": f"portolan-{service}",
                "service.version": version,
                "portolan.role": role,
            }
        )
        self._provider: TracerProvider = TracerProvider(
            resource=resource, sampler=ParentBased(TraceIdRatioBased(share)), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter(endpoint), schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("portolan", version)

    def span(
        self, name: str, kind: Kind = "internal", parent: str | None = None, **attributes: str | int
    ) -> AbstractContextManager[Span]:
        return self._span(name, kind, parent or carried(), attributes)

    @contextmanager
    def _span(
        self, name: str, kind: Kind, parent: str | None, attributes: Mapping[str, str | int]
    ) -> Iterator["RecordedSpan"]:
        recorded = RecordedSpan(self._begin(name, kind, parent, attributes))
        token = _carried.set(recorded.traceparent)
        try:
            yield recorded
        finally:
            _carried.reset(token)
            recorded.span.end()

    @contextmanager
    def spans(self, name: str, kind: Kind, parents: Callable[[], Sequence[Parent]]) -> Iterator[None]:
        begun = [
            RecordedSpan(self._begin(name, kind, traceparent, attributes))
            for traceparent, attributes in parents()
            if trace_id(traceparent)
        ]
        try:
            yield
        except BaseException as failure:
            for each in begun:
                each.failed(type(failure).__name__)
            raise
        finally:
            for each in begun:
                each.span.end()

    def _begin(self, name: str, kind: Kind, parent: str | None, attributes: Mapping[str, str | int]) -> "OtelSpan":
        from opentelemetry.trace import SpanKind

        return self._tracer.start_span(
            name, context=context_of(parent), kind=SpanKind[kind.upper()], attributes=dotted(attributes)
        )

    def stop(self) -> None:
        """Hand over what is still to be sent."""
        self._provider.shutdown()


class RecordedSpan(Span):
    def __init__(self, span: "OtelSpan") -> None:
        self.span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def note(self, **attributes: str | int) -> None:
        """Say something about it; ``_`` in a name stands for a dot. Never data of persons."""
        self.span.set_attributes(dotted(attributes))

    def named(self, name: str) -> None:
        """Give it the name that is known only now."""
        self.span.update_name(name)

    def failed(self, kind: str) -> None:
        """It ended with an error of this kind; the error's text may quote data and stays out."""
        from opentelemetry.trace import Status, StatusCode

        self.span.set_status(Status(StatusCode.ERROR))
        self.span.set_attribute("error.type", kind)


def dotted(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    """Attributes under their names in OpenTelemetry: ``http_route`` is ``http.route``, ``a__b`` is ``a_b``."""
    return {name.replace("__", "\0").replace("_", ".").replace("\0", "_"): value for name, value in attributes.items()}


def context_of(traceparent: str | None) -> Any:
    """The OpenTelemetry context of a traceparent; an empty one, which begins a trace, where there is none."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if traceparent is None or trace_id(traceparent) is None:
        return Context()
    _, trace, span, flags = traceparent.split("-")
    parent = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16) & 1))
    return set_span_in_context(NonRecordingSpan(parent), Context())


def exporter(endpoint: str) -> "SpanExporter":
    """Return the exporter of spans: to a file, or to a collector."""
    if endpoint.startswith("file:"):
        return file_exporter(Path(url2pathname(urlsplit(endpoint).path)))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint, timeout=10)


def file_exporter(path: Path) -> "SpanExporter":
    """Appends one JSON object a line; several processes may share the file."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class FileExporter(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            lines = "".join(span.to_json(indent=None) + "\n" for span in spans)
            with path.open("ab", buffering=0) as file:  # one write, so that lines of several processes do not mix
                file.write(lines.encode())
            return SpanExportResult.SUCCESS

    return FileExporter()
