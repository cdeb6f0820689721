"""Project and division budgets as finance publishes them; amounts are exact, in one currency a row."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import finance
from contracts.finance import closing
from contracts.values import Money
from services.reporting.organisation.domain.rows import Mark
from services.reporting.organisation.streams import mark

ZERO = Decimal(0)


class ProjectMoneyRow(ReadRow):
    """A project's money: asked, granted, bound (planned orders included), spent and expected."""

    id: UUID
    division_id: UUID | None = None
    division_budget_id: UUID | None = None
    currency: str | None = None
    allotments: dict[str, str] = {}
    status: str = "asked"
    asked: Decimal = ZERO
    granted: Decimal = ZERO
    contingency: Decimal = ZERO
    committed: Decimal = ZERO
    actual: Decimal = ZERO
    estimate: Decimal | None = None
    estimate_as_of: date | None = None
    overrun: bool = False
    marks: dict[str, Mark] = {}


class BudgetStatus(StrEnum):
    """How far a division's budget has come."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    CLOSED = "closed"


class DivisionBudgetRow(ReadRow):
    """A division's budget of a fiscal year; ``carried_over``: what the next year got, or what lapsed, at its end."""

    id: UUID
    division_id: UUID | None = None
    fiscal_year: int = 0
    parent_budget_id: UUID | None = None
    currency: str = ""
    status: str = BudgetStatus.DRAFTED
    original: Decimal = ZERO
    current: Decimal = ZERO
    planned: Decimal = ZERO
    committed: Decimal = ZERO
    spent: Decimal = ZERO
    reserved: Decimal = ZERO
    carried_over: Decimal = ZERO


def fold_project_money(row: ProjectMoneyRow | None, envelope: Envelope, key: UUID) -> ProjectMoneyRow:
    money = row or ProjectMoneyRow(id=key)
    match envelope.event:
        case finance.ProjectBudgetOpened(division_id=division_id, asked=asked):
            return money.but(division_id=division_id, asked=asked.amount, currency=asked.currency, status="asked")
        case finance.ProjectBudgetTakenOver(division_id=division_id, granted=granted):
            return granting(money.but(division_id=division_id), envelope, granted)
        case finance.TakenOverBudgetCorrected(granted=granted):
            return granting(money, envelope, granted)
        case finance.ProjectFundingConfirmed() as event:
            funded = money.but(contingency=event.contingency.amount, division_budget_id=event.division_budget_id)
            return granting(drawing(funded, event.division_budget_id, event.granted), envelope, event.granted)
        case finance.ProjectFundingRefused():
            return money.but(status="refused")
        case finance.ProjectBudgetSupplemented(granted=granted, amount=amount, division_budget_id=source):
            return granting(drawing(money, source, amount), envelope, granted)
        case finance.EstimateAtCompletionStated(estimate=estimate, as_of=as_of):
            return noted(money, envelope, "outlook").but(
                estimate=estimate.amount, estimate_as_of=as_of, currency=estimate.currency
            )
        case finance.ProjectBudgetClosed():
            return money.but(status="closed")
        case _:
            return fold_spending(money, envelope)


def fold_spending(money: ProjectMoneyRow, envelope: Envelope) -> ProjectMoneyRow:
    match envelope.event:
        case finance.ProjectBudgetCharged(planned=planned, committed=committed, spent=spent, occurred_on=day):
            charged = money.but(committed=money.committed + planned + committed, actual=money.actual + spent)
            return noted(charged, envelope, "actual") if day else charged
        case finance.ProjectAllotmentReturned(division_budget_id=source, amount=amount):
            return drawing(money, source, Money(amount=-amount.amount, currency=amount.currency))
        case finance.OverrunRaised():
            return noted(money, envelope, "overrun").but(overrun=True)
        case finance.OverrunCleared():
            return noted(money, envelope, "overrun").but(overrun=False)
        case _:
            return money


def drawing(money: ProjectMoneyRow, source: UUID | None, amount: Money) -> ProjectMoneyRow:
    """The project's money with this much more from a division's budget; exact, hence text."""
    if source is None:
        return money
    before = Decimal(money.allotments.get(str(source), "0"))
    return money.but(allotments=money.allotments | {str(source): str(before + amount.amount)})


def granting(money: ProjectMoneyRow, envelope: Envelope, granted: Money) -> ProjectMoneyRow:
    """The project's money with this whole budget."""
    return noted(money, envelope, "planned").but(granted=granted.amount, currency=granted.currency, status="funded")


def noted(money: ProjectMoneyRow, envelope: Envelope, fact: str) -> ProjectMoneyRow:
    """The same money, a fact marked with the event it comes from."""
    return money.but(marks=money.marks | {fact: mark(envelope)})


def fold_division_budget(row: DivisionBudgetRow | None, envelope: Envelope, key: UUID) -> DivisionBudgetRow:
    budget = row or DivisionBudgetRow(id=key)
    match envelope.event:
        case finance.DivisionBudgetDrafted() as event:
            return budget.but(
                division_id=event.division_id,
                fiscal_year=event.fiscal_year,
                parent_budget_id=event.parent_budget_id,
                currency=event.total.currency,
                status=BudgetStatus.DRAFTED,
                original=event.total.amount,
                current=event.total.amount,
            )
        case finance.DivisionBudgetSubmitted():
            return budget.but(status=BudgetStatus.SUBMITTED)
        case finance.DivisionBudgetReturned():
            return budget.but(status=BudgetStatus.DRAFTED)
        case finance.DivisionBudgetApproved(original=original):
            return budget.but(status=BudgetStatus.APPROVED, original=original.amount, current=original.amount)
        case finance.DivisionBudgetSupplemented(current=current) | finance.DivisionBudgetTransferred(current=current):
            return budget.but(current=current.amount)
        case closing.DivisionBudgetCarriedForward(current=current):
            return budget.but(current=current.amount)
        case finance.DivisionBudgetCharged() as event:
            return budget.but(
                planned=budget.planned + event.planned,
                committed=budget.committed + event.committed,
                spent=budget.spent + event.spent,
                reserved=budget.reserved + event.reserved,
            )
        case finance.DivisionBudgetClosed():
            return budget.but(status=BudgetStatus.CLOSED)
        case closing.DivisionBudgetCarriedOver(carried=carried, lapsed=lapsed):
            return budget.but(carried_over=carried.amount + lapsed.amount)
        case _:
            return budget


PROJECT_MONEY = Fold("project_money", ProjectMoneyRow, of_kind("project-budget"), fold_project_money)
DIVISION_BUDGETS = Fold("division_budgets", DivisionBudgetRow, of_kind("division-budget"), fold_division_budget)
