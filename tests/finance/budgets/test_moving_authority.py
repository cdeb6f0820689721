"""Money that moves between budgets under an authority matrix."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.finance.authority import AuthorityEntry
from contracts.roles import Role
from services.finance.authority.domain.approval import Approver, Powers
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from tests.finance.budgets.test_division_budget import (
    DIVISION,
    IN_FORCE,
    OTHER,
    OUT,
    SUPPLEMENT,
    facts,
    funds,
    money,
    supplemented,
    transferred,
)
from tests.scenarios import given

CONTROLLER = Approver(roles=frozenset({Role.FINANCE_CONTROLLER}))
EXECUTIVE = AuthorityEntry(role=Role.EXECUTIVE, up_to=money(500))
MOVES = [(SUPPLEMENT, supplemented(120)), (OUT, transferred(-30, 70))]


def within(up_to: int, second_above: int | None = None, approver: Approver = CONTROLLER, **of: Any) -> Any:
    """Facts under a matrix in which a controller may move so much."""
    above = None if second_above is None else Decimal(second_above)
    entry = AuthorityEntry(role=Role.FINANCE_CONTROLLER, up_to=money(up_to), second_above=above, **of)
    powers = Powers((entry, EXECUTIVE), approver, divisions=(DIVISION,))
    return facts(allotted=money(0), other=funds(1000), powers=powers)


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_money_is_moved_within_the_authority_of_who_orders_it(command: Any, event: Any) -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30)).then(event)
    refused = given(DIVISION_BUDGET, *IN_FORCE).when(command, within(19)).then_refused("authority-limit")
    assert refused.remedy == "Ask somebody with the role executive (up to 500 EUR)."
    nobody = within(30, approver=Approver())
    given(DIVISION_BUDGET, *IN_FORCE).when(command, nobody).then_refused("authority-limit")


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_what_needs_a_second_approver_is_moved_by_who_may_alone(command: Any, event: Any) -> None:
    refused = given(DIVISION_BUDGET, *IN_FORCE).when(command, within(50, 10)).then_refused("second-approver")
    assert refused.remedy == "Ask somebody with the role executive (up to 500 EUR)."
    executive = within(50, 10, Approver(roles=frozenset({Role.EXECUTIVE})))
    given(DIVISION_BUDGET, *IN_FORCE).when(command, executive).then(event)
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(50, 30)).then(event)


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_the_entries_of_the_giving_division_count(command: Any, event: Any) -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30, division_id=OTHER)).then_refused("authority-limit")
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30, division_id=DIVISION)).then(event)


def test_a_transfer_that_arrived_is_not_judged_again() -> None:
    given(DIVISION_BUDGET, *IN_FORCE, transferred(-30, 70)).when(OUT, within(1)).then()
