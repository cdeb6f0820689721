"""What may happen in a disciplinary case: the rules of a fair order."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import assert_never

from chassis.domain.decider import Decider, Forbidden, Refused, existing, new
from contracts.values import Grade
from services.people.domain.days import day_begins, months_after
from services.people.domain.disciplinary_case.commands import (
    AppealDecision,
    BeginInvestigation,
    CarryOutConsequence,
    CaseCommand,
    CaseStep,
    CloseCase,
    DecideAppeal,
    DecideCase,
    DropCase,
    LapseWarning,
    NameAppealHearer,
    NameHearer,
    RecordFindings,
    RecordHearing,
    ReportCase,
    SendAllegation,
)
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
from services.people.domain.disciplinary_case.evolve import evolve
from services.people.domain.disciplinary_case.facts import CaseFacts, check_in_person, check_named
from services.people.domain.disciplinary_case.state import CaseStatus, DisciplinaryCase, Outcome
from services.people.domain.line import check_another, check_employed, said

NOTICE_DAYS = 2
"""Between the allegation and the hearing: "a reasonable time to prepare" (Acas Code, 11)."""

UNDECIDED = (CaseStatus.REPORTED, CaseStatus.INVESTIGATING, CaseStatus.CHARGED, CaseStatus.HEARING_HELD)
BEFORE_HEARING = UNDECIDED[:3]


def decide(state: DisciplinaryCase | None, command: CaseCommand, facts: CaseFacts) -> Sequence[CaseEvent]:
    """The events of a command, or ``Refused``."""
    match command:
        case ReportCase():
            return report(state, command, facts)
        case AppealDecision():
            return appeal(existing(state), command, facts)
        case LapseWarning():
            return lapse(existing(state), facts)
        case CarryOutConsequence():
            return [] if existing(state).consequence_due_at is None else [ConsequenceCarriedOut()]
        case _:
            check_another(facts, "acts in a case about themself")
            return step(existing(state), command, facts)


def step(case: DisciplinaryCase, command: CaseStep, facts: CaseFacts) -> Sequence[CaseEvent]:
    """What others do in a case about somebody."""
    match command:
        case BeginInvestigation():
            return begin_investigation(case, command, facts)
        case NameHearer():
            return name_hearer(case, command, facts)
        case NameAppealHearer():
            return name_appeal_hearer(case, command, facts)
        case RecordFindings():
            return record_findings(case, command, facts)
        case SendAllegation():
            return send_allegation(case, command, facts)
        case RecordHearing():
            return record_hearing(case, command, facts)
        case DecideCase():
            return decide_case(case, command, facts)
        case DecideAppeal():
            return decide_appeal(case, command, facts)
        case DropCase():
            return drop(case, command, facts)
        case CloseCase():
            return close(case, facts)
        case _:
            assert_never(command)


def report(state: DisciplinaryCase | None, command: ReportCase, facts: CaseFacts) -> Sequence[CaseEvent]:
    """Somebody who works here is said to have done something; nobody reports themself."""
    check_another(facts, "reports themself")
    reported = CaseReported(**vars(command))
    if state is not None and state == state.but(**vars(reported)):
        return []
    new(state, "case")
    check_employed(facts)
    check_past(command.occurred_on, facts)
    return [reported]


def begin_investigation(case: DisciplinaryCase, command: BeginInvestigation, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A manager or higher investigates, until there are findings."""
    if command.investigator_id == case.investigator_id:
        return []
    check_status(case, CaseStatus.REPORTED, CaseStatus.INVESTIGATING)
    if case.investigated_on is not None:
        raise Refused("findings-stand", "The investigation has ended.", "Go on with the case.")
    others = (case.hearer_id, case.appeal_hearer_id)
    check_named(case, command.investigator_id, others, Grade.MANAGER, facts)
    return [InvestigationBegun(investigator_id=command.investigator_id)]


