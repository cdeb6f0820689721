"""StaffingPolicy: the limits on staffing that are policy; there is one, with a fixed id."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, StrictBool

from chassis.domain.decider import Command, Decider, Facts, NotFound, PrivateEvent, Refused, State
from contracts.base import Value
from contracts.people import StaffingLimitsSet, StaffingPolicySet
from contracts.values import Amount, Currency, Grade, Line, Money
from services.people.organisation.domain.currencies import ISO_4217

POLICY_ID = UUID(int=0)
DEFAULT_YEARS = Decimal(10)
"""Years of IT management (LANGUAGE: Position; the source texts ask for ten)."""

Years = Annotated[Decimal, Field(ge=0, le=50, max_digits=4, decimal_places=2)]
"""Years of experience: 0 to 50, with at most two decimals."""

Months = Annotated[int, Field(ge=1, le=120)]
"""1 to 120 months."""

Days = Annotated[int, Field(ge=1, le=366)]
"""1 to 366 days."""

Notices = Annotated[tuple[Days, ...], Field(min_length=1, max_length=10)]
"""Days of notice before a date."""

NoticeDays = Annotated[int, Field(ge=0, le=366)]
"""0 to 366 days."""

Mentees = Annotated[int, Field(ge=1, le=50)]
"""1 to 50 mentees."""

Fewest = Annotated[int, Field(ge=1, le=100)]
"""1 to 100 records."""

Rate = Annotated[Amount, Field(gt=0)]
"""Units of the first currency for one unit of this one."""


class UsedCurrency(Value):
    """A currency (ISO 4217) that the company uses; ``rate`` is None where none is known."""

    currency: Currency
    rate: Rate | None = None


UsedCurrencies = Annotated[tuple[UsedCurrency, ...], Field(min_length=1, max_length=50)]
"""Currencies; the first is the one that rates convert to."""


class StaffingPolicy(State):
    """The policy as it stands; before anybody sets it, the defaults.

    ``stale_skill_months``: a skill assessed longer ago is stale. ``certificate_notice_days``: how many days before a
    certificate expires notice is given. The warnings' months: how long they stay live (Acas: six and twelve).
    ``appeal_days``: how long somebody may appeal after a disciplinary decision. ``hearing_notice_days`` lie between an
    allegation and its hearing: "a reasonable time to prepare" (Acas Code, 11). ``most_mentees``: active ones of one
    mentor; of more, none gets enough time. ``fewest_in_figures``: with fewer records a figure about persons is not
    shown. ``four_eyes``: nobody takes the step after their own, or judges what they reported or somebody above them;
    off where a company is too small for that. ``currencies``: those in use with their rates; none: all of ISO 4217.
    ``funding_required``: a vacancy is opened, a session enrolled in and a tool issued once finance promised the money.
    """

    it_management_years: Years = DEFAULT_YEARS
    stale_skill_months: Months = 24
    certificate_notice_days: Notices = (90, 30, 7)
    written_warning_months: Months = 6
    final_warning_months: Months = 12
    appeal_days: Days = 5
    hearing_notice_days: NoticeDays = 2
    most_mentees: Mentees = 5
    fewest_in_figures: Fewest = 5
    four_eyes: bool = True
    currencies: tuple[UsedCurrency, ...] = ()
    funding_required: bool = False

    def uses(self, currency: str) -> bool:
        """Return whether the company uses a currency."""
        return currency in ({each.currency for each in self.currencies} or ISO_4217)

    def converted(self, money: Money, currency: str) -> Money | None:
        """The same money in another currency; None where no rate is known."""
        rates = {each.currency: each.rate for each in self.currencies}
        rates |= {each.currency: Decimal(1) for each in self.currencies[:1]}
        have, want = rates.get(money.currency), rates.get(currency)
        if have is None or want is None:
            return None
        return Money(amount=(money.amount * have / want).quantize(CENT), currency=currency)


CENT = Decimal("0.01")


class SetSeniorExperience(Command):
    """Set the minimum years of IT management for senior manager and executive positions."""

    years: Years
    reason: Line


class SetStaffingLimits(Command):
    """Set the other limits of the policy: stale skills, notices before expiry, how long warnings live, appeals."""

    stale_skill_months: Months
    certificate_notice_days: Notices
    written_warning_months: Months
    final_warning_months: Months
    appeal_days: Days
    reason: Line


class SetProcedures(Command):
    """Set how long before a hearing the allegation is sent, how many mentees a mentor has, and what figures show.

    What is left out stays as it is.
    """

    hearing_notice_days: NoticeDays | None = None
    most_mentees: Mentees | None = None
    fewest_in_figures: Fewest | None = None
    reason: Line


class SwitchFourEyes(Command):
    """Switch the four-eyes principle off where the company is too small for it, or on again."""

    on: StrictBool
    reason: Line


class SwitchFunding(Command):
    """Switch on that finance is asked for the money of vacancies, training sessions and tools, or off again."""

    on: StrictBool
    reason: Line


class SetCurrencies(Command):
    """Set the currencies that the company uses, and the rates that convert them to the first one."""

    currencies: UsedCurrencies
    reason: Line


class ProceduresSet(PrivateEvent):
    """These settings hold from now on; None: as before."""

    hearing_notice_days: NoticeDays | None = None
    most_mentees: Mentees | None = None
    fewest_in_figures: Fewest | None = None
    reason: Line


class FourEyesSwitched(PrivateEvent):
    """The four-eyes principle holds, or does not, from now on."""

    on: bool
    reason: Line


class FundingSwitched(PrivateEvent):
    """Finance is asked for money, or is not, from now on."""

    on: bool
    reason: Line


class CurrenciesSet(PrivateEvent):
    """The company uses these currencies, at these rates."""

    currencies: UsedCurrencies
    reason: Line


StaffingPolicyCommand = (
    SetSeniorExperience | SetStaffingLimits | SetProcedures | SwitchFourEyes | SwitchFunding | SetCurrencies
)
StaffingPolicyEvent = (
    StaffingPolicySet | StaffingLimitsSet | ProceduresSet | FourEyesSwitched | FundingSwitched | CurrenciesSet
)


def demands_seniority(grade: Grade) -> bool:
    """Return whether positions of this grade fall under the policy: senior manager and above."""
    return grade.rank >= Grade.SENIOR_MANAGER.rank


SENIOR = tuple(grade for grade in Grade if demands_seniority(grade))


def decide(state: StaffingPolicy | None, command: StaffingPolicyCommand, facts: Facts) -> Sequence[StaffingPolicyEvent]:
    """The events of a command; there is no other policy than the one."""
    if facts.id != POLICY_ID:
        raise NotFound
    match command:
        case SetSeniorExperience(years=years, reason=reason):
            if state is not None and years == state.it_management_years:
                return []
            return [StaffingPolicySet(it_management_years=years, reason=reason)]
        case SetStaffingLimits():
            event = StaffingLimitsSet(**vars(command))
            return changing(state, event)
        case SetProcedures():
            return changing(state, ProceduresSet(**vars(command)))
        case SwitchFourEyes():
            return changing(state, FourEyesSwitched(**vars(command)))
        case SwitchFunding():
            return changing(state, FundingSwitched(**vars(command)))
        case SetCurrencies():
            check_currencies(command)
            return changing(state, CurrenciesSet(**vars(command)))
        case _:
            assert_never(command)


def changing(state: StaffingPolicy | None, event: StaffingPolicyEvent) -> Sequence[StaffingPolicyEvent]:
    """The event, unless it says what was set already; defaults may be set for the record."""
    return [] if state is not None and evolve(state, event) == state else [event]


def check_currencies(command: SetCurrencies) -> None:
    """Each currency is one of ISO 4217, named once; the first is what the others convert to."""
    codes = [each.currency for each in command.currencies]
    if unknown := sorted({*codes} - ISO_4217):
        raise Refused("currency-known", f"Not in ISO 4217: {', '.join(unknown)}.", "Give the codes of currencies.")
    if len({*codes}) < len(codes):
        raise Refused("currency-once", "A currency is named twice.", "Name each once.")
    if command.currencies[0].rate not in (None, Decimal(1)):
        raise Refused("first-rate-is-one", "Rates convert to the first currency.", "Leave its own rate out.")


def check_used(policy: StaffingPolicy, currency: str) -> None:
    """Amounts are in a currency that the company uses."""
    if policy.uses(currency):
        return
    named = ", ".join(each.currency for each in policy.currencies)
    detail = f"The company does not use {currency}." if named else f"{currency} is not a currency of ISO 4217."
    raise Refused("currency-used", detail, f"Use one of {named}." if named else "Use its code in ISO 4217.")


def evolve(state: StaffingPolicy | None, event: StaffingPolicyEvent) -> StaffingPolicy:
    policy = state or StaffingPolicy()
    match event:
        case StaffingPolicySet(it_management_years=years):
            return policy.but(it_management_years=years)
        case StaffingLimitsSet() | CurrenciesSet():
            return policy.but(**{name: value for name, value in vars(event).items() if name != "reason"})
        case ProceduresSet():
            given = {name: value for name, value in vars(event).items() if name != "reason" and value is not None}
            return policy.but(**given)
        case FourEyesSwitched(on=on):
            return policy.but(four_eyes=on)
        case FundingSwitched(on=on):
            return policy.but(funding_required=on)
        case _:
            assert_never(event)


STAFFING_POLICY = Decider(
    kind="staffing-policy", state=StaffingPolicy, events=StaffingPolicyEvent, decide=decide, evolve=evolve
)
