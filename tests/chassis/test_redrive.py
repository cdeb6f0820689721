"""Parked messages: tried again in order, once, whatever happens in between; or given up on purpose."""

import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Connection, text

from chassis.domain.failures import NotYet
from chassis.messaging.cloudevents import Envelope, Types, decode
from chassis.messaging.event_ids import FOREIGN
from chassis.messaging.kafka import Message, Producer
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counter import CounterClosed, CounterIncreased, CounterOpened
from tests.chassis.counting import SERVICE, TYPES
from tests.chassis.messages import record, story, subject, told
from tests.chassis.support import as_owner, as_service, connected
from tests.harness import NOWHERE, Running, company, wait_until
from tests.infrastructure import Infrastructure


class Notebook:
    """An effect that notes every event, and fails where it is told to."""

    def __init__(self) -> None:
        self.fails: Callable[[str], Exception | None] = lambda _one: None
        self.before: Callable[[], None] = lambda: None

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        self.before()
        for envelope in envelopes:
            connection.execute(
                text("INSERT INTO notebook (stream, number) VALUES (:stream, :number)"),
                {"stream": envelope.stream, "number": envelope.number},
            )
            if failure := self.fails(told(envelope.stream or "", envelope.number)):
                raise failure


class World:
    """A reader without Kafka, and an operator at its database."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database, self.notebook = database, Notebook()
        self.loop = self.reader()
        self.loops = [self.loop]

    def reader(self, types: Types = TYPES) -> ReaderLoop:
        loop = ReaderLoop(self.database.url, NOWHERE, "s", Reader("noting", ["t"], types, self.notebook))
        self.loops = [*getattr(self, "loops", []), loop]
        return loop

    def ask(self, **what: Any) -> UUID:
        known = {"id": uuid4(), "reader": "noting", "action": "redrive", "asked_by": "ada"} | what
        names = ", ".join(f'"{name}"' for name in known)
        values = ", ".join(f":{name}" for name in known)
        with as_service(self.database) as connection:
            connection.execute(text(f"INSERT INTO interventions ({names}) VALUES ({values})"), known)
        return UUID(str(known["id"]))

    def redrive(self, **what: Any) -> Any:
        """Ask for it and let the reader carry it out; what became of it."""
        id = self.ask(**what)
        self.loop._parking.carry_out()
        return self.wish(id)

    def discard(self, one: str, why: str = "no cure") -> str:
        offset = self.one('SELECT "offset" FROM parked WHERE stream = :s AND number = :n', **self.named(one))
        about = {"topic": "t", "partition": 0, "offset": offset}
        return str(self.redrive(action="discard", why=why, **about).outcome)

    @staticmethod
    def named(one: str) -> dict[str, Any]:
        return {"s": f"counter-{subject(one[0])}", "n": int(one[1:])}

    def discard_at(self, offset: int) -> str:
        return str(self.redrive(action="discard", why="forged", topic="t", partition=0, offset=offset).outcome)

    def parked_at(self) -> dict[int, str | None]:
        with as_owner(self.database) as connection:
            rows = connection.execute(text('SELECT "offset" AS place, reason FROM parked ORDER BY "offset"')).all()
        return {row.place: row.reason for row in rows}

    def wish(self, id: UUID) -> Any:
        with as_owner(self.database) as connection:
            return connection.execute(text("SELECT * FROM interventions WHERE id = :id"), {"id": id}).one()

    def one(self, query: str, **parameters: Any) -> Any:
        with as_owner(self.database) as connection:
            return connection.execute(text(query), parameters).scalar_one()

    def noted(self) -> list[str]:
        with as_owner(self.database) as connection:
            rows = connection.execute(text("SELECT stream, number FROM notebook ORDER BY line")).all()
        return [told(row.stream, row.number) for row in rows]

    def aside(self) -> dict[str, str | None]:
        with as_owner(self.database) as connection:
            rows = connection.execute(text('SELECT stream, number, reason FROM parked ORDER BY topic, "offset"')).all()
        return {told(row.stream, row.number) if row.number else str(row.stream): row.reason for row in rows}

    def applied(self) -> int:
        return int(self.one("SELECT sum(applied) FROM progress"))


@pytest.fixture
def world(own_database: ServiceDatabase) -> Iterator[World]:
    made = World(own_database)
    yield made
    for loop in made.loops:
        loop._engine.dispose()


def failing_at(*ones: str) -> Callable[[str], Exception | None]:
    return lambda one: ValueError("no") if one in ones else None


def test_what_was_parked_is_taken_in_again_with_all_behind_it_in_order_and_only_once(world: World) -> None:
    world.notebook.fails = failing_at("a2")
    world.loop.process(story("a1", "a2", "a3", "b1", "a4"))
    world.notebook.fails = failing_at()
    first, second = world.redrive(), world.redrive()
    assert world.noted() == ["a1", "b1", "a2", "a3", "a4"]
    assert (first.taken_in, first.outcome, second.taken_in, second.outcome) == (3, "redriven", 0, "redriven")
    assert world.aside() == {}
    world.loop.process([record("a", 5, offset=5), record("a", 4, offset=6)])
    assert world.noted()[-1] == "a5"
    assert world.applied() == 6


def test_what_still_fails_stays_in_front_with_its_reason_of_today_and_other_streams_go_on(world: World) -> None:
    world.notebook.fails = failing_at("a1", "b2")
    world.loop.process(story("a1", "a2", "b1", "b2", "b3"))
    world.notebook.fails = lambda one: KeyError("other") if one == "b3" else None
    assert world.redrive().taken_in == 3
    assert sorted(world.noted()) == ["a1", "a2", "b1", "b2"]
    assert list(world.aside()) == ["b3"]
    assert (world.aside()["b3"] or "").startswith("KeyError in ")


def test_only_the_stream_that_was_named_is_tried_again(world: World) -> None:
    world.notebook.fails = failing_at("a1", "b1")
    world.loop.process(story("a1", "b1"))
    world.notebook.fails = failing_at()
    assert world.redrive(stream=f"counter-{subject('b')}").taken_in == 1
    assert (world.noted(), list(world.aside())) == (["b1"], ["a1"])


def test_what_waits_for_one_that_has_not_come_goes_on_waiting(world: World) -> None:
    world.loop.process(story("a2", "a3"))
    assert world.redrive().taken_in == 0
    assert world.aside() == {"a2": None, "a3": None}


def test_a_version_that_can_read_it_takes_it_in(world: World) -> None:
    class Opened(CounterOpened):
        name: Any

    world.loop.process([record("a", 1, value=b'{"name": 7}'), record("a", 2, offset=1)])
    assert world.redrive().taken_in == 0
    assert list(world.aside().values()) == ["name: string_type", None]
    world.loop = world.reader(TYPES | {"portolan.counting.CounterOpened": Opened})
    assert world.redrive().taken_in == 2
    assert world.noted() == ["a1", "a2"]


def test_what_named_no_stream_finds_its_place_when_a_version_can_read_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.loop.process([record("a", 1, ce_actor=b"\xff"), record("a", 2, offset=1), record("b", 1, offset=2)])
    assert world.redrive().taken_in == 0
    monkeypatch.setattr(
        "chassis.messaging.reader_definition.decode",
        lambda kept, types, key_of: decode(record("a", 1) if kept.offset == 0 else kept, types, key_of),
    )
    assert world.redrive().taken_in == 2
    assert world.noted() == ["b1", "a1", "a2"]
    assert world.aside() == {}


def test_another_event_under_a_number_that_was_applied_is_parked_stays_so_and_can_be_discarded(world: World) -> None:
    world.loop.process(story("a1", "a2"))
    world.loop.process([record("a", 2, offset=2, ce_id="forged"), record("a", 3, offset=3), record("a", 2, offset=4)])
    assert world.noted() == ["a1", "a2", "a3"]
    assert world.parked_at() == {2: FOREIGN}
    assert world.redrive().taken_in == 0
    assert world.parked_at() == {2: FOREIGN}
    assert world.discard_at(2) == "discarded"
    assert world.parked_at() == {}
    world.loop.process([record("a", 3, offset=5), record("a", 4, offset=6)])
    assert world.noted()[-1] == "a4"
    assert world.one("SELECT number FROM seen") == 4
    assert world.applied() == 4


def test_where_the_first_under_a_number_is_discarded_the_next_one_takes_its_place(world: World) -> None:
    world.loop.process([record("a", 1), record("a", 2, offset=1, ce_id=None), record("a", 3, offset=2)])
    world.loop.process([record("a", 2, offset=3)])
    assert world.parked_at() == {1: "without ce_id", 2: None, 3: FOREIGN}
    assert world.discard_at(1) == "discarded"
    assert world.noted() == ["a1", "a2", "a3"]
    assert world.parked_at() == {}
    world.loop.process([record("a", 2, offset=4, ce_id="forged")])
    assert world.parked_at() == {4: FOREIGN}


def test_of_more_events_than_are_kept_the_oldest_are_told_by_their_number_alone(world: World) -> None:
    world.loop.process(story(*(f"a{number}" for number in range(1, 101))))
    assert world.one("SELECT length(ids) FROM seen") == 64 * 8
    old, recent = record("a", 36, offset=100, ce_id="forged"), record("a", 37, offset=101, ce_id="forged")
    world.loop.process([old, recent, record("a", 101, offset=102)])
    assert world.parked_at() == {101: FOREIGN}
    assert world.one("SELECT length(ids) FROM seen") == 64 * 8


@pytest.mark.parametrize("crashed_at", ["a3", "b2"])
def test_a_crash_in_the_middle_loses_and_doubles_nothing(world: World, crashed_at: str) -> None:
    world.notebook.fails = failing_at("a2", "b2")
    world.loop.process(story("a1", "a2", "a3", "b1", "b2", "b3"))
    world.notebook.fails = lambda one: NotYet("crash") if one == crashed_at else None
    id = world.ask()
    with pytest.raises(NotYet):
        world.loop._parking.carry_out()
    assert world.wish(id).done_at is None
    world.notebook.fails = failing_at()
    world.reader()._parking.carry_out()
    assert world.wish(id).outcome == "redriven"
    assert world.wish(id).taken_in == 4
    assert sorted(world.noted()) == ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert [one for one in world.noted() if one[0] == "a"] == ["a1", "a2", "a3"]


def test_a_long_queue_is_taken_in_up_to_the_one_that_fails(world: World) -> None:
    world.notebook.fails = failing_at("a1")
    world.loop.process(story(*(f"a{number}" for number in range(1, 1301))))
    world.notebook.fails = failing_at("a711")
    assert world.redrive().taken_in == 710
    assert world.noted() == [f"a{number}" for number in range(1, 711)]
    reasons = {one: reason for one, reason in world.aside().items() if reason}
    assert list(reasons) == ["a711"]
    world.notebook.fails = failing_at()
    assert world.redrive().taken_in == 590


def test_many_streams_are_tried_in_several_turns_each_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.messaging.parking.STREAMS_A_TURN", 3)
    names = "abcdefgh"
    world.notebook.fails = failing_at(*(f"{name}1" for name in names))
    world.loop.process(story(*(f"{name}1" for name in names)))
    world.notebook.fails = failing_at()
    id = world.ask()
    turns = 0
    while world.wish(id).done_at is None:
        world.loop._parking.carry_out()
        turns += 1
    assert (turns, world.wish(id).taken_in, len(world.noted())) == (3, 8, 8)


def test_a_redrive_and_the_consumer_never_work_on_a_stream_at_once(world: World) -> None:
    world.notebook.fails = failing_at("a2")
    world.loop.process(story("a1", "a2", "a3"))
    consumer, inside, let_go = world.reader(), threading.Event(), threading.Event()
    slow = Notebook()

    def hold() -> None:
        inside.set()
        let_go.wait(60)

    slow.before = hold
    consumer._reader = Reader("noting", ["t"], TYPES, slow)
    world.notebook.fails = failing_at()
    threads = [
        threading.Thread(target=consumer.process, args=([record("b", 1, offset=3), record("a", 4, offset=4)],)),
        threading.Thread(target=world.redrive),
    ]
    threads[0].start()
    wait_until(inside.is_set, "the consumer is at work")
    threads[1].start()
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'noting' AND wait_event_type = 'Lock'")
    with as_service(world.database) as connection:
        wait_until(lambda: connection.execute(waits).scalar_one() == 1, "the redrive waits")
    let_go.set()
    for thread in threads:
        thread.join(60)
    assert world.noted() == ["a1", "b1", "a2", "a3", "a4"]


def test_one_stream_in_two_partitions_still_has_each_effect_once(world: World) -> None:
    inside, let_go = threading.Event(), threading.Event()
    slow, other = Notebook(), world.reader()

    def hold() -> None:
        inside.set()
        let_go.wait(60)

    slow.before = hold
    other._reader = Reader("noting", ["t"], TYPES, slow)
    world.loop.process(story("a1"))
    late = threading.Thread(
        target=other._process_patiently, args=([record("a", 2, offset=1, partition=1)], threading.Event())
    )
    late.start()
    wait_until(inside.is_set, "one instance is at work")
    world.loop.process([record("a", 2, offset=1)])
    let_go.set()
    late.join(60)
    assert world.noted() == ["a1", "a2"]


def test_discarding_lets_those_behind_go_on_and_is_recorded(world: World) -> None:
    world.notebook.fails = failing_at("a2")
    world.loop.process(story("a1", "a2", "a3", "a4"))
    assert world.discard("a2", why="sent by mistake") == "discarded"
    assert world.noted() == ["a1", "a3", "a4"]
    assert world.aside() == {}
    assert world.applied() == 4
    with as_owner(world.database) as connection:
        (row,) = connection.execute(text("SELECT * FROM discarded")).all()
    assert (row.number, row.discarded_by, row.why) == (2, "ada", "sent by mistake")
    assert row.reason.startswith("ValueError in ")
    world.loop.process([record("a", 2, offset=4), record("a", 5, offset=5)])
    assert world.noted() == ["a1", "a3", "a4", "a5"]


def test_a_worker_that_dies_after_discarding_lets_those_behind_go_on_when_it_is_back(world: World) -> None:
    world.notebook.fails = failing_at("a1")
    world.loop.process(story("a1", "a2"))
    world.notebook.fails = lambda one: NotYet("crash")
    id = world.ask(action="discard", topic="t", partition=0, offset=0, why="no cure")
    with pytest.raises(NotYet):
        world.loop._parking.carry_out()
    world.notebook.fails = failing_at()
    world.reader()._parking.carry_out()
    assert (world.wish(id).outcome, world.wish(id).taken_in, world.noted()) == ("discarded", 1, ["a2"])


def test_what_only_waits_or_comes_later_cannot_be_discarded(world: World) -> None:
    world.notebook.fails = failing_at("a2")
    world.loop.process([*story("a1", "a2", "a3"), record("a", 4, offset=3, value=b"?")])
    assert world.discard("a3") == "only waits for another one"
    assert world.discard("a4") == "another one of its stream comes first"
    nothing_there = {"topic": "t", "partition": 0, "offset": 99}
    assert world.redrive(action="discard", why="?", **nothing_there).outcome == "not parked"
    assert list(world.aside()) == ["a2", "a3", "a4"]
    assert world.one("SELECT count(*) FROM discarded") == 0


def test_the_service_cannot_take_back_what_was_recorded_as_discarded(world: World) -> None:
    world.notebook.fails = failing_at("a1")
    world.loop.process(story("a1"))
    world.discard("a1")
    with as_service(world.database) as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("DELETE FROM discarded"))


def test_those_whose_turn_came_while_the_worker_was_dead_follow_at_its_next_start(world: World) -> None:
    world.notebook.fails = failing_at("a2")
    world.loop.process(story("a1", "a2", "a3"))
    with as_owner(world.database) as connection:  # as a worker that died between a discard and the release leaves it
        connection.execute(text("DELETE FROM parked WHERE number = 2"))
        connection.execute(text("UPDATE seen SET number = 2"))
    world.loop._parking.release_stranded()
    assert world.noted() == ["a1", "a3"]
    assert world.aside() == {}


# --- over HTTP, with a worker ----------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def administrator(counting: Running) -> httpx.Client:
    return client(counting, "administrator")


def publish(running: Running, *ones: tuple[str, int, Any]) -> None:
    """Messages of streams this service never had, as somebody else's would come."""
    topic = running.shared.kafka_prefix + running.service.sources[0].topic
    messages = []
    for name, number, event in ones:
        kept = record(name, number, event)
        messages.append(Message(kept.key or b"", kept.value or b"", [(n, v or b"") for n, v in kept.headers]))
    wait_until(lambda: bool(running.status()["relay_leads"]), "the topic is there")
    producer = Producer(running.broker)
    producer.send_all(topic, messages)
    producer.close()


