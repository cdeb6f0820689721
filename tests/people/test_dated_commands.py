"""Everything with a day can be planned for a later one and corrected for an earlier one: each command that says a day,
with the commands by which it is put right and the tests that show it.

A new command with a day fails here until it is said how it is corrected."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from pydantic import BaseModel

from services.people.app import AGGREGATES

HERE = Path(__file__).parent
PLANNED, ITSELF, PAST, CORRECTION = "planned", "itself", "past", "correction"
"""What a later day means: what is said is planned for it; the day itself is one to come, like a last day; nothing, as
what is told has happened; or the command corrects what was said before."""


class Way(NamedTuple):
    """What a later day means for a command, the commands that put another day right, and the tests that show both."""

    later: str
    corrected_by: str
    shown_by: str


LATER_LINE = "test_another_line_manager_is_planned_for_a_later_day_and_judged_on_it"
SUSPENSION = "test_a_suspension_and_the_day_they_act_again_are_planned_moved_and_take_effect"
CORRECT_DAY = "test_suspensions_reinstatements_and_line_changes_are_corrected"
HIRE_DAY = "test_the_hire_day_is_corrected_before_all_that_followed"
TRANSFER = "test_a_transfer_and_a_leaving_planned_for_later_days_take_effect_on_them"
APPOINTED = "test_appointments_present_and_earlier_lie_between_what_came_before_and_after"
LEAVER = "test_the_last_day_of_a_leaver_is_corrected_and_both_times_are_kept"
BACK = "test_the_last_day_of_who_came_back_is_corrected_in_their_earlier_employment"
WORK = "test_withdrawn_experience_counts_no_longer_and_may_be_recorded_again"
STOOD_IN = "test_days_past_of_a_stand_in_are_corrected_and_who_acts_today_stays"
ONE_PERIOD = "test_one_period_of_a_stand_in_is_withdrawn_and_the_other_goes_on"
AWAY = "test_an_absence_that_was_recorded_wrongly_is_corrected_and_both_times_are_kept"
HOURS = "test_hours_are_set_in_the_order_of_their_days_and_corrected_for_days_past"
PAY = "test_pay_that_was_recorded_wrongly_is_corrected_on_record"
LEARNT = "test_hours_that_were_recorded_wrongly_are_corrected_or_struck_out_also_of_a_closed_plan"
MET = "test_a_meeting_that_was_recorded_wrongly_is_corrected_or_struck_out"
REVOKED = "test_a_certificate_is_revoked_and_only_people_knows_why"
STARTS = "test_who_accepted_may_start_on_another_day_with_the_pay_that_was_offered"
COMPLETED = "test_the_day_of_a_completed_training_is_corrected_and_both_times_are_kept"
KEPT = "test_who_has_a_tool_may_return_it_on_another_day_or_keep_it"
HEARD = "test_what_was_recorded_wrongly_of_a_hearing_is_corrected_by_the_hearer_until_it_is_decided_on"
ASSESSED = "test_an_assessment_that_was_recorded_wrongly_is_corrected_and_both_times_are_kept"
CREDITS = "test_credits_that_were_recorded_wrongly_are_corrected_in_the_term_or_struck_out"

# fmt: off
WAYS: Mapping[str, Way] = {
    "divisions/set-working-calendar": Way(ITSELF, "set-working-calendar",
        "test_the_division_says_how_long_a_full_week_is_and_on_which_days_nobody_works"),
    "persons/hire": Way(PLANNED, "correct-day hire cancel-plan", HIRE_DAY),
    "persons/take-on": Way(PAST, "correct-day", HIRE_DAY),
    "persons/record-experience": Way(PAST, "withdraw-experience", WORK),
    "persons/verify-experience": Way(PAST, "verify-experience",
        "test_experience_is_vouched_for_up_to_the_day_that_is_stated"),
    "persons/end-experience": Way(PAST, "withdraw-experience", WORK),
    "persons/appoint": Way(PLANNED, "correct-day cancel-plan", f"{TRANSFER} {APPOINTED}"),
    "persons/change-line-manager": Way(PLANNED, "correct-day cancel-plan", f"{LATER_LINE} {CORRECT_DAY}"),
    "persons/suspend": Way(PLANNED, "correct-day suspend cancel-plan", f"{SUSPENSION} {CORRECT_DAY}"),
    "persons/reinstate": Way(PLANNED, "correct-day reinstate cancel-plan", f"{SUSPENSION} {CORRECT_DAY}"),
    "persons/record-leaving": Way(PLANNED, "correct-day record-leaving withdraw-leaving cancel-plan",
        f"{TRANSFER} {LEAVER}"),
    "persons/rehire": Way(PLANNED, "correct-day rehire cancel-plan",
        f"test_a_rehire_is_planned_for_a_later_day_and_cancelled {BACK}"),
    "persons/correct-day": Way(CORRECTION, "correct-day", "test_what_was_corrected_may_be_corrected_again_and_back"),
    "persons/name-stand-in": Way(ITSELF, "correct-stand-in name-stand-in withdraw-stand-in", STOOD_IN),
    "persons/withdraw-stand-in": Way(ITSELF, "name-stand-in", ONE_PERIOD),
    "persons/correct-stand-in": Way(CORRECTION, "correct-stand-in", STOOD_IN),
    "persons/record-absence": Way(ITSELF, "correct-absence withdraw-absence record-absence cancel-absence", AWAY),
    "persons/correct-absence": Way(CORRECTION, "correct-absence withdraw-absence", AWAY),
    "pay-bands/set": Way(PLANNED, "correct cancel-planned",
        "test_a_band_for_a_day_to_come_is_planned_takes_effect_on_its_day_and_can_be_cancelled"
        " test_a_band_that_was_recorded_wrongly_is_corrected_after_the_band_before_it"),
    "pay-bands/correct": Way(CORRECTION, "correct",
        "test_a_band_that_was_recorded_wrongly_is_corrected_after_the_band_before_it"),
    "pay-bands/cancel-planned": Way(CORRECTION, "set",
        "test_a_band_for_a_day_to_come_is_planned_takes_effect_on_its_day_and_can_be_cancelled"),
    "pay/set": Way(PLANNED, "correct cancel-planned", f"{PAY} test_one_of_several_planned_changes_is_cancelled"),
    "pay/set-offered": Way(PAST, "correct", PAY),
    "pay/correct": Way(CORRECTION, "correct", PAY),
    "pay/cancel-planned": Way(CORRECTION, "set", "test_what_is_planned_is_cancelled_by_another"),
    "contracted-hours/set": Way(PLANNED, "correct cancel-planned", HOURS),
    "contracted-hours/correct": Way(CORRECTION, "correct", HOURS),
    "contracted-hours/cancel-planned": Way(CORRECTION, "set",
        "test_hours_are_planned_beside_one_another_and_cancelled_one_by_one"),
    "candidacies/schedule-interview": Way(ITSELF, "schedule-interview",
        "test_an_interview_is_scheduled_and_changed_until_it_took_place"),
    "candidacies/make-offer": Way(ITSELF, "agree-start-day reject withdraw", STARTS),
    "candidacies/agree-start-day": Way(ITSELF, "agree-start-day", STARTS),
    "training-sessions/schedule": Way(ITSELF, "cancel",
        "test_a_manager_schedules_and_settles_sessions_that_their_own_division_or_one_below_pays"),
    "enrolments/record-result": Way(PAST, "correct-day", COMPLETED),
    "enrolments/correct-day": Way(CORRECTION, "correct-day", COMPLETED),
    "tools/issue": Way(ITSELF, "set-return-day return", KEPT),
    "tools/set-return-day": Way(ITSELF, "set-return-day", KEPT),
    "review-cycles/plan": Way(ITSELF, "revise", "test_a_cycle_is_planned_anew_until_a_review_uses_it"),
    "review-cycles/revise": Way(ITSELF, "revise", "test_a_cycle_is_planned_anew_until_a_review_uses_it"),
    "disciplinary-cases/report": Way(PAST, "drop", "test_a_case_is_dropped_as_long_as_nothing_is_decided"),
    "disciplinary-cases/record-hearing": Way(PAST, "correct-hearing", HEARD),
    "disciplinary-cases/correct-hearing": Way(CORRECTION, "correct-hearing", HEARD),
    "successions/agree-plan": Way(ITSELF, "agree-plan",
        "test_a_plan_that_names_somebody_is_agreed_until_a_day_to_come"),
    "successions/review-plan": Way(ITSELF, "review-plan",
        "test_an_agreed_plan_is_reviewed_and_falls_due_once_on_its_day"),
    "qualifications/assess-skill": Way(PAST, "correct-assessment", ASSESSED),
    "qualifications/correct-assessment": Way(CORRECTION, "correct-assessment", ASSESSED),
    "qualifications/record-certificate": Way(PAST, "revoke-certificate", REVOKED),
    "qualifications/record-credits": Way(PAST, "correct-credits", CREDITS),
    "qualifications/correct-credits": Way(CORRECTION, "correct-credits", CREDITS),
    "qualifications/renew-certificate": Way(PAST, "revoke-certificate", REVOKED),
    "qualifications/revoke-certificate": Way(PAST, "record-certificate", REVOKED),
    "qualifications/credit-training": Way(PAST, "correct-assessment revoke-certificate",
        "test_a_training_that_was_passed_gives_its_skills_and_its_certificate"),
    "development-plans/propose": Way(ITSELF, "withdraw", "test_a_plan_is_withdrawn_before_it_is_agreed"),
    "development-plans/add-goal": Way(ITSELF, "extend-goal miss-goal", "test_a_goal_is_extended_to_a_later_day"),
    "development-plans/extend-goal": Way(ITSELF, "extend-goal miss-goal", "test_a_goal_is_extended_to_a_later_day"),
    "development-plans/record-learning": Way(PAST, "correct-learning", LEARNT),
    "development-plans/correct-learning": Way(CORRECTION, "correct-learning", LEARNT),
    "mentorships/record-meeting": Way(PAST, "correct-meeting", MET),
    "mentorships/correct-meeting": Way(CORRECTION, "correct-meeting", MET),
}
# fmt: on

COMMANDS = {f"{each.path}/{row.name}": row.command for each in AGGREGATES for row in each.commands}


def says_a_day(annotation: Any) -> bool:
    """Return whether a calendar day is in a value of this type, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(says_a_day(field.annotation) for field in annotation.model_fields.values())
    return annotation is date or any(says_a_day(each) for each in get_args(annotation))


def test_of_every_command_with_a_day_it_is_said_how_it_is_planned_and_corrected() -> None:
    assert set(WAYS) == {name for name, command in COMMANDS.items() if says_a_day(command)}


@pytest.mark.parametrize("name", WAYS)
def test_a_day_is_put_right_by_commands_that_there_are_shown_by_tests_that_there_are(name: str) -> None:
    collection, _, _ = name.partition("/")
    way = WAYS[name]
    assert way.corrected_by, "no day stands for ever as it was first said"
    assert {f"{collection}/{each}" for each in way.corrected_by.split()} <= set(COMMANDS)
    assert set(way.shown_by.split()) <= TESTS
    assert way.later in (PLANNED, ITSELF, PAST, CORRECTION)


TESTS = {
    found
    for path in HERE.rglob("test_*.py")
    for found in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
}