def name_hearer(case: DisciplinaryCase, command: NameHearer, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A manager or higher hears, whoever it is when the hearing is held."""
    if command.hearer_id == case.hearer_id:
        return []
    check_status(case, *BEFORE_HEARING)
    check_named(case, command.hearer_id, (case.investigator_id, case.appeal_hearer_id), Grade.MANAGER, facts)
    return [HearerNamed(hearer_id=command.hearer_id)]


def name_appeal_hearer(case: DisciplinaryCase, command: NameAppealHearer, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A senior manager or higher hears the appeal."""
    if command.appeal_hearer_id == case.appeal_hearer_id:
        return []
    check_status(case, *UNDECIDED, CaseStatus.DECIDED, CaseStatus.APPEALED)
    others = (case.investigator_id, case.hearer_id)
    check_named(case, command.appeal_hearer_id, others, Grade.SENIOR_MANAGER, facts)
    return [AppealHearerNamed(appeal_hearer_id=command.appeal_hearer_id)]


def record_findings(case: DisciplinaryCase, command: RecordFindings, facts: CaseFacts) -> Sequence[CaseEvent]:
    """The investigator says once what they found."""
    check_in_person(case.investigator_id, "the investigator", facts)
    if case.investigated_on is not None:
        if command.findings == case.findings:
            return []
        raise Refused("findings-stand", "The findings are recorded.", "Say the rest in the hearing.")
    check_status(case, CaseStatus.INVESTIGATING)
    return [FindingsRecorded(person_id=case.person_id, findings=command.findings, effective_on=facts.today)]


def send_allegation(case: DisciplinaryCase, command: SendAllegation, facts: CaseFacts) -> Sequence[CaseEvent]:
    """The allegation follows from the findings, and says to whom it will be answered."""
    if case.status is CaseStatus.CHARGED and command.allegation == case.allegation:
        return []
    check_status(case, CaseStatus.INVESTIGATING, CaseStatus.CHARGED)
    if case.investigated_on is None:
        raise Refused("investigated-first", "The investigation goes on.", "Let the investigator record the findings.")
    if case.hearer_id is None:
        raise Refused("hearer-named-first", "Nobody is named to hear them.", "Name the hearer.")
    return [AllegationSent(person_id=case.person_id, allegation=command.allegation, effective_on=facts.today)]


def record_hearing(case: DisciplinaryCase, command: RecordHearing, facts: CaseFacts) -> Sequence[CaseEvent]:
    """The hearing is held by the hearer, once the person has had time to prepare."""
    check_in_person(case.hearer_id, "the hearer", facts)
    if (case.status, case.heard_on, case.hearing) == (CaseStatus.HEARING_HELD, command.held_on, command.record):
        return []
    check_status(case, CaseStatus.CHARGED)
    check_past(command.held_on, facts)
    assert case.allegation_sent_on is not None, "a case is charged by sending the allegation"
    earliest = case.allegation_sent_on + timedelta(days=NOTICE_DAYS)
    if command.held_on < earliest:
        short = f"The allegation was sent on {case.allegation_sent_on}; they have {NOTICE_DAYS} days to prepare."
        raise Refused("notice-before-hearing", short, f"Hold the hearing on {earliest} or later.")
    return [HearingHeld(person_id=case.person_id, record=command.record, effective_on=command.held_on)]


def decide_case(case: DisciplinaryCase, command: DecideCase, facts: CaseFacts) -> Sequence[CaseEvent]:
    """The hearer decides after the hearing, once."""
    check_in_person(case.hearer_id, "the hearer", facts)
    if (case.status, case.outcome, case.reasons) == (CaseStatus.DECIDED, command.outcome, command.reasons):
        return []
    check_status(case, CaseStatus.HEARING_HELD)
    acts = command.outcome is not Outcome.NO_ACTION
    return [
        CaseDecided(
            person_id=case.person_id,
            outcome=command.outcome,
            reasons=command.reasons,
            live=acts,
            bars=command.outcome.bars,
            lapses_on=lapses_on(command.outcome, facts),
            appeal_until=facts.today + timedelta(days=facts.policy.appeal_days) if acts else None,
            decided_at=facts.at,
            effective_on=facts.today,
        )
    ]


def lapses_on(outcome: Outcome, facts: CaseFacts) -> date | None:
    """The first day without the warning, by the policy in force when it is given; None for what does not lapse."""
    match outcome:
        case Outcome.WRITTEN_WARNING:
            return months_after(facts.today, facts.policy.written_warning_months)
        case Outcome.FINAL_WARNING:
            return months_after(facts.today, facts.policy.final_warning_months)
        case Outcome.NO_ACTION | Outcome.DISMISSAL:
            return None
        case _:
            assert_never(outcome)


def appeal(case: DisciplinaryCase, command: AppealDecision, facts: CaseFacts) -> Sequence[CaseEvent]:
    """Only the person appeals, in time, against what was done to them."""
    if facts.actor.in_person != case.person_id:
        raise Forbidden("in-person", "Only the person concerned appeals.", "Leave it to them.")
    if case.status is CaseStatus.APPEALED and command.grounds == case.grounds:
        return []
    check_status(case, CaseStatus.DECIDED)
    if case.appeal_until is None:
        raise Refused("nothing-to-appeal", "The decision was to take no action.", "There is nothing to do.")
    if facts.today > case.appeal_until:
        raise Refused("appeal-in-time", f"The last day to appeal was {case.appeal_until}.", "Ask HR.")
    return [CaseAppealed(person_id=case.person_id, grounds=command.grounds, effective_on=facts.today)]


def decide_appeal(case: DisciplinaryCase, command: DecideAppeal, facts: CaseFacts) -> Sequence[CaseEvent]:
    """Only the appeal hearer decides on the appeal, once."""
    check_in_person(case.appeal_hearer_id, "the appeal hearer", facts)
    if (str(case.status), case.appeal_reasons) == (str(command.verdict), command.reasons):
        return []
    check_status(case, CaseStatus.APPEALED)
    return [
        AppealDecided(
            person_id=case.person_id,
            verdict=command.verdict,
            reasons=said(command.reasons, facts),
            decided_at=facts.at,
            effective_on=facts.today,
        )
    ]


def drop(case: DisciplinaryCase, command: DropCase, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A case ends without a decision as long as there is none."""
    if case.status is CaseStatus.CLOSED and case.decided_on is None:
        return []
    check_status(case, *UNDECIDED)
    return [CaseDropped(person_id=case.person_id, reason=said(command.reason, facts))]


def close(case: DisciplinaryCase, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A decided case closes when nobody can appeal any more, or the appeal is decided."""
    if case.status is CaseStatus.CLOSED:
        return []
    check_status(case, CaseStatus.DECIDED, CaseStatus.UPHELD, CaseStatus.OVERTURNED)
    if case.status is CaseStatus.DECIDED and case.appeal_until is not None and facts.today <= case.appeal_until:
        raise Refused("appeal-possible", f"They may appeal until {case.appeal_until}.", "Close it after that day.")
    return [CaseClosed()]


def lapse(case: DisciplinaryCase, facts: CaseFacts) -> Sequence[CaseEvent]:
    """A warning lapses on its day, whatever has become of the case."""
    moment = lapse_at(case)
    return [] if moment is None or facts.at < moment else [WarningLapsed(lapsed_at=facts.at)]


def lapse_at(case: DisciplinaryCase) -> datetime | None:
    """When the live warning lapses: at the beginning of its day, in UTC."""
    if not case.live or case.lapses_on is None:
        return None
    return day_begins(case.lapses_on)


def due(case: DisciplinaryCase) -> datetime | None:
    """What comes next on its own: the consequence at once, the lapse on its day."""
    moments = (case.consequence_due_at, lapse_at(case))
    return min((moment for moment in moments if moment is not None), default=None)


def check_status(case: DisciplinaryCase, *allowed: CaseStatus) -> None:
    """A step has its place in the order."""
    if case.status not in allowed:
        raise Refused("steps-in-order", f"The case is at: {case.status}.", f"It has to be at: {', '.join(allowed)}.")


def check_past(day: date, facts: CaseFacts) -> None:
    """Nothing is recorded before it happens."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"{day} has yet to come.", "Record it on the day.")


DISCIPLINARY_CASE = Decider(
    kind="disciplinary-case", state=DisciplinaryCase, events=CaseEvent, decide=decide, evolve=evolve, due=due
)
