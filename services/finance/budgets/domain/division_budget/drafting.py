"""The draft of a division's budget: its lines and its parent."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Refused, new
from contracts import finance
from contracts.values import Currency
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    check_status,
)

FiscalYear = Annotated[int, Field(ge=1900, le=2200)]


MOST_LINES, MOST_PERIODS = 200, 53


class DraftDivisionBudget(Command):
    """Draft a division's budget of a fiscal year. Repeating it with the same facts changes nothing."""

    division_id: UUID
    fiscal_year: FiscalYear
    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[finance.BudgetLine, ...]


class RedraftDivisionBudget(Command):
    """Replace the lines and the parent of a budget that is still a draft."""

    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[finance.BudgetLine, ...]


def draft(state: DivisionBudget | None, command: DraftDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """A budget starts as a draft with sound lines, below a parent of its year."""
    drafted = drafting(command.division_id, command.fiscal_year, command)
    if state is not None and drafted == drafted_as(state):
        return []
    new(state, "division budget")
    check_parent(drafted, facts)
    return [drafted]


def redraft(budget: DivisionBudget, command: RedraftDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """Only a draft is rewritten; division and year stay."""
    check_status(budget, "drafted")
    drafted = drafting(budget.division_id, budget.fiscal_year, command)
    if drafted == drafted_as(budget):
        return []
    check_parent(drafted, facts)
    return [drafted]


def drafting(
    division_id: UUID, fiscal_year: int, command: DraftDivisionBudget | RedraftDivisionBudget
) -> finance.DivisionBudgetDrafted:
    """The draft with its total, when its lines are sound."""
    check_lines(command.lines, command.currency)
    return finance.DivisionBudgetDrafted(
        division_id=division_id,
        fiscal_year=fiscal_year,
        parent_budget_id=command.parent_budget_id,
        lines=command.lines,
        total=money.within_range(sum((line.amount.amount for line in command.lines), Decimal(0)), command.currency),
    )


def drafted_as(budget: DivisionBudget) -> finance.DivisionBudgetDrafted:
    """The draft a budget came from."""
    known = {name: getattr(budget, name) for name in ("division_id", "fiscal_year", "parent_budget_id", "lines")}
    return finance.DivisionBudgetDrafted(**known, total=budget.original)


def check_lines(lines: tuple[finance.BudgetLine, ...], currency: str) -> None:
    """Lines are there, distinct, of one currency, positive, and spread over the same periods to exactly 100 %."""
    if not lines:
        raise Refused("lines-not-empty", "The budget has no lines.", "Name at least one line.")
    if len(lines) > MOST_LINES:
        raise Refused("too-many-lines", f"{len(lines)} lines are more than {MOST_LINES}.", "Merge some lines.")
    if len({(line.category, line.cost_kind, line.purpose) for line in lines}) < len(lines):
        detail = "Two lines have the same category, cost kind and purpose."
        raise Refused("lines-distinct", detail, "Merge them into one line.")
    for line in lines:
        money.check_currency(currency, line.amount)
        money.check_positive(line.amount)
        check_spread(line, periods=len(lines[0].spread))


def check_spread(line: finance.BudgetLine, periods: int) -> None:
    """The shares of a line's periods sum to exactly 100 %; every line has the same periods."""
    if len(line.spread) != periods or periods > MOST_PERIODS:
        detail = f"'{line.category}' is spread over {len(line.spread)} periods, the first line over {periods}."
        raise Refused("same-periods", detail, f"Spread every line over the same periods, at most {MOST_PERIODS}.")
    if (total := sum(line.spread, Decimal(0))) != 100:
        detail = f"The shares of '{line.category}' sum to {total:f} %."
        raise Refused(
            "spread-is-whole", detail, "Make the shares sum to exactly 100 %, with the rounding in one of them."
        )


def check_parent(drafted: finance.DivisionBudgetDrafted, facts: DivisionBudgetFacts) -> None:
    """A parent is another budget of the same year and currency."""
    if drafted.parent_budget_id is None:
        return
    if drafted.parent_budget_id == facts.id:
        raise Refused("no-cycles", "A budget cannot lie below itself.", "Choose another parent budget.")
    if facts.parent is None:
        raise Refused("parent-unknown", "The parent budget does not exist.", "Draft it first.")
    if facts.parent.fiscal_year != drafted.fiscal_year:
        detail = f"The parent budget is of {facts.parent.fiscal_year}, this one of {drafted.fiscal_year}."
        raise Refused("parent-same-year", detail, "Choose the parent division's budget of the same year.")
    money.check_currency(facts.parent.current.currency, drafted.total)
