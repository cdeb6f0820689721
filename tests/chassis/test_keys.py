"""Keys on their way: told before the events that need them, told of again when erased, compacted away on the broker."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from chassis.consumers.projection import Projections
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import StoredMessage
from chassis.messaging.kafka import Producer
from chassis.messaging.key_topic import TOPIC_CONFIG, KeyPublisher, KeyReader, PublishedKey
from chassis.messaging.reader_definition import Reader
from chassis.service.definition import Service, Source
from chassis.store.encryption import MasterKeys, encode
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.member import KEYS_TOPIC, MEMBER_EVENTS, SERVICE, TOPIC
from tests.chassis.support import as_owner
from tests.harness import NOWHERE, Company, Running, company, everything_on, wait_until
from tests.infrastructure import Infrastructure

QUICK = {**TOPIC_CONFIG, "segment.ms": "500", "max.compaction.lag.ms": "500", "file.delete.delay.ms": "100"}


def keys(database: ServiceDatabase, subject: UUID) -> tuple[Any, ...] | None:
    """What a database has of a subject's key."""
    with as_owner(database) as connection:
        query = text("SELECT wrapped, master, revision, erased_at IS NOT NULL FROM keys WHERE subject = :subject")
        row = connection.execute(query, {"subject": subject}).one_or_none()
    return tuple(row) if row else None


@contextmanager
def key_reader(database: ServiceDatabase, broker: Broker, topic: str) -> Iterator[KeyReader]:
    loop = KeyReader(database.url, broker, "s", Reader("keys", [topic], {}, Projections([])))
    try:
        yield loop
    finally:
        loop._engine.dispose()


def told(subject: UUID, revision: int, offset: int, **what: Any) -> StoredMessage:
    value = PublishedKey(subject=subject, revision=revision, **what).model_dump_json(exclude_none=True).encode()
    return StoredMessage("k", 0, offset, str(subject).encode(), value, ())


