"""What one caller may take: large and slow requests are refused, waits are bounded, and nobody else pays for them."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from chassis.http.quota import AVERAGED_SECONDS, Quota, Rate, TooManyRequests
from chassis.operations.routes import EmbeddedServer
from chassis.service.api import answers_with, build_app, sockets_of
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.harness import NOWHERE, Running, company, wait_until
from tests.patience import patient

LIMITS = {"limit_head_bytes": 16_384, "limit_head_seconds": 1.0, "limit_body_seconds": 1.0, "limit_waits": 3}


@pytest.fixture(scope="module")
def counting(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        made.settings.update(LIMITS)
        yield made.start(SERVICE, worker=False)


def answer(running: Running, *parts: bytes) -> tuple[int, dict[str, object]]:
    """What comes where these bytes are all that is sent: the status and the problem; 0 where nothing comes."""
    url = httpx.URL(running.url)
    with closing(socket.create_connection((url.host, url.port), timeout=patient(30))) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:
                break  # it hung up already
        received = b""
        try:
            while more := connection.recv(65_536):
                received += more
        except ConnectionResetError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    return (int(head.split()[1]), json.loads(body)) if head else (0, {})


HEAD = b"POST /counters HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD, b"x-large: " + b"a" * 20_000 + b"\r\n\r\n"],
        [HEAD, *([b"x: " + b"a" * 1_000 + b"\r\n"] * 30)],
        [HEAD, b"x-endless: ", *([b"a" * 60_000] * 20)],
        [b"GET /counters?" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"],
    ],
    ids=["one header", "many headers", "without end", "address"],
)
def test_a_head_that_is_too_large_is_refused_before_it_is_kept(counting: Running, parts: Sequence[bytes]) -> None:
    status, problem = answer(counting, *parts)
    # One that goes on sending may find the connection closed before it reads why.
    assert (status, problem.get("type", "").rpartition("/")[2]) in ((431, "head-too-large"), (0, ""))  # type: ignore[attr-defined]
    assert plain_http.get(f"{counting.url}/health/live", timeout=30).status_code == 200


def test_a_head_that_does_not_come_in_time_is_refused(counting: Running) -> None:
    for parts in ([], [b"GET "], [HEAD]):
        status, problem = answer(counting, *parts)
        assert (status, problem["status"]) == (408, 408)


def test_a_body_that_does_not_come_in_time_is_refused_and_not_carried_out(counting: Running) -> None:
    status, problem = answer(
        counting, HEAD + b"content-type: application/json\r\ncontent-length: 100\r\n\r\n" + b'{"name": "A"}'
    )
    assert status == 408
    assert str(problem["type"]).endswith("/request-timeout")


def test_a_second_request_on_a_connection_has_its_own_deadline(counting: Running) -> None:
    with plain_http.client(base_url=counting.url, timeout=30) as client:
        assert client.get("/health/live").status_code == 200
        time.sleep(1.5)
        assert client.get("/health/live").status_code == 200


def test_one_callers_waits_are_bounded_and_end_when_the_time_is_over(
    counting: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.http.consistency.WAIT_SECONDS", 3)
    found: list[int] = []
    tokens = {name: counting.issuer.token(name, ["counting"]) for name in ("eager", "other")}

    def wait(name: str) -> None:
        headers = {"authorization": f"Bearer {tokens[name]}", "portolan-after": f"counter-{uuid4()}=1"}
        response = plain_http.get(f"{counting.url}/counters", headers=headers, timeout=60)
        found.append(response.status_code)
        if response.status_code == 429:
            assert response.headers["retry-after"] == "1"
            assert response.json()["type"].endswith("/too-many-requests")

    threads = [threading.Thread(target=wait, args=(name,)) for name in ["eager"] * 6 + ["other"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [429] * 3 + [503] * 4


def test_what_a_caller_holds_is_free_again_when_it_ends() -> None:
    quota = Quota(1)
    with quota.of("ada"):
        with pytest.raises(TooManyRequests), quota.of("ada"):
            pass
        with quota.of("bob"):
            pass
    with pytest.raises(ZeroDivisionError), quota.of("ada"):
        raise ZeroDivisionError
    with quota.of("ada"):
        pass


def test_a_caller_may_send_so_many_at_once_and_then_so_many_a_second() -> None:
    now = 100.0
    rate = Rate(2, lambda: now)
    for _ in range(2 * AVERAGED_SECONDS):
        rate.spend("ada")
    with pytest.raises(TooManyRequests) as refused:
        rate.spend("ada", 3)
    assert refused.value.after == 2
    rate.spend("bob")
    now += 1.5
    rate.spend("ada", 3)
    with pytest.raises(TooManyRequests):
        rate.spend("ada")


@pytest.mark.anyio
async def test_a_refusal_comes_after_a_pause_and_not_for_all_who_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.quota.PAUSE_SECONDS", 0.2)
    monkeypatch.setattr("chassis.http.quota.MOST_PAUSED", 2)
    rate = Rate(1, lambda: 100.0)
    rate.charge("ada", 50)

    async def seconds() -> float:
        began = time.monotonic()
        with pytest.raises(TooManyRequests):
            await rate.admit("ada")
        return time.monotonic() - began

    paused = sorted(await asyncio.gather(*(seconds() for _ in range(3))))
    assert paused[0] < paused[1]
    assert paused[1] >= 0.2
    await rate.admit("bob")


def test_what_turns_out_large_is_counted_afterwards() -> None:
    now = 100.0
    rate = Rate(1, lambda: now)
    rate.spend("ada")
    rate.charge("ada", 30)
    with pytest.raises(TooManyRequests) as refused:
        rate.spend("ada")
    assert refused.value.after == 22
    now += 22
    rate.spend("ada")


def test_who_keeps_us_waiting_makes_room_where_there_are_too_many_connections(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made, ExitStack() as halves:
        made.settings.update(
            {"limit_connections": 20, "limit_head_seconds": patient(300), "limit_body_seconds": patient(300)}
        )
        url = httpx.URL(made.start(SERVICE, worker=False).url)
        opened = []
        for number in range(60):
            half = halves.enter_context(closing(socket.create_connection((url.host, url.port), timeout=patient(30))))
            half.sendall(
                [b"GET /", HEAD, HEAD + b"content-length: 9\r\ncontent-type: application/json\r\n\r\n{"][number % 3]
            )
            opened.append(half)
            if number % 10 == 9:
                assert plain_http.get(f"{url}/health/live", timeout=patient(30)).status_code == 200
        assert opened[0].recv(100).startswith(b"HTTP/1.1 408 ")
        opened[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            opened[-1].recv(1)


def test_callers_who_have_long_been_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.quota.REMEMBERED", 2)
    now = 100.0
    rate = Rate(1, lambda: now)
    rate.spend("ada")
    now += 2
    rate.spend("bob", 10)
    rate.spend("eve")
    assert set(rate._paid) == {"bob", "eve"}


@pytest.fixture(scope="module")
def slow(fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        made.settings.update({"limit_commands": 20, "limit_loads": 40, "limit_past_reads": 1})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("chassis.http.quota.PAUSE_SECONDS", 0.001)
            # However long the requests take here, no time passes for the rates.
            patch.setattr("chassis.service.api.Rate", lambda per_second: Rate(per_second, lambda: 100.0))
            yield made.start(SERVICE, worker=False)


def commands(running: Running, who: str, count: int, *, way: str) -> list[httpx.Response]:
    """The answers to commands of one caller, given in one of the ways there are."""
    headers = {"authorization": f"Bearer {running.issuer.token(who, ['counting'])}"}
    with plain_http.client(base_url=running.url, timeout=60, headers=headers) as client:
        if way == "bulk":
            rows = [{"command": "open_counter", "body": {"name": "tea"}}] * 50
            return [client.post("/commands", json={"commands": rows}) for _ in range(count // 50)]
        if way == "actions":
            ids = {"id": [str(uuid4()) for _ in range(50)]}
            return [client.get("/counters/actions", params=ids) for _ in range(count // 50)]
        if way == "dry run":
            headers |= {"prefer": "dry-run"}
        path = "/counters" if way == "creation" else f"/counters/{uuid4()}/open"
        return [client.post(path, json={"name": "tea"}, headers=headers) for _ in range(count)]


@pytest.mark.parametrize("way", ["fast path", "creation", "dry run", "bulk", "actions"])
def test_one_caller_who_sends_commands_without_end_is_told_when_to_go_on(slow: Running, way: str) -> None:
    answers = commands(slow, f"eager in {way}", 400, way=way)
    assert answers[0].status_code < 300, answers[0].text
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["type"].endswith("/too-many-requests")
    assert int(refused[0].headers["retry-after"]) >= 1
    assert commands(slow, f"patient in {way}", 50 if way in ("bulk", "actions") else 1, way=way)[0].status_code < 300


def test_an_administrator_who_loads_has_a_rate_of_their_own(slow: Running) -> None:
    headers = {"authorization": f"Bearer {slow.issuer.token('loader', ['administrator', 'counting'])}"}
    rows = [{"command": "open_counter", "body": {"name": "tea"}}] * 200
    with plain_http.client(base_url=slow.url, timeout=60, headers=headers) as client:
        answers = [client.post("/commands", json={"commands": rows}).status_code for _ in range(4)]
    assert answers[:2] == [200, 200]
    assert answers[-1] == 429


def test_reads_of_the_past_are_counted_and_those_of_today_are_not(slow: Running) -> None:
    (opened,) = commands(slow, "reader", 1, way="creation")
    place = opened.headers["location"]
    headers = {"authorization": f"Bearer {slow.issuer.token('reader', ['counting'])}"}
    with plain_http.client(base_url=slow.url, timeout=60, headers=headers) as client:
        past = [client.get(f"{place}?known_at=2999-01-01T00:00:00Z").status_code for _ in range(8)]
        past += [client.get(f"{place}/history").status_code for _ in range(24)]
        assert {client.get(place).status_code for _ in range(40)} == {200}
    assert (past[:8], past[-1]) == ([200] * 8, 429)


def test_lists_as_files_are_counted_and_their_pages_are_not(slow: Running) -> None:
    with plain_http.client(base_url=slow.url, timeout=60) as client:
        client.headers["authorization"] = f"Bearer {slow.issuer.token('exporter', ['counting'])}"
        files = [client.get("/counters", headers={"accept": "text/csv"}).status_code for _ in range(24)]
        assert {client.get("/counters").status_code for _ in range(40)} == {200}
    assert (files[0], files[-1]) == (200, 429)


def test_a_host_that_is_not_ours_is_refused_and_health_answers_by_any_name(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        made.settings["allowed_hosts"] = ["portolan.example.org"]
        url = made.start(SERVICE, worker=False).url
        for host in ("portolan.example.org", "portolan.example.org:8443", "Portolan.Example.ORG"):
            assert plain_http.get(f"{url}/openapi.json", headers={"host": host}, timeout=30).status_code == 200
        refused = plain_http.get(f"{url}/openapi.json", headers={"host": "evil.example.org"}, timeout=30)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (400, "unknown-host")
        assert plain_http.get(f"{url}/health/live", timeout=30).status_code == 200


def test_operators_have_a_port_of_their_own_where_one_is_set(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        port, operations_port = free_ports(2)
        own = running.own.model_copy(update={"port": port, "operations_port": operations_port})
        config = answers_with(build_app(SERVICE, running.shared, own), own.host, port, running.shared)
        server = EmbeddedServer(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets_of(config, own))))
        thread.start()
        try:
            token = running.issuer.token("operator", ["administrator"])
            headers = {"authorization": f"Bearer {token}"}

            def statuses(path: str) -> tuple[int, int]:
                asked = [f"http://127.0.0.1:{each}{path}" for each in (port, operations_port)]
                everybodys, operators = (plain_http.get(url, headers=headers, timeout=60).status_code for url in asked)
                return everybodys, operators

            wait_until(lambda: server.started, "the server answers")
            assert statuses("/health/live") == (200, 200)
            for path in ("/metrics", "/status", "/operations", "/parked", "/rebuilds"):
                assert statuses(path) == (404, 200), path
            for path in ("/counters", "/openapi.json", "/audit"):
                assert statuses(path) == (200, 404), path
            for each, status in ((port, 404), (operations_port, 404)):
                with closing(socket.create_connection(("127.0.0.1", each), timeout=patient(30))) as connection:
                    connection.sendall(b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                    assert connection.recv(1000).startswith(f"HTTP/1.1 {status}".encode())
        finally:
            server.should_exit = True
            thread.join(60)
