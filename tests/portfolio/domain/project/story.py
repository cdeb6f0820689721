"""The people and the history that the tests of projects share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts.portfolio import (
    DelegationAccepted,
    DelegationOffered,
    Outcome,
    ProjectApproved,
    ProjectCancelled,
    ProjectClosed,
    ProjectClosing,
    ProjectFunded,
    ProjectProposed,
    ProjectPutOnHold,
    ProjectSpecified,
    ProjectStarted,
    ProjectTakenOver,
    Source,
    SpecificationSigned,
    Stage,
    Verdict,
)
from contracts.values import Grade, Money, Period
from services.portfolio.domain.known import KnownPerson
from services.portfolio.domain.project import (
    CloseProject,
    OfferDelegation,
    ProjectEvent,
    ProjectFacts,
    ProposeProject,
    TakeOverProject,
    WriteSpecification,
)

PROJECT_ID, DIVISION, INITIATIVE = UUID(int=100), UUID(int=101), UUID(int=102)
CHIEF, SENIOR, MANAGER, SPONSOR, OTHER, BOARD = (UUID(int=n) for n in range(1, 7))
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 23)

chief = KnownPerson(CHIEF, Grade.EXECUTIVE, active=True)
senior = KnownPerson(SENIOR, Grade.SENIOR_MANAGER, active=True, line=(CHIEF,))
other = KnownPerson(OTHER, Grade.SENIOR_MANAGER, active=True, line=(CHIEF,))
manager = KnownPerson(MANAGER, Grade.MANAGER, active=True, line=(SENIOR, CHIEF))
sponsor = KnownPerson(SPONSOR, Grade.MANAGER, active=True)

PROPOSE = ProposeProject(name="Payroll", summary="", division_id=DIVISION, sponsor_id=SPONSOR, accountable_id=SENIOR)
PROPOSED = ProjectProposed(
    name="Payroll", summary="", division_id=DIVISION, initiative_id=None, sponsor_id=SPONSOR, accountable_id=SENIOR
)
SOURCE = Source(system="itdashboard", reference="005/1/656")
PLAN = Period(start=date(2026, 1, 1), end=date(2026, 12, 31))
ASKED = Money(amount=Decimal(1000), currency="EUR")
CRITERIA = ("paid on time", "no paper")
WRITE = WriteSpecification(scope="All payslips", success_criteria=CRITERIA, plan=PLAN, budget_asked=ASKED)
SPECIFIED = ProjectSpecified(version=1, scope="All payslips", success_criteria=CRITERIA, plan=PLAN, budget_asked=ASKED)
SIGNED = SpecificationSigned(version=1, signed_by=SPONSOR)
APPROVED = ProjectApproved(division_id=DIVISION, specification_version=1, budget_asked=ASKED, plan=PLAN)
FUNDED = ProjectFunded(granted=ASKED)
STARTED = ProjectStarted(effective_on=date(2026, 2, 1))
HELD = ProjectPutOnHold(reason="winter")
CLOSING = ProjectClosing()
VERDICTS = tuple(Verdict(criterion=criterion, met=True, evidence="seen") for criterion in CRITERIA)
CLOSE = CloseProject(outcome=Outcome.SUCCEEDED, verdicts=VERDICTS, lessons="Start sooner.", effective_on=TODAY)
CLOSED = ProjectClosed(outcome=Outcome.SUCCEEDED, verdicts=VERDICTS, lessons="Start sooner.", effective_on=TODAY)
CANCELLED = ProjectCancelled(reason="merged")
OFFER = OfferDelegation(delegate_id=MANAGER, scope="all of it")
OFFERED = DelegationOffered(delegate_id=MANAGER, offered_by=SENIOR, until=None, scope="all of it")
ACCEPTED = DelegationAccepted(delegate_id=MANAGER)
DELEGATED = (OFFERED, ACCEPTED)

AT_SPECIFIED = (PROPOSED, SPECIFIED, SIGNED)
AT_APPROVED = (*AT_SPECIFIED, APPROVED)
AT_FUNDED = (*AT_APPROVED, FUNDED)
AT_WORK = (*AT_FUNDED, STARTED)
AT_REST = (*AT_WORK, HELD)
AT_CLOSING = (*AT_WORK, CLOSING)
AT_END = (*AT_CLOSING, CLOSED)
GIVEN_UP = (PROPOSED, CANCELLED)

HISTORIES: dict[Stage, Sequence[ProjectEvent]] = {
    Stage.PROPOSED: (PROPOSED,),
    Stage.SPECIFIED: AT_SPECIFIED,
    Stage.APPROVED: AT_APPROVED,
    Stage.FUNDED: AT_FUNDED,
    Stage.IN_PROGRESS: AT_WORK,
    Stage.ON_HOLD: AT_REST,
    Stage.CLOSING: AT_CLOSING,
    Stage.CLOSED: AT_END,
    Stage.CANCELLED: GIVEN_UP,
}


def take_over(**changes: Any) -> TakeOverProject:
    """The command that takes the project over, in progress, with somebody accountable."""
    known: dict[str, Any] = {"stage": Stage.IN_PROGRESS, "plan": PLAN, "accountable_id": SENIOR, **changes}
    return TakeOverProject(**{"name": "Payroll", "summary": "", "division_id": DIVISION, "source": SOURCE, **known})


def taken_over(**changes: Any) -> ProjectTakenOver:
    """The event of it."""
    return ProjectTakenOver(**{**dict(take_over()), **changes})


def facts(actor: UUID | str = "tests", for_whom: str | None = None, **known: Any) -> ProjectFacts:
    """Everybody is known, everything is open, unless said otherwise."""
    rows: dict[str, Any] = {
        "accountable": senior,
        "sponsor": sponsor,
        "delegate": manager,
        "division_head": chief,
        "division_open": True,
        "initiative_open": True,
    }
    acting = Actor(str(actor), for_whom=for_whom)
    return ProjectFacts(actor=acting, at=datetime(2026, 11, 22, 9, tzinfo=UTC), id=PROJECT_ID, **{**rows, **known})
