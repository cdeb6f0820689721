"""The rules of year ends: what closes, carries and lapses, and that no cent appears or vanishes."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, IssuedCommand, Refused
from contracts import finance
from contracts.finance import closing as contract
from contracts.roles import Role
from contracts.values import Money
from services.finance.budgets.domain import money as sums
from services.finance.budgets.domain.division_budget import carrying, charging, model
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET, passed_on
from services.finance.closing.commands import YEAR_ENDS
from services.finance.closing.domain import year_end
from services.finance.closing.domain.carry import Holding, by_name, closing, without_rule
from services.finance.closing.domain.year_end import YEAR_END, Review, YearEnd, YearEndStatus
from tests.scenarios import given, who_may

ID, ROOT, NEXT, ABOVE = (UUID(int=n) for n in range(1, 5))
AT = datetime(2027, 1, 8, 9, tzinfo=UTC)
RULES = (contract.CarryRule(category="software", share=Decimal(50)), contract.CarryRule(category="travel", share=0))
QUARTERS = (Decimal(25),) * 4


def money(amount: str | int | Decimal, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def budget(*lines: tuple[str, str], currency: str = "EUR", **known: Any) -> model.DivisionBudget:
    drawn = tuple(
        finance.BudgetLine(
            category=category,
            cost_kind=finance.CostKind.OPEX,
            purpose=finance.Purpose.RUN,
            amount=money(amount, currency),
            spread=QUARTERS,
        )
        for category, amount in lines
    )
    whole = money(sum(line.amount.amount for line in drawn), currency)
    values: dict[str, Any] = {
        "division_id": UUID(int=9),
        "fiscal_year": 2026,
        "parent_budget_id": None,
        "lines": drawn,
        "status": "approved",
        "original": whole,
        "current": whole,
    }
    return model.DivisionBudget(**values | known)


def charged(**categories: tuple[str, str, str]) -> dict[str, sums.Sums]:
    names = ("planned", "committed", "spent")
    return {
        category: sums.Sums(**dict(zip(names, map(Decimal, of), strict=True))) for category, of in categories.items()
    }


HELD = budget(
    ("software", "100"), ("travel", "60"), charged=charged(software=("5", "10", "25"), travel=("0", "0", "40"))
)
HOLDING = Holding(ROOT, HELD, Decimal(0), NEXT, (ABOVE,))


def facts(name: str = "approver", for_whom: str | None = None, **known: Any) -> year_end.YearEndFacts:
    actor = Actor(name, frozenset({Role.FINANCE_CONTROLLER}), for_whom=for_whom)
    return year_end.YearEndFacts(**{"actor": actor, "at": AT, "id": ID, "parent": HELD, **known})


def prepare(**known: Any) -> year_end.PrepareYearEnd:
    return year_end.PrepareYearEnd(**{"fiscal_year": 2026, "parent_budget_id": ROOT, "rules": RULES, **known})


PREPARED = contract.YearEndPrepared(
    fiscal_year=2026, parent_budget_id=ROOT, rules=RULES, prepared_by="preparer", prepared_for=None
)
APPROVE, STEP = year_end.ApproveYearEnd(), year_end.CloseNextBudgets()
APPROVED = contract.YearEndApproved(budgets=1, approved_by="approver", approved_for=None, approved_at=AT)
TOTALS = contract.YearTotals(current=160, spent=65, carried=Decimal("45"), lapsed=Decimal("50"))
ADVANCED = year_end.YearEndAdvanced(budgets=1, totals=(contract.TotalsOf(currency="EUR", totals=TOTALS),))
DONE = contract.YearEndDone(budgets=1, totals=ADVANCED.totals)


def test_orders_carry_with_their_money_and_the_rest_of_each_category_by_its_rule() -> None:
    found = closing(HOLDING, by_name(RULES))
    assert found.totals == TOTALS
    assert found.open == (carrying.OpenItem(category="software", planned=5, committed=10),)


def test_what_came_later_is_shared_over_the_categories_in_proportion_to_what_is_left_of_each() -> None:
    more = HELD.but(current=money("175.01"))
    found = closing(Holding(ROOT, more, Decimal(0), NEXT), by_name(RULES)).totals
    # 95.01 are free: 60 of 80 of them are software's 71.26, half of which is carried.
    assert (found.carried, found.lapsed) == (Decimal("15") + Decimal("35.63"), Decimal("95.01") - Decimal("35.63"))


@pytest.mark.parametrize(
    ("current", "granted", "carried", "lapsed", "overspent"),
    [
        ("160", "0", "45", "50", "0"),
        ("75", "0", "10", "0", "0"),
        ("60", "0", "0", "0", "5"),
        ("160", "96", "0", "0", "1"),
    ],
)
def test_orders_carry_only_money_that_is_there_and_what_was_overspent_stays_in_its_year(
    current: str, granted: str, carried: str, lapsed: str, overspent: str
) -> None:
    found = closing(Holding(ROOT, HELD.but(current=money(current)), Decimal(granted), NEXT), by_name(RULES)).totals
    assert [found.carried, found.lapsed, found.overspent] == [Decimal(each) for each in (carried, lapsed, overspent)]


def test_a_budget_takes_one_of_the_next_year_only_where_something_is_carried() -> None:
    none = by_name(contract.CarryRule(category=name, share=0) for name in ("software", "travel"))
    assert closing(HOLDING, none).needs_next
    assert not closing(Holding(ROOT, budget(("travel", "60")), Decimal(0)), none).needs_next
    assert closing(Holding(ROOT, budget(("software", "60")), Decimal(0)), by_name(RULES)).needs_next


def test_categories_without_a_rule_are_named() -> None:
    assert without_rule([HELD, budget(("hardware", "1"))], RULES[:1]) == ["hardware", "travel"]


def test_a_year_end_is_prepared_from_the_root_of_a_tree() -> None:
    given(YEAR_END).when(prepare(), facts("preparer")).then(PREPARED)
    below = HELD.but(parent_budget_id=ABOVE)
    given(YEAR_END).when(prepare(), facts(parent=below)).then_refused("from-the-root")
    given(YEAR_END).when(prepare(), facts(parent=None)).then_refused("parent-unknown")
    given(YEAR_END).when(prepare(fiscal_year=2025), facts()).then_refused("parent-unknown")


def test_there_is_one_year_end_for_a_year_and_a_tree() -> None:
    assert year_end.id_of(prepare()) == year_end.id_of(prepare(rules=()))
    others = [prepare(fiscal_year=2025), prepare(parent_budget_id=None), prepare(parent_budget_id=ABOVE)]
    assert len({year_end.id_of(each) for each in [prepare(), *others]}) == 4


def test_its_rules_may_change_until_it_is_approved() -> None:
    given(YEAR_END, PREPARED).when(prepare(), facts()).then()
    given(YEAR_END, PREPARED).when(prepare(rules=()), facts("preparer")).then(PREPARED.model_copy(update={"rules": ()}))
    given(YEAR_END, PREPARED, APPROVED).when(prepare(), facts()).then()
    given(YEAR_END, PREPARED, APPROVED).when(prepare(rules=()), facts()).then_refused("year-end-once")


def test_a_category_has_one_rule() -> None:
    with pytest.raises(ValidationError):
        prepare(rules=(RULES[0], RULES[0]))


def test_nobody_approves_what_they_prepared() -> None:
    ready: dict[str, Any] = {"review": Review(budgets=1)}
    who_may(YEAR_ENDS, PREPARED).when(APPROVE, facts("preparer", **ready)).then_refused("preparer-is-not-approver")
    who_may(YEAR_ENDS, PREPARED).when(APPROVE, facts(**ready)).then(APPROVED)
    given(YEAR_END, PREPARED, APPROVED).when(APPROVE, facts()).then()


def test_a_year_is_closed_once_it_is_over() -> None:
    early = facts(at=datetime(2026, 12, 31, 12, tzinfo=UTC))
    given(YEAR_END, PREPARED).when(APPROVE, early).then_refused("year-not-over")


@pytest.mark.parametrize(
    ("review", "rule"),
    [
        (Review(without_rule=("hardware",)), "rule-missing"),
        (Review(without_next=(ABOVE,)), "next-budget-missing"),
        (Review(submitted=(ABOVE,)), "budgets-undecided"),
    ],
)
def test_what_is_not_decided_stops_the_approval(review: Review, rule: str) -> None:
    refused = given(YEAR_END, PREPARED).when(APPROVE, facts(review=review)).then_refused(rule)
    assert str(ABOVE) in refused.detail or "hardware" in refused.detail


def test_it_runs_in_steps_until_nothing_is_left_to_close() -> None:
    running = (PREPARED, APPROVED)
    given(YEAR_END, *running).when(STEP, facts(holdings=(HOLDING,))).then(ADVANCED)
    given(YEAR_END, *running, ADVANCED).when(STEP, facts()).then(DONE)
    given(YEAR_END, *running, ADVANCED, DONE).when(STEP, facts(holdings=(HOLDING,))).then()
    lost = Holding(ROOT, HELD, Decimal(0))
    given(YEAR_END, *running).when(STEP, facts(holdings=(lost,))).then_refused("next-budget-missing")


def test_only_what_runs_goes_on_by_itself() -> None:
    states = [YEAR_END.fold(events) for events in ([PREPARED], [PREPARED, APPROVED], [PREPARED, APPROVED, DONE])]
    assert [YEAR_END.due_at(state) for state in states] == [None, AT, None]


CARRIED = carrying.CarryOver(year_end_id=ID, carried_to=NEXT, carried=money(45), lapsed=money(50), overspent=money(0))


def on_budget(id: UUID = ROOT, allotted: Money | None = None) -> model.DivisionBudgetFacts:
    return model.DivisionBudgetFacts(Actor("system:finance"), AT, id, allotted=allotted or money(0))


def issued(*holdings: Holding) -> list[IssuedCommand]:
    before = YEAR_END.fold([PREPARED, APPROVED])
    assert isinstance(before, YearEnd)
    return [*year_end.carried(STEP, before, before, facts(holdings=holdings))]


def test_next_years_budget_and_those_above_it_grow_in_the_same_append() -> None:
    open_ = (carrying.OpenItem(category="software", planned=5, committed=10),)
    known = {"year_end_id": ID, "open": open_}
    into = carrying.CarryForward(from_budget_id=ROOT, amount=money(45), below=money(0), **known)
    through = carrying.CarryForward(year_end_id=ID, from_budget_id=None, amount=money(0), below=money(45))
    assert issued(HOLDING) == [
        IssuedCommand(DIVISION_BUDGET, ROOT, CARRIED),
        IssuedCommand(DIVISION_BUDGET, NEXT, into),
        IssuedCommand(DIVISION_BUDGET, ABOVE, through),
    ]


def test_a_budget_carries_over_exactly_what_is_left_and_is_closed_with_nothing_available() -> None:
    events = DIVISION_BUDGET.decide(HELD, CARRIED, on_budget())
    assert [type(event).__name__ for event in events] == [
        "DivisionBudgetCarriedOver",
        "DivisionBudgetCharged",
        "DivisionBudgetClosed",
    ]
    after = DIVISION_BUDGET.fold(events, HELD)
    assert after is not None
    assert (after.status, after.carried_to) == ("closed", NEXT)
    assert after.charges.committed == after.available(None) == 0
    wrong = CARRIED.model_copy(update={"lapsed": money("50.01")})
    with pytest.raises(Refused, match="all-that-is-left"):
        DIVISION_BUDGET.decide(HELD, wrong, on_budget())


def test_what_comes_late_to_a_closed_budget_is_passed_on_to_where_the_money_is() -> None:
    closed = DIVISION_BUDGET.fold(DIVISION_BUDGET.decide(HELD, CARRIED, on_budget()), HELD)
    late = charging.ChargeDivisionBudget(category="software", currency="EUR", committed=Decimal(-10), spent=Decimal(12))
    charged_ = DIVISION_BUDGET.fold(DIVISION_BUDGET.decide(closed, late, on_budget()), closed)
    assert DIVISION_BUDGET.due_at(closed) is None
    assert DIVISION_BUDGET.due_at(charged_) == datetime(2026, 1, 1, tzinfo=UTC)
    events = DIVISION_BUDGET.decide(charged_, carrying.PassOn(), on_budget())
    after = DIVISION_BUDGET.fold(events, charged_)
    assert isinstance(after, model.DivisionBudget)
    assert isinstance(closed, model.DivisionBudget)
    assert after.charges == closed.charges
    assert not after.late
    assert not after.overrun
    taken = carrying.TakeOnLate(
        category="software", currency="EUR", sums=sums.Sums(committed=Decimal(-10), spent=Decimal(12))
    )
    (order,) = passed_on(carrying.PassOn(), charged_, after, on_budget())
    assert order == IssuedCommand(DIVISION_BUDGET, NEXT, taken)
    assert DIVISION_BUDGET.decide(after, carrying.PassOn(), on_budget()) == []
    new = DIVISION_BUDGET.decide(budget(("software", "9")), taken, on_budget(NEXT))
    assert [type(event).__name__ for event in new] == ["DivisionBudgetCharged"]


def cents(chance: random.Random) -> str:
    return str(Decimal(chance.randint(0, 30_000)) / 100)


def world(seed: int) -> tuple[dict[UUID, model.DivisionBudget], dict[UUID, model.DivisionBudget]]:
    """A random tree of budgets of one year, and the same divisions' budgets of the next."""
    chance = random.Random(seed)
    this: dict[UUID, model.DivisionBudget] = {}
    coming: dict[UUID, model.DivisionBudget] = {}
    for number in range(chance.randint(1, 12)):
        parent = chance.choice(list(this)) if this else None
        lines = [(name, str(Decimal(chance.randint(1, 90_000)) / 100)) for name in ("software", "travel")]
        made = budget(
            *lines,
            parent_budget_id=parent,
            division_id=UUID(int=1000 + number),
            charged=charged(
                software=(cents(chance), cents(chance), cents(chance)),
                other=(cents(chance), "0", str(-(Decimal(cents(chance)) // 3))),
            ),
        )
        this[UUID(int=100 + number)] = made
        above = UUID(int=parent.int + 100) if parent else None
        coming[UUID(int=200 + number)] = budget(("software", "9"), fiscal_year=2027, parent_budget_id=above)
    return this, coming


def granted(budgets: dict[UUID, model.DivisionBudget], id: UUID) -> Decimal:
    return sum((each.current.amount for each in budgets.values() if each.parent_budget_id == id), Decimal(0))


def above_of(budgets: dict[UUID, model.DivisionBudget], id: UUID) -> tuple[UUID, ...]:
    parent = budgets[id].parent_budget_id
    return (parent, *above_of(budgets, parent)) if parent else ()


@pytest.mark.parametrize("seed", range(200))
def test_what_the_old_budgets_had_is_spent_lapsed_or_carried_to_the_cent(seed: int) -> None:
    this, coming = world(seed)
    chance = random.Random(seed)
    share = Decimal(chance.randint(0, 10_000)) / 100
    rules = tuple(contract.CarryRule(category=name, share=share) for name in ("software", "travel"))
    before = YEAR_END.fold([PREPARED.model_copy(update={"rules": rules}), APPROVED])
    assert isinstance(before, YearEnd)
    own = {id: each.current.amount - granted(coming, id) for id, each in coming.items()}
    old, year = dict(this), before
    while still := [id for id, each in this.items() if each.status == "approved"]:
        step = chance.sample(still, min(3, len(still)))
        holdings = tuple(
            Holding(id, this[id], granted(this, id), UUID(int=id.int + 100), above_of(coming, UUID(int=id.int + 100)))
            for id in step
        )
        known = facts(holdings=holdings)
        events = YEAR_END.decide(year, STEP, known)
        year = YEAR_END.fold(events, year)  # type: ignore[assignment]
        for order in year_end.carried(STEP, before, year, known):
            of = this if order.id in this else coming
            below = getattr(order.command, "below", money(0))
            allotted = money(granted(of, order.id)) + below
            of[order.id] = DIVISION_BUDGET.fold(  # type: ignore[assignment]
                DIVISION_BUDGET.decide(of[order.id], order.command, on_budget(order.id, allotted)), of[order.id]
            )
    whole = year.totals["EUR"]
    assert whole.current + whole.overspent == whole.granted + whole.spent + whole.carried + whole.lapsed
    assert whole.current == sum(each.current.amount for each in old.values())
    assert min(whole.carried, whole.lapsed, whole.overspent) >= 0
    # Each budget of the next year has for itself what its own one carried, and those below it stay within it.
    for id, each in coming.items():
        was = this[UUID(int=id.int - 100)]
        assert each.current.amount - granted(coming, id) - own[id] == was.carried_over
        assert (was.status, was.current) == ("closed", old[UUID(int=id.int - 100)].current)
        assert was.charges.planned == was.charges.committed == 0
    for figure in ("planned", "committed"):
        moved = sum(getattr(each.charges, figure) for each in coming.values())
        assert moved == sum(getattr(each.charges, figure) for each in old.values())


def test_it_says_how_far_it_has_come() -> None:
    state = YEAR_END.fold([PREPARED, APPROVED, ADVANCED, ADVANCED])
    assert isinstance(state, YearEnd)
    assert (state.status, state.closed, state.totals["EUR"].carried) == (YearEndStatus.RUNNING, 2, Decimal(90))
