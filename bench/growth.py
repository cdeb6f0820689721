"""Measures that must not grow with what is stored: loading a long stream, and appending to a large log."""

import asyncio
import time
from statistics import median
from uuid import UUID, uuid4

from bench import append
from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, interleaved
from bench.relay import fill
from chassis.commands.handler import CommandContext
from chassis.domain.decider import Actor
from chassis.store.append import Append, StreamAppend, encode_event
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE
from services.portfolio.projects.domain.project.rules import PROJECT

SHORT, LONG = 100, 10_000
SMALL, LARGE = 100_000, 5_000_000
TIMES = 400


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Two ratios of medians, in microseconds."""
    return [loading(ground, rounds), appending(ground, rounds)]


def loading(ground: Ground, rounds: int) -> Row:
    """Loading an aggregate is reading its state, however many events led to it."""
    database = ground.migrated(SERVICE)
    short, long = uuid4(), uuid4()
    with connect(database.owner_url) as connection:
        position = 0
        for id, count in ((short, SHORT), (long, LONG)):
            connection.execute(
                "INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at)"
                " SELECT %(p)s + n, %(s)s, n, n, 'ProgressReported', %(e)s, '{}', now()"
                " FROM generate_series(1, %(n)s) n",
                {"p": position, "s": f"project-{id}", "n": count, "e": append.STATE},
            )
            position += count
            connection.execute(
                "INSERT INTO states VALUES (%s, 'project', %s, %s, %s, now(), now())",
                [f"project-{id}", count, count, project_state()],
            )
        connection.execute("VACUUM ANALYZE")
    arms = [
        Arm("10,000 events, us", lambda: asyncio.run(load(database, long, LONG))),
        Arm("100 events, us", lambda: asyncio.run(load(database, short, SHORT))),
    ]
    found = interleaved(arms, rounds)
    ratio = found.ratio("10,000 events, us", "100 events, us")
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    what = "loading an aggregate of 10,000 events ÷ one of 100"
    return Row(what, "<= 1.2", str(ratio), at_most(ratio, 1.2), figures, "both at their last version")


def project_state() -> str:
    """A project in progress."""
    nobody = uuid4()
    return PROJECT.state.model_validate(
        {
            "name": "Payroll",
            "summary": "A new payroll.",
            "division_id": nobody,
            "initiative_id": None,
            "sponsor_id": None,
            "accountable_id": nobody,
            "stage": "in progress",
        }
    ).model_dump_json()


async def load(database: ServiceDatabase, id: UUID, version: int) -> float:
    """Microseconds of one load, the median of many."""
    store = Store(database.url)
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        loaded = await store.load(PROJECT, id)
        times.append(time.perf_counter() - start)
        if loaded.version != version:
            raise AssertionError(loaded.version)
    await store.stop()
    return median(times) * 1e6


def appending(ground: Ground, rounds: int) -> Row:
    """Appending one event to logs of very different lengths."""
    small, large = ground.migrated(SERVICE), ground.migrated(SERVICE)
    for database, count in ((small, SMALL), (large, LARGE)):
        fill(database, count, streams=count // 20)
        with connect(database.owner_url) as connection:
            connection.execute(
                "INSERT INTO commands SELECT (metadata->>'command_id')::uuid, NULL, stream, version, published,"
                " recorded_at FROM events"
            )
            connection.execute("VACUUM ANALYZE commands")
    arms = [
        Arm("5,000,000 stored, us", lambda: asyncio.run(append_one_by_one(large))),
        Arm("100,000 stored, us", lambda: asyncio.run(append_one_by_one(small))),
    ]
    for arm in arms:
        arm.run()
    found = interleaved(arms, rounds)
    ratio = found.ratio("5,000,000 stored, us", "100,000 stored, us")
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    what = "append p50 at 5,000,000 stored events ÷ at 100,000"
    return Row(what, "<= 1.3", str(ratio), at_most(ratio, 1.3), figures, "every append answered with its version")


async def append_one_by_one(database: ServiceDatabase) -> float:
    """Microseconds of one append, the median of many."""
    store, actor = Store(database.url), Actor("system:bench")
    await store.start()
    times = []
    for _ in range(TIMES):
        asked = CommandContext(actor)
        event = encode_event(append.EVENT, public=True, metadata=asked.metadata(0))
        own = StreamAppend(f"project-{uuid4()}", "project", 0, [event], append.STATE)
        entry = Append(asked.command_id, own)
        start = time.perf_counter()
        outcome = await store.appender.append(entry)
        times.append(time.perf_counter() - start)
        if (outcome.outcome, outcome.version) != ("appended", 1):
            raise AssertionError(outcome)
    await store.stop()
    return median(times) * 1e6
