"""Deadlines: what falls due gives its command once, in order, however late; what is refused is parked."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, assert_never
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text

from chassis.commands.deadlines import Deadlines
from chassis.commands.handler import CommandResult, Handler, TooBusy
from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import SYSTEM, Command, Deadline, Decider, Facts, IssuedCommand, Refused, State
from chassis.service.definition import Service
from chassis.service.worker import in_threads
from chassis.store.relations import EVERYBODY, role
from chassis.store.store import Store, StoredEvent
from contracts.base import PublicEvent
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.support import as_owner, do
from tests.harness import Company, MovableClock, company, wait_until, working
from tests.infrastructure import Infrastructure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Timer(State):
    """A timer: when it rings next, how often it still repeats, and whether it is jammed."""

    rings_at: datetime | None
    repeats: int = 0
    jammed: bool = False
    deaf: bool = False
    rang: int = 0


class SetTimer(Command):
    """Set it."""

    rings_at: datetime
    repeats: int = 0
    jammed: bool = False
    deaf: bool = False


class FreeTimer(Command):
    """Put it right."""


class RingTimer(Command):
    """Ring; ``for_when`` is the moment it was set for."""

    for_when: datetime


class TimerSet(PublicEvent):
    """It was set."""

    rings_at: datetime
    repeats: int
    jammed: bool
    deaf: bool


class TimerFreed(PublicEvent):
    """It was put right."""


class TimerRang(PublicEvent):
    """It rang."""

    at: datetime
    for_when: datetime


TimerEvent = TimerSet | TimerFreed | TimerRang
EVENTS = (TimerSet, TimerFreed, TimerRang)


def decide(state: Timer | None, command: SetTimer | FreeTimer | RingTimer, facts: Facts) -> Sequence[TimerEvent]:
    match command:
        case SetTimer():
            return [TimerSet(**command.model_dump())]
        case FreeTimer():
            return [TimerFreed()]
        case RingTimer(for_when=for_when):
            assert state is not None
            if state.jammed:
                raise Refused("jammed", "It is jammed.", "Free it.")
            return [] if state.deaf else [TimerRang(at=facts.at, for_when=for_when)]
        case _:
            assert_never(command)


def evolve(state: Timer | None, event: TimerEvent) -> Timer:
    match event:
        case TimerSet():
            return Timer(**event.model_dump())
        case TimerFreed():
            assert state is not None
            return state.but(jammed=False)
        case TimerRang(for_when=for_when):
            assert state is not None
            again = for_when + HOUR if state.repeats else None
            return state.but(rings_at=again, repeats=max(state.repeats - 1, 0), rang=state.rang + 1)
        case _:
            assert_never(event)


def due(timer: Timer) -> Deadline | None:
    return Deadline(timer.rings_at, RingTimer(for_when=timer.rings_at)) if timer.rings_at else None


TIMER = Decider("timer", Timer, TimerEvent, decide, evolve, due=due)


TIMERS = Aggregate(
    TIMER,
    "timers",
    [
        CommandRow("set", SetTimer, EVERYBODY, creates=True),
        CommandRow("free", FreeTimer, EVERYBODY),
        CommandRow("ring", RingTimer, role("the service", SYSTEM)),
    ],
)


class Bell(State):
    """What others hear; ``strokes`` says how often."""

    strokes: int = 0
    muffled: bool = False


class Strike(Command):
    """Strike it."""


class Muffle(Command):
    """Let it not be struck."""


class BellStruck(PublicEvent):
    """It was struck."""


class BellMuffled(PublicEvent):
    """It cannot be struck."""


def decide_bell(state: Bell | None, command: Strike | Muffle, facts: Facts) -> Sequence[BellStruck | BellMuffled]:
    if isinstance(command, Muffle):
        return [BellMuffled()]
    if state is not None and state.muffled:
        raise Refused("muffled", "It is muffled.", "Take the cloth away.")
    return [BellStruck()]


def evolve_bell(state: Bell | None, event: BellStruck | BellMuffled) -> Bell:
    bell = state or Bell()
    return bell.but(strokes=bell.strokes + 1) if isinstance(event, BellStruck) else bell.but(muffled=True)


BELL = Decider("bell", Bell, BellStruck | BellMuffled, decide_bell, evolve_bell)
BELLS = Aggregate(
    BELL,
    "bells",
    [
        CommandRow("strike", Strike, EVERYBODY, creates=True, named=True),
        CommandRow("muffle", Muffle, EVERYBODY, creates=True, named=True),
    ],
)


BELL_ID = uuid4()
STRIKING = replace(
    TIMERS,
    commands=[
        *TIMERS.commands[:2],
        replace(TIMERS.commands[2], further=lambda *_: [IssuedCommand(BELL, BELL_ID, Strike())]),
    ],
)


class World:
    """A store with a clock, and workers that look when they are told to."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database, self.clock = database, MovableClock(NOON)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.store = Store(database.url)
        self.run(self.store.start())
        self.handler = Handler(
            self.store, (*EVENTS, BellStruck, BellMuffled), self.clock, aggregates=[BELLS], service="timing"
        )
        self.engine = create_engine(database.url, isolation_level="AUTOCOMMIT")

    def worker(self, handler: Handler | None = None, timers: Aggregate = TIMERS) -> Deadlines:
        return Deadlines(self.database.url, [timers], handler or self.handler, self.loop, self.clock)

    def look(self, worker: Deadlines | None = None) -> int:
        with self.engine.connect() as connection:
            return (worker or self.worker()).look(connection, threading.Event())

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def set(self, after: timedelta, **how: Any) -> UUID:
        id = uuid4()
        self.command(id, SetTimer(rings_at=NOON + after, **how))
        return id

    def command(self, id: UUID, command: Command) -> CommandResult:
        handled = self.run(do(self.handler, id, command, aggregate=TIMERS))
        assert isinstance(handled, CommandResult)
        return handled

    def strokes(self) -> int:
        bell: Bell | None = self.run(self.store.load(BELL, BELL_ID)).state
        return 0 if bell is None else bell.strokes

    def rang(self, id: UUID) -> list[TimerRang]:
        return [stored.event for stored in self.history(id) if isinstance(stored.event, TimerRang)]

    def history(self, id: UUID) -> list[StoredEvent]:
        found: list[StoredEvent] = self.run(self.store.events(TIMER, id))
        return found

    def rows(self, query: str) -> Sequence[Any]:
        with as_owner(self.database) as connection:
            return connection.execute(text(query)).all()

    def parked(self) -> dict[str, str]:
        return {row.stream: row.reason for row in self.rows("SELECT stream, reason FROM deadlines")}

    def redrive(self, stream: str | None = None) -> Any:
        with self.engine.connect() as connection:
            connection.execute(
                text(
                    "INSERT INTO interventions (id, reader, action, stream, asked_by)"
                    " VALUES (gen_random_uuid(), 'deadlines', 'redrive', :stream, 'ada')"
                ),
                {"stream": stream},
            )
        self.look()
        return self.rows("SELECT taken_in, outcome FROM interventions ORDER BY asked_at DESC")[0]

    def stop(self) -> None:
        self.run(self.store.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()
        self.engine.dispose()


@pytest.fixture
def world(own_database: ServiceDatabase) -> Iterator[World]:
    made = World(own_database)
    yield made
    made.stop()


def test_what_falls_due_for_several_aggregates_is_stored_of_all_at_once(world: World) -> None:
    id = world.set(HOUR)
    world.clock.now = NOON + HOUR
    world.look(world.worker(timers=STRIKING))
    world.look(world.worker(timers=STRIKING))
    assert (world.strokes(), len(world.rang(id))) == (1, 1)


def test_a_deadline_that_one_of_its_aggregates_refuses_is_parked_and_changes_none(world: World) -> None:
    world.run(do(world.handler, BELL_ID, Muffle(), aggregate=BELLS))
    id = world.set(HOUR)
    world.clock.now = NOON + HOUR
    world.look(world.worker(timers=STRIKING))
    assert len(world.rang(id)) == 0
    assert world.parked() == {f"timer-{id}": "Refused: muffled"}


def test_what_falls_due_gives_its_command_and_nothing_before(world: World) -> None:
    soon, later = world.set(HOUR), world.set(2 * HOUR)
    world.look()
    assert world.rang(soon) == []
    world.clock.now = NOON + HOUR
    world.look()
    world.look()
    (event,) = world.rang(soon)
    assert (event.at, event.for_when) == (NOON + HOUR, NOON + HOUR)
    assert world.rang(later) == []


def test_it_is_done_by_the_system_and_says_why(world: World) -> None:
    id = world.set(HOUR)
    world.clock.now = NOON + HOUR
    world.look()
    metadata = world.history(id)[-1].metadata
    assert metadata["actor"] == "system:timing"
    assert metadata["reason"] == "It fell due at 2026-03-01T13:00:00+00:00."


def test_what_was_missed_in_a_day_is_caught_up_once_each_the_oldest_first(world: World) -> None:
    ids = [world.set(timedelta(minutes=minute % 97, seconds=minute)) for minute in range(250)]
    daily = world.set(HOUR, repeats=23)
    world.clock.now = NOON + timedelta(days=1)
    world.look()
    assert all(len(world.rang(id)) == 1 for id in ids)
    assert [event.for_when for event in world.rang(daily)] == [NOON + hour * HOUR for hour in range(1, 25)]
    assert {event.at for event in world.rang(daily)} == {world.clock.now}
    whens = world.rows(
        "SELECT data->>'for_when' AS w FROM events WHERE type = 'TimerRang'"
        f" AND stream <> 'timer-{daily}' ORDER BY position"
    )
    assert [row.w for row in whens] == sorted(row.w for row in whens)
    assert world.parked() == {}


def test_two_workers_do_it_once(world: World) -> None:
    ids = [world.set(HOUR, repeats=4) for _ in range(20)]
    world.clock.now = NOON + 10 * HOUR
    other = Store(world.database.url)
    world.run(other.start())
    workers = [world.worker(), world.worker(Handler(other, EVENTS, world.clock))]
    together = threading.Barrier(2)

    def look(worker: Deadlines) -> None:
        together.wait(30)
        world.look(worker)

    threads = [threading.Thread(target=look, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    world.run(other.stop())
    for id in ids:
        assert [event.for_when for event in world.rang(id)] == [NOON + hour * HOUR for hour in range(1, 6)]


def test_what_was_done_without_an_answer_is_not_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id, handle = world.set(HOUR, repeats=1), world.handler.handle
    world.clock.now = NOON + HOUR

    async def lose_the_answer(*what: Any) -> CommandResult:
        await handle(*what)
        raise TooBusy

    monkeypatch.setattr(world.handler, "handle", lose_the_answer)
    assert world.look() == 1
    monkeypatch.undo()
    assert world.look() == 0
    assert len(world.rang(id)) == 1


def test_a_refused_one_waits_aside_and_is_not_tried_until_its_state_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    jammed, sane = world.set(HOUR, jammed=True), world.set(2 * HOUR)
    world.clock.now = NOON + 3 * HOUR
    world.look()
    assert world.parked() == {f"timer-{jammed}": "Refused: jammed"}
    assert len(world.rang(sane)) == 1
    asked: list[object] = []
    with monkeypatch.context() as patched:
        patched.setattr(world.handler, "handle", lambda *what: asked.append(what))
        world.look()
    assert asked == []
    world.command(jammed, FreeTimer())
    world.look()
    assert len(world.rang(jammed)) == 1
    assert world.parked() == {}


def test_one_whose_command_changes_nothing_waits_aside_too(world: World) -> None:
    deaf = world.set(HOUR, deaf=True)
    world.clock.now = NOON + HOUR
    world.look()
    assert world.parked() == {f"timer-{deaf}": "its command changed nothing"}
    assert world.rang(deaf) == []


def test_a_refused_one_is_tried_again_when_an_operator_asks(world: World) -> None:
    first, second = world.set(HOUR, jammed=True), world.set(HOUR, jammed=True)
    world.clock.now = NOON + HOUR
    world.look()
    assert tuple(world.redrive()) == (0, "redriven")
    for id in (first, second):  # the rule changes: what was jammed is not any more
        with as_owner(world.database) as connection:
            changed = "UPDATE states SET state = jsonb_set(state, '{jammed}', 'false') WHERE stream = :stream"
            connection.execute(text(changed), {"stream": f"timer-{id}"})
    assert tuple(world.redrive(f"timer-{first}")) == (1, "redriven")
    assert (len(world.rang(first)), len(world.rang(second))) == (1, 0)
    assert tuple(world.redrive()) == (1, "redriven")
    assert (len(world.rang(first)), len(world.rang(second))) == (1, 1)
    assert world.parked() == {}


def test_what_others_keep_changing_is_put_off_and_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, sane, handle = world.set(HOUR), world.set(2 * HOUR), world.handler.handle
    world.clock.now = NOON + 3 * HOUR

    async def too_busy_once(aggregate: Any, row: Any, id: UUID, *more: Any) -> CommandResult:
        if id == busy:
            raise TooBusy
        return await handle(aggregate, row, id, *more)

    monkeypatch.setattr(world.handler, "handle", too_busy_once)
    assert world.look() == 1
    assert (len(world.rang(busy)), len(world.rang(sane))) == (0, 1)
    monkeypatch.undo()
    assert world.look() == 0
    assert len(world.rang(busy)) == 1
    assert world.parked() == {}


def test_a_worker_sleeps_until_something_is_due_or_appended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.commands.deadlines.REST_SECONDS", 0)
    looks: list[datetime] = []
    worker, stop = world.worker(), threading.Event()
    look = worker.look

    def count(*what: Any) -> int:
        looks.append(world.clock())
        return look(*what)

    monkeypatch.setattr(worker, "look", count)
    (thread,) = in_threads([worker.run], stop)
    try:
        wait_until(lambda: len(looks) == 1, "it has looked once")
        id = world.set(HOUR)
        wait_until(lambda: len(looks) == 2, "it looks when something was appended")
        world.clock.now = NOON + HOUR
        with world.engine.connect() as connection:
            connection.exec_driver_sql("NOTIFY portolan_appended")
        wait_until(lambda: len(world.rang(id)) == 1, "it rings")
        wait_until(lambda: len(looks) >= 4, "it has looked at what it appended itself")
    finally:
        stop.set()
        thread.join(60)
    assert len(looks) <= 5


def test_of_two_workers_one_leads_and_the_other_takes_over(world: World) -> None:
    ids, stops = [world.set(HOUR), world.set(2 * HOUR)], [threading.Event(), threading.Event()]
    threads = [in_threads([world.worker().run], stop)[0] for stop in stops]
    leaders = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    wait_until(lambda: world.rows(leaders)[0][0] == 1, "one leads")
    world.clock.now = NOON + HOUR
    wake = create_engine(world.database.url, isolation_level="AUTOCOMMIT")

    def rings(id: UUID) -> bool:
        with wake.connect() as connection:
            connection.exec_driver_sql("NOTIFY portolan_appended")
        return len(world.rang(id)) == 1

    wait_until(lambda: rings(ids[0]), "the first rings")
    stops[0].set()
    threads[0].join(60)
    world.clock.now = NOON + 2 * HOUR
    wait_until(lambda: rings(ids[1]), "the second rings, no matter who led")
    stops[1].set()
    threads[1].join(60)
    wake.dispose()
    assert len(world.rang(ids[0])) == 1


# --- the whole service, on a clock that the test moves ----------------------------------------------------------------

SERVICE = Service(
    name="timing",
    title="Rings.",
    topic="portolan.timing",
    events=EVENTS,
    folder=Path(__file__).parent,
    aggregates=[TIMERS],
)


@pytest.fixture
def timing(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path, MovableClock(NOON)) as made:
        yield made


def test_a_refused_deadline_is_shown_to_administrators_and_tried_again_for_them(timing: Company) -> None:
    running = timing.start(SERVICE)
    headers = {"authorization": f"Bearer {running.issuer.token('ada', ['administrator'])}"}
    client = running.clients.enter_context(plain_http.client(base_url=running.url, headers=headers, timeout=30))
    body = {"rings_at": (NOON + HOUR).isoformat(), "jammed": True}
    id = client.post("/timers", json=body).json()["id"]
    with working(running):
        timing.move_clock(NOON + HOUR)
        wait_until(lambda: running.status()["parked"] == 1, "it is parked")
        (item,) = client.get("/parked").json()["items"]
        assert (item["reader"], item["stream"], item["reason"]) == ("deadlines", f"timer-{id}", "Refused: jammed")
        asked = client.post("/parked/redrive", json={"reader": "deadlines"})
        found = asked.headers["location"]
        wait_until(lambda: bool(client.get(found).json()["done"]), "it was tried again")
        assert client.get(found).json()["left"] == [item]
        assert client.post(f"/timers/{id}/free", json={}).status_code == 200
        wait_until(lambda: client.get(f"/timers/{id}").json()["rang"] == 1, "it rings when it can")
    assert running.status()["parked"] == 0
