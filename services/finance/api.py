"""The commands of finance: one table per aggregate, and the facts their decisions need."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.values import Money
from services.finance import policy
from services.finance.domain.division_budget import (
    DIVISION_BUDGET,
    ApproveDivisionBudget,
    CloseDivisionBudget,
    DivisionBudget,
    DivisionBudgetCommand,
    DivisionBudgetFacts,
    DraftDivisionBudget,
    ReceiveTransfer,
    RedraftDivisionBudget,
    ReturnDivisionBudget,
    SubmitDivisionBudget,
    SupplementDivisionBudget,
    TransferOut,
)
from services.finance.domain.money import Funds
from services.finance.domain.project_budget import (
    PROJECT_BUDGET,
    CloseProjectBudget,
    ConfirmFunding,
    MakeCommitment,
    OpenProjectBudget,
    ProjectBudget,
    ProjectBudgetCommand,
    RecordActual,
    RefuseFunding,
    ReleaseCommitment,
    ReverseActual,
    StateActual,
    StateEstimateAtCompletion,
    SupplementProjectBudget,
    TakeOverProjectBudget,
)

ALLOTTED = text(
    "SELECT coalesce(sum(amount), 0) AS amount FROM ("
    " SELECT (state->'allotments'->:id->>'amount')::numeric AS amount FROM states"
    "  WHERE kind = 'project-budget' AND state->'allotments' ? :id"
    " UNION ALL SELECT (state->'current'->>'amount')::numeric FROM states"
    "  WHERE kind = 'division-budget' AND state->>'parent_budget_id' = :id"
    "  AND state->>'status' IN ('approved', 'closed')) AS drawn"
)
APPROVED_OF = text(
    "SELECT stream FROM states WHERE kind = 'division-budget' AND state->>'division_id' = :division"
    " AND state->>'status' = 'approved' AND state->>'fiscal_year' = :year"
)
ANSWERING = text("SELECT accountable_id, delegate_id FROM known_projects WHERE id = :id")


def drawing(budget_id: UUID) -> str:
    """The guard of what is drawn from a division budget."""
    return f"division-budget:{budget_id}:allotted"


async def funds(view: View, budget_id: UUID | None) -> Funds | None:
    """A division budget as others draw on it."""
    budget = await view.state(DIVISION_BUDGET, budget_id)
    if budget is None or budget_id is None:
        return None
    allotted = await allotted_of(view, budget_id, budget.current.currency)
    approved = budget.status == "approved"
    return Funds(approved=approved, fiscal_year=budget.fiscal_year, current=budget.current, allotted=allotted)


async def allotted_of(view: View, budget_id: UUID, currency: str) -> Money:
    """What projects and budgets below draw from a division budget."""
    rows = await view.guarded(drawing(budget_id), ALLOTTED, {"id": str(budget_id)})
    return Money(amount=Decimal(rows[0].amount), currency=currency)


async def division_budget_facts(
    view: View, state: DivisionBudget | None, command: DivisionBudgetCommand, base: Facts
) -> DivisionBudgetFacts:
    """The parent budget, a transfer's receiver, what is drawn already; one budget for a division and year."""
    parent_id = state.parent_budget_id if state else None
    other = None
    match command:
        case DraftDivisionBudget(division_id=division_id, fiscal_year=year, parent_budget_id=parent_id):
            view.claim(f"the budget of division {division_id} for {year}")
        case RedraftDivisionBudget(parent_budget_id=parent_id):
            pass
        case TransferOut(other_budget_id=other_id):
            other = await funds(view, other_id)
    if parent_id is not None:
        view.bump(drawing(parent_id))
    allotted = await allotted_of(view, base.id, state.current.currency) if state else None
    parent = await funds(view, parent_id)
    return DivisionBudgetFacts(**vars(base), parent=parent, other=other, allotted=allotted)


async def project_budget_facts(
    view: View, state: ProjectBudget | None, command: ProjectBudgetCommand, base: Facts
) -> policy.AnsweringFacts:
    """The division budget the money comes from, and who answers for the project."""
    division_budget = None
    if isinstance(command, ConfirmFunding | SupplementProjectBudget) and state is not None:
        budget_id = command.division_budget_id
        if budget_id is None:
            key = {"division": str(state.division_id), "year": str(base.today.year)}
            approved = await view.reference(APPROVED_OF, key)
            budget_id = UUID(approved[0].stream[-36:]) if approved else None
        division_budget = await funds(view, budget_id)
        if budget_id is not None:
            view.bump(drawing(budget_id))
    # What is released or reversed leaves the state: only a used-up key stops a late duplicate from making it again.
    match command:
        case MakeCommitment(commitment_id=commitment_id):
            view.claim_once(f"commitment {commitment_id} of project {base.id}")
        case RecordActual(entry_id=entry_id):
            view.claim_once(f"entry {entry_id} of project {base.id}")
    rows = await view.reference(ANSWERING, {"id": base.id})
    answering = frozenset(id for row in rows for id in (row.accountable_id, row.delegate_id) if id is not None)
    return policy.AnsweringFacts(**vars(base), division_budget=division_budget, answering=answering)


DIVISION_BUDGETS = Aggregate(
    DIVISION_BUDGET,
    path="division-budgets",
    commands=[
        CommandRow("draft", DraftDivisionBudget, policy.drafts, division_budget_facts, creates=True),
        CommandRow("redraft", RedraftDivisionBudget, policy.drafts, division_budget_facts),
        CommandRow("submit", SubmitDivisionBudget, policy.drafts, division_budget_facts),
        CommandRow("return", ReturnDivisionBudget, policy.approvals, division_budget_facts),
        CommandRow("approve", ApproveDivisionBudget, policy.approvals, division_budget_facts),
        CommandRow("supplement", SupplementDivisionBudget, policy.approvals, division_budget_facts),
        CommandRow("transfer-out", TransferOut, policy.approvals, division_budget_facts),
        CommandRow("receive-transfer", ReceiveTransfer, policy.services_only, division_budget_facts),
        CommandRow("close", CloseDivisionBudget, policy.approvals, division_budget_facts),
    ],
    filters=["division_id", "fiscal_year", "status"],
    sorts=["fiscal_year"],
)

PROJECT_BUDGETS = Aggregate(
    PROJECT_BUDGET,
    path="project-budgets",
    commands=[
        CommandRow("open", OpenProjectBudget, policy.services_only, project_budget_facts, creates=True),
        CommandRow("take-over", TakeOverProjectBudget, policy.take_overs, project_budget_facts, creates=True),
        CommandRow("confirm-funding", ConfirmFunding, policy.controlling, project_budget_facts),
        CommandRow("refuse-funding", RefuseFunding, policy.controlling, project_budget_facts),
        CommandRow("supplement", SupplementProjectBudget, policy.controlling, project_budget_facts),
        CommandRow("make-commitment", MakeCommitment, policy.spending, project_budget_facts),
        CommandRow("release-commitment", ReleaseCommitment, policy.spending, project_budget_facts),
        CommandRow("record-actual", RecordActual, policy.spending, project_budget_facts),
        CommandRow("reverse-actual", ReverseActual, policy.controlling, project_budget_facts),
        CommandRow("state-actual", StateActual, policy.take_overs, project_budget_facts),
        CommandRow("state-estimate", StateEstimateAtCompletion, policy.estimates, project_budget_facts),
        CommandRow("close", CloseProjectBudget, policy.closings, project_budget_facts),
    ],
    filters=["division_id", "status", "overrun"],
    sorts=["status"],
)

AGGREGATES = [DIVISION_BUDGETS, PROJECT_BUDGETS]
