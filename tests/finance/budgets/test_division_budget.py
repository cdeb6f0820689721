"""The rules of division budgets."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from chassis.domain.decider import Actor, Forbidden, Refused
from contracts import finance
from contracts.roles import Role
from contracts.values import Money
from services.finance.budgets.commands import DIVISION_BUDGETS
from services.finance.budgets.domain.division_budget import drafting, model, moving
from services.finance.budgets.domain.division_budget import rules as division_budget
from services.finance.budgets.domain.money import Funds
from tests.scenarios import given, who_may

BUDGET, DIVISION, PARENT, OTHER, TRANSFER = (UUID(int=n) for n in range(1, 6))
QUARTERS = (Decimal(25),) * 4


def money(amount: str | int | Decimal, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def line(amount: str | int = 60, category: str = "licences", currency: str = "EUR", **known: Any) -> finance.BudgetLine:
    values = {"cost_kind": finance.CostKind.OPEX, "purpose": finance.Purpose.RUN, "spread": QUARTERS, **known}
    return finance.BudgetLine(category=category, amount=money(amount, currency), **values)


def draft(
    *lines: finance.BudgetLine, currency: str = "EUR", parent: UUID | None = None
) -> drafting.DraftDivisionBudget:
    return drafting.DraftDivisionBudget(
        division_id=DIVISION, fiscal_year=2027, currency=currency, parent_budget_id=parent, lines=lines
    )


def drafted(parent: UUID | None = None) -> finance.DivisionBudgetDrafted:
    return finance.DivisionBudgetDrafted(
        division_id=DIVISION, fiscal_year=2027, parent_budget_id=parent, lines=LINES, total=money(100)
    )


def facts(actor: str = "controller", for_whom: str | None = None, **known: Any) -> model.DivisionBudgetFacts:
    return model.DivisionBudgetFacts(
        actor=Actor(actor, frozenset({Role.FINANCE_CONTROLLER}), for_whom=for_whom),
        at=datetime(2026, 11, 22, tzinfo=UTC),
        id=BUDGET,
        **known,
    )


def funds(left: int, current: int = 1000, **known: Any) -> Funds:
    values = {"approved": True, "fiscal_year": 2027, **known}
    return Funds(current=money(current), allotted=money(current - left), **values)


LINES = (line(60), line(40, "hardware"))
DRAFTED = drafted()
SUBMITTED = finance.DivisionBudgetSubmitted(submitted_by="head", submitted_for=None)
APPROVED = finance.DivisionBudgetApproved(original=money(100))
IN_FORCE = (DRAFTED, SUBMITTED, APPROVED)
BELOW = (drafted(PARENT), SUBMITTED, APPROVED)
CLOSED = finance.DivisionBudgetClosed()
SUPPLEMENT = moving.SupplementDivisionBudget(amount=money(20), reason="audit")
OUT = moving.TransferOut(transfer_id=TRANSFER, other_budget_id=OTHER, amount=money(30), reason="priorities")
IN = moving.ReceiveTransfer(transfer_id=TRANSFER, other_budget_id=OTHER, amount=money(30), reason="priorities")


def supplemented(current: int) -> finance.DivisionBudgetSupplemented:
    return finance.DivisionBudgetSupplemented(amount=money(20), reason="audit", current=money(current))


def transferred(amount: int, current: int) -> finance.DivisionBudgetTransferred:
    return finance.DivisionBudgetTransferred(
        transfer_id=TRANSFER, other_budget_id=OTHER, amount=money(amount), reason="priorities", current=money(current)
    )


def attempt(
    state: model.DivisionBudget | None, command: division_budget.DivisionBudgetCommand, known: model.DivisionBudgetFacts
) -> tuple[model.DivisionBudget | None, str]:
    """The state after a command, and the rule that refused it, if one did."""
    try:
        return division_budget.DIVISION_BUDGET.fold(
            division_budget.DIVISION_BUDGET.decide(state, command, known), state
        ), ""
    except Refused as refused:
        return state, refused.rule


def test_a_budget_is_drafted_with_the_total_of_its_lines() -> None:
    given(division_budget.DIVISION_BUDGET).when(draft(*LINES), facts()).then(DRAFTED)


def test_drafting_it_again_with_the_same_facts_changes_nothing_at_any_stage() -> None:
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(draft(*LINES), facts()).then()
    given(division_budget.DIVISION_BUDGET, *IN_FORCE, supplemented(120), CLOSED).when(draft(*LINES), facts()).then()


def test_drafting_another_one_under_the_same_id_is_refused() -> None:
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(draft(line()), facts()).then_refused("already-exists")


def test_a_budget_needs_lines() -> None:
    given(division_budget.DIVISION_BUDGET).when(draft(), facts()).then_refused("lines-not-empty")


def test_a_budget_has_a_bounded_number_of_lines() -> None:
    many = [line(category=f"category {number}") for number in range(201)]
    given(division_budget.DIVISION_BUDGET).when(draft(*many), facts()).then_refused("too-many-lines")
    given(division_budget.DIVISION_BUDGET).when(draft(*many[:200]), facts()).then_state()


def test_no_two_lines_are_for_the_same() -> None:
    given(division_budget.DIVISION_BUDGET).when(draft(line(), line(1)), facts()).then_refused("lines-distinct")
    given(division_budget.DIVISION_BUDGET).when(
        draft(line(), line(1, purpose=finance.Purpose.GROW)), facts()
    ).then_state()
    given(division_budget.DIVISION_BUDGET).when(
        draft(line(), line(1, cost_kind=finance.CostKind.CAPEX)), facts()
    ).then_state()


def test_all_lines_have_the_budgets_currency() -> None:
    lines = (line(), line(1, "hardware", "USD"))
    given(division_budget.DIVISION_BUDGET).when(draft(*lines), facts()).then_refused("currency-differs")
    given(division_budget.DIVISION_BUDGET).when(draft(line(), currency="USD"), facts()).then_refused("currency-differs")


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_lines_are_above_zero(amount: str) -> None:
    given(division_budget.DIVISION_BUDGET).when(draft(line(amount)), facts()).then_refused("amount-positive")


def test_no_line_and_no_total_is_larger_than_a_budget_can_be() -> None:
    largest = str(10**15)
    given(division_budget.DIVISION_BUDGET).when(draft(line(largest)), facts()).then_state()
    given(division_budget.DIVISION_BUDGET).when(draft(line(str(10**15 + 1))), facts()).then_refused("amount-too-large")
    two = draft(line(largest), line(1, "hardware"))
    given(division_budget.DIVISION_BUDGET).when(two, facts()).then_refused("amount-too-large")


@pytest.mark.parametrize("spread", [(), ("99.9999",), ("33.3333", "33.3333", "33.3333"), ("100", "0.0001"), ("0",)])
def test_the_spread_of_a_line_sums_to_exactly_100_percent(spread: tuple[str, ...]) -> None:
    shares = tuple(Decimal(share) for share in spread)
    given(division_budget.DIVISION_BUDGET).when(draft(line(spread=shares)), facts()).then_refused("spread-is-whole")


def test_every_line_is_spread_over_the_same_periods() -> None:
    other = line(40, "hardware", spread=(Decimal(50),) * 2)
    given(division_budget.DIVISION_BUDGET).when(draft(line(), other), facts()).then_refused("same-periods")
    weeks = (Decimal(100), *[Decimal(0)] * 52)
    given(division_budget.DIVISION_BUDGET).when(draft(line(spread=weeks)), facts()).then_state()
    given(division_budget.DIVISION_BUDGET).when(draft(line(spread=(*weeks, Decimal(0)))), facts()).then_refused(
        "same-periods"
    )


@for_all(some.lists(some.integers(0, 1_000_000), min_size=1, max_size=60))
def test_a_draft_is_refused_unless_its_spread_is_100_percent(parts: list[int]) -> None:
    shares = tuple(Decimal(part) / 10_000 for part in parts)
    rule = "same-periods" if len(parts) > 53 else "" if sum(parts) == 1_000_000 else "spread-is-whole"
    assert attempt(None, draft(line(spread=shares)), facts())[1] == rule


@for_all(some.lists(some.integers(0, 1_000_000), max_size=11))
def test_every_spread_of_100_percent_is_accepted(cuts: list[int]) -> None:
    marks = [0, *sorted(cuts), 1_000_000]
    shares = tuple(Decimal(end - start) / 10_000 for start, end in pairwise(marks))
    assert division_budget.DIVISION_BUDGET.decide(None, draft(line(spread=shares)), facts())


def test_a_parent_budget_is_another_one_of_the_same_year_and_currency() -> None:
    below = draft(*LINES, parent=PARENT)
    given(division_budget.DIVISION_BUDGET).when(below, facts(parent=funds(0, approved=False))).then(drafted(PARENT))
    given(division_budget.DIVISION_BUDGET).when(below, facts()).then_refused("parent-unknown")
    given(division_budget.DIVISION_BUDGET).when(below, facts(parent=funds(100, fiscal_year=2026))).then_refused(
        "parent-same-year"
    )
    dollars = Funds(approved=True, fiscal_year=2027, current=money(1000, "USD"), allotted=money(0, "USD"))
    given(division_budget.DIVISION_BUDGET).when(below, facts(parent=dollars)).then_refused("currency-differs")
    given(division_budget.DIVISION_BUDGET).when(draft(*LINES, parent=BUDGET), facts(parent=funds(100))).then_refused(
        "no-cycles"
    )


def test_only_a_draft_is_redrafted_and_the_same_lines_change_nothing() -> None:
    same = drafting.RedraftDivisionBudget(currency="EUR", lines=LINES)
    other = drafting.RedraftDivisionBudget(currency="EUR", lines=(line(100),))
    redrafted = DRAFTED.model_copy(update={"lines": (line(100),)})
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(same, facts()).then()
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(other, facts()).then(redrafted)
    given(division_budget.DIVISION_BUDGET, DRAFTED, SUBMITTED).when(other, facts()).then_refused("only-drafted")


def test_a_redraft_keeps_the_rules_of_a_draft() -> None:
    for lines, rule in ((), "lines-not-empty"), ((line(1, spread=(Decimal(1),)),), "spread-is-whole"):
        redraft = drafting.RedraftDivisionBudget(currency="EUR", lines=lines)
        given(division_budget.DIVISION_BUDGET, DRAFTED).when(redraft, facts()).then_refused(rule)
    moved = drafting.RedraftDivisionBudget(currency="EUR", lines=LINES, parent_budget_id=PARENT)
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(moved, facts()).then_refused("parent-unknown")
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(moved, facts(parent=funds(100))).then(drafted(PARENT))


def test_a_draft_is_submitted_by_somebody_for_somebody() -> None:
    for_head = finance.DivisionBudgetSubmitted(submitted_by="deputy", submitted_for="head")
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(division_budget.SubmitDivisionBudget(), facts("head")).then(
        SUBMITTED
    )
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(
        division_budget.SubmitDivisionBudget(), facts("deputy", "head")
    ).then(for_head)
    given(division_budget.DIVISION_BUDGET, DRAFTED, SUBMITTED).when(
        division_budget.SubmitDivisionBudget(), facts()
    ).then_refused("only-drafted")


def test_a_submitted_budget_goes_back_to_draft() -> None:
    back = division_budget.ReturnDivisionBudget(reason="too vague")
    returned = finance.DivisionBudgetReturned(reason="too vague")
    given(division_budget.DIVISION_BUDGET, DRAFTED, SUBMITTED).when(back, facts()).then(returned)
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(back, facts()).then_refused("only-submitted")
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(back, facts()).then_refused("only-submitted")
    given(division_budget.DIVISION_BUDGET, DRAFTED, SUBMITTED, returned).when(
        division_budget.SubmitDivisionBudget(), facts("head")
    ).then(SUBMITTED)
    assert division_budget.DIVISION_BUDGET.fold([DRAFTED, SUBMITTED, returned]) == division_budget.DIVISION_BUDGET.fold(
        [DRAFTED]
    )


def test_a_submitted_budget_is_approved_by_somebody_else() -> None:
    approve = division_budget.ApproveDivisionBudget()
    given(division_budget.DIVISION_BUDGET, DRAFTED, SUBMITTED).when(approve, facts("cfo")).then(APPROVED)
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(approve, facts("cfo")).then_refused("only-submitted")
    refused = who_may(DIVISION_BUDGETS, DRAFTED, SUBMITTED).when(approve, facts("head"))
    assert isinstance(refused.then_refused("submitter-is-not-approver"), Forbidden)


def test_nobody_approves_their_own_budget_by_standing_in_or_being_stood_in_for() -> None:
    for_head = finance.DivisionBudgetSubmitted(submitted_by="deputy", submitted_for="head")
    for who in facts("deputy"), facts("head"), facts("cfo", "head"), facts("deputy", "cfo"):
        who_may(DIVISION_BUDGETS, DRAFTED, for_head).when(division_budget.ApproveDivisionBudget(), who).then_refused(
            "submitter-is-not-approver"
        )
    who_may(DIVISION_BUDGETS, DRAFTED, for_head).when(
        division_budget.ApproveDivisionBudget(), facts("cfo", "ceo")
    ).then(APPROVED)


def test_the_budgets_below_a_parent_stay_within_it() -> None:
    given_submitted = given(division_budget.DIVISION_BUDGET, drafted(PARENT), SUBMITTED)
    approve = division_budget.ApproveDivisionBudget()
    given_submitted.when(approve, facts("cfo", parent=funds(100))).then(APPROVED)
    refused = given_submitted.when(approve, facts("cfo", parent=funds(99))).then_refused("exceeds-division-budget")
    assert "99 EUR of 1,000 EUR" in refused.detail
    given_submitted.when(approve, facts("cfo", parent=funds(100, approved=False))).then_refused("parent-approved")
    given_submitted.when(approve, facts("cfo")).then_refused("parent-approved")


def test_an_approved_budget_is_supplemented_within_its_parent() -> None:
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(SUPPLEMENT, facts()).then(supplemented(120))
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(SUPPLEMENT, facts()).then_refused("only-approved")
    given(division_budget.DIVISION_BUDGET, *BELOW).when(SUPPLEMENT, facts(parent=funds(20))).then(supplemented(120))
    given(division_budget.DIVISION_BUDGET, *BELOW).when(SUPPLEMENT, facts(parent=funds(19))).then_refused(
        "exceeds-division-budget"
    )


@pytest.mark.parametrize(
    ("amount", "rule"),
    [
        (money(0), "amount-positive"),
        (money(-1), "amount-positive"),
        (money(1, "USD"), "currency-differs"),
        (money(10**15), "amount-too-large"),
    ],
)
def test_money_that_moves_is_above_zero_and_of_the_budgets_currency(amount: Money, rule: str) -> None:
    known = facts(other=funds(0), allotted=money(0))
    commands: list[division_budget.DivisionBudgetCommand] = [
        moving.SupplementDivisionBudget(amount=amount, reason="more")
    ]
    commands.append(IN.model_copy(update={"amount": amount}))
    if rule != "amount-too-large":
        commands.append(OUT.model_copy(update={"amount": amount}))
    for command in commands:
        given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(command, known).then_refused(rule)


def test_money_goes_out_to_an_approved_budget_of_the_same_currency() -> None:
    known = facts(other=funds(0), allotted=money(70))
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, known).then(transferred(-30, 70))
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(OUT, known).then_refused("only-approved")
    closed = facts(other=funds(0, approved=False), allotted=money(0))
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, closed).then_refused("receiver-approved")
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, facts(allotted=money(0))).then_refused(
        "receiver-approved"
    )
    dollars = Funds(approved=True, fiscal_year=2027, current=money(1, "USD"), allotted=money(0, "USD"))
    known = facts(other=dollars, allotted=money(0))
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, known).then_refused("currency-differs")


def test_what_is_allotted_to_projects_cannot_be_sent_away() -> None:
    known = facts(other=funds(0), allotted=money("70.01"))
    refused = given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, known).then_refused("exceeds-division-budget")
    assert "29.99 EUR of 100 EUR" in refused.detail
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(OUT, facts(other=funds(0))).then_refused("allotment-unknown")


def test_money_comes_in_as_far_as_the_parent_has_room() -> None:
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(IN, facts()).then(transferred(30, 130))
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(IN, facts()).then_refused("only-approved")
    given(division_budget.DIVISION_BUDGET, *BELOW).when(IN, facts(parent=funds(30))).then(transferred(30, 130))
    given(division_budget.DIVISION_BUDGET, *BELOW).when(IN, facts(parent=funds(29))).then_refused(
        "exceeds-division-budget"
    )


def test_what_one_budget_sends_the_other_receives() -> None:
    state = division_budget.DIVISION_BUDGET.fold(IN_FORCE)
    sent = division_budget.DIVISION_BUDGET.fold((*IN_FORCE, transferred(-30, 70)))
    assert state is not None
    assert sent is not None
    assert division_budget.received(OUT, state, state, facts()) == [], "it waits for a second approver"
    (issued,) = division_budget.received(OUT, state, sent, facts())
    assert (issued.stream, issued.command) == (f"division-budget-{OUT.other_budget_id}", received(OUT))


def received(sent: moving.TransferOut) -> moving.ReceiveTransfer:
    return moving.ReceiveTransfer(
        transfer_id=sent.transfer_id, other_budget_id=BUDGET, amount=sent.amount, reason=sent.reason
    )


def test_the_room_of_the_parent_is_what_is_left_when_the_money_was_sent() -> None:
    parent, sender = funds(10), division_budget.DIVISION_BUDGET.fold(BELOW)
    assert sender is not None
    from_parent = IN.model_copy(update={"other_budget_id": PARENT})
    assert moving.once_sent(parent, PARENT, from_parent, None).current == money(970)
    assert moving.once_sent(parent, PARENT, IN, sender).allotted == money(960)
    elsewhere = sender.but(parent_budget_id=None)
    assert moving.once_sent(parent, PARENT, IN, elsewhere) == parent


def test_a_budget_transfers_nothing_to_itself() -> None:
    known = facts(other=funds(0), allotted=money(0))
    for command in OUT, IN:
        own = command.model_copy(update={"other_budget_id": BUDGET})
        given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(own, known).then_refused("two-budgets")


def test_repeating_a_transfer_changes_nothing_even_after_closing() -> None:
    given(division_budget.DIVISION_BUDGET, *IN_FORCE, transferred(-30, 70)).when(OUT, facts()).then()
    given(division_budget.DIVISION_BUDGET, *IN_FORCE, transferred(30, 130)).when(IN, facts()).then()
    given(division_budget.DIVISION_BUDGET, *IN_FORCE, transferred(30, 130), CLOSED).when(IN, facts()).then()


def test_the_same_transfer_with_other_facts_is_refused() -> None:
    given_received = given(division_budget.DIVISION_BUDGET, *IN_FORCE, transferred(30, 130))
    given_received.when(OUT, facts()).then_refused("transfer-differs")
    for change in {"amount": money(31)}, {"amount": money(30, "USD")}, {"other_budget_id": PARENT}:
        given_received.when(IN.model_copy(update=change), facts()).then_refused("transfer-differs")


def test_a_budget_remembers_a_bounded_number_of_transfers() -> None:
    state = division_budget.DIVISION_BUDGET.fold(IN_FORCE)
    for number in range(1000):
        command = IN.model_copy(update={"transfer_id": UUID(int=100 + number)})
        state = division_budget.DIVISION_BUDGET.fold(
            division_budget.DIVISION_BUDGET.decide(state, command, facts()), state
        )
    with pytest.raises(Refused, match="too-many-transfers"):
        division_budget.DIVISION_BUDGET.decide(state, IN, facts())


def test_an_approved_budget_is_closed() -> None:
    given(division_budget.DIVISION_BUDGET, *IN_FORCE).when(division_budget.CloseDivisionBudget(), facts()).then(CLOSED)
    given(division_budget.DIVISION_BUDGET, DRAFTED).when(division_budget.CloseDivisionBudget(), facts()).then_refused(
        "only-approved"
    )


@pytest.mark.parametrize(
    "command",
    [
        drafting.RedraftDivisionBudget(currency="EUR", lines=LINES),
        division_budget.SubmitDivisionBudget(),
        division_budget.ReturnDivisionBudget(reason="late"),
        division_budget.ApproveDivisionBudget(),
        SUPPLEMENT,
        OUT,
        IN,
        division_budget.CloseDivisionBudget(),
    ],
)
def test_nothing_changes_after_closing(command: division_budget.DivisionBudgetCommand) -> None:
    given(division_budget.DIVISION_BUDGET, *IN_FORCE, CLOSED).when(command, facts()).then_refused("period-closed")


@for_all(some.lists(some.tuples(some.sampled_from(["more", "out", "in"]), some.integers(-5, 60)), max_size=30))
def test_current_is_the_original_with_all_that_came_and_went(steps: list[tuple[str, int]]) -> None:
    state, expected = division_budget.DIVISION_BUDGET.fold(IN_FORCE), Decimal(100)
    for number, (kind, amount) in enumerate(steps):
        id, known = UUID(int=100 + number), facts(other=funds(0), allotted=money(40))
        command: division_budget.DivisionBudgetCommand = moving.SupplementDivisionBudget(
            amount=money(amount), reason="more"
        )
        if kind == "out":
            command = OUT.model_copy(update={"transfer_id": id, "amount": money(amount)})
        elif kind == "in":
            command = IN.model_copy(update={"transfer_id": id, "amount": money(amount)})
        state, rule = attempt(state, command, known)
        if kind == "out" and amount > 0 and expected - amount < 40:
            assert rule == "exceeds-division-budget"
        else:
            assert rule == ("" if amount > 0 else "amount-positive")
            expected += (-amount if kind == "out" else amount) if amount > 0 else 0
        assert state is not None
        assert state.current == money(expected)
        assert state.current.amount >= 40
        assert model.DivisionBudget.model_validate_json(state.model_dump_json()) == state
