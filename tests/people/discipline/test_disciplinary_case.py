"""The rules of disciplinary cases: a fair order, three different persons, warnings that lapse, what is carried out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import SYSTEM, Actor, Command, Forbidden
from contracts.base import PublicEvent
from contracts.roles import Role
from contracts.values import Grade
from services.people.discipline.commands import DISCIPLINARY_CASES
from services.people.discipline.domain.disciplinary_case import model as disciplinary_case_model
from services.people.discipline.domain.disciplinary_case import rules as disciplinary_case
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.person.rules import ReviewEligibility
from services.people.organisation.domain.staffing_policy import StaffingPolicy
from tests.people.acting import in_hr
from tests.scenarios import Scenario, who_may

CASE, ADA, BOSS, INVESTIGATOR, HEARER, JUDGE, OTHER = (UUID(int=n) for n in range(1, 8))
DAY = date(2026, 3, 10)
AT = datetime.combine(DAY, time(12), UTC)
HEARING = DAY + timedelta(days=2)
DECIDED_AT = datetime.combine(HEARING, time(12), UTC)
APPEAL_UNTIL = HEARING + timedelta(days=5)

due_at = disciplinary_case.DISCIPLINARY_CASE.due_at


def facts(
    actor: UUID | str = "hr", at: datetime = AT, for_whom: UUID | None = None, **known: Any
) -> disciplinary_case_model.CaseFacts:
    roles = frozenset({Role.HR} if actor == "hr" else {SYSTEM} if actor == "system" else ())
    acting = Actor(str(actor), roles, for_whom=str(for_whom) if for_whom else None)
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "grade": Grade.STAFF,
        "line": (Above(BOSS),),
        "actor_grade": Grade.EXECUTIVE,
        "named_grade": Grade.EXECUTIVE,
    }
    return disciplinary_case_model.CaseFacts(actor=acting, at=at, id=CASE, **(usual | known))


def later(on: date) -> datetime:
    return datetime.combine(on, time(12), UTC)


def decision(outcome: disciplinary_case_model.Outcome) -> disciplinary_case_model.CaseDecided:
    months = {
        disciplinary_case_model.Outcome.WRITTEN_WARNING: date(2026, 9, 12),
        disciplinary_case_model.Outcome.FINAL_WARNING: date(2027, 3, 12),
    }
    acts = outcome is not disciplinary_case_model.Outcome.NO_ACTION
    return disciplinary_case_model.CaseDecided(
        person_id=ADA,
        outcome=outcome,
        reasons="As heard.",
        live=acts,
        bars=outcome in (disciplinary_case_model.Outcome.FINAL_WARNING, disciplinary_case_model.Outcome.DISMISSAL),
        lapses_on=months.get(outcome),
        appeal_until=APPEAL_UNTIL if acts else None,
        decided_at=DECIDED_AT,
        effective_on=HEARING,
    )


REPORTED = disciplinary_case_model.CaseReported(person_id=ADA, report="Took a laptop home.", occurred_on=DAY)
BEGUN = disciplinary_case_model.InvestigationBegun(investigator_id=INVESTIGATOR)
HEARER_NAMED = disciplinary_case_model.HearerNamed(hearer_id=HEARER)
FOUND = disciplinary_case_model.FindingsRecorded(person_id=ADA, findings="It is at home.", effective_on=DAY)
SENT = disciplinary_case_model.AllegationSent(person_id=ADA, allegation="You took it.", effective_on=DAY)
HELD = disciplinary_case_model.HearingHeld(person_id=ADA, record="They say they asked.", effective_on=HEARING)
APPEAL_HEARER_NAMED = disciplinary_case_model.AppealHearerNamed(appeal_hearer_id=JUDGE)
APPEALED = disciplinary_case_model.CaseAppealed(person_id=ADA, grounds="I did ask.", effective_on=HEARING)
CHARGED = (REPORTED, BEGUN, HEARER_NAMED, FOUND, SENT)
HEARD = (*CHARGED, HELD)
WARNED = (*HEARD, decision(disciplinary_case_model.Outcome.FINAL_WARNING))
IN_APPEAL = (*WARNED, APPEAL_HEARER_NAMED, APPEALED)
UPHELD = disciplinary_case_model.AppealDecided(
    person_id=ADA,
    verdict=disciplinary_case_model.Verdict.UPHELD,
    reasons="It stands.",
    decided_at=DECIDED_AT,
    effective_on=HEARING,
)
OVERTURNED = UPHELD.model_copy(update={"verdict": disciplinary_case_model.Verdict.OVERTURNED})

REPORT = disciplinary_case.ReportCase(person_id=ADA, report="Took a laptop home.", occurred_on=DAY)
HOLD = disciplinary_case.RecordHearing(held_on=HEARING, record="They say they asked.")
DECIDE = disciplinary_case.DecideCase(outcome=disciplinary_case_model.Outcome.FINAL_WARNING, reasons="As heard.")


def case(*events: BaseModel) -> Scenario:
    return who_may(DISCIPLINARY_CASES, *events)


def state(*events: BaseModel) -> disciplinary_case_model.DisciplinaryCase:
    found = disciplinary_case.DISCIPLINARY_CASE.fold(events)
    assert found is not None
    return found


def test_a_case_begins_with_a_report() -> None:
    case().when(REPORT, facts(BOSS)).then(REPORTED)
    case(REPORTED).when(REPORT, facts(BOSS)).then()
    case(REPORTED).when(REPORT.model_copy(update={"report": "More."}), facts(BOSS)).then_refused("already-exists")


def test_nobody_reports_themself_nor_somebody_who_has_left_nor_what_has_yet_to_come() -> None:
    assert isinstance(case().when(REPORT, in_hr(facts(ADA))).then_refused("nobody-on-themself"), Forbidden)
    case().when(REPORT, in_hr(facts(ADA, for_whom=BOSS))).then_refused("nobody-on-themself")
    case().when(REPORT, facts(BOSS, employed=False)).then_refused("person-employed")
    case().when(REPORT, facts(BOSS, at=AT - timedelta(days=1))).then_refused("not-in-the-future")


def test_what_is_said_is_not_blank() -> None:
    with pytest.raises(ValidationError, match="say something"):
        disciplinary_case.ReportCase(person_id=ADA, report="  ", occurred_on=DAY)


def test_an_investigator_begins_and_another_takes_over_until_there_are_findings() -> None:
    case(REPORTED).when(disciplinary_case.BeginInvestigation(investigator_id=INVESTIGATOR), facts()).then(BEGUN)
    case(REPORTED, BEGUN).when(disciplinary_case.BeginInvestigation(investigator_id=INVESTIGATOR), facts()).then()
    other = disciplinary_case.BeginInvestigation(investigator_id=OTHER)
    case(REPORTED, BEGUN).when(other, facts()).then(disciplinary_case_model.InvestigationBegun(investigator_id=OTHER))
    case(REPORTED, BEGUN, FOUND).when(other, facts()).then_refused("findings-stand")


NAMINGS = [
    lambda named: disciplinary_case.BeginInvestigation(investigator_id=named),
    lambda named: disciplinary_case.NameHearer(hearer_id=named),
    lambda named: disciplinary_case.NameAppealHearer(appeal_hearer_id=named),
]


@pytest.mark.parametrize("name", NAMINGS)
def test_the_person_concerned_has_no_part_in_judging(name: Any) -> None:
    case(REPORTED).when(name(ADA), facts()).then_refused("not-the-person-concerned")


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        (NAMINGS[0], HEARER),
        (NAMINGS[0], JUDGE),
        (NAMINGS[1], INVESTIGATOR),
        (NAMINGS[1], JUDGE),
        (NAMINGS[2], INVESTIGATOR),
        (NAMINGS[2], HEARER),
    ],
)
def test_investigator_hearer_and_appeal_hearer_are_three_persons(name: Any, taken: UUID) -> None:
    named = (REPORTED, BEGUN, HEARER_NAMED, APPEAL_HEARER_NAMED)
    case(*named).when(name(taken), facts()).then_refused("three-different-persons")


@pytest.mark.parametrize("name", NAMINGS)
def test_whoever_reported_a_case_does_not_judge_it(name: Any) -> None:
    case(REPORTED).when(name(OTHER), facts(reporters={str(OTHER)})).then_refused("reporter-does-not-judge")
    small = facts(reporters={str(OTHER)}, four_eyes=False)
    assert OTHER in vars(case(REPORTED).when(name(OTHER), small).then_state()).values()


@pytest.mark.parametrize("name", NAMINGS)
def test_nobody_judges_whom_they_report_to(name: Any) -> None:
    case(REPORTED).when(name(OTHER), facts(named_line=(BOSS, ADA))).then_refused("not-below-the-person")
    small = facts(named_line=(BOSS, ADA), four_eyes=False)
    assert OTHER in vars(case(REPORTED).when(name(OTHER), small).then_state()).values()


def test_who_came_to_report_to_the_person_concerned_acts_in_the_case_no_longer() -> None:
    decided = case(*HEARD).when(DECIDE, facts(HEARER, at=DECIDED_AT, actor_line=(ADA,)))
    assert isinstance(decided.then_refused("not-below-the-person"), Forbidden)
    drop = disciplinary_case.DropCase(reason="Nothing in it.")
    case(REPORTED).when(drop, facts(actor_line=(ADA,))).then_refused("not-below-the-person")


@pytest.mark.parametrize("name", NAMINGS)
def test_whoever_is_named_is_active_in_a_position(name: Any) -> None:
    case(REPORTED).when(name(OTHER), facts(named_grade=None)).then_refused("named-active")


@pytest.mark.parametrize(
    ("name", "least"), [(NAMINGS[0], Grade.MANAGER), (NAMINGS[1], Grade.MANAGER), (NAMINGS[2], Grade.SENIOR_MANAGER)]
)
def test_whoever_is_named_is_graded_high_enough_and_not_below_the_person(name: Any, least: Grade) -> None:
    below = list(Grade)[least.rank - 1]
    case(REPORTED).when(name(OTHER), facts(named_grade=below)).then_refused("grade-high-enough")
    named = case(REPORTED).when(name(OTHER), facts(named_grade=least)).then_state()
    assert OTHER in vars(named).values()
    above = facts(grade=Grade.EXECUTIVE, named_grade=Grade.SENIOR_MANAGER)
    case(REPORTED).when(name(OTHER), above).then_refused("grade-high-enough")


def test_the_investigator_alone_records_the_findings_once() -> None:
    record = disciplinary_case.RecordFindings(findings="It is at home.")
    case(REPORTED, BEGUN).when(record, facts(INVESTIGATOR)).then(FOUND)
    case(REPORTED, BEGUN, FOUND).when(record, facts(INVESTIGATOR)).then()
    case(REPORTED, BEGUN).when(record, facts("hr")).then_refused("in-person")
    case(REPORTED, BEGUN).when(record, facts(OTHER, for_whom=INVESTIGATOR)).then_refused("in-person")
    case(REPORTED, BEGUN).when(record, facts(INVESTIGATOR, actor_grade=None)).then_refused("named-active")
    again = disciplinary_case.RecordFindings(findings="Or not.")
    case(REPORTED, BEGUN, FOUND).when(again, facts(INVESTIGATOR)).then_refused("findings-stand")


def test_the_allegation_is_sent_after_the_investigation_once_somebody_is_to_hear_it() -> None:
    send = disciplinary_case.SendAllegation(allegation="You took it.")
    case(REPORTED).when(send, facts()).then_refused("steps-in-order")
    case(REPORTED, BEGUN, HEARER_NAMED).when(send, facts()).then_refused("investigated-first")
    case(REPORTED, BEGUN, FOUND).when(send, facts()).then_refused("hearer-named-first")
    case(REPORTED, BEGUN, HEARER_NAMED, FOUND).when(send, facts()).then(SENT)
    case(*CHARGED).when(send, facts()).then()


def test_another_allegation_restarts_the_notice() -> None:
    tomorrow = DAY + timedelta(days=1)
    send = disciplinary_case.SendAllegation(allegation="You sold it.")
    again = disciplinary_case_model.AllegationSent(person_id=ADA, allegation="You sold it.", effective_on=tomorrow)
    case(*CHARGED).when(send, facts(at=later(tomorrow))).then(again)
    hold = case(*CHARGED, again).when(HOLD, facts(HEARER, at=later(HEARING)))
    hold.then_refused("notice-before-hearing")


def test_the_hearing_is_held_by_the_hearer_after_the_notice() -> None:
    case(*CHARGED).when(HOLD, facts(HEARER, at=later(HEARING))).then(HELD)
    case(*HEARD).when(HOLD, facts(HEARER, at=later(HEARING))).then()
    early = HOLD.model_copy(update={"held_on": HEARING - timedelta(days=1)})
    case(*CHARGED).when(early, facts(HEARER, at=later(HEARING))).then_refused("notice-before-hearing")
    case(*CHARGED).when(HOLD, facts(HEARER)).then_refused("not-in-the-future")
    case(*CHARGED).when(HOLD, facts(INVESTIGATOR, at=later(HEARING))).then_refused("in-person")


def test_what_was_recorded_wrongly_of_a_hearing_is_corrected_by_the_hearer_until_it_is_decided_on() -> None:
    on, told = HEARING + timedelta(days=1), {"record": "They say they asked Bob.", "reason": "It was the day after."}
    asked = disciplinary_case.CorrectHearing(held_on=on, **told)
    right = disciplinary_case_model.HearingCorrected(person_id=ADA, effective_on=on, **told)
    case(*HEARD).when(asked, facts(HEARER, at=later(on))).then(right)
    case(*HEARD, right).when(asked, facts(HEARER, at=later(on))).then()
    assert (state(*HEARD, right).heard_on, state(*HEARD, right).hearing) == (on, told["record"])
    case(*HEARD).when(asked, facts(HEARER, at=later(HEARING))).then_refused("not-in-the-future")
    early = asked.model_copy(update={"held_on": HEARING - timedelta(days=1)})
    case(*HEARD).when(early, facts(HEARER, at=later(on))).then_refused("notice-before-hearing")
    case(*HEARD).when(asked, facts(INVESTIGATOR, at=later(on))).then_refused("in-person")
    for other in (CHARGED, WARNED):
        case(*other).when(asked, facts(HEARER, at=later(on))).then_refused("steps-in-order")


def test_the_policy_says_how_many_days_lie_between_the_allegation_and_the_hearing() -> None:
    policy = StaffingPolicy(hearing_notice_days=5)
    held = case(*CHARGED).when(HOLD, facts(HEARER, at=later(HEARING), policy=policy))
    held.then_refused("notice-before-hearing")
    none = facts(HEARER, at=later(HEARING), policy=StaffingPolicy(hearing_notice_days=0))
    case(*CHARGED).when(HOLD, none).then(HELD)


def test_there_is_no_hearing_before_the_allegation() -> None:
    uncharged = (REPORTED, BEGUN, HEARER_NAMED, FOUND)
    case(*uncharged).when(HOLD, facts(HEARER, at=later(HEARING))).then_refused("steps-in-order")


def test_where_the_hearer_left_before_deciding_another_one_holds_the_hearing_again() -> None:
    name = disciplinary_case.NameHearer(hearer_id=OTHER)
    case(*HEARD).when(name, facts()).then_refused("steps-in-order")
    named = disciplinary_case_model.HearerNamed(hearer_id=OTHER)
    case(*HEARD).when(name, facts(hearer_left=True)).then(named)
    again = state(*HEARD, named)
    assert (again.status, again.hearer_id) == (disciplinary_case_model.CaseStatus.CHARGED, OTHER)
    assert (again.hearing, again.heard_on) == (None, None)
    for over in (WARNED, IN_APPEAL):
        case(*over).when(name, facts(hearer_left=True)).then_refused("steps-in-order")


@pytest.mark.parametrize("outcome", disciplinary_case_model.Outcome)
def test_the_hearer_decides_after_the_hearing(outcome: disciplinary_case_model.Outcome) -> None:
    decide = disciplinary_case.DecideCase(outcome=outcome, reasons="As heard.")
    case(*HEARD).when(decide, facts(HEARER, at=DECIDED_AT)).then(decision(outcome))
    case(*HEARD, decision(outcome)).when(decide, facts(HEARER, at=DECIDED_AT)).then()
    case(*HEARD).when(decide, facts(JUDGE, at=DECIDED_AT)).then_refused("in-person")
    case(*CHARGED).when(decide, facts(HEARER, at=DECIDED_AT)).then_refused("steps-in-order")


def test_the_policy_says_how_long_a_warning_lives_and_how_long_one_may_appeal() -> None:
    policy = StaffingPolicy(final_warning_months=1, appeal_days=10)
    found = case(*HEARD).when(DECIDE, facts(HEARER, at=DECIDED_AT, policy=policy)).then_state()
    assert isinstance(found, disciplinary_case_model.DisciplinaryCase)
    assert (found.lapses_on, found.appeal_until) == (date(2026, 4, 12), date(2026, 3, 22))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_the_person_alone_appeals_in_time_and_against_something() -> None:
    appeal = disciplinary_case.AppealDecision(grounds="I did ask.")
    case(*WARNED).when(appeal, facts(ADA, at=DECIDED_AT)).then(APPEALED)
    last = APPEALED.model_copy(update={"effective_on": APPEAL_UNTIL})
    case(*WARNED).when(appeal, facts(ADA, at=later(APPEAL_UNTIL))).then(last)
    late = facts(ADA, at=later(APPEAL_UNTIL + timedelta(days=1)))
    case(*WARNED).when(appeal, late).then_refused("appeal-in-time")
    case(*WARNED).when(appeal, facts("hr", at=DECIDED_AT)).then_refused("in-person")
    case(*WARNED).when(appeal, facts(OTHER, at=DECIDED_AT, for_whom=ADA)).then_refused("in-person")
    acquitted = (*HEARD, decision(disciplinary_case_model.Outcome.NO_ACTION))
    case(*acquitted).when(appeal, facts(ADA, at=DECIDED_AT)).then_refused("nothing-to-appeal")
    case(*IN_APPEAL).when(appeal, facts(ADA, at=DECIDED_AT)).then()
    case(*IN_APPEAL, UPHELD).when(appeal, facts(ADA, at=DECIDED_AT)).then_refused("steps-in-order")


def test_the_appeal_hearer_alone_decides_on_the_appeal_once() -> None:
    uphold = disciplinary_case.DecideAppeal(verdict=disciplinary_case_model.Verdict.UPHELD, reasons="It stands.")
    case(*IN_APPEAL).when(uphold, facts(JUDGE, at=DECIDED_AT)).then(UPHELD)
    case(*IN_APPEAL, UPHELD).when(uphold, facts(JUDGE, at=DECIDED_AT)).then()
    overturn = disciplinary_case.DecideAppeal(verdict=disciplinary_case_model.Verdict.OVERTURNED, reasons="It stands.")
    case(*IN_APPEAL).when(overturn, facts(JUDGE, at=DECIDED_AT)).then(OVERTURNED)
    case(*IN_APPEAL, UPHELD).when(overturn, facts(JUDGE, at=DECIDED_AT)).then_refused("steps-in-order")
    case(*IN_APPEAL).when(uphold, facts(HEARER, at=DECIDED_AT)).then_refused("in-person")
    unnamed = (*WARNED, APPEALED)
    case(*unnamed).when(uphold, facts(JUDGE, at=DECIDED_AT)).then_refused("in-person")


def test_what_is_left_open_of_somebody_erased_ends_and_nothing_said_of_them_is_kept() -> None:
    dropped = disciplinary_case_model.CaseDropped(person_id=ADA, reason="erased")
    case(REPORTED).when(disciplinary_case.DropCase(reason="Ada left."), facts(erased=True)).then(dropped)
    uphold = disciplinary_case.DecideAppeal(verdict=disciplinary_case_model.Verdict.UPHELD, reasons="Ada left.")
    upheld = UPHELD.model_copy(update={"reasons": "erased"})
    case(*IN_APPEAL).when(uphold, facts(JUDGE, at=DECIDED_AT, erased=True)).then(upheld)


def test_a_case_is_dropped_as_long_as_nothing_is_decided() -> None:
    drop, dropped = (
        disciplinary_case.DropCase(reason="Nothing in it."),
        disciplinary_case_model.CaseDropped(person_id=ADA, reason="Nothing in it."),
    )
    for events in ((REPORTED,), (REPORTED, BEGUN), CHARGED, HEARD):
        case(*events).when(drop, facts()).then(dropped)
    case(REPORTED, dropped).when(drop, facts()).then()
    case(*WARNED).when(drop, facts()).then_refused("steps-in-order")
    case(REPORTED, dropped).when(disciplinary_case.BeginInvestigation(investigator_id=OTHER), facts()).then_refused(
        "steps-in-order"
    )


def test_a_case_closes_when_nobody_can_appeal_or_the_appeal_is_decided() -> None:
    case(*WARNED).when(disciplinary_case.CloseCase(), facts(at=later(APPEAL_UNTIL))).then_refused("appeal-possible")
    case(*WARNED).when(disciplinary_case.CloseCase(), facts(at=later(APPEAL_UNTIL + timedelta(days=1)))).then(
        disciplinary_case_model.CaseClosed()
    )
    case(*HEARD, decision(disciplinary_case_model.Outcome.NO_ACTION)).when(
        disciplinary_case.CloseCase(), facts(at=DECIDED_AT)
    ).then(disciplinary_case_model.CaseClosed())
    case(*IN_APPEAL).when(disciplinary_case.CloseCase(), facts(at=DECIDED_AT)).then_refused("steps-in-order")
    case(*IN_APPEAL, UPHELD).when(disciplinary_case.CloseCase(), facts(at=DECIDED_AT)).then(
        disciplinary_case_model.CaseClosed()
    )
    case(*IN_APPEAL, UPHELD, disciplinary_case_model.CaseClosed()).when(
        disciplinary_case.CloseCase(), facts(at=DECIDED_AT)
    ).then()


STEPS: list[Command] = [
    disciplinary_case.BeginInvestigation(investigator_id=OTHER),
    disciplinary_case.NameHearer(hearer_id=OTHER),
    disciplinary_case.NameAppealHearer(appeal_hearer_id=OTHER),
    disciplinary_case.SendAllegation(allegation="You took it."),
    disciplinary_case.DropCase(reason="Mine."),
    disciplinary_case.CloseCase(),
]


@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_nobody_in_hr_acts_in_their_own_case(command: Command) -> None:
    assert isinstance(case(*CHARGED).when(command, in_hr(facts(ADA))).then_refused("nobody-on-themself"), Forbidden)


def test_a_warning_lapses_on_its_day_and_not_before() -> None:
    written = (*HEARD, decision(disciplinary_case_model.Outcome.WRITTEN_WARNING))
    lapses_at = datetime(2026, 9, 12, tzinfo=UTC)
    assert due_at(state(*written)) == lapses_at
    late = lapses_at + timedelta(days=3)
    for noticed in (lapses_at, late):
        case(*written).when(disciplinary_case.LapseWarning(), facts("system", at=noticed)).then(
            disciplinary_case_model.WarningLapsed(lapsed_at=noticed, effective_on=lapses_at.date())
        )
    case(*written).when(disciplinary_case.LapseWarning(), facts("system", at=lapses_at - timedelta(seconds=1))).then()
    lapsed = state(*written, disciplinary_case_model.WarningLapsed(lapsed_at=lapses_at))
    assert (lapsed.live, due_at(lapsed)) == (False, None)


def test_a_warning_lapses_also_when_its_case_is_closed() -> None:
    closed = (*WARNED, disciplinary_case_model.CaseClosed())
    lapses_at = datetime(2027, 3, 12, tzinfo=UTC)
    assert due_at(state(*closed)) == lapses_at
    case(*closed).when(disciplinary_case.LapseWarning(), facts("system", at=lapses_at)).then(
        disciplinary_case_model.WarningLapsed(lapsed_at=lapses_at, effective_on=lapses_at.date())
    )


def reviewed(
    before: Sequence[Any], after: Any, known: disciplinary_case_model.CaseFacts
) -> list[tuple[str, Any, bool]]:
    """Which commands to further aggregates an event of a case brings along."""
    command = disciplinary_case.LapseWarning()
    issued = disciplinary_case.eligibility_reviewed(command, state(*before), state(*before, after), known)
    return [(each.stream, each.command, each.confidential) for each in issued]


def test_what_bars_or_ceases_to_bar_changes_the_person_s_eligibility_at_once_and_tells_nobody_who_acted() -> None:
    lapsed = disciplinary_case_model.WarningLapsed(lapsed_at=datetime(2027, 3, 12, 1, tzinfo=UTC))
    barred = [(f"person-{ADA}", ReviewEligibility(barred=True), True)]
    freed = [(f"person-{ADA}", ReviewEligibility(barred=False), True)]
    assert reviewed(WARNED[:-1], WARNED[-1], facts()) == barred
    assert reviewed(WARNED, lapsed, facts()) == freed
    assert reviewed(IN_APPEAL, OVERTURNED, facts()) == freed
    assert reviewed(IN_APPEAL, UPHELD, facts()) == []
    assert reviewed(HEARD, decision(disciplinary_case_model.Outcome.WRITTEN_WARNING), facts()) == []


def test_whom_another_case_bars_stays_barred_when_one_ends() -> None:
    lapsed = disciplinary_case_model.WarningLapsed(lapsed_at=datetime(2027, 3, 12, 1, tzinfo=UTC))
    still = [(f"person-{ADA}", ReviewEligibility(barred=True), True)]
    assert reviewed(WARNED, lapsed, facts(barred_by_another=True)) == still


def test_a_written_warning_bars_from_nothing() -> None:
    written = state(*HEARD, decision(disciplinary_case_model.Outcome.WRITTEN_WARNING))
    assert (written.live, written.bars) == (True, False)


def test_what_is_overturned_is_not_live_and_what_is_upheld_lapses_on_its_day() -> None:
    overturned, upheld = state(*IN_APPEAL, OVERTURNED), state(*IN_APPEAL, UPHELD)
    assert (overturned.live, overturned.bars, due_at(overturned)) == (False, False, None)
    assert (upheld.live, upheld.bars, due_at(upheld)) == (True, True, datetime(2027, 3, 12, tzinfo=UTC))


def test_a_dismissal_does_not_lapse() -> None:
    dismissed = (*HEARD, decision(disciplinary_case_model.Outcome.DISMISSAL))
    assert due_at(state(*dismissed)) is None
    case(*dismissed).when(disciplinary_case.LapseWarning(), facts("system", at=later(date(2199, 1, 1)))).then()


def test_nothing_of_a_case_is_ever_published() -> None:
    assert not [event for event in disciplinary_case.DISCIPLINARY_CASE.types.values() if issubclass(event, PublicEvent)]
    assert state(REPORTED).status is disciplinary_case_model.CaseStatus.REPORTED
