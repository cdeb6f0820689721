"""The rules by which a risk that materialised draws on its project's contingency."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from chassis.domain.decider import Actor
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.project_budget.model import ContingencyTaken, ProjectBudget, ProjectBudgetFacts
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.domain.project_budget.spending import TakeContingency
from services.finance.funding.domain import contingency_draw
from services.finance.funding.domain.contingency_draw import CONTINGENCY_DRAW, ContingencyDrawFacts
from tests.scenarios import given

RISK, PROJECT, DIVISION = (UUID(int=n) for n in range(1, 4))
AT = datetime(2026, 11, 30, tzinfo=UTC)


def money(amount: int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


OPENED = finance.ProjectBudgetOpened(project_id=PROJECT, division_id=DIVISION, asked=money(100))
FUNDED = finance.ProjectFundingConfirmed(
    project_id=PROJECT, granted=money(100), contingency=money(10), division_budget_id=None
)
CLOSED = finance.ProjectBudgetClosed(project_id=PROJECT)
DRAW = contingency_draw.DrawContingency(project_id=PROJECT, amount=money(10))
DRAWN = finance.ContingencyDrawn(risk_id=RISK, project_id=PROJECT, amount=money(10), left=money(0))


def budget(*events: object) -> ProjectBudget | None:
    return PROJECT_BUDGET.fold(events)  # type: ignore[arg-type]


def facts(*events: object) -> ContingencyDrawFacts:
    return ContingencyDrawFacts(Actor("tests"), AT, RISK, budget=budget(*events))


def refusal(reason: str, left: Money | None, asked: Money = DRAW.amount) -> finance.ContingencyRefused:
    return finance.ContingencyRefused(risk_id=RISK, project_id=PROJECT, asked=asked, left=left, reason=reason)


def test_all_that_is_held_can_be_drawn_and_once() -> None:
    given(CONTINGENCY_DRAW).when(DRAW, facts(OPENED, FUNDED)).then(DRAWN)
    given(CONTINGENCY_DRAW, DRAWN).when(DRAW, facts(OPENED, FUNDED)).then()


@pytest.mark.parametrize(
    ("events", "asked", "reason", "left"),
    [
        ((), money(10), "The project has no budget.", None),
        ((OPENED,), money(10), "The project's budget is asked.", money(0)),
        ((OPENED, FUNDED, CLOSED), money(10), "The project's budget is closed.", money(0)),
        ((OPENED, FUNDED), money(10, "USD"), "The project's budget is in EUR.", money(10)),
        ((OPENED, FUNDED), money(11), "11 EUR was asked for, and 10 EUR is held.", money(10)),
        ((OPENED, FUNDED), money(0), "0 EUR was asked for, and 10 EUR is held.", money(10)),
    ],
)
def test_what_is_not_held_is_refused_with_the_reason(
    events: tuple[object, ...], asked: Money, reason: str, left: Money | None
) -> None:
    command = contingency_draw.DrawContingency(project_id=PROJECT, amount=asked)
    given(CONTINGENCY_DRAW).when(command, facts(*events)).then(refusal(reason, left, asked))


def test_a_refusal_stands_though_there_would_be_enough_later() -> None:
    refused = refusal("The project has no budget.", None)
    given(CONTINGENCY_DRAW, refused).when(DRAW, facts(OPENED, FUNDED)).then()


def test_the_budget_holds_so_much_less_and_has_so_much_more_available() -> None:
    state = CONTINGENCY_DRAW.fold([DRAWN])
    assert state is not None
    (order,) = contingency_draw.taken(DRAW, None, state, facts(OPENED, FUNDED))
    assert (order.id, order.command) == (PROJECT, TakeContingency(risk_id=RISK, amount=money(10)))
    taken = ContingencyTaken(risk_id=RISK, amount=money(10))
    on_budget = ProjectBudgetFacts(Actor("tests"), AT, PROJECT)
    given(PROJECT_BUDGET, OPENED, FUNDED).when(order.command, on_budget).then(taken)
    given(PROJECT_BUDGET, OPENED, FUNDED, taken).when(order.command, on_budget).then_refused("contingency-held")
    before, after = budget(OPENED, FUNDED), budget(OPENED, FUNDED, taken)
    assert before is not None
    assert after is not None
    assert (before.contingency, before.available) == (money(10), money(90))
    assert (after.contingency, after.available) == (money(0), money(100))
    refused = CONTINGENCY_DRAW.fold([refusal("The project has no budget.", None)])
    assert refused is not None
    assert contingency_draw.taken(DRAW, None, refused, facts()) == []
