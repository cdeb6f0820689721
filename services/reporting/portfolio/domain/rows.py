"""Initiatives and projects as rows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.read_row import ReadRow
from services.reporting.organisation.domain.rows import Basis, Mark

ZERO = Decimal(0)


class InitiativeRow(ReadRow):
    """An initiative."""

    id: UUID
    name: str = ""
    division_id: UUID | None = None
    stage: str = "shaped"
    outcome: str | None = None


class ProjectRow(ReadRow):
    """A project; ``marks`` names the event behind each fact, for those who open a figure."""

    id: UUID
    name: str = ""
    division_id: UUID | None = None
    initiative_id: UUID | None = None
    stage: str = "proposed"
    source_system: str | None = None
    source_reference: str | None = None
    sponsor_id: UUID | None = None
    accountable_id: UUID | None = None
    accountable_basis: str = Basis.NAMED
    unresolved: bool = False
    delegate_id: UUID | None = None
    delegation: str | None = None
    plan_start: date | None = None
    plan_end: date | None = None
    percent_complete: Decimal | None = None
    expected_completion: date | None = None
    reported_as_of: date | None = None
    declared_health: str | None = None
    outcome: str | None = None
    gaps: list[str] = []
    marks: dict[str, Mark] = {}


class ProjectHealthRow(ReadRow):
    """A project's health as portfolio judged it last."""

    id: UUID
    rating: str | None = None
    reasons: list[dict[str, Any]] = []
    declared: str | None = None
    disagrees: bool = False
    judged_on: date | None = None


class ExceptionRow(ReadRow):
    """An exception; ``hours``: from when it was raised to its answer."""

    id: UUID
    project_id: UUID | None = None
    division_id: UUID | None = None
    forecast: str = ""
    sentence: str = ""
    status: str = "raised"
    awaits_id: UUID | None = None
    answer_by: date | None = None
    level: int = 0
    answer: str | None = None
    raised_at: datetime | None = None
    hours: Decimal | None = None


class EarnedValueDayRow(ReadRow):
    """What a day brings to a division's own projects; ``slope``: on each day from this one on."""

    id: str
    division_id: UUID
    currency: str
    day: date
    amount: Decimal = ZERO
    slope: Decimal = ZERO
    earned: Decimal = ZERO
    budget: Decimal = ZERO
    actual: Decimal = ZERO


class ProjectWithMoney(ProjectRow):
    """A project with its health, and its money, 0 where finance has published nothing about it."""

    rating: str | None = None
    reasons: list[dict[str, Any]] = []
    disagrees: bool = False

    currency: str | None = None
    granted: Decimal = ZERO
    committed: Decimal = ZERO
    actual: Decimal = ZERO
    estimate: Decimal | None = None
    estimate_as_of: date | None = None
    overrun: bool = False
    money_marks: dict[str, Mark] = {}
