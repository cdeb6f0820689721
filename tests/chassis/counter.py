"""A business-free aggregate, so that the chassis is tested without any service of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field
from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.clock import CalendarDay
from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, PrivateEvent, Refused, State, existing, new
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.relations import EVERYBODY, by_state, role
from contracts.base import PublicEvent
from contracts.values import Amount, Line, Name


class Counter(State):
    """A counter as it stands."""

    name: Name
    code: Name | None = None
    parent_id: UUID | None = None
    total: Decimal = Decimal(0)
    steps: int = 0
    notes: tuple[Line, ...] = ()
    noted_on: date | None = None
    closed: bool = False


class OpenCounter(Command):
    """Open a counter; a code belongs to one open counter."""

    name: Name
    code: Name | None = None
    parent_id: UUID | None = None


class AddToCounter(Command):
    """Count."""

    amount: Amount
    times: Annotated[int, Field(ge=1, le=100)] = 1


class NoteOnCounter(Command):
    """Note something in confidence, about a day."""

    note: Line
    noted_on: CalendarDay | None = None


class MoveCounter(Command):
    """Put it below another one."""

    parent_id: UUID | None


class CloseCounter(Command):
    """Close it when nothing is below it."""


class GiveToCounter(Command):
    """Take something off here, and count it there."""

    to: UUID
    amount: Amount


CounterCommand = GiveToCounter | OpenCounter | AddToCounter | NoteOnCounter | MoveCounter | CloseCounter


class CounterOpened(PublicEvent):
    """A counter was opened."""

    name: Name
    code: Name | None = None
    parent_id: UUID | None = None


class CounterIncreased(PublicEvent):
    """Something was counted."""

    amount: Amount


class CounterNoted(PrivateEvent):
    """Something was noted, for few to read."""

    note: Line
    noted_on: date | None = None


class CounterMoved(PublicEvent):
    """It lies below another one."""

    parent_id: UUID | None


class CounterClosed(PublicEvent):
    """It was closed."""


CounterEvent = CounterOpened | CounterIncreased | CounterNoted | CounterMoved | CounterClosed
EVENTS = (CounterOpened, CounterIncreased, CounterMoved, CounterClosed)


@dataclass(frozen=True)
class CounterFacts(Facts):
    """``above``: all counters above the new parent, nearest first; ``below``: how many open ones lie below."""

    above: tuple[tuple[UUID, bool], ...] = ()
    below: int = 0


def decide(state: Counter | None, command: CounterCommand, facts: CounterFacts) -> Sequence[CounterEvent]:
    """The events of a command, or ``Refused``."""
    if isinstance(command, OpenCounter):
        new(state, "counter")
        check_above(facts)
        return [CounterOpened(**command.model_dump())]
    counter = existing(state)
    if counter.closed:
        raise Refused("counter-closed", "The counter is closed.", "Open another one.")
    match command:
        case AddToCounter(amount=amount, times=times):
            return [CounterIncreased(amount=amount)] * times if amount else []
        case GiveToCounter(amount=amount):
            if amount > counter.total:
                raise Refused("something-left", f"{counter.total} are left.", "Give less.")
            return [CounterIncreased(amount=-amount)]
        case NoteOnCounter(note=note, noted_on=noted_on):
            return [CounterNoted(note=note, noted_on=noted_on)]
        case MoveCounter(parent_id=parent_id):
            check_above(facts)
            return [CounterMoved(parent_id=parent_id)]
        case CloseCounter():
            if facts.below:
                raise Refused("closes-only-when-empty", "There are counters below it.", "Close them first.")
            return [CounterClosed()]
        case _:
            assert_never(command)


def check_above(facts: CounterFacts) -> None:
    """No cycles, and nothing below a closed one."""
    if facts.id in [id for id, _ in facts.above]:
        raise Refused("no-cycles", "It would lie below itself.", "Choose another one.")
    if facts.above and facts.above[0][1]:
        raise Refused("parent-closed", "The one above is closed.", "Choose another one.")


def evolve(state: Counter | None, event: CounterEvent) -> Counter:
    """The state after an event."""
    match event:
        case CounterOpened(name=name, code=code, parent_id=parent_id):
            return Counter(name=name, code=code, parent_id=parent_id)
    counter = existing(state)
    match event:
        case CounterIncreased(amount=amount):
            return counter.but(total=counter.total + amount, steps=counter.steps + 1)
        case CounterNoted(note=note, noted_on=noted_on):
            return counter.but(notes=(*counter.notes, note)[-20:], noted_on=noted_on or counter.noted_on)
        case CounterMoved(parent_id=parent_id):
            return counter.but(parent_id=parent_id)
        case CounterClosed():
            return counter.but(closed=True)
        case _:
            assert_never(event)


COUNTER = Decider(kind="counter", state=Counter, events=CounterEvent, decide=decide, evolve=evolve)

STORED = Fields(COUNTER)
BELOW = text(
    f"SELECT count(*) AS below FROM states"
    f" WHERE {STORED.of_kind} AND {STORED.parent_id} = :id AND {STORED.closed.fails}"
)


async def facts_of(view: View, state: Counter | None, command: CounterCommand, base: Facts) -> CounterFacts:
    """What lies above and below; the code is claimed by opening and released by closing."""
    match command:
        case OpenCounter(parent_id=parent_id) | MoveCounter(parent_id=parent_id):
            above = await view.chain(COUNTER, parent_id, "parent_id")
            for changed in {parent_id, state.parent_id if state else None} - {None}:
                view.bump(f"counter:{changed}:below")
            if isinstance(command, OpenCounter) and command.code:
                view.claim(f"code:{command.code}")
            return CounterFacts(**vars(base), above=tuple((id, counter.closed) for id, counter in above))
        case CloseCounter():
            rows = await view.guarded(f"counter:{base.id}:below", BELOW, {"id": str(base.id)})
            if state and state.parent_id:
                view.bump(f"counter:{state.parent_id}:below")
            if state and state.code:
                view.release(f"code:{state.code}")
            return CounterFacts(**vars(base), below=rows[0].below)
        case AddToCounter() | GiveToCounter() | NoteOnCounter():
            return CounterFacts(**vars(base))


def received(
    command: GiveToCounter, _before: Counter | None, _after: Counter, _facts: CounterFacts
) -> Sequence[IssuedCommand]:
    """What one counter gives, the other one counts."""
    return [IssuedCommand(COUNTER, command.to, AddToCounter(amount=command.amount))]


COUNTING = role("who counts", "counting", "system")
NOT_HIDDEN = f"{STORED.name} NOT LIKE 'Hidden%'"
AUDITORS = role("an auditor", "auditor")

COUNTERS = Aggregate(
    COUNTER,
    "counters",
    [
        CommandRow("open", OpenCounter, EVERYBODY, creates=True),
        CommandRow("add", AddToCounter, COUNTING),
        CommandRow("give", GiveToCounter, COUNTING, further=received),
        CommandRow("note", NoteOnCounter, EVERYBODY),
        CommandRow("move", MoveCounter, EVERYBODY),
        CommandRow("close", CloseCounter, EVERYBODY),
    ],
    facts=facts_of,
    sees=by_state("anybody", NOT_HIDDEN) | AUDITORS,
    discloses=AUDITORS,
    private={"notes": (), "noted_on": None},
    filters=["name", "code", "closed", "noted_on"],
    sorts=["name", "noted_on"],
    searched=["name", "code"],
)
