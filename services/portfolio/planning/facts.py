"""The facts that decisions of planning need, and a project as its health is judged by it."""

from collections.abc import Sequence
from datetime import date, tzinfo
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.organisation.commands import limits
from services.portfolio.organisation.facts import division_of, in_office_above, line_of, person
from services.portfolio.organisation.zones import zone_of
from services.portfolio.planning.domain import change_request, exception_report, judging, project_health
from services.portfolio.planning.domain.plan import model as plans
from services.portfolio.planning.domain.plan.rules import (
    PLAN,
    CountActualCost,
    PlanCommand,
    SetBaseline,
    SetTolerances,
    TakeOverPlan,
)
from services.portfolio.projects.domain.project.model import Project
from services.portfolio.projects.domain.project.rules import PROJECT

ACTUALS = text(
    "SELECT money.heard, found.* FROM project_money money LEFT JOIN LATERAL ("
    " SELECT number, amount, occurred_on, known_from FROM actuals WHERE project_id = money.id AND number > :counted"
    " ORDER BY number LIMIT :most) found ON true"
    " WHERE money.id = :id"
)
MOST_COUNTED = 1_000
"""Entries of actual cost that one event counts: an event stays small, however many were before the first baseline."""
MONEY = text("SELECT * FROM project_money WHERE id = :id")
LAST = text(
    "SELECT DISTINCT ON (type) type, stream, published FROM events"
    " WHERE stream IN (:project, :plan) AND type = ANY(:types) ORDER BY type, version DESC"
)
BEHIND = {
    "plan": ("ProjectSpecified", "SpecificationChanged", "ProjectTakenOver", "TakeOverCorrected", "BaselineSet"),
    "progress": ("ProgressReported",),
    "stage": ("ProjectPutOnHold", "ProjectTakenOver", "TakeOverCorrected"),
    "accountability": ("AccountabilityUnresolved",),
    "milestone": ("MilestoneMissed",),
    "planned": ("BaselineSet",),
}
"""The types of events behind a fact, the ones that count most last."""


async def zone_of_project(view: View, _state: Any, _command: Any, base: Facts) -> tzinfo:
    """The zone of the division whose project has this id."""
    project = await view.state(PROJECT, base.id)
    return await zone_of(view, project.division_id if project else None)


async def plan_facts(view: View, state: plans.Plan | None, command: PlanCommand, base: Facts) -> plans.PlanFacts:
    project = await view.state(PROJECT, base.id)
    if isinstance(command, SetTolerances):
        return plans.PlanFacts(**vars(base), project=project, **await above(view, project))
    first = isinstance(command, SetBaseline | TakeOverPlan) and (state is None or state.baseline is None)
    if not first and not isinstance(command, CountActualCost):
        return plans.PlanFacts(**vars(base), project=project)
    known = {"id": base.id, "counted": state.heard if state else 0, "most": MOST_COUNTED}
    rows = await view.reference(ACTUALS, known)
    actuals = [plans.Actual(row.amount, row.occurred_on, row.known_from) for row in rows if row.number is not None]
    heard = rows[0].heard if rows else 0
    return plans.PlanFacts(
        **vars(base), project=project, heard=rows[-1].number if len(actuals) == MOST_COUNTED else heard, actuals=actuals
    )


async def change_request_facts(
    view: View, state: change_request.ChangeRequest | None, command: change_request.ChangeRequestCommand, base: Facts
) -> change_request.ChangeRequestFacts:
    project_id = state.project_id if state else getattr(command, "project_id", None)
    project = await view.state(PROJECT, project_id)
    if project is None:
        return change_request.ChangeRequestFacts(**vars(base))
    return change_request.ChangeRequestFacts(
        **vars(base), project=project, plan=await view.state(PLAN, project_id), **await above(view, project)
    )


async def above(view: View, project: Project | None) -> dict[str, Any]:
    """Who answers for a project, with everybody above them, and who heads its division."""
    if project is None:
        return {}
    division = await division_of(view, project.division_id)
    accountable = await person(view, project.accountable_id)
    return {"accountable": accountable, "division_head": division.get("division_head")}


