"""The arms that run in processes of their own: a bare consumer, a reader, a rebuild, the relay; with their peak memory.

``python -m bench.arms ARM BOOTSTRAP EVENTS OWNER_URL URL`` prints the rate in events a second and the peak in MiB.
"""

import json
import os
import re
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

from chassis.consumers.rebuild import Rebuilder
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, TopicPartition, ensure_topic
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.relay import Relay, Route
from chassis.service.preparation import collect_seldom
from chassis.store.encryption import Privacy
from contracts import portfolio
from contracts.portfolio import Health
from portolan.stack.kafka import ADMINISTRATOR, Kafka
from portolan.stack.postgres import ServiceDatabase
from services.reporting.app import SERVICE

PARTITIONS = 4
PREFIX = os.environ.get("BENCH_PREFIX", "bench-readers.")
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


def publish(broker: Broker, topic: str, events: int) -> None:
    """Fill a topic."""
    ensure_topic(broker, topic, partitions=PARTITIONS, replication=1)
    producer = Producer(broker)
    streams = events // EVENTS_A_STREAM
    for first in range(0, streams, 500):
        producer.send_all(topic, list(messages(range(first, min(first + 500, streams)))))
    producer.close()


def bare(broker: Broker, _database: ServiceDatabase, events: int) -> None:
    """A kafka-python consumer that looks at nothing."""
    kafka.record.memory_records.DefaultRecordBatch = DefaultRecordBatch  # the client's own, not ours
    consumer: KafkaConsumer = kafka.KafkaConsumer(
        **broker.settings(), enable_auto_commit=False, auto_offset_reset="none", max_poll_records=2000
    )
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    seen = 0
    while seen < events:
        seen += sum(len(records) for records in consumer.poll(timeout_ms=1000).values())
    consumer.close()


def live(broker: Broker, database: ServiceDatabase, events: int) -> None:
    """Reporting's reader, from the first event."""
    (reader,) = SERVICE.readers(PREFIX, None, Privacy())
    stop = threading.Event()
    loop = ReaderLoop(database.url, broker, f"{PREFIX}{time.time_ns()}", reader)
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    wait(database, "SELECT coalesce(sum(applied), 0) = :events FROM progress", events)
    stop.set()
    thread.join()


def rebuild(broker: Broker, database: ServiceDatabase, events: int) -> None:
    """The same tables beside, up to where the live reader would be, and the exchange."""
    (reader,) = SERVICE.readers(PREFIX, None, Privacy())
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        begins = {"reader": reader.name, "topic": TOPIC, "each": events // PARTITIONS}
        connection.execute(
            text("INSERT INTO rebuilds (id, reader, asked_by) VALUES (gen_random_uuid(), :reader, 'b')"), begins
        )
        consumer: KafkaConsumer = kafka.KafkaConsumer(**broker.settings())
        ends = consumer.end_offsets([TopicPartition(TOPIC, number) for number in range(PARTITIONS)])
        consumer.close()
        for place, end in ends.items():
            where = begins | {"partition": place.partition, "end": end}
            connection.execute(text("INSERT INTO progress VALUES (:reader, :topic, :partition, :end)"), where)
    stop = threading.Event()
    thread = threading.Thread(target=Rebuilder(database.url, broker, [reader], {reader.name: ""}).run, args=(stop,))
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


def relay(broker: Broker, database: ServiceDatabase, events: int) -> None:
    """The relay, until the whole log is in a topic of its own."""
    topic = f"bench-{time.time_ns()}"
    ensure_topic(broker, topic, partitions=PARTITIONS, replication=1)
    runner, stop = Relay(database.url, broker, Route("portfolio", topic, PARTITIONS)), threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    wait(database, "SELECT published = :events FROM relay", events)
    stop.set()
    thread.join()


ARMS: dict[str, Callable[[Broker, ServiceDatabase, int], None]] = {
    "bare": bare,
    "live": live,
    "rebuild": rebuild,
    "relay": relay,
}


def peak_memory(process: int | str = "self") -> float:
    """The most a process ever held, in MiB; ``ru_maxrss`` would count what its parent held when it forked."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def main() -> None:
    """Run one arm and say how long it took and how much memory it had at most."""
    arm, folder, port, count, owner_url, url = sys.argv[1:]
    broker = Broker(**Kafka(Path(folder), int(port), 0).reached_as(ADMINISTRATOR))
    events, database = int(count), ServiceDatabase("bench", "", "", "", owner_url, url)
    if arm != "bare":
        collect_seldom()  # as every worker does
    begun = time.perf_counter()
    ARMS[arm](broker, database, events)
    took = time.perf_counter() - begun
    peak = peak_memory()
    print(json.dumps({"rate": events / took, "peak": peak}))


if __name__ == "__main__":
    main()
