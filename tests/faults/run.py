"""One seed: callers work, things fail, everything recovers, and what is found is judged."""

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import KafkaError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.chassis.counting import TOPIC as COUNTING_TOPIC
from tests.faults.faults import KINDS, WORK_SECONDS, Fault, plan
from tests.faults.ground import Ground
from tests.faults.history import Found, History
from tests.faults.judge import READERS, duplicates, violations
from tests.faults.observing import Topics, read_log
from tests.faults.watching import TOPIC as WATCHING_TOPIC
from tests.faults.workload import Workload

SETTLE_SECONDS = 120.0
TOPICS = {"counting": COUNTING_TOPIC, "watching": WATCHING_TOPIC}


@dataclass
class Verdict:
    """What became of a seed; ``recovery`` is how long after its last fault's end everything had been applied."""

    seed: int
    faults: list[str]
    kinds: list[str]
    left_out: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    commands: int = 0
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    asked_again: int = 0
    answers_lost: int = 0
    events: int = 0
    duplicates: int = 0
    restarts: int = 0
    recovery: float = 0.0
    seconds: float = 0.0
    logs: str = ""


def run_seed(ground: Ground, seed: int, *, patience: float = SETTLE_SECONDS) -> tuple[Verdict, History]:
    """Run a seed's work and faults on a ground where everything is well."""
    began = time.monotonic()
    faults, chance = plan(seed)
    done = [fault for fault in faults if fault.kind != "disk full" or ground.disk.is_small]
    verdict = Verdict(seed, [str(fault) for fault in done], [fault.kind for fault in done])
    verdict.left_out = [fault.kind for fault in faults if fault not in done]
    workload = Workload(ground.urls, ground.token, chance)
    before, lost = Place.of(ground), ground.answers_lost()
    restarts = ground.restarts.total()
    healed = work_while(ground, workload, done)
    settled = settle(ground, workload.streams, patience)
    verdict.recovery = time.monotonic() - healed
    if settled is not None:
        verdict.violations.append(f"not settled after {patience} s: {settled}")
    found = look(ground, workload.streams, before)
    verdict.violations += violations(workload.history, found)
    outcomes = [one.outcome for one in workload.history.asked]
    verdict.commands, verdict.acknowledged = len(outcomes), outcomes.count("ok")
    verdict.refused, verdict.unknown = outcomes.count("fail"), outcomes.count("unknown")
    verdict.asked_again = sum(one.attempts - 1 for one in workload.history.asked)
    verdict.answers_lost = ground.answers_lost() - lost
    verdict.events = len(found.counting.events)
    verdict.duplicates = sum(duplicates(log.sent) for log in (found.counting, found.watching) if log)
    verdict.restarts = ground.restarts.total() - restarts
    verdict.seconds = time.monotonic() - began
    return verdict, workload.history


def work_while(ground: Ground, workload: Workload, faults: Sequence[Fault]) -> float:
    """Let callers work while the faults come and go; the moment at which the last one was over."""
    over = threading.Event()
    worker = threading.Thread(target=lambda: asyncio.run(workload.run(lambda: not over.is_set())))
    began = time.monotonic()
    worker.start()
    moments = [(fault.at, KINDS[fault.kind].begin, fault) for fault in faults]
    moments += [(fault.at + fault.lasts, KINDS[fault.kind].end, fault) for fault in faults]
    try:
        for moment, act, fault in sorted(moments, key=lambda one: one[0]):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            act(ground, fault)
        healed = time.monotonic()
        time.sleep(max(0.5, began + WORK_SECONDS - healed))
        # On a machine that is busy with others a while may pass before anything is answered.
        while not workload.history.acknowledged and time.monotonic() < healed + SETTLE_SECONDS:
            time.sleep(0.1)
    finally:
        over.set()
        worker.join()
    return healed


@dataclass(frozen=True)
class Place:
    """Where logs and topics ended: what comes later belongs to the seed."""

    heads: Mapping[str, int]
    ends: Mapping[str, Mapping[int, int]]

    @classmethod
    def of(cls, ground: Ground) -> "Place":
        """Where they end now."""
        topics = Topics(ground.broker)
        try:
            ends = {name: topics.ends(topic) for name, topic in TOPICS.items()}
        finally:
            topics.close()
        return cls(heads(ground), ends)


def heads(ground: Ground) -> dict[str, int]:
    """The last position of each service's log."""
    return {name: ask(ground.database(name).owner_url, "SELECT position FROM head")[0][0] for name in TOPICS}


def look(ground: Ground, streams: Sequence[str], before: Place) -> Found:
    """Read everything; again where something was appended meanwhile, such as by a request nobody waited for."""
    while True:
        now, topics = heads(ground), Topics(ground.broker)
        try:
            sent = {name: topics.since(topic, before.ends[name]) for name, topic in TOPICS.items()}
        finally:
            topics.close()
        logs = {
            name: read_log(ground.database(name).owner_url, streams, after=before.heads[name], sent=sent[name])
            for name in TOPICS
        }
        if heads(ground) == now:
            return Found(streams, logs["counting"], logs["watching"])
        settle(ground, streams, SETTLE_SECONDS)


def settle(ground: Ground, streams: Sequence[str], patience: float) -> str | None:
    """Wait until everything stored is published and applied; what is missing where that does not come about."""
    until = time.monotonic() + patience
    while True:
        try:
            missing = unsettled(ground, list(streams))
        except (DBAPIError, KafkaError) as failure:
            missing = f"the database is away: {type(failure).__name__}"
        if missing is None or time.monotonic() > until or missing.startswith("parked"):
            return missing
        time.sleep(0.05)


RELAYED = "SELECT h.position - r.position FROM head h, relay r"
PARKED = "SELECT stream, reason FROM parked WHERE stream = ANY(:streams) AND reason IS NOT NULL"
PUBLISHED = "SELECT stream, published FROM states WHERE stream = ANY(:streams) AND published > 0"
SEEN = "SELECT stream, number FROM seen WHERE stream = ANY(:streams) AND reader = :reader"


def unsettled(ground: Ground, streams: list[str]) -> str | None:
    """The first thing that has not come to its end yet."""
    urls = {name: ground.database(name).owner_url for name in TOPICS}
    published: dict[str, int] = dict(tuple(row) for row in ask(urls["counting"], PUBLISHED, streams=streams))
    for name, readers in READERS.items():
        if parked := ask(urls[name], PARKED, streams=streams):
            return f"parked in {name}: {parked}"
        for reader in readers:
            seen: dict[str, int] = dict(tuple(row) for row in ask(urls[name], SEEN, streams=streams, reader=reader))
            if seen != published:
                return f"{reader} of {name} is behind"
        if ask(urls[name], RELAYED)[0][0] != 0:
            return f"the relay of {name} is behind"
    return None


def ask(url: str, statement: str, **parameters: object) -> Sequence[Any]:
    """The rows of a query."""
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            return connection.execute(text(statement), parameters).all()
    finally:
        engine.dispose()
