"""The rules of plans: drafts, baselines, reports, milestones, actual cost."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import NotFound
from contracts import portfolio
from contracts.portfolio import planning
from contracts.portfolio.planning import EarnedValuePoint, PackageProgress, Technique, WeightedMilestone, WorkPackage
from contracts.values import Money, Period
from services.portfolio.planning.commands import PLANS
from services.portfolio.planning.domain import curve
from services.portfolio.planning.domain.earned_value import Measured
from services.portfolio.planning.domain.plan import model, rules
from services.portfolio.planning.domain.plan.rules import PLAN
from tests.portfolio.planning.story import (
    AT_BASELINE,
    BASELINE,
    BUDGET,
    BUILD,
    DRAFT,
    DRAFTED,
    FROZEN,
    LAUNCH,
    LAUNCHED,
    ONE,
    TWO,
    facts,
    moved,
    percent,
    points_of,
    project,
    report,
    reported,
)
from tests.portfolio.projects.story import (
    AT_END,
    AT_WORK,
    CANCELLED,
    CHIEF,
    GIVEN_UP,
    PROJECT_ID,
    PROPOSED,
    SENIOR,
    TODAY,
    YESTERDAY,
    chief,
    senior,
    taken_over,
)
from tests.scenarios import given, who_may

DAY = timedelta(days=1)
REQUEST = UUID(int=300)
AT = datetime(2026, 11, 20, tzinfo=UTC)


def decided(state_of: tuple[Any, ...], command: Any, known: model.PlanFacts | None = None) -> list[Any]:
    return list(rules.decide(PLAN.fold(state_of), command, known or facts()))


def measured(events: Any, on: date) -> Measured:
    return curve.measured(points_of(events), on)


def test_a_plan_is_drafted_anew_as_often_as_it_changes() -> None:
    given(PLAN).when(DRAFT, facts()).then(DRAFTED)
    given(PLAN, DRAFTED).when(DRAFT, facts()).then()


def test_a_plan_is_that_of_a_project() -> None:
    with pytest.raises(NotFound):
        rules.decide(None, DRAFT, model.PlanFacts(facts().actor, AT, PROJECT_ID))


def test_an_ended_project_is_planned_no_more() -> None:
    given(PLAN).when(DRAFT, facts(of=project(*AT_END))).then_refused("project-ended")


def test_work_packages_have_ids_of_their_own() -> None:
    twice = DRAFT.model_copy(update={"packages": (BUILD, BUILD)})
    given(PLAN).when(twice, facts()).then_refused("ids-differ")


def test_the_first_baseline_freezes_what_adds_up_to_the_budget() -> None:
    events = decided((DRAFTED,), BASELINE)
    assert events[0] == FROZEN
    assert measured(events, date(2027, 1, 1)) == Measured(Fraction(1000), Fraction(1000), Fraction(), Fraction())
    assert measured(events, TODAY).pv == Fraction(800 * 22, 40)
    assert measured(events, YESTERDAY).bac == 0, "no baseline was in force yesterday"


@pytest.mark.parametrize("budget", [("999.99", "EUR"), ("1000", "USD")])
def test_a_baseline_has_the_sum_of_its_work_packages(budget: tuple[str, str]) -> None:
    other = Money(amount=Decimal(budget[0]), currency=budget[1])
    given(PLAN, DRAFTED).when(rules.SetBaseline(budget=other), facts()).then_refused("baseline-sums")


def test_a_baseline_is_replaced_by_a_change_request_alone() -> None:
    later = DRAFTED.model_copy(update={"packages": (BUILD,)})
    again = rules.SetBaseline(budget=Money(amount=Decimal(800), currency="EUR"))
    given(PLAN, *AT_BASELINE, later).when(again, facts()).then_refused("baseline-needs-change-request")
    given(PLAN, *AT_BASELINE).when(BASELINE, facts()).then()


def test_the_next_baseline_counts_from_its_day_on_and_the_one_before_it_until_then() -> None:
    first = decided((DRAFTED,), BASELINE)
    events = (DRAFTED, *first, DRAFTED.model_copy(update={"packages": (BUILD,)}))
    replace = rules.ReplaceBaseline(budget=Money(amount=Decimal(800), currency="EUR"), change_request_id=REQUEST)
    second = decided(events, replace, facts(TODAY + 10 * DAY))
    assert (second[0].number, second[0].change_request_id) == (2, REQUEST)
    both = [*first, *second]
    assert measured(both, TODAY + 9 * DAY).bac == 1000
    assert measured(both, TODAY + 10 * DAY).bac == 800
    assert measured(both, date(2027, 1, 1)).pv == 800


def test_what_is_reported_earns_by_the_technique_of_its_work_package() -> None:
    given(PLAN, *AT_BASELINE).when(report(percent(50), percent(99, TWO)), facts()).then(
        reported(percent(50), percent(99, TWO)), moved(EarnedValuePoint(day=TODAY, earned=Decimal(400)))
    )
    after = (*AT_BASELINE, reported(percent(50), percent(99, TWO)))
    tomorrow = TODAY + DAY
    given(PLAN, *after).when(report(percent(100, TWO), as_of=tomorrow), facts(tomorrow)).then(
        reported(percent(100, TWO), as_of=tomorrow), moved(EarnedValuePoint(day=tomorrow, earned=Decimal(200)))
    )


def test_work_that_is_planned_nowhere_cannot_be_reported() -> None:
    given(PLAN, DRAFTED).when(report(percent(5)), facts()).then_refused("baseline-required")
    given(PLAN, *AT_BASELINE).when(report(percent(5, UUID(int=9))), facts()).then_refused("work-package-known")


def test_progress_is_told_as_its_technique_measures_it() -> None:
    without = PackageProgress(package_id=ONE)
    given(PLAN, *AT_BASELINE).when(report(without), facts()).then_refused("progress-fits-technique")
    steps = PackageProgress(package_id=ONE, percent_complete=Decimal(5), reached=("design",))
    given(PLAN, *AT_BASELINE).when(report(steps), facts()).then_refused("progress-fits-technique")


def test_reports_follow_each_other_and_are_not_of_the_future() -> None:
    after = (*AT_BASELINE, reported(percent(5)))
    given(PLAN, *after).when(report(percent(6), as_of=YESTERDAY), facts()).then_refused("reports-in-order")
    given(PLAN, *after).when(report(percent(6), as_of=TODAY + DAY), facts()).then_refused("not-in-the-future")


def test_progress_falls_for_a_reason_alone() -> None:
    after = (*AT_BASELINE, reported(percent(50)))
    given(PLAN, *after).when(report(percent(40)), facts()).then_refused("falling-progress-needs-reason")
    why = "The test failed."
    given(PLAN, *after).when(report(percent(40), reason=why), facts()).then(
        reported(percent(40), reason=why), moved(EarnedValuePoint(day=TODAY, earned=Decimal(-80)))
    )


def test_a_project_that_has_not_started_reports_no_work() -> None:
    given(PLAN, *AT_BASELINE).when(report(percent(5)), facts(of=project(PROPOSED))).then_refused("not-at-this-stage")


def test_a_milestone_is_missed_on_the_day_after_met_late_and_moved_for_a_reason() -> None:
    state = PLAN.fold(AT_BASELINE)
    due = rules.due(state) if state else None
    assert due is not None
    assert due.day == LAUNCHED.due_on + DAY
    missed = planning.MilestoneMissed(milestone_id=LAUNCH, due_on=LAUNCHED.due_on)
    given(PLAN, *AT_BASELINE).when(rules.MissMilestones(), facts(LAUNCHED.due_on)).then()
    late = facts(LAUNCHED.due_on + DAY)
    given(PLAN, *AT_BASELINE).when(rules.MissMilestones(), late).then(missed)
    met = rules.MeetMilestone(milestone_id=LAUNCH, effective_on=LAUNCHED.due_on + DAY)
    given(PLAN, *AT_BASELINE, missed).when(met, late).then(planning.MilestoneMet(**vars(met)))
    move = rules.MoveMilestone(milestone_id=LAUNCH, due_on=date(2027, 1, 15), reason="A supplier is late.")
    moved_on = planning.MilestoneMoved(**vars(move))
    given(PLAN, *AT_BASELINE, missed).when(move, late).then(moved_on)
    tracked = given(PLAN, *AT_BASELINE, missed).when(move, late).then_state()
    assert isinstance(tracked, model.Plan)
    (milestone,) = tracked.milestones
    assert (milestone.status, milestone.due_on, milestone.baseline_due_on) == (
        model.MilestoneStatus.PLANNED,
        date(2027, 1, 15),
        LAUNCHED.due_on,
    )
    given(PLAN, *AT_BASELINE, planning.MilestoneMet(**vars(met))).when(move, late).then_refused("milestone-met")


def test_a_milestone_is_one_of_the_plan_and_not_met_ahead_of_time() -> None:
    unknown = rules.MeetMilestone(milestone_id=UUID(int=9), effective_on=TODAY)
    given(PLAN, *AT_BASELINE).when(unknown, facts()).then_refused("milestone-known")
    ahead = rules.MeetMilestone(milestone_id=LAUNCH, effective_on=TODAY + DAY)
    given(PLAN, *AT_BASELINE).when(ahead, facts()).then_refused("not-in-the-future")


def test_of_an_ended_project_no_milestone_is_missed() -> None:
    state = PLAN.fold((*AT_BASELINE, model.PlanEnded()))
    assert state is not None
    assert rules.due(state) is None


def test_a_baseline_keeps_its_currency() -> None:
    dollars = DRAFT.model_copy(update={"currency": "USD"})
    proposed = facts(of=project(PROPOSED))
    given(PLAN, DRAFTED).when(dollars, proposed).then(DRAFTED.model_copy(update={"currency": "USD"}))
    given(PLAN, *AT_BASELINE).when(dollars, facts()).then_refused("currency-stays")


def test_a_plan_is_in_the_currency_of_the_projects_budget_which_is_what_it_spends() -> None:
    dollars = DRAFT.model_copy(update={"currency": "USD"})
    given(PLAN).when(dollars, facts()).then_refused("plan-in-currency-of-budget")


def test_those_above_the_project_set_its_tolerances_and_never_who_answers_for_it() -> None:
    event = planning.TolerancesSet(cost=Decimal(2), schedule=None, scope=None, reason="Little money.")
    command = rules.SetTolerances(cost=Decimal(2), reason="Little money.")
    known: dict[str, Any] = {"accountable": senior, "division_head": chief}
    who_may(PLANS, *AT_BASELINE).when(command, facts(actor=str(CHIEF), **known)).then(event)
    who_may(PLANS, *AT_BASELINE).when(command, facts(actor=str(SENIOR), **known)).then_refused("not-authorised")


def test_nothing_is_planned_of_a_cancelled_project_but_what_it_has_earned() -> None:
    events = [DRAFTED, *decided((DRAFTED,), BASELINE)]
    events += decided(tuple(events), report(percent(50)))
    cancelled, later = project(*AT_WORK, CANCELLED), TODAY + 10 * DAY
    before = measured(events, later - DAY)
    events += decided(tuple(events), rules.EndPlan(), facts(later, of=cancelled))
    assert measured(events, later - DAY) == before
    for day in (later, date(2027, 6, 1)):
        assert measured(events, day) == Measured(Fraction(400), Fraction(400), Fraction(400), Fraction())
    assert decided(tuple(events), rules.EndPlan(), facts(later, of=cancelled)) == []


def test_what_was_closed_had_to_be_done_as_planned() -> None:
    events = [DRAFTED, *decided((DRAFTED,), BASELINE)]
    closed = facts(TODAY + 10 * DAY, of=project(*AT_END))
    assert decided(tuple(events), rules.EndPlan(), closed) == [model.PlanEnded()]
    assert decided((), rules.EndPlan(), closed) == []
    assert decided((DRAFTED,), rules.EndPlan(), facts(of=project(*GIVEN_UP))) == [model.PlanEnded()]


def test_what_a_source_cancelled_stops_and_goes_on_as_the_source_says() -> None:
    events = decided((), STATED, facts(of=TAKEN))
    events += decided(tuple(events), report(percent(30, PROJECT_ID)), facts(of=TAKEN))
    before = measured(events, TODAY + DAY)
    cancelled = facts(TODAY + DAY, of=project(taken_over(stage=portfolio.Stage.CANCELLED)))
    stopped = [*events, *decided(tuple(events), STATED, cancelled)]
    assert measured(stopped, TODAY + DAY) == Measured(Fraction(300), Fraction(300), Fraction(300), Fraction())
    assert measured(stopped, TODAY) == measured(events, TODAY)
    more = decided(tuple(stopped), report(percent(40, PROJECT_ID), as_of=TODAY + DAY), cancelled)
    assert measured([*stopped, *more], TODAY + DAY) == Measured(Fraction(400), Fraction(400), Fraction(400), Fraction())
    again = decided(tuple(stopped), STATED, facts(TODAY + DAY, of=TAKEN))
    assert measured([*stopped, *again], TODAY + DAY) == before


TAKEN = project(taken_over())
STATED = rules.TakeOverPlan(budget=BUDGET, plan=Period(start=date(2026, 1, 1), end=date(2026, 12, 31)))


def test_a_project_taken_over_has_one_work_package_its_plan() -> None:
    events = decided((), STATED, facts(of=TAKEN))
    assert measured(events, date(2026, 1, 1)).pv == Fraction(1000, 365)
    assert measured(events, date(2026, 12, 31)) == Measured(Fraction(1000), Fraction(1000), Fraction(), Fraction())
    assert decided(tuple(events), STATED, facts(of=TAKEN)) == []


def test_what_was_closed_elsewhere_is_complete_as_of_its_planned_end_and_never_ahead() -> None:
    finished = facts(of=project(taken_over(stage=portfolio.Stage.CLOSED)))
    over = rules.TakeOverPlan(budget=BUDGET, plan=Period(start=date(2025, 1, 1), end=date(2025, 12, 31)))
    events = decided((), over, finished)
    assert [measured(events, date(2025, 12, day)).ev for day in (30, 31)] == [0, 1000]
    assert decided(tuple(events), over, finished) == []
    early = decided((), STATED, finished)
    assert [measured(early, day).ev for day in (YESTERDAY, TODAY)] == [0, 1000]


def test_what_was_finished_elsewhere_may_be_stated_later() -> None:
    finished = facts(of=project(taken_over(stage=portfolio.Stage.CLOSED)))
    events = decided((), STATED, finished)
    told = decided(tuple(events), report(percent(40, PROJECT_ID), reason="The source says so."), finished)
    assert measured([*events, *told], TODAY).ev == 400


def test_what_the_source_corrects_never_held() -> None:
    events = decided((), STATED, facts(of=TAKEN))
    events += decided(tuple(events), report(percent(50, PROJECT_ID)), facts(of=TAKEN))
    dearer = rules.TakeOverPlan(
        budget=Money(amount=Decimal(2000), currency="EUR"), plan=Period(start=date(2026, 3, 1), end=date(2026, 3, 10))
    )
    events += decided(tuple(events), dearer, facts(of=TAKEN))
    assert [measured(events, date(2026, 2, day)).pv for day in (1, 28)] == [0, 0]
    assert measured(events, date(2026, 3, 5)).pv == 1000
    assert measured(events, TODAY) == Measured(Fraction(2000), Fraction(2000), Fraction(1000), Fraction())


def test_once_there_is_a_baseline_of_ours_the_source_changes_it_no_more() -> None:
    given(PLAN, *AT_BASELINE).when(STATED, facts(of=TAKEN)).then()


COUNT = rules.CountActualCost()


def said(*amounts: int, heard: int) -> model.PlanFacts:
    """What finance said that is not counted yet."""
    return facts(actuals=[model.Actual(Decimal(amount), YESTERDAY, AT) for amount in amounts], heard=heard)


def test_what_finance_said_since_counts_once() -> None:
    points = [EarnedValuePoint(day=YESTERDAY, actual=Decimal(amount), known_from=AT) for amount in (30, -7)]
    given(PLAN, *AT_BASELINE).when(COUNT, said(30, -7, heard=4)).then(moved(*points, heard=4))
    given(PLAN, *AT_BASELINE, moved(*points, heard=4)).when(COUNT, said(heard=4)).then()


def test_the_first_baseline_counts_what_was_spent_before() -> None:
    events = decided((DRAFTED,), BASELINE, said(30, 7, -7, heard=5))
    assert measured(events, TODAY).ac == 30
    state = PLAN.fold((DRAFTED, *events))
    assert state is not None
    assert (state.spent, state.heard) == (Decimal(30), 5)
    given(PLAN, DRAFTED).when(COUNT, said(30, heard=5)).then()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("planned_value", {"planned_value": "-1"}),
        ("plan", {"plan": {"start": "2026-02-01", "end": "2026-01-01"}}),
        ("plan", {"plan": {"start": "1500-02-01", "end": "1600-01-01"}}),
    ],
)
def test_wrong_values_name_their_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as wrong:
        WorkPackage.model_validate({**BUILD.model_dump(mode="json"), **changes})
    assert field in {str(error["loc"][0]) for error in wrong.value.errors()}


@pytest.mark.parametrize(
    ("said", "milestones"),
    [
        ("add up to 100", [("half", date(2026, 11, 5), 50)]),
        ("greater than 0", [("none", date(2026, 11, 5), 0), ("all", date(2026, 11, 6), 100)]),
        ("name of its own", [("same", date(2026, 11, 5), 50), ("same", date(2026, 11, 6), 50)]),
        ("within the days", [("late", date(2027, 11, 5), 100)]),
    ],
)
def test_weights_add_up_and_are_none_of_them_zero(said: str, milestones: list[tuple[str, date, int]]) -> None:
    with pytest.raises(ValidationError, match=said):
        WorkPackage(
            package_id=ONE,
            name="build",
            planned_value=Decimal(1),
            plan=BUILD.plan,
            technique=Technique.WEIGHTED_MILESTONES,
            weighted_milestones=tuple(
                WeightedMilestone(name=name, due_on=day, weight=Decimal(weight)) for name, day, weight in milestones
            ),
        )


def test_tolerances_of_the_project_stand_before_those_of_policy() -> None:
    command = rules.SetTolerances(cost=Decimal(2), reason="Little money.")
    event = planning.TolerancesSet(cost=Decimal(2), schedule=None, scope=None, reason="Little money.")
    given(PLAN, *AT_BASELINE).when(command, facts()).then(event)
    given(PLAN, *AT_BASELINE, event).when(command, facts()).then()
