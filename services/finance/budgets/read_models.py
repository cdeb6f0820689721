"""Finance's copy of portfolio's facts: who is accountable for each project."""

from typing import Any
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import portfolio


class KnownProjectRow(ReadRow):
    """A project as heard of."""

    id: UUID
    division_id: UUID | None = None
    accountable_id: UUID | None = None
    delegate_id: UUID | None = None


def fold_project(row: KnownProjectRow | None, envelope: Envelope, key: UUID) -> KnownProjectRow:
    project = row or KnownProjectRow(id=key)
    match envelope.event:
        case (
            portfolio.ProjectProposed(division_id=division_id, accountable_id=accountable_id)
            | portfolio.ProjectTakenOver(division_id=division_id, accountable_id=accountable_id)
        ):
            return project.but(division_id=division_id, accountable_id=accountable_id)
        case portfolio.AccountabilityTransferred(accountable_id=accountable_id):
            return project.but(accountable_id=accountable_id)
        case portfolio.DelegationAccepted(delegate_id=delegate_id):
            return project.but(delegate_id=delegate_id)
        case portfolio.DelegationEnded():
            return project.but(delegate_id=None)
        case _:
            return project


REFERENCE: list[Fold[Any]] = [Fold("known_projects", KnownProjectRow, of_kind("project"), fold_project)]
