"""Lineage: every cent that is spent comes from first allotments, oldest first, whatever way it took."""

import random
from decimal import Decimal
from uuid import UUID

import pytest

from services.finance.lineage.domain.lineage import (
    Ledger,
    Movement,
    MovementKind,
    Origin,
    OriginKind,
    Part,
    Place,
    Step,
    forward,
    merged,
    total,
)

A, B, C = (UUID(int=n) for n in range(1, 4))
INVOICE, OTHER, MOVE = UUID(int=11), UUID(int=12), UUID(int=21)


def told(*said: tuple[MovementKind, UUID, int] | tuple[MovementKind, UUID, int, UUID | None, UUID | None]) -> Ledger:
    moved = []
    for order, (kind, budget, amount, *more) in enumerate(said, 1):
        to_id, id = more or (None, None)
        moved.append(Movement(order, kind, budget, Decimal(amount), to_id, id))
    return Ledger(moved)


def allotted(budget: UUID, amount: int) -> tuple[MovementKind, UUID, int]:
    return MovementKind.ALLOTTED, budget, amount


def moved(budget: UUID, to: UUID, amount: int) -> tuple[MovementKind, UUID, int, UUID | None, UUID | None]:
    return MovementKind.TRANSFERRED, budget, amount, to, MOVE


def spent(budget: UUID, amount: int, id: UUID = INVOICE) -> tuple[MovementKind, UUID, int, UUID | None, UUID | None]:
    return MovementKind.SPENT, budget, amount, None, id


def sums(ledger: Ledger, id: UUID = INVOICE) -> list[tuple[int, UUID, int]]:
    return [(part.origin.order, part.origin.budget_id, int(part.amount)) for part in merged(ledger.spent(id))]


def test_an_expense_comes_from_the_oldest_money_of_its_budget() -> None:
    more = (MovementKind.SUPPLEMENTED, A, 50)
    ledger = told(allotted(A, 100), more, spent(A, 70, OTHER), spent(A, 60))
    assert sums(ledger) == [(1, A, 30), (2, A, 30)]
    assert ledger.spent(INVOICE)[1].origin.kind is OriginKind.SUPPLEMENTED


def test_money_that_was_transferred_keeps_its_age_and_its_way() -> None:
    ledger = told(allotted(A, 100), allotted(B, 100), moved(A, B, 40), spent(B, 50))
    step = Step(MovementKind.TRANSFERRED, A, B, MOVE)
    assert merged(ledger.spent(INVOICE)) == [
        Part(Decimal(40), Origin(1, A, OriginKind.ALLOTTED), (step,)),
        Part(Decimal(10), Origin(2, B, OriginKind.ALLOTTED)),
    ]


def test_a_cycle_of_transfers_ends() -> None:
    ledger = told(allotted(A, 100), moved(A, B, 100), moved(B, A, 100), moved(A, B, 100), spent(B, 100))
    (part,) = ledger.spent(INVOICE)
    assert [(step.from_id, step.to_id) for step in part.path] == [(A, B), (B, A), (A, B)]
    assert forward(ledger, A, lambda place: place) == {Place(B, MovementKind.SPENT, INVOICE): 100}


def test_what_is_taken_back_gives_back_what_it_took() -> None:
    back = spent(A, -70, OTHER)
    ledger = told(allotted(A, 70), (MovementKind.SUPPLEMENTED, A, 50), spent(A, 70, OTHER), back, spent(A, 80))
    assert sums(ledger) == [(1, A, 70), (2, A, 10)]
    assert ledger.spent(OTHER) == []


def test_a_credit_is_money_of_its_own() -> None:
    ledger = told(allotted(A, 10), spent(A, -5, OTHER), spent(A, 15))
    assert [part.origin.kind for part in merged(ledger.spent(INVOICE))] == [OriginKind.ALLOTTED, OriginKind.CREDITED]


def test_what_exceeds_a_budget_is_covered_by_the_next_money_that_comes() -> None:
    over = told(allotted(A, 10), spent(A, 15))
    assert [(part.amount, part.origin.kind) for part in over.spent(INVOICE)] == [
        (Decimal(10), OriginKind.ALLOTTED),
        (Decimal(5), OriginKind.OVERSPENT),
    ]
    covered = told(allotted(A, 10), spent(A, 15), (MovementKind.SUPPLEMENTED, A, 8))
    assert sums(covered) == [(1, A, 10), (3, A, 5)]
    assert total(covered.held[A]) == 3


def test_what_is_on_order_would_be_paid_from_what_is_left() -> None:
    ledger = told(allotted(A, 10), (MovementKind.SUPPLEMENTED, A, 8), spent(A, 6))
    assert [int(part.amount) for part in ledger.reserve(A, Decimal(7))] == [4, 3]


def test_forward_says_where_the_money_of_a_budget_is() -> None:
    year_end = UUID(int=31)
    carried = (MovementKind.CARRIED, A, 20, C, year_end)
    lapsed = (MovementKind.LAPSED, A, 10, None, year_end)
    ledger = told(allotted(A, 100), moved(A, B, 40), spent(B, 15), spent(A, 30, OTHER), lapsed, carried)
    found = forward(ledger, A, lambda place: Place(place.budget_id, place.kind))
    assert {(place.budget_id, place.kind): int(amount) for place, amount in found.items()} == {
        (A, MovementKind.SPENT): 30,
        (A, MovementKind.LAPSED): 10,
        (B, MovementKind.SPENT): 15,
        (B, None): 25,
        (C, None): 20,
    }


@pytest.mark.parametrize("seed", range(100))
def test_the_parts_of_every_expense_sum_to_it_and_no_cent_is_in_two_places(seed: int) -> None:
    chance = random.Random(seed)
    budgets = [UUID(int=n) for n in range(1, 6)]
    moves: list[Movement] = []
    expenses: dict[UUID, tuple[UUID, Decimal]] = {}
    for order in range(1, 300):
        budget, other = chance.sample(budgets, 2)
        amount = Decimal(chance.randint(1, 10_000)) / 100
        kind = chance.choice([*MovementKind][:4] + [MovementKind.SPENT] * 3)
        if kind is MovementKind.SPENT and expenses and chance.random() < 0.2:
            id = chance.choice([*expenses])
            budget, amount = expenses.pop(id)
            moves.append(Movement(order, kind, budget, -amount, None, id))
            continue
        id = UUID(int=1000 + order)
        if kind is MovementKind.SPENT:
            expenses[id] = budget, amount
        moves.append(Movement(order, kind, budget, amount, other, id))
    ledger = Ledger(moves)
    for id, (_, amount) in expenses.items():
        assert total(ledger.spent(id)) == amount
    came = sum(each.amount for each in moves if each.kind in (MovementKind.ALLOTTED, MovementKind.SUPPLEMENTED))
    missing = [part for parts in ledger.places().values() for part in parts if part.origin.kind is OriginKind.OVERSPENT]
    assert sum(total(parts) for parts in ledger.places().values()) - total(missing) == came
