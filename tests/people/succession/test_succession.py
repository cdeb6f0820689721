"""The rules of succession."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import SYSTEM, Actor, Forbidden
from contracts.base import PublicEvent
from contracts.people import PositionMarkedCritical, PositionNoLongerCritical
from contracts.values import Grade
from services.people.succession.commands import SUCCESSIONS
from services.people.succession.domain import succession as successions
from tests.people.acting import as_executive, in_hr
from tests.scenarios import Scenario, who_may

POSITION, ADA, BOSS, HOLDER, OTHER = (UUID(int=n) for n in range(1, 6))
TODAY = date(2026, 6, 1)
NEXT, LATER = TODAY + timedelta(days=180), TODAY + timedelta(days=360)

due_at = successions.SUCCESSION.due_at


def facts(
    actor: UUID | str = BOSS, on: date = TODAY, for_whom: UUID | None = None, **known: Any
) -> successions.SuccessionFacts:
    roles = frozenset({SYSTEM} if actor == "system" else ())
    acting = Actor(str(actor), roles, for_whom=str(for_whom) if for_whom else None)
    usual: dict[str, Any] = {
        "grade": Grade.SENIOR_MANAGER,
        "holder": HOLDER,
        "above": (BOSS,),
        "in_office": True,
        "active": True,
        "passes_gate": True,
    }
    return successions.SuccessionFacts(acting, datetime.combine(on, time(12), UTC), POSITION, **(usual | known))


def name(person: UUID = ADA, readiness: successions.Readiness = successions.Readiness.NOW) -> successions.NameSuccessor:
    return successions.NameSuccessor(person_id=person, readiness=readiness)


def named(
    person: UUID = ADA, readiness: successions.Readiness = successions.Readiness.NOW
) -> successions.SuccessorNamed:
    return successions.SuccessorNamed(person_id=person, readiness=readiness)


def succession(*events: BaseModel) -> Scenario:
    return who_may(SUCCESSIONS, *events)


def state(*events: BaseModel) -> successions.Succession:
    found = successions.SUCCESSION.fold(events)
    assert found is not None
    return found


WHY = "Nobody else knows the ledgers."
CRITICAL = PositionMarkedCritical(reason=WHY)
AGREED = successions.PlanAgreed(next_review_on=NEXT)
NO_LONGER = PositionNoLongerCritical(reason="Replaced.")


def test_a_position_that_exists_is_marked_as_critical() -> None:
    mark = successions.MarkCritical(reason=WHY)
    succession().when(mark, facts()).then(CRITICAL)
    succession(CRITICAL).when(mark, facts()).then()
    succession(CRITICAL).when(successions.MarkCritical(reason="New."), facts()).then(
        PositionMarkedCritical(reason="New.")
    )
    succession().when(mark, facts(grade=None)).then_refused("position-unknown")
    succession().when(mark, facts(retired=True)).then_refused("position-retired")


def test_a_position_that_is_not_critical_any_more_has_no_successors() -> None:
    no_longer = successions.MarkNoLongerCritical(reason="Replaced.")
    succession(CRITICAL, named(), AGREED).when(no_longer, facts()).then(NO_LONGER)
    succession(CRITICAL, NO_LONGER).when(no_longer, facts()).then()
    gone = state(CRITICAL, named(), AGREED, NO_LONGER)
    assert (gone.critical, gone.successors, gone.agreed, due_at(gone)) == (False, (), False, None)
    succession(CRITICAL, NO_LONGER).when(name(), facts()).then_refused("position-critical")
    succession(CRITICAL, NO_LONGER).when(successions.MarkCritical(reason=WHY), facts()).then(CRITICAL)


def test_a_successor_is_named_and_their_readiness_changed() -> None:
    succession(CRITICAL).when(name(), facts()).then(named())
    succession(CRITICAL, named()).when(name(), facts()).then()
    later = name(readiness=successions.Readiness.ONE_YEAR)
    succession(CRITICAL, named()).when(later, facts()).then(named(readiness=successions.Readiness.ONE_YEAR))
    assert state(CRITICAL, named(), named(readiness=successions.Readiness.ONE_YEAR)).successors == (
        successions.Successor(person_id=ADA, readiness=successions.Readiness.ONE_YEAR),
    )


def test_a_successor_is_active_and_not_the_holder() -> None:
    succession(CRITICAL).when(name(), facts(active=False)).then_refused("successor-active")
    succession(CRITICAL).when(name(HOLDER), facts()).then_refused("successor-is-another")


def test_nobody_names_themself_in_whoevers_place() -> None:
    refused = succession(CRITICAL).when(name(), in_hr(facts(ADA))).then_refused("nobody-on-themself")
    assert isinstance(refused, Forbidden)
    succession(CRITICAL).when(name(), facts(ADA, for_whom=BOSS)).then_refused("nobody-on-themself")


def test_ready_now_is_only_who_would_pass_the_gate_today() -> None:
    held_up = facts(passes_gate=False)
    succession(CRITICAL).when(name(), held_up).then_refused("ready-only-when-eligible")
    succession(CRITICAL, named()).when(name(), held_up).then_refused("ready-only-when-eligible")
    succession(CRITICAL).when(name(readiness=successions.Readiness.ONE_YEAR), held_up).then(
        named(readiness=successions.Readiness.ONE_YEAR)
    )


def test_nobody_agrees_to_a_plan_with_somebody_ready_now_who_would_not_pass_the_gate() -> None:
    held_up = facts(unready=(ADA,))
    agree, review = successions.AgreePlan(next_review_on=NEXT), successions.ReviewPlan(next_review_on=LATER)
    succession(CRITICAL, named()).when(agree, held_up).then_refused("ready-only-when-eligible")
    succession(CRITICAL, named(), AGREED).when(review, held_up).then_refused("ready-only-when-eligible")


def test_successors_are_bounded_and_can_be_removed() -> None:
    many = [named(UUID(int=100 + number)) for number in range(20)]
    succession(CRITICAL, *many).when(name(), facts()).then_refused("successors-bounded")
    again = name(UUID(int=100), successions.Readiness.ONE_YEAR)
    succession(CRITICAL, *many).when(again, facts()).then(named(UUID(int=100), successions.Readiness.ONE_YEAR))
    remove, removed = successions.RemoveSuccessor(person_id=ADA), successions.SuccessorRemoved(person_id=ADA)
    succession(CRITICAL, named()).when(remove, facts()).then(removed)
    succession(CRITICAL, named(), removed).when(remove, facts()).then()
    succession(CRITICAL, named(), NO_LONGER).when(remove, facts()).then()


def test_a_plan_that_names_somebody_is_agreed_until_a_day_to_come() -> None:
    agree = successions.AgreePlan(next_review_on=NEXT)
    succession(CRITICAL, named()).when(agree, facts()).then(AGREED)
    succession(CRITICAL, named(), AGREED).when(agree, facts()).then()
    succession(CRITICAL).when(agree, facts()).then_refused("plan-names-somebody")
    today = successions.AgreePlan(next_review_on=TODAY)
    succession(CRITICAL, named()).when(today, facts()).then_refused("review-lies-ahead")


@pytest.mark.parametrize(
    "command", [successions.AgreePlan(next_review_on=LATER), successions.ReviewPlan(next_review_on=LATER)]
)
def test_no_successor_agrees_to_the_plan_or_reviews_it(command: successions.AgreePlan | successions.ReviewPlan) -> None:
    plan = (CRITICAL, named(), AGREED)
    refused = succession(*plan).when(command, as_executive(facts(ADA))).then_refused("not-by-a-successor")
    assert isinstance(refused, Forbidden)
    succession(*plan).when(command, facts(ADA, for_whom=BOSS)).then_refused("not-by-a-successor")
    succession(*plan).when(command, as_executive(facts(OTHER, for_whom=ADA))).then_refused("not-by-a-successor")


@pytest.mark.parametrize(
    "change",
    [named(OTHER), named(readiness=successions.Readiness.ONE_YEAR), successions.SuccessorRemoved(person_id=ADA)],
)
def test_whatever_changes_the_successors_has_to_be_agreed_anew(change: BaseModel) -> None:
    changed = (CRITICAL, named(), AGREED, change)
    assert not state(*changed).agreed
    succession(*changed).when(successions.ReviewPlan(next_review_on=LATER), facts()).then_refused("plan-agreed")


def test_an_agreed_plan_is_reviewed_and_falls_due_once_on_its_day() -> None:
    plan = (CRITICAL, named(), AGREED)
    assert due_at(state(*plan)) == datetime.combine(NEXT, time(), UTC)
    succession(*plan).when(successions.MarkReviewDue(), facts("system", NEXT - timedelta(days=1))).then()
    succession(*plan).when(successions.MarkReviewDue(), facts("system", NEXT)).then(successions.PlanReviewDue())
    succession(*plan, successions.PlanReviewDue()).when(successions.MarkReviewDue(), facts("system", NEXT)).then()
    reviewed = successions.PlanReviewed(next_review_on=LATER)
    review = successions.ReviewPlan(next_review_on=LATER)
    succession(*plan, successions.PlanReviewDue()).when(review, facts(on=NEXT)).then(reviewed)
    after = state(*plan, successions.PlanReviewDue(), reviewed)
    assert (after.agreed, after.review_due, due_at(after)) == (True, False, datetime.combine(LATER, time(), UTC))
    succession(*plan, successions.PlanReviewDue(), reviewed).when(review, facts(on=NEXT)).then()
    succession(*plan).when(successions.ReviewPlan(next_review_on=TODAY), facts()).then_refused("review-lies-ahead")


def test_only_that_a_position_is_critical_is_published() -> None:
    public = {each for each in successions.SUCCESSION.types.values() if issubclass(each, PublicEvent)}
    assert public == {PositionMarkedCritical, PositionNoLongerCritical}
