"""Outages that outlast every retry: what callers see meanwhile, and that all is well afterwards without repair."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from tests import plain_http
from tests.faults.ground import Ground
from tests.faults.history import History, Invocation
from tests.faults.judge import violations
from tests.faults.run import SETTLE_SECONDS, Place, look, settle

PATIENCE_SECONDS = 90.0


@dataclass
class Outage:
    """What became of it; ``read`` and ``ready`` are statuses answered meanwhile, ``restarts`` of what and how often.

    ``problem`` is the status and type of the answer to a command, and ``waited`` after how many seconds it came.
    """

    name: str
    violations: list[str] = field(default_factory=list)
    problem: tuple[int, str] = (0, "")
    waited: float = 0.0
    read: int = 0
    ready: int = 0
    missing: list[str] = field(default_factory=list)
    restarts: dict[str, int] = field(default_factory=dict)
    recovery: float = 0.0


def run_full_disk(ground: Ground) -> Outage:
    """The database can write nothing more."""
    return run_outage(ground, "disk full", ground.disk.fill, ground.disk.free)


def run_database_away(ground: Ground) -> Outage:
    """The database is dead."""
    away = lambda: ground.hold_down("database")  # noqa: E731
    return run_outage(ground, "database away", away, lambda: ground.let_up("database"))


def run_outage(ground: Ground, name: str, begin: Callable[[], object], end: Callable[[], object]) -> Outage:
    """Count on one counter until a command is answered with a problem, look around, end the outage, and judge."""
    outage, history, id = Outage(name), History(), uuid4()
    before, restarts = Place.of(ground), ground.restarts.copy()
    headers = {"authorization": f"Bearer {ground.token}"}
    with plain_http.client(base_url=ground.urls[0], headers=headers, timeout=PATIENCE_SECONDS) as client:
        caller = Caller(client, history, f"counter-{id}")
        assert caller.ask(f"/counters/{id}/open", {"name": "A"}).is_success
        begin()
        try:
            answer, asked = caller.ask_until_refused(f"/counters/{id}/add", {"amount": "1"})
            outage.problem = (answer.status_code, answer.json()["type"].rpartition("/")[2])
            outage.waited = time.monotonic() - asked.invoked
            outage.read = client.get(f"/counters/{id}").status_code
            health = client.get("/health/ready")
            outage.ready, outage.missing = health.status_code, health.json()["missing"]
        finally:
            end()
        over = time.monotonic()
        # The same command again, under its key, until it is done: once, whatever became of it before.
        while not caller.ask(f"/counters/{id}/add", {"amount": "1"}, asked).is_success:
            if time.monotonic() > over + PATIENCE_SECONDS:
                outage.violations.append("commands are still refused")
                return outage
            time.sleep(0.1)
        outage.recovery = time.monotonic() - over
    if missing := settle(ground, [caller.stream], SETTLE_SECONDS):
        outage.violations.append(f"not settled: {missing}")
    outage.violations += violations(history, look(ground, [caller.stream], before))
    outage.restarts = dict(ground.restarts - restarts)
    return outage


@dataclass
class Caller:
    """Asks and notes."""

    client: httpx.Client
    history: History
    stream: str

    def ask(self, path: str, body: dict[str, str], again: Invocation | None = None) -> httpx.Response:
        """A command, or one asked again under its key."""
        one = again or Invocation(uuid4().hex, self.stream, path, 1, time.monotonic())
        if again is None:
            self.history.asked.append(one)
        answer = self.client.post(path, json=body, headers={"idempotency-key": one.id, "x-request-id": one.id})
        if answer.is_success:
            one.outcome, one.ended, one.version = "ok", time.monotonic(), answer.json()["version"]
        return answer

    def ask_until_refused(self, path: str, body: dict[str, str]) -> tuple[httpx.Response, Invocation]:
        """The first answer that is a problem, and the command it belongs to."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (answer := self.ask(path, body)).is_success:
            assert time.monotonic() < until, "nothing is refused"
        return answer, self.history.asked[-1]
