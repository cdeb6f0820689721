"""The command tables of spending: commitments and expenses of divisions' budgets and of projects'."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.finance.currencies import AppliedRate
from contracts.values import Money
from services.finance.authority.domain.approval import Powers
from services.finance.budgets.access import CONTROLLER, SERVICE, TAKES_OVER
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.facts import answering_for, in_force, policy, powers
from services.finance.currencies.facts import rate_of
from services.finance.organisation import zones
from services.finance.organisation.facts import division_of
from services.finance.spending import access
from services.finance.spending.domain import commitment, expense, spending_exception
from services.finance.spending.domain.charged import Charged, ChargesBudget, SpendingFacts


async def charged(view: View, state: Charged | None, command: Any, base: Facts) -> dict[str, Any]:
    """The division with its people and who answers for the project; the budget, where a command names one."""
    named: Charged | ChargesBudget = state or command
    budget = None if state else await budget_of(view, command)
    division_id = state.division_id if state else budget.division_id if budget else None
    return {
        "budget": budget,
        "of_project": named.project_id is not None,
        "division": await division_of(view, division_id, base.actor) if division_id else None,
        "answering": await answering_for(view, named.project_id) if named.project_id else frozenset(),
    }


async def budget_of(view: View, command: ChargesBudget) -> ProjectBudget | DivisionBudget | None:
    if command.project_id is not None:
        return await view.state(PROJECT_BUDGET, command.project_id)
    return await view.state(DIVISION_BUDGET, command.division_budget_id)


def budgets_named(command: ChargesBudget) -> Iterator[str]:
    """The streams of the budgets that a command names; a rule refuses more than one."""
    if command.project_id is not None:
        yield PROJECT_BUDGET.stream(command.project_id)
    if command.division_budget_id is not None:
        yield DIVISION_BUDGET.stream(command.division_budget_id)


async def rate(
    view: View, state: Charged | None, budget: ProjectBudget | DivisionBudget | None, stated: Money, day: date
) -> AppliedRate | None:
    """The rate of an amount's currency in the budget's; what was converted once keeps its rate, so it binds nobody."""
    into = state.amount.currency if state else budget.currency if budget else stated.currency
    if stated.currency == into:
        return None
    return await rate_of(view.store, stated.currency, into, day, (await policy(view)).rate_days)


async def commitment_facts(
    view: View, state: commitment.Commitment | None, command: commitment.CommitmentCommand, base: Facts
) -> SpendingFacts:
    known = await charged(view, state, command, base)
    division = known["division"]
    if isinstance(command, commitment.DraftCommitment | commitment.TakeOverCommitment | commitment.ReviseCommitment):
        known["rate"] = await rate(view, state, known["budget"], command.amount, base.today)
    if isinstance(command, commitment.ApproveCommitment):
        known["powers"] = await powers(view, base.actor, division, base.today)
    if isinstance(command, commitment.PlaceOrder):
        known["powers"] = Powers(await in_force(view, base.today), divisions=division.line if division else ())
    return SpendingFacts(**vars(base), **known)


COMMITMENTS = Aggregate(
    commitment.COMMITMENT,
    path="commitments",
    commands=[
        CommandRow("draft", commitment.DraftCommitment, access.SPENDS, creates=True),
        CommandRow(
            "take-over",
            commitment.TakeOverCommitment,
            TAKES_OVER,
            creates=True,
            named=True,
            further=commitment.taken_over,
            names=budgets_named,
        ),
        CommandRow("revise", commitment.ReviseCommitment, access.SPENDS),
        CommandRow("approve", commitment.ApproveCommitment, access.APPROVES_ORDERS),
        CommandRow("plan", commitment.PlanCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("place-order", commitment.PlaceOrder, access.SPENDS, further=commitment.charge),
        CommandRow("invoice", commitment.InvoiceCommitment, SERVICE),
        CommandRow("restore", commitment.RestoreCommitment, SERVICE),
        CommandRow("release", commitment.ReleaseCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("cancel", commitment.CancelCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("close", commitment.CloseCommitment, access.SPENDS),
    ],
    facts=commitment_facts,
    filters=["division_budget_id", "project_id", "division_id", "category", "status"],
    refers={"drafted_by": "person", "approved_by": "person", "first_approved_by": "person"},
)


async def expense_facts(
    view: View, state: expense.Expense | None, command: expense.ExpenseCommand, base: Facts
) -> expense.ExpenseFacts:
    """The order that is invoiced, too."""
    invoiced: Any = state or command
    order = await view.state(commitment.COMMITMENT, getattr(invoiced, "commitment_id", None))
    known = await charged(view, state, command, base)
    if isinstance(command, expense.ApproveExpense):
        known["powers"] = await powers(view, base.actor, known["division"], base.today)
    if isinstance(command, expense.SubmitExpense):
        known["policy"] = await policy(view)
    if isinstance(command, expense.SubmitExpense | expense.StateExpense):
        known["rate"] = await rate(view, state, known["budget"], command.amount, command.occurred_on)
    return expense.ExpenseFacts(**vars(base), **known, commitment=order)


EXPENSES = Aggregate(
    expense.EXPENSE,
    path="expenses",
    commands=[
        CommandRow("submit", expense.SubmitExpense, access.SPENDS, creates=True, named=True),
        CommandRow(
            "state",
            expense.StateExpense,
            TAKES_OVER,
            creates=True,
            named=True,
            further=expense.stated,
            names=budgets_named,
        ),
        CommandRow("approve", expense.ApproveExpense, access.APPROVES, further=expense.approved),
        CommandRow("reject", expense.RejectExpense, access.APPROVES),
        CommandRow("pay", expense.PayExpense, access.PAYS),
        CommandRow("reverse", expense.ReverseExpense, CONTROLLER, further=expense.reversed_),
    ],
    facts=expense_facts,
    filters=["division_budget_id", "project_id", "division_id", "category", "status", "commitment_id"],
    sorts=["occurred_on"],
    refers={"submitted_by": "person", "approved_by": "person", "first_approved_by": "person"},
)


async def spending_exception_facts(
    view: View,
    state: spending_exception.SpendingException | None,
    command: spending_exception.SpendingExceptionCommand,
    base: Facts,
) -> spending_exception.SpendingExceptionFacts:
    """The division with its people, and the budget that is named where it is asked; orders use it as it stands."""
    budget, division_id = None, state.division_id if state else None
    if isinstance(command, spending_exception.AskSpendingException):
        budget = await view.state(DIVISION_BUDGET, command.division_budget_id)
        division_id = budget.division_id if budget else None
    elif isinstance(command, spending_exception.UseSpendingException | spending_exception.EndSpendingException):
        division_id = None
    division = await division_of(view, division_id, base.actor) if division_id else None
    return spending_exception.SpendingExceptionFacts(**vars(base), division=division, budget=budget)


SPENDING_EXCEPTIONS = Aggregate(
    spending_exception.SPENDING_EXCEPTION,
    path="spending-exceptions",
    commands=[
        CommandRow("ask", spending_exception.AskSpendingException, access.ASKS_EXCEPTION, creates=True),
        CommandRow("grant", spending_exception.GrantSpendingException, access.GRANTS_EXCEPTION),
        CommandRow("refuse", spending_exception.RefuseSpendingException, access.GRANTS_EXCEPTION),
        CommandRow("withdraw", spending_exception.WithdrawSpendingException, access.ABOVE),
        CommandRow("use", spending_exception.UseSpendingException, SERVICE),
        CommandRow("end", spending_exception.EndSpendingException, SERVICE),
    ],
    facts=spending_exception_facts,
    zone=zones.OF_DIVISION,
    filters=["division_budget_id", "division_id", "category", "status"],
    sorts=["ends_on"],
    refers={"asked_by": "person"},
)
