"""How fast readers catch up and rebuild, beside a bare Kafka consumer, in one run on one machine.

``python bench/readers.py [EVENTS]`` starts a PostgreSQL and a Kafka of its own, publishes that many events of one of
reporting's sources, and prints events a second and peak memory of each arm, each in a process of its own, ABBA.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import kafka
import kafka.record.memory_records
from kafka.consumer.group import KafkaConsumer
from kafka.record.default_records import DefaultRecordBatch
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from chassis.consumer import ReaderLoop
from chassis.kafka import Message, Producer, TopicPartition, ensure_topic
from chassis.migrate import migrate
from chassis.privacy import Privacy
from chassis.rebuilding import Rebuilder
from contracts import portfolio
from contracts.portfolio import Health
from portolan.stack.postgres import ServiceDatabase
from portolan.stack.testing import begin_test_run, shared_infrastructure
from services.reporting.app import SERVICE

PARTITIONS = 4
PREFIX = "bench."
TOPIC = PREFIX + portfolio.TOPIC
EVENTS_A_STREAM = 10
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def story(number: int) -> Iterator[BaseModel]:
    """The events of one project."""
    who = uuid5(NAMESPACE_OID, f"person {number % 500}")
    division = uuid5(NAMESPACE_OID, f"division {number % 20}")
    yield portfolio.ProjectProposed(
        name=f"Project {number}",
        summary="Replace what is old by something that is new.",
        division_id=division,
        initiative_id=None,
        sponsor_id=who,
        accountable_id=who,
    )
    yield portfolio.ProjectStarted(effective_on=date(2026, 1, 2))
    for report in range(EVENTS_A_STREAM - 2):
        yield portfolio.ProgressReported(
            as_of=date(2026, 2, 1 + report),
            percent_complete=report * 10,
            expected_completion=date(2026, 12, 1),
            health=Health.ON_TRACK,
            note="As planned.",
        )


def messages(streams: range) -> Iterator[Message]:
    """The messages of these projects, mixed as they would happen at the same time."""
    told = [(f"project-{uuid5(NAMESPACE_OID, str(number))}", list(story(number))) for number in streams]
    for turn in range(EVENTS_A_STREAM):
        for stream, events in told:
            headers = {
                "ce_specversion": "1.0",
                "ce_id": str(uuid5(NAMESPACE_OID, f"{stream}|{turn}")),
                "ce_source": "/portolan/portfolio",
                "ce_type": f"portolan.portfolio.{type(events[turn]).__name__}",
                "ce_subject": stream,
                "ce_time": NOW.isoformat(),
                "ce_number": str(turn + 1),
                "ce_actor": "bench",
                "content-type": "application/json",
            }
            known = [(name, value.encode()) for name, value in headers.items()]
            yield Message(stream.encode(), events[turn].model_dump_json().encode(), known)


def publish(bootstrap: str, events: int) -> None:
    """Fill the topic."""
    ensure_topic(bootstrap, TOPIC, partitions=PARTITIONS, replication=1)
    producer = Producer(bootstrap)
    streams = events // EVENTS_A_STREAM
    for first in range(0, streams, 500):
        producer.send_all(TOPIC, list(messages(range(first, min(first + 500, streams)))))
    producer.close()


def bare(bootstrap: str, _database: ServiceDatabase, events: int) -> None:
    """A kafka-python consumer that looks at nothing."""
    kafka.record.memory_records.DefaultRecordBatch = DefaultRecordBatch  # the client's own, not ours
    consumer: KafkaConsumer = kafka.KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none", max_poll_records=2000
    )
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    seen = 0
    while seen < events:
        seen += sum(len(records) for records in consumer.poll(timeout_ms=1000).values())
    consumer.close()


def live(bootstrap: str, database: ServiceDatabase, events: int) -> None:
    """Reporting's reader, from the first event."""
    (reader,) = SERVICE.readers(PREFIX, None, Privacy())
    stop = threading.Event()
    loop = ReaderLoop(database.url, bootstrap, f"{PREFIX}{time.time_ns()}", reader)
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    wait(database, "SELECT coalesce(sum(applied), 0) = :events FROM progress", events)
    stop.set()
    thread.join()


def rebuild(bootstrap: str, database: ServiceDatabase, events: int) -> None:
    """The same tables beside, up to where the live reader would be, and the exchange."""
    (reader,) = SERVICE.readers(PREFIX, None, Privacy())
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        begins = {"reader": reader.name, "topic": TOPIC, "each": events // PARTITIONS}
        connection.execute(
            text("INSERT INTO rebuilds (id, reader, asked_by) VALUES (gen_random_uuid(), :reader, 'b')"), begins
        )
        consumer: KafkaConsumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap)
        ends = consumer.end_offsets([TopicPartition(TOPIC, number) for number in range(PARTITIONS)])
        consumer.close()
        for place, end in ends.items():
            where = begins | {"partition": place.partition, "end": end}
            connection.execute(text("INSERT INTO progress VALUES (:reader, :topic, :partition, :end)"), where)
    stop = threading.Event()
    thread = threading.Thread(target=Rebuilder(database.url, bootstrap, [reader], {reader.name: ""}).run, args=(stop,))
    thread.start()
    wait(database, "SELECT state = 'done' FROM rebuilds", events)
    stop.set()
    thread.join()


def wait(database: ServiceDatabase, query: str, events: int) -> None:
    """Until a query says yes."""
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        while not connection.execute(text(query), {"events": events} if ":events" in query else {}).scalar():
            time.sleep(0.05)


ARMS: dict[str, Callable[[str, ServiceDatabase, int], None]] = {"bare": bare, "live": live, "rebuild": rebuild}


def measure(arm: str, bootstrap: str, database: ServiceDatabase, events: int) -> None:
    """Run one arm and say how long it took and how much memory it had at most."""
    if profile := os.environ.get("PROFILE"):
        import cProfile

        profiler = cProfile.Profile()
        threading.setprofile(None)
        begun = time.perf_counter()
        profiler.runcall(ARMS[arm], bootstrap, database, events)
        profiler.dump_stats(profile)
    else:
        begun = time.perf_counter()
        ARMS[arm](bootstrap, database, events)
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"arm": arm, "rate": events / took, "peak": peak}))


def main() -> None:
    """Publish once, then every arm in turn and back."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    run = begin_test_run()
    try:
        infrastructure = shared_infrastructure()
        publish(infrastructure.kafka_bootstrap, events)
        found: dict[str, list[dict[str, float]]] = {arm: [] for arm in ARMS}
        for number, arm in enumerate([*ARMS, *reversed(ARMS)]):
            database = infrastructure.postgres.create_service_database(f"bench_{number}")
            migrate(database.owner_url, database.url, SERVICE.folder / "migrations", SERVICE.read_models())
            argv = [sys.executable, __file__, "--arm", arm, infrastructure.kafka_bootstrap, str(events)]
            argv += [database.owner_url, database.url]
            done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
            if done.returncode:
                sys.exit(done.stderr)
            found[arm].append(json.loads(done.stdout.splitlines()[-1]))
        base = statistics.median(one["rate"] for one in found["bare"])
        for arm, measured in found.items():
            rate = statistics.median(one["rate"] for one in measured)
            peak = max(one["peak"] for one in measured)
            print(f"{arm:<8} {rate:>9,.0f} events/s   {rate / base:5.2f} of bare   peak {peak:,.0f} MB")
    finally:
        run.end()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--arm"]:
        _, _, name, bootstrap_servers, count, owner_url, url = sys.argv
        measure(name, bootstrap_servers, ServiceDatabase("bench", "", "", "", owner_url, url), int(count))
    else:
        main()
