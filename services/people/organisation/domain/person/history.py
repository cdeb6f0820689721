"""A person's past by the days things took effect on: employments, positions, lines; and as it would be corrected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from contracts.people import (
    LeavingWithdrawn,
    LineManagerChanged,
    PersonAppointed,
    PersonHired,
    PersonLeft,
    PersonRehired,
    PersonReinstated,
    PersonSuspended,
    SeniorManagerGateWaived,
)

Dated = (
    PersonHired | PersonAppointed | LineManagerChanged | PersonSuspended | PersonReinstated | PersonLeft | PersonRehired
)
"""What changes employment, position or line from a day on; these follow each other in the order of their days."""


class Happened(NamedTuple):
    """An event with its number among the public events of the person; a private one has none."""

    number: int | None
    event: BaseModel


class Span(NamedTuple):
    """Days, from the first to the one before ``ended``; None while it goes on."""

    began: date
    ended: date | None

    def has(self, day: date) -> bool:
        return self.began <= day < (self.ended or date.max)

    def within(self, other: "Span") -> "Span | None":
        """The days that both have; None where there is none."""
        began = max(self.began, other.began)
        ended = min(self.ended or date.max, other.ended or date.max)
        return Span(began, None if ended == date.max else ended) if began < ended else None


class Holding(NamedTuple):
    """A position that was held on some days."""

    position_id: UUID
    days: Span


class Line(NamedTuple):
    """A line manager on some days; None: they reported to nobody."""

    manager_id: UUID | None
    days: Span


@dataclass(frozen=True)
class Past:
    """What the correction of a day is judged by.

    ``happened``: all that did, with the days as corrected so far. ``held_by_others``: the positions concerned, while
    others held them. ``employments``: of the line managers concerned. ``led_from``: the days from which on others
    reported to the person. ``terms_from``: those from which on they were paid or had contracted hours.
    """

    happened: Sequence[Happened] = ()
    held_by_others: Sequence[Holding] = ()
    employments: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)
    led_from: Sequence[date] = ()
    terms_from: Sequence[date] = ()


@dataclass(frozen=True)
class Change:
    """The past before and after an event, ``target``, is given another day; other days than ``days`` stay as they are.

    ``along``: the numbers of the target and of the waiver that came with it.
    """

    target: Dated
    along: Sequence[int]
    before: Sequence[Happened]
    after: Sequence[Happened]
    days: Span


def change(happened: Sequence[Happened], number: int, day: date) -> Change | None:
    """The change of giving the event with this number another day; None where no such event has a day of its own."""
    along = list(numbered(happened, number))
    target = along[0].event if along else None
    if target is None or not isinstance(target, Dated):
        return None
    numbers = [each.number for each in along if each.number is not None]
    before, after = standing(happened), standing(dated_anew(happened, numbers, day))
    days = Span(min(day, target.effective_on), max(day, target.effective_on))
    return Change(target, numbers, before, after, days)


def numbered(happened: Sequence[Happened], number: int) -> Iterable[Happened]:
    """The event with this number, unless it was withdrawn, and the waiver that came with it."""
    stands = standing(happened)
    at = next((place for place, each in enumerate(stands) if each.number == number), None)
    if at is None:
        return
    yield stands[at]
    after = stands[at + 1] if at + 1 < len(stands) else None
    if after is not None and isinstance(after.event, SeniorManagerGateWaived):
        yield after


def dated_anew(happened: Sequence[Happened], numbers: Sequence[int], day: date) -> Sequence[Happened]:
    """The same with another day for the events with these numbers."""
    return [
        Happened(each.number, each.event.model_copy(update={"effective_on": day})) if each.number in numbers else each
        for each in happened
    ]


def standing(happened: Iterable[Happened]) -> Sequence[Happened]:
    """The same without leavings that were withdrawn."""
    found: list[Happened] = []
    for each in happened:
        if isinstance(each.event, LeavingWithdrawn):
            last = max(place for place, known in enumerate(found) if isinstance(known.event, PersonLeft))
            del found[last]
        found.append(each)
    return found


def dated(happened: Iterable[Happened]) -> list[Dated]:
    """Those events that follow each other in the order of their days."""
    return [each.event for each in happened if isinstance(each.event, Dated)]


def employments(happened: Iterable[Happened]) -> list[Span]:
    """The times for which the person worked here."""
    found: list[Span] = []
    for event in dated(happened):
        match event:
            case PersonHired(effective_on=on) | PersonRehired(effective_on=on):
                found.append(Span(on, None))
            case PersonLeft(effective_on=on):
                found[-1] = Span(found[-1].began, on)
    return found


def holdings(happened: Iterable[Happened]) -> list[Holding]:
    """The positions that the person held, one after the other."""
    found: list[Holding] = []
    for event in dated(happened):
        held = found[-1] if found and found[-1].days.ended is None else None
        match event:
            case PersonAppointed(position_id=position_id) if held is not None and held.position_id == position_id:
                pass
            case PersonAppointed(position_id=position_id, effective_on=on):
                found = [*ended(found, held, on), Holding(position_id, Span(on, None))]
            case PersonLeft(effective_on=on):
                found = ended(found, held, on)
    return found


def ended(found: list[Holding], held: Holding | None, on: date) -> list[Holding]:
    """The same, with the one that is held ending on a day."""
    if held is None:
        return found
    return [*found[:-1], Holding(held.position_id, Span(held.days.began, on))]


def lines(happened: Iterable[Happened]) -> list[Line]:
    """The line managers that the person had, one after the other; who has left keeps theirs."""
    found: list[Line] = []
    for event in dated(happened):
        match event:
            case (
                PersonAppointed(line_manager_id=manager_id, effective_on=on)
                | LineManagerChanged(line_manager_id=manager_id, effective_on=on)
            ):
                following = manager_id
            case PersonRehired(effective_on=on):
                following = None
            case _:
                continue
        if found:
            found[-1] = Line(found[-1].manager_id, Span(found[-1].days.began, on))
        found.append(Line(following, Span(on, None)))
    return found


def during(spans: Iterable[Line], days: Span) -> list[Line]:
    """The line managers on some of these days."""
    return [Line(each.manager_id, both) for each in spans if (both := each.days.within(days)) is not None]


def begun(change: Change) -> list[Line]:
    """The lines that begin on another day, or follow another, once the correction is made."""
    known = {(each.manager_id, each.days.began) for each in lines(change.before)}
    return [each for each in lines(change.after) if (each.manager_id, each.days.began) not in known]
