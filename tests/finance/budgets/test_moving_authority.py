"""Money that moves between budgets under an authority matrix."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.finance.authority import AuthorityEntry
from contracts.roles import Role
from services.finance.authority.domain.approval import Approver, Powers
from services.finance.budgets.domain.division_budget import model, moving
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from tests.finance.budgets.test_division_budget import (
    BELOW,
    BUDGET,
    CLOSED,
    DIVISION,
    IN_FORCE,
    OTHER,
    OUT,
    SUPPLEMENT,
    TRANSFER,
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


def within(
    up_to: int,
    second_above: int | None = None,
    approver: Approver = CONTROLLER,
    *,
    division_id: UUID | None = None,
    **known: Any,
) -> Any:
    """Facts under a matrix in which a controller may move so much."""
    above = None if second_above is None else Decimal(second_above)
    limit = {"up_to": money(up_to), "second_above": above, "division_id": division_id}
    entry = AuthorityEntry(role=Role.FINANCE_CONTROLLER, **limit)
    powers = Powers((entry, EXECUTIVE), approver, divisions=(DIVISION,))
    usual: dict[str, Any] = {"allotted": money(0), "other": funds(1000), "powers": powers}
    return facts(**usual | known)


def first_approved(command: Any) -> model.MovementApprovedFirst:
    """A controller has approved it, and somebody else has to."""
    out = isinstance(command, moving.TransferOut)
    return model.MovementApprovedFirst(
        movement_id=TRANSFER if out else BUDGET,
        other_budget_id=OTHER if out else None,
        amount=command.amount,
        reason=command.reason,
        approved_by="controller",
        approved_for=None,
    )


def approved(waits: model.MovementApprovedFirst, by: str) -> model.MovementApproved:
    return model.MovementApproved(movement_id=waits.movement_id, approved_by=by, approved_for=None)


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_money_is_moved_within_the_authority_of_who_orders_it(command: Any, event: Any) -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30)).then(event)
    refused = given(DIVISION_BUDGET, *IN_FORCE).when(command, within(19)).then_refused("authority-limit")
    assert refused.remedy == "Ask somebody with the role executive (up to 500 EUR)."
    nobody = within(30, approver=Approver())
    given(DIVISION_BUDGET, *IN_FORCE).when(command, nobody).then_refused("authority-limit")


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_what_needs_a_second_approver_moves_once_another_one_approved_it(command: Any, event: Any) -> None:
    waits = first_approved(command)
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(50, 10)).then(waits)
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(50, 30)).then(event)
    approve = moving.ApproveMovement(movement_id=waits.movement_id)
    waiting = given(DIVISION_BUDGET, *IN_FORCE, waits)
    waiting.when(approve, within(50, 10, actor="another")).then(approved(waits, "another"), event)
    waiting.when(approve, within(19, actor="another")).then_refused("authority-limit")
    refused = given(DIVISION_BUDGET, *IN_FORCE).when(approve, within(50, 10)).then_refused("movement-waits")
    assert refused.remedy == "Name one of those in `waiting`; a supplement has its budget's id."


@pytest.mark.parametrize("command", [SUPPLEMENT, OUT])
def test_the_second_approver_is_neither_the_first_nor_stands_in_for_them(command: Any) -> None:
    waits = first_approved(command)
    approve = moving.ApproveMovement(movement_id=waits.movement_id)
    for known in (within(50, 10), within(50, 10, actor="another", for_whom="controller")):
        given(DIVISION_BUDGET, *IN_FORCE, waits).when(approve, known).then_refused("second-approver-is-another")
    for_them = waits.model_copy(update={"approved_for": "another"})
    again = within(50, 10, actor="another")
    given(DIVISION_BUDGET, *IN_FORCE, for_them).when(approve, again).then_refused("second-approver-is-another")


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_who_may_alone_moves_it_alone(command: Any, event: Any) -> None:
    executive = within(50, 10, Approver(roles=frozenset({Role.EXECUTIVE})))
    given(DIVISION_BUDGET, *IN_FORCE).when(command, executive).then(event)


@pytest.mark.parametrize("command", [SUPPLEMENT, OUT])
def test_what_waits_is_judged_by_how_things_stand_when_it_is_approved(command: Any) -> None:
    waits = first_approved(command)
    approve = moving.ApproveMovement(movement_id=waits.movement_id)
    nothing_left = within(50, 10, actor="another", allotted=money(100), parent=funds(0))
    given(DIVISION_BUDGET, *BELOW, waits).when(approve, nothing_left).then_refused("exceeds-division-budget")
    closed = given(DIVISION_BUDGET, *IN_FORCE, waits, CLOSED)
    closed.when(approve, within(50, 10, actor="another")).then_refused("period-closed")


@pytest.mark.parametrize("command", [SUPPLEMENT, OUT])
def test_what_waits_is_withdrawn_and_does_not_move(command: Any) -> None:
    waits = first_approved(command)
    withdraw = moving.WithdrawMovement(movement_id=waits.movement_id, reason="Not needed.")
    withdrawn = model.MovementWithdrawn(movement_id=waits.movement_id, reason="Not needed.")
    given(DIVISION_BUDGET, *IN_FORCE, waits).when(withdraw, within(50, 10)).then(withdrawn)
    after = given(DIVISION_BUDGET, *IN_FORCE, waits, withdrawn)
    after.when(withdraw, within(50, 10)).then_refused("movement-waits")
    after.when(moving.ApproveMovement(movement_id=waits.movement_id), within(50, 10)).then_refused("movement-waits")


def test_one_supplement_of_a_budget_waits_at_a_time() -> None:
    scenario = given(DIVISION_BUDGET, *IN_FORCE, first_approved(SUPPLEMENT))
    scenario.when(SUPPLEMENT, within(50, 10)).then_refused("one-supplement-waits")


def test_a_transfer_that_waits_is_ordered_again_only_with_the_same_facts() -> None:
    scenario = given(DIVISION_BUDGET, *IN_FORCE, first_approved(OUT))
    scenario.when(OUT, within(50, 10)).then()
    other = OUT.model_copy(update={"amount": money(31)})
    scenario.when(other, within(50, 10)).then_refused("transfer-differs")
    scenario.when(other, within(500)).then_refused("transfer-differs")
    scenario.when(OUT, within(500)).then(transferred(-30, 70))


def test_approving_a_transfer_again_changes_nothing() -> None:
    waits = first_approved(OUT)
    scenario = given(DIVISION_BUDGET, *IN_FORCE, waits, approved(waits, "another"), transferred(-30, 70))
    scenario.when(moving.ApproveMovement(movement_id=TRANSFER), within(50, 10)).then()


def test_a_bounded_number_of_movements_waits() -> None:
    waiting = [first_approved(OUT).model_copy(update={"movement_id": UUID(int=100 + n)}) for n in range(50)]
    scenario = given(DIVISION_BUDGET, *IN_FORCE, *waiting)
    scenario.when(OUT, within(50, 10)).then_refused("too-many-movements-wait")


@pytest.mark.parametrize(("command", "event"), MOVES)
def test_the_entries_of_the_giving_division_count(command: Any, event: Any) -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30, division_id=OTHER)).then_refused("authority-limit")
    given(DIVISION_BUDGET, *IN_FORCE).when(command, within(30, division_id=DIVISION)).then(event)


def test_a_transfer_that_arrived_is_not_judged_again() -> None:
    given(DIVISION_BUDGET, *IN_FORCE, transferred(-30, 70)).when(OUT, within(1)).then()
