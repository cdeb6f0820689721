"""Spending of a division's budget over HTTP: orders and expenses, control, four eyes, many at once."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import people
from contracts.roles import Role
from tests.business import Business, Json, Post, at_once, done, euros, items, made, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.finance.checking.test_figures_check_api import checked
from tests.harness import wait_until
from tests.today import TODAY

POLICY = f"/finance-policies/{UUID(int=0)}/set"


@pytest.fixture(scope="module")
def above(business: FinanceAlone) -> str:
    """The division above all that spend."""
    return business.division()


@pytest.fixture
def budget(business: FinanceAlone, above: str) -> str:
    """The approved budget of a division below of 1,000 EUR for software."""
    division = business.division(above)
    business.settle()
    return business.division_budget(division, 1000)


def manager_of(business: FinanceAlone, division: str) -> tuple[httpx.Client, Post]:
    post = business.post(division, "manager")
    business.settle()
    return business.system("finance", Role.MANAGER, subject=post.person), post


@pytest.fixture(scope="module")
def clerk(business: FinanceAlone, above: str) -> httpx.Client:
    """A manager of the division above."""
    return manager_of(business, above)[0]


@pytest.fixture(scope="module")
def treasurer(business: FinanceAlone) -> httpx.Client:
    return business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))


def drafted(client: httpx.Client, budget: str, amount: int, category: str = "software") -> str:
    said = {"division_budget_id": budget, "category": category, "amount": euros(amount), "reference": "Order 7"}
    return made(client.post("/commitments", json=said))


def ordered(client: httpx.Client, budget: str, amount: int) -> str:
    order = drafted(client, budget, amount)
    done(client.post(f"/commitments/{order}/place-order", json={}))
    return order


def submitted(client: httpx.Client, budget: str, amount: int, **more: Any) -> str:
    id, said = str(uuid4()), {"division_budget_id": budget, "category": "software", "amount": euros(amount)}
    day = {"reference": "Invoice 9", "occurred_on": str(TODAY)}
    done(client.post(f"/expenses/{id}/submit", json=said | day | more))
    return id


def sums(business: Business, budget: str) -> Json:
    charged: Json = done(business.controller.get(f"/division-budgets/{budget}"))["charged"]
    return {name: int(float(value)) for name, value in charged["software"].items() if name != "reserved"}


def test_an_order_is_planned_placed_invoiced_paid_and_taken_back(
    business: FinanceAlone, budget: str, clerk: httpx.Client, treasurer: httpx.Client
) -> None:
    order = drafted(clerk, budget, 600)
    done(clerk.post(f"/commitments/{order}/plan", json={}))
    assert sums(business, budget) == {"planned": 600, "committed": 0, "spent": 0}
    done(clerk.post(f"/commitments/{order}/place-order", json={}))
    assert sums(business, budget) == {"planned": 0, "committed": 600, "spent": 0}
    expense = submitted(clerk, budget, 450, commitment_id=order, last=True)
    refused(clerk.post(f"/expenses/{expense}/approve", json={}), "submitter-is-not-approver", 403)
    done(business.controller.post(f"/expenses/{expense}/approve", json={}))
    assert sums(business, budget) == {"planned": 0, "committed": 0, "spent": 450}
    assert done(clerk.get(f"/commitments/{order}"))["status"] == "invoiced in full"
    paid = {"paid_on": str(TODAY)}
    refused(business.controller.post(f"/expenses/{expense}/pay", json=paid), "payer-is-another", 403)
    assert done(treasurer.post(f"/expenses/{expense}/pay", json=paid))["status"] == "paid"
    done(treasurer.post(f"/expenses/{expense}/reverse", json={"reason": "Of another division."}))
    assert sums(business, budget) == {"planned": 0, "committed": 600, "spent": 0}
    found = items(clerk.get("/expenses", params={"division_budget_id": budget, "sort": "-occurred_on"}))
    assert [(each["id"], each["status"]) for each in found] == [(expense, "reversed")]


def test_an_order_in_another_currency_is_controlled_in_the_budgets_and_keeps_its_rate(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    def priced(amount: str, currency: str = "THB") -> Json:
        money = {"amount": amount, "currency": currency}
        return {"division_budget_id": budget, "category": "software", "amount": money, "reference": "Order 7"}

    refused(clerk.post("/commitments", json=priced("20000.10")), "rate-missing")
    pair = {"base": "THB", "quote": "EUR", "day": str(TODAY), "rate": "0.0265", "source": "ECB"}
    rate = made(business.controller.post("/rates", json=pair))
    dear = made(clerk.post("/commitments", json=priced("40000.00")))
    refused(clerk.post(f"/commitments/{dear}/place-order", json={}), "no-overdraw")
    order = made(clerk.post("/commitments", json=priced("20000.10")))
    done(clerk.post(f"/commitments/{order}/place-order", json={}))
    done(business.controller.post(f"/rates/{rate}/correct", json={"rate": "0.03", "reason": "Digits."}))
    placed = done(clerk.get(f"/commitments/{order}"))
    assert (placed["amount"]["amount"], placed["stated"]["amount"], placed["rate"]["rate"]) == (
        "530.00",
        "20000.10",
        "0.0265",
    )
    expense = f"/expenses/{uuid4()}"
    invoice = priced("5000.00", "EUR") | {"commitment_id": order, "occurred_on": str(TODAY)}
    refused(clerk.post(f"{expense}/submit", json=invoice), "currency-of-order")
    done(clerk.post(f"{expense}/submit", json=invoice | priced("5000.00") | {"reference": "Invoice 9"}))
    done(business.controller.post(f"{expense}/approve", json={}))
    found = done(clerk.get(f"/division-budgets/{budget}"))["charged"]["software"]
    # A quarter of the order, less a share of a satang, at the order's rate; spent at the rate of the invoice's day.
    assert (found["committed"], found["spent"]) == ("397.50", "150.00")
    assert [each for each in checked(business.controller)[1] if each["budget_id"] == budget] == []


def test_a_refused_order_binds_nothing_and_shows_what_is_available(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    ordered(clerk, budget, 600)
    more = drafted(clerk, budget, 401)
    path = f"/commitments/{more}/place-order"
    answer = refused(clerk.post(path, json={}), "no-overdraw")
    assert (
        "400 EUR available: 1,000 current - 0 granted to others - 0 reserved - 0 planned - 600 committed"
        in answer["detail"]
    )
    rehearsed = refused(clerk.post(path, json={}, headers={"prefer": "dry-run"}), "no-overdraw")
    assert rehearsed["detail"] == answer["detail"]
    assert done(clerk.get(f"/commitments/{more}"))["status"] == "drafted"
    assert sums(business, budget) == {"planned": 0, "committed": 600, "spent": 0}


def test_however_many_order_at_once_the_budget_is_never_overdrawn(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    drafts = [drafted(clerk, budget, 300) for _ in range(8)]
    answers = at_once([partial(clerk.post, f"/commitments/{each}/place-order", json={}) for each in drafts])
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
    assert sums(business, budget)["committed"] == 900


def test_money_that_is_ordered_is_granted_to_no_project(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    ordered(clerk, budget, 600)
    project = business.approved(business.team(), euros(500))
    refused(business.fund(project, euros(401), budget), "exceeds-division-budget")
    done(business.fund(project, euros(400), budget))
    refused(clerk.post(f"/commitments/{drafted(clerk, budget, 1)}/place-order", json={}), "no-overdraw")


def test_what_happened_is_recorded_above_the_budget_and_a_credit_brings_it_back(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    for amount in (1200, -250):
        expense = submitted(clerk, budget, amount)
        done(business.controller.post(f"/expenses/{expense}/approve", json={}))
        overrun = done(business.controller.get(f"/division-budgets/{budget}"))["overrun"]
        assert overrun == ("200" if amount > 0 else "0")


def test_a_category_is_stopped_warned_of_or_ignored_as_policy_says(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    travel = f"/commitments/{drafted(clerk, budget, 10, 'travel')}/place-order"
    refused(clerk.post(travel, json={}), "category-limit")
    assert clerk.post(POLICY, json={"without_line": "warn", "reason": "A small firm."}).status_code == 403
    done(business.executive.post(POLICY, json={"without_line": "warn", "reason": "A small firm."}))
    done(clerk.post(travel, json={}))
    history = items(business.controller.get(f"/division-budgets/{budget}/history"))
    assert [each["type"] for each in history[-2:]] == ["DivisionBudgetCharged", "CategoryLimitExceeded"]
    done(business.executive.post(POLICY, json={"without_line": "stop", "reason": "As it was."}))


def test_nobody_spends_or_approves_what_is_another_divisions(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    stranger, _ = manager_of(business, business.division())
    said = {"division_budget_id": budget, "category": "software", "amount": euros(5), "reference": "Order 7"}
    not_authorised(stranger.post("/commitments", json=said))
    order, expense = drafted(clerk, budget, 5), submitted(clerk, budget, 5)
    for path in (f"/commitments/{order}/place-order", f"/commitments/{order}/cancel", f"/expenses/{expense}/approve"):
        not_authorised(stranger.post(path, json={"reason": "No need."} if path.endswith("cancel") else {}))
    invoice = {**said, "reference": "Invoice 9", "occurred_on": str(TODAY)}
    not_authorised(stranger.post(f"/expenses/{uuid4()}/submit", json=invoice))


def test_who_is_suspended_approves_nothing_until_they_are_reinstated(
    business: FinanceAlone, above: str, budget: str, clerk: httpx.Client
) -> None:
    manager, post = manager_of(business, above)
    path = f"/expenses/{submitted(clerk, budget, 5)}/approve"
    business.suspend(post)
    business.settle()
    wait_until(lambda: manager.post(path, json={}).status_code == 403, "the suspension is known")
    business.neighbours.tell("people", f"person-{post.person}", people.PersonReinstated(effective_on=TODAY))
    business.settle()
    wait_until(lambda: manager.post(path, json={}).status_code == 200, "the reinstatement is known")


def test_the_desk_shows_expenses_that_somebody_else_submitted(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    expense = submitted(clerk, budget, 5)

    def waiting(client: httpx.Client) -> list[str]:
        return [entry["what"] for entry in done(client.get("/desk"))["decisions"] if entry["id"] == expense]

    assert waiting(business.controller) == ["approve or reject the expense"]
    assert waiting(clerk) == []
    done(business.executive.post(f"/expenses/{expense}/approve", json={}))
    assert waiting(business.controller) == ["pay the expense"]


def test_a_budget_is_to_be_closed_on_the_last_day_of_its_fiscal_year(business: FinanceAlone, budget: str) -> None:
    def last_day() -> list[str]:
        waiting = done(business.executive.get("/desk", params={"days": 366}))["due"]
        return [entry["due_on"] for entry in waiting if entry["id"] == budget]

    assert last_day() == [f"{TODAY.year}-12-31"]
    try:
        done(business.executive.post(POLICY, json={"fiscal_year_starts": 4, "reason": "As the group does."}))
        assert last_day() == [f"{TODAY.year}-03-31"]
    finally:
        done(business.executive.post(POLICY, json={"fiscal_year_starts": 1, "reason": "As it was."}))


def test_no_expense_is_submitted_for_a_closed_period_until_it_is_opened_again(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    yesterday = str(TODAY - timedelta(days=1))
    invoice = {"division_budget_id": budget, "category": "software", "amount": euros(5), "reference": "Invoice 9"}
    path, late = f"/expenses/{uuid4()}/submit", {**invoice, "occurred_on": yesterday}
    waiting = submitted(clerk, budget, 7, occurred_on=yesterday)
    try:
        done(business.executive.post(POLICY, json={"closed_through": yesterday, "reason": "The month."}))
        answer = refused(clerk.post(path, json=late), "period-closed")
        assert answer["detail"] == f"It occurred on {yesterday}, and the books are closed through {yesterday}."
        assert str(TODAY) in answer["remedy"]
        done(business.controller.post(f"/expenses/{waiting}/approve", json={}))
        submitted(clerk, budget, 5)
    finally:
        earlier = str(TODAY - timedelta(days=60))
        done(business.executive.post(POLICY, json={"closed_through": earlier, "reason": "An invoice was late."}))
    done(clerk.post(path, json=late))


def test_no_expense_is_submitted_for_a_year_that_is_closed_unless_it_was_ordered(
    business: FinanceAlone, budget: str, clerk: httpx.Client
) -> None:
    order = ordered(clerk, budget, 600)
    done(business.executive.post(f"/division-budgets/{budget}/close", json={}))
    invoice = {"division_budget_id": budget, "category": "software", "amount": euros(5), "reference": "Invoice 9"}
    new = clerk.post(f"/expenses/{uuid4()}/submit", json={**invoice, "occurred_on": str(TODAY)})
    assert "is closed" in refused(new, "period-closed")["detail"]
    expense = submitted(clerk, budget, 600, commitment_id=order)
    done(business.controller.post(f"/expenses/{expense}/approve", json={}))
    assert sums(business, budget) == {"planned": 0, "committed": 0, "spent": 600}
