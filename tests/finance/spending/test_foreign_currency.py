"""Orders and expenses in another currency than their budget's: converted once, and an order consumed by its share."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given as examples
from hypothesis import strategies as st
from pydantic import BaseModel

from contracts import finance
from contracts.finance.currencies import AppliedRate
from contracts.values import Money
from services.finance.spending.domain import commitment, expense
from services.finance.spending.domain.charged import SpendingFacts
from services.finance.spending.domain.commitment import COMMITMENT, Commitment
from services.finance.spending.domain.expense import EXPENSE, Expense, ExpenseFacts
from tests.finance.budgets.test_division_budget import DIVISION
from tests.finance.spending.story import CHARGED, ORDER, TODAY, on_expense, on_order
from tests.scenarios import given

RATE = AppliedRate(base="USD", quote="EUR", day=TODAY, rate=Decimal("0.925"))
LATER = RATE.model_copy(update={"rate": Decimal("1.25")})
"""What the same pair is worth on another day, or once the rate is corrected."""


def dollars(amount: str | int | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def euros(amount: str | int | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def draft(amount: Money) -> commitment.DraftCommitment:
    return commitment.DraftCommitment(**CHARGED | {"amount": amount})


def drafted(stated: Money, inside: Money, rate: AppliedRate = RATE) -> commitment.CommitmentDrafted:
    said = CHARGED | {"amount": inside, "stated": stated, "rate": rate}
    return commitment.CommitmentDrafted(division_id=DIVISION, **said, drafted_by="controller", drafted_for=None)


def made(stated: Money, inside: Money) -> finance.CommitmentMade:
    said = CHARGED | {"amount": inside, "stated": stated, "rate": RATE}
    return finance.CommitmentMade(commitment_id=ORDER, **said)


def standing(*events: BaseModel, before: Commitment | None = None) -> Commitment:
    state = COMMITMENT.fold(events, before)
    assert state is not None
    return state


def spent(*events: BaseModel, before: Expense | None = None) -> Expense:
    state = EXPENSE.fold(events, before)
    assert state is not None
    return state


def order(stated: str = "100.10", inside: str = "92.59") -> Commitment:
    return standing(drafted(dollars(stated), euros(inside)), made(dollars(stated), euros(inside)))


def submit(amount: Money, order: UUID | None = None, *, last: bool = False) -> expense.SubmitExpense:
    said = CHARGED | {"amount": amount, "commitment_id": order, "last": last, "occurred_on": TODAY}
    return expense.SubmitExpense(**said)


def at(rate: AppliedRate | None = RATE, **known: Any) -> ExpenseFacts:
    return on_expense(rate=rate, **known)


def submitted(amount: Money, order: Commitment | None = None, rate: AppliedRate = RATE, *, last: bool = False) -> Any:
    """An expense that was submitted at a rate."""
    command = submit(amount, ORDER if order else None, last=last)
    return EXPENSE.decide(None, command, at(rate, commitment=order))


def approved(amount: Money, to: Commitment, rate: AppliedRate = RATE, *, last: bool = False) -> Expense:
    """An approved invoice of an order."""
    events = submitted(amount, to, rate, last=last)
    recorded = EXPENSE.decide(EXPENSE.fold(events), expense.ApproveExpense(), at(commitment=to))
    return spent(*events, *recorded)


def after(to: Commitment, invoice: Expense) -> Commitment:
    """The order once an invoice consumed it."""
    (_, issued) = expense.approved(expense.ApproveExpense(), None, invoice, at(commitment=to))
    return standing(*COMMITMENT.decide(to, issued.command, on_order()), before=to)


def test_an_order_in_another_currency_is_bound_in_the_budgets_at_the_rate_of_its_day() -> None:
    facts = on_order(rate=RATE)
    given(COMMITMENT).when(draft(dollars("100.10")), facts).then(drafted(dollars("100.10"), euros("92.59")))
    (placed,) = COMMITMENT.decide(standing(drafted(dollars(100), euros("92.5"))), commitment.PlaceOrder(), on_order())
    assert isinstance(placed, finance.CommitmentMade)
    assert (placed.amount, placed.stated, placed.rate) == (euros("92.5"), dollars(100), RATE)


def test_half_a_cent_goes_to_the_even_cent() -> None:
    for stated, inside in (("0.10", "0.09"), ("0.30", "0.28"), ("0.50", "0.46"), ("0.70", "0.65")):
        (event,) = COMMITMENT.decide(None, draft(dollars(stated)), on_order(rate=RATE))
        assert isinstance(event, commitment.CommitmentDrafted)
        assert event.amount == euros(inside), stated


def test_without_a_rate_of_the_day_nothing_is_guessed() -> None:
    for refused in (
        given(COMMITMENT).when(draft(dollars(1)), on_order()).then_refused("rate-missing"),
        given(EXPENSE).when(submit(dollars(1)), at(None)).then_refused("rate-missing"),
    ):
        assert refused.detail == f"There is no rate of USD in EUR for {TODAY}."


def test_what_would_be_nothing_in_the_budgets_currency_is_no_order() -> None:
    cheap = RATE.model_copy(update={"rate": Decimal("0.4")})
    given(COMMITMENT).when(draft(dollars("0.01")), on_order(rate=cheap)).then_refused("amount-positive")


def test_what_was_converted_keeps_its_rate_when_the_rate_is_corrected() -> None:
    was = drafted(dollars("100.10"), euros("92.59"))
    given(COMMITMENT, was).when(draft(dollars("100.10")), on_order(rate=LATER)).then()
    given(EXPENSE, *submitted(dollars(20))).when(submit(dollars(20)), at(LATER)).then()
    assert spent(*submitted(dollars(20))).amount == euros("18.50")


def test_a_draft_that_is_corrected_is_converted_at_the_rate_of_that_day() -> None:
    revise = commitment.ReviseCommitment(category="licences", amount=dollars(40), reference="Order 7")
    given(COMMITMENT, drafted(dollars(100), euros("92.5"))).when(revise, on_order(rate=LATER)).then(
        drafted(dollars(40), euros(50), LATER)
    )
    same = commitment.ReviseCommitment(category="licences", amount=dollars(100), reference="Order 7")
    given(COMMITMENT, drafted(dollars(100), euros("92.5"))).when(same, on_order(rate=LATER)).then()


def test_an_invoice_is_spent_at_its_own_rate_and_consumes_its_share_of_the_order() -> None:
    to = order("100.00", "92.50")
    invoice = approved(dollars(40), to, LATER)
    assert (invoice.amount, invoice.consumed) == (euros(50), euros("37.00"))
    left = after(to, invoice)
    assert (left.open, left.invoiced_as_stated, left.status) == (Decimal("55.50"), Decimal(40), "invoiced in part")


def test_an_order_invoiced_in_full_leaves_nothing_open_whatever_the_rates_were() -> None:
    to = order()
    for amount, rate in (("33.37", RATE), ("33.37", LATER), ("33.36", RATE)):
        to = after(to, approved(dollars(amount), to, rate))
    assert (to.open, to.invoiced) == (Decimal(0), Decimal("92.59"))
    assert to.status is commitment.CommitmentStatus.INVOICED


def test_the_last_invoice_below_a_foreign_order_frees_the_rest() -> None:
    to = order()
    invoice = approved(dollars(10), to, last=True)
    assert invoice.consumed == euros("92.59")
    assert after(to, invoice).open == 0


def test_an_invoice_that_is_taken_back_binds_its_share_again() -> None:
    to = order()
    invoice = approved(dollars("50.05"), to, LATER)
    left = after(to, invoice)
    facts = at(commitment=left)
    (event,) = EXPENSE.decide(invoice, expense.ReverseExpense(reason="Wrong."), facts)
    assert isinstance(event, finance.ActualReversed)
    assert event.restored == invoice.consumed
    gone = spent(event, before=invoice)
    (_, issued) = expense.reversed_(expense.ReverseExpense(reason="Wrong."), invoice, gone, facts)
    again = standing(*COMMITMENT.decide(left, issued.command, on_order()), before=left)
    assert (again.open, again.status) == (to.open, "committed")


def test_a_foreign_order_is_invoiced_in_its_own_currency() -> None:
    to = order()
    refused = given(EXPENSE).when(submit(euros(20), ORDER), at(commitment=to)).then_refused("currency-of-order")
    assert refused.remedy == "State the invoice in USD."
    # It may have been revised between the invoice and its approval.
    waiting = submitted(dollars(20), to)
    kroner = to.model_copy(update={"stated": Money(amount=Decimal(900), currency="NOK")})
    given(EXPENSE, *waiting).when(expense.ApproveExpense(), at(commitment=kroner)).then_refused("currency-of-order")


def test_a_foreign_invoice_consumes_an_order_in_the_budgets_currency_by_what_it_is_worth() -> None:
    known = commitment.CommitmentDrafted(division_id=DIVISION, **CHARGED)
    to = standing(known, finance.CommitmentMade(commitment_id=ORDER, **CHARGED))
    invoice = approved(dollars(20), to)
    assert (invoice.amount, invoice.consumed) == (euros("18.50"), euros("18.50"))
    assert after(to, invoice).open == Decimal("31.50")


def test_what_another_system_has_in_another_currency_is_recorded_with_the_rate_of_its_day() -> None:
    said = {**CHARGED, "amount": dollars(40), "occurred_on": date(2026, 11, 1), "reason": "Ledger."}
    events = EXPENSE.decide(None, expense.StateExpense(**said), at())
    stated = spent(*events)
    assert (stated.amount, stated.as_stated, stated.rate) == (euros(37), dollars(40), RATE)
    given(EXPENSE, *events).when(expense.StateExpense(**said), at(LATER)).then()


def test_an_order_taken_over_is_bound_at_the_rate_of_the_day() -> None:
    facts: SpendingFacts = on_order(rate=RATE)
    take_over = commitment.TakeOverCommitment(**CHARGED | {"amount": dollars(100)}, source="ledger")
    events = COMMITMENT.decide(None, take_over, facts)
    taken = standing(*events)
    assert (taken.amount, taken.as_stated, taken.open) == (euros("92.50"), dollars(100), Decimal("92.50"))
    given(COMMITMENT, *events).when(take_over, on_order(rate=LATER)).then()


CENTS = st.integers(1, 10**7)


@examples(CENTS, st.lists(CENTS, min_size=1, max_size=8), st.decimals("0.0001", "9999", places=6))
def test_parts_of_a_foreign_order_consume_no_more_and_no_less_than_it_binds(
    whole: int, parts: Sequence[int], rate: Decimal
) -> None:
    stated = dollars(Decimal(whole).scaleb(-2))
    inside = euros((stated.amount * rate).quantize(Decimal("0.01")))
    to = standing(drafted(stated, inside), made(stated, inside))
    consumed = Decimal(0)
    for part in parts:
        before, to = to, commitment.invoiced(to, Decimal(part).scaleb(-2), None)
        consumed += before.open - to.open
    assert consumed + to.open == inside.amount
    assert (to.open == 0) >= (sum(parts) >= whole)
    assert 0 <= to.open <= inside.amount
