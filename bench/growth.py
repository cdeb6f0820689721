"""Measures that must not grow with what is stored: a long stream, a large log, a service with many outages."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from bench import append
from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, interleaved
from bench.relay import fill
from chassis.commands.handler import CommandContext
from chassis.domain.decider import Actor
from chassis.store.append import Append, StreamAppend, encode_event
from chassis.store.store import Store
from contracts.portfolio.services import (
    Criticality,
    OutageReported,
    ServicePlanned,
    ServiceTargets,
    ServiceTargetsAgreed,
    ServiceWentLive,
)
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.services import views
from services.portfolio.services.domain import outage
from services.portfolio.services.domain.availability import Availability
from services.portfolio.services.domain.service.rules import SERVICE as SERVICE_DECIDER
from services.portfolio.services.domain.service_month import SERVICE_MONTH, ServiceMonth, month_id
from services.portfolio.services.facts import count_month

SHORT, LONG = 100, 10_000
SMALL, LARGE = 100_000, 5_000_000
TIMES = 400
FEW, MANY = 100, 10_000
YEARS, DOWN = (date(2023, 1, 1), date(2025, 12, 31)), timedelta(minutes=5)
INSERT = "INSERT INTO states VALUES (%s, %s, 1, 1, %s, now(), now())"


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Ratios of medians, in microseconds."""
    return [loading(ground, rounds), appending(ground, rounds), availability(ground, rounds)]


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
        start = perf_counter()
        loaded = await store.load(PROJECT, id)
        times.append(perf_counter() - start)
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
        start = perf_counter()
        outcome = await store.appender.append(entry)
        times.append(perf_counter() - start)
        if (outcome.outcome, outcome.version) != ("appended", 1):
            raise AssertionError(outcome)
    await store.stop()
    return median(times) * 1e6


def availability(ground: Ground, rounds: int) -> Row:
    """The availability of three years, of services with few and with many outages in them, counted as they came."""
    database = ground.migrated(SERVICE)
    few, many = uuid4(), uuid4()
    with connect(database.owner_url) as connection:
        for id, count in ((few, FEW), (many, MANY)):
            store_service(connection, id, count)
            for month in asyncio.run(counted(database, id)):
                place = SERVICE_MONTH.stream(month_id(id, month.month))
                connection.execute(INSERT, [place, SERVICE_MONTH.kind, month.model_dump_json()])
        connection.execute("VACUUM ANALYZE states")
    arms = [
        Arm("10,000 outages, us", lambda: asyncio.run(available(database, many, MANY))),
        Arm("100 outages, us", lambda: asyncio.run(available(database, few, FEW))),
    ]
    for arm in arms:
        arm.run()
    found = interleaved(arms, rounds)
    ratio = found.ratio("10,000 outages, us", "100 outages, us")
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    what = "availability of a service over 10,000 outages in three years ÷ 100"
    return Row(what, "<= 1.5", str(ratio), at_most(ratio, 1.5), figures, "every outage counts its five minutes")


def store_service(connection: Connection[Any], id: UUID, count: int) -> None:
    """A service in use around the clock, and so many outages of five minutes."""
    planned = ServicePlanned(
        name="Mail", summary="", division_id=uuid4(), owner_id=uuid4(), criticality=Criticality.HIGH
    )
    agreed = ServiceTargetsAgreed(since=YEARS[0], targets=ServiceTargets(availability=Decimal("99.9")))
    state = SERVICE_DECIDER.fold([planned, ServiceWentLive(), agreed])
    assert state is not None
    connection.execute(INSERT, [f"service-{id}", "service", state.model_dump_json()])
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [(f"outage-{uuid4()}", "outage", outage_state(id, at)) for at in moments(count)])


def moments(count: int) -> Iterator[datetime]:
    """The beginnings of so many outages, evenly over the years."""
    begin, end = (datetime.combine(day, time(), UTC) for day in YEARS)
    return (begin + (end - begin) / count * number for number in range(count))


def outage_state(service_id: UUID, at: datetime) -> str:
    said = {"source": "monitor", "key": str(uuid4()), "cause": "disk", "planned": False}
    reported = OutageReported(**said, service_id=service_id, began_at=at, ended_at=at + DOWN)
    return outage.evolve(None, reported).model_dump_json()


async def counted(database: ServiceDatabase, id: UUID) -> list[ServiceMonth]:
    """The months of a service as its reactions count them."""
    store = Store(database.url)
    service = await views.service_of(store, id)
    months = [f"{first:%Y-%m}" for first, _ in views.by_month(*YEARS)]
    found = [await count_month(store, id, service, month, UTC) for month in months]
    await store.stop()
    return found


async def available(database: ServiceDatabase, id: UUID, count: int) -> float:
    """Microseconds of the availability of the years, the median of many."""
    store, now = Store(database.url), datetime.now(UTC)
    times = []
    for _ in range(TIMES):
        begun = perf_counter()
        service = await views.service_of(store, id)
        months = await views.by_months(store, id, service, YEARS, UTC, now)
        found = reduce(Availability.plus, (each for _, each in months))
        times.append(perf_counter() - begun)
        if found.down != count * DOWN.total_seconds():
            raise AssertionError(found)
    await store.stop()
    return median(times) * 1e6
