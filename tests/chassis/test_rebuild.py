"""Rebuilds: the same rows from the first event, beside the live ones, put in their place at once or not at all."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.consumers.projection import Projections
from chassis.consumers.rebuild import Rebuild, Rebuilder
from chassis.domain.failures import NotYet
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import StoredMessage
from chassis.messaging.event_ids import FOREIGN
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.postgres.migrate import migrate
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counter import CounterClosed, CounterIncreased, CounterOpened
from tests.chassis.counting import SERVICE, TALLIES, TYPES
from tests.chassis.messages import record, story
from tests.chassis.support import as_owner, as_service, connected, made_anew
from tests.examples import examples
from tests.harness import NOWHERE, Running, company, wait_until, working
from tests.infrastructure import Infrastructure

FOLDER = Path(__file__).parent
BOOKKEEPING = (
    "SELECT reader, topic, partition, next_offset, applied FROM progress ORDER BY 1, 2, 3",
    "SELECT reader, stream, number FROM seen ORDER BY 1, 2",
    'SELECT reader, topic, partition, "offset", stream, number, reason IS NULL FROM parked ORDER BY 1, 2, 3, 4',
)


class Log:
    """A topic of one partition in memory, as a rebuild reads it; ``meanwhile`` happens before every poll."""

    def __init__(self) -> None:
        self.records: list[StoredMessage] = []
        self.meanwhile: Callable[[], int | None] = lambda: None

    def append(self, *records: StoredMessage) -> None:
        self.records += [replace(one, offset=len(self.records) + n) for n, one in enumerate(records)]

    def __call__(self, _broker: Broker, _topics: Any, places: Mapping[Any, int], *, most: int) -> "Replaying":
        return Replaying(self, places.get(("t", 0), 0), most)


class Replaying:
    """What stands for ``Replay``."""

    places = (("t", 0),)

    def __init__(self, log: Log, offset: int, most: int) -> None:
        self.log, self.offset, self.most = log, offset, most

    def poll(self, _timeout_ms: int) -> list[StoredMessage]:
        size = self.log.meanwhile() or self.most
        found = self.log.records[self.offset : self.offset + size]
        self.offset += len(found)
        return found

    def wait_for_topics(self) -> None: ...

    def close(self) -> None: ...


class World:
    """A live reader of a log in memory, and rebuilds of its table."""

    def __init__(self, database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database, self.log = database, Log()
        self.reader = Reader("tallies", ["t"], TYPES, Projections([TALLIES]))
        self.live = ReaderLoop(database.url, NOWHERE, "s", self.reader)
        self.read = 0
        monkeypatch.setattr("chassis.consumers.rebuild.Replay", self.log)

    def follow(self, most: int = 1000) -> None:
        """The live reader takes some more in."""
        if records := self.log.records[self.read : self.read + most]:
            self.live.process(records)
            self.read += len(records)

    def ask(self) -> UUID:
        id = uuid4()
        with as_service(self.database) as connection:
            asked = "INSERT INTO rebuilds (id, reader, asked_by) VALUES (:id, 'tallies', 'ada')"
            connection.execute(text(asked), {"id": id})
        return id

    def look(self, version: str = "1") -> None:
        """A worker looks for rebuilds once, and carries out what it finds."""
        rebuilder, stop = (
            Rebuilder(self.database.url, NOWHERE, [self.reader], {"tallies": version}),
            threading.Event(),
        )
        stop.wait = lambda timeout=None: stop.set() or True  # type: ignore[method-assign, func-returns-value]
        try:
            with rebuilder._engine.connect() as connection:
                rebuilder._lead(connection, stop)
        finally:
            rebuilder._engine.dispose()

    def rebuild(self) -> Any:
        id = self.ask()
        self.look()
        return self.of(id)

    def of(self, id: UUID) -> Any:
        return self.rows(f"SELECT * FROM rebuilds WHERE id = '{id}'")[0]

    def rows(self, query: str) -> Sequence[Any]:
        with as_owner(self.database) as connection:
            return connection.execute(text(query)).all()

    def everything(self) -> list[Sequence[Any]]:
        return [self.tallies(), *(self.rows(query) for query in BOOKKEEPING)]

    def tallies(self) -> Sequence[Any]:
        return self.rows("SELECT id, name, total, steps FROM tallies ORDER BY id")

    def beside(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'")]

    def discard(self, *offsets: int) -> None:
        """An operator gives up these messages, and the live reader goes on without them."""
        wish = (
            'INSERT INTO interventions (id, reader, action, topic, partition, "offset", asked_by, why)'
            " VALUES (gen_random_uuid(), 'tallies', 'discard', 't', 0, :offset, 'ada', 'no cure')"
        )
        with as_service(self.database) as connection:
            connection.execute(text(wish), [{"offset": offset} for offset in offsets])
        self.live._parking.carry_out()

    def run(self, statement: str) -> None:
        with as_owner(self.database) as connection:
            connection.execute(text(statement))


def register(database: ServiceDatabase) -> None:
    migrate(database.owner_url, database.url, FOLDER, {"tallies": ["tallies"]})


@pytest.fixture
def world(own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    register(own_database)
    made = World(own_database, monkeypatch)
    yield made
    made.live.close()


def test_a_rebuild_heals_what_was_wrong_and_leaves_the_rest_as_it_is(world: World) -> None:
    world.log.append(*story("a1", "b1", "a2", "a3", "c1"), record("c", 2, CounterClosed()))
    world.follow()
    before = world.everything()
    world.run("UPDATE tallies SET total = 99 WHERE name = 'a'")
    world.run("DELETE FROM tallies WHERE name = 'b'")
    rebuilt = world.rebuild()
    assert (rebuilt.state, rebuilt.read, rebuilt.reason) == ("done", 6, None)
    assert world.everything() == before
    assert world.beside() == []
    world.log.append(*story("a4", "b2"))
    world.follow()
    assert [(row.name, row.steps) for row in world.tallies()].count(("a", 3)) == 1


def test_the_tables_keep_their_grants_their_indexes_and_all_names(world: World) -> None:
    world.run("CREATE INDEX tallies_by_name ON tallies (name, id) WHERE steps > 0")
    world.run("ALTER TABLE tallies ADD CONSTRAINT tallies_name_once UNIQUE (name)")
    world.run(f'GRANT SELECT ON tallies TO "{world.database.role}" WITH GRANT OPTION')
    world.run("GRANT SELECT ON tallies TO PUBLIC")
    world.log.append(*story("a1", "a2"))
    world.follow()
    shape = (
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = 'tallies'::regclass ORDER BY 1",
        "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'tallies'::regclass ORDER BY 1",
        "SELECT relowner::regrole, (SELECT array_agg(a ORDER BY a::text) FROM unnest(relacl) a) FROM pg_class"
        " WHERE oid = 'tallies'::regclass",
    )
    before = [world.rows(query) for query in shape]
    assert world.rebuild().state == "done"
    assert [world.rows(query) for query in shape] == before
    world.run("DROP INDEX tallies_by_name")
    world.run("ALTER TABLE tallies DROP CONSTRAINT tallies_name_once, ADD COLUMN later text")


def test_the_old_rows_are_there_until_the_new_ones_are(world: World) -> None:
    world.log.append(*story("a1", "b1", "a2"))
    world.follow()
    seen: list[int] = []

    def look() -> None:
        with as_service(world.database) as connection:
            seen.append(connection.execute(text("SELECT count(*) FROM tallies")).scalar_one())

    world.log.meanwhile = look
    assert world.rebuild().state == "done"
    assert set(seen) == {2}


def test_an_interrupted_rebuild_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consumers.rebuild.POLL_RECORDS", 2)
    world.log.append(*story("a1", "b1", "a2", "a3", "c1", "c2", "d1"))
    world.follow()
    before = world.everything()
    polls: list[int] = []

    def crash() -> None:
        polls.append(1)
        if len(polls) == 3:
            raise NotYet("crash")

    world.log.meanwhile = crash
    id = world.ask()
    with pytest.raises(NotYet):
        world.look()
    assert world.rows("SELECT next_offset FROM rebuild_tallies.progress") == [(4,)]
    with as_service(world.database) as connection:
        assert connection.execute(text("SELECT count(*) FROM rebuild_tallies.tallies")).scalar_one() == 2
    begun = world.of(id).started_at
    world.look()
    assert (world.of(id).state, world.of(id).started_at) == ("done", begun)
    assert world.everything() == before


def test_another_version_of_the_folds_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consumers.rebuild.POLL_RECORDS", 1)
    world.log.append(*story("a1", "b1"))
    world.follow()
    id, polls = world.ask(), iter([None, NotYet("crash"), *[None] * 99])

    def crash() -> None:
        if failure := next(polls):
            raise failure

    world.log.meanwhile = crash
    with pytest.raises(NotYet):
        world.look("1")
    begun = world.of(id).started_at
    world.look("2")
    assert world.of(id).state == "done"
    assert world.of(id).started_at > begun


def test_a_cancelled_rebuild_leaves_nothing_behind(world: World) -> None:
    world.log.append(*story("a1"))
    world.follow()
    id = world.ask()
    world.log.meanwhile = lambda: world.run("UPDATE rebuilds SET state = 'cancelled'")
    world.look()
    world.look()
    assert (world.of(id).state, world.beside(), len(world.tallies())) == ("cancelled", [], 1)


def test_tables_that_change_meanwhile_stay_and_the_rebuild_fails(world: World) -> None:
    world.log.append(*story("a1"))
    world.follow()
    world.log.meanwhile = lambda: world.run("ALTER TABLE tallies ADD COLUMN IF NOT EXISTS later text")
    rebuilt = world.rebuild()
    world.look()
    assert rebuilt.state == "failed"
    assert rebuilt.reason == "its tables were changed meanwhile"
    assert (world.beside(), len(world.tallies())) == ([], 1)


def test_what_was_parked_is_parked_again_and_what_was_discarded_stays_left_out(world: World) -> None:
    orphan = CounterIncreased(amount=Decimal(1))
    world.log.append(
        record("a", 1, orphan), record("a", 2), record("b", 1, orphan), record("b", 2, CounterOpened(name="b"))
    )
    world.log.append(record("c", 1, ce_actor=b"\xff"), record("c", 1), record("c", 2), record("d", 1, ce_subject="?"))
    world.follow()
    world.discard(2, 7)
    tallies, (places, seen, parked) = world.tallies(), world.everything()[1:]
    assert [row.name for row in tallies] != []
    assert world.rebuild().state == "done"
    assert world.tallies() == tallies
    assert world.everything()[2:] == [seen, parked]
    assert [row.next_offset for row in world.rows(BOOKKEEPING[0])] == [row.next_offset for row in places]


def test_what_was_discarded_stays_left_out_where_the_topic_was_made_anew(world: World) -> None:
    orphan = CounterIncreased(amount=Decimal(1))
    world.log.append(record("a", 1, orphan), record("a", 2, CounterOpened(name="a")), record("b", 1))
    world.follow()
    world.discard(0)
    made_anew(world.database)
    world.live.reset()
    # Another stream is where the discarded one lay, which has other company as well.
    world.log.records = []
    world.log.append(record("b", 1), record("a", 1), record("a", 2, CounterOpened(name="a")))
    world.live.process(world.log.records)
    before = world.everything()
    assert {row.name for row in world.tallies()} == {"a", "b"}
    assert world.rebuild().state == "done"
    assert world.everything() == before


def test_a_rebuild_parks_again_what_came_under_anothers_number_and_follows_what_was_discarded_of_it(
    world: World,
) -> None:
    forged = CounterOpened(name="forged")
    # The first a1 is forged and readable, the first b1 is not; of c1 the first one is genuine.
    world.log.append(record("a", 1, forged, ce_id="x"), record("a", 1), record("b", 1, ce_id=None), record("b", 1))
    world.log.append(record("c", 1), record("c", 1, forged, ce_id="y"), record("a", 2), record("b", 2), record("c", 2))
    world.follow()
    world.discard(1, 2)
    assert {row.name for row in world.tallies()} == {"forged", "b", "c"}
    before = world.everything()
    assert world.rebuild().state == "done"
    assert world.everything() == before
    assert [row.reason for row in world.rows("SELECT reason FROM parked")] == [FOREIGN]


@pytest.mark.parametrize("crashes", [False, True])
def test_what_is_discarded_while_a_rebuild_reads_stays_left_out(world: World, crashes: bool) -> None:
    orphan = CounterIncreased(amount=Decimal(1))
    world.log.append(record("a", 1, orphan), record("a", 2, CounterOpened(name="a")), record("b", 1))
    world.follow()
    polls: list[int] = []

    def discard_after_the_first_poll() -> None:
        polls.append(1)
        if len(polls) == 2:
            assert world.rows("SELECT count(*) FROM rebuild_tallies.parked") == [(2,)], "the rebuild is past it"
            world.discard(0)
            if crashes:
                raise NotYet("crash")

    world.log.meanwhile = discard_after_the_first_poll
    id = world.ask()
    if crashes:
        with pytest.raises(NotYet):
            world.look()
    else:
        world.look()
        assert world.of(id).state == "waiting", "it begins again"
    before = world.everything()
    assert {row.name for row in world.tallies()} == {"a", "b"}
    world.look()
    assert world.of(id).state == "done"
    assert world.everything() == before


def test_a_row_that_only_the_database_refuses_is_found_and_parked(world: World) -> None:
    world.run("ALTER TABLE tallies ADD CONSTRAINT below_13 CHECK (total < 13)")
    world.log.append(*story("a1", "b1", "a2", "c1"))
    world.log.append(record("b", 2, CounterIncreased(amount=Decimal(13))), record("b", 3), *story("a3", "c2"))
    world.follow()
    before = world.everything()
    assert [row.number for row in world.rows("SELECT number FROM parked ORDER BY number")] == [2, 3]
    assert world.rebuild().state == "done"
    assert world.everything() == before


def test_what_waits_aside_follows_when_its_predecessor_comes_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consumers.rebuild.POLL_RECORDS", 1)
    world.log.append(*story("a2", "b1", "a1", "a3"))
    world.follow()
    before = world.everything()
    assert world.rebuild().state == "done"
    assert world.rows("SELECT number FROM parked") == []
    assert world.everything() == before


def test_the_service_can_rebuild_registered_tables_only_and_make_nothing_else(world: World) -> None:
    refused = ["CREATE TABLE extra (id int)", "CREATE SCHEMA extra", "SELECT begin_rebuild('noting')"]
    refused += ["INSERT INTO read_models VALUES ('noting', 'events')", "DROP TABLE tallies"]
    refused += ["ALTER TABLE tallies ADD COLUMN x int"]
    for statement in refused:
        with as_service(world.database) as connection, pytest.raises(Exception, match=r"denied|registered|owner"):
            connection.execute(text(statement))


@st.composite
def histories(draw: st.DrawFn) -> list[list[StoredMessage]]:
    """Streams of counters in portions, as they happen: with duplicates, latecomers and poison among them."""
    numbers = dict.fromkeys("abcdef", 0)
    portions: list[list[StoredMessage]] = []
    for _ in range(draw(st.integers(1, 8))):
        portion: list[StoredMessage] = []
        for name in draw(st.lists(st.sampled_from(sorted(numbers)), max_size=6)):
            numbers[name] += 1
            amount = draw(st.integers(-5, 5))
            closing = draw(st.integers(0, 9)) == 0
            event = CounterOpened(name=name) if numbers[name] == 1 else CounterIncreased(amount=Decimal(amount))
            made = record(name, numbers[name], CounterClosed() if closing else event)
            match draw(st.integers(0, 15)):
                case 0:
                    made = record(name, numbers[name], value=b"?")
                case 1:
                    portion.append(made)
            portion.append(made)
        if draw(st.integers(0, 3)) == 0:
            portion.reverse()
        portions.append(portion)
    return portions


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(histories(), st.integers(0, 2**32))
def test_whatever_happens_meanwhile_the_rebuilt_rows_are_those_of_the_live_reader(
    world: World, migrated_twin: World, monkeypatch: pytest.MonkeyPatch, portions: list[list[StoredMessage]], seed: int
) -> None:
    """Live traffic during the rebuild, polls of any size, and crashes."""
    chance = random.Random(seed)
    for one in (world, migrated_twin):
        one.run("TRUNCATE tallies, progress, seen, parked, rebuilds")
        one.live.reset()
        one.read = 0
    world.log.records, before = [], chance.randint(0, len(portions))
    for portion in portions[:before]:
        world.log.append(*portion)
    world.follow()
    world.run("UPDATE tallies SET steps = -1")
    to_come = portions[before:]
    crashes = chance.randint(0, 2)

    def meanwhile() -> int:
        nonlocal crashes
        if to_come and chance.randint(0, 1):
            world.log.append(*to_come.pop(0))
        if not finishing:  # then the live reader waits for the lock that the rebuild holds
            world.follow(chance.randint(0, 5))
        if crashes and chance.randint(0, 4) == 0:
            crashes -= 1
            raise NotYet("crash")
        return chance.randint(1, 6)

    finishing: list[bool] = []
    finish = Rebuild._finish

    def finish_and_say(rebuild: Rebuild, replay: Any) -> None:
        finishing.append(True)
        try:
            finish(rebuild, replay)
        finally:
            finishing.clear()

    world.log.meanwhile = meanwhile
    id = world.ask()
    with monkeypatch.context() as patched:
        patched.setattr(Rebuild, "_finish", finish_and_say)
        while world.of(id).state in ("waiting", "reading"):
            try:
                world.look()
            except NotYet:
                world.follow(1)
    assert world.of(id).state == "done", world.of(id).reason
    for portion in to_come:
        world.log.append(*portion)
    world.follow()
    migrated_twin.log.records = world.log.records
    migrated_twin.follow()
    assert world.everything() == migrated_twin.everything()


@pytest.fixture
def migrated_twin(
    migrated: Callable[[], ServiceDatabase], monkeypatch: pytest.MonkeyPatch, world: World
) -> Iterator[World]:
    """Another database, whose reader takes everything in without any rebuild."""
    monkeypatch.setattr("chassis.consumers.rebuild.NEAR", 3)
    monkeypatch.setattr("chassis.consumers.rebuild.LOOK_SECONDS", 0)
    twin = World(migrated(), monkeypatch)
    monkeypatch.setattr("chassis.consumers.rebuild.Replay", world.log)
    yield twin
    twin.live.close()


# --- over HTTP, with Kafka and workers -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counting(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made.start(SERVICE)


def client(running: Running, *roles: str) -> httpx.Client:
    headers = {"authorization": f"Bearer {running.issuer.token('ada', roles)}"}
    return running.clients.enter_context(plain_http.client(base_url=running.url, headers=headers, timeout=30))


def steps(running: Running) -> dict[str, int]:
    with connected(running.own.database_url) as connection:
        return {str(row.id): row.steps for row in connection.execute(text("SELECT id, steps FROM tallies"))}


def test_an_administrator_rebuilds_while_commands_go_on_with_two_workers(counting: Running) -> None:
    tester, administrator = client(counting, "counting"), client(counting, "administrator")
    ids = [tester.post("/counters", json={"name": "A"}).json()["id"] for _ in range(20)]

    def add() -> None:
        for id in ids:
            assert tester.post(f"/counters/{id}/add", json={"amount": "1", "times": 3}).status_code == 200

    add()
    with working(counting):
        asked = administrator.post("/rebuilds", json={"reader": "tallies"})
        assert asked.status_code == 202, asked.text
        where, rounds = asked.headers["location"], 1
        while administrator.get(where).json()["state"] in ("waiting", "reading"):
            add()
            rounds += 1
            assert rounds < 200
    assert administrator.get(where).json()["state"] == "done", administrator.get(where).text
    wait_until(lambda: {steps(counting).get(id) for id in ids} == {3 * rounds}, "everything is applied, once")
    status = counting.status()
    assert (status["parked"], len(status["readers"])) == (0, 1)
    assert administrator.get("/rebuilds").json()["items"][0]["id"] == administrator.get(where).json()["id"]


def test_one_rebuild_of_a_reader_at_a_time(fresh_database: Callable[[], ServiceDatabase], tmp_path: Path) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        administrator = client(running, "administrator")
        first = administrator.post("/rebuilds", json={"reader": "tallies"})
        again = administrator.post("/rebuilds", json={"reader": "tallies"})
        assert (first.status_code, again.status_code, again.json()["rule"]) == (202, 409, "one-rebuild-at-a-time")
        where = first.headers["location"]
        assert administrator.get(where).json()["state"] == "waiting"
        assert administrator.delete(where).json()["state"] == "cancelled"
        assert administrator.delete(where).json()["rule"] == "rebuild-has-ended"
        assert administrator.post("/rebuilds", json={"reader": "tallies"}).status_code == 202
        assert administrator.post("/rebuilds", json={"reader": "notes"}).status_code == 404
        assert administrator.get(f"/rebuilds/{uuid4()}").status_code == 404


def test_only_administrators_rebuild(counting: Running) -> None:
    who = client(counting, "executive", "counting")
    path = f"/rebuilds/{uuid4()}"
    answers = [who.post("/rebuilds", json={"reader": "tallies"}), who.get("/rebuilds"), who.get(path), who.delete(path)]
    assert [(answer.status_code, answer.json()["rule"]) for answer in answers] == [(403, "administrators-only")] * 4


def test_a_rebuild_whose_connections_die_again_and_again_is_done_in_the_end(
    counting: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consumers.rebuild.POLL_RECORDS", 3)
    tester, administrator = client(counting, "counting"), client(counting, "administrator")
    ids = [tester.post("/counters", json={"name": "B"}).json()["id"] for _ in range(30)]
    wait_until(lambda: set(ids) <= set(steps(counting)), "they are applied")
    before = steps(counting)
    where = administrator.post("/rebuilds", json={"reader": "tallies"}).headers["location"]
    ended = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name IN ('rebuilds', 'rebuild tallies') AND datname = current_database()"
    )
    with connected(counting.own.database_url) as connection:
        for _ in range(3):
            wait_until(lambda: bool(connection.execute(ended).all()), "it works on it")
    wait_until(lambda: administrator.get(where).json()["state"] == "done", "it is done")
    assert steps(counting) == before
