"""The command table of division budgets."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.division_budgets import access
from services.finance.division_budgets.domain import division_budget
from services.finance.division_budgets.facts import allotted_of, drawing, funds


async def division_budget_facts(
    view: View,
    state: division_budget.DivisionBudget | None,
    command: division_budget.DivisionBudgetCommand,
    base: Facts,
) -> division_budget.DivisionBudgetFacts:
    """The parent budget, a transfer's receiver, what is drawn already; one budget for a division and year."""
    parent_id = state.parent_budget_id if state else None
    other = None
    match command:
        case division_budget.DraftDivisionBudget(division_id=division_id, fiscal_year=year, parent_budget_id=parent_id):
            view.claim(f"the budget of division {division_id} for {year}")
        case division_budget.RedraftDivisionBudget(parent_budget_id=parent_id):
            pass
        case division_budget.TransferOut(other_budget_id=other_id):
            other = await funds(view, other_id)
    if parent_id is not None:
        view.bump(drawing(parent_id))
    allotted = await allotted_of(view, base.id, state.current.currency) if state else None
    parent = await funds(view, parent_id)
    if isinstance(command, division_budget.ReceiveTransfer) and parent is not None:
        sender = await view.state(division_budget.DIVISION_BUDGET, command.other_budget_id)
        parent = division_budget.once_sent(parent, parent_id, command, sender)
    return division_budget.DivisionBudgetFacts(**vars(base), parent=parent, other=other, allotted=allotted)


DIVISION_BUDGETS = Aggregate(
    division_budget.DIVISION_BUDGET,
    path="division-budgets",
    commands=[
        CommandRow("draft", division_budget.DraftDivisionBudget, access.DRAFTS, creates=True),
        CommandRow("redraft", division_budget.RedraftDivisionBudget, access.DRAFTS),
        CommandRow("submit", division_budget.SubmitDivisionBudget, access.DRAFTS),
        CommandRow("return", division_budget.ReturnDivisionBudget, access.STEERS),
        CommandRow("approve", division_budget.ApproveDivisionBudget, access.APPROVES),
        CommandRow("supplement", division_budget.SupplementDivisionBudget, access.STEERS),
        CommandRow("transfer-out", division_budget.TransferOut, access.STEERS, further=division_budget.received),
        CommandRow("receive-transfer", division_budget.ReceiveTransfer, access.SERVICE),
        CommandRow("close", division_budget.CloseDivisionBudget, access.STEERS),
    ],
    facts=division_budget_facts,
    filters=["division_id", "fiscal_year", "status"],
    sorts=["fiscal_year"],
    refers={"submitted_by": "person", "submitted_for": "person"},
)
