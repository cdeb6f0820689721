"""Callers who count: each notes what it asks, and whether the answer said yes, no or nothing."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.faults.history import History, Invocation, Read

TIMEOUT_SECONDS = 3.0
GIVE_UP_SECONDS = 60.0
REFUSALS = {404, 409, 412}


@dataclass
class Workload:
    """Callers of one service for some seconds; what they ask for comes from ``chance``, so a seed asks the same."""

    urls: Sequence[str]
    token: str
    chance: random.Random
    callers: int = 8
    counters: int = 8
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        self.versions: dict[UUID, int] = {}
        self.ids = [UUID(int=self.chance.getrandbits(128), version=4) for _ in range(self.counters)]

    @property
    def streams(self) -> list[str]:
        """The streams the callers work on."""
        return [f"counter-{id}" for id in self.ids]

    async def run(self, goes_on: Callable[[], bool]) -> None:
        """Ask until it no longer goes on, and then until every caller knows as much as it wants to know."""
        seeds = [self.chance.getrandbits(64) for _ in range(self.callers)]
        callers = [Caller(self, number, random.Random(seed)) for number, seed in enumerate(seeds)]
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(caller.run(goes_on))


class Caller:
    """One of them: asks, waits for the answer, thinks, asks again."""

    def __init__(self, workload: Workload, number: int, chance: random.Random) -> None:
        self._workload, self._number, self._chance = workload, number, chance
        self._count = 0
        # What callers tell each other of the counters: enough to ask for what makes sense, and often out of date.
        self._versions = workload.versions

    async def run(self, goes_on: Callable[[], bool]) -> None:
        """Work through a few counters at a time, like everybody else."""
        headers = {"authorization": f"Bearer {self._workload.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=TIMEOUT_SECONDS) as client:
            while goes_on():
                id = self._chance.choice(self._workload.ids)
                if self._chance.random() < 0.1:
                    await self._read(client, id)
                else:
                    await self._ask(client, id, *self._choose(id))
                await asyncio.sleep(self._chance.random() * 0.02)

    def _choose(self, id: UUID) -> tuple[str, int, Mapping[str, Any]]:
        """A command: its name, how many events it leads to, its body."""
        chance, ids = self._chance, self._workload.ids
        weights = [10, 0.3, 2, 1, 0.2] if id in self._versions else [2, 5, 1, 1, 0]
        name = chance.choices(["add", "open", "note", "move", "close"], weights)[0]
        match name:
            case "add":
                times = chance.randint(1, 3)
                return name, times, {"amount": str(chance.randint(1, 999)), "times": times}
            case "open":
                code = f"{ids[0].hex[:8]}-{chance.randint(1, 4)}" if chance.random() < 0.5 else None
                return name, 1, {"name": f"counter of caller {self._number}", "code": code}
            case "note":
                return name, 1, {"note": f"note {chance.getrandbits(32)}"}
            case "move":
                return name, 1, {"parent_id": str(chance.choice(ids)) if chance.random() < 0.8 else None}
            case _:
                return name, 1, {}

    async def _ask(self, client: httpx.AsyncClient, id: UUID, name: str, events: int, body: Mapping[str, Any]) -> None:
        history, self._count = self._workload.history, self._count + 1
        key = f"{self._workload.ids[0].hex[:8]}-{self._number}-{self._count}"
        one = Invocation(key, f"counter-{id}", name, events, time.monotonic())
        history.asked.append(one)
        headers = {"idempotency-key": key, "x-request-id": key}
        if id in self._versions and self._chance.random() < 0.1:
            headers["if-match"] = f'"{self._versions[id]}"'
        insists = self._chance.random() < 0.8
        while not await self._attempt(client, one, f"/counters/{id}/{name}", headers, body):
            if not insists or time.monotonic() - one.invoked > GIVE_UP_SECONDS:
                return
            await asyncio.sleep(0.05 + self._chance.random() * 0.1)
        if one.outcome == "ok":
            self._versions[id] = max(one.version, self._versions.get(id, 0))

    async def _attempt(
        self, client: httpx.AsyncClient, one: Invocation, path: str, headers: Mapping[str, str], body: Mapping[str, Any]
    ) -> bool:
        """Ask once, any of the service's processes; True when the answer says yes or no."""
        one.attempts += 1
        try:
            answer = await client.post(self._chance.choice(self._workload.urls) + path, headers=headers, json=body)
        except httpx.HTTPError:
            return False
        if answer.is_success:
            one.outcome, one.version = "ok", answer.json()["version"]
        elif answer.status_code in REFUSALS and not answer.json()["type"].endswith("idempotency-key-in-flight"):
            # An earlier attempt whose answer was lost may still be on its way: then a refusal says nothing of it.
            one.outcome = "fail" if one.attempts == 1 else "unknown"
        elif answer.status_code not in (409, 503):
            self._workload.history.wrong.append(f"{one.name} {one.id} was answered {answer.status_code}: {answer.text}")
            return True
        else:
            return False
        one.ended = time.monotonic()
        return True

    async def _read(self, client: httpx.AsyncClient, id: UUID) -> None:
        invoked = time.monotonic()
        try:
            answer = await client.get(f"{self._chance.choice(self._workload.urls)}/counters/{id}")
        except httpx.HTTPError:
            return
        if answer.is_success:
            self._workload.history.reads.append(Read(f"counter-{id}", invoked, answer.json()["version"]))
        elif answer.status_code not in (404, 503):
            self._workload.history.wrong.append(f"a read was answered {answer.status_code}: {answer.text}")