def parked_of(administrator: httpx.Client, name: str) -> list[dict[str, Any]]:
    found = administrator.get("/parked", params={"stream": f"counter-{subject(name)}"})
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


def carried_out(administrator: httpx.Client, asked: httpx.Response) -> dict[str, Any]:
    assert asked.status_code == 202, asked.text
    found: dict[str, Any] = {}

    def done() -> bool:
        found.update(administrator.get(asked.headers["location"]).json())
        return bool(found["done"])

    wait_until(done, "the worker has carried it out")
    return found


def test_an_administrator_sees_what_is_parked_and_the_worker_carries_out_what_they_ask(
    counting: Running, administrator: httpx.Client
) -> None:
    one = Decimal(1)
    publish(counting, ("orphan", 1, CounterIncreased(amount=one)), ("orphan", 2, CounterIncreased(amount=one)))
    wait_until(lambda: bool(parked_of(administrator, "orphan")), "it is parked")
    wait_until(lambda: parked_of(administrator, "orphan")[0]["waiting"] == 1, "one waits behind it")
    (item,) = parked_of(administrator, "orphan")
    assert (item["reader"], item["number"], item["stream"]) == ("tallies", 1, f"counter-{subject('orphan')}")
    assert item["reason"].startswith("AssertionError in counting.py")
    assert set(item) == {
        "reader", "topic", "partition", "offset", "stream", "number", "reason", "since", "waiting"
    }  # fmt: skip
    assert counting.status()["parked"] >= 2
    asked = administrator.post("/parked/redrive", json={"stream": item["stream"]})
    answer = carried_out(administrator, asked)
    assert (answer["taken_in"], [left["offset"] for left in answer["left"]]) == (0, [item["offset"]])
    with connected(counting.own.database_url) as connection:  # the cure: what it missed is there now
        connection.execute(text("INSERT INTO tallies VALUES (:id, 'orphan', 0, 0)"), {"id": subject("orphan")})
    answer = carried_out(administrator, administrator.post("/parked/redrive", json={"reader": "tallies"}))
    assert answer["taken_in"] == 2
    assert item["stream"] not in [left["stream"] for left in answer["left"]]  # other tests' messages may be there
    assert answer["steps"] == [{"reader": "tallies", "taken_in": 2, "outcome": "redriven"}]
    assert parked_of(administrator, "orphan") == []
    nothing = administrator.post("/parked/redrive", json={"stream": item["stream"]}).json()
    assert (nothing["done"], nothing["taken_in"], nothing["steps"]) == (True, 0, [])


