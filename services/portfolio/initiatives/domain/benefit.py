"""Benefit: what an initiative or a project is to bring until a day; it outlives both, and finance has the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.decider import Command, Deadline, Decider, NotFound, Refused, State, existing, new
from contracts.portfolio import initiatives
from contracts.values import Amount, Day, Line, Money, Name
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts, known


class BenefitStatus(StrEnum):
    """Planned until its day; then due until finance confirms it or not, which may be revised."""

    PLANNED = "planned"
    DUE = "due"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    WITHDRAWN = "withdrawn"


OPEN = (BenefitStatus.PLANNED, BenefitStatus.DUE)


class Verdict(State):
    """What finance found, for a day; ``measured``: what was realised, where it is money."""

    confirmed: bool
    measured: Money | None
    because: Line
    confirmed_on: date
    number: int


class Benefit(State):
    """A benefit as it stands; ``first`` is finance's first verdict, ``verdict`` the one that holds.

    ``division_id`` is that of the initiative or project. ``unresolved``: the owner left, and nobody above is known.
    """

    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    due_on: date
    owner_id: UUID
    initiative_id: UUID | None
    project_id: UUID | None
    division_id: UUID
    status: BenefitStatus = BenefitStatus.PLANNED
    unresolved: bool = False
    verdict: Verdict | None = None
    first: Verdict | None = None


class PlanBenefit(Command):
    """Plan a benefit of an initiative or of a project: what is measured, its baseline, its target until a day."""

    name: Name
    measure: Line
    baseline: Amount
    target: Annotated[Amount, Field(examples=["60"])]
    due_on: Day
    owner_id: UUID
    initiative_id: UUID | None = None
    project_id: Annotated[UUID | None, Field(validate_default=True, examples=[None])] = None

    @field_validator("target")
    @classmethod
    def _changes(cls, target: Amount, info: ValidationInfo) -> Amount:
        if target == info.data.get("baseline"):
            raise ValueError("the target differs from the baseline")
        return target

    @field_validator("project_id")
    @classmethod
    def _of_one(cls, project_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "initiative_id" in info.data and (project_id is None) is (info.data["initiative_id"] is None):
            raise ValueError("a benefit is of an initiative or of a project")
        return project_id


class ReplanBenefit(Command):
    """Change the target or the day of a benefit that is not due yet."""

    target: Amount
    due_on: Day
    reason: Line


class NameBenefitOwner(Command):
    """Name another person who answers for the benefit."""

    owner_id: UUID
    reason: Line


class PassBenefitUp(Command):
    """Pass the benefit of a leaver to the nearest manager above them in office."""

    leaver_id: UUID
    reason: Line


class FallDue(Command):
    """Record that the day of the benefit has come."""


class RecordVerdict(Command):
    """Record what finance found."""

    confirmed: bool
    measured: Money | None
    because: Line
    confirmed_on: date
    number: int


class WithdrawBenefit(Command):
    """Expect the benefit no more, before finance has a verdict."""

    reason: Line


BenefitCommand = (
    PlanBenefit | ReplanBenefit | NameBenefitOwner | PassBenefitUp | FallDue | RecordVerdict | WithdrawBenefit
)
BenefitEvent = (
    initiatives.BenefitPlanned
    | initiatives.BenefitReplanned
    | initiatives.BenefitOwnerNamed
    | initiatives.BenefitPassedUp
    | initiatives.BenefitUnresolved
    | initiatives.BenefitDue
    | initiatives.BenefitVerdictRecorded
    | initiatives.BenefitWithdrawn
)
Events = Sequence[BenefitEvent]


@dataclass(frozen=True)
class BenefitFacts(LineFacts):
    """``belongs_to``: the division of the initiative or project, None where there is none; ``owner``: as named.

    ``leaver`` and ``above``: who left, and the nearest manager above them in office.
    """

    belongs_to: UUID | None = None
    division_head: UUID | None = None
    owner: KnownPerson | None = None
    leaver: KnownPerson | None = None
    above: KnownPerson | None = None


def decide(state: Benefit | None, command: BenefitCommand, facts: BenefitFacts) -> Events:
    if isinstance(command, PlanBenefit):
        return plan(state, command, facts)
    benefit = existing(state)
    match command:
        case ReplanBenefit():
            return replan(benefit, command, facts)
        case NameBenefitOwner():
            return name_owner(benefit, command, facts)
        case PassBenefitUp():
            return pass_up(benefit, command, facts)
        case FallDue():
            return fall_due(benefit, facts)
        case RecordVerdict():
            return record(benefit, command)
        case WithdrawBenefit(reason=reason):
            return withdraw(benefit, reason)
        case _:
            assert_never(command)


def plan(state: Benefit | None, command: PlanBenefit, facts: BenefitFacts) -> Events:
    """A benefit is of something that there is, has an owner who works here, and lies ahead."""
    if facts.belongs_to is None:
        raise NotFound
    planned = initiatives.BenefitPlanned(**vars(command), division_id=facts.belongs_to)
    if state is not None and state == evolve(None, planned):
        return []
    new(state, "benefit")
    check_owner(command.owner_id, facts)
    check_ahead(command.due_on, facts)
    return [planned]


def check_owner(owner_id: UUID, facts: BenefitFacts) -> None:
    """An active person."""
    if not known(facts.owner, owner_id, "the owner").active:
        raise Refused("owner-is-active", "The owner does not work here now.", "Name an active person.")


def check_ahead(day: date, facts: BenefitFacts) -> None:
    if day < facts.today:
        raise Refused("benefit-lies-ahead", f"It is {facts.today} today.", "Name today or a later day.")


def replan(benefit: Benefit, command: ReplanBenefit, facts: BenefitFacts) -> Events:
    """What is due is judged by the target it had."""
    if (command.target, command.due_on) == (benefit.target, benefit.due_on):
        return []
    if benefit.status is not BenefitStatus.PLANNED:
        raise Refused("benefit-not-due-yet", f"The benefit is {benefit.status}.", "Plan another benefit.")
    if command.target == benefit.baseline:
        raise Refused("target-differs", "The target is the baseline.", "Name another target, or withdraw it.")
    check_ahead(command.due_on, facts)
    return [initiatives.BenefitReplanned(**vars(command))]


def name_owner(benefit: Benefit, command: NameBenefitOwner, facts: BenefitFacts) -> Events:
    """Somebody who works here; an owner who works here again is confirmed this way too."""
    if command.owner_id == benefit.owner_id and not benefit.unresolved:
        return []
    check_open(benefit)
    check_owner(command.owner_id, facts)
    return [initiatives.BenefitOwnerNamed(**vars(command))]


def pass_up(benefit: Benefit, command: PassBenefitUp, facts: BenefitFacts) -> Events:
    """A leaver's benefit passes up the line; who works here by now keeps it, for what was heard may be long over."""
    if benefit.status not in OPEN or benefit.owner_id != command.leaver_id:
        return []
    leaver, above = facts.leaver, facts.above
    if leaver is not None and leaver.active:
        named = initiatives.BenefitOwnerNamed(owner_id=leaver.id, reason=command.reason)
        return [named] if benefit.unresolved else []
    if above is not None:
        passed: dict[str, Any] = {"from_id": command.leaver_id, "owner_id": above.id, "reason": command.reason}
        return [initiatives.BenefitPassedUp(**passed)]
    if benefit.unresolved:
        return []
    return [initiatives.BenefitUnresolved(owner_id=command.leaver_id, reason=command.reason)]


