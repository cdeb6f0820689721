"""What may be asked about a disciplinary case."""

from uuid import UUID

from chassis.domain.decider import Command
from contracts.values import Day, Personal
from services.people.domain.disciplinary_case.state import Outcome, Verdict
from services.people.domain.statement import Statement


class ReportCase(Command):
    """Report what somebody is said to have done, on which day. Repeating it with the same facts changes nothing."""

    person_id: UUID
    report: Personal[Statement]
    occurred_on: Day


class BeginInvestigation(Command):
    """Name who investigates; another one takes over until the findings are recorded."""

    investigator_id: UUID


class NameHearer(Command):
    """Name who holds the hearing and decides; another one takes over until the hearing was held."""

    hearer_id: UUID


class NameAppealHearer(Command):
    """Name who decides on an appeal; another one takes over until that is decided."""

    appeal_hearer_id: UUID


class RecordFindings(Command):
    """Record what the investigation found, which ends it."""

    findings: Personal[Statement]


class SendAllegation(Command):
    """Send the allegation in writing: the person reads it, and the case, from now on. A new one restarts the notice."""

    allegation: Personal[Statement]


class RecordHearing(Command):
    """Record the hearing: on which day, and what was said."""

    held_on: Day
    record: Personal[Statement]


class DecideCase(Command):
    """Decide what the hearing leads to, and say why."""

    outcome: Personal[Outcome]
    reasons: Personal[Statement]


class AppealDecision(Command):
    """Appeal against the decision, and say why."""

    grounds: Personal[Statement]


class DecideAppeal(Command):
    """Decide whether the decision stands, and say why."""

    verdict: Verdict
    reasons: Personal[Statement]


class DropCase(Command):
    """Close the case without a decision: nothing to answer for, or nobody to answer."""

    reason: Personal[Statement]


class CloseCase(Command):
    """Close a case that can go no further; a warning stays live until it lapses."""


class LapseWarning(Command):
    """Let a warning lapse whose time is over."""


class CarryOutConsequence(Command):
    """Note that the person's eligibility was worked out anew."""


CaseStep = (
    BeginInvestigation
    | NameHearer
    | NameAppealHearer
    | RecordFindings
    | SendAllegation
    | RecordHearing
    | DecideCase
    | DecideAppeal
    | DropCase
    | CloseCase
)
"""What others do in a case about somebody."""
CaseCommand = ReportCase | CaseStep | AppealDecision | LapseWarning | CarryOutConsequence