def test_an_administrator_lets_a_reader_go_on_without_a_message(counting: Running, administrator: httpx.Client) -> None:
    events = [CounterIncreased(amount=Decimal(1)), CounterOpened(name="late"), CounterClosed()]
    publish(counting, *(("lost", number, event) for number, event in enumerate(events, 1)))
    wait_until(lambda: bool(parked_of(administrator, "lost")), "it is parked")
    (item,) = parked_of(administrator, "lost")
    place = {name: item[name] for name in ("reader", "topic", "partition", "offset")}
    wait_until(lambda: parked_of(administrator, "lost")[0]["waiting"] == 2, "two wait behind it")
    answer = carried_out(administrator, administrator.post("/parked/discard", json=place | {"why": "sent by mistake"}))
    assert (answer["taken_in"], answer["steps"][0]["outcome"]) == (2, "discarded")
    again = administrator.post("/parked/discard", json=place | {"why": "again"})
    assert again.status_code == 404


def test_only_administrators_see_and_act(counting: Running) -> None:
    for who in (client(counting, "counting"), client(counting, "executive")):
        place = {"reader": "tallies", "topic": "t", "partition": 0, "offset": 0, "why": "?"}
        answers = [
            who.get("/parked"),
            who.post("/parked/redrive", json={}),
            who.post("/parked/discard", json=place),
            who.get(f"/parked/interventions/{uuid4()}"),
        ]
        assert [(answer.status_code, answer.json()["rule"]) for answer in answers] == [(403, "administrators-only")] * 4