def fall_due(benefit: Benefit, facts: BenefitFacts) -> Events:
    """It falls due on its day, whatever became of its initiative or project."""
    if benefit.status is not BenefitStatus.PLANNED or benefit.due_on > facts.today:
        return []
    told = {name: getattr(benefit, name) for name in initiatives.BenefitDue.model_fields}
    return [initiatives.BenefitDue(**told)]


def record(benefit: Benefit, command: RecordVerdict) -> Events:
    """Finance may have a verdict before the day, and revise it later; what is heard again or late changes nothing."""
    if benefit.status is BenefitStatus.WITHDRAWN:
        return []
    if benefit.verdict is not None and command.number <= benefit.verdict.number:
        return []
    return [initiatives.BenefitVerdictRecorded(**vars(command))]


def withdraw(benefit: Benefit, reason: Line) -> Events:
    if benefit.status is BenefitStatus.WITHDRAWN:
        return []
    check_open(benefit)
    return [initiatives.BenefitWithdrawn(reason=reason)]


def check_open(benefit: Benefit) -> None:
    if benefit.status not in OPEN:
        raise Refused("benefit-over", f"The benefit is {benefit.status}.", "Leave it as it is.")


def due(benefit: Benefit) -> Deadline | None:
    """Its day begins in the division's time zone."""
    return Deadline.on(benefit.due_on, FallDue()) if benefit.status is BenefitStatus.PLANNED else None


def evolve(state: Benefit | None, event: BenefitEvent) -> Benefit:
    match event:
        case initiatives.BenefitPlanned():
            return Benefit(**vars(event))
    benefit = existing(state)
    match event:
        case initiatives.BenefitReplanned(target=target, due_on=due_on):
            return benefit.but(target=target, due_on=due_on)
        case initiatives.BenefitOwnerNamed(owner_id=owner_id) | initiatives.BenefitPassedUp(owner_id=owner_id):
            return benefit.but(owner_id=owner_id, unresolved=False)
        case initiatives.BenefitUnresolved():
            return benefit.but(unresolved=True)
        case initiatives.BenefitDue():
            return benefit.but(status=BenefitStatus.DUE)
        case initiatives.BenefitVerdictRecorded():
            verdict = Verdict(**vars(event))
            status = BenefitStatus.CONFIRMED if event.confirmed else BenefitStatus.NOT_CONFIRMED
            return benefit.but(status=status, verdict=verdict, first=benefit.first or verdict)
        case initiatives.BenefitWithdrawn():
            return benefit.but(status=BenefitStatus.WITHDRAWN)
        case _:
            assert_never(event)


BENEFIT = Decider(kind="benefit", state=Benefit, events=BenefitEvent, decide=decide, evolve=evolve, due=due)
