"""The append API against the recorder of the ``eventsourcing`` library in its locking mode."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from bench.database import check_log, driver
from bench.ground import Ground
from bench.measure import Arm, Row, at_least, interleaved
from chassis.commands.handler import CommandContext
from chassis.domain.decider import Actor
from chassis.store.append import Append, StreamAppend, encode_event
from chassis.store.store import Store
from contracts.portfolio import ProgressReported
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE

NOTE = "The data are moved, the interfaces are tested with the old system, and the business has seen first payslips."
EVENT = ProgressReported(
    as_of=datetime.now(UTC).date(), percent_complete=None, expected_completion=None, health=None, note=NOTE
)
STATE = EVENT.model_dump_json()


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """32 appenders, and one."""
    ours, theirs = ground.migrated(SERVICE), ground.database()
    rows = []
    for appenders, goal in ((32, 5.0), (1, 2.5)):
        recorder = recorder_of(theirs, appenders)
        arms = [
            Arm("append/s", partial(append_in_loop, ours, appenders, seconds)),
            Arm("recorder/s", partial(record_for, recorder, appenders, seconds)),
        ]
        for arm in arms:
            arm.run()
        found = interleaved(arms, rounds)
        ratio = found.ratio("append/s", "recorder/s")
        figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
        what = f"append API, {appenders} concurrent appender{'s' * (appenders > 1)} ÷ eventsourcing's recorder, locking"
        recorder.datastore.close()
        rows.append(Row(what, f">= {goal:g}", str(ratio), at_least(ratio, goal), figures, check_log(ours)))
    return rows


def append_in_loop(database: ServiceDatabase, appenders: int, seconds: float) -> float:
    """``append_for`` in an event loop of its own."""
    return asyncio.run(append_for(database, appenders, seconds))


async def append_for(database: ServiceDatabase, appenders: int, seconds: float) -> float:
    """Events per second: each appender goes on with a stream of its own for ten events, then begins another."""
    store = Store(database.url)
    await store.start()
    until, count = time.perf_counter() + seconds, 0
    actor = Actor("system:bench")

    async def go_on() -> None:
        nonlocal count
        while True:
            stream = f"project-{uuid4()}"
            for version in range(10):
                asked = CommandContext(actor)
                event = encode_event(EVENT, public=True, metadata=asked.metadata(0))
                entry = Append(asked.command_id, StreamAppend(stream, "project", version, [event], STATE))
                outcome = await store.appender.append(entry)
                if outcome.outcome != "appended":
                    raise AssertionError(outcome)
                count += 1
                if time.perf_counter() > until:
                    return

    start = time.perf_counter()
    await asyncio.gather(*[go_on() for _ in range(appenders)])
    rate = count / (time.perf_counter() - start)
    await store.stop()
    return rate


def recorder_of(database: ServiceDatabase, appenders: int) -> PostgresApplicationRecorder:
    """The library's recorder with a connection for each appender; it locks its table to keep the order."""
    at = urlsplit(driver(database.owner_url))
    datastore = PostgresDatastore(
        dbname=at.path[1:],
        host=at.hostname or "",
        port=at.port or 0,
        user=at.username or "",
        password=at.password or "",
        pool_size=appenders,
        max_waiting=0,
        schema="public",
        enable_db_functions=False,
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    recorder.create_table()
    return recorder


def record_for(recorder: PostgresApplicationRecorder, appenders: int, seconds: float) -> float:
    """The same with the library: threads, as it is made for them."""
    counts = [0] * appenders
    until = time.perf_counter() + seconds
    state = EVENT.model_dump_json().encode()

    def go_on(number: int) -> None:
        while True:
            id: UUID = uuid4()
            for version in range(10):
                recorder.insert_events([StoredEvent(id, version, "portfolio:ProgressReported", state)])
                counts[number] += 1
                if time.perf_counter() > until:
                    return

    start = time.perf_counter()
    in_threads([partial(go_on, number) for number in range(appenders)])
    return sum(counts) / (time.perf_counter() - start)


def in_threads(acts: list[Callable[[], None]]) -> None:
    """Run all of it at once and wait."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
