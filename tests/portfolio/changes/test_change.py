"""The rules of changes: kinds, stages, who authorises, schedules outside freezes and apart from others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from chassis.domain.decider import Actor, Forbidden
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeKind, ChangeRisk, ChangeStage
from contracts.portfolio.services import ServiceStage
from contracts.roles import Role
from services.portfolio.changes.commands import CHANGES
from services.portfolio.changes.domain.change import carrying_out, raising, schedule
from services.portfolio.changes.domain.change.model import Change, ChangeEvent, Meeting
from services.portfolio.changes.domain.change.rules import CHANGE, ChangeCommand
from services.portfolio.changes.domain.change_model import ModelStatus
from tests.portfolio.changes.story import (
    ASKED,
    ASSESSED,
    AT_WORK,
    AUTHORISED,
    BACKED_OUT,
    CANCELLED,
    CLOSED,
    DONE,
    EMERGENCY,
    END,
    FREEZE_ID,
    GUARDIAN,
    HEAD,
    IMPLEMENTED,
    IN_FREEZE,
    LATER,
    MODEL_ID,
    NOW,
    OWNER,
    PLANNED,
    RAISE,
    RAISED,
    RAISER,
    READY,
    REVIEWED,
    SCHEDULED,
    SERVICE_ID,
    STANDARD,
    START,
    facts,
    freeze,
    model,
    service,
)
from tests.scenarios import given, who_may

SCHEDULE = schedule.ScheduleChange(starts_at=START, ends_at=END)
ASSESS = raising.AssessChange(risk=ChangeRisk.MEDIUM, impact="No mail for an hour.")
AUTHORISE = raising.AuthoriseChange()
CANCEL = raising.CancelChange(reason="too late")
IMPLEMENT = carrying_out.RecordImplementation(finished_at=END)
BACK_OUT = carrying_out.BackOutChange(reason="no mail")
REVIEW = carrying_out.ReviewChange(succeeded=True, findings="")
CLOSE = carrying_out.CloseChange()
EXCEPT = schedule.GrantFreezeException(window_id=FREEZE_ID, reason="law")
EXCEPTED = changes.FreezeExceptionGranted(window_id=FREEZE_ID, reason="law", granted_by=(str(GUARDIAN),))
FROZEN: dict[str, Any] = {"windows": {FREEZE_ID: freeze}}


def after(*events: ChangeEvent) -> Change:
    change = CHANGE.fold(events)
    assert change is not None
    return change


def test_a_normal_change_is_assessed_authorised_scheduled_implemented_reviewed_and_closed() -> None:
    given(CHANGE).when(RAISE, facts(RAISER)).then(RAISED)
    given(CHANGE, RAISED).when(ASSESS, facts()).then(ASSESSED)
    given(CHANGE, RAISED, ASSESSED).when(AUTHORISE, facts()).then(AUTHORISED)
    given(CHANGE, *READY).when(SCHEDULE, facts()).then(SCHEDULED)
    given(CHANGE, *AT_WORK).when(IMPLEMENT, facts(at=LATER)).then(IMPLEMENTED)
    given(CHANGE, *DONE).when(REVIEW, facts(at=LATER)).then(REVIEWED)
    given(CHANGE, *DONE, REVIEWED).when(CLOSE, facts(at=LATER)).then(CLOSED)


def test_a_standard_change_skips_assessment_and_authorisation_and_has_its_models_back_out_plan() -> None:
    standard = raising.RaiseChange.model_validate(ASKED | {"kind": "standard", "model_id": MODEL_ID})
    given(CHANGE).when(standard, facts(RAISER, model=model)).then(STANDARD)
    given(CHANGE, STANDARD).when(ASSESS, facts()).then_refused("assessment-skipped")
    given(CHANGE, STANDARD).when(AUTHORISE, facts()).then_refused("authorisation-skipped")
    given(CHANGE, STANDARD).when(SCHEDULE, facts()).then(SCHEDULED)


def test_an_emergency_skips_assessment_only_and_may_be_scheduled_for_what_began() -> None:
    given(CHANGE, EMERGENCY).when(ASSESS, facts()).then_refused("assessment-skipped")
    given(CHANGE, EMERGENCY, PLANNED).when(SCHEDULE, facts()).then_refused("change-not-at-this-stage")
    given(CHANGE, EMERGENCY).when(AUTHORISE, facts()).then(AUTHORISED)
    begun = schedule.ScheduleChange(starts_at=NOW - timedelta(hours=1), ends_at=NOW)
    ready = given(CHANGE, EMERGENCY, AUTHORISED, PLANNED).when(begun, facts())
    assert getattr(ready.then_state(), "stage") is ChangeStage.SCHEDULED  # noqa: B009
    given(CHANGE, *READY).when(begun, facts()).then_refused("schedule-ahead")


def test_only_a_standard_change_has_a_model_and_that_is_approved() -> None:
    for wrong in ({"model_id": MODEL_ID}, {"kind": "standard"}):
        with pytest.raises(ValueError, match="a standard change names its model"):
            raising.RaiseChange.model_validate(ASKED | wrong)
    standard = raising.RaiseChange.model_validate(ASKED | {"kind": "standard", "model_id": MODEL_ID})
    given(CHANGE).when(standard, facts(RAISER)).then_refused("model-not-known")
    for status in (ModelStatus.DRAFTED, ModelStatus.RETIRED):
        known = facts(RAISER, model=model.but(status=status))
        given(CHANGE).when(standard, known).then_refused("model-approved")


def test_a_change_names_services_in_use_an_open_division_and_a_project_that_is_there() -> None:
    given(CHANGE).when(RAISE, facts(RAISER, services={})).then_refused("service-not-known")
    retired = {SERVICE_ID: service.but(stage=ServiceStage.RETIRED)}
    given(CHANGE).when(RAISE, facts(RAISER, services=retired)).then_refused("service-retired")
    given(CHANGE).when(RAISE, facts(RAISER, division_open=None)).then_refused("division-not-known-yet")
    of_project = RAISE.model_copy(update={"project_id": UUID(int=9)})
    given(CHANGE).when(of_project, facts(RAISER, project_known=False)).then_refused("project-not-known")
    given(CHANGE).when(of_project, facts(RAISER, project_known=True)).then(
        RAISED.model_copy(update={"project_id": UUID(int=9)})
    )


def test_raising_the_same_change_again_changes_nothing() -> None:
    given(CHANGE, RAISED).when(RAISE, facts(RAISER)).then()
    other = RAISE.model_copy(update={"title": "Another"})
    given(CHANGE, RAISED).when(other, facts(RAISER)).then_refused("already-exists")
    twice = raising.RaiseChange.model_validate(ASKED | {"service_ids": (SERVICE_ID, SERVICE_ID)})
    assert twice.service_ids == (SERVICE_ID,)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ([RAISED], AUTHORISE),
        ([RAISED, PLANNED], SCHEDULE),
        ([RAISED, ASSESSED, PLANNED], SCHEDULE),
        ([*READY], ASSESS),
        ([*READY], IMPLEMENT),
        ([*READY], BACK_OUT),
        ([*READY], REVIEW),
        ([*AT_WORK], REVIEW),
        ([*AT_WORK], AUTHORISE),
        ([*DONE], CLOSE),
        ([*DONE], CANCEL),
        ([*DONE], SCHEDULE),
        ([*AT_WORK, BACKED_OUT], SCHEDULE),
        ([RAISED, CANCELLED], ASSESS),
        ([*DONE, REVIEWED, CLOSED], BACK_OUT),
        ([*DONE], schedule.PlanBackOut(back_out_plan="Start it.")),
        ([*DONE], EXCEPT),
    ],
)
def test_no_stage_of_a_changes_life_is_skipped(history: list[ChangeEvent], command: ChangeCommand) -> None:
    known = facts(at=LATER, window=freeze)
    given(CHANGE, *history).when(command, known).then_refused("change-not-at-this-stage")


def test_what_is_done_already_changes_nothing() -> None:
    given(CHANGE, RAISED, ASSESSED).when(ASSESS, facts()).then()
    given(CHANGE, RAISED, ASSESSED, AUTHORISED).when(AUTHORISE, facts()).then()
    given(CHANGE, *READY).when(schedule.PlanBackOut(back_out_plan=PLANNED.back_out_plan), facts()).then()
    given(CHANGE, *AT_WORK).when(SCHEDULE, facts()).then()
    given(CHANGE, *DONE).when(IMPLEMENT, facts(at=LATER)).then()
    given(CHANGE, *AT_WORK, BACKED_OUT).when(BACK_OUT, facts()).then()
    given(CHANGE, *DONE, REVIEWED).when(REVIEW, facts()).then()
    given(CHANGE, *DONE, REVIEWED, CLOSED).when(CLOSE, facts()).then()
    given(CHANGE, RAISED, CANCELLED).when(CANCEL, facts()).then()


def test_a_change_is_given_up_before_it_is_carried_out_and_backed_out_after() -> None:
    given(CHANGE, *AT_WORK).when(CANCEL, facts()).then(CANCELLED)
    given(CHANGE, *AT_WORK).when(BACK_OUT, facts()).then(BACKED_OUT)
    given(CHANGE, *DONE).when(BACK_OUT, facts()).then(BACKED_OUT)
    assert after(*DONE, BACKED_OUT).succeeded is False


def test_who_raises_a_change_does_not_authorise_it_in_whatever_place_they_act() -> None:
    may = who_may(CHANGES, RAISED, ASSESSED)
    as_executive = facts(RAISER, Role.EXECUTIVE)
    assert isinstance(may.when(AUTHORISE, as_executive).then_refused("raiser-does-not-authorise"), Forbidden)
    stand_in = replace(facts(), actor=Actor(str(RAISER), for_whom=str(OWNER)))
    may.when(AUTHORISE, stand_in).then_refused("raiser-does-not-authorise")
    for who in (facts(OWNER), facts(HEAD), facts(UUID(int=8), Role.EXECUTIVE), facts("office", Role.PORTFOLIO_OFFICE)):
        may.when(AUTHORISE, who).then(AUTHORISED)
    may.when(AUTHORISE, facts(UUID(int=8), Role.MANAGER)).then_refused("not-authorised")
    may.when(AUTHORISE, replace(facts(), actor=Actor(str(UUID(int=8)), for_whom=str(HEAD)))).then(AUTHORISED)


def test_who_raised_it_and_the_owners_of_its_services_carry_a_change_out() -> None:
    may = who_may(CHANGES, *READY)
    for who in (RAISER, OWNER):
        may.when(SCHEDULE, facts(who)).then(SCHEDULED)
    may.when(SCHEDULE, facts(UUID(int=8))).then_refused("not-authorised")


def test_a_back_out_plan_comes_before_the_schedule() -> None:
    given(CHANGE, RAISED, ASSESSED, AUTHORISED).when(SCHEDULE, facts()).then_refused("back-out-plan-first")
    plan = schedule.PlanBackOut(back_out_plan="Start the old one.")
    given(CHANGE, RAISED).when(plan, facts()).then(PLANNED)


def test_a_schedule_is_in_order_and_no_longer_than_a_month() -> None:
    with pytest.raises(ValueError, match="a change ends after it starts"):
        schedule.ScheduleChange(starts_at=START, ends_at=START)
    long = schedule.ScheduleChange(starts_at=START, ends_at=START + timedelta(days=32))
    given(CHANGE, *READY).when(long, facts()).then_refused("schedule-bounded")


def test_a_schedule_inside_a_freeze_is_refused_with_its_name_its_end_and_the_way_on() -> None:
    refused = given(CHANGE, *READY).when(SCHEDULE, facts(**FROZEN)).then_refused("inside-freeze")
    for said in ("Year end", str(FREEZE_ID), "2027-01-03 06:00 Europe/Zurich", "2027-01-03T05:00:00Z"):
        assert said in refused.detail
    assert "grant-freeze-exception" in refused.remedy


def test_a_freeze_excepts_kinds_of_change_and_single_ones_on_record() -> None:
    given(CHANGE, EMERGENCY, AUTHORISED, PLANNED).when(SCHEDULE, facts(**FROZEN)).then(SCHEDULED)
    given(CHANGE, *READY).when(EXCEPT, facts(GUARDIAN, window=freeze)).then(EXCEPTED)
    given(CHANGE, *READY, EXCEPTED).when(EXCEPT, facts(GUARDIAN, window=freeze)).then()
    given(CHANGE, *READY, EXCEPTED).when(SCHEDULE, facts(**FROZEN)).then(SCHEDULED)
    another = facts(windows={FREEZE_ID: freeze, UUID(int=9): freeze})
    given(CHANGE, *READY, EXCEPTED).when(SCHEDULE, another).then_refused("inside-freeze")


def test_only_whom_a_freeze_names_excepts_a_change_and_never_who_raised_it() -> None:
    may = who_may(CHANGES, *READY)
    may.when(EXCEPT, facts(GUARDIAN, window=freeze)).then(EXCEPTED)
    may.when(EXCEPT, facts(OWNER, Role.EXECUTIVE, window=freeze)).then_refused("not-authorised")
    own = freeze.but(excepted_by=(RAISER,))
    may.when(EXCEPT, facts(RAISER, window=own)).then_refused("raiser-does-not-authorise")


def test_an_exception_is_from_a_freeze_that_holds() -> None:
    for wrong in (None, freeze.but(withdrawn=True), freeze.but(kind=changes.WindowKind.MAINTENANCE)):
        given(CHANGE, *READY).when(EXCEPT, facts(GUARDIAN, window=wrong)).then_refused("freeze-not-known")


def test_a_schedule_that_meets_another_change_is_refused_with_that_change_and_its_end() -> None:
    other = Meeting(UUID(int=77), "Network core", END, "Network")
    refused = given(CHANGE, *READY).when(SCHEDULE, facts(meetings=[other])).then_refused("changes-meet")
    for said in ("Network core", str(UUID(int=77)), "Network", "2026-12-22T23:00:00Z"):
        assert said in refused.detail


def test_a_scheduled_change_is_moved_and_leaves_the_freeze_behind() -> None:
    assert after(*AT_WORK, IN_FREEZE).freezes == (FREEZE_ID,)
    moved = schedule.ScheduleChange(starts_at=LATER, ends_at=LATER + timedelta(hours=1))
    state = given(CHANGE, *AT_WORK, IN_FREEZE).when(moved, facts()).then_state()
    assert isinstance(state, Change)
    assert (state.starts_at, state.freezes, state.stage) == (LATER, (), ChangeStage.SCHEDULED)


def test_a_freeze_declared_over_a_scheduled_change_is_recorded_once_and_undoes_nothing() -> None:
    inside, outside = (schedule.RecordFreeze(window_id=FREEZE_ID, inside=each) for each in (True, False))
    system = facts("system:tests")
    given(CHANGE, *AT_WORK).when(inside, system).then(IN_FREEZE)
    given(CHANGE, *AT_WORK, IN_FREEZE).when(inside, system).then()
    given(CHANGE, *READY, EXCEPTED, SCHEDULED).when(inside, system).then()
    given(CHANGE, *DONE).when(inside, system).then()
    given(CHANGE, *AT_WORK, IN_FREEZE).when(outside, system).then(changes.ChangeOutOfFreeze(window_id=FREEZE_ID))
    given(CHANGE, *AT_WORK).when(outside, system).then()
    assert after(*AT_WORK, IN_FREEZE).stage is ChangeStage.SCHEDULED
    assert after(*AT_WORK, IN_FREEZE, EXCEPTED).freezes == ()


def test_a_change_is_finished_after_it_began_and_by_now() -> None:
    early = carrying_out.RecordImplementation(finished_at=START - timedelta(seconds=1))
    given(CHANGE, *AT_WORK).when(early, facts(at=LATER)).then_refused("finished-after-start")
    given(CHANGE, *AT_WORK).when(IMPLEMENT, facts()).then_refused("finished-after-start")


def test_the_days_of_a_schedule_are_those_of_the_changes_division() -> None:
    bangkok = replace(facts(), zone=ZoneInfo("Asia/Bangkok"))
    state = given(CHANGE, *READY).when(SCHEDULE, bangkok).then_state()
    assert isinstance(state, Change)
    assert (state.starts_on, state.ends_on) == (START.date() + timedelta(days=1),) * 2
    assert state.kind is ChangeKind.NORMAL
