"""The commands and rules of a disciplinary case (Acas code of practice)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, IssuedCommand, Refused, existing, new
from contracts.values import Day, Grade, Personal
from services.people.discipline.domain.disciplinary_case import model
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.line import check_employed, said
from services.people.organisation.domain.person.rules import PERSON, ReviewEligibility
from services.people.organisation.domain.statement import Statement


class ReportCase(Command):
    """Report an alleged misconduct and its day. Repeating it with the same facts changes nothing."""

    person_id: UUID
    report: Personal[Statement]
    occurred_on: Day


class BeginInvestigation(Command):
    """Name the investigator; a new one replaces them until the findings are recorded."""

    investigator_id: UUID


class NameHearer(Command):
    """Name the hearer, who decides; a new one replaces them until the hearing was held, later where they left."""

    hearer_id: UUID


class NameAppealHearer(Command):
    """Name the hearer of an appeal; a new one replaces them until the appeal is decided."""

    appeal_hearer_id: UUID


class RecordFindings(Command):
    """Record the findings of the investigation, which ends it."""

    findings: Personal[Statement]


class SendAllegation(Command):
    """Send the allegation in writing: the person reads it, and the case, from now on. A new one restarts the notice."""

    allegation: Personal[Statement]


class RecordHearing(Command):
    """Record the hearing: its day and its minutes."""

    held_on: Day
    record: Personal[Statement]


class CorrectHearing(Command):
    """Correct the day or the minutes of a hearing before it is decided on, with the reason."""

    held_on: Day
    record: Personal[Statement]
    reason: Personal[Statement]


class DecideCase(Command):
    """Decide the outcome of the hearing, with reasons."""

    outcome: Personal[model.Outcome]
    reasons: Personal[Statement]


class AppealDecision(Command):
    """Appeal against the decision, with grounds."""

    grounds: Personal[Statement]


class DecideAppeal(Command):
    """Decide on the appeal: whether the decision stands, with reasons."""

    verdict: model.Verdict
    reasons: Personal[Statement]


class DropCase(Command):
    """Close the case without a decision: nothing to answer for, or nobody to answer."""

    reason: Personal[Statement]


class CloseCase(Command):
    """Close a case that can go no further; a warning stays live until it lapses."""


class LapseWarning(Command):
    """Lapse an expired warning."""


CaseStep = (
    BeginInvestigation
    | NameHearer
    | NameAppealHearer
    | RecordFindings
    | SendAllegation
    | RecordHearing
    | CorrectHearing
    | DecideCase
    | DecideAppeal
    | DropCase
    | CloseCase
)
"""Commands of others in a person's case."""

CaseCommand = ReportCase | CaseStep | AppealDecision | LapseWarning


def check_named(
    case: model.DisciplinaryCase, id: UUID, others: tuple[UUID | None, ...], least: Grade, facts: model.CaseFacts
) -> None:
    """The investigator and the hearer are nobody else in the case, active, and of a high enough grade."""
    if id == case.person_id:
        raise Refused(
            "not-the-person-concerned",
            "The person concerned cannot investigate or hear their own case.",
            "Name somebody else.",
        )
    if id in others:
        detail = "Investigator, hearer and appeal hearer must be three different persons."
        raise Refused("three-different-persons", detail, "Name somebody who has no part in the case.")
    check_impartial(case, id, facts)
    if facts.named_grade is None:
        raise Refused("named-active", "The person named is not active in a position.", "Name somebody who is.")
    if facts.named_grade.rank < demanded(least, facts).rank:
        detail = f"The person named is graded {facts.named_grade}; required: {demanded(least, facts)} or higher."
        raise Refused("grade-high-enough", detail, "Name somebody of a higher grade.")


