"""How the facts of a project are judged."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.portfolio import Stage
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS
from services.portfolio.planning.domain import judging
from services.portfolio.planning.domain.judging import Judgement, Mark, Observed, Rating
from services.portfolio.planning.domain.plan.model import Tolerances

TODAY = date(2026, 11, 22)
START, END = TODAY - timedelta(days=60), TODAY + timedelta(days=40)
REPORT = Mark("project-1", 7, "ProgressReported")


def judge(today: date = TODAY, **facts: Any) -> Judgement:
    known = {"stage": Stage.IN_PROGRESS, "plan_start": START, "plan_end": END, "agreed": True, **facts}
    return judging.judge(Observed(**known), today, DEFAULTS)


def rules(judgement: Judgement) -> list[str]:
    return [reason.rule for reason in judgement.reasons]


def late(days: int) -> date:
    return END + timedelta(days=days)


@pytest.mark.parametrize("stage", [Stage.PROPOSED, Stage.SPECIFIED, Stage.CLOSED, Stage.CANCELLED])
def test_before_approval_and_after_the_end_there_is_no_rating(stage: Stage) -> None:
    assert judge(stage=stage, expected_completion=late(50)) == Judgement(None)


def test_what_is_within_the_limits_is_on_track() -> None:
    assert judge().rating is Rating.ON_TRACK
    assert judge(expected_completion=late(5)).rating is Rating.ON_TRACK


def test_a_late_end_is_at_risk_beyond_the_limit_and_off_track_far_beyond_it() -> None:
    assert judge(expected_completion=late(6)).rating is Rating.AT_RISK
    far = judge(expected_completion=late(11), marks={"progress": REPORT})
    assert far.rating is Rating.OFF_TRACK
    (reason,) = far.reasons
    assert reason == judging.Reason(
        "schedule-forecast",
        Rating.OFF_TRACK,
        f"Expected 11 days after the planned end of {END}, 11.0 % of the planned duration.",
        REPORT,
    )


def test_a_forecast_day_that_passed_without_completion_counts_as_today() -> None:
    assert judge(late(12), expected_completion=late(1)).rating is Rating.OFF_TRACK
    assert judge(late(6)).rating is Rating.AT_RISK, "so does the planned end"


def test_what_another_system_stated_speaks_as_of_its_statement() -> None:
    assert judge(late(5000), seen_on=END).rating is Rating.ON_TRACK
    assert judge(late(5000), seen_on=END).changes_on is None
    assert judge(late(5000), seen_on=late(7)).rating is Rating.AT_RISK


def test_an_expected_cost_beyond_the_budget_is_rated_by_its_share() -> None:
    over: dict[str, Any] = {"planned": Decimal(1000)}
    assert judge(outlook=Fraction(1050), **over).rating is Rating.ON_TRACK
    assert judge(outlook=Fraction(1051), **over).rating is Rating.AT_RISK
    found = judge(outlook=Fraction(1101), **over)
    assert found.rating is Rating.OFF_TRACK
    assert found.reasons[0].sentence == "The expected cost of 1,101 exceeds the budget of 1,000 by 10.1 %."


def test_scope_that_will_not_be_delivered_is_rated_by_its_share() -> None:
    assert judge(expected_scope=Decimal(95)).rating is Rating.ON_TRACK
    assert judge(expected_scope=Decimal(94)).rating is Rating.AT_RISK
    assert judge(expected_scope=Decimal(80)).rating is Rating.OFF_TRACK


def test_everything_else_that_speaks_against_a_project_is_named_the_worst_first() -> None:
    found = judge(stage=Stage.ON_HOLD, missed=["pilot"], overrun=Decimal(5), unresolved=True)
    assert rules(found) == ["overrun", "accountability-unresolved", "milestone-missed", "on-hold"]
    assert [reason.rating for reason in found.reasons[1:3]] == [Rating.OFF_TRACK, Rating.AT_RISK]


def test_a_forecast_beyond_tolerance_is_an_exception_where_a_baseline_was_agreed() -> None:
    found = judge(expected_completion=late(11))
    assert [(each.forecast, each.per_cent) for each in found.exceptions] == [("schedule", Decimal(11))]
    assert judge(expected_completion=late(10)).exceptions == []
    assert judge(expected_completion=late(11), agreed=False).exceptions == []


def test_the_projects_own_tolerance_stands_before_that_of_policy() -> None:
    wide, narrow = Tolerances(schedule=Decimal(50)), Tolerances(schedule=Decimal(0))
    assert judge(expected_completion=late(11), tolerances=wide).exceptions == []
    assert len(judge(expected_completion=late(1), tolerances=narrow).exceptions) == 1


def test_better_declared_than_judged_is_a_disagreement() -> None:
    assert judging.declared_better("on track", Rating.AT_RISK)
    assert not judging.declared_better("off track", Rating.AT_RISK)
    assert not judging.declared_better(None, Rating.OFF_TRACK)
    assert not judging.declared_better("on track", None)


@settings(max_examples=200)
@given(duration=st.integers(0, 400), expected=st.integers(-50, 100), today=st.integers(-100, 200))
def test_nothing_changes_by_time_alone_before_the_day_that_is_named(duration: int, expected: int, today: int) -> None:
    plan = {"plan_start": END - timedelta(days=duration), "expected_completion": late(expected)}
    day = END + timedelta(days=today)
    first = judge(day, **plan)
    until = first.changes_on or day + timedelta(days=300)
    steps = {(until - day).days - 1, (until - day).days // 2, 0}
    for step in steps:
        if step >= 0:
            again = judge(day + timedelta(days=step), **plan)
            assert (again.rating, len(again.exceptions)) == (first.rating, len(first.exceptions))
    if first.changes_on is not None:
        assert first.changes_on > day
        after = judge(first.changes_on, **plan)
        assert (after.rating, len(after.exceptions)) != (first.rating, len(first.exceptions))