def test_what_is_parked_comes_in_pages(counting: Running, administrator: httpx.Client) -> None:
    names = [f"page {number}" for number in range(5)]
    publish(counting, *((name, 1, CounterIncreased(amount=Decimal(1))) for name in names))
    wanted = {f"counter-{subject(name)}" for name in names}

    def pages() -> list[list[str]]:
        found, token = [], None
        while True:
            answer = administrator.get("/parked", params={"page_size": 2, **({"page_token": token} if token else {})})
            found.append([item["stream"] for item in answer.json()["items"]])
            token = answer.json()["next_page_token"]
            if token is None:
                return found

    wait_until(lambda: wanted <= {stream for page in pages() for stream in page}, "all of them are parked")
    everything = [stream for page in pages() for stream in page]
    assert len(everything) == len(set(everything))
    assert all(len(page) == 2 for page in pages()[:-1])
    for token in ("x", "WyJhIl0"):
        assert administrator.get("/parked", params={"page_token": token}).status_code == 422
    assert administrator.get("/parked", params={"page_token": ""}).json()["items"], "an empty one is the first page's"


def test_a_stream_with_a_gap_says_which_number_it_waits_for(counting: Running, administrator: httpx.Client) -> None:
    publish(counting, ("gap", 1, CounterOpened(name="gap")), ("gap", 3, CounterClosed()))
    wait_until(lambda: bool(parked_of(administrator, "gap")), "it waits")
    wait_until(lambda: parked_of(administrator, "gap")[0]["reason"] == "waits for number 2", "the first is applied")


def test_what_is_asked_for_must_be_of_the_right_form(administrator: httpx.Client) -> None:
    for body in ({"reader": ""}, {"stream": "\x00"}, {"everything": True}):
        assert administrator.post("/parked/redrive", json=body).status_code == 422
    assert administrator.get(f"/parked/interventions/{uuid4()}").status_code == 404
