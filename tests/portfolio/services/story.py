"""The people and the history that the tests of services share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from chassis.domain.decider import SYSTEM, Actor
from contracts.portfolio import services
from contracts.portfolio.services import Criticality, ServiceTargets
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.services.domain.service.life import PlanService
from services.portfolio.services.domain.service.model import ServiceEvent, ServiceFacts

SERVICE_ID, OTHER_ID, DIVISION = UUID(int=200), UUID(int=201), UUID(int=101)
CHIEF, OWNER, COLLEAGUE = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

chief = KnownPerson(CHIEF, Grade.EXECUTIVE, active=True)
owner = KnownPerson(OWNER, Grade.MANAGER, active=True, line=(CHIEF,))
leaver = KnownPerson(OWNER, Grade.MANAGER, active=False, line=(CHIEF,))

PLAN = PlanService(name="Mail", summary="", division_id=DIVISION, owner_id=OWNER, criticality=Criticality.HIGH)
PLANNED = services.ServicePlanned(
    name="Mail", summary="", division_id=DIVISION, owner_id=OWNER, criticality=Criticality.HIGH
)
UNOWNED = PLANNED.model_copy(update={"owner_id": None})
LIVE = services.ServiceWentLive()
DEGRADED = services.ServiceDegraded(reason="slow")
RETIRING = services.ServiceRetiring(reason="replaced")
RETIRED = services.ServiceRetired()
UNRESOLVED = services.ServiceOwnershipUnresolved(owner_id=OWNER, reason="left")
REQUIRED = services.ServiceStandardRequired(standard="ISO 27001")
EXCEPTED = services.ServiceStandardExcepted(standard="ISO 27001", until=TODAY, reason="audit")
CONTINUITY = services.ContinuityPlanWritten(rto_minutes=240, rpo_minutes=15, plan="", written_on=date(2026, 1, 1))
IN_USE: Sequence[ServiceEvent] = (PLANNED, LIVE)
AT_END: Sequence[ServiceEvent] = (*IN_USE, RETIRING, RETIRED)


def agreed(since: date = date(2026, 1, 1), **targets: Any) -> services.ServiceTargetsAgreed:
    """Targets that hold from a day on."""
    return services.ServiceTargetsAgreed(since=since, targets=ServiceTargets.model_validate(targets))


def facts(actor: UUID | str = OWNER, *roles: str, at: datetime = NOW, **known: Any) -> ServiceFacts:
    """What a decision knows: the owner with the chief above, and what is named."""
    usual: dict[str, Any] = {"subject": OWNER, "line": [CHIEF], "owner": owner, "division_open": True}
    acting = Actor(str(actor), frozenset(roles or ([SYSTEM] if actor == "system:tests" else [])))
    return ServiceFacts(actor=acting, at=at, id=SERVICE_ID, **usual | known)
