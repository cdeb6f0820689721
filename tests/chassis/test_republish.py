"""Beginning again after a restore: everything comes again in new topics, at other offsets, and is done only once."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from chassis.messaging.cloudevents import Envelope, StoredMessage
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.service.republish import RepublishRefused
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, told
from tests.chassis.support import as_owner, as_service, made_anew
from tests.harness import NOWHERE

ASK = text(
    'INSERT INTO interventions (id, reader, action, topic, partition, "offset", asked_by, why)'
    " VALUES (:id, 'noting', 'discard', 't', 0, :offset, 'ada', :why)"
)


class Notebook:
    """An effect that notes every event, and fails at those named."""

    def __init__(self) -> None:
        self.fails_at: set[str] = set()

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if told(envelope.stream or "", envelope.number) in self.fails_at:
                raise ValueError("no")
            connection.execute(
                text("INSERT INTO notebook (stream, number) VALUES (:stream, :number)"),
                {"stream": envelope.stream, "number": envelope.number},
            )


class World:
    """A reader without Kafka, whose topic can be recreated."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database, self.notebook = database, Notebook()
        self.loop = ReaderLoop(database.url, NOWHERE, "s", Reader("noting", ["t"], TYPES, self.notebook))

    def topic(self, *ones: str) -> list[StoredMessage]:
        """A topic's messages from its beginning on."""
        return [record(one[0], int(one[1:]), offset=offset) for offset, one in enumerate(ones)]

    def reset_to_start(self) -> None:
        made_anew(self.database)
        self.loop.reset()  # workers were stopped for it

    def discard(self, offset: int, why: str = "no cure") -> str:
        id = uuid4()
        with as_service(self.database) as connection:
            connection.execute(ASK, {"id": id, "offset": offset, "why": why})
        self.loop._parking.carry_out()
        return str(self.one("SELECT outcome FROM interventions WHERE id = :id", id=id))

    def one(self, query: str, **parameters: Any) -> Any:
        with as_owner(self.database) as connection:
            return connection.execute(text(query), parameters).scalar_one()

    def run(self, statement: str) -> None:
        with as_owner(self.database) as connection:
            connection.execute(text(statement))

    def noted(self) -> list[str]:
        with as_owner(self.database) as connection:
            rows = connection.execute(text("SELECT stream, number FROM notebook ORDER BY line")).all()
        return [told(row.stream, row.number) for row in rows]

    def aside(self) -> list[tuple[str, int]]:
        with as_owner(self.database) as connection:
            rows = connection.execute(text('SELECT stream, number, "offset" FROM parked ORDER BY "offset"')).all()
        return [(told(row.stream, row.number), row.offset) for row in rows]


@pytest.fixture
def world(own_database: ServiceDatabase) -> Iterator[World]:
    made = World(own_database)
    yield made
    made.loop.close()


def test_what_was_taken_in_falls_by_its_number_and_what_was_not_is_taken_in(world: World) -> None:
    world.loop.process(world.topic("a1", "b1", "a2"))
    world.reset_to_start()
    world.loop.process(world.topic("b1", "b2", "a1", "a2", "a3"))
    assert world.noted() == ["a1", "b1", "a2", "b2", "a3"]
    assert world.one("SELECT next_offset FROM progress") == 5
    assert world.one("SELECT applied FROM progress") == 5


def test_what_was_parked_comes_again_at_another_offset_and_waits_or_works_there(world: World) -> None:
    world.notebook.fails_at = {"a1", "b1"}
    world.loop.process(world.topic("a1", "a2", "b1", "c1"))
    assert world.aside() == [("a1", 0), ("a2", 1), ("b1", 2)]
    world.reset_to_start()
    world.notebook.fails_at = {"b1"}
    world.loop.process(world.topic("c1", "b1", "c2", "a1", "a2"))
    assert world.noted() == ["c1", "c2", "a1", "a2"]
    assert world.aside() == [("b1", 1)]


def test_what_was_discarded_stays_left_out_and_its_place_is_free_for_another_decision(world: World) -> None:
    world.notebook.fails_at = {"a1", "b1"}
    world.loop.process(world.topic("a1", "a2"))
    assert world.discard(0, "first") == "discarded"
    world.reset_to_start()
    world.loop.process(world.topic("b1", "a1", "a2", "b2"))
    assert world.discard(1) == "not parked"
    assert world.discard(0, "second") == "discarded"
    assert world.noted() == ["a2", "b2"]
    assert world.one("SELECT string_agg(why, ' ' ORDER BY discarded_at) FROM discarded") == "first second"
    world.reset_to_start()
    world.reset_to_start()
    assert world.one("SELECT count(*) FROM discarded WHERE topic ~ '^t until [^ ]+Z$'") == 2


def test_an_open_wish_to_discard_an_old_offset_is_not_carried_out_on_a_new_message(world: World) -> None:
    world.notebook.fails_at = {"a1", "b1"}
    world.loop.process(world.topic("a1"))
    with as_service(world.database) as connection:
        connection.execute(ASK, {"id": uuid4(), "offset": 0, "why": "meant a1"})
    world.reset_to_start()
    world.loop.process(world.topic("b1"))
    world.loop._parking.carry_out()
    assert world.one("SELECT outcome FROM interventions") == "the topics were recreated"
    assert world.aside() == [("b1", 0)]


def test_the_relay_says_every_event_and_every_own_key_again(world: World) -> None:
    world.run("UPDATE relay SET epoch = 3, position = 70, published = 60")
    key = "INSERT INTO keys (subject, wrapped, master, own, announced) VALUES (gen_random_uuid(), 'k', 'm', "
    world.run(key + "true, 1)")
    world.run(key + "false, 1)")
    world.reset_to_start()
    assert world.one("SELECT epoch || ' ' || position || ' ' || published FROM relay") == "4 0 0"
    assert world.one("SELECT string_agg(own || ' ' || announced, ', ' ORDER BY own) FROM keys") == "false 1, true 0"


def test_a_rebuild_under_way_ends_and_leaves_nothing_behind(world: World) -> None:
    world.run("INSERT INTO read_models VALUES ('noting', 'notebook')")
    with as_service(world.database) as connection:
        connection.execute(text("SELECT begin_rebuild('noting')"))
    world.run("INSERT INTO rebuilds (id, reader, state, asked_by) VALUES (gen_random_uuid(), 'noting', 'reading', 'a')")
    world.reset_to_start()
    assert world.one("SELECT state || ': ' || reason FROM rebuilds") == "failed: the topics were recreated"
    assert world.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'rebuild_noting'") == 0


def test_nothing_begins_anew_while_a_worker_lives(world: World) -> None:
    world.run("UPDATE relay SET position = 7")
    lives = "INSERT INTO workers (id, version, started_at, heard_at) VALUES (gen_random_uuid(), '1', now(), now())"
    world.run(lives)
    with pytest.raises(RepublishRefused, match="A worker runs"):
        world.reset_to_start()
    world.run("DELETE FROM workers")
    with as_service(world.database) as relay:
        relay.execute(text("SELECT pg_advisory_lock(hashtext('portolan.relay'))"))
        with pytest.raises(RepublishRefused, match="A worker runs"):
            world.reset_to_start()
    assert world.one("SELECT position FROM relay") == 7
    world.reset_to_start()
    assert world.one("SELECT position FROM relay") == 0
