"""Reactions of planning: plans follow projects and finance, health follows every fact, exceptions follow the line."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.consumers.own_reactions import OwnReaction
from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import finance, people, portfolio
from contracts.portfolio import planning
from contracts.portfolio.planning import PackageProgress
from services.portfolio.planning.domain.exception_report import (
    EXCEPTION,
    EscalateException,
    ExceptionStatus,
    PassOnException,
)
from services.portfolio.planning.domain.plan.model import Plan
from services.portfolio.planning.domain.plan.rules import PLAN, CountActualCost, EndPlan, ReportWork, TakeOverPlan
from services.portfolio.planning.domain.project_health import PROJECT_HEALTH, JudgeHealth
from services.portfolio.projects.domain.project.model import Project
from services.portfolio.projects.domain.project.rules import PROJECT

GRANTED = text("SELECT granted, currency FROM project_money WHERE id = :id")
LAST_HEARD = text("SELECT heard FROM project_money WHERE id = :id")
UNCOUNTED = text("SELECT FROM actuals WHERE project_id = :id AND number > :heard LIMIT 1")
JUDGED = text(f"SELECT stream FROM states WHERE {Fields(PROJECT_HEALTH).of_kind} ORDER BY stream")
E = Fields(EXCEPTION)
RAISED = f"SELECT stream FROM states WHERE {E.of_kind} AND {E.status.one_of(ExceptionStatus.RAISED)}"
AWAITING = text(f"{RAISED} AND {E.awaits_id} = :id ORDER BY stream")
OF_PROJECT = text(
    f"{RAISED} AND {E.project_id} = :id AND {E.level} = '0'"
    f" AND EXISTS (SELECT FROM known_persons WHERE id = CAST({E.awaits_id} AS uuid) AND active) ORDER BY stream"
)


async def on_budget(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The plan of a project that was taken over follows its budget, and its health follows the plan."""
    return await taken_over(store, envelope.subject) or await on_finance(store, envelope)


async def taken_over(store: Store, project_id: UUID) -> Sequence[IssuedCommand]:
    """The plan that a project's source states, once there is a budget for it; else nothing."""
    project: Project | None = (await store.load(PROJECT, project_id)).state
    granted = next(iter(await store.rows(GRANTED, {"id": project_id})), None)
    if project is None or project.source is None or project.plan is None or not granted or not granted.currency:
        return []
    budget = {"amount": granted.granted, "currency": granted.currency}
    command = TakeOverPlan.model_validate({"budget": budget, "plan": project.plan})
    return [IssuedCommand(PLAN, project_id, command)]


