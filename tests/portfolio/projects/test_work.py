"""The rules of the work: it starts when funded, is reported, rests, and ends with verdicts and lessons."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Forbidden
from contracts import portfolio
from contracts.roles import Role
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project import work
from services.portfolio.projects.domain.project.founding import VERDICT_GAP
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import (
    APPROVED,
    AT_APPROVED,
    AT_CLOSING,
    AT_END,
    AT_FUNDED,
    AT_REST,
    AT_WORK,
    CANCELLED,
    CLOSE,
    CLOSED,
    CLOSING,
    CRITERIA,
    DELEGATED,
    HELD,
    HISTORIES,
    MANAGER,
    PROPOSED,
    RECOVERY,
    SENIOR,
    SIGNED,
    SPECIFIED,
    STARTED,
    TODAY,
    TOMORROW,
    VERDICTS,
    YESTERDAY,
    facts,
    manager,
    taken_over,
)
from tests.scenarios import given, who_may

START = work.StartProject(effective_on=date(2026, 2, 1))
HOLD, RESUME, BEGIN_CLOSING = work.PutProjectOnHold(reason="winter"), work.ResumeProject(), work.BeginClosing()
CANCEL = work.CancelProject(reason="merged")
FINISHED = taken_over(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP,))


def report(**changes: Any) -> work.ReportProgress:
    return work.ReportProgress(
        **{"as_of": YESTERDAY, "percent_complete": Decimal(40), "health": portfolio.Health.ON_TRACK, **changes}
    )


def reported(**changes: Any) -> portfolio.ProgressReported:
    return portfolio.ProgressReported(**dict(report(**changes)))


def closing(**changes: Any) -> work.CloseProject:
    return CLOSE.model_copy(update=changes)


def moved_on_by_source() -> portfolio.TakeOverCorrected:
    known = dict(taken_over(stage=portfolio.Stage.IN_PROGRESS))
    return portfolio.TakeOverCorrected(
        **{key: value for key, value in known.items() if key not in ("division_id", "source")}
    )


def verdicts(*met: bool) -> tuple[portfolio.Verdict, ...]:
    return tuple(
        portfolio.Verdict(criterion=one, met=yes, evidence="seen") for one, yes in zip(CRITERIA, met, strict=True)
    )


def test_a_project_starts_when_funded() -> None:
    given(PROJECT, *AT_FUNDED).when(START, facts()).then(STARTED)


@pytest.mark.parametrize("stage", [portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED, portfolio.Stage.APPROVED])
def test_it_starts_only_when_funded(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(START, facts()).then_refused("starts-only-when-funded")


@pytest.mark.parametrize("stage", [portfolio.Stage.APPROVED, portfolio.Stage.FUNDED])
def test_a_project_approved_or_funded_elsewhere_starts(stage: portfolio.Stage) -> None:
    given(PROJECT, taken_over(stage=stage)).when(START, facts()).then(STARTED)


@pytest.mark.parametrize("stage", [portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED])
def test_a_project_proposed_or_specified_elsewhere_does_not_start(stage: portfolio.Stage) -> None:
    given(PROJECT, taken_over(stage=stage)).when(START, facts()).then_refused("starts-only-when-funded")


def test_a_project_taken_over_but_approved_here_waits_for_its_money() -> None:
    approved_here = (taken_over(stage=portfolio.Stage.PROPOSED), SPECIFIED, SIGNED, APPROVED)
    given(PROJECT, *approved_here).when(START, facts()).then_refused("starts-only-when-funded")
    again = (
        taken_over(stage=portfolio.Stage.APPROVED),
        portfolio.ProjectReturned(reason="none"),
        SPECIFIED,
        SIGNED,
        APPROVED,
    )
    given(PROJECT, *again).when(START, facts()).then_refused("starts-only-when-funded")


def test_starting_it_again_on_the_same_day_changes_nothing() -> None:
    given(PROJECT, *AT_WORK).when(START, facts()).then()
    given(PROJECT, *AT_WORK).when(work.StartProject(effective_on=TODAY), facts()).then_refused("not-at-this-stage")
    given(PROJECT, *AT_REST).when(START, facts()).then_refused("not-at-this-stage")


def test_what_has_happened_lies_not_in_the_future() -> None:
    given(PROJECT, *AT_FUNDED).when(work.StartProject(effective_on=TOMORROW), facts()).then_refused("not-in-the-future")
    given(PROJECT, *AT_WORK).when(report(as_of=TOMORROW), facts()).then_refused("not-in-the-future")
    given(PROJECT, *AT_CLOSING).when(closing(effective_on=TOMORROW), facts()).then_refused("not-in-the-future")
    given(PROJECT, *AT_FUNDED).when(work.StartProject(effective_on=TODAY), facts()).then(
        portfolio.ProjectStarted(effective_on=TODAY)
    )


def test_dates_lie_between_1900_and_2200() -> None:
    for day in (date(1899, 12, 31), date(2201, 1, 1)):
        with pytest.raises(ValidationError):
            work.StartProject(effective_on=day)
        with pytest.raises(ValidationError):
            work.ReportProgress(as_of=TODAY, expected_completion=day)


@pytest.mark.parametrize("stage", [portfolio.Stage.IN_PROGRESS, portfolio.Stage.ON_HOLD, portfolio.Stage.CLOSING])
def test_progress_is_reported_while_the_project_is_under_way(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(report(), facts()).then(reported())


@pytest.mark.parametrize(
    "stage", [portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED, portfolio.Stage.APPROVED, portfolio.Stage.FUNDED]
)
def test_progress_is_not_reported_before_the_start(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(report(), facts()).then_refused("not-at-this-stage")


def test_progress_is_not_reported_after_the_end() -> None:
    for stage in (portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED):
        given(PROJECT, *HISTORIES[stage]).when(report(), facts()).then_refused("project-ended")


def test_the_same_report_again_changes_nothing() -> None:
    given(PROJECT, *AT_WORK, reported()).when(report(percent_complete=Decimal("40.0")), facts()).then()
    given(PROJECT, *AT_WORK, reported(), CLOSING, CLOSED).when(report(), facts()).then()


def test_a_report_of_the_same_date_corrects() -> None:
    given(PROJECT, *AT_WORK, reported()).when(report(note="delayed"), facts()).then(reported(note="delayed"))


def test_reports_follow_each_other_in_time() -> None:
    given(PROJECT, *AT_WORK, reported()).when(report(as_of=TODAY), facts()).then(reported(as_of=TODAY))
    earlier = given(PROJECT, *AT_WORK, reported(as_of=TODAY)).when(report(), facts())
    assert str(TODAY) in earlier.then_refused("reports-in-order").detail


def test_progress_falls_for_a_reason_alone() -> None:
    less = report(percent_complete=Decimal(30))
    given(PROJECT, *AT_WORK, reported()).when(less, facts()).then_refused("falling-progress-needs-reason")
    told = report(percent_complete=Decimal(30), reason="The supplier left.")
    given(PROJECT, *AT_WORK, reported()).when(told, facts()).then(reported(**dict(told)))


def test_who_declares_at_risk_says_what_is_done_about_it_who_does_it_and_by_when() -> None:
    for health in (portfolio.Health.AT_RISK, portfolio.Health.OFF_TRACK):
        given(PROJECT, *AT_WORK).when(report(health=health), facts()).then_refused("recovery-step-required")
        told = report(health=health, recovery=RECOVERY)
        given(PROJECT, *AT_WORK).when(told, facts()).then(reported(**dict(told)))
        given(PROJECT, *AT_WORK).when(told, facts(recovery_owner=None)).then_refused("person-not-known-yet")
    gone = facts(recovery_owner=replace(manager, active=False))
    at_risk = report(health=portfolio.Health.AT_RISK, recovery=RECOVERY)
    given(PROJECT, *AT_WORK).when(at_risk, gone).then_refused("recovery-owner-is-active")
    past = RECOVERY.model_copy(update={"due_on": date(2026, 1, 1)})
    over = report(health=portfolio.Health.AT_RISK, recovery=past)
    given(PROJECT, *AT_WORK).when(over, facts()).then_refused("recovery-ahead")


def test_what_another_system_declares_stands_as_it_is() -> None:
    at_risk = report(health=portfolio.Health.AT_RISK)
    given(PROJECT, taken_over()).when(at_risk, facts()).then(reported(health=portfolio.Health.AT_RISK))


def test_a_report_says_something() -> None:
    empty = work.ReportProgress(as_of=TODAY, note=" ")
    given(PROJECT, *AT_WORK).when(empty, facts()).then_refused("report-says-something")
    scope = work.ReportProgress(as_of=TODAY, expected_scope=Decimal(90))
    given(PROJECT, *AT_WORK).when(scope, facts()).then(portfolio.ProgressReported(**dict(scope)))
    given(PROJECT, *AT_WORK).when(report(percent_complete=None), facts()).then(reported(percent_complete=None))


def test_progress_of_a_project_finished_elsewhere_may_be_stated_and_corrected() -> None:
    given(PROJECT, FINISHED).when(report(), facts()).then(reported())
    given(PROJECT, FINISHED, reported()).when(report(), facts()).then()
    given(PROJECT, FINISHED, reported()).when(report(note="late"), facts()).then(reported(note="late"))
    given(PROJECT, FINISHED, reported(as_of=TODAY)).when(report(), facts()).then_refused("reports-in-order")


def test_a_project_in_progress_rests_and_resumes() -> None:
    given(PROJECT, *AT_WORK).when(HOLD, facts()).then(HELD)
    given(PROJECT, *AT_REST).when(HOLD, facts()).then()
    given(PROJECT, *AT_REST).when(RESUME, facts()).then(portfolio.ProjectResumed())
    given(PROJECT, *AT_WORK).when(RESUME, facts()).then()


def test_only_a_project_in_progress_rests() -> None:
    given(PROJECT, *AT_FUNDED).when(HOLD, facts()).then_refused("not-at-this-stage")
    given(PROJECT, *AT_CLOSING).when(HOLD, facts()).then_refused("not-at-this-stage")
    given(PROJECT, *AT_END).when(HOLD, facts()).then_refused("project-ended")


def test_only_a_project_that_rests_resumes() -> None:
    given(PROJECT, *AT_FUNDED).when(RESUME, facts()).then_refused("not-at-this-stage")
    given(PROJECT, *AT_END).when(RESUME, facts()).then_refused("project-ended")


def test_only_a_project_in_progress_begins_to_close() -> None:
    given(PROJECT, *AT_WORK).when(BEGIN_CLOSING, facts()).then(CLOSING)
    given(PROJECT, *AT_CLOSING).when(BEGIN_CLOSING, facts()).then()
    given(PROJECT, *AT_REST).when(BEGIN_CLOSING, facts()).then_refused("not-at-this-stage")
    given(PROJECT, *AT_END).when(BEGIN_CLOSING, facts()).then_refused("project-ended")


def test_a_project_closes_with_a_verdict_per_criterion_and_lessons() -> None:
    given(PROJECT, *AT_CLOSING).when(CLOSE, facts()).then(CLOSED)
    given(PROJECT, *AT_CLOSING).when(closing(verdicts=VERDICTS[::-1]), facts()).then(
        CLOSED.model_copy(update={"verdicts": VERDICTS[::-1]})
    )


def test_closing_it_again_with_the_same_facts_changes_nothing() -> None:
    given(PROJECT, *AT_END).when(CLOSE, facts()).then()
    given(PROJECT, *AT_END).when(closing(lessons="None."), facts()).then_refused("project-ended")


def test_a_project_closes_only_after_closing_began() -> None:
    given(PROJECT, *AT_WORK).when(CLOSE, facts()).then_refused("not-at-this-stage")
    given(PROJECT, FINISHED).when(CLOSE, facts()).then_refused("project-ended")


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        VERDICTS[:1],
        (*VERDICTS, VERDICTS[0]),
        (VERDICTS[0], VERDICTS[0]),
        (VERDICTS[0], portfolio.Verdict(criterion="another", met=True, evidence="seen")),
    ],
)
def test_there_is_exactly_one_verdict_for_each_success_criterion(wrong: tuple[portfolio.Verdict, ...]) -> None:
    given(PROJECT, *AT_CLOSING).when(closing(verdicts=wrong), facts()).then_refused("verdict-per-criterion")


def test_a_project_taken_over_without_a_specification_names_its_criteria_with_the_verdicts() -> None:
    imported = given(PROJECT, taken_over(stage=portfolio.Stage.CLOSING))
    imported.when(CLOSE, facts()).then(CLOSED)
    imported.when(closing(verdicts=()), facts()).then_refused("verdict-per-criterion")
    imported.when(closing(verdicts=(VERDICTS[0], VERDICTS[0])), facts()).then_refused("verdict-per-criterion")


def test_criteria_that_nobody_signed_do_not_bind_the_verdicts() -> None:
    unsigned = given(PROJECT, taken_over(stage=portfolio.Stage.PROPOSED), SPECIFIED, moved_on_by_source(), CLOSING)
    other = closing(verdicts=(portfolio.Verdict(criterion="another", met=True, evidence="seen"),))
    unsigned.when(other, facts()).then(portfolio.ProjectClosed(**dict(other)))
    signed = given(
        PROJECT, taken_over(stage=portfolio.Stage.PROPOSED), SPECIFIED, SIGNED, moved_on_by_source(), CLOSING
    )
    signed.when(other, facts()).then_refused("verdict-per-criterion")


@pytest.mark.parametrize("met", [(True, False), (False, False)])
def test_a_project_succeeds_only_if_every_criterion_was_met(met: tuple[bool, bool]) -> None:
    missed = {"verdicts": verdicts(*met)}
    given(PROJECT, *AT_CLOSING).when(closing(**missed), facts()).then_refused("outcome-follows-verdicts")
    failed = closing(**missed, outcome=portfolio.Outcome.FAILED)
    given(PROJECT, *AT_CLOSING).when(failed, facts()).then(portfolio.ProjectClosed(**dict(failed)))


def test_a_project_that_met_every_criterion_did_not_fail() -> None:
    failed = closing(outcome=portfolio.Outcome.FAILED)
    given(PROJECT, *AT_CLOSING).when(failed, facts()).then_refused("outcome-follows-verdicts")


def test_a_project_closed_here_has_an_outcome() -> None:
    unsaid = closing(outcome=portfolio.Outcome.NOT_RECORDED)
    given(PROJECT, *AT_CLOSING).when(unsaid, facts()).then_refused("outcome-required")


def test_closing_needs_lessons() -> None:
    given(PROJECT, *AT_CLOSING).when(closing(lessons=" \n"), facts()).then_refused("lessons-required")


def test_a_project_closes_after_it_starts() -> None:
    before = closing(effective_on=date(2026, 1, 31))
    given(PROJECT, *AT_CLOSING).when(before, facts()).then_refused("closes-after-it-starts")
    same_day = closing(effective_on=date(2026, 2, 1))
    given(PROJECT, *AT_CLOSING).when(same_day, facts()).then(portfolio.ProjectClosed(**dict(same_day)))


@pytest.mark.parametrize(
    "stage", [stage for stage in portfolio.Stage if stage not in (portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED)]
)
def test_any_project_that_has_not_ended_can_be_cancelled(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(CANCEL, facts()).then(CANCELLED)


def test_what_has_ended_is_not_cancelled() -> None:
    given(PROJECT, PROPOSED, CANCELLED).when(CANCEL, facts()).then()
    given(PROJECT, *AT_END).when(CANCEL, facts()).then_refused("project-ended")


def test_a_delegation_ends_with_its_project() -> None:
    ended = portfolio.DelegationEnded(delegate_id=MANAGER, how="project ended", reason="The project was closed.")
    given(PROJECT, *AT_CLOSING, *DELEGATED).when(CLOSE, facts(SENIOR)).then(ended, CLOSED)
    ended = ended.model_copy(update={"reason": "The project was cancelled."})
    given(PROJECT, *AT_APPROVED, *DELEGATED).when(CANCEL, facts(SENIOR)).then(ended, CANCELLED)


def test_the_delegate_does_the_work_but_does_not_end_the_project() -> None:
    rule = "delegation-moves-responsibility-only"
    delegate = facts(MANAGER)
    given(PROJECT, *AT_FUNDED, *DELEGATED).when(START, delegate).then(STARTED)
    given(PROJECT, *AT_WORK, *DELEGATED).when(report(), delegate).then(reported())
    executive = replace(delegate, actor=replace(delegate.actor, roles=frozenset({Role.EXECUTIVE})))
    refused = who_may(PROJECTS, *AT_CLOSING, *DELEGATED).when(CLOSE, executive).then_refused(rule)
    assert isinstance(refused, Forbidden)
    who_may(PROJECTS, *AT_WORK, *DELEGATED).when(CANCEL, executive).then_refused(rule)
    who_may(PROJECTS, *AT_WORK, *DELEGATED).when(CANCEL, delegate).then_refused("not-authorised")
