"""Pay: what a person is paid a year, and the factors it was set by; for the person, the line above and HR only.

A change for a day to come is planned, and takes effect on that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, PrivateEvent, Refused, State, existing
from contracts.base import Value
from contracts.values import Currency, Day, Line, Money, Personal, Subject
from services.people.organisation.domain.days import day_begins
from services.people.organisation.domain.line import LineFacts, check_employed


class PayFactor(StrEnum):
    """A factor of a salary (LANGUAGE: Education, pay, succession)."""

    SECTOR = "sector"
    COMPANY_SIZE = "company size"
    EXPERIENCE = "experience"
    EXPERTISE = "expertise"
    LEADERSHIP = "leadership"
    TEAM_SIZE = "team size"
    BUDGET_RESPONSIBILITY = "budget responsibility"


class Weighed(Value):
    """A factor with what was found of it."""

    factor: PayFactor
    finding: Personal[Line]


Factors = Annotated[tuple[Weighed, ...], Field(min_length=1, max_length=20)]
Yearly = Annotated[Money, Field(description="for a year, in whole units of the currency")]


class PlannedPay(Value):
    """A person's pay from a future day on."""

    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None]
    effective_on: date


class Pay(State):
    """A person's pay as it stands; ``outside_band`` says why, where it lies outside the band of their grade.

    ``planned`` is the next change; where there was no pay before it, ``yearly`` and ``effective_on`` are None.
    """

    person_id: Subject
    yearly: Personal[Money | None] = None
    factors: tuple[Weighed, ...] = ()
    outside_band: Personal[Line | None] = None
    effective_on: date | None = None
    planned: PlannedPay | None = None


class SetPay(Command):
    """Set a person's pay for a year from a day on, with the factors it rests on.

    A day to come makes it planned, in the place of what was planned before.
    """

    yearly: Yearly
    factors: Factors
    outside_band: Line | None = None
    effective_on: Day


class CancelPlannedPay(Command):
    """Cancel planned pay; the current pay stays."""


class PutPayIntoEffect(Command):
    """Put planned pay into effect on its day."""


class PaySet(PrivateEvent):
    """A person is paid this from a day on."""

    person_id: Subject
    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None]
    effective_on: date


class PayPlanned(PrivateEvent):
    """A person is to be paid this from a day to come."""

    person_id: Subject
    planned: PlannedPay


class PlannedPayCancelled(PrivateEvent):
    """Planned pay was cancelled."""


PayCommand = SetPay | CancelPlannedPay | PutPayIntoEffect
PayEvent = PaySet | PayPlanned | PlannedPayCancelled


@dataclass(frozen=True)
class Band:
    """The band of the person's grade in a currency."""

    currency: Currency
    minimum: Decimal
    maximum: Decimal

    def holds(self, yearly: Money) -> bool:
        """Return whether this pay lies in it."""
        return self.minimum <= yearly.amount <= self.maximum


@dataclass(frozen=True)
class PayFacts(LineFacts):
    """``band`` is that of the person's grade in the currency of the pay; None where there is none."""

    band: Band | None = None


def decide(state: Pay | None, command: PayCommand, facts: PayFacts) -> Sequence[PayEvent]:
    match command:
        case SetPay():
            return set_pay(state, command, facts)
        case CancelPlannedPay():
            return cancel(existing(state))
        case PutPayIntoEffect():
            return put_into_effect(existing(state), facts)
        case _:
            assert_never(command)


def set_pay(state: Pay | None, command: SetPay, facts: PayFacts) -> Sequence[PayEvent]:
    """Pay is set in the order of its days; what is to come is planned."""
    check_employed(facts)
    check_band(command, facts)
    pay = pay_of(command, facts)
    if state is not None and state == evolve(state, pay):
        return []
    since = state.effective_on if state else None
    if since is not None and command.effective_on < since:
        raise Refused("dates-in-order", f"The pay is set from {since} on.", f"Give {since} or a later day.")
    return [pay]


def pay_of(command: SetPay, facts: PayFacts) -> PaySet | PayPlanned:
    """Return the pay in effect, or the planned one."""
    if command.effective_on > facts.today:
        return PayPlanned(person_id=person(facts), planned=PlannedPay(**vars(command)))
    return PaySet(person_id=person(facts), **vars(command))


def cancel(pay: Pay) -> Sequence[PayEvent]:
    """Only what is planned is cancelled."""
    return [PlannedPayCancelled()] if pay.planned else []


def put_into_effect(pay: Pay, facts: PayFacts) -> Sequence[PayEvent]:
    """On its day, for somebody who still works here."""
    planned = pay.planned
    if planned is None or facts.today < planned.effective_on:
        return []
    if not facts.employed:
        return [PlannedPayCancelled()]
    return [PaySet(person_id=pay.person_id, **vars(planned))]


def person(facts: PayFacts) -> UUID:
    """Return the person: pay has their id."""
    return facts.id


def check_band(command: SetPay, facts: PayFacts) -> None:
    """Pay lies in the band of the grade, or somebody says why it does not."""
    if facts.band is None or facts.band.holds(command.yearly):
        if command.outside_band is not None:
            raise Refused("within-band", "The pay is within the band, or there is no band.", "Leave the exception out.")
        return
    if command.outside_band is None:
        detail = f"The band of the grade goes from {facts.band.minimum} to {facts.band.maximum} {facts.band.currency}."
        raise Refused("outside-band", detail, "Stay within the band, or give the reason for an exception.")


def evolve(state: Pay | None, event: PayEvent) -> Pay:
    match event:
        case PaySet():
            planned = state.planned if state else None
            to_come = planned and planned.effective_on > event.effective_on
            return Pay(**vars(event), planned=planned if to_come else None)
        case PayPlanned(person_id=person_id, planned=planned):
            return (state or Pay(person_id=person_id)).but(planned=planned)
        case PlannedPayCancelled():
            return existing(state).but(planned=None)
        case _:
            assert_never(event)


def due(pay: Pay) -> Deadline | None:
    """Planned pay takes effect when its day begins."""
    return Deadline(day_begins(pay.planned.effective_on), PutPayIntoEffect()) if pay.planned else None


PAY = Decider(kind="pay", state=Pay, events=PayEvent, decide=decide, evolve=evolve, due=due)
