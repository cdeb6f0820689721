"""Structured logs: one JSON object a line, or readable lines for a console; never data of persons."""

import logging
import sys
import traceback
from typing import TextIO

import structlog


def of(service: str, role: str) -> structlog.typing.Processor:
    """Says on every line, of every thread, whose it is."""

    def named(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"service": service, "role": role, **event}

    return named


def without_texts(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Leave out the texts of exceptions, which may quote data of persons: type and place say enough."""
    for failure in event.get("exception", ()):
        failure.pop("exc_value", None)
        failure.pop("exceptions", None)
    return event


def places(output: TextIO, failure: structlog.typing.ExcInfo) -> None:
    """Add the place and type of a failure for a console; neither texts nor variables."""
    kind, _, trace = failure
    output.write("".join(traceback.format_tb(trace)) + kind.__name__)


def configure(service: str, role: str, log_format: str) -> None:
    """Set up the logs of a process; libraries' warnings come along."""
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=places)
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        of(service, role),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Local variables may hold data of persons: where it failed says enough.
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                without_texts,
                renderer,
            ]
            if log_format == "json"
            else [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # The client reports every retry of an outage as an error; the relay and the readers say it once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(logging.WARNING)
