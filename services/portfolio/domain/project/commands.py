"""Project: what can be asked of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command
from contracts.portfolio import Health, Outcome, Source, Stage, Verdict
from contracts.values import Day, Line, Money, Name, Period, Share, Text


def _bounded(plan: Period) -> Period:
    if plan.start < date(1900, 1, 1) or plan.end > date(2200, 12, 31):
        raise ValueError("a plan lies between 1900 and 2200")
    return plan


Plan = Annotated[Period, AfterValidator(_bounded)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Criteria = Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
Gaps = Annotated[tuple[Line, ...], Field(max_length=50)]
Verdicts = Annotated[tuple[Verdict, ...], Field(max_length=50)]


class ProposeProject(Command):
    """Propose a project, with its business sponsor and the senior manager who answers for it."""

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None = None
    sponsor_id: UUID
    accountable_id: UUID


class TakeOverProject(Command):
    """Take a project over from another system at any stage; repeating it corrects what that system now says otherwise.

    Without ``accountable_id`` the division's head stands in. ``gaps`` names what that system does not know.
    """

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None = None
    source: Source
    stage: Stage
    plan: Plan | None = None
    accountable_id: UUID | None = None
    gaps: Gaps = ()


class NameSponsor(Command):
    """Name the business sponsor, who signs the specification."""

    sponsor_id: UUID


class WriteSpecification(Command):
    """Write the next version of the specification, until the project is approved."""

    scope: Text
    success_criteria: Criteria
    plan: Plan
    budget_asked: Money


class SignSpecification(Command):
    """Sign the latest version of the specification as the business sponsor."""

    version: Version


class ApproveProject(Command):
    """Let the project pass its gate: go. Finance is asked for its budget."""


class ConfirmFunding(Command):
    """Record that finance granted the money."""

    granted: Money


class ReturnToSpecification(Command):
    """Record that finance refused the money: the project is back at its specification."""

    reason: Line


class StartProject(Command):
    """Begin the work of a funded project."""

    effective_on: Day


class ReportProgress(Command):
    """Report how far the project is and how it stands, as of a date."""

    as_of: Day
    percent_complete: Share | None = None
    expected_completion: Day | None = None
    health: Health | None = None
    note: Text = ""


class PutProjectOnHold(Command):
    """Let the work rest."""

    reason: Line


class ResumeProject(Command):
    """Go on with a project that is on hold."""


class BeginClosing(Command):
    """Say that the work is done and gather the verdicts."""


class CloseProject(Command):
    """Close the project with a verdict on each success criterion and the lessons learnt."""

    outcome: Outcome
    verdicts: Verdicts
    lessons: Text
    effective_on: Day


class CancelProject(Command):
    """Give the project up."""

    reason: Line


class HandOverAccountability(Command):
    """Make another senior manager accountable."""

    accountable_id: UUID
    reason: Line


class EscalateAccountability(Command):
    """Pass accountability up the line because the accountable manager left or lost their eligibility."""

    leaver_id: UUID
    reason: Line


class OfferDelegation(Command):
    """Offer responsibility to a manager below; accountability stays. ``until`` is the last day of it."""

    delegate_id: UUID
    until: Day | None = None
    scope: Line


class AcceptDelegation(Command):
    """Accept the responsibility that was offered to you."""


class DeclineDelegation(Command):
    """Say no to the responsibility that was offered to you."""

    reason: Line


class ReturnDelegation(Command):
    """Give the responsibility back."""

    reason: Line


class RevokeDelegation(Command):
    """Take the responsibility back from the delegate, or the offer."""

    reason: Line


class EndDelegationOfLeaver(Command):
    """End the delegation because the delegate left."""

    person_id: UUID
    reason: Line


class ExpireDelegation(Command):
    """End the delegation because its last day is over."""


FoundingCommand = ProposeProject | TakeOverProject
SpecificationCommand = (
    NameSponsor | WriteSpecification | SignSpecification | ApproveProject | ConfirmFunding | ReturnToSpecification
)
WorkCommand = (
    StartProject | ReportProgress | PutProjectOnHold | ResumeProject | BeginClosing | CloseProject | CancelProject
)
AccountabilityCommand = HandOverAccountability | EscalateAccountability
DelegationCommand = (
    OfferDelegation
    | AcceptDelegation
    | DeclineDelegation
    | ReturnDelegation
    | RevokeDelegation
    | EndDelegationOfLeaver
    | ExpireDelegation
)
ProjectCommand = FoundingCommand | SpecificationCommand | WorkCommand | AccountabilityCommand | DelegationCommand
