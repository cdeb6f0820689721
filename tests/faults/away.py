"""The broker is away while many commands arrive: nothing but the distance to Kafka grows, and it drains in order."""

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests import plain_http
from tests.faults.ground import Ground
from tests.faults.history import History, Invocation
from tests.faults.judge import violations
from tests.faults.run import Place, look, settle

CALLERS = 32
FLAT_MEGABYTES = 64
WATCHED = ("api-1", "api-2", "worker-1")
SETTLE_SECONDS = 900.0


@dataclass
class Away:
    """What became of it; memory is in MB by process, before and at most; times are in seconds."""

    commands: int
    violations: list[str] = field(default_factory=list)
    refused_or_unknown: int = 0
    lag: int = 0
    memory_before: dict[str, int] = field(default_factory=dict)
    memory_most: dict[str, int] = field(default_factory=dict)
    asking: float = 0.0
    slowest_answer: float = 0.0
    draining: float = 0.0


def run_away(ground: Ground, commands: int) -> Away:
    """Kill the broker, ask for so many commands, let the broker come back, and judge."""
    away, history = Away(commands), History()
    chance = random.Random(commands)
    ids = [UUID(int=chance.getrandbits(128), version=4) for _ in range(CALLERS)]
    streams, before = [f"counter-{id}" for id in ids], Place.of(ground)
    away.memory_before = memory(ground)
    ground.hold_down("broker")
    try:
        began = time.monotonic()
        with Watching(ground) as watching:
            asyncio.run(ask_all(ground, ids, commands, history))
        away.asking = time.monotonic() - began
        away.memory_most = watching.most
        away.lag = lag(ground)
    finally:
        ground.let_up("broker")
    returned = time.monotonic()
    if missing := settle(ground, streams, SETTLE_SECONDS):
        away.violations.append(f"not drained: {missing}")
    away.draining = time.monotonic() - returned
    away.refused_or_unknown = sum(one.outcome != "ok" for one in history.asked)
    away.slowest_answer = max(one.ended - one.invoked for one in history.asked)
    away.violations += violations(history, look(ground, streams, before)) + promises_broken(away)
    return away


def promises_broken(away: Away) -> list[str]:
    """What callers and operators may expect meanwhile, beside that nothing is lost."""
    broken = [
        f"{name} grew from {before} to {away.memory_most[name]} MB"
        for name, before in away.memory_before.items()
        if away.memory_most[name] - before > FLAT_MEGABYTES
    ]
    if away.refused_or_unknown:
        broken.append(f"{away.refused_or_unknown} commands were not acknowledged while only the broker was away")
    if away.lag != away.commands:
        broken.append(f"/status told a distance of {away.lag} events where {away.commands} were waiting")
    return broken


async def ask_all(ground: Ground, ids: list[UUID], commands: int, history: History) -> None:
    """Callers, each with a counter of its own, ask until there have been so many commands."""
    numbers = iter(range(commands))
    headers = {"authorization": f"Bearer {ground.token}"}
    async with asyncio.TaskGroup() as group:
        for id, url in zip(ids, itertools.cycle(ground.urls)):
            client = httpx.AsyncClient(base_url=url, headers=headers, timeout=30)
            group.create_task(ask_on(client, id, numbers, history))


async def ask_on(client: httpx.AsyncClient, id: UUID, numbers: Iterator[int], history: History) -> None:
    """Open a counter and count on it; each command leads to one public event."""
    async with client:
        for number in numbers:
            name, body = request(number)
            key = f"away-{id.hex[:8]}-{number}"
            one = Invocation(key, f"counter-{id}", name, 1, time.monotonic(), attempts=1)
            history.asked.append(one)
            answer = await client.post(f"/counters/{id}/{name}", headers={"x-request-id": key}, json=body)
            if answer.is_success:
                one.outcome, one.ended, one.version = "ok", time.monotonic(), answer.json()["version"]


def request(number: int) -> tuple[str, dict[str, Any]]:
    """Each caller opens first; of what follows one in twenty leads to a reaction, which takes a commit of its own."""
    if number < CALLERS:
        return "open", {"name": "A"}
    return ("add", {"amount": "1"}) if number % 20 == 0 else ("move", {"parent_id": None})


def memory(ground: Ground) -> dict[str, int]:
    """Resident memory of the watched processes, in MB."""
    found = {name: ground.process(name) for name in WATCHED}
    return {name: process.memory_info().rss // 2**20 for name, process in found.items() if process}


def lag(ground: Ground) -> int:
    """How many published events are not in Kafka yet, as /status tells."""
    status = plain_http.get(f"{ground.urls[0]}/status", timeout=30).json()
    return int(status["published"] - status["relayed"])


class Watching:
    """Notes the most memory that the processes ever take."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._over = ground, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.most: dict[str, int] = {}

    def __enter__(self) -> "Watching":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for name, megabytes in memory(self._ground).items():
                self.most[name] = max(megabytes, self.most.get(name, 0))
