"""PayBand: what a grade is paid at least and at most, in a currency; known to those who set pay.

A band for a day to come is planned, and takes effect on its day. What was recorded wrongly is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self, assert_never

from pydantic import model_validator

from chassis.domain.decider import Command, Deadline, Decider, Facts, PrivateEvent, Refused, State, existing, new
from contracts.base import Value
from contracts.values import Amount, Currency, Day, Grade, Line
from services.people.organisation.domain.staffing_policy import StaffingPolicy, check_used


class PlannedBand(Value):
    """The band from a day to come on."""

    minimum: Amount
    maximum: Amount
    effective_on: date


class PayBand(State):
    """A year's pay of a grade, from ``minimum`` to ``maximum`` whole units of the currency.

    ``before_on``: the day from which the band before held; None where this is the first. ``planned``: by their days.
    """

    grade: Grade
    currency: Currency
    minimum: Amount
    maximum: Amount
    effective_on: date
    before_on: date | None = None
    planned: tuple[PlannedBand, ...] = ()
    withdrawn: bool = False

    def on(self, day: date) -> tuple[Amount, Amount]:
        """The minimum and the maximum on a day, today or to come."""
        begun = [each for each in self.planned if each.effective_on <= day]
        return (begun[-1].minimum, begun[-1].maximum) if begun else (self.minimum, self.maximum)


def check_ordered(minimum: Amount, maximum: Amount) -> None:
    """A band is not empty."""
    if not 0 < minimum <= maximum:
        raise ValueError("a band goes from a minimum above zero to a maximum that is not below it")


class SetPayBand(Command):
    """Set a grade's minimum and maximum yearly pay, from a day on; a day to come makes it planned."""

    grade: Grade
    currency: Currency
    minimum: Amount
    maximum: Amount
    effective_on: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_ordered(self.minimum, self.maximum)
        return self


class CorrectPayBand(Command):
    """Correct the present band where it was recorded wrongly: what it is, from which day on, and why."""

    minimum: Amount
    maximum: Amount
    effective_on: Day
    reason: Line

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_ordered(self.minimum, self.maximum)
        return self


class CancelPlannedBand(Command):
    """Cancel the band planned for a day; the one before goes on."""

    effective_on: Day


class PutBandIntoEffect(Command):
    """Put a planned band into effect on its day."""


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


class PayBandPlanned(PrivateEvent):
    """The band is to hold from a day to come on."""

    planned: PlannedBand


class PlannedBandCancelled(PrivateEvent):
    """The band planned for a day does not come."""

    planned_for: date


class PayBandCorrected(PrivateEvent):
    """The present band was recorded wrongly; this is what it is, from a day on."""

    minimum: Amount
    maximum: Amount
    effective_on: date
    reason: Line


class PayBandWithdrawn(PrivateEvent):
    """The band holds no longer."""

    reason: Line


PayBandCommand = SetPayBand | CorrectPayBand | CancelPlannedBand | PutBandIntoEffect | WithdrawPayBand
PayBandEvent = PayBandSet | PayBandPlanned | PlannedBandCancelled | PayBandCorrected | PayBandWithdrawn
MOST_PLANNED = 12


@dataclass(frozen=True)
class BandFacts(Facts):
    """``policy`` has the currencies in use."""

    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


def decide(state: PayBand | None, command: PayBandCommand, facts: BandFacts) -> Sequence[PayBandEvent]:
    if isinstance(command, SetPayBand):
        check_used(facts.policy, command.currency)
        return set_first(command, facts) if state is None else set_again(state, command, facts)
    band = existing(state)
    match command:
        case WithdrawPayBand(reason=reason):
            return [] if band.withdrawn else [PayBandWithdrawn(reason=reason)]
        case CorrectPayBand():
            return correct(band, command, facts)
        case CancelPlannedBand(effective_on=day):
            planned = any(each.effective_on == day for each in band.planned)
            return [PlannedBandCancelled(planned_for=day)] if planned else []
        case PutBandIntoEffect():
            come = [each for each in band.planned if each.effective_on <= facts.today]
            return [PayBandSet(grade=band.grade, currency=band.currency, **vars(each)) for each in come]
        case _:
            assert_never(command)


