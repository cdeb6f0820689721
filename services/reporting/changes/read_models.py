"""Changes to services and the windows of their calendar, as portfolio publishes them."""

from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.messaging.cloudevents import Envelope
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeStage
from services.reporting.changes.domain.rows import ChangeRow, WindowRow

STAGES: dict[type[object], ChangeStage] = {
    changes.ChangeAssessed: ChangeStage.ASSESSED,
    changes.ChangeAuthorised: ChangeStage.AUTHORISED,
    changes.ChangeImplemented: ChangeStage.IMPLEMENTED,
    changes.ChangeBackedOut: ChangeStage.BACKED_OUT,
    changes.ChangeClosed: ChangeStage.CLOSED,
    changes.ChangeCancelled: ChangeStage.CANCELLED,
}


def fold_change(row: ChangeRow | None, envelope: Envelope, key: UUID) -> ChangeRow:
    change = row or ChangeRow(id=key)
    match envelope.event:
        case changes.ChangeRaised() as event:
            return change.but(
                title=event.title,
                kind=str(event.kind),
                division_id=event.division_id,
                project_id=event.project_id,
                services=len(event.service_ids),
            )
        case changes.ChangeScheduled(starts_at=starts_at, ends_at=ends_at):
            return change.but(stage=str(ChangeStage.SCHEDULED), starts_at=starts_at, ends_at=ends_at, in_freeze=0)
        case changes.ChangeInFreeze():
            return change.but(in_freeze=change.in_freeze + 1)
        case changes.ChangeOutOfFreeze() | changes.FreezeExceptionGranted():
            return change.but(in_freeze=max(change.in_freeze - 1, 0))
        case changes.ChangeReviewed(succeeded=succeeded):
            return change.but(stage=str(ChangeStage.REVIEWED), succeeded=succeeded)
        case _:
            stage = STAGES.get(type(envelope.event))
            return change.but(stage=str(stage)) if stage else change


def fold_window(row: WindowRow | None, envelope: Envelope, key: UUID) -> WindowRow:
    window = row or WindowRow(id=key)
    match envelope.event:
        case changes.WindowDeclared() as event:
            return window.but(
                name=event.name,
                kind=str(event.kind),
                time_zone=event.time_zone,
                division_id=event.division_id,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
            )
        case changes.WindowMoved(starts_at=starts_at, ends_at=ends_at):
            return window.but(starts_at=starts_at, ends_at=ends_at)
        case changes.WindowWithdrawn():
            return window.but(withdrawn=True)
        case _:
            return window


CHANGES = Fold("changes", ChangeRow, of_kind("change"), fold_change)
CHANGE_WINDOWS = Fold("change_windows", WindowRow, of_kind("change-window"), fold_window)
