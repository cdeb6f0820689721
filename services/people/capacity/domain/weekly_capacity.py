"""Weekly capacity: how many hours a person is there for in each of the next 26 weeks, without saying why.

It is worked out from the contracted hours, the working calendar of the division, absences, suspension and leaving, and
is published where it changed and when a week has passed.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chassis.domain.decider import Command, Deadline, Decider, Facts, NotFound, State
from contracts.people import WeekHours, WeeklyCapacity
from contracts.values import Personal, Subject
from services.people.capacity.domain.contracted_hours import Terms, on_day
from services.people.organisation.domain.person.model import Employment, Person
from services.people.organisation.domain.working_calendar import USUAL, WorkingCalendar

WEEKS = 26
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SPREAD_SECONDS = 6 * 3600
"""Ten thousand persons' weeks do not all pass in the same second."""
HUNDREDTH, NOTHING = Decimal("0.01"), Decimal(0)


class Capacity(State):
    """A person's hours by week as they were last published; None once the person has left."""

    person_id: Subject
    weeks: Personal[tuple[WeekHours, ...] | None] = None


class ReviewCapacity(Command):
    """Work a person's capacity out again."""


@dataclass(frozen=True)
class CapacityFacts(Facts):
    """The person, the calendar of their division, and their contracted hours."""

    person: Person | None = None
    calendar: WorkingCalendar = USUAL
    terms: tuple[Terms, ...] = ()


def decide(state: Capacity | None, _command: ReviewCapacity, facts: CapacityFacts) -> Sequence[WeeklyCapacity]:
    """What is published already is not published again."""
    if facts.person is None:
        raise NotFound
    weeks = weeks_of(facts.person, facts)
    known = state.weeks if state else None
    return [] if weeks == known else [WeeklyCapacity(person_id=facts.id, weeks=weeks)]


def weeks_of(person: Person, facts: CapacityFacts) -> tuple[WeekHours, ...] | None:
    """The hours of this week and those after it, to the hundredth; None for who does not work here."""
    if not person.works_here:
        return None
    first = facts.today - DAY * facts.today.weekday()
    days = [first + DAY * number for number in range(7 * WEEKS)]
    outlook = outlook_of(person, facts, days[0], days[-1])
    hours = [outlook.hours_on(day) for day in days]
    return tuple(
        WeekHours(monday=days[monday], hours=sum(hours[monday : monday + 7], NOTHING).quantize(HUNDREDTH))
        for monday in range(0, len(days), 7)
    )


@dataclass(frozen=True)
class Outlook:
    """What the hours of a day follow from: the full-time ``week``, Monday first, the days ``off``, and the contract.

    Somebody is employed from ``starts_on`` on, and before the day ``ends_on``; ``suspended`` from a day on, and before
    another.
    """

    week: Sequence[Decimal]
    off: Set[date]
    terms: Sequence[Terms]
    starts_on: date
    ends_on: date
    suspended: tuple[date, date]

    def hours_on(self, day: date) -> Decimal:
        """The hours of a day: of full-time work, as much as the contract's week is of the calendar's."""
        if day in self.off or not self.starts_on <= day < self.ends_on:
            return NOTHING
        if self.suspended[0] <= day < self.suspended[1]:
            return NOTHING
        full, of_week, contracted = self.week[day.weekday()], sum(self.week, NOTHING), on_day(self.terms, day)
        return full if contracted is None or not of_week else full * contracted / of_week


def outlook_of(person: Person, facts: CapacityFacts, first: date, last: date) -> Outlook:
    """What a person's hours follow from, between two days."""
    return Outlook(
        week=facts.calendar.week.days,
        off={holiday.day for holiday in facts.calendar.holidays} | days_away(person, first, last),
        terms=facts.terms,
        starts_on=person.hired_on,
        ends_on=person.planned_leaving or date.max,
        suspended=suspension_of(person),
    )


def suspension_of(person: Person) -> tuple[date, date]:
    """The days on which nothing comes of a week, from the first on and before the other; none: from the last day on."""
    begun = date.min if person.employment is Employment.SUSPENDED else person.planned_suspension or date.max
    return begun, person.planned_reinstatement or date.max


def days_away(person: Person, first: date, last: date) -> Set[date]:
    """The days between two days on which a person is away."""
    spans = [(max(each.starts_on, first), min(each.ends_on, last)) for each in person.absences]
    return {begins + DAY * number for begins, ends in spans for number in range((ends - begins).days + 1)}


def evolve(_state: Capacity | None, event: WeeklyCapacity) -> Capacity:
    return Capacity(person_id=event.person_id, weeks=event.weeks)


def due(capacity: Capacity) -> Deadline | None:
    """The first week has passed when the next one begins, and a while later, not everybody's at once."""
    if not capacity.weeks:
        return None
    later = timedelta(seconds=capacity.person_id.int % SPREAD_SECONDS)
    return Deadline.on(capacity.weeks[0].monday + WEEK, ReviewCapacity(), after=later)


CAPACITY = Decider(kind="weekly-capacity", state=Capacity, events=WeeklyCapacity, decide=decide, evolve=evolve, due=due)
