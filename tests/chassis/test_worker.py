"""The whole way in one service: from a request over the log, the relay and Kafka to a read model one can wait for."""

import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.chassis.support import connected
from tests.harness import Company, company
from tests.infrastructure import Infrastructure


@pytest.fixture
def alone(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path) as made:
        yield made


def test_what_is_asked_for_over_http_is_in_the_read_model_when_one_has_waited_for_it(alone: Company) -> None:
    running = alone.start(SERVICE)
    headers = {"authorization": f"Bearer {running.issuer.token('tester', ['counting'])}"}
    with plain_http.client(base_url=running.url, headers=headers, timeout=60) as client:
        id = client.post("/counters", json={"name": "A"}).json()["id"]
        client.post(f"/counters/{id}/note", json={"note": "n"})
        added = client.post(f"/counters/{id}/add", json={"amount": "0.1", "times": 3}).json()
        after = {"portolan-after": f"{added['stream']}={added['published_number']}"}
        for _ in range(6):  # each asks for at most ten seconds, and the topic is only just being made
            if client.get(f"/counters/{id}", headers=after).status_code == 200:
                break
    with connected(running.own.database_url) as connection:
        row = connection.execute(text("SELECT total, steps FROM tallies WHERE id = :id"), {"id": id}).one()
    assert (str(row.total), row.steps) == ("0.3", 3)
    alone.settle()
    status = running.status()
    assert (status["recorded"], status["published"], status["relayed"]) == (5, 4, 4)
    assert (status["relay_leads"], status["parked"]) == (True, 0)
    assert [(reader["reader"], reader["applied"]) for reader in status["readers"]] == [("tallies", 4)]


def test_a_connection_idle_for_as_long_as_clients_keep_one_still_answers(alone: Company) -> None:
    running = alone.start(SERVICE)
    connection = HTTPConnection(str(urlsplit(running.url).netloc), timeout=30)
    kept = []
    for pause in (6, 0):  # clients keep an idle connection for five seconds and longer
        connection.request("GET", "/health/live")
        answer = connection.getresponse()
        kept.append((answer.status, connection.sock.getsockname() if answer.read() and connection.sock else None))
        time.sleep(pause)
    connection.close()
    assert kept[0] == kept[1]
    assert kept[0][0] == 200
