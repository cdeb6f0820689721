"""A project's plan: state, facts, events, and how each event changes the state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Facts, PrivateEvent, State, existing
from contracts.portfolio import planning
from contracts.portfolio.planning import EarnedValuePoint, PackageProgress, WorkPackage
from contracts.values import Currency, Money, Name, Share
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.planning.domain import curve
from services.portfolio.projects.domain.project.model import Project


class MilestoneStatus(StrEnum):
    """Where a milestone stands."""

    PLANNED = "planned"
    MET = "met"
    MISSED = "missed"


class TrackedMilestone(State):
    """A milestone; ``due_on`` is the day it is expected now, ``baseline_due_on`` the one that the baseline froze."""

    milestone_id: UUID
    name: Name
    due_on: date
    baseline_due_on: date | None = None
    status: MilestoneStatus = MilestoneStatus.PLANNED
    met_on: date | None = None


class Baseline(State):
    """Frozen cost, dates and scope; in force from ``effective_on`` until the next one."""

    number: int
    effective_on: date
    budget: Money
    packages: tuple[WorkPackage, ...]

    @property
    def end(self) -> date:
        """The last day of the last work package."""
        return max(package.plan.end for package in self.packages)

    @property
    def start(self) -> date:
        """The first day of the first work package."""
        return min(package.plan.start for package in self.packages)


class Tolerances(State):
    """Deviations in per cent that may be forecast without an exception; None: as policy has it."""

    cost: Share | None = None
    schedule: Share | None = None
    scope: Share | None = None


class Plan(State):
    """A plan as it stands: what is drafted, the baseline in force, and what the work has reached.

    ``drafts``: how often it was drafted. ``taken_over``: its one work package is the plan that another system
    stated. ``spent``: actual cost that finance said up to ``heard``, the number of its last event about the project
    that counts here. ``stopped_on``: from when its project is cancelled.
    """

    division_id: UUID
    currency: Currency
    packages: tuple[WorkPackage, ...] = ()
    drafts: int = 0
    milestones: tuple[TrackedMilestone, ...] = ()
    baseline: Baseline | None = None
    taken_over: bool = False
    progress: tuple[PackageProgress, ...] = ()
    reported_as_of: date | None = None
    tolerances: Tolerances = Tolerances()
    spent: Decimal = Decimal()
    heard: int = 0
    ended: bool = False
    stopped_on: date | None = None

    @property
    def earned(self) -> Decimal:
        """The value earned so far."""
        return curve.value_of(self.baseline.packages, self.reached) if self.baseline else Decimal()

    @property
    def reached(self) -> Mapping[UUID, PackageProgress]:
        """The progress of work packages by their ids."""
        return {each.package_id: each for each in self.progress}


class PlanEnded(PrivateEvent):
    """The project has ended: no milestone is missed any more."""


class WorkStopped(PrivateEvent):
    """The project is cancelled from this day on; None: it goes on after all, as its source says."""

    since: date | None


PlanEvent = (
    planning.PlanDrafted
    | planning.BaselineSet
    | planning.PlanTakenOver
    | planning.WorkReported
    | planning.MilestoneMet
    | planning.MilestoneMissed
    | planning.MilestoneMoved
    | planning.TolerancesSet
    | planning.EarnedValueMoved
    | PlanEnded
    | WorkStopped
)
Events = Sequence[PlanEvent]


@dataclass(frozen=True)
class Actual:
    """What finance said was spent, or taken back (negative); ``known_from``: when it said so."""

    amount: Decimal
    occurred_on: date
    known_from: datetime


@dataclass(frozen=True)
class PlanFacts(Facts):
    """The project of the plan; None where there is none. What finance has said of it up to its event ``heard``.

    ``actuals``: what is not counted yet of it.
    ``accountable`` and ``division_head`` as known, where a decision is for those above the project.
    """

    project: Project | None = None
    accountable: KnownPerson | None = None
    division_head: KnownPerson | None = None
    actuals: Sequence[Actual] = ()
    heard: int = 0


def evolve(state: Plan | None, event: PlanEvent) -> Plan:
    match event:
        case planning.PlanDrafted():
            return drafted(state, event)
        case planning.PlanTakenOver():
            return taken_over(state, event)
        case planning.BaselineSet():
            return frozen(existing(state), event)
        case planning.WorkReported(as_of=as_of, packages=packages):
            plan = existing(state)
            reached = {**plan.reached, **{each.package_id: each for each in packages}}
            return plan.but(progress=tuple(reached.values()), reported_as_of=as_of)
        case planning.MilestoneMet() | planning.MilestoneMissed() | planning.MilestoneMoved():
            return tracked(existing(state), event)
        case planning.TolerancesSet():
            given = {name: value for name, value in vars(event).items() if name != "reason"}
            return existing(state).but(tolerances=Tolerances(**given))
        case PlanEnded():
            return existing(state).but(ended=True)
        case WorkStopped(since=since):
            return existing(state).but(stopped_on=since)
        case planning.EarnedValueMoved(points=points, heard=heard):
            plan = existing(state)
            spent = sum((point.actual for point in points), plan.spent)
            return plan.but(spent=spent, heard=plan.heard if heard is None else heard)
        case _:
            assert_never(event)


def course(plan: Plan | None) -> list[EarnedValuePoint]:
    """The planned value and budget of the baseline in force, over the days."""
    if plan is None or plan.baseline is None:
        return []
    points = curve.baseline(plan.baseline.packages, plan.baseline.effective_on)
    return points if plan.stopped_on is None else curve.stopped(points, plan.stopped_on, plan.earned)


def drafted(state: Plan | None, event: planning.PlanDrafted) -> Plan:
    """Milestones that stay keep what became of them."""
    plan = state or Plan(division_id=event.division_id, currency=event.currency)
    before = {each.milestone_id: each for each in plan.milestones}
    milestones = tuple(
        before[each.milestone_id].but(**vars(each))
        if each.milestone_id in before
        else TrackedMilestone.model_validate(vars(each))
        for each in event.milestones
    )
    return plan.but(currency=event.currency, packages=event.packages, milestones=milestones, drafts=plan.drafts + 1)


def taken_over(state: Plan | None, event: planning.PlanTakenOver) -> Plan:
    """What was drafted here since stays drafted."""
    plan = state or Plan(division_id=event.division_id, currency=event.budget.currency)
    baseline = Baseline(number=1, effective_on=event.effective_on, budget=event.budget, packages=(event.package,))
    own = plan.baseline is not None and plan.packages != plan.baseline.packages
    packages = plan.packages if own else (event.package,)
    return plan.but(currency=event.budget.currency, packages=packages, baseline=baseline, taken_over=True)


def frozen(plan: Plan, event: planning.BaselineSet) -> Plan:
    """The baseline's work packages keep what they have reached, the others are gone."""
    known = {package.package_id for package in event.packages}
    days = {each.milestone_id: each.due_on for each in event.milestones}
    return plan.but(
        baseline=Baseline(
            number=event.number, effective_on=event.effective_on, budget=event.budget, packages=event.packages
        ),
        taken_over=False,
        progress=tuple(each for each in plan.progress if each.package_id in known),
        milestones=tuple(each.but(baseline_due_on=days.get(each.milestone_id)) for each in plan.milestones),
    )


def tracked(plan: Plan, event: planning.MilestoneMet | planning.MilestoneMissed | planning.MilestoneMoved) -> Plan:
    def after(each: TrackedMilestone) -> TrackedMilestone:
        match event:
            case planning.MilestoneMet(effective_on=day):
                return each.but(status=MilestoneStatus.MET, met_on=day)
            case planning.MilestoneMissed():
                return each.but(status=MilestoneStatus.MISSED)
            case planning.MilestoneMoved(due_on=day):
                return each.but(status=MilestoneStatus.PLANNED, due_on=day)
            case _:
                assert_never(event)

    ours = event.milestone_id
    return plan.but(milestones=tuple(after(each) if each.milestone_id == ours else each for each in plan.milestones))
