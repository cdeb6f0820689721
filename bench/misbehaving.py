"""What others wait for while one caller misbehaves: endless headers, half requests, waits, writes, past reads."""

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import uuid4

import httpx

from bench.commands import found_projects
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, interleaved
from bench.reading import median_latency
from contracts.roles import Role
from portolan.stack.ports import free_ports
from services.portfolio.app import SERVICE

GOAL = 1.5
SETTLE_SECONDS = 3
HALVES = 1_500
LIMITS = ("PORTOLAN_LIMIT_COMMANDS", "PORTOLAN_LIMIT_LOADS", "PORTOLAN_LIMIT_PAST_READS")


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """The median of another caller's reads, while somebody misbehaves and while nobody does."""
    database = ground.migrated(SERVICE)
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port)
    for name in LIMITS:
        del environment[name]  # as it is delivered
    with ground.serving(["-m", "services.portfolio.app", "api"], environment, port, "misbehaved-upon") as url:
        place = f"{url}/projects/{found_projects(url, ground.token(Role.PORTFOLIO_OFFICE), database)[0]}"
        return [compared(ground, place, way, rounds, seconds) for way in WAYS]


def compared(ground: Ground, place: str, way: str, rounds: int, seconds: int) -> Row:
    """One way to misbehave."""
    other = ground.issuer.token("other", [Role.EXECUTIVE])
    alone, beside = "alone, us", "beside it, us"
    counts: list[str] = []

    def misbehaved() -> float:
        with misbehaving(ground, way, place) as told:
            figure = median_latency(place, other, clients=2, seconds=seconds)
        counts[:] = [told()]
        return figure

    found = interleaved(
        [Arm(alone, lambda: median_latency(place, other, clients=2, seconds=seconds)), Arm(beside, misbehaved)], rounds
    )
    ratio = found.ratio(beside, alone)
    figures = f"{alone} {found.median(alone):,.0f}, {beside} {found.median(beside):,.0f}"
    what = f"others' median read while one caller {WAYS[way][0]} ÷ alone"
    return Row(what, f"<= {GOAL}", str(ratio), at_most(ratio, GOAL), figures, f"that caller: {counts[0]}")


@contextmanager
def misbehaving(ground: Ground, way: str, place: str) -> Iterator[Callable[[], str]]:
    """A process that misbehaves until the block ends; yields what it counted."""
    token = ground.issuer.token("eager", [Role.PORTFOLIO_OFFICE, Role.EXECUTIVE])
    out = ground.folder / f"{way}-{uuid4().hex}.json"
    with ground.process(["-m", "bench.misbehaving", way, place, token, str(out)], {"PATH": "/usr/bin:/bin"}, way):
        time.sleep(SETTLE_SECONDS)
        yield lambda: out.read_text() if out.exists() else ""


Counts = dict[str, int]
Once = Callable[[httpx.URL, str, Counts], None]


def endless_headers(place: httpx.URL, _token: str, counts: Counts) -> None:
    """As many headers as the service takes."""
    with socket.create_connection((place.host, place.port or 80), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        with suppress(OSError):
            while True:
                connection.sendall(b"x-endless: " + b"a" * 8_000 + b"\r\n")
                counts["headers"] = counts.get("headers", 0) + 1


def half_requests(place: httpx.URL, _token: str, counts: Counts) -> None:
    """Heads without an end, each held until the service hangs up, and begun again."""
    with selectors.DefaultSelector() as held:
        for _ in range(HALVES):
            held.register(half_request(place), selectors.EVENT_READ)
        while True:
            for key, _ in held.select():
                connection = cast(socket.socket, key.fileobj)
                held.unregister(connection)
                with suppress(OSError):
                    while connection.recv(1_000):
                        pass
                connection.close()
                counts["halves"] = counts.get("halves", 0) + 1
                held.register(half_request(place), selectors.EVENT_READ)


def half_request(place: httpx.URL) -> socket.socket:
    """A connection with a head whose end does not come."""
    connection = socket.create_connection((place.host, place.port or 80), timeout=30)
    connection.sendall(b"POST /projects HTTP/1.1\r\nhost: x\r\n")
    return connection


def waits(place: httpx.URL, token: str, counts: Counts) -> None:
    """A wait for events that never come."""
    asked(place, token, counts, "GET", headers={"portolan-after": f"project-{uuid4()}=1"})


def writes(place: httpx.URL, token: str, counts: Counts) -> None:
    """A command, and at once the next."""
    path = place.copy_with(path=place.path + "/report-progress")
    body = {
        "percent_complete": str(time.time_ns() % 100),
        "as_of": datetime.now(UTC).date().isoformat(),
        "reason": "Counted again.",
    }
    asked(path, token, counts, "POST", json=body)


def past_reads(place: httpx.URL, token: str, counts: Counts) -> None:
    """A record of many events, as it was known a moment ago."""
    asked(place.copy_with(query=b"known_at=2999-01-01T00:00:00Z"), token, counts, "GET")


def asked(
    url: httpx.URL, token: str, counts: Counts, method: str, headers: Mapping[str, str] | None = None, **how: object
) -> None:
    """One request, counted by its status."""
    sent = {"authorization": f"Bearer {token}", **(headers or {})}
    status = str(client.request(method, url, headers=sent, **how).status_code)  # type: ignore[arg-type]
    counts[status] = counts.get(status, 0) + 1


client = httpx.Client(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=None))
WAYS: Mapping[str, tuple[str, Once, int]] = {
    "endless_headers": ("sends headers without end", endless_headers, 8),
    "half_requests": ("holds 1,500 half requests", half_requests, 1),
    "waits": ("waits for events in 200 requests", waits, 200),
    "writes": ("gives commands without a pause, 16 at a time", writes, 16),
    "past_reads": ("reads a long past without a pause, 16 at a time", past_reads, 16),
}


def main(way: str, place: str, token: str, out: str) -> None:
    """Misbehave until told to stop, writing down what came of it."""
    os.nice(19)  # it stands for another machine: what it computes is nobody else's loss
    _, once, at_once = WAYS[way]
    threading.stack_size(256 * 1024)
    counts: list[Counts] = [{} for _ in range(at_once)]

    def again_and_again(own: Counts) -> None:
        while True:
            with suppress(OSError, httpx.HTTPError):
                once(httpx.URL(place), token, own)

    for own in counts:
        threading.Thread(target=again_and_again, args=(own,), daemon=True).start()
    while True:
        time.sleep(0.5)
        total: Counts = {}
        for own in counts:
            for name, count in own.copy().items():
                total[name] = total.get(name, 0) + count
        Path(out).write_text(json.dumps(dict(sorted(total.items()))))


if __name__ == "__main__":
    main(*sys.argv[1:])
