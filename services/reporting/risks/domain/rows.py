"""Risks as rows."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.domain.read_row import ReadRow


class RiskRow(ReadRow):
    """A risk that is not confidential, with its current score; None before it was analysed.

    ``accepted_until``: the last day of an acceptance in force.
    """

    id: UUID
    title: str = ""
    category: str = ""
    division_id: UUID | None = None
    project_id: UUID | None = None
    owner_id: UUID | None = None
    status: str = "identified"
    level: str | None = None
    number: Decimal | None = None
    appetite: Decimal | None = None
    above_appetite: bool = False
    treatment: str | None = None
    review_on: date | None = None
    accepted_until: date | None = None
