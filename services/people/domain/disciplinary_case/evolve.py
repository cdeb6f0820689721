"""How each event changes a disciplinary case."""

from datetime import datetime
from typing import assert_never

from chassis.domain.decider import existing
from services.people.domain.disciplinary_case.events import (
    AllegationSent,
    AppealDecided,
    AppealHearerNamed,
    CaseAppealed,
    CaseClosed,
    CaseDecided,
    CaseDropped,
    CaseEvent,
    CaseReported,
    ConsequenceCarriedOut,
    FindingsRecorded,
    HearerNamed,
    HearingHeld,
    InvestigationBegun,
    WarningLapsed,
)
from services.people.domain.disciplinary_case.state import CaseStatus, DisciplinaryCase, Verdict


def evolve(state: DisciplinaryCase | None, event: CaseEvent) -> DisciplinaryCase:
    """The state after an event."""
    if isinstance(event, CaseReported):
        return DisciplinaryCase(**vars(event))
    case = existing(state)
    match event:
        case InvestigationBegun(investigator_id=investigator_id):
            return case.but(investigator_id=investigator_id, status=CaseStatus.INVESTIGATING)
        case HearerNamed(hearer_id=hearer_id):
            return case.but(hearer_id=hearer_id)
        case AppealHearerNamed(appeal_hearer_id=appeal_hearer_id):
            return case.but(appeal_hearer_id=appeal_hearer_id)
        case FindingsRecorded(findings=findings, effective_on=on):
            return case.but(findings=findings, investigated_on=on)
        case AllegationSent(allegation=allegation, effective_on=on):
            return case.but(allegation=allegation, allegation_sent_on=on, status=CaseStatus.CHARGED)
        case HearingHeld(record=record, effective_on=on):
            return case.but(hearing=record, heard_on=on, status=CaseStatus.HEARING_HELD)
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
        case WarningLapsed(lapsed_at=lapsed_at):
            return freed(case, lapsed_at)
        case ConsequenceCarriedOut():
            return case.but(consequence_due_at=None)
        case _:
            assert_never(event)


def decided(case: DisciplinaryCase, event: CaseDecided) -> DisciplinaryCase:
    """What bars from senior responsibilities is carried out at once."""
    return case.but(
        status=CaseStatus.DECIDED,
        outcome=event.outcome,
        reasons=event.reasons,
        decided_on=event.effective_on,
        lapses_on=event.lapses_on,
        appeal_until=event.appeal_until,
        live=event.live,
        bars=event.bars,
        consequence_due_at=event.decided_at if event.bars else None,
    )


def appeal_decided(case: DisciplinaryCase, event: AppealDecided) -> DisciplinaryCase:
    """What is overturned is not live any more."""
    if event.verdict is Verdict.UPHELD:
        return case.but(status=CaseStatus.UPHELD, appeal_reasons=event.reasons)
    return freed(case, event.decided_at).but(status=CaseStatus.OVERTURNED, appeal_reasons=event.reasons)


def freed(case: DisciplinaryCase, at: datetime) -> DisciplinaryCase:
    """Nothing is live any more; whom it barred is looked at anew."""
    return case.but(live=False, bars=False, consequence_due_at=at if case.bars else case.consequence_due_at)