def test_the_highest_revision_holds_in_whatever_order_it_comes_and_an_erased_key_never_returns(
    own_database: ServiceDatabase,
) -> None:
    one, other = uuid4(), uuid4()
    first = {"wrapped": encode(b"first"), "master": "m1"}
    second = {"wrapped": encode(b"second"), "master": "m2"}
    with key_reader(own_database, NOWHERE, "k") as reader:
        reader.process([told(one, 2, 0, **second), told(one, 1, 1, **first), told(other, 1, 2, **first)])
        assert keys(own_database, one) == (b"second", "m2", 2, False)
        reader.process([told(one, 3, 3, erased=datetime.now(UTC))])
        assert keys(own_database, one) == (None, None, 3, True)
        # A relay that slept through the erasure tells of the key once more.
        reader.process([told(one, 2, 4, **second), told(one, 1, 5, **first)])
    assert keys(own_database, one) == (None, None, 3, True)
    assert keys(own_database, other) == (b"first", "m1", 1, False)
    with as_owner(own_database) as connection:
        assert connection.execute(text("SELECT next_offset, applied FROM progress")).one() == (6, 6)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"{}",
        b'{"subject": "x", "revision": 1}',
        b'{"subject": "%s", "revision": 1}',
        b'{"subject": "%s", "revision": 2147483648, "wrapped": "dw", "master": "m"}',
        b'{"subject": "%s", "revision": 2, "wrapped": "not base64", "master": "m"}',
        b'{"subject": "%s", "revision": 2, "wrapped": "dx", "master": "m"}',
        b'{"subject": "%s", "revision": 2, "wrapped": "", "master": "m"}',
        b'{"subject": "%s", "revision": 2, "wrapped": "dw", "master": "m\\u0000"}',
        b'{"subject": "%s", "revision": 2, "wrapped": "dw", "master": "no id"}',
        b'{"subject": "%s", "revision": 2, "erased": "0001-01-01T00:00:00+14:00"}',
    ],
)
def test_a_message_that_tells_of_no_key_is_passed_over_and_not_quoted(
    own_database: ServiceDatabase, value: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = uuid4()
    value = value.replace(b"%s", str(subject).encode())
    with key_reader(own_database, NOWHERE, "k") as reader:
        reader.process(
            [StoredMessage("k", 0, 0, b"k", value, ()), told(subject, 1, 1, wrapped=encode(b"w"), master="m")]
        )
    assert keys(own_database, subject) == (b"w", "m", 1, False)
    said = capsys.readouterr()
    assert "not understood" in said.out + said.err
    assert str(subject) not in said.out + said.err


def test_an_erasure_is_taken_in_from_whatever_zone_it_was_told(own_database: ServiceDatabase) -> None:
    subject = uuid4()
    value = b'{"subject": "%s", "revision": 2, "erased": "2026-01-01T00:00:00+23:00"}' % str(subject).encode()
    with key_reader(own_database, NOWHERE, "k") as reader:
        reader.process([StoredMessage("k", 0, 0, b"k", value, ())])
    assert keys(own_database, subject) == (None, None, 2, True)


def test_a_service_does_not_take_its_own_keys_from_others(own_database: ServiceDatabase) -> None:
    subject = uuid4()
    with as_owner(own_database) as connection:
        connection.execute(text("INSERT INTO keys (subject, wrapped, master) VALUES (:s, 'own', 'm')"), {"s": subject})
    with key_reader(own_database, NOWHERE, "k") as reader:
        reader.process([told(subject, 9, 0, wrapped=encode(b"foreign"), master="m")])
    assert keys(own_database, subject) == (b"own", "m", 1, False)


def records(broker: Broker, topic: str) -> list[Any]:
    """Everything a topic still holds."""
    return everything_on(broker, lambda name: name == topic)


def test_an_erased_key_is_told_of_again_and_the_broker_forgets_its_wrapped_form(
    own_database: ServiceDatabase, infrastructure: Infrastructure, topic_prefix: str
) -> None:
    broker, topic = infrastructure.broker, topic_prefix + "keys"
    key_publisher = KeyPublisher(topic, partitions=1, config=QUICK, again="700 milliseconds")
    key_publisher.ensure_topic(broker)
    kept, erased = uuid4(), uuid4()
    producer = Producer(broker)
    try:
        with as_owner(own_database) as connection:
            for subject in (kept, erased):
                connection.execute(
                    text("INSERT INTO keys (subject, wrapped, master) VALUES (:s, :w, 'm')"),
                    {"s": subject, "w": b"wrapped " + subject.bytes},
                )
            key_publisher.publish(connection, producer)
            key_publisher.publish(connection, producer)
            first = records(broker, topic)
            assert sorted(record.key for record in first) == sorted(str(each).encode() for each in (kept, erased))
            connection.execute(
                text(
                    "UPDATE keys SET wrapped = NULL, master = NULL, erased_at = now(), revision = revision + 1"
                    " WHERE subject = :s"
                ),
                {"s": erased},
            )
            secret = encode(b"wrapped " + erased.bytes).encode()
            assert secret in b"".join(record.value for record in records(broker, topic))

            def forgotten() -> bool:
                key_publisher.publish(connection, producer)
                return secret not in b"".join(record.value for record in records(broker, topic))

            wait_until(forgotten, "the broker has compacted the topic", patience=120)
            left = records(broker, topic)
            assert encode(b"wrapped " + kept.bytes).encode() in b"".join(record.value for record in left)
            last = [record for record in left if record.key == str(erased).encode()][-1]
            assert PublishedKey.model_validate_json(last.value).erased is not None
            said = connection.execute(text("SELECT count(*) FROM keys WHERE again_at IS NOT NULL")).scalar()
            assert said == 1
    finally:
        producer.close()


def test_an_erasure_is_said_again_whenever_its_age_has_doubled(own_database: ServiceDatabase) -> None:
    subject = uuid4()
    sent: list[Any] = []

    class RecordingTracing:
        def send_all(self, topic: str, messages: list[Any]) -> None:
            sent.extend(messages)

    key_publisher = KeyPublisher("k")
    with as_owner(own_database) as connection:
        connection.execute(
            text("INSERT INTO keys (subject, erased_at) VALUES (:s, now() - interval '3 days')"), {"s": subject}
        )
        key_publisher.publish(connection, RecordingTracing())  # type: ignore[arg-type]
        key_publisher.publish(connection, RecordingTracing())  # type: ignore[arg-type]
        assert len(sent) == 1
        (wait,) = connection.execute(text("SELECT extract(epoch FROM again_at - now()) FROM keys")).scalars()
        assert 2.9 * 86400 < wait < 3.1 * 86400
        connection.execute(text("UPDATE keys SET again_at = now()"))
        key_publisher.publish(connection, RecordingTracing())  # type: ignore[arg-type]
        assert len(sent) == 2


READING = Service(
    name="counting",
    title="Reads members.",
    topic="portolan.counting",
    events=(),
    folder=SERVICE.folder,
    sources=[Source("membership", TOPIC, MEMBER_EVENTS, KEYS_TOPIC)],
    projections={"roll": []},
)


@pytest.fixture
def club(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path) as made:
        yield made


def client(running: Running, stack: ExitStack) -> httpx.Client:
    headers = {"authorization": f"Bearer {running.issuer.token('tester', [])}"}
    return stack.enter_context(plain_http.client(base_url=running.url, headers=headers, timeout=60))


def test_every_key_is_on_the_topic_before_the_first_event_that_needs_it(club: Company) -> None:
    members = club.start(SERVICE)
    with ExitStack() as stack:
        http = client(members, stack)
        ids = {http.post("/members", json={"name": f"Member {number}"}).json()["id"] for number in range(20)}
    club.settle()
    keyed = {record.key.decode(): record for record in records(club.broker, club.prefix + KEYS_TOPIC)}
    events = records(club.broker, club.prefix + TOPIC)
    assert set(keyed) == ids
    for event in events:
        assert keyed[event.key.decode()[-36:]].timestamp <= event.timestamp


def test_a_reader_gets_every_key_it_needs_and_forgets_it_with_the_erasure(club: Company) -> None:
    members, reading = club.start(SERVICE), club.start(READING)
    with ExitStack() as stack:
        http = client(members, stack)
        id = http.post("/members", json={"name": "Ada"}).json()["id"]
        club.settle()
        assert reading.status()["keys"]["subjects"] == 1
        assert http.post(f"/members/{id}/erase", json={}).status_code == 200
    wait_until(lambda: reading.status()["keys"]["erased"] == 1, "reading has heard of the erasure")
    assert reading.status()["keys"]["subjects"] == 0
    assert reading.status()["parked"] == 0


def test_how_far_a_reader_is_with_the_keys_is_told_where_it_reads_some(club: Company) -> None:
    members, reading = club.start(SERVICE), club.start(READING)
    with ExitStack() as stack:
        client(members, stack).post("/members", json={"name": "Ada"})
    topic = club.prefix + KEYS_TOPIC

    def told() -> dict[tuple[str, str], tuple[int, int, bool]]:
        found = reading.status()["readers"]
        return {(r["reader"], r["topic"]): (r["applied"], r["lag_events"], r["topic_exists"]) for r in found}

    wait_until(lambda: told().get(("keys", topic)) == (1, 0, True), "the key is applied, and a worker said so")
    assert set(told()) == {("keys", topic), ("roll", club.prefix + TOPIC)}
    assert "keys" not in {reader["reader"] for reader in members.status()["readers"]}
    assert (
        'portolan_reader_lag_events{reader="keys",source="membership"} 0.0'
        in plain_http.get(f"{reading.url}/metrics").text
    )


def test_a_rotation_reaches_the_readers(club: Company) -> None:
    members, _ = club.start(SERVICE), club.start(READING)
    with ExitStack() as stack:
        http = client(members, stack)
        for number in range(5):
            http.post("/members", json={"name": f"Member {number}"})
        club.settle()
    fresh = base64.b64encode(bytes(range(32))).decode()
    club.rotate(fresh)
    master = MasterKeys(bytes(range(32))).current.id
    wait_until(lambda: all(settled(each, master) for each in club.running.values()), "all keys are wrapped again")
    latest = {record.key: record.value for record in records(club.broker, club.prefix + KEYS_TOPIC)}
    assert [PublishedKey.model_validate_json(value).master for value in latest.values()] == [master] * 5


def settled(running: Running, master: str) -> bool:
    """Whether every key of a service is wrapped by this master key, and told of."""
    found = running.status()["keys"]
    return (found["subjects"], found["older"], found["unannounced"], found["master"]) == (5, 0, 0, master)
