"""The commands and rules of a plan."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, NotFound, Refused, existing
from contracts import portfolio
from contracts.portfolio import planning
from contracts.portfolio.planning import Days, EarnedValuePoint, Milestone, PackageProgress, Technique, WorkPackage
from contracts.values import Currency, Day, Line, Money, Share
from services.portfolio.planning.domain import curve
from services.portfolio.planning.domain.plan import model
from services.portfolio.planning.domain.plan.model import MilestoneStatus, Plan, PlanFacts, TrackedMilestone
from services.portfolio.projects.domain.project import model as projects
from services.portfolio.projects.domain.project.work import UNDER_WAY

Packages = Annotated[tuple[WorkPackage, ...], Field(min_length=1, max_length=200)]
Milestones = Annotated[tuple[Milestone, ...], Field(max_length=200)]
Reported = Annotated[tuple[PackageProgress, ...], Field(min_length=1, max_length=200)]


class DraftPlan(Command):
    """Draft the plan: work packages with planned value, days and technique, and milestones."""

    currency: Currency
    packages: Packages
    milestones: Milestones = ()


class SetBaseline(Command):
    """Freeze the drafted plan as the first baseline; its work packages add up to the budget."""

    budget: Money


class ReplaceBaseline(Command):
    """Freeze the drafted plan as the next baseline, as an approved change request has it."""

    budget: Money
    change_request_id: UUID


class TakeOverPlan(Command):
    """Record the plan that another system stated as the one work package of the project."""

    budget: Money
    plan: Days


class ReportWork(Command):
    """Report what work packages have reached, as of a day; ``reason`` says why one has reached less than before."""

    as_of: Day
    packages: Reported
    reason: Line | None = None


class MeetMilestone(Command):
    """Record that a milestone was reached."""

    milestone_id: UUID
    effective_on: Day


class MissMilestones(Command):
    """Record which milestones were not reached on their day."""


class MoveMilestone(Command):
    """Expect a milestone on another day; the baseline keeps the one it froze."""

    milestone_id: UUID
    due_on: Day
    reason: Line


class SetTolerances(Command):
    """Set the deviations in per cent that may be forecast without an exception; left out: as policy has it."""

    cost: Share | None = None
    schedule: Share | None = None
    scope: Share | None = None
    reason: Line


class CountActualCost(Command):
    """Count what finance said was spent or taken back, each of its events about the project once."""


class EndPlan(Command):
    """Record that the project has ended."""


PlanCommand = (
    DraftPlan
    | SetBaseline
    | ReplaceBaseline
    | TakeOverPlan
    | ReportWork
    | MeetMilestone
    | MissMilestones
    | MoveMilestone
    | SetTolerances
    | CountActualCost
    | EndPlan
)


def decide(state: Plan | None, command: PlanCommand, facts: PlanFacts) -> model.Events:
    project = facts.project
    if project is None:
        raise NotFound
    match command:
        case DraftPlan():
            return draft(state, command, project)
        case TakeOverPlan():
            return take_over(state, command, facts, project)
        case EndPlan():
            return end(state, facts, project)
        case MissMilestones():
            return miss(existing(state), facts)
        case CountActualCost():
            return spend(state, facts)
        case _:
            return change(existing(state), command, facts, project)


def change(
    plan: Plan,
    command: SetBaseline | ReplaceBaseline | ReportWork | MeetMilestone | MoveMilestone | SetTolerances,
    facts: PlanFacts,
    project: projects.Project,
) -> model.Events:
    """What happens to the plan of a project that goes on; what another system had finished may be stated later."""
    if not (plan.taken_over and isinstance(command, ReportWork)):
        projects.check_going_on(project)
    match command:
        case SetBaseline():
            return set_baseline(plan, command, facts)
        case ReplaceBaseline():
            return freeze(plan, command.budget, command.change_request_id, facts)
        case ReportWork():
            return report(plan, command, facts, project)
        case MeetMilestone():
            return meet(plan, command, facts)
        case MoveMilestone():
            return move(plan, command)
        case SetTolerances():
            event = planning.TolerancesSet(**vars(command))
            return [] if model.evolve(plan, event) == plan else [event]
        case _:
            assert_never(command)


def draft(state: Plan | None, command: DraftPlan, project: projects.Project) -> model.Events:
    """Everything drafted is told apart; the currency stays that of the baseline."""
    projects.check_going_on(project)
    check_told_apart([each.package_id for each in command.packages], "work package")
    check_told_apart([each.milestone_id for each in command.milestones], "milestone")
    if state is not None and state.baseline is not None and command.currency != state.currency:
        raise Refused(
            "currency-stays", f"The baseline is in {state.currency}.", f"Plan in {state.currency}, at its rates."
        )
    asked = project.specification.budget_asked if project.specification else None
    money = project.granted or asked
    if money is not None and command.currency != money.currency:
        raise Refused(
            "plan-in-currency-of-budget",
            f"The project's budget is in {money.currency}, and so is what it spends.",
            f"Plan in {money.currency}.",
        )
    event = planning.PlanDrafted(division_id=project.division_id, **vars(command))
    unchanged = state is not None and model.evolve(state, event).but(drafts=state.drafts) == state
    return [] if unchanged else [event]


def check_told_apart(ids: Sequence[UUID], what: str) -> None:
    if len({*ids}) < len(ids):
        raise Refused("ids-differ", f"Two entries have the id of the same {what}.", "Give each an id of its own.")


def set_baseline(plan: Plan, command: SetBaseline, facts: PlanFacts) -> model.Events:
    """The first baseline is set; the next ones come by change requests."""
    present = plan.baseline
    if present is None:
        return freeze(plan, command.budget, None, facts)
    if present.number == 1 and (present.packages, present.budget) == (plan.packages, command.budget):
        return []
    raise Refused(
        "baseline-needs-change-request",
        f"Baseline {present.number} is in force.",
        "Raise a change request for the baseline; once approved, applying it sets the next one.",
    )


def freeze(plan: Plan, budget: Money, change_request_id: UUID | None, facts: PlanFacts) -> model.Events:
    """The drafted work packages add up to the budget, and are in force from today."""
    if not plan.packages:
        raise Refused("plan-required", "Nothing is planned.", "Draft the plan first.")
    check_sums(plan, budget)
    event = planning.BaselineSet(
        number=plan.baseline.number + 1 if plan.baseline else 1,
        effective_on=facts.today,
        budget=budget,
        packages=plan.packages,
        milestones=tuple(
            Milestone(milestone_id=each.milestone_id, name=each.name, due_on=each.due_on) for each in plan.milestones
        ),
        change_request_id=change_request_id,
    )
    return [event, *moved(plan, model.evolve(plan, event), facts.today, facts)]


def check_sums(plan: Plan, budget: Money) -> None:
    planned = sum((package.planned_value for package in plan.packages), curve.ZERO)
    if Money(amount=planned, currency=plan.currency) != budget:
        raise Refused(
            "baseline-sums",
            f"The work packages add up to {planned} {plan.currency}, the budget is {budget.amount} {budget.currency}.",
            "Draft work packages that add up to the budget, or name the budget they add up to.",
        )


def take_over(state: Plan | None, command: TakeOverPlan, facts: PlanFacts, project: projects.Project) -> model.Events:
    """What the source states is the baseline, until there is one of our own."""
    if state is not None and state.baseline is not None and not state.taken_over:
        return []
    event = planning.PlanTakenOver(
        division_id=project.division_id,
        effective_on=command.plan.start,
        budget=command.budget,
        package=WorkPackage(
            package_id=facts.id, name=project.name, planned_value=command.budget.amount, plan=command.plan
        ),
    )
    after = model.evolve(state, event)
    events = [] if after == state else [event, *moved(state, after, command.plan.start, facts)]
    source = project.stated.as_of if project.stated else None
    day = min(command.plan.end, source or command.plan.end, facts.today)
    return [*events, *complete(after, day, facts, project), *stop(after, day, facts, project)]


def complete(plan: Plan, day: date, facts: PlanFacts, project: projects.Project) -> model.Events:
    """What was closed elsewhere is complete as of its planned end, unless its source says when or how much."""
    whole = PackageProgress(package_id=facts.id, percent_complete=Decimal(100))
    told = project.progress is not None and project.progress.percent_complete is not None
    if project.stage is not portfolio.Stage.CLOSED or told or plan.reached.get(facts.id) == whole:
        return []
    as_of = max(day, plan.reported_as_of or day)
    return report(plan, ReportWork(as_of=as_of, packages=(whole,)), facts, project)


def end(state: Plan | None, facts: PlanFacts, project: projects.Project) -> model.Events:
    if state is None:
        return []
    events = [] if state.ended else [model.PlanEnded()]
    return [*events, *stop(state, facts.today, facts, project)]


def stop(plan: Plan, day: date, facts: PlanFacts, project: projects.Project) -> model.Events:
    """Nothing is planned of a cancelled project from a day on but what it has earned."""
    cancelled = project.stage is portfolio.Stage.CANCELLED
    if plan.baseline is None or cancelled == (plan.stopped_on is not None):
        return []
    event = model.WorkStopped(since=max(day, plan.baseline.effective_on) if cancelled else None)
    return [event, *moved(plan, model.evolve(plan, event), facts.today, facts)]


def report(plan: Plan, command: ReportWork, facts: PlanFacts, project: projects.Project) -> model.Events:
    """Reports follow each other in time; what has reached less than before says why."""
    baseline = with_baseline(plan)
    if not plan.taken_over:
        projects.require(project, UNDER_WAY, "Report on a project that has started.")
    check_not_ahead(command.as_of, facts)
    if plan.reported_as_of is not None and command.as_of < plan.reported_as_of:
        raise Refused(
            "reports-in-order", f"There is a report as of {plan.reported_as_of} already.", "Report a later day."
        )
    for each in command.packages:
        check_progress(baseline, each)
    check_rising(plan, baseline, command)
    event = planning.WorkReported(**vars(command))
    after = model.evolve(plan, event)
    return [] if after == plan else [event, *moved(plan, after, command.as_of, facts)]


def with_baseline(plan: Plan) -> model.Baseline:
    if plan.baseline is None:
        raise Refused("baseline-required", "The plan has no baseline.", "Set the baseline first.")
    return plan.baseline


def check_not_ahead(day: date, facts: PlanFacts) -> None:
    if day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")


def check_progress(baseline: model.Baseline, progress: PackageProgress) -> None:
    """The work package is in the baseline, and its progress is told in the way that its technique measures."""
    package = next((each for each in baseline.packages if each.package_id == progress.package_id), None)
    if package is None:
        raise Refused(
            "work-package-known",
            f"Baseline {baseline.number} has no work package {progress.package_id}.",
            "Report on its work packages.",
        )
    by_steps = package.technique is Technique.WEIGHTED_MILESTONES
    unknown = {*progress.reached} - {step.name for step in package.weighted_milestones}
    if unknown or by_steps is not (progress.percent_complete is None):
        raise Refused(
            "progress-fits-technique",
            f"'{package.name}' is measured by {package.technique}.",
            "Name which of its weighted milestones were reached." if by_steps else "State per cent complete.",
        )


def check_rising(plan: Plan, baseline: model.Baseline, command: ReportWork) -> None:
    if command.reason is not None:
        return
    packages = {package.package_id: package for package in baseline.packages}
    for each in command.packages:
        package, before = packages[each.package_id], plan.reached.get(each.package_id)
        if before is not None and fell(package, before, each):
            raise Refused(
                "falling-progress-needs-reason",
                f"'{package.name}' would have reached less than as of {plan.reported_as_of}.",
                "State the reason, or report what it has reached by now.",
            )


def fell(package: WorkPackage, before: PackageProgress, after: PackageProgress) -> bool:
    percents = (before.percent_complete or curve.ZERO, after.percent_complete or curve.ZERO)
    return percents[1] < percents[0] or curve.share_earned(package, after) < curve.share_earned(package, before)


def moved(before: Plan | None, after: Plan, day: date, facts: PlanFacts) -> model.Events:
    """How the sums of days change between two states of a plan, from a day on.

    A report as of a day before the baseline in force counts from that baseline's first day. With the first baseline
    comes what was spent before.
    """
    old, new = before.baseline if before else None, with_baseline(after)
    since = max(day, new.effective_on)
    points: list[EarnedValuePoint] = []
    planned, planned_now = model.course(before), model.course(after)
    if planned != planned_now:
        # Where the source corrects what it stated, what it stated before never held.
        replaced = old is not None and old.number != new.number
        begins = since if old is None or replaced else min(old.effective_on, new.effective_on)
        points += [*curve.ended(planned, begins), *planned_now]
    earned = curve.value_of(new.packages, after.reached)
    earned -= curve.value_of(old.packages, before.reached) if before and old else curve.ZERO
    points.append(EarnedValuePoint(day=max(since, after.reported_as_of or since), earned=earned))
    if old is None:
        points += spent(facts)
    summed = curve.added(points)
    if not summed:
        return []
    heard = facts.heard if old is None else None
    return [
        planning.EarnedValueMoved(division_id=after.division_id, currency=after.currency, points=summed, heard=heard)
    ]


def spent(facts: PlanFacts) -> list[EarnedValuePoint]:
    """What was spent on its day, as known from when finance said so."""
    return [
        EarnedValuePoint(day=each.occurred_on, actual=each.amount, known_from=each.known_from) for each in facts.actuals
    ]


def spend(state: Plan | None, facts: PlanFacts) -> model.Events:
    """What is not counted yet counts, in a plan with a baseline; the first baseline counts what was before it."""
    if state is None or state.baseline is None or not facts.actuals:
        return []
    return [
        planning.EarnedValueMoved(
            division_id=state.division_id, currency=state.currency, points=tuple(spent(facts)), heard=facts.heard
        )
    ]


def milestone_of(plan: Plan, milestone_id: UUID) -> TrackedMilestone:
    found = next((each for each in plan.milestones if each.milestone_id == milestone_id), None)
    if found is None:
        raise Refused("milestone-known", "The plan has no such milestone.", "Name one of the plan.")
    return found


def meet(plan: Plan, command: MeetMilestone, facts: PlanFacts) -> model.Events:
    """What was reached late was missed, and is met nevertheless."""
    milestone = milestone_of(plan, command.milestone_id)
    if milestone.status is MilestoneStatus.MET and milestone.met_on == command.effective_on:
        return []
    check_not_ahead(command.effective_on, facts)
    return [planning.MilestoneMet(**vars(command))]


def miss(plan: Plan, facts: PlanFacts) -> model.Events:
    if plan.ended:
        return []
    return [
        planning.MilestoneMissed(milestone_id=each.milestone_id, due_on=each.due_on)
        for each in plan.milestones
        if each.status is MilestoneStatus.PLANNED and each.due_on < facts.today
    ]


def move(plan: Plan, command: MoveMilestone) -> model.Events:
    milestone = milestone_of(plan, command.milestone_id)
    if milestone.status is MilestoneStatus.MET:
        raise Refused("milestone-met", f"It was met on {milestone.met_on}.", "Leave it as it is.")
    if milestone.due_on == command.due_on:
        return []
    return [planning.MilestoneMoved(**vars(command))]


def due(plan: Plan) -> Deadline | None:
    """The day after the first day on which a milestone is due."""
    if plan.ended or plan.baseline is None:
        return None
    days = [each.due_on for each in plan.milestones if each.status is MilestoneStatus.PLANNED]
    return Deadline.on(min(days) + curve.DAY, MissMilestones()) if days else None


PLAN = Decider(kind="plan", state=Plan, events=model.PlanEvent, decide=decide, evolve=model.evolve, due=due)
