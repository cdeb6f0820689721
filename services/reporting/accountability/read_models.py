"""The accountability ledger: who answered for what from when; declared as history, so past dates can be asked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import portfolio
from services.reporting.organisation.domain.rows import Basis

project_of = of_kind("project")


class AccountabilityRow(ReadRow):
    """From this event on, this person is accountable for the project, until the project's next row."""

    id: str
    project_id: UUID
    number: int
    person_id: UUID
    basis: str
    reason: str | None
    since: datetime
    actor: str


def keys(envelope: Envelope) -> Sequence[str]:
    """One row for each event that says who is accountable."""
    match envelope.event:
        case (
            portfolio.ProjectProposed()
            | portfolio.ProjectTakenOver()
            | portfolio.AccountabilityWaived()
            | portfolio.AccountabilityTransferred()
        ) if project_of(envelope):
            return [f"{envelope.stream}:{envelope.number}"]
        case _:
            return []


def fold(row: AccountabilityRow | None, envelope: Envelope, key: str) -> AccountabilityRow | None:
    """The row an event makes; it never changes."""
    match envelope.event:
        case portfolio.ProjectProposed(accountable_id=person_id) | portfolio.ProjectTakenOver(accountable_id=person_id):
            return entry(envelope, key, person_id, Basis.NAMED, None)
        case portfolio.AccountabilityWaived(accountable_id=person_id, reason=reason):
            return entry(envelope, key, person_id, Basis.STANDS_IN, reason)
        case portfolio.AccountabilityTransferred(accountable_id=person_id, basis=basis, reason=reason):
            return entry(envelope, key, person_id, basis, reason)
        case _:
            return row


def entry(envelope: Envelope, key: str, person_id: UUID, basis: str, reason: str | None) -> AccountabilityRow:
    assert envelope.number is not None
    assert envelope.time is not None
    return AccountabilityRow(
        id=key,
        project_id=envelope.subject,
        number=envelope.number,
        person_id=person_id,
        basis=basis,
        reason=reason,
        since=envelope.time,
        actor=envelope.actor,
    )


ACCOUNTABILITY = Fold("accountability", AccountabilityRow, keys, fold)
