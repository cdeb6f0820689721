"""PayBand: what a grade is paid at least and at most, in a currency; known to those who set pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import model_validator

from chassis.domain.decider import Command, Decider, Facts, PrivateEvent, Refused, State, existing, new
from contracts.values import Amount, Currency, Day, Grade, Line
from services.people.organisation.domain.staffing_policy import StaffingPolicy, check_used


class PayBand(State):
    """A year's pay of a grade, from ``minimum`` to ``maximum`` whole units of the currency."""

    grade: Grade
    currency: Currency
    minimum: Amount
    maximum: Amount
    effective_on: date
    withdrawn: bool = False


class SetPayBand(Command):
    """Set a grade's minimum and maximum yearly pay, from a day on."""

    grade: Grade
    currency: Currency
    minimum: Amount
    maximum: Amount
    effective_on: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 < self.minimum <= self.maximum:
            raise ValueError("a band goes from a minimum above zero to a maximum that is not below it")
        return self


class WithdrawPayBand(Command):
    """Withdraw an obsolete band; nobody's pay changes."""

    reason: Line


class PayBandSet(PrivateEvent):
    """The band holds from a day on."""

    grade: Grade
    currency: Currency
    minimum: Amount
    maximum: Amount
    effective_on: date


class PayBandWithdrawn(PrivateEvent):
    """The band holds no longer."""

    reason: Line


PayBandCommand = SetPayBand | WithdrawPayBand
PayBandEvent = PayBandSet | PayBandWithdrawn


@dataclass(frozen=True)
class BandFacts(Facts):
    """``policy`` has the currencies in use."""

    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


def decide(state: PayBand | None, command: PayBandCommand, facts: BandFacts) -> Sequence[PayBandEvent]:
    if isinstance(command, WithdrawPayBand):
        return [] if existing(state).withdrawn else [PayBandWithdrawn(reason=command.reason)]
    band = PayBandSet(**vars(command))
    check_used(facts.policy, command.currency)
    if state is None:
        check_not_future(command, facts)
        return [band]
    if state.withdrawn:
        raise Refused("band-withdrawn", "The band was withdrawn.", "Set a band under another id.")
    if state == evolve(state, band):
        return []
    if (state.grade, state.currency) != (command.grade, command.currency):
        new(state, "pay band")
    check_not_future(command, facts)
    if command.effective_on < state.effective_on:
        detail = f"The band was set from {state.effective_on} on."
        raise Refused("dates-in-order", detail, f"Give {state.effective_on} or a later day.")
    return [band]


def check_not_future(command: SetPayBand, facts: Facts) -> None:
    """A band holds at once."""
    if command.effective_on > facts.today:
        raise Refused("not-in-the-future", f"{command.effective_on} is in the future.", "Set the band on the day.")


def evolve(state: PayBand | None, event: PayBandEvent) -> PayBand:
    match event:
        case PayBandSet():
            return PayBand(**vars(event))
        case PayBandWithdrawn():
            return existing(state).but(withdrawn=True)


PAY_BAND = Decider(kind="pay-band", state=PayBand, events=PayBandEvent, decide=decide, evolve=evolve)