def check_impartial(case: model.DisciplinaryCase, id: UUID, facts: model.CaseFacts) -> None:
    """Nobody judges what they reported, nor somebody above them; off with the four-eyes principle."""
    if not facts.four_eyes:
        return
    if str(id) in facts.reporters:
        raise Refused("reporter-does-not-judge", "The person named reported the case.", "Name somebody else.")
    if case.person_id in facts.named_line:
        detail = "The person named reports, however far up, to the person concerned."
        raise Refused("not-below-the-person", detail, "Name somebody who does not report to them.")


def demanded(least: Grade, facts: model.CaseFacts) -> Grade:
    """At least this grade, and not below that of the person concerned."""
    return max(least, facts.grade or least, key=lambda grade: grade.rank)


UNDECIDED = (
    model.CaseStatus.REPORTED,
    model.CaseStatus.INVESTIGATING,
    model.CaseStatus.CHARGED,
    model.CaseStatus.HEARING_HELD,
)
BEFORE_HEARING = UNDECIDED[:3]


def decide(state: model.DisciplinaryCase | None, command: CaseCommand, facts: model.CaseFacts) -> model.Events:
    match command:
        case ReportCase():
            return report(state, command, facts)
        case AppealDecision():
            return appeal(existing(state), command, facts)
        case LapseWarning():
            return lapse(existing(state), facts)
        case _:
            return step(existing(state), command, facts)


def step(case: model.DisciplinaryCase, command: CaseStep, facts: model.CaseFacts) -> model.Events:
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
        case CorrectHearing():
            return correct_hearing(case, command, facts)
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


def report(state: model.DisciplinaryCase | None, command: ReportCase, facts: model.CaseFacts) -> model.Events:
    """Report an employee's alleged misconduct."""
    reported = model.CaseReported(**vars(command))
    if state is not None and state == state.but(**vars(reported)):
        return []
    new(state, "case")
    check_employed(facts)
    check_past(command.occurred_on, facts)
    return [reported]


def begin_investigation(
    case: model.DisciplinaryCase, command: BeginInvestigation, facts: model.CaseFacts
) -> model.Events:
    """A manager or higher investigates, until there are findings."""
    if command.investigator_id == case.investigator_id:
        return []
    check_status(case, model.CaseStatus.REPORTED, model.CaseStatus.INVESTIGATING)
    if case.investigated_on is not None:
        raise Refused("findings-stand", "The investigation has ended.", "Go on with the case.")
    others = (case.hearer_id, case.appeal_hearer_id)
    check_named(case, command.investigator_id, others, Grade.MANAGER, facts)
    return [model.InvestigationBegun(investigator_id=command.investigator_id)]


def name_hearer(case: model.DisciplinaryCase, command: NameHearer, facts: model.CaseFacts) -> model.Events:
    """A manager or higher hears, whichever position they hold when the hearing is held.

    Who decides has heard: where the hearer left before deciding, another one holds the hearing again.
    """
    if command.hearer_id == case.hearer_id:
        return []
    check_status(case, *(UNDECIDED if facts.hearer_left else BEFORE_HEARING))
    check_named(case, command.hearer_id, (case.investigator_id, case.appeal_hearer_id), Grade.MANAGER, facts)
    return [model.HearerNamed(hearer_id=command.hearer_id)]


def name_appeal_hearer(case: model.DisciplinaryCase, command: NameAppealHearer, facts: model.CaseFacts) -> model.Events:
    """A senior manager or higher hears the appeal."""
    if command.appeal_hearer_id == case.appeal_hearer_id:
        return []
    check_status(case, *UNDECIDED, model.CaseStatus.DECIDED, model.CaseStatus.APPEALED)
    others = (case.investigator_id, case.hearer_id)
    check_named(case, command.appeal_hearer_id, others, Grade.SENIOR_MANAGER, facts)
    return [model.AppealHearerNamed(appeal_hearer_id=command.appeal_hearer_id)]


