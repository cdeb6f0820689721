"""Orders under an authority matrix: approved by somebody who did not draft them, before they are placed."""

from decimal import Decimal
from typing import Any

import pytest

from chassis.domain.decider import Actor, Forbidden
from contracts.finance.authority import AuthorityEntry, SpendingRisk
from contracts.values import Grade
from services.finance.authority.domain.approval import Approver, Powers
from services.finance.organisation.domain.known import KnownDivision
from services.finance.spending import access
from services.finance.spending.domain import commitment
from services.finance.spending.domain.charged import SpendingFacts
from services.finance.spending.domain.commitment import COMMITMENT
from tests.finance.budgets.test_division_budget import money
from tests.finance.spending.story import DRAFTED, MADE, ORDER, PLANNED, on_order
from tests.scenarios import given

ENTRIES = (
    AuthorityEntry(grade=Grade.MANAGER, up_to=money(50), second_above=Decimal(30)),
    AuthorityEntry(grade=Grade.EXECUTIVE, up_to=money(500)),
    AuthorityEntry(grade=Grade.EXECUTIVE, up_to=money(20), risk=SpendingRisk.HIGH),
)
MANAGER, EXECUTIVE, STAFF = (
    Powers(ENTRIES, Approver(grade)) for grade in (Grade.MANAGER, Grade.EXECUTIVE, Grade.STAFF)
)
APPROVE, PLACE = commitment.ApproveCommitment(), commitment.PlaceOrder()
REVISE = commitment.ReviseCommitment(category="licences", amount=money(40), reference="Order 7")
FIRST = commitment.CommitmentApprovedFirst(approved_by="one", approved_for=None)


def approved(by: str, for_whom: str | None = None) -> commitment.CommitmentApproved:
    return commitment.CommitmentApproved(approved_by=by, approved_for=for_whom)


def test_while_a_matrix_holds_no_order_is_placed_that_nobody_approved() -> None:
    refused = given(COMMITMENT, DRAFTED).when(PLACE, on_order(powers=STAFF)).then_refused("order-approved")
    assert "executive or higher (up to 500 EUR)" in refused.remedy
    given(COMMITMENT, DRAFTED, FIRST).when(PLACE, on_order(powers=STAFF)).then_refused("order-approved")
    given(COMMITMENT, DRAFTED, approved("one")).when(PLACE, on_order(powers=STAFF)).then(MADE)
    placed = MADE.model_copy(update={"planned": money(50)})
    given(COMMITMENT, DRAFTED, PLANNED, approved("one")).when(PLACE, on_order(powers=STAFF)).then(placed)


def test_without_a_matrix_an_order_is_placed_as_it_is_and_nobody_approves_it() -> None:
    given(COMMITMENT, DRAFTED).when(PLACE, on_order()).then(MADE)
    given(COMMITMENT, DRAFTED).when(APPROVE, on_order("one")).then_refused("matrix-in-force")


def test_planning_needs_no_approval() -> None:
    given(COMMITMENT, DRAFTED).when(commitment.PlanCommitment(), on_order(powers=STAFF)).then(PLANNED)


def test_an_order_is_approved_within_the_limit_and_by_two_above_an_amount() -> None:
    given(COMMITMENT, DRAFTED).when(APPROVE, on_order("one", powers=EXECUTIVE)).then(approved("one"))
    refused = given(COMMITMENT, DRAFTED).when(APPROVE, on_order("one", powers=STAFF)).then_refused("authority-limit")
    assert isinstance(refused, Forbidden)
    given(COMMITMENT, DRAFTED).when(APPROVE, on_order("one", powers=MANAGER)).then(FIRST)
    given(COMMITMENT, DRAFTED, FIRST).when(APPROVE, on_order("two", powers=MANAGER)).then(approved("two"))
    for name, for_whom in (("one", None), ("deputy", "one"), ("one", "two")):
        again = on_order(name, for_whom, powers=MANAGER)
        given(COMMITMENT, DRAFTED, FIRST).when(APPROVE, again).then_refused("second-approver-is-another")
    uncertified = on_order("one", powers=Powers(ENTRIES, Approver(Grade.EXECUTIVE), uncertified=True))
    given(COMMITMENT, DRAFTED).when(APPROVE, uncertified).then_refused("budget-certificate")


def test_a_revised_draft_loses_its_approvals_and_is_the_draft_of_who_revised_it() -> None:
    for before in (FIRST, approved("two")):
        state = given(COMMITMENT, DRAFTED, before).when(REVISE, on_order("clerk", "head")).then_state()
        assert isinstance(state, commitment.Commitment)
        assert (state.first_approved_by, state.approved_by) == (None, None)
        assert (state.drafted_by, state.drafted_for) == ("clerk", "head")
    same = REVISE.model_copy(update={"amount": money(50)})
    given(COMMITMENT, DRAFTED, approved("two")).when(same, on_order("clerk")).then()


def test_the_risk_that_the_drafter_states_decides_which_entries_count() -> None:
    risky = DRAFTED.model_copy(update={"risk": SpendingRisk.HIGH})
    given(COMMITMENT, risky).when(APPROVE, on_order("one", powers=EXECUTIVE)).then_refused("authority-limit")
    small = risky.model_copy(update={"amount": money(20)})
    given(COMMITMENT, small).when(APPROVE, on_order("one", powers=EXECUTIVE)).then(approved("one"))
    given(COMMITMENT, small).when(APPROVE, on_order("one", powers=MANAGER)).then_refused("authority-limit")
    revised = given(COMMITMENT, risky).when(REVISE, on_order()).then_state()
    assert isinstance(revised, commitment.Commitment)
    assert revised.risk is SpendingRisk.HIGH


LINE = KnownDivision(open=True, actor_works_here=True)


@pytest.mark.parametrize(
    ("who", "for_whom", "role", "may"),
    [
        ("one", None, "manager", True),
        ("one", None, "staff", False),
        ("controller", None, "finance-controller", False),
        ("one", "controller", "finance-controller", False),
        ("one", None, "finance-controller", True),
    ],
)
def test_who_drafted_an_order_does_not_approve_it(who: str, for_whom: Any, role: str, may: bool) -> None:
    asks = Actor(who, frozenset({role}), for_whom=for_whom)
    facts = SpendingFacts(asks, on_order().at, ORDER, division=LINE)
    assert access.APPROVES_ORDERS.holds(facts, COMMITMENT.fold([DRAFTED]), APPROVE) is may
