"""A corpus of poison over a real broker: each one holds up its own stream at most, and no reason quotes an event."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import kafka
import pytest
from kafka.admin import KafkaAdminClient
from kafka.record.default_records import DefaultRecordBatchBuilder
from sqlalchemy import Connection, text

from chassis.domain.decider import Refused
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import MAX_VALUE, Envelope, StoredMessage, decode, dump_message, restore_message
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.record_batch import HeaderName
from chassis.postgres.failures import describe
from chassis.service.worker import in_threads
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import CounterIncreased, CounterOpened
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, subject
from tests.chassis.support import as_owner
from tests.harness import wait_until
from tests.infrastructure import Infrastructure

CANARY = "canary"
LONG = CounterOpened(name="a").model_dump_json().encode()[:-1] + b" " * MAX_VALUE + b"}"


class Notebook:
    """Notes every event, and fails at amounts of -13, saying so."""

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if isinstance(envelope.event, CounterIncreased) and envelope.event.amount == -13:
                raise ValueError(f"{CANARY}: -13 is unlucky")
            if isinstance(envelope.event, CounterOpened) and envelope.event.name == "unstorable":
                connection.execute(text("SELECT CAST(:text AS integer)"), {"text": CANARY})
            connection.execute(
                text("INSERT INTO notebook (stream, number) VALUES (:stream, :number)"),
                {"stream": envelope.stream, "number": envelope.number},
            )


def with_headers(one: StoredMessage, *more: tuple[str, bytes | None]) -> StoredMessage:
    return replace(one, headers=(*one.headers, *more))


# The first message of a stream, and whether the two behind it have to wait.
CORPUS: dict[str, tuple[StoredMessage, bool]] = {
    "not JSON": (record("not JSON", 1, value=b"{" + CANARY.encode()), True),
    "JSON of another shape": (record("JSON of another shape", 1, value=b'{"name": {"canary": 1}}'), True),
    "a field that is too long": (
        record("a field that is too long", 1, value=b'{"name": "%s"}' % (b"canary" * 99)),
        True,
    ),
    "NUL in a field": (record("NUL in a field", 1, value=b'{"name": "canary\\u0000"}'), True),
    "no value": (replace(record("no value", 1), value=None), True),
    "a bad time": (record("a bad time", 1, ce_time="canary"), True),
    "longer than a mebibyte": (record("longer than a mebibyte", 1, value=LONG), True),
    "a header that is null": (with_headers(record("a header that is null", 1, ce_time=None), ("ce_time", None)), True),
    "a header value that is not UTF-8": (record("a header value that is not UTF-8", 1, ce_actor=b"\xff"), True),
    "a header name that is not UTF-8": (
        with_headers(
            record("a header name that is not UTF-8", 1), (HeaderName(b"\xffcanary", "utf-8", "surrogateescape"), b"1")
        ),
        True,
    ),
    "NUL in a header": (record("NUL in a header", 1, ce_actor="canary\x00"), True),
    "a handler that always fails": (
        record("a handler that always fails", 1, CounterIncreased(amount=Decimal(-13))),
        True,
    ),
    "a row the database refuses": (record("a row the database refuses", 1, CounterOpened(name="unstorable")), True),
    "an unknown type": (record("an unknown type", 1, ce_type="portolan.counting.Canary"), False),
    "a future version of a type": (
        record("a future version of a type", 1, ce_type="portolan.counting.CounterOpened.v2"),
        False,
    ),
    "a key that is not UTF-8": (replace(record("a key that is not UTF-8", 1), key=b"\xff"), False),
    "no key": (replace(record("no key", 1), key=None), False),
}


NULL = b"\x00null"


def nullable(append: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a test send a header whose value is null, as other publishers do: this client's producer takes none."""

    def append_with_nulls(self: Any, offset: int, timestamp: int, key: Any, value: Any, headers: Any) -> Any:
        real = [(name, None if value == NULL else value) for name, value in headers]
        return append(self, offset, timestamp, key, value, real)

    return append_with_nulls


