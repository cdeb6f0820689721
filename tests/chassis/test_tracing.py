"""One trace from a request over the log and Kafka to what it leads to in another service; nothing of it when off."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid5

import httpx
import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.observability import telemetry
from chassis.observability.tracing import carried, open_tracing, trace_id
from chassis.service.definition import Service
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counter import COUNTER, CounterOpened, OpenCounter
from tests.chassis.counting import SERVICE
from tests.chassis.support import connected
from tests.harness import AUDIT_KEY, Company, Running, company, wait_until
from tests.infrastructure import Infrastructure

SECRET = "Ada Lovelace"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


async def open_another(_store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Every counter opened elsewhere has a shadow here."""
    assert isinstance(envelope.event, CounterOpened)
    structlog.get_logger("test").info("reacting")
    return [IssuedCommand(COUNTER, uuid5(envelope.subject, "shadow"), OpenCounter(name=envelope.event.name))]


COUNTING = replace(SERVICE, sources=[], projections={})
SHADOWING = replace(
    SERVICE,
    name="shadowing",
    topic="portolan.shadowing",
    reactions=[Reaction(CounterOpened, open_another)],
    routers=None,
)


def spans(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def service_of(span: dict[str, Any]) -> tuple[str, str]:
    attributes = span["resource"]["attributes"]
    return attributes["service.name"], attributes["portolan.role"]


@pytest.fixture
def two(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path) as made:
        yield made


def opened(running: Running, **headers: str) -> httpx.Response:
    token = running.issuer.token("tester", ["counting"])
    answer = plain_http.post(
        f"{running.url}/counters",
        json={"name": SECRET},
        headers={"authorization": f"Bearer {token}", **headers},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return answer


def metadata(running: Running) -> list[dict[str, Any]]:
    with connected(running.own.database_url) as connection:
        rows = connection.execute(text("SELECT metadata FROM events ORDER BY position")).scalars()
        return [dict(row) for row in rows]


def start(made: Company, *services: Service) -> list[Running]:
    return [made.start(service) for service in services]


def test_one_trace_goes_from_the_request_to_the_commands_of_another_service(two: Company, tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    two.settings["traces_endpoint"] = file.as_uri()
    counting, shadowing = start(two, COUNTING, SHADOWING)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = opened(counting, traceparent=TRACEPARENT, **{"x-request-id": "of-the-caller"})
        assert answer.headers["x-request-id"] == "of-the-caller"
        wait_until(lambda: len(metadata(shadowing)) == 1, "the other service has reacted")

    def places() -> set[tuple[tuple[str, str], str]]:
        return {(service_of(span), span["name"]) for span in spans(file)}

    counting_api, counting_worker = ("portolan-counting", "api"), ("portolan-counting", "worker")
    shadowing_worker, topic = ("portolan-shadowing", "worker"), two.prefix + "portolan.counting"
    shadow = two.prefix + "portolan.shadowing"
    wanted = {
        (counting_api, "POST /counters"),
        (counting_api, "command open_counter"),
        (counting_api, "append"),
        (counting_worker, f"send {topic}"),
        (shadowing_worker, "process tallies"),
        (shadowing_worker, "process reactions"),
        (shadowing_worker, "react to portolan.counting.CounterOpened"),
        (shadowing_worker, "command open_counter"),
        (shadowing_worker, "append"),
        (shadowing_worker, f"send {shadow}"),
    }
    wait_until(lambda: wanted <= places(), "every span is written")
    found = spans(file)
    assert {span["context"]["trace_id"] for span in found} == {"0x" + TRACE}
    assert next(span for span in found if span["name"] == "POST /counters")["parent_id"] == "0x" + PARENT
    by_id = {span["context"]["span_id"]: span for span in found}
    for span in found:
        assert span["parent_id"] in by_id or span["parent_id"] == "0x" + PARENT, span["name"]
    events = metadata(counting) + metadata(shadowing)
    assert [trace_id(event["traceparent"]) for event in events] == [TRACE, TRACE]
    cause = by_id["0x" + events[1]["traceparent"].split("-")[2]]
    assert (service_of(cause), cause["name"]) == (shadowing_worker, "react to portolan.counting.CounterOpened")
    assert [event["correlation_id"] for event in events] == ["of-the-caller", "of-the-caller"]
    reacting = next(line for line in logs if line["event"] == "reacting")
    assert (reacting["trace_id"], reacting["correlation_id"]) == (TRACE, "of-the-caller")
    assert SECRET not in file.read_text()
    assert answer.json()["id"] not in file.read_text()


def test_without_an_endpoint_a_traceparent_that_came_is_passed_on_all_the_way(two: Company) -> None:
    counting, shadowing = start(two, COUNTING, SHADOWING)
    opened(counting, traceparent=TRACEPARENT)
    opened(counting)
    opened(counting, traceparent="00-" + "0" * 32 + "-" + "0" * 16 + "-01")
    wait_until(lambda: len(metadata(shadowing)) == 3, "the other service has reacted")
    for running in (counting, shadowing):
        found = metadata(running)
        assert sorted(str(event.get("traceparent")) for event in found) == [TRACEPARENT, "None", "None"]
        assert len({event["correlation_id"] for event in found}) == 3


def test_what_comes_without_a_trace_begins_one_and_what_is_not_sampled_is_not_recorded(
    two: Company, tmp_path: Path
) -> None:
    file = tmp_path / "spans.jsonl"
    two.settings["traces_endpoint"] = file.as_uri()
    (counting,) = [two.start(COUNTING, worker=False)]
    opened(counting, traceparent=TRACEPARENT.removesuffix("01") + "00")
    opened(counting)
    plain_http.get(f"{counting.url}/health/ready", timeout=30)
    wait_until(lambda: len(spans(file)) == 3, "the spans of one request are written")
    unsampled, begun = (event["traceparent"] for event in metadata(counting))
    assert (trace_id(unsampled), unsampled[-2:]) == (TRACE, "00")
    assert {span["context"]["trace_id"] for span in spans(file)} == {"0x" + str(trace_id(begun))}


def test_spans_reach_a_collector(tmp_path: Path) -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        tracing = open_tracing("counting", "api", "1", f"http://127.0.0.1:{server.server_port}/v1/traces", 1.0)
        with tracing.span("outer", "server", TRACEPARENT) as span:
            span.note(http_response_status__code=200)
            assert trace_id(carried()) == TRACE
        assert carried() is None
        tracing.stop()
        server.shutdown()
        thread.join(30)
    (resource,) = received[0].resource_spans
    (sent,) = resource.scope_spans[0].spans
    assert (sent.name, sent.trace_id.hex(), sent.parent_span_id.hex()) == ("outer", TRACE, PARENT)
    assert sent.attributes[0].key == "http.response.status_code"
    names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
    assert (names["service.name"], names["portolan.role"]) == ("portolan-counting", "api")


def test_switched_off_nothing_that_records_or_sends_is_even_read(own_database: ServiceDatabase) -> None:
    code = f"""
import sys
from fastapi.testclient import TestClient
from chassis.service.api import build_app
from chassis.service.settings import RoleSettings, SharedSettings
from tests.chassis.counting import SERVICE
settings = dict(kafka_bootstrap="127.0.0.1:1", jwks_url="file:///none", issuer="i", audit_key={AUDIT_KEY!r})
own = RoleSettings(database_url={own_database.url!r})
with TestClient(build_app(SERVICE, SharedSettings(**settings), own)) as client:
    assert client.get("/health/live").status_code == 200
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))])
build_app(SERVICE, SharedSettings(**settings, traces_endpoint="file:///dev/null"), own)
print("opentelemetry.sdk.trace" in sys.modules)
"""
    checkout = Path(__file__).parents[2]
    # What FastAPI would do by itself with these is switched off.
    environment = os.environ | {
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split("\n") == ["[]", "True", ""]


@pytest.mark.anyio
async def test_what_a_caller_wished_to_wait_for_is_no_slowness(monkeypatch: pytest.MonkeyPatch) -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        scope[telemetry.WAITED] = 1000.0
        await send({"type": "http.response.start", "status": 200})

    async def ignore(_message: Any) -> None:
        """Nobody reads the answer."""

    async def nothing() -> Any:
        raise AssertionError("nothing is asked for")

    seen = telemetry.Telemetry()
    monkeypatch.setattr(telemetry, "SLOW_SECONDS", 0.0)
    with structlog.testing.capture_logs() as logs:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await telemetry.TelemetryMiddleware(waits, seen)(scope, nothing, ignore)
    assert logs == []
    assert b'portolan_http_request_seconds_sum{method="GET",route="other"} 0.0' in seen.metrics.expose(None)[0]


def test_slow_and_failed_answers_are_logged_with_their_ids_and_without_what_was_asked(
    two: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = two.start(SERVICE, worker=False)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        opened(running, traceparent=TRACEPARENT)
        assert [line for line in logs if line["event"].startswith("request")] == []
        monkeypatch.setattr(telemetry, "SLOW_SECONDS", 0.0)
        answer = opened(running, traceparent=TRACEPARENT, **{"x-request-id": "r1"})
        plain_http.get(f"{running.url}/fail", headers={"x-request-id": "r2", "x-name": SECRET}, timeout=30)
        own = {"authorization": f"Bearer {running.issuer.token('tester', [])}"}
        plain_http.get(f"{running.url}/counters/{answer.json()['id']}", headers=own, timeout=30)
    slow, failed, read = (line for line in logs if line["event"].startswith("request"))
    assert (slow["event"], slow["log_level"], slow["route"], slow["status"]) == (
        "request was slow",
        "warning",
        "/counters",
        201,
    )
    assert (slow["correlation_id"], slow["trace_id"]) == ("r1", TRACE)
    assert (failed["event"], failed["log_level"], failed["status"]) == ("request failed", "error", 500)
    assert (failed["correlation_id"], failed.get("trace_id")) == ("r2", None)
    assert read["route"] == "/counters/{id}"
    assert read["correlation_id"] not in ("r1", "r2")
    assert SECRET not in str(logs)
    assert answer.json()["id"] not in str(logs)
