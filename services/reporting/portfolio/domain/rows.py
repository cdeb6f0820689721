"""Initiatives and projects as rows."""

from datetime import date
from decimal import Decimal
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


class ProjectWithMoney(ProjectRow):
    """A project with its money, 0 where finance has published nothing about it."""

    currency: str | None = None
    granted: Decimal = ZERO
    committed: Decimal = ZERO
    actual: Decimal = ZERO
    estimate: Decimal | None = None
    estimate_as_of: date | None = None
    overrun: bool = False
    money_marks: dict[str, Mark] = {}
