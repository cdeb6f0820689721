"""The rules of a project's health and of the exceptions that its forecasts raise."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from chassis.domain.decider import Actor
from contracts.portfolio import Stage, planning
from services.portfolio.planning.commands import EXCEPTIONS
from services.portfolio.planning.domain import exception_report, judging, project_health
from services.portfolio.planning.domain.exception_report import EXCEPTION, ExceptionFacts
from services.portfolio.planning.domain.project_health import PROJECT_HEALTH, HealthFacts
from services.portfolio.projects.domain.project.work import CancelProject
from tests.portfolio.projects.story import CHIEF, DIVISION, MANAGER, OTHER, PROJECT_ID, SENIOR, TODAY, chief, manager
from tests.scenarios import given, who_may

END = TODAY + timedelta(days=40)
JUDGE = project_health.JudgeHealth()
FIRST, SECOND = uuid5(PROJECT_ID, "exception 0"), uuid5(PROJECT_ID, "exception 1")
LEFT = project_health.ForecastLeftTolerance(forecast="schedule", exception_id=FIRST)
BACK = project_health.ForecastBackInTolerance(forecast="schedule")


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def facts(today: date = TODAY, **observed: Any) -> HealthFacts:
    known = {"stage": Stage.IN_PROGRESS, "plan_start": END - timedelta(days=100), "plan_end": END, "agreed": True}
    seen = judging.Observed(**{**known, **observed})
    return HealthFacts(
        Actor("system:portfolio"), at(today), PROJECT_ID, division_id=DIVISION, observed=seen, accountable_id=SENIOR
    )


def late(days: int) -> date:
    return END + timedelta(days=days)


def judged(rating: Any, **changes: Any) -> planning.HealthJudged:
    known = {"reasons": (), "declared": None, "disagrees": False, "effective_on": TODAY}
    return planning.HealthJudged(division_id=DIVISION, rating=rating, **{**known, **changes})


def reviewed(changes_on: date | None) -> project_health.HealthReviewed:
    return project_health.HealthReviewed(division_id=DIVISION, changes_on=changes_on)


def test_a_project_is_judged_and_again_when_its_facts_change() -> None:
    on_track = (judged("on track"), reviewed(late(6)))
    given(PROJECT_HEALTH).when(JUDGE, facts()).then(*on_track)
    given(PROJECT_HEALTH, *on_track).when(JUDGE, facts()).then()
    reason = planning.HealthReason(rule="on-hold", rating="at risk", sentence="The project is on hold.")
    on_hold = judged("at risk", reasons=(reason,))
    given(PROJECT_HEALTH, *on_track).when(JUDGE, facts(stage=Stage.ON_HOLD)).then(on_hold)


def test_of_what_is_not_rated_and_says_nothing_no_health_is_published() -> None:
    given(PROJECT_HEALTH).when(JUDGE, facts(stage=Stage.PROPOSED)).then(reviewed(None))
    given(PROJECT_HEALTH, reviewed(None)).when(JUDGE, facts(stage=Stage.PROPOSED)).then()
    given(PROJECT_HEALTH, judged("on track")).when(JUDGE, facts(stage=Stage.CLOSED)).then(judged(None))
    given(PROJECT_HEALTH).when(JUDGE, HealthFacts(Actor("tests"), at(TODAY), PROJECT_ID)).then()


def test_it_is_judged_again_on_the_first_day_on_which_time_alone_may_change_it() -> None:
    health = PROJECT_HEALTH.fold((judged("on track"), reviewed(late(6))))
    assert health is not None
    deadline = project_health.due(health)
    assert deadline is not None
    assert (deadline.day, deadline.command) == (late(6), JUDGE)
    ended = PROJECT_HEALTH.fold((judged(None), reviewed(None)))
    assert ended is not None
    assert project_health.due(ended) is None


def test_a_better_declaration_is_kept_beside_the_rating() -> None:
    reason = planning.HealthReason(rule="on-hold", rating="at risk", sentence="The project is on hold.")
    event = judged("at risk", reasons=(reason,), declared="on track", disagrees=True)
    told = facts(stage=Stage.ON_HOLD, declared="on track")
    given(PROJECT_HEALTH, reviewed(late(6))).when(JUDGE, told).then(event)


def further(before: Any, known: HealthFacts) -> list[tuple[UUID, Any]]:
    state = PROJECT_HEALTH.fold(before)
    after = PROJECT_HEALTH.fold([*before, *project_health.decide(state, JUDGE, known)])
    assert after is not None
    return [(each.id, each.command) for each in project_health.exceptions(JUDGE, state, after, known)]


def test_a_forecast_beyond_tolerance_raises_one_exception() -> None:
    beyond = facts(expected_completion=late(11))
    ((id, command),) = further((), beyond)
    assert id == FIRST
    assert isinstance(command, exception_report.RaiseException)
    assert (command.forecast, command.deviation, command.tolerance) == ("schedule", Decimal(11), Decimal(10))
    assert command.awaits_id == SENIOR
    assert further((judged("off track"), LEFT), facts(expected_completion=late(12))) == []


def test_an_exception_is_over_when_the_forecast_is_within_tolerance_again_and_another_one_follows_later() -> None:
    before = (judged("off track"), LEFT)
    over = exception_report.CloseException(how="within tolerance")
    assert further(before, facts(expected_completion=late(1))) == [(FIRST, over)]
    ended = exception_report.CloseException(how="project ended")
    assert further(before, facts(stage=Stage.CANCELLED)) == [(FIRST, ended)]
    ((id, _),) = further((*before, BACK), facts(expected_completion=late(11)))
    assert id == SECOND


RAISE = exception_report.RaiseException(
    project_id=PROJECT_ID,
    division_id=DIVISION,
    forecast="schedule",
    deviation=Decimal(11),
    tolerance=Decimal(10),
    sentence="Late.",
    awaits_id=SENIOR,
)
RAISED = (
    planning.ExceptionRaised(answer_by=TODAY + timedelta(days=5), **vars(RAISE)),
    exception_report.ExceptionDated(raised_at=at(TODAY)),
)
PLAN = exception_report.AnswerException(
    answer="recovery plan", explanation="More people.", owner_id=MANAGER, due_on=TODAY
)
CLOSE = exception_report.CloseException(how="within tolerance")
CLOSED = planning.ExceptionClosed(how="within tolerance")
ESCALATE = exception_report.EscalateException()
DAY = timedelta(days=1)
TOMORROW = TODAY + DAY


def exception_facts(today: date = TODAY, actor: UUID = SENIOR, **known: Any) -> ExceptionFacts:
    rows = {"next_above": chief, "above": frozenset({CHIEF}), "owner": manager, **known}
    return ExceptionFacts(Actor(str(actor)), at(today), FIRST, **rows)


def answered(answer: exception_report.AnswerException, hours: str = "0.0") -> planning.ExceptionAnswered:
    return planning.ExceptionAnswered(answered_by=str(SENIOR), hours=Decimal(hours), **vars(answer))


def test_an_exception_awaits_the_accountable_manager_for_the_days_of_policy() -> None:
    given(EXCEPTION).when(RAISE, exception_facts()).then(*RAISED)
    given(EXCEPTION, *RAISED).when(RAISE, exception_facts()).then()


def test_a_recovery_plan_has_a_step_an_owner_who_works_here_and_a_day_ahead() -> None:
    given(EXCEPTION, *RAISED).when(PLAN, exception_facts()).then(answered(PLAN))
    for missing in ({"explanation": " "}, {"owner_id": None}, {"due_on": None}):
        lacking = PLAN.model_copy(update=missing)
        given(EXCEPTION, *RAISED).when(lacking, exception_facts()).then_refused("recovery-step-required")
    unknown = exception_facts(owner=None)
    given(EXCEPTION, *RAISED).when(PLAN, unknown).then_refused("person-not-known-yet")
    gone = exception_facts(owner=type(manager)(MANAGER, None, active=False))
    given(EXCEPTION, *RAISED).when(PLAN, gone).then_refused("recovery-owner-is-active")
    past = PLAN.model_copy(update={"due_on": TODAY - timedelta(days=1)})
    given(EXCEPTION, *RAISED).when(past, exception_facts()).then_refused("recovery-ahead")


def test_the_response_time_is_told_in_hours() -> None:
    rebase = exception_report.AnswerException(answer="new baseline", explanation="It takes longer.")
    tomorrow = exception_facts(TODAY + timedelta(days=1))
    given(EXCEPTION, *RAISED).when(rebase, tomorrow).then(answered(rebase, "24.0"))
    given(EXCEPTION, *RAISED, answered(rebase, "24.0")).when(rebase, tomorrow).then()
    other = rebase.model_copy(update={"explanation": "It takes much longer."})
    first = answered(other, "24.0")
    given(EXCEPTION, *RAISED, answered(rebase, "24.0")).when(other, exception_facts(TODAY + 3 * DAY)).then(first)


def test_once_the_forecast_is_within_tolerance_nothing_is_to_be_decided() -> None:
    given(EXCEPTION, *RAISED, CLOSED).when(PLAN, exception_facts()).then_refused("exception-closed")
    given(EXCEPTION, *RAISED).when(CLOSE, exception_facts()).then(CLOSED)
    given(EXCEPTION, *RAISED, CLOSED).when(CLOSE, exception_facts()).then()


def test_what_nobody_answers_goes_up_the_line_and_stays_at_the_top() -> None:
    report = EXCEPTION.fold(RAISED)
    assert report is not None
    deadline = exception_report.due(report)
    assert deadline is not None
    assert deadline.day == TODAY + timedelta(days=6)
    late_day = TODAY + timedelta(days=6)
    up = planning.ExceptionEscalated(
        awaits_id=CHIEF, answer_by=late_day + timedelta(days=5), reason="It was not answered in time."
    )
    given(EXCEPTION, *RAISED).when(ESCALATE, exception_facts(late_day)).then(up)
    top = exception_facts(late_day, next_above=None)
    given(EXCEPTION, *RAISED, up).when(ESCALATE, top).then(exception_report.ExceptionAtTheTop())
    at_the_top = EXCEPTION.fold((*RAISED, up, exception_report.ExceptionAtTheTop()))
    assert at_the_top is not None
    assert exception_report.due(at_the_top) is None
    given(EXCEPTION, *RAISED, up, exception_report.ExceptionAtTheTop()).when(ESCALATE, top).then()


REBASE = exception_report.AnswerException(answer="new baseline", explanation="It takes longer.")


def test_what_was_answered_goes_up_no_more() -> None:
    for answer in (PLAN, REBASE):
        given(EXCEPTION, *RAISED, answered(answer)).when(ESCALATE, exception_facts()).then()
    assert due_after(answered(REBASE)) is None


def test_an_exception_is_raised_to_the_next_one_above_when_the_day_of_its_recovery_plan_has_passed() -> None:
    deadline = due_after(answered(PLAN))
    assert deadline is not None
    assert deadline.day == TOMORROW
    up = planning.ExceptionEscalated(
        awaits_id=CHIEF, answer_by=TOMORROW + timedelta(days=5), reason="The recovery plan's day has passed."
    )
    story = (*RAISED, answered(PLAN))
    given(EXCEPTION, *story).when(deadline.command, exception_facts(TOMORROW)).then(up)
    again = EXCEPTION.fold((*story, up))
    assert again is not None
    assert (again.status, again.level, again.hours) == ("raised", 1, Decimal(0))
    at_the_top = up.model_copy(update={"awaits_id": SENIOR})
    given(EXCEPTION, *story).when(deadline.command, exception_facts(TOMORROW, next_above=None)).then(at_the_top)


def test_an_exception_follows_who_answers_for_the_project_until_it_has_gone_up() -> None:
    on = exception_report.PassOnException(awaits_id=MANAGER)
    passed = planning.ExceptionPassedOn(awaits_id=MANAGER, answer_by=TODAY + timedelta(days=5))
    given(EXCEPTION, *RAISED).when(on, exception_facts()).then(passed)
    given(EXCEPTION, *RAISED, passed).when(on, exception_facts()).then()
    given(EXCEPTION, *RAISED, answered(PLAN)).when(on, exception_facts()).then()
    up = planning.ExceptionEscalated(awaits_id=CHIEF, answer_by=TODAY, reason="It was not answered in time.")
    given(EXCEPTION, *RAISED, up).when(on, exception_facts()).then()


def due_after(*events: Any) -> Any:
    report = EXCEPTION.fold((*RAISED, *events))
    assert report is not None
    return exception_report.due(report)


def test_whom_it_awaits_answers_and_everybody_above_them() -> None:
    for actor in (SENIOR, CHIEF):
        event = answered(PLAN).model_copy(update={"answered_by": str(actor)})
        who_may(EXCEPTIONS, *RAISED).when(PLAN, exception_facts(actor=actor)).then(event)
    who_may(EXCEPTIONS, *RAISED).when(PLAN, exception_facts(actor=OTHER)).then_refused("not-authorised")


def test_the_answer_to_stop_cancels_the_project() -> None:
    report = EXCEPTION.fold(RAISED)
    assert report is not None
    stop = exception_report.AnswerException(answer="stop", explanation="Not worth it.")
    (order,) = exception_report.stopped(stop, report, report, exception_facts())
    assert (order.id, order.command) == (PROJECT_ID, CancelProject(reason="Exception: Late."))
    assert exception_report.stopped(PLAN, report, report, exception_facts()) == []
