"""Pay: what a person is paid a year, and the factors it was set by; for the person, the line above and HR only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.decider import Command, Decider, PrivateEvent, Refused, State
from contracts.base import Value
from contracts.values import Currency, Day, Line, Money, Personal, Subject
from services.people.domain.line import LineFacts, check_another, check_employed


class PayFactor(StrEnum):
    """What a salary depends on (LANGUAGE: Education, pay, succession)."""

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


class Pay(State):
    """A person's pay as it stands; ``outside_band`` says why, where it lies outside the band of their grade."""

    person_id: Subject
    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None] = None
    effective_on: date


class SetPay(Command):
    """Set a person's pay for a year from a day on, with the factors it rests on."""

    yearly: Yearly
    factors: Factors
    outside_band: Line | None = None
    effective_on: Day


class PaySet(PrivateEvent):
    """A person is paid this from a day on."""

    person_id: Subject
    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None]
    effective_on: date


@dataclass(frozen=True)
class Band:
    """The band of the person's grade in a currency."""

    currency: Currency
    minimum: Decimal
    maximum: Decimal

    def holds(self, yearly: Money) -> bool:
        """Whether this pay lies in it."""
        return self.minimum <= yearly.amount <= self.maximum


@dataclass(frozen=True)
class PayFacts(LineFacts):
    """``band`` is that of the person's grade in the currency of the pay; None where there is none."""

    band: Band | None = None


def decide(state: Pay | None, command: SetPay, facts: PayFacts) -> Sequence[PaySet]:
    """The events of a command, or ``Refused``."""
    check_employed(facts)
    check_another(facts, "sets their own pay")
    check_band(command, facts)
    pay = PaySet(person_id=person(facts), **vars(command))
    if state is None:
        return [pay]
    if state == evolve(state, pay):
        return []
    if command.effective_on < state.effective_on:
        late = f"The pay was set from {state.effective_on} on."
        raise Refused("dates-in-order", late, f"Give {state.effective_on} or a later day.")
    return [pay]


def person(facts: PayFacts) -> UUID:
    """Whose pay it is: pay has the id of its person."""
    return facts.id


def check_band(command: SetPay, facts: PayFacts) -> None:
    """Pay lies in the band of the grade, or somebody says why it does not."""
    if facts.band is None or facts.band.holds(command.yearly):
        if command.outside_band is not None:
            raise Refused("within-band", "The pay lies within the band, or there is none.", "Leave the exception out.")
        return
    if command.outside_band is None:
        band = f"The band of the grade goes from {facts.band.minimum} to {facts.band.maximum} {facts.band.currency}."
        raise Refused("outside-band", band, "Stay within the band, or say why not.")


def evolve(state: Pay | None, event: PaySet) -> Pay:
    """The state after an event."""
    return Pay(**vars(event))


PAY = Decider(kind="pay", state=Pay, events=PaySet, decide=decide, evolve=evolve)
