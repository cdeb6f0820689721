"""Derived health: every rule that speaks against a project, at its boundaries."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.portfolio import Stage
from services.reporting.organisation.domain.rows import Mark
from services.reporting.portfolio.domain import health

START = date(2026, 1, 1)
END = START + timedelta(days=200)
TODAY = date(2026, 6, 1)


def mark(type: str) -> Mark:
    return Mark(stream=None, number=None, type=type, time=None, actor="somebody")


SOUND = health.Observed(
    stage="in progress",
    plan_start=START,
    plan_end=END,
    expected_completion=END,
    reported_as_of=TODAY,
    planned=Decimal(1000),
    outlook=Decimal(1000),
    overrun=Decimal(0),
    unresolved=False,
    marks={
        "outlook": mark("EstimateAtCompletionStated"),
        "planned": mark("ProjectFundingConfirmed"),
        "progress": mark("ProgressReported"),
        "plan": mark("ProjectSpecified"),
        "overrun": mark("OverrunRaised"),
        "stage": mark("ProjectPutOnHold"),
        "accountability": mark("AccountabilityUnresolved"),
    },
)


def judged(today: date = TODAY, **known: Any) -> tuple[health.Rating | None, list[tuple[str, health.Rating]]]:
    """The rating and the rules behind it of a sound project, but for what is known."""
    rating, reasons = health.assess(replace(SOUND, **known), today)
    return rating, [(reason.rule, reason.rating) for reason in reasons]


def late(days: int) -> date:
    return END + timedelta(days=days)


def without(*marks: str) -> dict[str, Mark]:
    return {name: mark for name, mark in SOUND.marks.items() if name not in marks}


def test_a_project_with_nothing_against_it_is_on_track() -> None:
    assert judged() == (health.Rating.ON_TRACK, [])


@pytest.mark.parametrize("stage", Stage)
def test_only_what_was_approved_and_has_not_ended_is_rated(stage: Stage) -> None:
    rated = stage in {Stage.APPROVED, Stage.FUNDED, Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING}
    assert (stage in health.RATED) is rated
    rating, reasons = judged(stage=str(stage), overrun=Decimal(1), unresolved=True)
    assert (rating is health.Rating.OFF_TRACK, bool(reasons)) == (rated, rated)
    assert (rating is None) is not rated


@pytest.mark.parametrize(
    ("outlook", "rating"),
    [
        ("999.99", None),
        ("1000", None),
        ("1049.99", None),
        ("1050", None),
        ("1050.01", health.Rating.AT_RISK),
        ("1099.99", health.Rating.AT_RISK),
        ("1100", health.Rating.AT_RISK),
        ("1100.01", health.Rating.OFF_TRACK),
        ("5000", health.Rating.OFF_TRACK),
    ],
)
def test_cost_beyond_five_percent_is_at_risk_and_beyond_ten_off_track(
    outlook: str, rating: health.Rating | None
) -> None:
    expected = (rating, [("cost-forecast", rating)]) if rating else (health.Rating.ON_TRACK, [])
    assert judged(outlook=Decimal(outlook)) == expected


@pytest.mark.parametrize(
    ("days", "rating"),
    [
        (-30, None),
        (0, None),
        (1, None),
        (10, None),
        (11, health.Rating.AT_RISK),
        (20, health.Rating.AT_RISK),
        (21, health.Rating.OFF_TRACK),
        (400, health.Rating.OFF_TRACK),
    ],
)
def test_delay_beyond_five_percent_of_the_duration_is_at_risk_and_beyond_ten_off_track(
    days: int, rating: health.Rating | None
) -> None:
    expected = (rating, [("schedule-forecast", rating)]) if rating else (health.Rating.ON_TRACK, [])
    assert judged(expected_completion=late(days)) == expected


def test_a_day_late_is_all_of_a_plan_of_one_day() -> None:
    rating, (reason,) = health.assess(replace(SOUND, plan_start=END, expected_completion=late(1)), TODAY)
    assert rating is reason.rating is health.Rating.OFF_TRACK
    assert reason.sentence.endswith("100.0% of the planned duration.")


def test_a_planned_end_that_has_passed_is_a_delay_without_any_forecast() -> None:
    assert judged(late(10), expected_completion=None, reported_as_of=None) == (health.Rating.ON_TRACK, [])
    assert judged(late(11), expected_completion=None, reported_as_of=None)[0] is health.Rating.AT_RISK
    assert judged(late(21), expected_completion=None, reported_as_of=None)[0] is health.Rating.OFF_TRACK


def test_an_optimistic_forecast_does_not_hide_that_the_day_it_was_made_on_is_late() -> None:
    assert judged(late(30), expected_completion=END, reported_as_of=late(21))[0] is health.Rating.OFF_TRACK


def test_nobody_is_called_late_for_the_years_since_the_last_report() -> None:
    assert judged(late(3000), expected_completion=END, reported_as_of=END) == (health.Rating.ON_TRACK, [])
    assert judged(late(3000), expected_completion=None, reported_as_of=late(11))[0] is health.Rating.AT_RISK


def test_a_report_dated_ahead_counts_only_up_to_today() -> None:
    assert judged(TODAY, expected_completion=None, reported_as_of=late(50)) == (health.Rating.ON_TRACK, [])


@pytest.mark.parametrize("unknown", ["plan_start", "plan_end"])
def test_without_a_plan_nothing_is_late(unknown: str) -> None:
    known: dict[str, Any] = {unknown: None, "expected_completion": late(400)}
    assert judged(**known) == (health.Rating.ON_TRACK, [])


@pytest.mark.parametrize("planned", [None, Decimal(0)])
def test_without_a_budget_no_cost_exceeds_it(planned: Decimal | None) -> None:
    assert judged(planned=planned, outlook=Decimal(5000)) == (health.Rating.ON_TRACK, [])
    assert judged(outlook=None) == (health.Rating.ON_TRACK, [])


def test_an_overrun_is_off_track_however_small() -> None:
    assert judged(overrun=Decimal("0.01")) == (health.Rating.OFF_TRACK, [("overrun", health.Rating.OFF_TRACK)])


def test_work_that_rests_is_at_risk() -> None:
    assert judged(stage="on hold") == (health.Rating.AT_RISK, [("on-hold", health.Rating.AT_RISK)])


def test_a_project_nobody_can_answer_for_is_off_track() -> None:
    assert judged(unresolved=True) == (
        health.Rating.OFF_TRACK,
        [("accountability-unresolved", health.Rating.OFF_TRACK)],
    )


def test_the_worst_reason_rates_and_comes_first() -> None:
    rating, reasons = judged(stage="on hold", outlook=Decimal(1060), expected_completion=late(11), unresolved=True)
    assert rating is health.Rating.OFF_TRACK
    assert reasons == [
        ("accountability-unresolved", health.Rating.OFF_TRACK),
        ("cost-forecast", health.Rating.AT_RISK),
        ("schedule-forecast", health.Rating.AT_RISK),
        ("on-hold", health.Rating.AT_RISK),
    ]


def test_every_reason_names_the_event_behind_it() -> None:
    everything = replace(
        SOUND,
        stage="on hold",
        outlook=Decimal(2000),
        expected_completion=late(100),
        overrun=Decimal(1000),
        unresolved=True,
    )
    events = {reason.rule: reason.event and reason.event["type"] for reason in health.assess(everything, TODAY)[1]}
    assert events == {
        "cost-forecast": "EstimateAtCompletionStated",
        "schedule-forecast": "ProgressReported",
        "overrun": "OverrunRaised",
        "on-hold": "ProjectPutOnHold",
        "accountability-unresolved": "AccountabilityUnresolved",
    }


def test_without_an_estimate_or_a_report_the_budget_and_the_plan_are_behind_the_reason() -> None:
    marks = without("outlook", "progress")
    reasons = health.assess(replace(SOUND, outlook=Decimal(2000), expected_completion=late(100), marks=marks), TODAY)[1]
    assert [reason.event and reason.event["type"] for reason in reasons] == [
        "ProjectFundingConfirmed",
        "ProjectSpecified",
    ]
    assert [reason.event for reason in health.assess(replace(SOUND, unresolved=True, marks={}), TODAY)[1]] == [None]


def test_reasons_speak_in_sentences_with_figures() -> None:
    reasons = health.assess(replace(SOUND, outlook=Decimal(1200), expected_completion=late(50)), TODAY)[1]
    assert [reason.sentence for reason in reasons] == [
        "The expected cost of 1,200 exceeds the budget of 1,000 by 20.0%.",
        f"Expected 50 days after the planned end of {END}, 25.0% of the planned duration.",
    ]
    (overrun,) = health.assess(replace(SOUND, overrun=Decimal(1234)), TODAY)[1]
    assert overrun.sentence == "Spend and commitments exceed the budget by 1,234."


def test_tolerances_are_a_setting() -> None:
    strict = health.Tolerances(at_risk=Decimal(0), off_track=Decimal("0.01"))
    assert health.assess(replace(SOUND, outlook=Decimal("1000.01")), TODAY, strict)[0] is health.Rating.AT_RISK
    assert health.assess(replace(SOUND, outlook=Decimal("1010.01")), TODAY, strict)[0] is health.Rating.OFF_TRACK


def test_ratings_are_told_in_words_and_ordered_from_best_to_worst() -> None:
    assert [rating.words for rating in sorted(health.Rating)] == ["on track", "at risk", "off track"]
