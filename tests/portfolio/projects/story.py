"""The people and the history that the tests of projects share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts import portfolio
from contracts.values import Grade, Money, Period
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.projects.domain.project.delegation import OfferDelegation
from services.portfolio.projects.domain.project.founding import ProposeProject, TakeOverProject
from services.portfolio.projects.domain.project.model import ProjectEvent, ProjectFacts
from services.portfolio.projects.domain.project.specification import WriteSpecification
from services.portfolio.projects.domain.project.work import CloseProject

PROJECT_ID, DIVISION, INITIATIVE = UUID(int=100), UUID(int=101), UUID(int=102)
CHIEF, SENIOR, MANAGER, SPONSOR, OTHER, BOARD = (UUID(int=n) for n in range(1, 7))
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 23)

chief = KnownPerson(CHIEF, Grade.EXECUTIVE, active=True)
senior = KnownPerson(SENIOR, Grade.SENIOR_MANAGER, active=True, line=(CHIEF,))
other = KnownPerson(OTHER, Grade.SENIOR_MANAGER, active=True, line=(CHIEF,))
manager = KnownPerson(MANAGER, Grade.MANAGER, active=True, line=(SENIOR, CHIEF))
sponsor = KnownPerson(SPONSOR, Grade.MANAGER, active=True)

PROPOSE = ProposeProject(name="Payroll", summary="", division_id=DIVISION, sponsor_id=SPONSOR, accountable_id=SENIOR)
PROPOSED = portfolio.ProjectProposed(
    name="Payroll", summary="", division_id=DIVISION, initiative_id=None, sponsor_id=SPONSOR, accountable_id=SENIOR
)
SOURCE = portfolio.Source(system="itdashboard", reference="005/1/656")
PLAN = Period(start=date(2026, 1, 1), end=date(2026, 12, 31))
ASKED = Money(amount=Decimal(1000), currency="EUR")
CRITERIA = ("paid on time", "no paper")
WRITE = WriteSpecification(scope="All payslips", success_criteria=CRITERIA, plan=PLAN, budget_asked=ASKED)
SPECIFIED = portfolio.ProjectSpecified(
    version=1, scope="All payslips", success_criteria=CRITERIA, plan=PLAN, budget_asked=ASKED
)
SIGNED = portfolio.SpecificationSigned(version=1, signed_by=SPONSOR)
APPROVED = portfolio.ProjectApproved(division_id=DIVISION, specification_version=1, budget_asked=ASKED, plan=PLAN)
FUNDED = portfolio.ProjectFunded(granted=ASKED)
STARTED = portfolio.ProjectStarted(effective_on=date(2026, 2, 1))
HELD = portfolio.ProjectPutOnHold(reason="winter")
CLOSING = portfolio.ProjectClosing()
VERDICTS = tuple(portfolio.Verdict(criterion=criterion, met=True, evidence="seen") for criterion in CRITERIA)
CLOSE = CloseProject(
    outcome=portfolio.Outcome.SUCCEEDED, verdicts=VERDICTS, lessons="Start sooner.", effective_on=TODAY
)
CLOSED = portfolio.ProjectClosed(
    outcome=portfolio.Outcome.SUCCEEDED, verdicts=VERDICTS, lessons="Start sooner.", effective_on=TODAY
)
RECOVERY = portfolio.RecoveryStep(step="A second team.", owner_id=MANAGER, due_on=TOMORROW)
RESPECIFIED = portfolio.SpecificationChanged(
    version=2,
    scope="All payslips and pensions",
    success_criteria=CRITERIA,
    plan=PLAN,
    budget_asked=ASKED,
    signed_by=SPONSOR,
    change_request_id=UUID(int=103),
)
CANCELLED = portfolio.ProjectCancelled(reason="merged")
OFFER = OfferDelegation(delegate_id=MANAGER, scope="all of it")
OFFERED = portfolio.DelegationOffered(delegate_id=MANAGER, offered_by=SENIOR, until=None, scope="all of it")
ACCEPTED = portfolio.DelegationAccepted(delegate_id=MANAGER)
DELEGATED = (OFFERED, ACCEPTED)

AT_SPECIFIED = (PROPOSED, SPECIFIED, SIGNED)
AT_APPROVED = (*AT_SPECIFIED, APPROVED)
AT_FUNDED = (*AT_APPROVED, FUNDED)
AT_WORK = (*AT_FUNDED, STARTED)
AT_REST = (*AT_WORK, HELD)
AT_CLOSING = (*AT_WORK, CLOSING)
AT_END = (*AT_CLOSING, CLOSED)
GIVEN_UP = (PROPOSED, CANCELLED)

HISTORIES: dict[portfolio.Stage, Sequence[ProjectEvent]] = {
    portfolio.Stage.PROPOSED: (PROPOSED,),
    portfolio.Stage.SPECIFIED: AT_SPECIFIED,
    portfolio.Stage.APPROVED: AT_APPROVED,
    portfolio.Stage.FUNDED: AT_FUNDED,
    portfolio.Stage.IN_PROGRESS: AT_WORK,
    portfolio.Stage.ON_HOLD: AT_REST,
    portfolio.Stage.CLOSING: AT_CLOSING,
    portfolio.Stage.CLOSED: AT_END,
    portfolio.Stage.CANCELLED: GIVEN_UP,
}


def take_over(**changes: Any) -> TakeOverProject:
    """The command that takes the project over, in progress, with somebody accountable."""
    known: dict[str, Any] = {"stage": portfolio.Stage.IN_PROGRESS, "plan": PLAN, "accountable_id": SENIOR, **changes}
    return TakeOverProject(**{"name": "Payroll", "summary": "", "division_id": DIVISION, "source": SOURCE, **known})


def taken_over(**changes: Any) -> portfolio.ProjectTakenOver:
    """The event of it."""
    return portfolio.ProjectTakenOver(**{**dict(take_over()), **changes})


def facts(actor: UUID | str = "tests", for_whom: str | None = None, **known: Any) -> ProjectFacts:
    """Everybody is known, everything is open, unless said otherwise."""
    rows: dict[str, Any] = {
        "accountable": senior,
        "sponsor": sponsor,
        "delegate": manager,
        "recovery_owner": manager,
        "division_head": chief,
        "division_open": True,
        "initiative_open": True,
    }
    acting = Actor(str(actor), for_whom=for_whom)
    return ProjectFacts(actor=acting, at=datetime(2026, 11, 22, 9, tzinfo=UTC), id=PROJECT_ID, **{**rows, **known})