@dataclass
class World:
    database: ServiceDatabase
    broker: Broker
    topic: str

    def produce(self, *records: StoredMessage) -> None:
        producer = kafka.KafkaProducer(**self.broker.settings(), max_request_size=8 * 1024 * 1024)
        for one in records:
            producer.send(
                self.topic,
                key=one.key,
                value=one.value,
                headers=[(name, NULL if value is None else value) for name, value in one.headers],
                partition=0,
            )
        producer.flush(30)
        producer.close()

    def noted(self, name: str) -> list[int]:
        query = text("SELECT number FROM notebook WHERE stream = :stream ORDER BY line")
        with as_owner(self.database) as connection:
            return list(connection.execute(query, {"stream": f"counter-{subject(name)}"}).scalars())

    def parked(self) -> Sequence[Any]:
        with as_owner(self.database) as connection:
            return connection.execute(text('SELECT * FROM parked ORDER BY "offset"')).all()

    @contextmanager
    def reading(self) -> Iterator[None]:
        reader = Reader("noting", [self.topic], TYPES, Notebook())
        stop = threading.Event()
        threads = in_threads([ReaderLoop(self.database.url, self.broker, self.topic, reader).run], stop)
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)


@pytest.fixture
def world(
    own_database: ServiceDatabase, infrastructure: Infrastructure, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A topic that takes larger messages than ours, as somebody else's may."""
    monkeypatch.setattr(DefaultRecordBatchBuilder, "append", nullable(DefaultRecordBatchBuilder.append))
    topic, broker = f"{topic_prefix}t", infrastructure.broker
    admin = KafkaAdminClient(**broker.settings())
    wanted = {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": str(8 * 1024 * 1024)}}
    admin.create_topics({topic: wanted}, wait_for_metadata=True)
    admin.close()
    return World(own_database, broker, topic)


def test_each_poison_holds_up_its_own_stream_at_most_and_everything_else_goes_on(world: World) -> None:
    sane = [record("sane", number) for number in range(1, len(CORPUS) + 2)]
    messages = []
    for (name, (poison, _)), between in zip(CORPUS.items(), sane[:-1], strict=True):
        messages += [poison, between, record(name, 2), record(name, 3)]
    world.produce(*messages, sane[-1])
    with world.reading():
        wait_until(lambda: len(world.noted("sane")) == len(sane), "the sane stream is read to its end")
    assert world.noted("sane") == list(range(1, len(sane) + 1))
    for name, (_, holds_up) in CORPUS.items():
        assert world.noted(name) == ([] if holds_up else [1, 2, 3]), name
    held_up = [name for name, (_, holds_up) in CORPUS.items() if holds_up]
    culprits = [row for row in world.parked() if row.reason is not None]
    assert len(culprits) == len(held_up)
    assert len(world.parked()) == 3 * len(held_up)
    for row in world.parked():
        assert CANARY not in (row.reason or ""), row.reason
    for name, row in zip(held_up, culprits, strict=True):
        (put_aside,) = [restore_message(row.topic, row.partition, row.offset, row.record)]
        assert (put_aside.key, put_aside.value, put_aside.headers) == (
            CORPUS[name][0].key,
            CORPUS[name][0].value,
            CORPUS[name][0].headers,
        ), name


def test_a_header_name_that_is_not_utf_8_survives_being_put_aside_again_and_again() -> None:
    poison = CORPUS["a header name that is not UTF-8"][0]
    once = restore_message("t", 0, 0, json.loads(dump_message(poison)))
    twice = restore_message("t", 0, 0, json.loads(dump_message(once)))
    assert poison.headers == once.headers == twice.headers
    assert decode(twice, TYPES).poison == "a header is not UTF-8"


def test_a_description_of_a_failure_says_type_and_place_and_never_quotes() -> None:
    def fail() -> None:
        raise ValueError(CANARY)

    with pytest.raises(ValueError, match=CANARY) as raised:
        fail()
    said = describe(raised.value)
    assert said.startswith("ValueError in test_poison.py, line ")
    assert said.endswith("(fail)")
    assert describe(Refused("too-much", f"{CANARY} is too much")) == "Refused: too-much"
