"""The rules of project budgets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, NotFound, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.charging import MOST_CATEGORIES, Spent
from services.finance.budgets.domain.money import Funds, Sums
from services.finance.budgets.domain.project_budget import funding, spending
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from tests.scenarios import given

PROJECT, DIVISION, SOURCE, OTHER = (UUID(int=n) for n in range(1, 5))
TODAY = date(2026, 11, 22)


def money(amount: str | int | Decimal, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def facts(**known: Any) -> ProjectBudgetFacts:
    return ProjectBudgetFacts(actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=PROJECT, **known)


def funds(left: str | int, currency: str = "EUR", approved: bool = True) -> Funds:
    current, allotted = money(1000, currency), money(1000 - Decimal(left), currency)
    return Funds(approved=approved, fiscal_year=2027, current=current, allotted=allotted)


def open_(asked: int = 100, currency: str = "EUR", division: UUID = DIVISION) -> funding.OpenProjectBudget:
    return funding.OpenProjectBudget(division_id=division, asked=money(asked, currency))


def opened(asked: int = 100, currency: str = "EUR", division: UUID = DIVISION) -> finance.ProjectBudgetOpened:
    return finance.ProjectBudgetOpened(project_id=PROJECT, division_id=division, asked=money(asked, currency))


def confirm(
    granted: Any = 100, contingency: Any = 10, source: UUID | None = None, **known: Any
) -> funding.ConfirmFunding:
    return funding.ConfirmFunding(
        granted=money(granted, **known), contingency=money(contingency, **known), division_budget_id=source
    )


def confirmed(granted: int = 100, source: UUID | None = None) -> finance.ProjectFundingConfirmed:
    return finance.ProjectFundingConfirmed(
        project_id=PROJECT, granted=money(granted), contingency=money(10), division_budget_id=source
    )


def supplement(amount: Any = 20, source: UUID | None = None, currency: str = "EUR") -> funding.SupplementProjectBudget:
    return funding.SupplementProjectBudget(amount=money(amount, currency), reason="scope", division_budget_id=source)


def supplemented(amount: int, granted: int, source: UUID | None = None) -> finance.ProjectBudgetSupplemented:
    return finance.ProjectBudgetSupplemented(
        project_id=PROJECT, amount=money(amount), granted=money(granted), reason="scope", division_budget_id=source
    )


def take_over(granted: Any = 100, currency: str = "EUR", division: UUID = DIVISION) -> funding.TakeOverProjectBudget:
    return funding.TakeOverProjectBudget(division_id=division, granted=money(granted, currency), source="ledger")


def corrected(granted: int, currency: str = "EUR") -> finance.TakenOverBudgetCorrected:
    return finance.TakenOverBudgetCorrected(project_id=PROJECT, granted=money(granted, currency), reason="ledger")


def charge(currency: str = "EUR", category: str = "hardware", **charged: Any) -> spending.ChargeProjectBudget:
    return spending.ChargeProjectBudget(category=category, currency=currency, **charged)


def charged(
    planned: Any = 0, committed: Any = 0, spent: Any = 0, on: date | None = None, category: str = "hardware"
) -> finance.ProjectBudgetCharged:
    sums = {"planned": Decimal(planned), "committed": Decimal(committed), "spent": Decimal(spent)}
    return finance.ProjectBudgetCharged(project_id=PROJECT, category=category, **sums, occurred_on=on)


def commit(amount: Any = 60, **known: Any) -> spending.ChargeProjectBudget:
    return charge(committed=amount, **known)


def committed(amount: Any = 60) -> finance.ProjectBudgetCharged:
    return charged(committed=amount)


def spend(amount: Any = 50, consumed: Any = 0, **known: Any) -> spending.ChargeProjectBudget:
    return charge(spent=amount, committed=-Decimal(consumed), occurred_on=TODAY, **known)


def spent(amount: Any = 50, consumed: Any = 0, **known: Any) -> finance.ProjectBudgetCharged:
    return charged(spent=amount, committed=-Decimal(consumed), on=TODAY, **known)


def returned(amount: int, source: UUID) -> finance.ProjectAllotmentReturned:
    return finance.ProjectAllotmentReturned(project_id=PROJECT, division_budget_id=source, amount=money(amount))


def estimate(amount: Any, as_of: date = TODAY, basis: Any = "stated", currency: str = "EUR") -> Any:
    return project_budget.StateEstimateAtCompletion(
        estimate=money(amount, currency), basis=basis, as_of=as_of, reason="status report"
    )


def estimated(amount: int, as_of: date = TODAY, basis: Any = "stated") -> finance.EstimateAtCompletionStated:
    return finance.EstimateAtCompletionStated(
        project_id=PROJECT, estimate=money(amount), basis=basis, as_of=as_of, reason="status report"
    )


def overrun(amount: int) -> finance.OverrunRaised:
    return finance.OverrunRaised(project_id=PROJECT, overrun=money(amount))


CLEARED = finance.OverrunCleared(project_id=PROJECT)
REFUSED = finance.ProjectFundingRefused(project_id=PROJECT, reason="no money")
CLOSED = finance.ProjectBudgetClosed(project_id=PROJECT)
TAKEN_OVER = finance.ProjectBudgetTakenOver(
    project_id=PROJECT, division_id=DIVISION, granted=money(100), source="ledger"
)
FUNDED = (opened(), confirmed())
COVERED = finance.ProjectFundingConfirmed(
    project_id=PROJECT, granted=money(100), contingency=money(0), division_budget_id=None
)
YESTERDAY, TOMORROW, DAY_AFTER = date(2026, 11, 21), date(2026, 11, 23), date(2026, 11, 24)


def held(*events: Any) -> ProjectBudget:
    budget = project_budget.PROJECT_BUDGET.fold(events)
    assert budget is not None
    return budget


# opening and funding


def test_a_budget_is_opened_with_what_the_project_asks_for() -> None:
    given(project_budget.PROJECT_BUDGET).when(open_(), facts()).then(opened())
    given(project_budget.PROJECT_BUDGET).when(open_(0), facts()).then(opened(0))


def test_opening_it_again_with_the_same_facts_changes_nothing() -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(open_(), facts()).then()
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(open_(), facts()).then()
    given(project_budget.PROJECT_BUDGET, *FUNDED, CLOSED).when(open_(), facts()).then()


def test_until_money_is_granted_the_latest_approval_holds() -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(open_(120), facts()).then(opened(120))
    given(project_budget.PROJECT_BUDGET, opened()).when(open_(division=SOURCE), facts()).then(opened(division=SOURCE))


def test_after_a_refusal_a_budget_is_opened_again_with_any_amount() -> None:
    given(project_budget.PROJECT_BUDGET, opened(), REFUSED).when(open_(80), facts()).then(opened(80))
    given(project_budget.PROJECT_BUDGET, opened(), REFUSED).when(open_(), facts()).then(opened())
    given(project_budget.PROJECT_BUDGET, opened(), REFUSED, opened(80)).when(confirm(80), facts()).then(confirmed(80))


def test_what_was_spent_meanwhile_stays_when_a_budget_is_opened_again() -> None:
    budget = held(opened(), spent(), overrun(50), REFUSED, opened(80))
    assert (budget.spent, budget.status, budget.overrun) == (money(50), "asked", True)


def test_a_granted_budget_is_not_opened_again_with_other_facts() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(open_(120), facts()).then_refused("already-funded")
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, opened(80), COVERED).when(open_(120), facts()).then_refused(
        "already-funded"
    )


def test_what_was_granted_elsewhere_answers_a_request_it_covers() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(open_(80), facts()).then(opened(80), COVERED)
    assert held(TAKEN_OVER, opened(80), COVERED).granted == money(100)


def test_a_request_for_more_than_was_granted_elsewhere_waits_for_finance() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(open_(120), facts()).then(opened(120))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, opened(120)).when(confirm(120), facts()).then(confirmed(120))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(open_(80, "USD"), facts()).then_refused("currency-differs")


def test_a_closed_budget_is_not_opened_again() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED, CLOSED).when(open_(120), facts()).then_refused("budget-closed")


def test_the_currency_changes_only_while_nothing_is_reckoned_in_it() -> None:
    dollars = open_(80, "USD")
    given(project_budget.PROJECT_BUDGET, opened(), REFUSED).when(dollars, facts()).then(opened(80, "USD"))
    assert held(opened(), REFUSED, opened(80, "USD")).currency == "USD"
    for event in spent(), estimated(10):
        given(project_budget.PROJECT_BUDGET, opened(), event, REFUSED).when(dollars, facts()).then_refused(
            "currency-differs"
        )


def test_a_budget_below_zero_is_not_asked_for() -> None:
    given(project_budget.PROJECT_BUDGET).when(open_(-1), facts()).then_refused("amount-not-negative")


def test_funding_is_confirmed_from_what_the_division_budget_has_left() -> None:
    ask = given(project_budget.PROJECT_BUDGET, opened())
    ask.when(confirm(source=SOURCE), facts(division_budget=funds(100))).then(confirmed(source=SOURCE))
    refused = ask.when(confirm(source=SOURCE), facts(division_budget=funds("99.99"))).then_refused(
        "exceeds-division-budget"
    )
    assert "99.99 EUR of 1,000 EUR" in refused.detail
    assert "99.99 EUR" in refused.remedy


def test_funding_needs_an_approved_division_budget() -> None:
    ask = given(project_budget.PROJECT_BUDGET, opened())
    ask.when(confirm(source=SOURCE), facts()).then_refused("division-budget-approved")
    drafted = facts(division_budget=funds(1000, approved=False))
    ask.when(confirm(source=SOURCE), drafted).then_refused("division-budget-approved")
    dollars = facts(division_budget=funds(1000, "USD"))
    ask.when(confirm(source=SOURCE), dollars).then_refused("currency-differs")


def test_only_a_division_without_a_budget_funds_without_naming_one() -> None:
    ask = given(project_budget.PROJECT_BUDGET, opened())
    ask.when(confirm(), facts()).then(confirmed())
    ask.when(confirm(), facts(division_budget=funds(0, approved=False))).then(confirmed())
    ask.when(confirm(), facts(division_budget=funds(1000))).then_refused("division-budget-named")


def test_the_contingency_is_part_of_what_is_granted() -> None:
    ask = given(project_budget.PROJECT_BUDGET, opened())
    ask.when(confirm(10, 10), facts()).then(confirmed(10))
    ask.when(confirm("9.99", 10), facts()).then_refused("contingency-within-budget")


def test_what_is_granted_is_not_below_zero_and_in_the_currency_asked_for() -> None:
    ask = given(project_budget.PROJECT_BUDGET, opened())
    ask.when(confirm(-1, -2), facts()).then_refused("amount-not-negative")
    ask.when(confirm(1, -1), facts()).then_refused("amount-not-negative")
    ask.when(confirm(currency="USD"), facts()).then_refused("currency-differs")
    mixed = funding.ConfirmFunding(granted=money(10), contingency=money(1, "USD"))
    ask.when(mixed, facts()).then_refused("currency-differs")
    ask.when(confirm(10**15 + 1), facts()).then_refused("amount-too-large")


def test_funding_is_refused_with_a_reason() -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(funding.RefuseFunding(reason="no money"), facts()).then(REFUSED)


@pytest.mark.parametrize("command", [confirm(), funding.RefuseFunding(reason="no money")])
def test_funding_is_decided_only_when_asked_for(command: project_budget.ProjectBudgetCommand) -> None:
    for events in (*FUNDED,), (opened(), REFUSED), (TAKEN_OVER,), (opened(), CLOSED):
        given(project_budget.PROJECT_BUDGET, *events).when(command, facts()).then_refused("only-when-asked")


def test_a_funded_budget_is_supplemented_from_what_a_division_budget_has_left() -> None:
    funded, from_division = given(project_budget.PROJECT_BUDGET, *FUNDED), supplement(source=SOURCE)
    funded.when(supplement(), facts()).then(supplemented(20, 120))
    funded.when(supplement(), facts(division_budget=funds(20))).then_refused("division-budget-named")
    funded.when(from_division, facts(division_budget=funds(20))).then(supplemented(20, 120, SOURCE))
    funded.when(from_division, facts(division_budget=funds(19))).then_refused("exceeds-division-budget")
    funded.when(from_division, facts()).then_refused("division-budget-approved")


def test_the_state_says_which_division_budget_paid_how_much() -> None:
    budget = held(opened(), confirmed(source=SOURCE), supplemented(20, 120, SOURCE), supplemented(5, 125, OTHER))
    assert budget.allotments == {SOURCE: money(120), OTHER: money(5)}


def test_a_supplement_is_above_zero_in_the_budgets_currency_and_not_too_large() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    funded.when(supplement(0), facts()).then_refused("amount-positive")
    funded.when(supplement(currency="USD"), facts()).then_refused("currency-differs")
    funded.when(supplement(10**15), facts()).then_refused("amount-too-large")


@pytest.mark.parametrize("command", [supplement(), commit(1)])
def test_only_a_funded_budget_is_supplemented_or_committed(command: project_budget.ProjectBudgetCommand) -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(command, facts()).then_refused("only-when-funded")
    given(project_budget.PROJECT_BUDGET, opened(), REFUSED).when(command, facts()).then_refused("only-when-funded")
    given(project_budget.PROJECT_BUDGET, *FUNDED, CLOSED).when(command, facts()).then_refused("budget-closed")


# taking over


def test_what_was_granted_elsewhere_is_not_lost_to_a_request_in_another_currency() -> None:
    waiting = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, opened(200))
    waiting.when(open_(50, "USD"), facts()).then_refused("currency-differs")


def test_a_budget_granted_elsewhere_is_taken_over() -> None:
    given(project_budget.PROJECT_BUDGET).when(take_over(), facts()).then(TAKEN_OVER)
    given(project_budget.PROJECT_BUDGET).when(take_over(-1), facts()).then_refused("amount-not-negative")
    assert held(TAKEN_OVER).available == money(100)


def test_taking_it_over_again_changes_nothing_or_corrects_it() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(take_over(), facts()).then()
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(take_over("100.00"), facts()).then()
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(take_over(90), facts()).then(corrected(90))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, corrected(90)).when(take_over(90), facts()).then()
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, CLOSED).when(take_over(90), facts()).then(corrected(90))


def test_supplements_stay_on_top_of_a_budget_taken_over() -> None:
    events = (TAKEN_OVER, supplemented(20, 120))
    given(project_budget.PROJECT_BUDGET, *events).when(take_over(), facts()).then()
    given(project_budget.PROJECT_BUDGET, *events).when(take_over(90), facts()).then(corrected(110))
    given(project_budget.PROJECT_BUDGET, *events, corrected(110)).when(take_over(90), facts()).then()
    given(project_budget.PROJECT_BUDGET, *events).when(take_over(10**15), facts()).then_refused("amount-too-large")


def test_a_corrected_budget_raises_and_clears_its_overrun() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, committed()).when(take_over(40), facts()).then(
        corrected(40), overrun(20)
    )
    events = (TAKEN_OVER, committed(), corrected(40), overrun(20))
    given(project_budget.PROJECT_BUDGET, *events).when(take_over(60), facts()).then(corrected(60), CLEARED)


def test_a_budget_taken_over_changes_its_currency_only_while_nothing_is_reckoned_in_it() -> None:
    dollars = take_over(90, "USD")
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(dollars, facts()).then(corrected(90, "USD"))
    assert held(TAKEN_OVER, corrected(90, "USD")).available == money(90, "USD")
    for event in spent(), committed(), estimated(1), supplemented(1, 101):
        given(project_budget.PROJECT_BUDGET, TAKEN_OVER, event).when(dollars, facts()).then_refused("currency-differs")


def test_a_budget_opened_by_portfolio_is_not_taken_over() -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(take_over(), facts()).then_refused("opened-by-portfolio")
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(take_over(), facts()).then_refused("opened-by-portfolio")


def test_a_budget_is_not_taken_over_for_two_divisions() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(take_over(division=SOURCE), facts()).then_refused(
        "division-differs"
    )


# orders and what was spent


def test_money_is_bound_up_to_what_is_available_and_the_refusal_shows_the_breakdown() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit(90), facts()).then(committed(90))
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(charge(planned=90), facts()).then(charged(planned=90))
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit("90.000001"), facts()).then_refused("no-overdraw")
    events = (*FUNDED, charged(planned=5, category="travel"), committed(60), spent(20, 20), spent(15))
    refused = given(project_budget.PROJECT_BUDGET, *events).when(commit(11), facts()).then_refused("no-overdraw")
    assert refused.detail == (
        "11 EUR exceeds the 10 EUR available: 100 granted - 10 held for risks - 5 planned - 40 committed - 35 spent."
    )
    given(project_budget.PROJECT_BUDGET, *events).when(commit(10), facts()).then(committed(10))


def test_an_order_that_was_planned_binds_nothing_more() -> None:
    full = given(project_budget.PROJECT_BUDGET, *FUNDED, charged(planned=90))
    full.when(charge(planned=-90, committed=90), facts()).then(charged(planned=-90, committed=90))
    budget = held(*FUNDED, charged(planned=90), charged(planned=-90, committed=90))
    assert (budget.planned, budget.committed, budget.available) == (money(0), money(90), money(0))


def test_the_budget_keeps_sums_by_category_and_of_all_together() -> None:
    budget = held(*FUNDED, committed(60), spent(50, 50), charged(planned=7, category="travel"))
    assert budget.charged == {
        "hardware": Sums(committed=Decimal(10), spent=Decimal(50)),
        "travel": Sums(planned=Decimal(7)),
    }
    figures = (budget.planned, budget.committed, budget.spent, budget.available)
    assert figures == (money(7), money(10), money(50), money(23))


@pytest.mark.parametrize("events", [(opened(),), (opened(), REFUSED), (*FUNDED, CLOSED)])
def test_what_was_spent_is_recorded_before_funding_and_after_closing(events: Any) -> None:
    decided = project_budget.PROJECT_BUDGET.decide(held(*events), spend(50), facts())
    assert decided[0] == spent(50)


def test_what_was_spent_above_the_budget_is_recorded_and_raises_an_overrun() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(spend(100), facts()).then(spent(100))
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(spend(130), facts()).then(spent(130), overrun(30))
    given(project_budget.PROJECT_BUDGET, *FUNDED, committed(60)).when(spend(50), facts()).then(spent(50), overrun(10))
    given(project_budget.PROJECT_BUDGET, opened()).when(spend(50), facts()).then(spent(50), overrun(50))


def test_an_overrun_is_raised_again_when_it_grows_and_not_when_it_shrinks() -> None:
    events = (*FUNDED, spent(130), overrun(30))
    given(project_budget.PROJECT_BUDGET, *events).when(spend(5), facts()).then(spent(5), overrun(35))
    smaller = supplemented(20, 120)
    given(project_budget.PROJECT_BUDGET, *events).when(supplement(), facts()).then(smaller)
    given(project_budget.PROJECT_BUDGET, *events, smaller).when(spend(5), facts()).then(spent(5), overrun(15))


def test_an_overrun_clears_when_the_budget_holds_again() -> None:
    events = (*FUNDED, spent(120), overrun(20))
    given(project_budget.PROJECT_BUDGET, *events).when(supplement(), facts()).then(supplemented(20, 120), CLEARED)
    given(project_budget.PROJECT_BUDGET, *events).when(spend(-120), facts()).then(spent(-120), CLEARED)
    release = given(project_budget.PROJECT_BUDGET, *FUNDED, committed(60), spent(50), overrun(10))
    release.when(commit(-60), facts()).then(committed(-60), CLEARED)
    assert not held(*events, spent(-120), CLEARED).overrun
    spent_early = (opened(), spent(50), overrun(50))
    given(project_budget.PROJECT_BUDGET, *spent_early).when(confirm(), facts()).then(confirmed(), CLEARED)


def test_what_is_given_back_passes_whatever_the_budgets_state() -> None:
    for events in (*FUNDED, committed(60), spent(150), CLOSED), (opened(), spent(), REFUSED):
        for command in (commit(-1), spend(-1), spend(-1, consumed=-1), charge(planned=-1)):
            assert project_budget.PROJECT_BUDGET.decide(held(*events), command, facts())


def test_what_is_stated_otherwise_takes_the_place_of_what_was_stated() -> None:
    before = Spent(category="all", amount=Decimal(130), occurred_on=YESTERDAY)
    instead = charge(category="labour", spent=40, occurred_on=TODAY, instead_of=before)
    events = (TAKEN_OVER, charged(spent=130, on=YESTERDAY, category="all"), overrun(30))
    back, again = charged(spent=-130, on=YESTERDAY, category="all"), spent(40, category="labour")
    given(project_budget.PROJECT_BUDGET, *events).when(instead, facts()).then(back, again, CLEARED)


def test_what_is_charged_is_in_the_budgets_currency_and_its_sums_stay_bounded() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    funded.when(spend(currency="USD"), facts()).then_refused("currency-differs")
    funded.when(spend(10**15 + 1), facts()).then_refused("amount-too-large")
    large = given(project_budget.PROJECT_BUDGET, *FUNDED, spent(10**15))
    large.when(spend(1), facts()).then_refused("amount-too-large")
    full = held(*FUNDED, *(spent(1, category=f"category {n}") for n in range(MOST_CATEGORIES)))
    with pytest.raises(Refused, match="too-many-categories"):
        project_budget.PROJECT_BUDGET.decide(full, spend(1), facts())
    assert project_budget.PROJECT_BUDGET.decide(full, spend(1, category="category 0"), facts())


# estimates


def test_an_estimate_is_stated_and_the_same_one_changes_nothing() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(estimate(110), facts()).then(estimated(110))
    given(project_budget.PROJECT_BUDGET, *FUNDED, estimated(110)).when(estimate(110), facts()).then()
    given(project_budget.PROJECT_BUDGET, *FUNDED, estimated(110)).when(
        estimate(110, basis="earned value"), facts()
    ).then()


def test_the_newest_days_estimate_holds_and_one_of_the_same_day_corrects_it() -> None:
    before = given(project_budget.PROJECT_BUDGET, *FUNDED, estimated(110, YESTERDAY))
    before.when(estimate(110), facts()).then(estimated(110))
    before.when(estimate(120, YESTERDAY), facts()).then(estimated(120, YESTERDAY))
    stale = given(project_budget.PROJECT_BUDGET, *FUNDED, estimated(110)).when(estimate(120, YESTERDAY), facts())
    stale.then_refused("estimate-stale")


def test_an_import_that_repeats_its_last_estimate_changes_nothing_however_old_it_is() -> None:
    imported = estimated(90, YESTERDAY, "taken over")
    for later in estimated(110), estimated(110, YESTERDAY):
        again = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, imported, later)
        again.when(estimate(90, YESTERDAY, "taken over"), facts()).then()
    again = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, imported, estimated(110))
    again.when(estimate(95, YESTERDAY, "taken over"), facts()).then_refused("estimate-stale")
    wrong = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, imported)
    wrong.when(estimate(95, YESTERDAY, "taken over"), facts()).then(estimated(95, YESTERDAY, "taken over"))


def test_an_estimate_is_not_below_zero_in_the_budgets_currency_and_of_a_day_that_has_begun_somewhere() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    funded.when(estimate(0), facts()).then(estimated(0))
    funded.when(estimate(1, TOMORROW), facts()).then(estimated(1, TOMORROW))
    funded.when(estimate(1, DAY_AFTER), facts()).then_refused("not-in-the-future")
    funded.when(estimate(-1), facts()).then_refused("amount-not-negative")
    funded.when(estimate(1, currency="USD"), facts()).then_refused("currency-differs")


# closing


def test_a_budget_is_closed_once_at_any_stage() -> None:
    for events in (opened(),), (opened(), REFUSED), FUNDED, (TAKEN_OVER, committed()):
        given(project_budget.PROJECT_BUDGET, *events).when(project_budget.CloseProjectBudget(), facts()).then(CLOSED)
    given(project_budget.PROJECT_BUDGET, *FUNDED, CLOSED).when(project_budget.CloseProjectBudget(), facts()).then()


def test_what_a_closed_budget_neither_spent_nor_bound_goes_back_the_last_money_first() -> None:
    story = (opened(), confirmed(source=SOURCE), supplemented(20, 120, OTHER), committed(60), spent(50, 20))
    given(project_budget.PROJECT_BUDGET, *story).when(project_budget.CloseProjectBudget(), facts()).then(
        CLOSED, returned(20, OTHER), returned(10, SOURCE)
    )
    budget = held(*story, CLOSED, returned(20, OTHER), returned(10, SOURCE))
    assert budget.allotments == {SOURCE: money(90), OTHER: money(0)}
    assert (budget.contingency, budget.available, budget.overrun_by) == (money(0), money(0), Decimal(0))


def test_what_is_freed_later_goes_back_too_and_what_comes_late_is_an_overrun() -> None:
    story = (opened(), confirmed(source=SOURCE), committed(60), CLOSED, returned(40, SOURCE))
    closed = given(project_budget.PROJECT_BUDGET, *story)
    closed.when(commit(-25), facts()).then(committed(-25), returned(25, SOURCE))
    closed.when(spend(60, 60), facts()).then(spent(60, 60))
    closed.when(spend(70, 60), facts()).then(spent(70, 60), overrun(10))


def test_money_from_elsewhere_is_used_first_and_goes_nowhere() -> None:
    story = (TAKEN_OVER, supplemented(20, 120, SOURCE), spent(50))
    given(project_budget.PROJECT_BUDGET, *story).when(project_budget.CloseProjectBudget(), facts()).then(
        CLOSED, returned(20, SOURCE)
    )


@pytest.mark.parametrize(
    "command", [confirm(), supplement(), commit(), spend(), estimate(1), project_budget.CloseProjectBudget()]
)
def test_a_budget_that_was_never_opened_is_not_found(command: project_budget.ProjectBudgetCommand) -> None:
    with pytest.raises(NotFound):
        project_budget.PROJECT_BUDGET.decide(None, command, facts())
