"""The people, services and histories that the tests of changes share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from chassis.domain.decider import SYSTEM, Actor
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeKind, ChangeRisk, WindowKind
from contracts.portfolio.services import Criticality, ServiceStage
from services.portfolio.changes.domain.change.model import ChangeEvent, ChangeFacts
from services.portfolio.changes.domain.change.raising import RaiseChange
from services.portfolio.changes.domain.change_model import ChangeModel, ModelStatus
from services.portfolio.changes.domain.window import Window
from services.portfolio.services.domain.service.model import Service

CHANGE_ID, SERVICE_ID, DIVISION, MODEL_ID, FREEZE_ID = (UUID(int=n) for n in range(300, 305))
HEAD, OWNER, RAISER, GUARDIAN = (UUID(int=n) for n in range(1, 5))
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
START, END = datetime(2026, 12, 22, 20, tzinfo=UTC), datetime(2026, 12, 22, 23, tzinfo=UTC)

service = Service(
    name="Mail", summary="", division_id=DIVISION, owner_id=OWNER, criticality=Criticality.HIGH, stage=ServiceStage.LIVE
)
freeze = Window(
    name="Year end",
    kind=WindowKind.FREEZE,
    time_zone="Europe/Zurich",
    starts=datetime(2026, 12, 20),  # noqa: DTZ001 (local times of the window)
    ends=datetime(2027, 1, 3, 6),  # noqa: DTZ001
    starts_at=datetime(2026, 12, 19, 23, tzinfo=UTC),
    ends_at=datetime(2027, 1, 3, 5, tzinfo=UTC),
    service_ids=(),
    division_id=DIVISION,
    kinds_excepted=(ChangeKind.EMERGENCY,),
    excepted_by=(GUARDIAN,),
    inside=(),
)
model = ChangeModel(
    name="Restart",
    division_id=DIVISION,
    procedure="Restart it.",
    back_out_plan="Start the old one.",
    drafted_by=(str(RAISER),),
    status=ModelStatus.APPROVED,
)

ASKED: dict[str, Any] = {
    "title": "New mail server",
    "description": "",
    "kind": "normal",
    "division_id": DIVISION,
    "service_ids": (SERVICE_ID,),
}
RAISE = RaiseChange.model_validate(ASKED)
RAISED = changes.ChangeRaised(**vars(RAISE), back_out_plan=None, raised_by=(str(RAISER),))
EMERGENCY = RAISED.model_copy(update={"kind": ChangeKind.EMERGENCY})
STANDARD = RAISED.model_copy(
    update={"kind": ChangeKind.STANDARD, "model_id": MODEL_ID, "back_out_plan": model.back_out_plan}
)
ASSESSED = changes.ChangeAssessed(risk=ChangeRisk.MEDIUM, impact="No mail for an hour.")
AUTHORISED = changes.ChangeAuthorised()
PLANNED = changes.BackOutPlanned(back_out_plan="Start the old one.")
SCHEDULED = changes.ChangeScheduled(starts_at=START, ends_at=END, starts_on=START.date(), ends_on=END.date())
IN_FREEZE = changes.ChangeInFreeze(window_id=FREEZE_ID)
IMPLEMENTED = changes.ChangeImplemented(finished_at=END)
REVIEWED = changes.ChangeReviewed(succeeded=True, findings="")
CLOSED = changes.ChangeClosed()
CANCELLED = changes.ChangeCancelled(reason="too late")
BACKED_OUT = changes.ChangeBackedOut(reason="no mail")
READY: Sequence[ChangeEvent] = (RAISED, ASSESSED, AUTHORISED, PLANNED)
AT_WORK: Sequence[ChangeEvent] = (*READY, SCHEDULED)
DONE: Sequence[ChangeEvent] = (*AT_WORK, IMPLEMENTED)
AUDIENCE = changes.AudienceNamed(audience="Sales", size=40, target=30)
LATER = datetime(2026, 12, 30, 12, tzinfo=UTC)
DAY = date(2026, 12, 30)


def facts(actor: UUID | str = OWNER, *roles: str, at: datetime = NOW, **known: Any) -> ChangeFacts:
    """What a decision knows: the service that is touched, an open division with its head."""
    usual: dict[str, Any] = {"services": {SERVICE_ID: service}, "division_open": True, "division_head": HEAD}
    acting = Actor(str(actor), frozenset(roles or ([SYSTEM] if actor == "system:tests" else [])))
    return ChangeFacts(actor=acting, at=at, id=CHANGE_ID, **usual | known)
