"""A disciplinary case: state, facts, events, and how each event changes the state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import PrivateEvent, State, existing
from contracts.values import Grade, Personal, Subject
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.staffing_policy import StaffingPolicy
from services.people.organisation.domain.statement import Statement


class CaseStatus(StrEnum):
    """The status of a case; it only goes forward, but to a new hearing where the hearer left before deciding."""

    REPORTED = "reported"
    INVESTIGATING = "investigating"
    CHARGED = "charged"
    HEARING_HELD = "hearing held"
    DECIDED = "decided"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    CLOSED = "closed"


class Outcome(StrEnum):
    """The outcome of a hearing."""

    NO_ACTION = "no action"
    WRITTEN_WARNING = "written warning"
    FINAL_WARNING = "final written warning"
    DISMISSAL = "dismissal"

    @property
    def bars(self) -> bool:
        """Return whether nobody is given senior responsibilities while it is live."""
        return self in (Outcome.FINAL_WARNING, Outcome.DISMISSAL)


class Verdict(StrEnum):
    """The verdict of an appeal: the decision stands, or is as if it had never been made."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


class DisciplinaryCase(State):
    """A case as it stands; each part is None until its step is taken.

    ``live``: a warning or dismissal is in force; ``bars``: it bars from senior responsibilities, too. ``lapses_on`` is
    the first day without it; None for a dismissal, which lasts. ``appeal_until`` is the last day for an appeal, None
    where there is nothing to appeal.
    """

    person_id: Subject
    report: Personal[Statement]
    occurred_on: date
    status: CaseStatus = CaseStatus.REPORTED
    investigator_id: UUID | None = None
    hearer_id: UUID | None = None
    appeal_hearer_id: UUID | None = None
    findings: Personal[Statement | None] = None
    investigated_on: date | None = None
    allegation: Personal[Statement | None] = None
    allegation_sent_on: date | None = None
    hearing: Personal[Statement | None] = None
    heard_on: date | None = None
    outcome: Personal[Outcome | None] = None
    reasons: Personal[Statement | None] = None
    decided_on: date | None = None
    lapses_on: date | None = None
    appeal_until: date | None = None
    grounds: Personal[Statement | None] = None
    appeal_reasons: Personal[Statement | None] = None
    closing_reason: Personal[Statement | None] = None
    live: bool = False
    bars: bool = False


@dataclass(frozen=True)
class CaseFacts(LineFacts):
    """The person concerned with their line; ``policy`` has the months and days that count.

    ``named_grade`` is the grade of the person the command names; None where they are not active in a position.
    ``named_line`` is everybody above them; ``reporters``: who reported the case, and in whose place.
    ``hearer_left``: who is to decide works here no longer. ``barred_by_another``: another case bars the person
    concerned from senior responsibilities now.
    """

    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)
    named_grade: Grade | None = None
    named_line: Sequence[UUID] = ()
    reporters: Collection[str] = ()
    hearer_left: bool = False
    barred_by_another: bool = False


class CaseReported(PrivateEvent):
    """A misconduct is alleged, on a day."""

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
    """The allegation was sent to the person in writing."""

    person_id: Subject
    allegation: Personal[Statement]
    effective_on: date


class HearingHeld(PrivateEvent):
    """The hearing was held on a day."""

    person_id: Subject
    record: Personal[Statement]
    effective_on: date


class HearingCorrected(PrivateEvent):
    """The day or the minutes of the hearing were recorded wrongly; these are right."""

    person_id: Subject
    record: Personal[Statement]
    reason: Personal[Statement]
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
    """The warning is not live any more, from its day on, however late it was noticed."""

    lapsed_at: datetime
    effective_on: date | None = None


CaseEvent = (
    CaseReported
    | InvestigationBegun
    | HearerNamed
    | AppealHearerNamed
    | FindingsRecorded
    | AllegationSent
    | HearingHeld
    | HearingCorrected
    | CaseDecided
    | CaseAppealed
    | AppealDecided
    | CaseDropped
    | CaseClosed
    | WarningLapsed
)
Events = Sequence[CaseEvent]


def evolve(state: DisciplinaryCase | None, event: CaseEvent) -> DisciplinaryCase:
    if isinstance(event, CaseReported):
        return DisciplinaryCase(**vars(event))
    case = existing(state)
    match event:
        case InvestigationBegun(investigator_id=investigator_id):
            return case.but(investigator_id=investigator_id, status=CaseStatus.INVESTIGATING)
        case HearerNamed(hearer_id=hearer_id):
            again = {"status": CaseStatus.CHARGED, "hearing": None, "heard_on": None}
            return case.but(hearer_id=hearer_id, **(again if case.status is CaseStatus.HEARING_HELD else {}))
        case AppealHearerNamed(appeal_hearer_id=appeal_hearer_id):
            return case.but(appeal_hearer_id=appeal_hearer_id)
        case FindingsRecorded(findings=findings, effective_on=on):
            return case.but(findings=findings, investigated_on=on)
        case AllegationSent(allegation=allegation, effective_on=on):
            return case.but(allegation=allegation, allegation_sent_on=on, status=CaseStatus.CHARGED)
        case HearingHeld(record=record, effective_on=on):
            return case.but(hearing=record, heard_on=on, status=CaseStatus.HEARING_HELD)
        case HearingCorrected(record=record, effective_on=on):
            return case.but(hearing=record, heard_on=on)
        case CaseDecided():
            return decided(case, event)
        case CaseAppealed(grounds=grounds):
            return case.but(grounds=grounds, status=CaseStatus.APPEALED)
        case AppealDecided():
            return appeal_decided(case, event)
        case CaseDropped(reason=reason):
            return case.but(closing_reason=reason, status=CaseStatus.CLOSED)
        case CaseClosed():
            return case.but(status=CaseStatus.CLOSED)
        case WarningLapsed():
            return case.but(live=False, bars=False)
        case _:
            assert_never(event)


def decided(case: DisciplinaryCase, event: CaseDecided) -> DisciplinaryCase:
    """Record the decision; one that bars from senior responsibilities does so at once."""
    return case.but(
        status=CaseStatus.DECIDED,
        outcome=event.outcome,
        reasons=event.reasons,
        decided_on=event.effective_on,
        lapses_on=event.lapses_on,
        appeal_until=event.appeal_until,
        live=event.live,
        bars=event.bars,
    )


def appeal_decided(case: DisciplinaryCase, event: AppealDecided) -> DisciplinaryCase:
    """Record the appeal's verdict; an overturned decision is not live any more."""
    if event.verdict is Verdict.UPHELD:
        return case.but(status=CaseStatus.UPHELD, appeal_reasons=event.reasons)
    return case.but(live=False, bars=False, status=CaseStatus.OVERTURNED, appeal_reasons=event.reasons)
