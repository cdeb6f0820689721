"""Logs: one JSON object a line, saying what happened, and never what was in it."""

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portolan.issuer import ISSUER, Issuer
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.harness import AUDIT_KEY, wait_until

SECRET = "a very confidential sentence"
RUN = "from tests.chassis.counting import SERVICE; from chassis.service.run import main; main(SERVICE)"


@pytest.fixture
def service(own_database: ServiceDatabase, tmp_path: Path) -> Iterator[tuple[str, Issuer, Path]]:
    """The service as a process of its own, with its log in a file."""
    issuer, (port,), log = Issuer(tmp_path), free_ports(1), tmp_path / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")} | {
        "PORTOLAN_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "PORTOLAN_JWKS_URL": issuer.jwks_url,
        "PORTOLAN_ISSUER": ISSUER,
        "PORTOLAN_AUDIT_KEY": AUDIT_KEY,
        "PORTOLAN_COUNTING_DATABASE_URL": own_database.url,
        "PORTOLAN_COUNTING_PORT": str(port),
    }
    with log.open("wb") as output:
        command = [sys.executable, "-c", RUN, "api"]
        process = subprocess.Popen(
            command, env=environment, cwd=Path(__file__).parents[2], stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until(lambda: process.poll() is not None or answers(port), "the service answers")
            yield f"http://127.0.0.1:{port}", issuer, log
        finally:
            process.terminate()
            process.wait(60)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def lines(log: Path) -> list[dict[str, Any]]:
    """The log, line by line; warnings of Python at its start are not the service's."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_every_line_is_json_and_none_tells_what_was_sent(service: tuple[str, Issuer, Path]) -> None:
    url, issuer, log = service
    headers = {"authorization": f"Bearer {issuer.token('ada', ['counting'])}"}
    with plain_http.client(base_url=url, headers=headers, timeout=30) as client:
        id = client.post("/counters", json={"name": SECRET}).json()["id"]
        assert client.post(f"/counters/{id}/note", json={"note": SECRET}).status_code == 200
        assert client.post("/counters", json={"name": SECRET * 50}).status_code == 422
        assert client.get("/counters", params={"name": SECRET, "sort": SECRET}).status_code == 422
        assert client.get("/health/live").status_code == 200
        assert client.get("/fail").status_code == 500
    wait_until(lambda: "RuntimeError" in log.read_text(), "the failure is in the log")
    text = log.read_text()
    assert SECRET not in text
    assert str(headers["authorization"]) not in text
    assert all(line.startswith("{") for line in text.splitlines()), text
    for line in lines(log):
        assert {"event", "level", "timestamp"} <= set(line)
        assert (line["service"], line["role"]) == ("counting", "api")


def test_every_line_of_a_request_carries_its_ids_also_what_the_server_says_of_it(
    service: tuple[str, Issuer, Path],
) -> None:
    url, _, log = service
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "x-request-id": "of-the-caller"}
    assert plain_http.get(f"{url}/fail", headers=headers, timeout=30).status_code == 500
    wait_until(lambda: "RuntimeError" in log.read_text(), "the failure is in the log")
    about = [line for line in lines(log) if "correlation_id" in line]
    assert {"request failed", "Exception in ASGI application\n"} <= {line["event"] for line in about}
    for line in about:
        assert (line["correlation_id"], line["trace_id"]) == ("of-the-caller", trace), line


def test_a_failed_statement_is_logged_without_its_parameters(own_database: ServiceDatabase) -> None:
    code = f"""
import asyncio, structlog
from sqlalchemy import text
from chassis.observability import logs
from chassis.store.store import Store
logs.configure("counting", "test", "json")
async def fail():
    store = Store({own_database.url!r})
    try:
        await store.rows(text("SELECT CAST(:secret AS integer)"), {{"secret": {SECRET!r}}})
    except Exception:
        structlog.get_logger("test").exception("it failed")
    await store.stop()
asyncio.run(fail())
"""
    command, checkout = [sys.executable, "-c", code], Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, check=True)
    (line,) = [json.loads(line) for line in io.StringIO(done.stdout)]
    assert line["event"] == "it failed"
    assert line["exception"][0]["exc_type"]
    assert SECRET not in done.stdout