async def exception_facts(
    view: View, state: exception_report.ExceptionReport | None, command: exception_report.ExceptionCommand, base: Facts
) -> exception_report.ExceptionFacts:
    known: dict[str, Any] = {"policy": await limits(view)}
    if state is not None:
        known["above"] = frozenset(each.id for each in (await line_of(view, state.awaits_id))[1:])
    if state is not None and isinstance(command, exception_report.EscalateException):
        known["next_above"] = await in_office_above(view, state.awaits_id)
    if isinstance(command, exception_report.AnswerException):
        known["owner"] = await person(view, command.owner_id)
    return exception_report.ExceptionFacts(**vars(base), **known)


async def health_facts(
    view: View, _state: project_health.ProjectHealth | None, _command: project_health.JudgeHealth, base: Facts
) -> project_health.HealthFacts:
    project = await view.state(PROJECT, base.id)
    if project is None:
        return project_health.HealthFacts(**vars(base))
    plan = await view.state(PLAN, base.id)
    money = next(iter(await view.reference(MONEY, {"id": base.id})), None)
    return project_health.HealthFacts(
        **vars(base),
        division_id=project.division_id,
        observed=observed(project, plan, money, await marks(view, base.id, money)),
        policy=await limits(view),
        accountable_id=project.accountable_id,
    )


async def marks(view: View, id: UUID, money: Row[Any] | None) -> dict[str, judging.Mark]:
    """The events behind the facts of a project."""
    types = sorted({name for names in BEHIND.values() for name in names})
    asked = {"project": PROJECT.stream(id), "plan": PLAN.stream(id), "types": types}
    found = {row.type: row for row in await view.reference(LAST, asked)}
    named = {
        fact: judging.Mark(row.stream, row.published, row.type)
        for fact, names in BEHIND.items()
        for row in [found[name] for name in names if name in found][-1:]
    }
    return named | {fact: judging.Mark(**mark) for fact, mark in (money.marks if money else {}).items()}


def observed(
    project: Project, plan: plans.Plan | None, money: Row[Any] | None, marks: dict[str, judging.Mark]
) -> judging.Observed:
    """A project as its facts have it."""
    baseline = plan.baseline if plan is not None and not plan.taken_over else None
    progress = project.progress
    planned = baseline.budget.amount if baseline else money.granted if money else None
    return judging.Observed(
        stage=project.stage,
        plan_start=baseline.start if baseline else project.plan.start if project.plan else None,
        plan_end=baseline.end if baseline else project.plan.end if project.plan else None,
        expected_completion=progress.expected_completion if progress else None,
        seen_on=seen_on(project, money),
        planned=planned or None,
        outlook=outlook(plan, money) if planned else None,
        overrun=max(money.actual + money.committed - money.granted, 0) if money and money.overrun else judging.ZERO,
        expected_scope=progress.expected_scope if progress else None,
        missed=[each.name for each in plan.milestones if each.status is plans.MilestoneStatus.MISSED] if plan else (),
        unresolved=project.unresolved,
        agreed=baseline is not None,
        declared=str(progress.health) if progress and progress.health else None,
        tolerances=plan.tolerances if plan else judging.NO_TOLERANCES,
        marks=marks,
    )


def seen_on(project: Project, money: Row[Any] | None) -> date | None:
    """The day a project that came from elsewhere is judged by: that of the last word on it, or its planned end."""
    if project.source is None:
        return None
    said: Sequence[date | None] = (
        project.progress.as_of if project.progress else None,
        money.estimate_as_of if money else None,
    )
    last = max((day for day in said if day is not None), default=None)
    return last or (project.plan.end if project.plan else None)


def outlook(plan: plans.Plan | None, money: Row[Any] | None) -> Fraction | None:
    """The expected cost: as finance states it, otherwise what performance so far or money bound already leads to."""
    if money is not None and money.estimate is not None:
        return Fraction(money.estimate)
    expected = Fraction(money.actual + money.committed) if money else Fraction()
    if plan is None or plan.baseline is None or not plan.spent:
        return expected
    budget, earned = Fraction(plan.baseline.budget.amount), Fraction(plan.earned)
    if earned < budget * judging.STABLE_SHARE:
        return expected
    return max(expected, budget * Fraction(plan.spent) / earned)