def record_findings(case: model.DisciplinaryCase, command: RecordFindings, facts: model.CaseFacts) -> model.Events:
    """Record the investigator's findings, once."""
    if case.investigated_on is not None:
        if command.findings == case.findings:
            return []
        raise Refused("findings-stand", "The findings are recorded already.", "Raise anything else in the hearing.")
    check_status(case, model.CaseStatus.INVESTIGATING)
    return [model.FindingsRecorded(person_id=case.person_id, findings=command.findings, effective_on=facts.today)]


def send_allegation(case: model.DisciplinaryCase, command: SendAllegation, facts: model.CaseFacts) -> model.Events:
    """Send the allegation after the findings, with the hearer's name."""
    if case.status is model.CaseStatus.CHARGED and command.allegation == case.allegation:
        return []
    check_status(case, model.CaseStatus.INVESTIGATING, model.CaseStatus.CHARGED)
    if case.investigated_on is None:
        raise Refused(
            "investigated-first", "The investigation has not ended.", "Ask the investigator to record the findings."
        )
    if case.hearer_id is None:
        raise Refused("hearer-named-first", "No hearer is named.", "Name the hearer first.")
    return [model.AllegationSent(person_id=case.person_id, allegation=command.allegation, effective_on=facts.today)]


def record_hearing(case: model.DisciplinaryCase, command: RecordHearing, facts: model.CaseFacts) -> model.Events:
    """The hearing is held once the person has had time to prepare."""
    if (case.status, case.heard_on, case.hearing) == (model.CaseStatus.HEARING_HELD, command.held_on, command.record):
        return []
    check_status(case, model.CaseStatus.CHARGED)
    check_notice(case, command.held_on, facts)
    return [model.HearingHeld(person_id=case.person_id, record=command.record, effective_on=command.held_on)]


def correct_hearing(case: model.DisciplinaryCase, command: CorrectHearing, facts: model.CaseFacts) -> model.Events:
    """What was recorded wrongly of a hearing is corrected until it is decided on: a decision stands on it."""
    check_status(case, model.CaseStatus.HEARING_HELD)
    if (case.heard_on, case.hearing) == (command.held_on, command.record):
        return []
    check_notice(case, command.held_on, facts)
    told = {"record": command.record, "reason": command.reason}
    return [model.HearingCorrected(person_id=case.person_id, **told, effective_on=command.held_on)]


def check_notice(case: model.DisciplinaryCase, held_on: date, facts: model.CaseFacts) -> None:
    """A hearing lies in the past, and the person had time to prepare for it."""
    check_past(held_on, facts)
    assert case.allegation_sent_on is not None, "a case is charged by sending the allegation"
    notice = facts.policy.hearing_notice_days
    earliest = case.allegation_sent_on + timedelta(days=notice)
    if held_on < earliest:
        detail = f"The allegation was sent on {case.allegation_sent_on}; the person has {notice} days to prepare."
        raise Refused("notice-before-hearing", detail, f"Hold the hearing on {earliest} or later.")


