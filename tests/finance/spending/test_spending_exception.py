"""The rules of exceptions to a stop, and how orders use them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Deadline, IssuedCommand
from contracts import finance
from contracts.finance import Control, exceptions
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.organisation.domain.known import KnownDivision
from services.finance.spending import access
from services.finance.spending.domain import commitment, spending_exception
from services.finance.spending.domain.commitment import COMMITMENT
from services.finance.spending.domain.spending_exception import SPENDING_EXCEPTION, SpendingExceptionFacts
from tests.finance.budgets.test_division_budget import BUDGET, CLOSED, DIVISION, IN_FORCE, money
from tests.finance.budgets.test_division_budget import facts as on_budget
from tests.finance.spending.story import DRAFTED, HELD, MADE, OF_PROJECT, ORDER, PLANNED, TODAY, actor, at, on_order
from tests.scenarios import given

EXCEPTION = UUID(int=60)
OF: dict[str, Any] = {"division_budget_id": BUDGET, "category": "licences"}
ASK = spending_exception.AskSpendingException(**OF, amount=money(80), reason="An audit.")
ASKED = exceptions.SpendingExceptionAsked(
    **OF, amount=money(80), reason="An audit.", division_id=DIVISION, asked_by="controller", asked_for=None
)
GRANT = spending_exception.GrantSpendingException(limit=money(70), ends_on=TODAY)
GRANTED = exceptions.SpendingExceptionGranted(limit=money(70), ends_on=TODAY, granted_by="head", granted_for=None)
REFUSE = spending_exception.RefuseSpendingException(reason="Spend less.")
REFUSED = exceptions.SpendingExceptionRefused(reason="Spend less.")
WITHDRAW = spending_exception.WithdrawSpendingException(reason="Over.")
END = spending_exception.EndSpendingException()
IN_USE = (ASKED, GRANTED)
PLAN = commitment.PlanCommitment(exception_id=EXCEPTION)
PLACE = commitment.PlaceOrder(exception_id=EXCEPTION)


def facts(
    name: str = "controller", for_whom: str | None = None, later: int = 0, **known: Any
) -> SpendingExceptionFacts:
    now = at(name, for_whom)
    now["at"] += timedelta(days=later)
    return SpendingExceptionFacts(**now, id=EXCEPTION, **{"budget": HELD, **known})


def use(amount: int, **other: Any) -> spending_exception.UseSpendingException:
    return spending_exception.UseSpendingException(**{**OF, "commitment_id": ORDER, "amount": money(amount), **other})


def used(amount: int, total: int) -> exceptions.SpendingExceptionUsed:
    return exceptions.SpendingExceptionUsed(commitment_id=ORDER, amount=money(amount), used=money(total))


def ended(total: int, reason: str | None = None) -> exceptions.SpendingExceptionEnded:
    return exceptions.SpendingExceptionEnded(used=money(total), reason=reason)


def test_an_exception_is_asked_for_a_category_of_an_open_budget_and_once() -> None:
    given(SPENDING_EXCEPTION).when(ASK, facts()).then(ASKED)
    given(SPENDING_EXCEPTION, ASKED).when(ASK, facts()).then()
    other = ASK.model_copy(update={"amount": money(1)})
    given(SPENDING_EXCEPTION, ASKED).when(other, facts()).then_refused("already-exists")
    given(SPENDING_EXCEPTION).when(ASK, facts(budget=None)).then_refused("budget-unknown")
    over = DIVISION_BUDGET.fold((*IN_FORCE, CLOSED))
    given(SPENDING_EXCEPTION).when(ASK, facts(budget=over)).then_refused("period-closed")
    for amount, rule in ((money(1, "USD"), "currency-differs"), (money(0), "amount-positive")):
        given(SPENDING_EXCEPTION).when(ASK.model_copy(update={"amount": amount}), facts()).then_refused(rule)


def test_no_more_is_granted_than_was_asked_and_not_for_days_that_are_over() -> None:
    given(SPENDING_EXCEPTION, ASKED).when(GRANT, facts("head")).then(GRANTED)
    given(SPENDING_EXCEPTION, *IN_USE).when(GRANT, facts("head")).then()
    for change, rule in (
        ({"limit": money(81)}, "limit-within-asked"),
        ({"limit": money(0)}, "amount-positive"),
        ({"limit": money(1, "USD")}, "currency-differs"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends-ahead"),
    ):
        given(SPENDING_EXCEPTION, ASKED).when(GRANT.model_copy(update=change), facts("head")).then_refused(rule)


def test_what_is_decided_is_not_decided_otherwise() -> None:
    given(SPENDING_EXCEPTION, ASKED).when(REFUSE, facts("head")).then(REFUSED)
    given(SPENDING_EXCEPTION, ASKED, REFUSED).when(REFUSE, facts("head")).then()
    given(SPENDING_EXCEPTION, ASKED, REFUSED).when(GRANT, facts("head")).then_refused("exception-status")
    given(SPENDING_EXCEPTION, *IN_USE).when(REFUSE, facts("head")).then_refused("exception-status")


def test_orders_use_no_more_than_the_limit_together_and_give_back_what_is_released() -> None:
    given(SPENDING_EXCEPTION, *IN_USE).when(use(40), facts()).then(used(40, 40))
    given(SPENDING_EXCEPTION, *IN_USE, used(40, 40)).when(use(31), facts()).then_refused("exception-limit")
    given(SPENDING_EXCEPTION, *IN_USE, used(40, 40)).when(use(30), facts()).then(used(30, 70))
    full = (*IN_USE, used(40, 40), used(30, 70))
    given(SPENDING_EXCEPTION, *full).when(use(1), facts()).then_refused("exception-limit")
    given(SPENDING_EXCEPTION, *full).when(use(-30), facts()).then(used(-30, 40))
    state = SPENDING_EXCEPTION.fold(full)
    assert state is not None
    assert state.status is spending_exception.SpendingExceptionStatus.USED_UP
    given(SPENDING_EXCEPTION, *full, used(-30, 40)).when(use(30), facts()).then(used(30, 70))


def test_only_a_granted_exception_of_the_same_budget_and_category_is_used() -> None:
    given(SPENDING_EXCEPTION).when(use(1), facts()).then_refused("exception-of-category")
    given(SPENDING_EXCEPTION, ASKED).when(use(1), facts()).then_refused("exception-status")
    for other in ({"category": "travel"}, {"division_budget_id": UUID(int=9)}):
        given(SPENDING_EXCEPTION, *IN_USE).when(use(1, **other), facts()).then_refused("exception-of-category")


def test_an_exception_holds_on_its_last_day_and_then_ends_by_itself() -> None:
    given(SPENDING_EXCEPTION, *IN_USE).when(END, facts()).then()
    given(SPENDING_EXCEPTION, *IN_USE).when(use(1), facts(later=1)).then_refused("exception-over")
    given(SPENDING_EXCEPTION, *IN_USE, used(40, 40)).when(END, facts(later=1)).then(ended(40))
    state = SPENDING_EXCEPTION.fold(IN_USE)
    assert state is not None
    assert spending_exception.due(state) == Deadline.on(date(2026, 11, 23), END)
    over = SPENDING_EXCEPTION.fold((*IN_USE, ended(0)))
    assert over is not None
    assert spending_exception.due(over) is None


def test_a_withdrawn_exception_is_used_no_more_but_still_gets_back() -> None:
    given(SPENDING_EXCEPTION, ASKED).when(WITHDRAW, facts()).then_refused("exception-status")
    given(SPENDING_EXCEPTION, *IN_USE, used(40, 40)).when(WITHDRAW, facts()).then(ended(40, "Over."))
    over = (*IN_USE, used(40, 40), ended(40, "Over."))
    given(SPENDING_EXCEPTION, *over).when(WITHDRAW, facts()).then()
    given(SPENDING_EXCEPTION, *over).when(use(1), facts()).then_refused("exception-status")
    given(SPENDING_EXCEPTION, *over).when(use(-40), facts()).then(used(-40, 0))


ABOVE, ITS_HEAD = UUID(int=71), UUID(int=72)
LINE = KnownDivision(open=True, heads=(ITS_HEAD, ABOVE), above=(ABOVE,), actor_works_here=True)


@pytest.mark.parametrize(
    ("who", "for_whom", "role", "may"),
    [
        (str(ABOVE), None, "staff", True),
        (str(ITS_HEAD), None, "manager", False),
        ("another", None, "finance-controller", True),
        ("another", None, "executive", True),
        ("another", None, "manager", False),
        ("controller", None, "finance-controller", False),
        ("another", "controller", "finance-controller", False),
    ],
)
def test_the_level_above_grants_it_and_never_who_asked(who: str, for_whom: Any, role: str, may: bool) -> None:
    known = facts(division=LINE)
    by = actor(who, for_whom)
    by = type(by)(by.id, frozenset({role}), for_whom=for_whom)
    asking = SpendingExceptionFacts(by, known.at, EXCEPTION, division=LINE)
    assert access.GRANTS_EXCEPTION.holds(asking, SPENDING_EXCEPTION.fold([ASKED]), GRANT) is may


def test_an_order_beyond_the_control_charges_the_budget_and_uses_the_exception() -> None:
    excepted = MADE.model_copy(update={"exception_id": EXCEPTION})
    given(COMMITMENT, DRAFTED).when(PLACE, on_order()).then(excepted)
    state, now = COMMITMENT.fold([DRAFTED]), COMMITMENT.fold([DRAFTED, excepted])
    assert now is not None
    charge = ChargeDivisionBudget(category="licences", currency="EUR", committed=Decimal(50), exception_id=EXCEPTION)
    expected = [IssuedCommand(DIVISION_BUDGET, BUDGET, charge), IssuedCommand(SPENDING_EXCEPTION, EXCEPTION, use(50))]
    assert list(commitment.charge(PLACE, state, now, on_order())) == expected


def test_a_planned_order_uses_its_exception_once_and_gives_back_what_is_given_up() -> None:
    planned = PLANNED.model_copy(update={"exception_id": EXCEPTION})
    placed = MADE.model_copy(update={"exception_id": EXCEPTION, "planned": money(50)})
    given(COMMITMENT, DRAFTED).when(PLAN, on_order()).then(planned)
    given(COMMITMENT, DRAFTED, planned).when(PLAN, on_order()).then()
    given(COMMITMENT, DRAFTED, planned).when(commitment.PlaceOrder(), on_order()).then(placed)
    given(COMMITMENT, DRAFTED, PLANNED).when(PLACE, on_order()).then_refused("bound-already")
    reason = {"reason": "No need.", "commitment_id": ORDER, "division_budget_id": BUDGET}
    released = finance.CommitmentReleased(amount=money(50), **reason)
    cancelled = finance.CommitmentCancelled(planned=money(50), **reason)
    assert uses(DRAFTED, after=[planned]) == [use(50)]
    assert uses(DRAFTED, planned, after=[placed]) == []
    assert uses(DRAFTED, planned, placed, after=[released]) == [use(-50)]
    assert uses(DRAFTED, planned, after=[cancelled]) == [use(-50)]


def uses(*before: Any, after: Any) -> list[Any]:
    """What an exception is told when these further events happen to an order."""
    state, now = COMMITMENT.fold(before), COMMITMENT.fold((*before, *after))
    assert now is not None
    issued = commitment.charge(PLACE, state, now, on_order())
    return [each.command for each in issued if each.decider is SPENDING_EXCEPTION]


def test_no_order_of_a_project_uses_an_exception() -> None:
    drafted = commitment.CommitmentDrafted(division_id=DIVISION, **OF_PROJECT)
    given(COMMITMENT, drafted).when(PLACE, on_order()).then_refused("exception-of-category")


@pytest.mark.parametrize("category", ["licences", "travel"])
@pytest.mark.parametrize("control", [{"annual": Control.STOP}, {"cumulative": Control.STOP}])
def test_an_exception_lifts_the_control_of_a_category_and_never_what_is_available(category: str, control: Any) -> None:
    known = on_budget(allotted=money(0), policy=FinancePolicy(fiscal_year_starts=1, **control))
    bound = {"category": category, "currency": "EUR"}
    stopped = ChargeDivisionBudget(**bound, committed=Decimal(70))
    excepted = stopped.model_copy(update={"exception_id": EXCEPTION})
    given(DIVISION_BUDGET, *IN_FORCE).when(stopped, known).then_refused("category-limit")
    charged, *warnings = DIVISION_BUDGET.decide(DIVISION_BUDGET.fold(IN_FORCE), excepted, known)
    assert isinstance(charged, finance.DivisionBudgetCharged)
    assert [event.exception_id for event in warnings if isinstance(event, finance.CategoryLimitExceeded)] != []
    assert {getattr(event, "exception_id", None) for event in warnings} == {EXCEPTION}
    too_much = ChargeDivisionBudget(**bound, committed=Decimal(101), exception_id=EXCEPTION)
    given(DIVISION_BUDGET, *IN_FORCE).when(too_much, known).then_refused("no-overdraw")
