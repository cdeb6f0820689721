"""The events behind a budget's figures: they add up to the figures, whatever the order of the budgets' events."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from chassis.consumers.projection import Fold
from chassis.messaging.cloudevents import Envelope
from contracts import finance
from contracts.finance import closing
from contracts.values import Money
from services.reporting.money.entries import BUDGET_ENTRIES, BudgetEntryRow, Figure
from services.reporting.money.read_models import DIVISION_BUDGETS, PROJECT_MONEY, DivisionBudgetRow

BUDGET, PROJECT, DIVISION, OTHER = (UUID(int=number) for number in range(1, 5))
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LINE = finance.BudgetLine(
    category="software",
    cost_kind=finance.CostKind.OPEX,
    purpose=finance.Purpose.RUN,
    amount=Money(amount=Decimal(100), currency="EUR"),
    spread=(Decimal(100),),
)
CENTS = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2))


def euros(amount: Decimal | int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def messages(kind: str, id: UUID, events: Sequence[BaseModel]) -> list[Envelope]:
    stream = f"{kind}-{id}"
    return [
        Envelope("t", 0, number, event, stream=stream, number=number, time=BEGAN + timedelta(minutes=number))
        for number, event in enumerate(events, start=1)
    ]


def folded(fold: Fold[Any], envelopes: Sequence[Envelope]) -> dict[Any, Any]:
    rows: dict[Any, Any] = {}
    for envelope in envelopes:
        for key in fold.keys(envelope):
            rows[key] = fold.fold(rows.get(key), envelope, key)
    return rows


def total(rows: Sequence[BudgetEntryRow], budget: UUID, figure: Figure) -> Decimal:
    """The figure as the view adds it up: from the last event that states it whole."""
    of = [row for row in rows if row.budget_id == budget and row.figure == figure]
    first = max((row.number for row in of if row.replaces), default=0)
    return sum((row.amount for row in of if row.number >= first), Decimal(0))


def drafted(amount: Decimal | int = 100) -> finance.DivisionBudgetDrafted:
    known = {"division_id": DIVISION, "fiscal_year": 2026, "parent_budget_id": None, "lines": (LINE,)}
    return finance.DivisionBudgetDrafted(**known, total=euros(amount))


def history(steps: Sequence[tuple[str, Decimal, Decimal]]) -> list[BaseModel]:
    """A budget's events, each with the budget as it is after it."""
    current, events = Decimal(100), [drafted(), finance.DivisionBudgetApproved(original=euros(100))]
    for what, one, two in steps:
        match what:
            case "supplement":
                current += one
                said = {"amount": euros(one), "reason": "More.", "current": euros(current)}
                events.append(finance.DivisionBudgetSupplemented(**said))
            case "transfer":
                current += one
                said = {"amount": euros(one), "reason": "Moved.", "current": euros(current)}
                events.append(finance.DivisionBudgetTransferred(transfer_id=OTHER, other_budget_id=OTHER, **said))
            case "carry":
                current += one + two
                said = {"amount": euros(one), "below": euros(two), "current": euros(current)}
                events.append(closing.DivisionBudgetCarriedForward(year_end_id=OTHER, from_budget_id=None, **said))
            case "charge":
                sums = {"planned": one, "committed": two, "spent": one - two, "reserved": two}
                events.append(finance.DivisionBudgetCharged(category="software", **sums, occurred_on=date(2026, 1, 1)))
    return [*events, carried_over(Decimal("7.07"), Decimal("0.93"))]


def carried_over(carried: Decimal, lapsed: Decimal) -> closing.DivisionBudgetCarriedOver:
    known = {"year_end_id": OTHER, "carried_to": OTHER, "overspent": euros(0)}
    return closing.DivisionBudgetCarriedOver(**known, carried=euros(carried), lapsed=euros(lapsed))


STEPS = st.lists(st.tuples(st.sampled_from(["supplement", "transfer", "carry", "charge"]), CENTS, CENTS), max_size=30)


@given(STEPS)
def test_the_events_behind_a_figure_of_a_division_add_up_to_it(steps: list[tuple[str, Decimal, Decimal]]) -> None:
    envelopes = messages("division-budget", BUDGET, history(steps))
    row = folded(DIVISION_BUDGETS, envelopes)[BUDGET]
    assert isinstance(row, DivisionBudgetRow)
    entries = list(folded(BUDGET_ENTRIES, envelopes).values())
    figures = {figure: total(entries, BUDGET, figure) for figure in Figure}
    assert figures[Figure.ORIGINAL] == row.original
    assert figures[Figure.CURRENT] == row.current
    assert figures[Figure.RESERVED] == row.reserved
    assert figures[Figure.COMMITTED] == row.planned + row.committed
    assert figures[Figure.SPENT] == row.spent
    assert figures[Figure.CARRIED_OVER] == row.carried_over == 8


def test_a_budget_drafted_again_is_what_it_was_drafted_as_last() -> None:
    entries = list(folded(BUDGET_ENTRIES, messages("division-budget", BUDGET, [drafted(70), drafted(90)])).values())
    assert total(entries, BUDGET, Figure.CURRENT) == 90


def test_what_a_project_draws_is_granted_by_the_budget_it_comes_from_and_given_back_there() -> None:
    known = {"project_id": PROJECT, "division_budget_id": BUDGET}
    supplement = {"granted": euros(50), "amount": euros(20), "reason": "More."}
    events = [
        finance.ProjectFundingConfirmed(**known, granted=euros(30), contingency=euros(5)),
        finance.ProjectBudgetSupplemented(**known, **supplement),
        finance.ProjectBudgetCharged(
            project_id=PROJECT, category="c", planned=4, committed=3, spent=2, occurred_on=date(2026, 1, 1)
        ),
        finance.EstimateAtCompletionStated(
            project_id=PROJECT, estimate=euros(60), basis="stated", as_of=date(2026, 1, 1), reason="Counted."
        ),
        finance.ProjectAllotmentReturned(**known, amount=euros(8)),
    ]
    envelopes = messages("project-budget", PROJECT, events)
    row = folded(PROJECT_MONEY, envelopes)[PROJECT]
    entries = list(folded(BUDGET_ENTRIES, envelopes).values())
    assert total(entries, BUDGET, Figure.ALLOTTED) == Decimal(row.allotments[str(BUDGET)]) == 42
    assert total(entries, PROJECT, Figure.CURRENT) == row.granted == 50
    assert [total(entries, PROJECT, figure) for figure in (Figure.COMMITTED, Figure.SPENT)] == [7, 2]
    assert total(entries, PROJECT, Figure.ESTIMATE) == row.estimate == 60


def test_what_leaves_a_figure_as_it_was_is_not_behind_it() -> None:
    sums = {"planned": 0, "committed": 0, "spent": 5, "reserved": 0}
    event = finance.DivisionBudgetCharged(category="software", **sums, occurred_on=date(2026, 2, 3))
    (entry,) = folded(BUDGET_ENTRIES, messages("division-budget", BUDGET, [event])).values()
    assert (entry.figure, entry.amount, entry.category, entry.occurred_on) == ("spent", 5, "software", date(2026, 2, 3))