def decide_case(case: model.DisciplinaryCase, command: DecideCase, facts: model.CaseFacts) -> model.Events:
    """The hearer decides after the hearing, once."""
    if (case.status, case.outcome, case.reasons) == (model.CaseStatus.DECIDED, command.outcome, command.reasons):
        return []
    check_status(case, model.CaseStatus.HEARING_HELD)
    acts = command.outcome is not model.Outcome.NO_ACTION
    return [
        model.CaseDecided(
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


def lapses_on(outcome: model.Outcome, facts: model.CaseFacts) -> date | None:
    """The first day without the warning, by the policy in force when it is given; None for what does not lapse."""
    match outcome:
        case model.Outcome.WRITTEN_WARNING:
            return months_after(facts.today, facts.policy.written_warning_months)
        case model.Outcome.FINAL_WARNING:
            return months_after(facts.today, facts.policy.final_warning_months)
        case model.Outcome.NO_ACTION | model.Outcome.DISMISSAL:
            return None
        case _:
            assert_never(outcome)


def appeal(case: model.DisciplinaryCase, command: AppealDecision, facts: model.CaseFacts) -> model.Events:
    """Only the person appeals, in time, against what was done to them."""
    if case.status is model.CaseStatus.APPEALED and command.grounds == case.grounds:
        return []
    check_status(case, model.CaseStatus.DECIDED)
    if case.appeal_until is None:
        raise Refused("nothing-to-appeal", "The decision was to take no action.", "There is nothing to do.")
    if facts.today > case.appeal_until:
        raise Refused("appeal-in-time", f"The last day to appeal was {case.appeal_until}.", "Ask HR.")
    return [model.CaseAppealed(person_id=case.person_id, grounds=command.grounds, effective_on=facts.today)]


def decide_appeal(case: model.DisciplinaryCase, command: DecideAppeal, facts: model.CaseFacts) -> model.Events:
    """Only the appeal hearer decides on the appeal, once."""
    if (str(case.status), case.appeal_reasons) == (str(command.verdict), command.reasons):
        return []
    check_status(case, model.CaseStatus.APPEALED)
    return [
        model.AppealDecided(
            person_id=case.person_id,
            verdict=command.verdict,
            reasons=said(command.reasons, facts),
            decided_at=facts.at,
            effective_on=facts.today,
        )
    ]


def drop(case: model.DisciplinaryCase, command: DropCase, facts: model.CaseFacts) -> model.Events:
    """A case ends without a decision as long as there is none."""
    if case.status is model.CaseStatus.CLOSED and case.decided_on is None:
        return []
    check_status(case, *UNDECIDED)
    return [model.CaseDropped(person_id=case.person_id, reason=said(command.reason, facts))]


def close(case: model.DisciplinaryCase, facts: model.CaseFacts) -> model.Events:
    """A decided case closes when nobody can appeal any more, or the appeal is decided."""
    if case.status is model.CaseStatus.CLOSED:
        return []
    check_status(case, model.CaseStatus.DECIDED, model.CaseStatus.UPHELD, model.CaseStatus.OVERTURNED)
    if case.status is model.CaseStatus.DECIDED and case.appeal_until is not None and facts.today <= case.appeal_until:
        raise Refused(
            "appeal-possible", f"The person may appeal until {case.appeal_until}.", "Close the case after that day."
        )
    return [model.CaseClosed()]


def lapse(case: model.DisciplinaryCase, facts: model.CaseFacts) -> model.Events:
    """A warning lapses on its day, whatever has become of the case."""
    day = case.lapses_on if case.live else None
    if day is None or facts.today < day:
        return []
    return [model.WarningLapsed(lapsed_at=facts.at, effective_on=day)]


def eligibility_reviewed(
    _command: CaseCommand, before: model.DisciplinaryCase | None, after: model.DisciplinaryCase, facts: model.CaseFacts
) -> Sequence[IssuedCommand]:
    """Review the person's eligibility in the same append where a case begins or ceases to bar them.

    What others then hear of it names nobody who acted in the case.
    """
    if after.bars == (before is not None and before.bars):
        return []
    reviewed = ReviewEligibility(barred=after.bars or facts.barred_by_another)
    return [IssuedCommand(PERSON, after.person_id, reviewed, confidential=True)]


def due(case: model.DisciplinaryCase) -> Deadline | None:
    """A live warning lapses with the beginning of its day."""
    return Deadline.on(case.lapses_on, LapseWarning()) if case.live and case.lapses_on else None


def check_status(case: model.DisciplinaryCase, *allowed: model.CaseStatus) -> None:
    """A step has its place in the order."""
    if case.status not in allowed:
        raise Refused("steps-in-order", f"The case is {case.status}.", f"Allowed from: {', '.join(allowed)}.")


def check_past(day: date, facts: model.CaseFacts) -> None:
    """Nothing is recorded before it happens."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"{day} is in the future.", "Record it on the day.")


DISCIPLINARY_CASE = Decider(
    kind="disciplinary-case",
    state=model.DisciplinaryCase,
    events=model.CaseEvent,
    decide=decide,
    evolve=model.evolve,
    due=due,
)
