"""The command tables of spending: commitments and expenses of divisions' budgets."""

from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.access import CONTROLLER, SERVICE
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.facts import powers
from services.finance.organisation.facts import division_of
from services.finance.spending import access
from services.finance.spending.domain import commitment, expense


async def charged(view: View, state: Any, command: Any, base: Facts) -> dict[str, Any]:
    """The division with its people; where a command begins something, the budget that it charges, too."""
    if state is not None:
        return {"division": await division_of(view, state.division_id, base.actor)}
    budget = await view.state(DIVISION_BUDGET, command.division_budget_id)
    division = await division_of(view, budget.division_id, base.actor) if budget else None
    return {"budget": budget, "division": division}


async def commitment_facts(
    view: View, state: commitment.Commitment | None, command: commitment.CommitmentCommand, base: Facts
) -> commitment.CommitmentFacts:
    return commitment.CommitmentFacts(**vars(base), **await charged(view, state, command, base))


COMMITMENTS = Aggregate(
    commitment.COMMITMENT,
    path="commitments",
    commands=[
        CommandRow("draft", commitment.DraftCommitment, access.SPENDS, creates=True),
        CommandRow("revise", commitment.ReviseCommitment, access.SPENDS),
        CommandRow("plan", commitment.PlanCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("place-order", commitment.PlaceOrder, access.SPENDS, further=commitment.charge),
        CommandRow("invoice", commitment.InvoiceCommitment, SERVICE),
        CommandRow("restore", commitment.RestoreCommitment, SERVICE),
        CommandRow("release", commitment.ReleaseCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("cancel", commitment.CancelCommitment, access.SPENDS, further=commitment.charge),
        CommandRow("close", commitment.CloseCommitment, access.SPENDS),
    ],
    facts=commitment_facts,
    filters=["division_budget_id", "division_id", "category", "status"],
)


async def expense_facts(
    view: View, state: expense.Expense | None, command: expense.ExpenseCommand, base: Facts
) -> expense.ExpenseFacts:
    """The order that is invoiced, too."""
    invoiced: Any = state or command
    order = await view.state(commitment.COMMITMENT, invoiced.commitment_id)
    known = await charged(view, state, command, base)
    if isinstance(command, expense.ApproveExpense):
        known["powers"] = await powers(view, base.actor, known["division"], base.today)
    return expense.ExpenseFacts(**vars(base), **known, commitment=order)


EXPENSES = Aggregate(
    expense.EXPENSE,
    path="expenses",
    commands=[
        CommandRow("submit", expense.SubmitExpense, access.SPENDS, creates=True, named=True),
        CommandRow("approve", expense.ApproveExpense, access.APPROVES, further=expense.approved),
        CommandRow("reject", expense.RejectExpense, access.APPROVES),
        CommandRow("pay", expense.PayExpense, access.PAYS),
        CommandRow("reverse", expense.ReverseExpense, CONTROLLER, further=expense.reversed_),
    ],
    facts=expense_facts,
    filters=["division_budget_id", "division_id", "category", "status", "commitment_id"],
    sorts=["occurred_on"],
    refers={"submitted_by": "person", "approved_by": "person", "first_approved_by": "person"},
)
