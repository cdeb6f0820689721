"""The rules of performance reviews: who judges, in which order, how a rating is calculated, until when."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import SYSTEM, Actor, Forbidden
from contracts.base import PublicEvent
from contracts.values import Grade
from services.people.organisation.domain.line import Above
from services.people.performance.commands import PERFORMANCE_REVIEWS
from services.people.performance.domain.performance_review import model as performance_review_model
from services.people.performance.domain.performance_review import rules as performance_review
from services.people.performance.domain.review_cycle import CycleStatus, ReviewCycle, ReviewMethod
from tests.people.acting import in_hr
from tests.scenarios import Scenario, who_may

REVIEW, ADA, BOSS, TOP, OTHER, CYCLE, ONE, TWO = (UUID(int=n) for n in range(1, 9))
FIRST, LAST, DUE = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 31)
TODAY = date(2026, 6, 1)
APPEAL_UNTIL = TODAY + timedelta(days=5)
METHOD = ReviewMethod(goals=Decimal(60), feedback=Decimal(30), self_assessment=Decimal(10), lowest=1, highest=5)
IN_PROGRESS = ReviewCycle(
    name="2026", first_on=FIRST, last_on=LAST, due_on=DUE, method=METHOD, status=CycleStatus.IN_PROGRESS
)
EVIDENCE = f"enrolment-{OTHER}"

due_at = performance_review.PERFORMANCE_REVIEW.due_at


def facts(
    actor: UUID | str = BOSS, on: date = TODAY, for_whom: UUID | None = None, **known: Any
) -> performance_review_model.ReviewFacts:
    roles = frozenset({SYSTEM} if actor == "system" else ())
    acting = Actor(str(actor), roles, for_whom=str(for_whom) if for_whom else None)
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "line": (Above(BOSS), Above(TOP)),
        "actor_grade": Grade.MANAGER,
        "cycle": IN_PROGRESS,
        "above_reviewer": (TOP,),
        "reviewer_grade": Grade.MANAGER,
    }
    return performance_review_model.ReviewFacts(
        actor=acting, at=datetime.combine(on, time(12), UTC), id=REVIEW, **(usual | known)
    )


def objective(id: UUID = ONE, weight: str = "70", *evidence: str) -> performance_review_model.AgreedObjective:
    return performance_review_model.AgreedObjective(
        objective_id=id, title="Cut the outages.", weight=Decimal(weight), evidence=evidence
    )


OBJECTIVES = (objective(), objective(TWO, "30"))
AGREE = performance_review.AgreeObjectives(person_id=ADA, cycle_id=CYCLE, objectives=OBJECTIVES)
AGREED = performance_review_model.ObjectivesAgreed(
    person_id=ADA,
    cycle_id=CYCLE,
    reviewer_id=BOSS,
    first_on=FIRST,
    last_on=LAST,
    due_on=DUE,
    method=METHOD,
    objectives=OBJECTIVES,
)
SELF = performance_review_model.SelfAssessed(person_id=ADA, rating=Decimal(5), statement="Went well.")


def assess(one: str = "4", two: str = "3", feedback: str = "2") -> performance_review.AssessPerformance:
    ratings = (
        performance_review.RatedObjective(objective_id=ONE, rating=Decimal(one)),
        performance_review.RatedObjective(objective_id=TWO, rating=Decimal(two)),
    )
    return performance_review.AssessPerformance(ratings=ratings, feedback=Decimal(feedback), statement="Less noise.")


# goals 0.7 x 4 + 0.3 x 3 = 3.7; 0.6 x 3.7 + 0.3 x 2 + 0.1 x 5 = 3.32
ASSESSED = performance_review_model.PerformanceAssessed(
    person_id=ADA,
    ratings=(
        performance_review_model.ObjectiveRated(objective_id=ONE, rating=Decimal(4)),
        performance_review_model.ObjectiveRated(objective_id=TWO, rating=Decimal(3)),
    ),
    feedback=Decimal(2),
    statement="Less noise.",
    calculated=Decimal("3.32"),
)
CALIBRATE = performance_review.CalibrateReview(reasons="Like the others.")
CALIBRATED = performance_review_model.ReviewCalibrated(
    person_id=ADA,
    final=Decimal("3.32"),
    reasons="Like the others.",
    calibrated_on=TODAY,
    appeal_until=APPEAL_UNTIL,
    calibrated_by=(str(TOP),),
)
APPEALED = performance_review_model.ReviewAppealed(person_id=ADA, grounds="The outages were planned.")
TO_CALIBRATE = (AGREED, SELF, ASSESSED)
TO_ACKNOWLEDGE = (*TO_CALIBRATE, CALIBRATED)


def review(*events: BaseModel) -> Scenario:
    return who_may(PERFORMANCE_REVIEWS, *events)


def state(*events: BaseModel) -> performance_review_model.PerformanceReview:
    found = performance_review.PERFORMANCE_REVIEW.fold(events)
    assert found is not None
    return found


def test_a_review_begins_with_objectives_and_the_line_manager_reviews() -> None:
    review().when(AGREE, facts()).then(AGREED)
    review().when(AGREE, facts(TOP)).then(AGREED)
    review(AGREED).when(AGREE, facts()).then()
    other = AGREE.model_copy(update={"objectives": (objective(weight="100"),)})
    review(AGREED).when(other, facts()).then_refused("already-exists")


def test_nobody_begins_their_own_review_and_nobody_is_reviewed_who_left() -> None:
    assert isinstance(review().when(AGREE, facts(ADA)).then_refused("not-authorised"), Forbidden)
    review().when(AGREE, facts(ADA, for_whom=BOSS)).then_refused("not-authorised")
    review().when(AGREE, facts(employed=False)).then_refused("person-employed")


def test_a_review_begins_in_a_cycle_in_progress() -> None:
    review().when(AGREE, facts(cycle=None)).then_refused("cycle-unknown")
    for status in (CycleStatus.PLANNED, CycleStatus.COMPLETED):
        review().when(AGREE, facts(cycle=IN_PROGRESS.but(status=status))).then_refused("cycle-in-progress")


def test_a_person_has_one_review_in_overlapping_cycles() -> None:
    review().when(AGREE, facts(overlapping=1)).then_refused("reviews-apart")


@pytest.mark.parametrize("weight", ["29.9999", "30.0001"])
def test_the_weights_of_objectives_sum_to_a_hundred(weight: str) -> None:
    objectives = (objective(), objective(TWO, weight))
    unbalanced = AGREE.model_copy(update={"objectives": objectives})
    review().when(unbalanced, facts()).then_refused("weights-sum-to-100")
    review(AGREED).when(performance_review.ReviseObjectives(objectives=objectives), facts()).then_refused(
        "weights-sum-to-100"
    )


def test_objectives_differ_and_are_bounded() -> None:
    twice = AGREE.model_copy(update={"objectives": (objective(), objective(weight="30"))})
    review().when(twice, facts()).then_refused("objectives-differ")
    with pytest.raises(ValidationError, match="at most 20"):
        performance_review.ReviseObjectives(objectives=tuple(objective(UUID(int=n), "5") for n in range(21)))


def test_objectives_are_revised_by_the_reviewer_until_somebody_assesses() -> None:
    other = (objective(weight="100"),)
    revised = performance_review_model.ObjectivesRevised(person_id=ADA, objectives=other)
    review(AGREED).when(performance_review.ReviseObjectives(objectives=other), facts()).then(revised)
    review(AGREED).when(performance_review.ReviseObjectives(objectives=OBJECTIVES), facts()).then()
    review(AGREED).when(performance_review.ReviseObjectives(objectives=other), facts(TOP)).then_refused(
        "by-the-reviewer"
    )
    review(AGREED, SELF).when(performance_review.ReviseObjectives(objectives=other), facts()).then_refused(
        "steps-in-order"
    )


def test_the_person_and_the_reviewer_cite_records_that_exist_by_name_only() -> None:
    cite = performance_review.CiteEvidence(objective_id=ONE, evidence=EVIDENCE)
    cited = performance_review_model.EvidenceCited(objective_id=ONE, evidence=EVIDENCE)
    for actor in (ADA, BOSS):
        review(AGREED).when(cite, facts(actor)).then(cited)
    review(AGREED, cited).when(cite, facts()).then()
    review(AGREED).when(cite, facts(TOP)).then_refused("by-the-reviewer")
    unknown = performance_review.CiteEvidence(objective_id=OTHER, evidence=EVIDENCE)
    review(AGREED).when(unknown, facts()).then_refused("objective-unknown")
    review(*TO_CALIBRATE).when(cite, facts()).then_refused("steps-in-order")
    many = [
        performance_review_model.EvidenceCited(objective_id=ONE, evidence=f"enrolment-{UUID(int=n)}")
        for n in range(50, 60)
    ]
    review(AGREED, *many).when(cite, facts()).then_refused("evidence-bounded")
    with pytest.raises(ValidationError, match="pattern"):
        performance_review.CiteEvidence(objective_id=ONE, evidence="she was ill in March")


def test_somebody_above_names_another_reviewer_who_is_a_manager_and_not_below_the_person() -> None:
    change = performance_review.ChangeReviewer(reviewer_id=OTHER)
    review(AGREED).when(change, facts(TOP)).then(performance_review_model.ReviewerChanged(reviewer_id=OTHER))
    review(AGREED).when(performance_review.ChangeReviewer(reviewer_id=BOSS), facts(TOP)).then()
    review(AGREED).when(change, facts(ADA)).then_refused("not-authorised")
    review(AGREED).when(performance_review.ChangeReviewer(reviewer_id=ADA), facts(TOP)).then_refused(
        "reviewer-not-below"
    )
    review(AGREED).when(change, facts(TOP, above_reviewer=(ADA, BOSS))).then_refused("reviewer-not-below")
    for grade in (None, Grade.STAFF):
        review(AGREED).when(change, facts(TOP, reviewer_grade=grade)).then_refused("reviewer-manages")
    review(*TO_CALIBRATE).when(change, facts(TOP)).then_refused("steps-in-order")


def test_who_takes_over_a_team_takes_over_what_the_rules_of_a_reviewer_allow() -> None:
    take_over = performance_review.TakeOverReview(from_id=BOSS, reviewer_id=OTHER)
    review(AGREED).when(take_over, facts("system")).then(performance_review_model.ReviewerChanged(reviewer_id=OTHER))
    of_another = performance_review.TakeOverReview(from_id=TOP, reviewer_id=OTHER)
    review(AGREED).when(of_another, facts("system")).then()
    refused_otherwise: list[dict[str, Any]] = [{"reviewer_grade": Grade.STAFF}, {"above_reviewer": (ADA, BOSS)}]
    for stays in refused_otherwise:
        review(AGREED).when(take_over, facts("system", **stays)).then()
    review(*TO_CALIBRATE).when(take_over, facts("system")).then()


def test_the_person_alone_assesses_themself_and_nobody_in_their_place() -> None:
    assess_self = performance_review.AssessSelf(rating=Decimal(5), statement="Went well.")
    review(AGREED).when(assess_self, facts(ADA)).then(SELF)
    review(AGREED, SELF).when(assess_self, facts(ADA)).then()
    review(AGREED).when(assess_self, facts(OTHER, for_whom=ADA)).then_refused("in-person")
    review(AGREED).when(assess_self, facts(BOSS)).then_refused("in-person")
    review(*TO_CALIBRATE).when(
        performance_review.AssessSelf(rating=Decimal(1), statement="Or not."), facts(ADA)
    ).then_refused("steps-in-order")


def test_the_reviewer_assesses_after_the_person_also_through_a_stand_in() -> None:
    review(AGREED, SELF).when(assess(), facts()).then(ASSESSED)
    review(*TO_CALIBRATE).when(assess(), facts()).then()
    review(AGREED, SELF).when(assess(), facts(OTHER, for_whom=BOSS, entrusted=True)).then(ASSESSED)
    review(AGREED, SELF).when(assess(), facts(OTHER, for_whom=BOSS)).then_refused("by-the-reviewer")
    review(AGREED, SELF).when(assess(), facts(ADA, for_whom=BOSS, entrusted=True)).then_refused("nobody-on-themself")
    review(AGREED, SELF).when(assess(), facts(TOP)).then_refused("by-the-reviewer")
    review(AGREED).when(assess(), facts()).then_refused("self-assessed-first")


def test_an_overdue_review_does_not_wait_for_the_person_any_more() -> None:
    found = review(AGREED, performance_review_model.ReviewOverdue()).when(assess(), facts()).then_state()
    assert isinstance(found, performance_review_model.PerformanceReview)
    assert found.calculated == Decimal("3.13")  # (60 x 3.7 + 30 x 2) / 90 = 3.133...


def test_each_objective_is_rated_once() -> None:
    once = assess().ratings[:1]
    for ratings in (
        once,
        (*assess().ratings, *once),
        (*once, performance_review.RatedObjective(objective_id=OTHER, rating=Decimal(1))),
    ):
        wrong = assess().model_copy(update={"ratings": ratings})
        review(AGREED, SELF).when(wrong, facts()).then_refused("every-objective-rated")


@pytest.mark.parametrize("rating", ["0.99", "5.01"])
def test_ratings_lie_on_the_scale(rating: str) -> None:
    value = Decimal(rating)
    review(AGREED).when(performance_review.AssessSelf(rating=value, statement="."), facts(ADA)).then_refused(
        "within-scale"
    )
    review(AGREED, SELF).when(assess(one=rating), facts()).then_refused("within-scale")
    review(AGREED, SELF).when(assess(feedback=rating), facts()).then_refused("within-scale")
    calibrate = performance_review.CalibrateReview(rating=value, reasons=".")
    review(*TO_CALIBRATE).when(calibrate, facts(TOP)).then_refused("within-scale")
    decide = performance_review.DecideReviewAppeal(rating=value, reasons=".")
    review(*TO_ACKNOWLEDGE, APPEALED).when(decide, facts(TOP, four_eyes=False)).then_refused("within-scale")


@pytest.mark.parametrize(
    ("goals", "feedback", "self_rating", "expected"),
    [
        ([("100", "3")], "3", "3", "3.00"),
        ([("50", "4"), ("50", "3")], "3", "3", "3.30"),
        ([("100", "3.01")], "3.05", "3", "3.02"),  # 3.021
        ([("100", "3")], "3.05", "3", "3.02"),  # 3.015: halves go up
        ([("100", "4")], "1", None, "3.00"),  # (60 x 4 + 30 x 1) / 90
    ],
)
def test_a_rating_is_the_weighted_mean_with_halves_rounded_up(
    goals: list[tuple[str, str]], feedback: str, self_rating: str | None, expected: str
) -> None:
    rated = [(Decimal(weight), Decimal(rating)) for weight, rating in goals]
    own = None if self_rating is None else Decimal(self_rating)
    assert str(performance_review_model.calculate(METHOD, rated, Decimal(feedback), own)) == expected


def test_somebody_above_the_reviewer_calibrates() -> None:
    review(*TO_CALIBRATE).when(CALIBRATE, facts(TOP)).then(CALIBRATED)
    review(*TO_ACKNOWLEDGE).when(CALIBRATE, facts(TOP)).then()
    higher = performance_review.CalibrateReview(rating=Decimal(4), reasons="Harder this year.")
    raised = CALIBRATED.model_copy(update={"final": Decimal(4), "reasons": "Harder this year."})
    review(*TO_CALIBRATE).when(higher, facts(TOP)).then(raised)
    review(AGREED, SELF).when(CALIBRATE, facts(TOP)).then_refused("steps-in-order")


def test_neither_the_reviewer_nor_the_person_calibrates_in_whoevers_place() -> None:
    review(*TO_CALIBRATE).when(CALIBRATE, facts(BOSS)).then_refused("above-the-reviewer")
    review(*TO_CALIBRATE).when(CALIBRATE, facts(BOSS, for_whom=TOP, entrusted=True)).then_refused("above-the-reviewer")
    review(*TO_CALIBRATE).when(CALIBRATE, facts(ADA, for_whom=TOP, entrusted=True)).then_refused("nobody-on-themself")
    review(*TO_CALIBRATE).when(CALIBRATE, facts("hr")).then_refused("above-the-reviewer")


def test_where_nobody_is_above_the_reviewer_they_calibrate() -> None:
    by_boss = CALIBRATED.model_copy(update={"calibrated_by": (str(BOSS),)})
    review(*TO_CALIBRATE).when(CALIBRATE, facts(BOSS, above_reviewer=())).then(by_boss)
    review(*TO_CALIBRATE).when(CALIBRATE, facts(OTHER, above_reviewer=())).then_refused("by-the-reviewer")


def test_the_person_alone_acknowledges() -> None:
    acknowledge, done = (
        performance_review.AcknowledgeReview(comment="Fair."),
        performance_review_model.ReviewAcknowledged(person_id=ADA, comment="Fair."),
    )
    review(*TO_ACKNOWLEDGE).when(acknowledge, facts(ADA)).then(done)
    review(*TO_ACKNOWLEDGE, done).when(acknowledge, facts(ADA)).then()
    review(*TO_ACKNOWLEDGE, performance_review_model.ReviewUnanswered()).when(acknowledge, facts(ADA)).then(done)
    review(*TO_ACKNOWLEDGE).when(acknowledge, facts(BOSS)).then_refused("in-person")
    review(*TO_ACKNOWLEDGE).when(acknowledge, facts(OTHER, for_whom=ADA)).then_refused("in-person")
    review(*TO_CALIBRATE).when(acknowledge, facts(ADA)).then_refused("steps-in-order")


def test_the_person_appeals_in_time_to_somebody_above_the_reviewer() -> None:
    appeal = performance_review.AppealReview(grounds="The outages were planned.")
    review(*TO_ACKNOWLEDGE).when(appeal, facts(ADA, APPEAL_UNTIL, above_reviewer=(TOP, OTHER))).then(APPEALED)
    review(*TO_ACKNOWLEDGE, APPEALED).when(appeal, facts(ADA)).then()
    review(*TO_ACKNOWLEDGE).when(appeal, facts(ADA)).then_refused("somebody-above")
    review(*TO_ACKNOWLEDGE).when(appeal, facts(ADA, four_eyes=False)).then(APPEALED)
    late = facts(ADA, APPEAL_UNTIL + timedelta(days=1))
    review(*TO_ACKNOWLEDGE).when(appeal, late).then_refused("appeal-in-time")
    review(*TO_ACKNOWLEDGE, performance_review_model.ReviewUnanswered()).when(appeal, late).then_refused(
        "appeal-in-time"
    )
    review(*TO_ACKNOWLEDGE).when(appeal, facts(BOSS)).then_refused("in-person")
    review(*TO_ACKNOWLEDGE).when(appeal, facts(ADA, above_reviewer=())).then_refused("somebody-above")


def test_somebody_above_the_reviewer_decides_on_the_appeal() -> None:
    decide = performance_review.DecideReviewAppeal(rating=Decimal(4), reasons="They were.")
    decided = performance_review_model.ReviewAppealDecided(person_id=ADA, final=Decimal(4), reasons="They were.")
    above = facts(OTHER, above_reviewer=(TOP, OTHER))
    review(*TO_ACKNOWLEDGE, APPEALED).when(decide, above).then(decided)
    review(*TO_ACKNOWLEDGE, APPEALED, decided).when(decide, above).then()
    for actor in (BOSS, "hr"):
        review(*TO_ACKNOWLEDGE, APPEALED).when(decide, facts(actor)).then_refused("above-the-reviewer")
    review(*TO_ACKNOWLEDGE).when(decide, above).then_refused("steps-in-order")
    stays = (
        review(*TO_ACKNOWLEDGE, APPEALED).when(performance_review.DecideReviewAppeal(reasons="No."), above).then_state()
    )
    assert isinstance(stays, performance_review_model.PerformanceReview)
    assert stays.final == Decimal("3.32")


def test_whoever_calibrated_does_not_decide_the_appeal_in_whoevers_place() -> None:
    decide = performance_review.DecideReviewAppeal(reasons="No.")
    for acting in (
        facts(TOP),
        facts(TOP, for_whom=OTHER, above_reviewer=(TOP, OTHER), entrusted=True),
        facts(OTHER, for_whom=TOP, entrusted=True),
    ):
        review(*TO_ACKNOWLEDGE, APPEALED).when(decide, acting).then_refused("calibrator-is-not-decider")
    stays = performance_review_model.ReviewAppealDecided(person_id=ADA, final=Decimal("3.32"), reasons="No.")
    review(*TO_ACKNOWLEDGE, APPEALED).when(decide, facts(TOP, four_eyes=False)).then(stays)


def test_the_person_withdraws_their_appeal_and_hr_that_of_somebody_who_left() -> None:
    withdraw, withdrawn = performance_review.WithdrawReviewAppeal(), performance_review_model.ReviewAppealWithdrawn()
    review(*TO_ACKNOWLEDGE, APPEALED).when(withdraw, facts(ADA)).then(withdrawn)
    review(*TO_ACKNOWLEDGE, APPEALED, withdrawn).when(withdraw, facts(ADA)).then()
    review(*TO_ACKNOWLEDGE, APPEALED).when(withdraw, in_hr(facts(OTHER, employed=False))).then(withdrawn)
    for acting in (facts(TOP), in_hr(facts(OTHER))):
        review(*TO_ACKNOWLEDGE, APPEALED).when(withdraw, acting).then_refused("in-person")
    found = state(*TO_ACKNOWLEDGE, APPEALED, withdrawn)
    assert (found.status, found.grounds) == (performance_review_model.ReviewStatus.CALIBRATED, None)


def test_hr_withdraws_a_review_and_names_another_reviewer_but_never_of_their_own() -> None:
    withdraw = performance_review.WithdrawReview(reason="Both have left.")
    gone = performance_review_model.ReviewWithdrawn(person_id=ADA, reason="Both have left.")
    review(AGREED).when(withdraw, in_hr(facts(OTHER))).then(gone)
    change = performance_review.ChangeReviewer(reviewer_id=OTHER)
    changed = performance_review_model.ReviewerChanged(reviewer_id=OTHER)
    review(AGREED).when(change, in_hr(facts("hr"))).then(changed)
    review(AGREED).when(change, in_hr(facts(ADA))).then_refused("nobody-on-themself")


def test_nobody_assesses_whom_they_report_to_by_now() -> None:
    below = facts(BOSS, above_reviewer=(ADA, TOP))
    review(AGREED, SELF).when(assess(), below).then_refused("reviewer-not-below")


def test_what_is_left_open_of_somebody_erased_ends_and_nothing_said_of_them_is_kept() -> None:
    gone = performance_review_model.ReviewWithdrawn(person_id=ADA, reason="erased")
    review(AGREED).when(performance_review.WithdrawReview(reason="Ada left."), facts(erased=True)).then(gone)
    decided = performance_review_model.ReviewAppealDecided(person_id=ADA, final=Decimal("3.32"), reasons="erased")
    stays = performance_review.DecideReviewAppeal(reasons="Ada left.")
    above = facts(OTHER, above_reviewer=(TOP, OTHER), erased=True)
    review(*TO_ACKNOWLEDGE, APPEALED).when(stays, above).then(decided)


def test_a_review_without_a_final_rating_is_withdrawn_by_the_reviewer_or_the_line() -> None:
    withdraw, gone = (
        performance_review.WithdrawReview(reason="Left us."),
        performance_review_model.ReviewWithdrawn(person_id=ADA, reason="Left us."),
    )
    for actor in (BOSS, TOP):
        review(AGREED).when(withdraw, facts(actor)).then(gone)
        review(*TO_CALIBRATE).when(withdraw, facts(actor)).then(gone)
    review(AGREED, gone).when(withdraw, facts()).then()
    review(AGREED).when(withdraw, facts(OTHER)).then_refused("by-the-reviewer")
    review(AGREED).when(withdraw, facts(ADA)).then_refused("by-the-reviewer")
    review(*TO_ACKNOWLEDGE).when(withdraw, facts()).then_refused("steps-in-order")


def test_a_review_is_overdue_once_after_its_day() -> None:
    after = datetime(2027, 2, 1, tzinfo=UTC)
    for events in ((AGREED,), (AGREED, SELF), TO_CALIBRATE):
        assert due_at(state(*events)) == after
        review(*events).when(performance_review.MarkReviewOverdue(), facts("system", DUE)).then()
        review(*events).when(performance_review.MarkReviewOverdue(), facts("system", after.date())).then(
            performance_review_model.ReviewOverdue()
        )
        review(*events, performance_review_model.ReviewOverdue()).when(
            performance_review.MarkReviewOverdue(), facts("system", after.date())
        ).then()
        assert due_at(state(*events, performance_review_model.ReviewOverdue())) is None
    assert not state(*TO_CALIBRATE, performance_review_model.ReviewOverdue(), CALIBRATED).overdue


@pytest.mark.parametrize("noticed", [(), (performance_review_model.ReviewOverdue(),)])
def test_a_review_keeps_the_day_it_was_calibrated_whether_or_not_it_was_noticed_that_it_is_late(
    noticed: tuple[performance_review_model.ReviewOverdue, ...],
) -> None:
    late = DUE + timedelta(days=1)
    found = review(*TO_CALIBRATE, *noticed).when(CALIBRATE, facts(TOP, late)).then_state()
    assert isinstance(found, performance_review_model.PerformanceReview)
    assert found.calibrated_on == late


def test_whoever_says_nothing_in_time_holds_up_nobody() -> None:
    calibrated = state(*TO_ACKNOWLEDGE)
    after = APPEAL_UNTIL + timedelta(days=1)
    assert due_at(calibrated) == datetime.combine(after, time(), UTC)
    review(*TO_ACKNOWLEDGE).when(performance_review.EndAppealPeriod(), facts("system", APPEAL_UNTIL)).then()
    review(*TO_ACKNOWLEDGE).when(performance_review.EndAppealPeriod(), facts("system", after)).then(
        performance_review_model.ReviewUnanswered()
    )
    assert due_at(state(*TO_ACKNOWLEDGE, performance_review_model.ReviewUnanswered())) is None
    review(*TO_ACKNOWLEDGE, APPEALED).when(performance_review.EndAppealPeriod(), facts("system", after)).then()


def test_nothing_of_a_review_is_ever_published() -> None:
    assert not [
        event for event in performance_review.PERFORMANCE_REVIEW.types.values() if issubclass(event, PublicEvent)
    ]