async def on_finance(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A project's health is judged again, after the last of what finance has said of it by now."""
    heard = next(iter(await store.rows(LAST_HEARD, {"id": envelope.subject})), None)
    if (heard is not None and heard.heard > (envelope.number or 0)) or not await known(store, envelope):
        return []
    return [IssuedCommand(PROJECT_HEALTH, envelope.subject, JudgeHealth())]


async def on_charged(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Actual cost counts on its day where there is a baseline: the first one counts what was spent before it."""
    event = envelope.event
    assert isinstance(event, finance.ProjectBudgetCharged)
    counted = await count(store, [envelope.subject]) if event.occurred_on else []
    return counted or await on_finance(store, envelope)


async def count(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """What finance said was spent by now, and while the first baseline was set, is counted; so much at once."""
    plans = [(id, (await store.load(PLAN, id)).state) for id in ids]
    return [
        IssuedCommand(PLAN, id, CountActualCost())
        for id, plan in plans
        if plan is not None and plan.baseline and await store.rows(UNCOUNTED, {"id": id, "heard": plan.heard})
    ]


async def known(store: Store, envelope: Envelope) -> bool:
    """Return whether there is such a project here."""
    return (await store.load(PROJECT, envelope.subject)).state is not None


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """What awaits a leaver goes to the next manager above."""
    command = EscalateException(reason="The manager it awaited has left.")
    rows = await store.rows(AWAITING, {"id": str(envelope.subject)})
    return [IssuedCommand(EXCEPTION, id_of(row.stream), command) for row in rows]


async def follow(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Exceptions await who answers for their project now; those that await a leaver go up the line by themselves."""
    projects = [(id, (await store.load(PROJECT, id)).state) for id in ids]
    return [
        IssuedCommand(EXCEPTION, id_of(row.stream), PassOnException(awaits_id=project.accountable_id))
        for id, project in projects
        if project is not None
        for row in await store.rows(OF_PROJECT, {"id": str(id)})
    ]


async def judge(_store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    return [IssuedCommand(PROJECT_HEALTH, id, JudgeHealth()) for id in ids]


async def judge_all(store: Store, _ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Under another policy every project is judged again."""
    return await judge(store, [id_of(row.stream) for row in await store.rows(JUDGED)])


async def take_over(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    return [command for id in ids for command in await taken_over(store, id)]


async def report(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """What is complete of a project that was taken over is complete of its one work package."""
    commands = []
    for id, plan, project in [(id, *await plan_and_project(store, id)) for id in ids]:
        progress = project.progress if project else None
        if plan is None or not plan.taken_over or progress is None or progress.percent_complete is None:
            continue
        package = PackageProgress(package_id=id, percent_complete=progress.percent_complete)
        if plan.reached.get(id) == package and plan.reported_as_of == progress.as_of:
            continue
        reason = progress.reason or "The source says so."
        command = ReportWork(
            as_of=max(progress.as_of, plan.reported_as_of or progress.as_of), packages=(package,), reason=reason
        )
        commands.append(IssuedCommand(PLAN, id, command))
    return commands


async def plan_and_project(store: Store, id: UUID) -> tuple[Plan | None, Project | None]:
    return (await store.load(PLAN, id)).state, (await store.load(PROJECT, id)).state


async def end(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    return [IssuedCommand(PLAN, id, EndPlan()) for id in ids if (await store.load(PLAN, id)).state is not None]


REACTIONS = [
    Reaction(finance.ProjectBudgetTakenOver, on_budget),
    Reaction(finance.TakenOverBudgetCorrected, on_budget),
    Reaction(finance.ProjectFundingConfirmed, on_finance),
    Reaction(finance.ProjectBudgetSupplemented, on_finance),
    Reaction(finance.EstimateAtCompletionStated, on_finance),
    Reaction(finance.ProjectBudgetCharged, on_charged),
    Reaction(finance.OverrunRaised, on_finance),
    Reaction(finance.OverrunCleared, on_finance),
    Reaction(people.PersonLeft, on_left),
]
OWN_REACTIONS = [
    OwnReaction([portfolio.ProjectTakenOver, portfolio.TakeOverCorrected], take_over),
    OwnReaction([planning.BaselineSet, planning.PlanTakenOver, planning.EarnedValueMoved], count),
    OwnReaction([portfolio.ProgressReported, planning.PlanTakenOver], report),
    OwnReaction([portfolio.ProjectClosed, portfolio.ProjectCancelled], end),
    OwnReaction([portfolio.AccountabilityTransferred], follow),
    OwnReaction(
        [
            portfolio.ProjectTakenOver,
            portfolio.TakeOverCorrected,
            portfolio.SpecificationChanged,
            portfolio.ProjectApproved,
            portfolio.ProjectFunded,
            portfolio.ProjectReturned,
            portfolio.ProjectStarted,
            portfolio.ProgressReported,
            portfolio.ProjectPutOnHold,
            portfolio.ProjectResumed,
            portfolio.ProjectClosing,
            portfolio.ProjectClosed,
            portfolio.ProjectCancelled,
            portfolio.AccountabilityTransferred,
            portfolio.AccountabilityUnresolved,
            planning.BaselineSet,
            planning.TolerancesSet,
            planning.MilestoneMet,
            planning.MilestoneMissed,
            planning.MilestoneMoved,
            planning.EarnedValueMoved,
        ],
        judge,
    ),
    OwnReaction([portfolio.PortfolioLimitsSet], judge_all),
]
