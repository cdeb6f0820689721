"""SavingsMeasure: what a division is to spend less, from a frozen baseline, and what finance found was saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.decider import Command, Deadline, Decider, Refused, State, existing, new
from contracts.finance import savings
from contracts.values import Day, Line, Money, Name
from services.finance.budgets.domain.money import shown
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.organisation.domain.known import DivisionFacts, check_division, check_works_here


class SavingsStatus(StrEnum):
    """Identified, validated by finance, committed; then realised or missed, which finance may revise."""

    IDENTIFIED = "identified"
    VALIDATED = "validated"
    COMMITTED = "committed"
    REALISED = "realised"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


OPEN = (SavingsStatus.IDENTIFIED, SavingsStatus.VALIDATED, SavingsStatus.COMMITTED)
JUDGED = (SavingsStatus.REALISED, SavingsStatus.MISSED)


class SavingsVerdict(State):
    """What finance found for a day; ``realised`` is None where nothing was saved."""

    realised: Money | None
    because: Line
    found_on: date


class LoweringTransfer(State):
    """The transfer by which a cashable saving left a budget."""

    budget_id: UUID
    transfer_id: UUID
    amount: Money


class SavingsMeasure(State):
    """A measure as it stands, its amounts in one currency; ``first`` is finance's first verdict.

    ``verdict_due``: its day has come while there was no verdict. ``transfer`` refers to what lowered a budget.
    """

    name: Name
    kind: savings.SavingsKind
    division_id: UUID
    owner_id: UUID
    baseline: Money
    expected: Money
    due_on: date
    status: SavingsStatus = SavingsStatus.IDENTIFIED
    verdict_due: bool = False
    verdict: SavingsVerdict | None = None
    first: SavingsVerdict | None = None
    transfer: LoweringTransfer | None = None


PositiveMoney = Annotated[ExactMoney, Field(examples=[{"amount": "1200.00", "currency": "EUR"}])]


class Described(Command):
    """The description of a measure: more than the baseline is not saved, and both are in one currency."""

    name: Name
    kind: savings.SavingsKind
    baseline: PositiveMoney
    expected: PositiveMoney
    due_on: Day

    @field_validator("baseline")
    @classmethod
    def _above_zero(cls, baseline: Money) -> Money:
        return above_zero(baseline)

    @field_validator("expected")
    @classmethod
    def _within(cls, expected: Money, info: ValidationInfo) -> Money:
        baseline = info.data.get("baseline")
        if baseline is not None:
            within_baseline(expected, baseline)
        return above_zero(expected)


def above_zero(amount: Money) -> Money:
    if amount.amount <= 0:
        raise ValueError("the amount is above 0")
    return amount


def within_baseline(expected: Money, baseline: Money) -> None:
    if expected.currency != baseline.currency:
        raise ValueError(f"the amounts of a measure are in one currency, {baseline.currency}")
    if expected.amount > baseline.amount:
        raise ValueError("no more is saved than the baseline")


class IdentifySavingsMeasure(Described):
    """Say what a division could spend less: the baseline, how much of it is expected to go, until when."""

    division_id: UUID
    owner_id: UUID


class ReviseSavingsMeasure(Described):
    """Describe a measure again that finance has not validated yet."""


class ValidateSavingsMeasure(Command):
    """Find kind and amounts sound, with the evidence; the baseline is frozen."""

    evidence: Line


class ReplanSavingsMeasure(Command):
    """Expect another amount of a valid measure, or by another day."""

    expected: PositiveMoney
    due_on: Day
    reason: Line


class CommitSavingsMeasure(Command):
    """Undertake to carry the measure out."""


class FallDue(Command):
    """Record that the day of the measure has come."""


class NameSavingsOwner(Command):
    """Name another person who answers for the measure."""

    owner_id: UUID
    reason: Line


class RealiseSavings(Command):
    """Confirm what was saved, with the evidence. A verdict may be revised; the first one stays."""

    realised: PositiveMoney
    evidence: Line
    found_on: Day

    @field_validator("realised")
    @classmethod
    def _above_zero(cls, realised: Money) -> Money:
        return above_zero(realised)


class MissSavings(Command):
    """Find that nothing was saved, with the reason. A verdict may be revised; the first one stays."""

    reason: Line
    found_on: Day


class RecordSavingsTransfer(Command):
    """Refer to the transfer by which a cashable saving lowered a budget."""

    budget_id: UUID
    transfer_id: UUID


class WithdrawSavingsMeasure(Command):
    """Expect nothing of the measure any more, before finance has a verdict."""

    reason: Line


VerdictCommand = RealiseSavings | MissSavings
SavingsCommand = (
    IdentifySavingsMeasure
    | ReviseSavingsMeasure
    | ValidateSavingsMeasure
    | ReplanSavingsMeasure
    | CommitSavingsMeasure
    | FallDue
    | NameSavingsOwner
    | VerdictCommand
    | RecordSavingsTransfer
    | WithdrawSavingsMeasure
)
VerdictEvent = savings.SavingsRealised | savings.SavingsMissed
SavingsEvent = (
    savings.SavingsMeasureIdentified
    | savings.SavingsMeasureRevised
    | savings.SavingsMeasureValidated
    | savings.SavingsMeasureReplanned
    | savings.SavingsMeasureCommitted
    | savings.SavingsMeasureDue
    | savings.SavingsOwnerNamed
    | VerdictEvent
    | savings.SavingsTransferRecorded
    | savings.SavingsMeasureWithdrawn
)
Events = Sequence[SavingsEvent]


@dataclass(frozen=True)
class SavingsFacts(DivisionFacts):
    """``owner_works_here``: the person whom the command names, None where they are unknown.

    ``moved``: what the named transfer changed of the named budget, None where it has no such transfer.
    """

    owner_works_here: bool | None = None
    moved: Money | None = None


def decide(state: SavingsMeasure | None, command: SavingsCommand, facts: SavingsFacts) -> Events:
    if isinstance(command, IdentifySavingsMeasure):
        return identify(state, command, facts)
    measure = existing(state)
    match command:
        case ReviseSavingsMeasure():
            return revise(measure, command, facts)
        case ValidateSavingsMeasure(evidence=evidence):
            return validate(measure, evidence)
        case ReplanSavingsMeasure():
            return replan(measure, command, facts)
        case CommitSavingsMeasure():
            return commit(measure)
        case FallDue():
            return fall_due(measure, facts)
        case NameSavingsOwner():
            return name_owner(measure, command, facts)
        case RealiseSavings() | MissSavings():
            return judge(measure, command, facts)
        case RecordSavingsTransfer():
            return record_transfer(measure, command, facts)
        case WithdrawSavingsMeasure(reason=reason):
            return withdraw(measure, reason)
        case _:
            assert_never(command)


def identify(state: SavingsMeasure | None, command: IdentifySavingsMeasure, facts: SavingsFacts) -> Events:
    """A measure is of an open division, has an owner who works here, and lies ahead."""
    identified = savings.SavingsMeasureIdentified(**vars(command))
    if state is not None and state == evolve(None, identified):
        return []
    new(state, "savings measure")
    check_division(facts.division)
    check_works_here(facts.owner_works_here)
    check_ahead(command.due_on, facts)
    return [identified]


def check_ahead(day: date, facts: SavingsFacts) -> None:
    if day < facts.today:
        raise Refused("savings-lie-ahead", f"It is {facts.today} today.", "Name today or a later day.")


def revise(measure: SavingsMeasure, command: ReviseSavingsMeasure, facts: SavingsFacts) -> Events:
    """Once finance validated the measure, its baseline is frozen, and with it what it was compared to."""
    revised = savings.SavingsMeasureRevised(**vars(command))
    if measure == measure.but(**vars(revised)):
        return []
    if measure.status is not SavingsStatus.IDENTIFIED:
        raise Refused(
            "baseline-frozen",
            f"The measure is {measure.status}; its baseline of {shown(measure.baseline)} is frozen.",
            "Ask finance to plan another amount or day, or withdraw it and identify another.",
        )
    check_ahead(command.due_on, facts)
    return [revised]


def validate(measure: SavingsMeasure, evidence: Line) -> Events:
    """Finance validates it once."""
    if measure.status in (SavingsStatus.VALIDATED, SavingsStatus.COMMITTED):
        return []
    require(measure, SavingsStatus.IDENTIFIED)
    return [savings.SavingsMeasureValidated(baseline=measure.baseline, evidence=evidence)]


def require(measure: SavingsMeasure, *allowed: SavingsStatus) -> None:
    """A measure goes identified -> validated -> committed -> realised or missed."""
    if measure.status not in allowed:
        expected = " or ".join(allowed)
        detail = f"The measure is {measure.status}; only one that is {expected} can do this."
        raise Refused("savings-in-order", detail, "Take its steps in order: validate, commit, then judge it.")


def replan(measure: SavingsMeasure, command: ReplanSavingsMeasure, facts: SavingsFacts) -> Events:
    """The frozen baseline bounds what may be expected."""
    if (command.expected, command.due_on) == (measure.expected, measure.due_on):
        return []
    require(measure, SavingsStatus.VALIDATED, SavingsStatus.COMMITTED)
    check_saving(measure, command.expected)
    check_ahead(command.due_on, facts)
    return [savings.SavingsMeasureReplanned(**vars(command))]


def check_saving(measure: SavingsMeasure, amount: Money) -> None:
    """What is saved is in the currency of the baseline, above 0 and no more than it."""
    if amount.currency != measure.baseline.currency:
        detail = f"The measure is in {measure.baseline.currency}."
        raise Refused("currency-differs", detail, f"State the amount in {measure.baseline.currency}.")
    if not 0 < amount.amount <= measure.baseline.amount:
        detail = f"{shown(amount)} is not within the baseline of {shown(measure.baseline)}."
        raise Refused("within-baseline", detail, "State more than 0 and at most the baseline.")


def commit(measure: SavingsMeasure) -> Events:
    """Only what finance validated is undertaken."""
    if measure.status is SavingsStatus.COMMITTED:
        return []
    require(measure, SavingsStatus.VALIDATED)
    return [savings.SavingsMeasureCommitted(expected=measure.expected, due_on=measure.due_on)]


def fall_due(measure: SavingsMeasure, facts: SavingsFacts) -> Events:
    """Its day has come without a verdict."""
    if measure.verdict_due or measure.status not in OPEN or measure.due_on > facts.today:
        return []
    return [savings.SavingsMeasureDue(due_on=measure.due_on)]


def name_owner(measure: SavingsMeasure, command: NameSavingsOwner, facts: SavingsFacts) -> Events:
    """Somebody else who works here."""
    if command.owner_id == measure.owner_id:
        return []
    require(measure, *OPEN)
    check_works_here(facts.owner_works_here)
    return [savings.SavingsOwnerNamed(**vars(command))]


def judge(measure: SavingsMeasure, command: VerdictCommand, facts: SavingsFacts) -> Events:
    """A verdict is on what was committed, of a day that has come, and not of one before the verdict it revises."""
    before = measure.verdict
    event = found(before, command)
    if verdict_of(event) == before:
        return []
    require(measure, SavingsStatus.COMMITTED, *JUDGED)
    if isinstance(command, RealiseSavings):
        check_saving(measure, command.realised)
    if command.found_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
    if before is not None and command.found_on < before.found_on:
        detail = f"The verdict that holds is of {before.found_on}."
        raise Refused("verdicts-in-order", detail, "Name that day or a later one.")
    return [event]


def found(before: SavingsVerdict | None, command: VerdictCommand) -> VerdictEvent:
    """The event of a verdict."""
    said = {**vars(command), "revised": before is not None}
    match command:
        case RealiseSavings():
            return savings.SavingsRealised(**said)
        case MissSavings():
            return savings.SavingsMissed(**said)
        case _:
            assert_never(command)


def verdict_of(event: VerdictEvent) -> SavingsVerdict:
    match event:
        case savings.SavingsRealised(realised=realised, evidence=because, found_on=day):
            return SavingsVerdict(realised=realised, because=because, found_on=day)
        case savings.SavingsMissed(reason=because, found_on=day):
            return SavingsVerdict(realised=None, because=because, found_on=day)
        case _:
            assert_never(event)


def record_transfer(measure: SavingsMeasure, command: RecordSavingsTransfer, facts: SavingsFacts) -> Events:
    """Only money that can be spent elsewhere leaves a budget, and only by a transfer."""
    if measure.transfer is not None and measure.transfer.transfer_id == command.transfer_id:
        return []
    if measure.kind is not savings.SavingsKind.CASHABLE:
        detail = f"A saving that is {measure.kind} frees no money."
        raise Refused("only-cashable", detail, "Record transfers of cashable savings only.")
    require(measure, SavingsStatus.COMMITTED, SavingsStatus.REALISED)
    if measure.transfer is not None:
        raise Refused("transfer-recorded", "Another transfer is recorded already.", "Record one for each measure.")
    moved = facts.moved
    if moved is None or moved.amount >= 0:
        detail = "No such transfer took money out of that budget."
        raise Refused("transfer-not-known", detail, "Transfer the money first, and name the budget it left.")
    amount = Money(amount=-moved.amount, currency=moved.currency)
    check_saving(measure, amount)
    return [savings.SavingsTransferRecorded(**vars(command), amount=amount)]


def withdraw(measure: SavingsMeasure, reason: Line) -> Events:
    """What finance has a verdict on stays."""
    if measure.status is SavingsStatus.WITHDRAWN:
        return []
    require(measure, *OPEN)
    return [savings.SavingsMeasureWithdrawn(reason=reason)]


def due(measure: SavingsMeasure) -> Deadline | None:
    """Its day begins in the division's time zone."""
    waits = measure.status in OPEN and not measure.verdict_due
    return Deadline.on(measure.due_on, FallDue()) if waits else None


