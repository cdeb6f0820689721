"""The rules of project budgets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from chassis.domain.decider import Actor, NotFound, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.money import Funds
from services.finance.budgets.domain.project_budget import funding, spending
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from tests.scenarios import given

PROJECT, DIVISION, SOURCE, ORDER, ORDER2, PAID, PAID2 = (UUID(int=n) for n in range(1, 8))
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


def commit(amount: Any = 60, id: UUID = ORDER, currency: str = "EUR") -> spending.MakeCommitment:
    return spending.MakeCommitment(
        commitment_id=id, category="hardware", amount=money(amount, currency), reference="order 7"
    )


def made(amount: int = 60, id: UUID = ORDER) -> finance.CommitmentMade:
    return finance.CommitmentMade(
        project_id=PROJECT, commitment_id=id, category="hardware", amount=money(amount), reference="order 7"
    )


def released(amount: int, id: UUID = ORDER) -> finance.CommitmentReleased:
    return finance.CommitmentReleased(project_id=PROJECT, commitment_id=id, amount=money(amount), reason="delivered")


RELEASE = spending.ReleaseCommitment(commitment_id=ORDER, reason="delivered")


def record(
    amount: Any = 50,
    id: UUID = PAID,
    order: UUID | None = None,
    currency: str = "EUR",
    on: date = TODAY,
    reference: str = "invoice 1",
) -> spending.RecordActual:
    return spending.RecordActual(
        entry_id=id,
        category="hardware",
        amount=money(amount, currency),
        commitment_id=order,
        reference=reference,
        occurred_on=on,
    )


def recorded(
    amount: Any = 50,
    consumed: int = 0,
    id: UUID = PAID,
    order: UUID | None = None,
    on: date = TODAY,
    reference: str = "invoice 1",
    category: str = "hardware",
) -> finance.ActualRecorded:
    return finance.ActualRecorded(
        project_id=PROJECT,
        entry_id=id,
        category=category,
        amount=money(amount),
        consumed=money(consumed),
        commitment_id=order,
        reference=reference,
        occurred_on=on,
    )


def reverse(id: UUID = PAID) -> spending.ReverseActual:
    return spending.ReverseActual(entry_id=id, reason="typo")


def reversed_(
    amount: int = 50, restored: int = 0, id: UUID = PAID, order: UUID | None = None
) -> finance.ActualReversed:
    return finance.ActualReversed(
        project_id=PROJECT,
        entry_id=id,
        category="hardware",
        amount=money(amount),
        restored=money(restored),
        commitment_id=order,
        reason="typo",
    )


def state(amount: Any, **known: Any) -> spending.StateActual:
    values = {"reference": "row 1", "category": "all", "occurred_on": TODAY, "reason": "typo", **known}
    return spending.StateActual(amount=money(amount, values.pop("currency", "EUR")), **values)


def stated(amount: int, number: int, on: date = TODAY, **known: Any) -> finance.ActualRecorded:
    return recorded(amount, 0, entry(number), on=on, **{"reference": "row 1", "category": "all", **known})


def unstated(amount: int, number: int) -> finance.ActualReversed:
    return reversed_(amount, 0, entry(number)).model_copy(update={"category": "all"})


def entry(number: int) -> UUID:
    return uuid5(PROJECT, f"row 1:{number}")


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
    budget = held(opened(), recorded(), overrun(50), REFUSED, opened(80))
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
    for event in recorded(), estimated(10):
        given(project_budget.PROJECT_BUDGET, opened(), event, REFUSED).when(dollars, facts()).then_refused(
            "currency-differs"
        )
    spent_and_taken_back = (opened(), recorded(), overrun(50), reversed_(), CLEARED, REFUSED)
    given(project_budget.PROJECT_BUDGET, *spent_and_taken_back).when(dollars, facts()).then(opened(80, "USD"))
    assert held(*spent_and_taken_back, opened(80, "USD")).recorded == 1


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
    budget = held(opened(), confirmed(source=SOURCE), supplemented(20, 120, SOURCE), supplemented(5, 125, ORDER))
    assert budget.allotments == {SOURCE: money(120), ORDER: money(5)}


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
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, made()).when(take_over(40), facts()).then(
        corrected(40), overrun(20)
    )
    events = (TAKEN_OVER, made(), corrected(40), overrun(20))
    given(project_budget.PROJECT_BUDGET, *events).when(take_over(60), facts()).then(corrected(60), CLEARED)


def test_a_budget_taken_over_changes_its_currency_only_while_nothing_is_reckoned_in_it() -> None:
    dollars = take_over(90, "USD")
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(dollars, facts()).then(corrected(90, "USD"))
    assert held(TAKEN_OVER, corrected(90, "USD")).available == money(90, "USD")
    for event in recorded(), made(), estimated(1), supplemented(1, 101):
        given(project_budget.PROJECT_BUDGET, TAKEN_OVER, event).when(dollars, facts()).then_refused("currency-differs")


def test_a_budget_opened_by_portfolio_is_not_taken_over() -> None:
    given(project_budget.PROJECT_BUDGET, opened()).when(take_over(), facts()).then_refused("opened-by-portfolio")
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(take_over(), facts()).then_refused("opened-by-portfolio")


def test_a_budget_is_not_taken_over_for_two_divisions() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(take_over(division=SOURCE), facts()).then_refused(
        "division-differs"
    )


# commitments


def test_money_is_committed_up_to_what_is_available() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit(90), facts()).then(made(90))
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit("90.000001"), facts()).then_refused("no-overdraw")


def test_available_is_granted_less_contingency_held_less_open_commitments_less_actuals() -> None:
    events = (*FUNDED, made(60), recorded(20, 20, order=ORDER), recorded(15, id=PAID2))
    refused = (
        given(project_budget.PROJECT_BUDGET, *events).when(commit(16, ORDER2), facts()).then_refused("no-overdraw")
    )
    breakdown = "15 EUR available: 100 EUR granted - 10 EUR held for risks - 40 EUR committed - 35 EUR spent"
    assert breakdown in refused.detail
    given(project_budget.PROJECT_BUDGET, *events).when(commit(15, ORDER2), facts()).then(made(15, ORDER2))


def test_repeating_a_commitment_changes_nothing_whatever_became_of_it() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED, made()).when(commit(), facts()).then()
    given(project_budget.PROJECT_BUDGET, *FUNDED, made(), recorded(60, 60, order=ORDER), CLOSED).when(
        commit(), facts()
    ).then()


def test_the_same_commitment_with_other_facts_is_refused() -> None:
    committed = given(project_budget.PROJECT_BUDGET, *FUNDED, made())
    committed.when(commit(10), facts()).then_refused("commitment-differs")
    for change in {"category": "licences"}, {"reference": "order 8"}:
        committed.when(commit().model_copy(update=change), facts()).then_refused("commitment-differs")
    committed.when(commit(currency="USD"), facts()).then_refused("currency-differs")


def test_a_commitment_is_above_zero_and_in_the_budgets_currency() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit(0), facts()).then_refused("amount-positive")
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(commit(1, currency="USD"), facts()).then_refused(
        "currency-differs"
    )


def test_what_is_open_of_a_commitment_is_released_even_after_closing() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED, made()).when(RELEASE, facts()).then(released(60))
    events = (*FUNDED, made(), recorded(20, 20, order=ORDER), CLOSED)
    given(project_budget.PROJECT_BUDGET, *events).when(RELEASE, facts()).then(released(40))
    budget = held(*events, released(40))
    assert (budget.committed, budget.spent, budget.available) == (money(0), money(20), money(70))
    assert not budget.commitments


def test_only_a_commitment_that_is_not_released_is_released() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(RELEASE, facts()).then_refused("commitment-unknown")
    given(project_budget.PROJECT_BUDGET, *FUNDED, made(), released(60)).when(RELEASE, facts()).then_refused(
        "commitment-unknown"
    )


def test_a_released_commitment_is_not_made_again_while_money_was_spent_under_it() -> None:
    events = (*FUNDED, made(), recorded(20, 20, order=ORDER), released(40))
    given(project_budget.PROJECT_BUDGET, *events).when(commit(), facts()).then_refused("commitment-id-used")
    given(project_budget.PROJECT_BUDGET, *FUNDED, made(), released(60)).when(commit(), facts()).then(made())


def test_a_budget_holds_a_bounded_number_of_commitments() -> None:
    events = [made(1, UUID(int=100 + number)) for number in range(spending.MOST_COMMITMENTS)]
    full = held(opened(10_000), confirmed(10_000), *events)
    with pytest.raises(Refused, match="too-many-commitments"):
        project_budget.PROJECT_BUDGET.decide(full, commit(1), facts())
    assert project_budget.PROJECT_BUDGET.decide(full, commit(1, UUID(int=100)), facts()) == []


# actuals


def test_an_actual_consumes_its_commitment_up_to_what_is_open() -> None:
    committed = given(project_budget.PROJECT_BUDGET, *FUNDED, made(60))
    committed.when(record(50, order=ORDER), facts()).then(recorded(50, 50, order=ORDER))
    committed.when(record(70, order=ORDER), facts()).then(recorded(70, 60, order=ORDER))
    budget = held(*FUNDED, made(60), recorded(50, 50, order=ORDER))
    assert (budget.committed, budget.spent, budget.available) == (money(10), money(50), money(30))


@pytest.mark.parametrize(
    "events", [(opened(),), (opened(), REFUSED), (*FUNDED, CLOSED), (*FUNDED, made(), released(60))]
)
def test_what_was_spent_is_recorded_before_funding_after_closing_and_for_a_released_commitment(events: Any) -> None:
    decided = project_budget.PROJECT_BUDGET.decide(held(*events), record(50, order=ORDER), facts())
    assert decided[0] == recorded(50, 0, order=ORDER)


def test_what_was_spent_above_the_budget_is_recorded_and_raises_an_overrun() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(record(100), facts()).then(recorded(100))
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(record(130), facts()).then(recorded(130), overrun(30))
    given(project_budget.PROJECT_BUDGET, *FUNDED, made(60)).when(record(50), facts()).then(recorded(50), overrun(10))
    given(project_budget.PROJECT_BUDGET, opened()).when(record(50), facts()).then(recorded(50), overrun(50))


def test_an_overrun_is_raised_again_when_it_grows_and_not_when_it_shrinks() -> None:
    events = (*FUNDED, recorded(130), overrun(30))
    given(project_budget.PROJECT_BUDGET, *events).when(record(5, PAID2), facts()).then(
        recorded(5, id=PAID2), overrun(35)
    )
    smaller = supplemented(20, 120)
    given(project_budget.PROJECT_BUDGET, *events).when(supplement(), facts()).then(smaller)
    given(project_budget.PROJECT_BUDGET, *events, smaller).when(record(5, PAID2), facts()).then(
        recorded(5, id=PAID2), overrun(15)
    )


def test_an_overrun_clears_when_the_budget_holds_again() -> None:
    events = (*FUNDED, recorded(120), overrun(20))
    given(project_budget.PROJECT_BUDGET, *events).when(supplement(), facts()).then(supplemented(20, 120), CLEARED)
    given(project_budget.PROJECT_BUDGET, *events).when(reverse(), facts()).then(reversed_(120), CLEARED)
    release = given(project_budget.PROJECT_BUDGET, *FUNDED, made(60), recorded(50), overrun(10)).when(RELEASE, facts())
    release.then(released(60), CLEARED)
    assert not held(*events, reversed_(120), CLEARED).overrun
    spent_early = (opened(), recorded(50), overrun(50))
    given(project_budget.PROJECT_BUDGET, *spent_early).when(confirm(), facts()).then(confirmed(), CLEARED)


def test_repeating_an_entry_changes_nothing() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED, recorded()).when(record(), facts()).then()
    given(project_budget.PROJECT_BUDGET, *FUNDED, recorded()).when(record("50.00"), facts()).then()


def test_the_same_entry_with_other_facts_is_refused() -> None:
    spent = given(project_budget.PROJECT_BUDGET, *FUNDED, recorded())
    spent.when(record(51), facts()).then_refused("entry-differs")
    for change in {"category": "x"}, {"commitment_id": ORDER}, {"reference": "x"}, {"occurred_on": YESTERDAY}:
        spent.when(record().model_copy(update=change), facts()).then_refused("entry-differs")
    spent.when(record(currency="USD"), facts()).then_refused("currency-differs")


def test_an_entry_is_above_zero_in_the_budgets_currency_and_not_too_large() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    for amount in 0, -1:
        funded.when(record(amount), facts()).then_refused("amount-positive")
    funded.when(record(currency="USD"), facts()).then_refused("currency-differs")
    funded.when(record(10**15 + 1), facts()).then_refused("amount-too-large")
    spent = given(project_budget.PROJECT_BUDGET, *FUNDED, recorded(10**15))
    spent.when(record(1, PAID2), facts()).then_refused("amount-too-large")


def test_an_entry_and_an_estimate_are_of_a_day_that_has_begun_somewhere() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    funded.when(record(on=TOMORROW), facts()).then(recorded(on=TOMORROW))
    funded.when(record(on=DAY_AFTER), facts()).then_refused("not-in-the-future")
    funded.when(state(1, occurred_on=DAY_AFTER), facts()).then_refused("not-in-the-future")
    funded.when(estimate(1, TOMORROW), facts()).then(estimated(1, TOMORROW))
    funded.when(estimate(1, DAY_AFTER), facts()).then_refused("not-in-the-future")


def test_a_full_budget_refuses_more_entries_but_many_can_be_stated_as_one() -> None:
    many = [recorded(1, id=UUID(int=100 + number), reference="row 1") for number in range(spending.MOST_ENTRIES)]
    full = held(opened(10_000), confirmed(10_000), *many)
    with pytest.raises(Refused, match="too-many-entries"):
        project_budget.PROJECT_BUDGET.decide(full, record(), facts())
    assert project_budget.PROJECT_BUDGET.decide(full, record(1, UUID(int=100), reference="row 1"), facts()) == []
    merged = project_budget.PROJECT_BUDGET.fold(
        project_budget.PROJECT_BUDGET.decide(full, state(spending.MOST_ENTRIES), facts()), full
    )
    assert merged is not None
    assert (len(merged.entries), merged.spent) == (1, full.spent)


def test_an_entry_is_reversed_whole_and_its_commitment_is_bound_again() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED, recorded()).when(reverse(), facts()).then(reversed_())
    events = (*FUNDED, made(60), recorded(50, 50, order=ORDER), CLOSED)
    given(project_budget.PROJECT_BUDGET, *events).when(reverse(), facts()).then(reversed_(50, 50, order=ORDER))
    above = given(project_budget.PROJECT_BUDGET, *FUNDED, made(60), recorded(70, 60, order=ORDER))
    above.when(reverse(), facts()).then(reversed_(70, 60, order=ORDER))


def test_a_reversal_leaves_the_commitment_as_if_the_entry_had_never_been() -> None:
    both = (*FUNDED, made(60), recorded(50, 50, order=ORDER), recorded(30, 10, PAID2, ORDER))
    given(project_budget.PROJECT_BUDGET, *both).when(reverse(), facts()).then(reversed_(50, 30, order=ORDER))
    after = held(*both, reversed_(50, 30, order=ORDER))
    never = held(*FUNDED, made(60), recorded(30, 30, PAID2, ORDER))
    assert after.but(recorded=1) == never


def test_a_released_commitment_is_not_bound_again() -> None:
    events = (*FUNDED, made(60), recorded(50, 50, order=ORDER), released(10))
    given(project_budget.PROJECT_BUDGET, *events).when(reverse(), facts()).then(reversed_(50, 0, order=ORDER))


def test_only_an_entry_that_is_there_is_reversed() -> None:
    given(project_budget.PROJECT_BUDGET, *FUNDED).when(reverse(), facts()).then_refused("entry-unknown")
    given(project_budget.PROJECT_BUDGET, *FUNDED, recorded(), reversed_()).when(reverse(), facts()).then_refused(
        "entry-unknown"
    )


# stated actuals


def test_what_was_spent_under_a_reference_is_stated_even_when_it_is_nothing() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(state(40), facts()).then(stated(40, 0))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(state(0), facts()).then(stated(0, 0))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(state(-1), facts()).then_refused("amount-not-negative")
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER).when(state(1, currency="USD"), facts()).then_refused(
        "currency-differs"
    )


def test_stating_it_again_changes_nothing() -> None:
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, stated(40, 0)).when(state("40.0"), facts()).then()
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, stated(0, 0)).when(state(0), facts()).then()


def test_stating_another_amount_category_or_day_reverses_the_entry_and_records_a_new_one() -> None:
    again = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, stated(40, 0))
    again.when(state(30), facts()).then(unstated(40, 0), stated(30, 1))
    again.when(state(40, category="labour"), facts()).then(unstated(40, 0), stated(40, 1, category="labour"))
    again.when(state(40, occurred_on=YESTERDAY), facts()).then(unstated(40, 0), stated(40, 1, on=YESTERDAY))
    again.when(state(130), facts()).then(unstated(40, 0), stated(130, 1), overrun(30))
    over = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, stated(130, 0), overrun(30))
    over.when(state(40), facts()).then(unstated(130, 0), stated(40, 1), CLEARED)


def test_another_reference_is_another_entry() -> None:
    other = recorded(30, 0, uuid5(PROJECT, "row 2:1"), reference="row 2", category="all")
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, stated(40, 0)).when(state(30, reference="row 2"), facts()).then(
        other
    )


def test_a_stated_entry_never_has_the_id_of_another_one() -> None:
    events = (TAKEN_OVER, stated(40, 0), unstated(40, 0))
    given(project_budget.PROJECT_BUDGET, *events).when(state(40), facts()).then(stated(40, 1))
    given(project_budget.PROJECT_BUDGET, TAKEN_OVER, recorded(1, id=entry(1))).when(state(40), facts()).then(
        stated(40, 2)
    )


def test_several_entries_of_a_reference_are_stated_together() -> None:
    parts = [recorded(part, id=id, reference="row 1", category="all") for part, id in ((30, PAID), (10, PAID2))]
    several = given(project_budget.PROJECT_BUDGET, TAKEN_OVER, *parts)
    several.when(state(40), facts()).then()
    reversals = [
        reversed_(part, id=id).model_copy(update={"category": "all"}) for part, id in ((30, PAID), (10, PAID2))
    ]
    several.when(state(50), facts()).then(*reversals, stated(50, 2))


def test_a_stated_entry_keeps_the_commitment_of_the_one_it_replaces() -> None:
    events = (TAKEN_OVER, made(60), recorded(40, 40, PAID, ORDER, reference="row 1"))
    expected = stated(50, 1).model_copy(update={"commitment_id": ORDER, "consumed": money(50)})
    given(project_budget.PROJECT_BUDGET, *events).when(state(50), facts()).then(
        reversed_(40, 40, order=ORDER), expected
    )


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


def test_an_estimate_is_not_below_zero_and_in_the_budgets_currency() -> None:
    funded = given(project_budget.PROJECT_BUDGET, *FUNDED)
    funded.when(estimate(0), facts()).then(estimated(0))
    funded.when(estimate(-1), facts()).then_refused("amount-not-negative")
    funded.when(estimate(1, currency="USD"), facts()).then_refused("currency-differs")


# closing


def test_a_budget_is_closed_once_at_any_stage() -> None:
    for events in (opened(),), (opened(), REFUSED), FUNDED, (TAKEN_OVER, made()):
        given(project_budget.PROJECT_BUDGET, *events).when(project_budget.CloseProjectBudget(), facts()).then(CLOSED)
    given(project_budget.PROJECT_BUDGET, *FUNDED, CLOSED).when(project_budget.CloseProjectBudget(), facts()).then()


@pytest.mark.parametrize(
    "command",
    [
        confirm(),
        supplement(),
        commit(),
        RELEASE,
        record(),
        reverse(),
        state(1),
        estimate(1),
        project_budget.CloseProjectBudget(),
    ],
)
def test_a_budget_that_was_never_opened_is_not_found(command: project_budget.ProjectBudgetCommand) -> None:
    with pytest.raises(NotFound):
        project_budget.PROJECT_BUDGET.decide(None, command, facts())
