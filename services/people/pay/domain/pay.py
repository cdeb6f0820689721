"""Pay: what a person is paid a year, and the factors it was set by; for the person, the line above and HR only.

Changes for days to come are planned, and each takes effect on its day. What was recorded wrongly is corrected."""

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
from services.people.organisation.domain.line import LineFacts, check_employed
from services.people.organisation.domain.staffing_policy import StaffingPolicy, check_used


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

    ``planned`` are the changes to come, the next first; where there was no pay before them, ``yearly`` and
    ``effective_on`` are None. ``before_on`` is the day from which the pay before this one held.
    """

    person_id: Subject
    yearly: Personal[Money | None] = None
    factors: tuple[Weighed, ...] = ()
    outside_band: Personal[Line | None] = None
    effective_on: date | None = None
    before_on: date | None = None
    planned: tuple[PlannedPay, ...] = ()


class SetPay(Command):
    """Set a person's pay for a year from a day on, with the factors it rests on.

    A day to come makes it planned, beside what is planned for other days.
    """

    yearly: Yearly
    factors: Factors
    outside_band: Line | None = None
    effective_on: Day


class CorrectPay(Command):
    """Correct the current pay where it was recorded wrongly: what it is, from which day on, and why."""

    yearly: Yearly
    factors: Factors
    outside_band: Line | None = None
    effective_on: Day
    reason: Personal[Line]


class SetOfferedPay(Command):
    """Set the pay that somebody was offered, as they are hired; it was checked when it was offered."""

    yearly: Yearly
    factors: Factors
    outside_band: Line | None = None
    effective_on: Day


class CancelPlannedPay(Command):
    """Cancel what is planned for a day, or all that is planned; the current pay stays."""

    effective_on: Day | None = None


class PutPayIntoEffect(Command):
    """Put planned pay into effect on its day."""


class PaySet(PrivateEvent):
    """A person is paid this from a day on."""

    person_id: Subject
    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None]
    effective_on: date


class PayCorrected(PrivateEvent):
    """The current pay was recorded wrongly; this is what it is, from a day on."""

    person_id: Subject
    yearly: Personal[Money | None]
    factors: Factors
    outside_band: Personal[Line | None]
    effective_on: date
    reason: Personal[Line]


class PayPlanned(PrivateEvent):
    """A person is to be paid this from a day to come; ``beside`` what was planned before, else in its place."""

    person_id: Subject
    planned: PlannedPay
    beside: bool = False


class PlannedPayCancelled(PrivateEvent):
    """What was planned for a day was cancelled; None: all that was planned."""

    effective_on: date | None = None


PayCommand = SetPay | SetOfferedPay | CorrectPay | CancelPlannedPay | PutPayIntoEffect
PayEvent = PaySet | PayCorrected | PayPlanned | PlannedPayCancelled

MOST_PLANNED = 12


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
    """``bands`` are those of the person's grade, each in another currency; ``reads_bands``: whether the actor may.

    ``hired_on``: the first day of the person's employment. ``policy`` has the currencies in use, with their rates.
    """

    bands: Sequence[Band] = ()
    reads_bands: bool = False
    hired_on: date | None = None
    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


def decide(state: Pay | None, command: PayCommand, facts: PayFacts) -> Sequence[PayEvent]:
    match command:
        case SetPay():
            return set_pay(state, command, facts)
        case SetOfferedPay():
            check_order(state, command)
            return [PaySet(person_id=person(facts), **vars(command))]
        case CorrectPay():
            return correct(existing(state), command, facts)
        case CancelPlannedPay():
            return cancel(existing(state), command)
        case PutPayIntoEffect():
            return put_into_effect(existing(state), facts)
        case _:
            assert_never(command)


def set_pay(state: Pay | None, command: SetPay, facts: PayFacts) -> Sequence[PayEvent]:
    """Pay is set in the order of its days; what is to come is planned, one change for a day."""
    check_employed(facts)
    check_pay(command, facts)
    pay = pay_of(command, facts)
    repeated = isinstance(pay, PayPlanned) and state is not None and pay.planned in state.planned
    if repeated or (state is not None and state == evolve(state, pay)):
        return []
    check_order(state, command)
    if state is not None and isinstance(pay, PayPlanned):
        check_plan(state, command)
    return [pay]


def check_order(pay: Pay | None, command: SetPay | SetOfferedPay) -> None:
    """Pay is set in the order of its days."""
    since = pay.effective_on if pay else None
    if since is not None and command.effective_on < since:
        remedy = f"Give {since} or a later day, or correct the pay."
        raise Refused("dates-in-order", f"The pay is set from {since} on.", remedy)


def check_plan(pay: Pay, command: SetPay) -> None:
    """Two changes do not begin on one day, and there are not too many."""
    if any(each.effective_on == command.effective_on for each in pay.planned):
        detail = f"A change is planned for {command.effective_on} already."
        raise Refused("one-change-on-a-day", detail, "Cancel that one first, or choose another day.")
    if len(pay.planned) >= MOST_PLANNED:
        detail = f"There are {MOST_PLANNED} planned changes already."
        raise Refused("planned-pay-bounded", detail, "Cancel one first.")


def correct(pay: Pay, command: CorrectPay, facts: PayFacts) -> Sequence[PayEvent]:
    """The current pay is corrected within its time: after the pay before it, and not in the future."""
    corrected = PayCorrected(person_id=person(facts), **vars(command))
    if pay == evolve(pay, corrected):
        return []
    if pay.effective_on is None:
        raise Refused("pay-in-effect", "No pay is in effect.", "Cancel what is planned, and set it again.")
    check_pay(command, facts)
    if command.effective_on > facts.today:
        raise Refused("not-in-the-future", f"{command.effective_on} is in the future.", "Give today or an earlier day.")
    if pay.before_on is not None and command.effective_on <= pay.before_on:
        detail = f"The pay before this one holds from {pay.before_on} on."
        raise Refused("dates-in-order", detail, "Give a later day.")
    return [corrected]


def pay_of(command: SetPay, facts: PayFacts) -> PaySet | PayPlanned:
    """Return the pay in effect, or the planned one."""
    if command.effective_on > facts.today:
        return PayPlanned(person_id=person(facts), planned=PlannedPay(**vars(command)), beside=True)
    return PaySet(person_id=person(facts), **vars(command))


def cancel(pay: Pay, command: CancelPlannedPay) -> Sequence[PayEvent]:
    """Only what is planned is cancelled."""
    days = {each.effective_on for each in pay.planned}
    planned = bool(days) if command.effective_on is None else command.effective_on in days
    return [PlannedPayCancelled(effective_on=command.effective_on)] if planned else []


def put_into_effect(pay: Pay, facts: PayFacts) -> Sequence[PayEvent]:
    """On its day, for somebody who still works here."""
    come = [each for each in pay.planned if each.effective_on <= facts.today]
    if not come:
        return []
    if not facts.employed:
        return [PlannedPayCancelled()]
    return [PaySet(person_id=pay.person_id, **vars(each)) for each in come]


def person(facts: PayFacts) -> UUID:
    """Return the person: pay has their id."""
    return facts.id


def check_pay(command: SetPay | CorrectPay, facts: PayFacts) -> None:
    """Pay is above zero, in a currency in use, within the employment, and within the band or with a reason."""
    if command.yearly.amount <= 0:
        raise Refused("pay-above-zero", "Pay is above zero.", "Give the amount for a year.")
    check_used(facts.policy, command.yearly.currency)
    if facts.hired_on is not None and command.effective_on < facts.hired_on:
        detail = f"The person was hired on {facts.hired_on}."
        raise Refused("within-employment", detail, f"Give {facts.hired_on} or a later day.")
    check_band(command, facts)


def check_band(command: SetPay | CorrectPay, facts: PayFacts) -> None:
    """Pay lies in the band of the grade, or somebody says why it does not, or why nobody can tell."""
    found = in_band(command.yearly, facts)
    if found is None and facts.bands:
        if command.outside_band is None:
            detail = f"No rate is known from {command.yearly.currency} to the currency of the grade's band."
            remedy = "Have the rate set, pay in the band's currency, or give the reason."
            raise Refused("band-not-comparable", detail, remedy)
        return
    if found is not False:
        if command.outside_band is not None:
            raise Refused("within-band", "The pay is within the band, or there is no band.", "Leave the exception out.")
        return
    if command.outside_band is None:
        told = " and ".join(f"from {each.minimum} to {each.maximum} {each.currency}" for each in facts.bands)
        detail = (
            f"The band of the grade goes {told}." if facts.reads_bands else "The pay lies outside the grade's band."
        )
        raise Refused("outside-band", detail, "Stay within the band, or give the reason for an exception.")


def in_band(yearly: Money, facts: PayFacts) -> bool | None:
    """Return whether pay lies in the band of its currency, or converted in another; None where none is comparable."""
    for band in sorted(facts.bands, key=lambda each: (each.currency != yearly.currency, each.currency)):
        same = yearly if band.currency == yearly.currency else facts.policy.converted(yearly, band.currency)
        if same is not None:
            return band.holds(same)
    return None


def evolve(state: Pay | None, event: PayEvent) -> Pay:
    match event:
        case PaySet():
            planned = state.planned if state else ()
            to_come = tuple(each for each in planned if each.effective_on > event.effective_on)
            return Pay(**vars(event), before_on=day_before(state, event.effective_on), planned=to_come)
        case PayCorrected():
            told = {name: value for name, value in vars(event).items() if name != "reason"}
            return existing(state).but(**told)
        case PayPlanned(person_id=person_id, planned=planned, beside=beside):
            pay = state or Pay(person_id=person_id)
            others = pay.planned if beside else ()
            return pay.but(planned=tuple(sorted((*others, planned), key=lambda each: each.effective_on)))
        case PlannedPayCancelled(effective_on=on):
            pay = existing(state)
            return pay.but(planned=tuple(each for each in pay.planned if on is not None and each.effective_on != on))
        case _:
            assert_never(event)


def day_before(pay: Pay | None, on: date) -> date | None:
    """The day from which the pay held that one from this day on follows; None where it is the first."""
    if pay is None or pay.effective_on is None:
        return None
    return pay.effective_on if pay.effective_on < on else pay.before_on


def due(pay: Pay) -> Deadline | None:
    """The next planned pay takes effect when its day begins."""
    return Deadline.on(pay.planned[0].effective_on, PutPayIntoEffect()) if pay.planned else None


PAY = Decider(kind="pay", state=Pay, events=PayEvent, decide=decide, evolve=evolve, due=due)