def evolve(state: SavingsMeasure | None, event: SavingsEvent) -> SavingsMeasure:
    match event:
        case savings.SavingsMeasureIdentified():
            return SavingsMeasure(**vars(event))
    measure = existing(state)
    match event:
        case savings.SavingsMeasureRevised():
            return measure.but(**vars(event), verdict_due=False)
        case savings.SavingsMeasureValidated():
            return measure.but(status=SavingsStatus.VALIDATED)
        case savings.SavingsMeasureReplanned(expected=expected, due_on=due_on):
            return measure.but(expected=expected, due_on=due_on, verdict_due=False)
        case savings.SavingsMeasureCommitted():
            return measure.but(status=SavingsStatus.COMMITTED)
        case savings.SavingsMeasureDue():
            return measure.but(verdict_due=True)
        case savings.SavingsOwnerNamed(owner_id=owner_id):
            return measure.but(owner_id=owner_id)
        case savings.SavingsRealised() | savings.SavingsMissed():
            return judged(measure, event)
        case savings.SavingsTransferRecorded(budget_id=budget_id, transfer_id=transfer_id, amount=amount):
            transfer = LoweringTransfer(budget_id=budget_id, transfer_id=transfer_id, amount=amount)
            return measure.but(transfer=transfer)
        case savings.SavingsMeasureWithdrawn():
            return measure.but(status=SavingsStatus.WITHDRAWN, verdict_due=False)
        case _:
            assert_never(event)


def judged(measure: SavingsMeasure, event: VerdictEvent) -> SavingsMeasure:
    """The measure with a verdict that holds from now on."""
    verdict = verdict_of(event)
    status = SavingsStatus.MISSED if verdict.realised is None else SavingsStatus.REALISED
    return measure.but(status=status, verdict_due=False, verdict=verdict, first=measure.first or verdict)


SAVINGS_MEASURE = Decider(
    kind="savings-measure", state=SavingsMeasure, events=SavingsEvent, decide=decide, evolve=evolve, due=due
)
