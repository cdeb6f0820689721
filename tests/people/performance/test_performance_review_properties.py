"""Cycles and their reviews, whatever happens: weights sum to 100, ratings stay on the scale, no review is left open."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.domain.decider import Actor, Command, Refused
from contracts.values import Grade
from services.people.organisation.domain.line import Above
from services.people.performance.domain import review_cycle
from services.people.performance.domain.performance_review import model as performance_review_model
from services.people.performance.domain.performance_review import rules as performance_review
from tests.examples import examples

BOSS, TOP, CYCLE = (UUID(int=n) for n in range(1, 4))
PEOPLE = [UUID(int=n) for n in range(11, 14)]
FIRST, DUE = date(2026, 1, 1), date(2026, 2, 1)
METHODS = st.sampled_from([(60, 30, 10), (50, 50, 0), (1, 0, 99), (0, 0, 100), (60, 60, 0), (10, 10, 10)]).map(
    lambda weights: (Decimal(weights[0]), Decimal(weights[1]), Decimal(weights[2]))
)
WEIGHTS = st.sampled_from([(100,), (40, 60), (0, 100), (50, 40, 10), (60, 60), (99,)])
RATINGS = st.decimals(0, 10, places=2)
LOW = st.decimals(1, 3, places=2)


def shares(parts: int) -> st.SearchStrategy[list[Decimal]]:
    """Weights with up to four decimals that sum to exactly 100."""
    cuts = st.lists(st.integers(0, 1_000_000), min_size=parts - 1, max_size=parts - 1).map(sorted)
    return cuts.map(lambda at: [Decimal(b - a) / 10_000 for a, b in zip([0, *at], [*at, 1_000_000], strict=True)])


@settings(deadline=None)
@given(st.data(), st.integers(1, 20), shares(3))
def test_a_rating_never_leaves_the_scale(data: st.DataObject, count: int, counted: list[Decimal]) -> None:
    lowest = data.draw(st.integers(0, 9))
    highest = data.draw(st.integers(lowest + 1, 10))
    goals, feedback, own = counted
    if goals + feedback == 0:
        goals, own = Decimal("0.0001"), Decimal("99.9999")
    method = review_cycle.ReviewMethod(
        goals=goals, feedback=feedback, self_assessment=own, lowest=lowest, highest=highest
    )
    rating = st.decimals(lowest, highest, places=2)
    rated = [(weight, data.draw(rating)) for weight in data.draw(shares(count))]
    final = performance_review_model.calculate(method, rated, data.draw(rating), data.draw(st.none() | rating))
    assert lowest <= final <= highest
    assert final == final.quantize(Decimal("0.01"))


class Cycle(RuleBasedStateMachine):
    """One cycle with the reviews of three persons; what the service looks up is counted here from their states."""

    def __init__(self) -> None:
        super().__init__()
        self.cycle: review_cycle.ReviewCycle | None = None
        self.reviews: dict[UUID, performance_review_model.PerformanceReview | None] = dict.fromkeys(PEOPLE)
        self.today = FIRST

    def decide(self, decider: Any, state: Any, command: Command, facts: Any) -> Any:
        """The state afterwards; what was refused changes nothing."""
        try:
            events = decider.decide(state, command, facts)
        except Refused as refused:
            event(f"refused: {type(command).__name__}: {refused.rule}")
            return state
        if events:
            event(f"accepted: {type(command).__name__}")
        after = decider.fold(events, state)
        assert decider.decide(after, command, facts) == []
        return after

    def run_cycle(self, command: Command) -> None:
        there = [
            each
            for each in self.reviews.values()
            if each and each.status is not performance_review_model.ReviewStatus.WITHDRAWN
        ]
        still_open = [each for each in there if each.status in performance_review_model.OPEN]
        at = datetime.combine(self.today, time(12), UTC)
        facts = review_cycle.ReviewCycleFacts(Actor("hr"), at, CYCLE, reviews=len(there), open_reviews=len(still_open))
        self.cycle = self.decide(review_cycle.REVIEW_CYCLE, self.cycle, command, facts)

    def on_review(self, person: UUID, command: Command, actor: UUID | str) -> None:
        facts = performance_review_model.ReviewFacts(
            actor=Actor(str(actor)),
            at=datetime.combine(self.today, time(12), UTC),
            id=person,
            subject=person,
            employed=True,
            grade=Grade.STAFF,
            line=(Above(BOSS), Above(TOP)),
            cycle=self.cycle,
            above_reviewer=(TOP,),
        )
        before = self.reviews[person]
        self.reviews[person] = self.decide(performance_review.PERFORMANCE_REVIEW, before, command, facts)

    @initialize(begun=st.booleans())
    def planned(self, begun: bool) -> None:
        weights = (Decimal(60), Decimal(30), Decimal(10))
        self.run_cycle(review_cycle.PlanReviewCycle(**self.plan(weights, 5)))
        if begun:
            self.run_cycle(review_cycle.StartReviewCycle())
            for person in PEOPLE:
                self.objectives_are_agreed(person, (100,), revised=False)

    def plan(self, weights: tuple[Decimal, Decimal, Decimal], highest: int) -> dict[str, Any]:
        goals, feedback, own = weights
        method = review_cycle.ReviewMethod(
            goals=goals, feedback=feedback, self_assessment=own, lowest=1, highest=highest
        )
        return {"name": "One", "first_on": FIRST, "last_on": DUE, "due_on": DUE, "method": method}

    @rule(weights=METHODS, highest=st.integers(3, 10))
    def the_method_is_changed(self, weights: tuple[Decimal, Decimal, Decimal], highest: int) -> None:
        self.run_cycle(review_cycle.ReviseReviewCycle(**self.plan(weights, highest)))

    @rule(command=st.sampled_from([review_cycle.StartReviewCycle(), review_cycle.CompleteReviewCycle()]))
    def the_cycle_goes_on(self, command: Command) -> None:
        self.run_cycle(command)

    @rule(days=st.sampled_from([1, 1, 2, 6, 20]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)
        for person, review in self.reviews.items():
            if review is not None:
                for command in (performance_review.MarkReviewOverdue(), performance_review.EndAppealPeriod()):
                    self.on_review(person, command, "system:people")

    @rule(person=st.sampled_from(PEOPLE), weights=WEIGHTS, revised=st.booleans())
    def objectives_are_agreed(self, person: UUID, weights: tuple[int, ...], revised: bool) -> None:
        objectives = tuple(
            performance_review_model.AgreedObjective(
                objective_id=UUID(int=100 + number), title="Do.", weight=Decimal(weight)
            )
            for number, weight in enumerate(weights)
        )
        if self.reviews[person] is None:
            self.on_review(
                person,
                performance_review.AgreeObjectives(person_id=person, cycle_id=CYCLE, objectives=objectives),
                BOSS,
            )
        elif revised:
            self.on_review(person, performance_review.ReviseObjectives(objectives=objectives), BOSS)

    @rule(
        person=st.sampled_from(PEOPLE),
        own=RATINGS,
        ratings=st.lists(RATINGS, min_size=3, max_size=3),
        step=st.integers(0, 9),
        anybody=st.none() | st.sampled_from([*PEOPLE, BOSS, TOP]),
    )
    def anything_is_asked(
        self, person: UUID, own: Decimal, ratings: list[Decimal], step: int, anybody: UUID | None
    ) -> None:
        if self.reviews[person] is not None:
            command, right = self.steps(person, own, ratings)[step]
            self.on_review(person, command, anybody or right)

    @rule(person=st.sampled_from(PEOPLE), ratings=st.lists(LOW, min_size=3, max_size=3), acknowledged=st.booleans())
    def a_review_goes_on(self, person: UUID, ratings: list[Decimal], acknowledged: bool) -> None:
        review = self.reviews[person]
        onwards = {
            performance_review_model.ReviewStatus.OBJECTIVES_AGREED: 0,
            performance_review_model.ReviewStatus.SELF_ASSESSED: 1,
            performance_review_model.ReviewStatus.ASSESSED: 2,
            performance_review_model.ReviewStatus.CALIBRATED: 4 if acknowledged else 5,
            performance_review_model.ReviewStatus.APPEALED: 6,
        }
        if review is not None and review.status in onwards:
            command, right = self.steps(person, ratings[0], ratings)[onwards[review.status]]
            self.on_review(person, command, right)

    def steps(self, person: UUID, own: Decimal, ratings: list[Decimal]) -> list[tuple[Command, UUID]]:
        """What may be asked, with who may."""
        review = self.reviews[person]
        assert review is not None
        rated = tuple(
            performance_review.RatedObjective(objective_id=each.objective_id, rating=rating)
            for each, rating in zip(review.objectives, ratings, strict=False)
        )
        return [
            (performance_review.AssessSelf(rating=own, statement="Well."), person),
            (performance_review.AssessPerformance(ratings=rated, feedback=own, statement="Well."), BOSS),
            (performance_review.CalibrateReview(reasons="Same."), TOP),
            (performance_review.CalibrateReview(rating=own, reasons="Other."), TOP),
            (performance_review.AcknowledgeReview(), person),
            (performance_review.AppealReview(grounds="No."), person),
            (performance_review.DecideReviewAppeal(rating=own, reasons="Yes."), TOP),
            (performance_review.AssessPerformance(ratings=rated[:1], feedback=own, statement="Well."), BOSS),
            (performance_review.WithdrawReview(reason="Gone."), BOSS),
            (performance_review.WithdrawReview(reason="Gone."), TOP),
        ]

    @invariant()
    def no_review_is_open_in_a_completed_cycle(self) -> None:
        if self.cycle and self.cycle.status is review_cycle.CycleStatus.COMPLETED:
            assert not [each for each in self.reviews.values() if each and each.status in performance_review_model.OPEN]

    @invariant()
    def weights_sum_to_a_hundred_and_the_method_is_that_of_the_cycle(self) -> None:
        assert self.cycle is None or self.cycle.method is not None
        if self.cycle is not None and self.cycle.method is not None:
            planned = self.cycle.method
            assert planned.goals + planned.feedback + planned.self_assessment == 100
        for review in self.reviews.values():
            if review is not None:
                assert sum(each.weight for each in review.objectives) == 100
                method = review.method
                assert method.goals + method.feedback + method.self_assessment == 100
                if review.status is not performance_review_model.ReviewStatus.WITHDRAWN:
                    assert self.cycle is not None
                    assert self.cycle.method == method, "frozen while a review uses it"

    @invariant()
    def every_rating_lies_on_the_scale(self) -> None:
        for review in self.reviews.values():
            if review is not None:
                for rating in (review.calculated, review.final, review.self_rating, review.feedback):
                    assert rating is None or review.method.lowest <= rating <= review.method.highest
                judged = review.status not in (
                    *performance_review_model.OPEN[:2],
                    performance_review_model.ReviewStatus.WITHDRAWN,
                )
                assert not judged or review.final is not None

    @invariant()
    def a_state_survives_being_stored(self) -> None:
        for review in self.reviews.values():
            assert (
                review is None
                or performance_review_model.PerformanceReview.model_validate_json(review.model_dump_json()) == review
            )


Cycle.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=50, deadline=None)
TestCase = Cycle.TestCase
