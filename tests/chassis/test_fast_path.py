"""The straight way of commands answers exactly as FastAPI's routes do, and leaves to them what is unusual."""

import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.http.fast_path import FastPath
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.harness import NOWHERE, Running, company

# An empty Portolan-After asks for nothing, but is unusual: such a request takes FastAPI's way.
ROUNDABOUT = {"portolan-after": ""}
VARYING = {"id", "stream", "version", "published_number", "total", "steps"}


@pytest.fixture(scope="module")
def counting(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made.start(SERVICE, worker=False)


@pytest.fixture
def tester(counting: Running) -> httpx.Client:
    token = counting.issuer.token("tester", ["counting"])
    client = plain_http.client(base_url=counting.url, headers={"authorization": f"Bearer {token}"}, timeout=60)
    return counting.clients.enter_context(client)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way each command took."""
    taken: list[str] = []
    carry_out = FastPath._carry_out

    async def noted(self: FastPath, *arguments: Any) -> Any:
        taken.append("straight")
        return await carry_out(self, *arguments)

    monkeypatch.setattr(FastPath, "_carry_out", noted)
    return taken


def opened(client: httpx.Client) -> str:
    return str(client.post("/counters", json={"name": "A"}).json()["id"])


def test_an_ordinary_command_goes_straight_and_one_that_waits_for_others_does_not(
    tester: httpx.Client, ways: list[str]
) -> None:
    id = opened(tester)
    assert tester.post(f"/counters/{id}/add", json={"amount": 1}).status_code == 200
    assert ways == ["straight"]
    assert tester.post(f"/counters/{id}/add", json={"amount": 1}, headers=ROUNDABOUT).status_code == 200
    assert ways == ["straight"]
    assert tester.get(f"/counters/{id}").json()["steps"] == 2


@pytest.mark.parametrize("headers", [{}, ROUNDABOUT])
def test_half_a_request_is_not_carried_out(counting: Running, tester: httpx.Client, headers: Mapping[str, str]) -> None:
    id, body = opened(tester), b'{"amount": 1}'
    sent = tester.build_request("POST", f"/counters/{id}/add", headers=headers, json={"amount": 1})
    lines = {**sent.headers, "content-length": str(len(body) + 500)}
    head = f"POST /counters/{id}/add HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    url = httpx.URL(counting.url)
    with socket.create_connection((url.host, url.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass  # until the service has seen that no more comes
    assert tester.get(f"/counters/{id}").json()["steps"] == 0


@pytest.mark.parametrize(
    ("command", "body", "headers"),
    [
        ("add", b'{"amount": "1.5"}', {}),
        ("add", b'{"amount": 1}', {"idempotency-key": "same"}),
        ("add", b'{"amount": 1}', {"if-match": '"1"'}),
        ("add", b'{"amount": 1}', {"if-match": '"7"'}),
        ("add", b'{"amount": 1}', {"if-match": "x" * 51}),
        ("add", b'{"amount": 1}', {"if-match": "none"}),
        ("add", b'{"amount": 1}', {"idempotency-key": "x" * 256}),
        ("add", b'{"amount": 1}', {"portolan-reason": "x" * 501}),
        ("add", b'{"amount": 1.5}', {}),
        ("add", b'{"amount": 1, "more": 2}', {}),
        ("add", b'{"amount": NaN}', {}),
        ("add", b"{", {}),
        ("add", b"\xff", {}),
        ("add", b"", {}),
        ("add", b'{"amount": 1}', {"content-type": "text/plain"}),
        ("add", b'{"amount": 1}', {"content-type": "application/json; charset=utf-8"}),
        ("add", b'{"amount": 1}', {"authorization": ""}),
        ("add", b'{"amount": 1}', {"authorization": "Bearer nonsense"}),
        ("note", b'{"note": "a\\u0000b"}', {}),
        ("note", b'{"note": "\\ud800"}', {}),
        ("note", b'{"note": "in confidence"}', {}),
        ("close", b"{}", {}),
        ("unheard-of", b"{}", {}),
    ],
)
def test_both_ways_give_the_same_answer(
    tester: httpx.Client, command: str, body: bytes, headers: Mapping[str, str]
) -> None:
    def answer(more: Mapping[str, str]) -> tuple[int, Any, Any]:
        sent = {"content-type": "application/json", **headers, **more}
        if "idempotency-key" in sent:
            sent["idempotency-key"] += uuid4().hex if len(sent["idempotency-key"]) < 100 else ""
        response = tester.post(f"/counters/{opened(tester)}/{command}", content=body, headers=sent)
        told = {name: value for name, value in response.json().items() if name not in VARYING}
        return response.status_code, response.headers.get("etag"), (response.headers["content-type"], told)

    assert answer({}) == answer(ROUNDABOUT)


def test_an_unknown_counter_is_not_found_on_both_ways(tester: httpx.Client) -> None:
    for more in ({}, ROUNDABOUT):
        answer = tester.post(f"/counters/{uuid4()}/add", json={"amount": 1}, headers=more)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_repeated_key_gets_the_first_answer_on_either_way(tester: httpx.Client) -> None:
    id, key = opened(tester), {"idempotency-key": uuid4().hex}
    first = tester.post(f"/counters/{id}/add", json={"amount": 1}, headers=key)
    tester.post(f"/counters/{id}/add", json={"amount": 5})
    for more in ({}, ROUNDABOUT):
        again = tester.post(f"/counters/{id}/add", json={"amount": 1}, headers=key | more)
        assert (again.status_code, again.json()) == (200, first.json())