def set_first(command: SetPayBand, facts: BandFacts) -> Sequence[PayBandEvent]:
    """The first band of a grade in a currency holds at once."""
    check_not_future(command.effective_on, facts)
    return [PayBandSet(**vars(command))]


def set_again(band: PayBand, command: SetPayBand, facts: BandFacts) -> Sequence[PayBandEvent]:
    """A band is set in the order of its days; for a day to come it is planned."""
    check_live(band)
    if (band.grade, band.currency) != (command.grade, command.currency):
        new(band, "pay band")
    if command.effective_on > facts.today:
        return plan(band, command)
    told = PayBandSet(**vars(command))
    if band == band.but(**vars(told)):
        return []
    if command.effective_on < band.effective_on:
        detail = f"The band was set from {band.effective_on} on."
        raise Refused("dates-in-order", detail, f"Give {band.effective_on} or a later day, or correct the band.")
    return [told]


def plan(band: PayBand, command: SetPayBand) -> Sequence[PayBandPlanned]:
    """Two bands do not begin on one day, and there are not too many."""
    planned = PlannedBand(minimum=command.minimum, maximum=command.maximum, effective_on=command.effective_on)
    if planned in band.planned:
        return []
    if any(each.effective_on == command.effective_on for each in band.planned):
        detail = f"A band is planned for {command.effective_on} already."
        raise Refused("one-change-on-a-day", detail, "Cancel that one first, or choose another day.")
    if len(band.planned) >= MOST_PLANNED:
        detail = f"There are {MOST_PLANNED} planned bands already."
        raise Refused("planned-bands-bounded", detail, "Cancel one first.")
    return [PayBandPlanned(planned=planned)]


def correct(band: PayBand, command: CorrectPayBand, facts: BandFacts) -> Sequence[PayBandCorrected]:
    """The present band is corrected within its time: after the band before it, and not in the future."""
    corrected = PayBandCorrected(**vars(command))
    if band == evolve(band, corrected):
        return []
    check_live(band)
    check_not_future(command.effective_on, facts)
    if band.before_on is not None and command.effective_on <= band.before_on:
        detail = f"The band before this one holds from {band.before_on} on."
        raise Refused("dates-in-order", detail, "Give a later day.")
    return [corrected]


def check_live(band: PayBand) -> None:
    """A withdrawn band stays withdrawn."""
    if band.withdrawn:
        raise Refused("band-withdrawn", "The band was withdrawn.", "Set a band under another id.")


def check_not_future(day: date, facts: Facts) -> None:
    """What holds already does not begin on a day to come."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"{day} is in the future.", "Set the band on the day.")


def evolve(state: PayBand | None, event: PayBandEvent) -> PayBand:
    if isinstance(event, PayBandSet):
        planned = state.planned if state else ()
        to_come = tuple(each for each in planned if each.effective_on > event.effective_on)
        return PayBand(**vars(event), before_on=day_before(state, event.effective_on), planned=to_come)
    band = existing(state)
    match event:
        case PayBandPlanned(planned=further):
            by_day = sorted((*band.planned, further), key=lambda each: each.effective_on)
            return band.but(planned=tuple(by_day))
        case PlannedBandCancelled(planned_for=day):
            return band.but(planned=tuple(each for each in band.planned if each.effective_on != day))
        case PayBandCorrected(minimum=minimum, maximum=maximum, effective_on=on):
            return band.but(minimum=minimum, maximum=maximum, effective_on=on)
        case PayBandWithdrawn():
            return band.but(withdrawn=True, planned=())
        case _:
            assert_never(event)


def day_before(band: PayBand | None, on: date) -> date | None:
    """The day from which the band held that one from this day on follows; None where it is the first."""
    if band is None:
        return None
    return band.effective_on if band.effective_on < on else band.before_on


def due(band: PayBand) -> Deadline | None:
    """The next planned band takes effect when its day begins."""
    return Deadline.on(band.planned[0].effective_on, PutBandIntoEffect()) if band.planned else None


PAY_BAND = Decider(kind="pay-band", state=PayBand, events=PayBandEvent, decide=decide, evolve=evolve, due=due)
