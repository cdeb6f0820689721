"""The relay catching up with a full log against a bare producer of the same bytes."""

import threading
import time
from uuid import uuid4

import kafka

from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_least, interleaved
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, ensure_topic
from chassis.messaging.relay import Relay, Route, message
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE

EVENTS = 100_000
STREAMS = 2_000
PARTITIONS = 4


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Events per second of both, each into a topic of its own every time."""
    broker = ground.broker
    database = ground.migrated(SERVICE)
    fill(database, EVENTS)
    messages = stored(database)
    checked: list[str] = []
    arms = [
        Arm("relay/s", lambda: relay(database, broker, checked)),
        Arm("producer/s", lambda: produce(broker, messages)),
    ]
    found = interleaved(arms, rounds)
    ratio = found.ratio("relay/s", "producer/s")
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    what = "relay catch-up ÷ a bare kafka-python producer of the same bytes"
    return [Row(what, ">= 0.8", str(ratio), at_least(ratio, 0.8), figures, checked[-1])]


def fill(database: ServiceDatabase, count: int, streams: int = STREAMS) -> None:
    """Put so many events into an empty log, as appends would have: a day of reports on many projects."""
    with connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at)"
            " SELECT n, 'project-' || md5(((n - 1) %% %(streams)s)::text)::uuid, (n - 1) / %(streams)s + 1,"
            " (n - 1) / %(streams)s + 1, 'ProgressReported',"
            " json_build_object('as_of', '2026-01-05', 'percent_complete', ((n / %(streams)s) %% 100)::text,"
            " 'expected_completion', NULL, 'health', NULL, 'note', 'Report ' || n || %(note)s),"
            " json_build_object('id', md5('e' || n)::uuid, 'command_id', md5('c' || n)::uuid, 'actor', 'system:bench'),"
            " clock_timestamp() FROM generate_series(1, %(count)s) n",
            {"streams": streams, "count": count, "note": ": the data are moved and the interfaces are tested with it."},
        )
        connection.execute(
            "INSERT INTO states SELECT stream, 'project', max(version), max(published), '{}', now(), now()"
            " FROM events GROUP BY stream"
        )
        connection.execute("UPDATE head SET position = %(n)s, published = %(n)s, recorded_at = now()", {"n": count})
        connection.execute("VACUUM ANALYZE")


def stored(database: ServiceDatabase) -> list[Message]:
    """All of the log as messages in memory."""
    from sqlalchemy import create_engine

    engine = create_engine(database.url)
    with engine.connect() as connection:
        rows = connection.execute(Relay.ask_events, {"position": 0, "limit": EVENTS, "restricted": []}).all()
        messages = [message(SERVICE.name, row) for row in rows]
    engine.dispose()
    return messages


def relay(database: ServiceDatabase, broker: Broker, checked: list[str]) -> float:
    """Events per second from the moment it leads until all is acknowledged and the checkpoint is stored."""
    topic = f"bench-{uuid4().hex}"
    ensure_topic(broker, topic, partitions=PARTITIONS, replication=1)
    with connect(database.owner_url) as connection:
        connection.execute("UPDATE relay SET position = 0, published = 0")
        runner, halt = Relay(database.url, broker, Route(SERVICE.name, topic, PARTITIONS)), threading.Event()
        thread = threading.Thread(target=runner.run, args=(halt,))
        thread.start()
        runner.leads.wait(30)
        start = time.perf_counter()
        while (row := connection.execute("SELECT published FROM relay").fetchone()) and row[0] < EVENTS:
            time.sleep(0.02)
        rate = EVENTS / (time.perf_counter() - start)
        halt.set()
        thread.join()
    checked.append(check(broker, topic))
    return rate


def check(broker: Broker, topic: str) -> str:
    """Every event once, each stream in order."""
    consumer = kafka.KafkaConsumer(**broker.settings(), auto_offset_reset="earliest", max_poll_records=5000)
    consumer.assign([kafka.TopicPartition(topic, number) for number in range(PARTITIONS)])
    last: dict[bytes, int] = {}
    count = 0
    while count < EVENTS:
        for records in consumer.poll(timeout_ms=5000).values():
            for record in records:
                number = int(dict(record.headers)["ce_number"])
                if number != last.get(record.key, 0) + 1:
                    raise AssertionError(f"{record.key!r}: {number} after {last.get(record.key)}")
                last[record.key], count = number, count + 1
    consumer.close()
    return f"{count:,} messages, each once, every stream in order"


def produce(broker: Broker, messages: list[Message]) -> float:
    """Messages per second of the bare producer, with the settings that make it fastest."""
    topic = f"bench-{uuid4().hex}"
    ensure_topic(broker, topic, partitions=PARTITIONS, replication=1)
    producer = kafka.KafkaProducer(
        **broker.settings(), acks="all", linger_ms=5, batch_size=256 * 1024, max_request_size=1024 * 1024
    )
    producer.partitions_for(topic)
    start = time.perf_counter()
    for each in messages:
        producer.send(topic, key=each.key, value=each.value, headers=list(each.headers))
    producer.flush(120)
    rate = len(messages) / (time.perf_counter() - start)
    producer.close()
    return rate
