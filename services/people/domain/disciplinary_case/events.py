"""What happens in a disciplinary case. All of it is private: nothing on its stream is ever published."""

from datetime import date, datetime
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.values import Personal, Subject
from services.people.domain.disciplinary_case.state import Outcome, Verdict
from services.people.domain.statement import Statement


class CaseReported(PrivateEvent):
    """Somebody is said to have done something on a day."""

    person_id: Subject
    report: Personal[Statement]
    occurred_on: date


class InvestigationBegun(PrivateEvent):
    """This person investigates from now on."""

    investigator_id: UUID


class HearerNamed(PrivateEvent):
    """This person is to hold the hearing and decide."""

    hearer_id: UUID


class AppealHearerNamed(PrivateEvent):
    """This person is to decide on an appeal."""

    appeal_hearer_id: UUID


class FindingsRecorded(PrivateEvent):
    """The investigation ended with these findings."""

    person_id: Subject
    findings: Personal[Statement]
    effective_on: date


class AllegationSent(PrivateEvent):
    """The person was told in writing what they are said to have done."""

    person_id: Subject
    allegation: Personal[Statement]
    effective_on: date


class HearingHeld(PrivateEvent):
    """The hearing was held on a day."""

    person_id: Subject
    record: Personal[Statement]
    effective_on: date


class CaseDecided(PrivateEvent):
    """The hearer decided; ``live``, ``bars``, ``lapses_on`` and ``appeal_until`` are as in the state."""

    person_id: Subject
    outcome: Personal[Outcome | None]
    reasons: Personal[Statement]
    live: bool
    bars: bool
    lapses_on: date | None
    appeal_until: date | None
    decided_at: datetime
    effective_on: date


class CaseAppealed(PrivateEvent):
    """The person appealed against the decision."""

    person_id: Subject
    grounds: Personal[Statement]
    effective_on: date


class AppealDecided(PrivateEvent):
    """The appeal hearer decided whether the decision stands."""

    person_id: Subject
    verdict: Verdict
    reasons: Personal[Statement]
    decided_at: datetime
    effective_on: date


class CaseDropped(PrivateEvent):
    """The case was closed without a decision."""

    person_id: Subject
    reason: Personal[Statement]


class CaseClosed(PrivateEvent):
    """The case goes no further."""


class WarningLapsed(PrivateEvent):
    """The warning is not live any more."""

    lapsed_at: datetime


class ConsequenceCarriedOut(PrivateEvent):
    """The person's eligibility was worked out anew."""


CaseEvent = (
    CaseReported
    | InvestigationBegun
    | HearerNamed
    | AppealHearerNamed
    | FindingsRecorded
    | AllegationSent
    | HearingHeld
    | CaseDecided
    | CaseAppealed
    | AppealDecided
    | CaseDropped
    | CaseClosed
    | WarningLapsed
    | ConsequenceCarriedOut
)
