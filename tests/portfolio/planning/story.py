"""The plan and the people that the tests of planning share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts.portfolio import planning
from contracts.portfolio.planning import (
    EarnedValueMoved,
    EarnedValuePoint,
    Milestone,
    PackageProgress,
    Technique,
    WorkPackage,
)
from contracts.values import Money, Period
from services.portfolio.planning.domain.plan.model import PlanFacts
from services.portfolio.planning.domain.plan.rules import DraftPlan, ReportWork, SetBaseline
from services.portfolio.projects.domain.project.model import Project
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import AT_WORK, DIVISION, PROJECT_ID, TODAY

ONE, TWO, LAUNCH = UUID(int=201), UUID(int=202), UUID(int=203)
BUILD = WorkPackage(
    package_id=ONE,
    name="build",
    planned_value=Decimal(800),
    plan=Period(start=date(2026, 11, 1), end=date(2026, 12, 10)),
)
MOVE = WorkPackage(
    package_id=TWO,
    name="move",
    planned_value=Decimal(200),
    plan=Period(start=date(2026, 12, 1), end=date(2026, 12, 31)),
    technique=Technique.ZERO_HUNDRED,
)
LAUNCHED = Milestone(milestone_id=LAUNCH, name="launch", due_on=date(2026, 12, 24))
BUDGET = Money(amount=Decimal(1000), currency="EUR")
DRAFT = DraftPlan(currency="EUR", packages=(BUILD, MOVE), milestones=(LAUNCHED,))
DRAFTED = planning.PlanDrafted(division_id=DIVISION, currency="EUR", packages=(BUILD, MOVE), milestones=(LAUNCHED,))
BASELINE = SetBaseline(budget=BUDGET)
FROZEN = planning.BaselineSet(
    number=1, effective_on=TODAY, budget=BUDGET, packages=(BUILD, MOVE), milestones=(LAUNCHED,), change_request_id=None
)
AT_BASELINE = (DRAFTED, FROZEN)


def project(*events: Any) -> Project:
    found = PROJECT.fold(events or AT_WORK)
    assert found is not None
    return found


def facts(today: date = TODAY, of: Project | None = None, actor: str = "tests", **known: Any) -> PlanFacts:
    at = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    return PlanFacts(Actor(actor), at, PROJECT_ID, project=of or project(), **known)


def percent(share: int, package: UUID = ONE) -> PackageProgress:
    return PackageProgress(package_id=package, percent_complete=Decimal(share))


def report(*packages: PackageProgress, as_of: date = TODAY, **more: Any) -> ReportWork:
    return ReportWork(as_of=as_of, packages=packages, **more)


def reported(*packages: PackageProgress, as_of: date = TODAY, reason: str | None = None) -> planning.WorkReported:
    return planning.WorkReported(as_of=as_of, packages=packages, reason=reason)


def moved(*points: EarnedValuePoint, heard: int | None = None) -> EarnedValueMoved:
    return EarnedValueMoved(division_id=DIVISION, currency="EUR", points=points, heard=heard)


def points_of(events: Sequence[Any]) -> list[EarnedValuePoint]:
    return [point for event in events if isinstance(event, EarnedValueMoved) for point in event.points]
