"""The command table of project budgets, and the facts their decisions need."""

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.domain.streams import id_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.finance.division_budgets.access import CONTROLLER, SERVICE, TAKES_OVER
from services.finance.division_budgets.domain.division_budget import DIVISION_BUDGET
from services.finance.division_budgets.facts import drawing, funds
from services.finance.project_budgets import access
from services.finance.project_budgets.domain import benefit_confirmation, contingency_draw
from services.finance.project_budgets.domain.project_budget import funding, spending
from services.finance.project_budgets.domain.project_budget import rules as project_budget
from services.finance.project_budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts

BUDGET = Fields(DIVISION_BUDGET)
APPROVED_OF = text(
    f"SELECT stream FROM states WHERE {BUDGET.of_kind} AND {BUDGET.division_id} = :division"
    f" AND {BUDGET.status.one_of('approved')} AND {BUDGET.fiscal_year} = :year"
)

ANSWERING = text("SELECT id, accountable_id, delegate_id FROM known_projects WHERE id = ANY(:ids)")


async def project_budget_facts(
    view: View, state: ProjectBudget | None, command: project_budget.ProjectBudgetCommand, base: Facts
) -> ProjectBudgetFacts:
    """The division budget the money comes from, and who answers for the project."""
    division_budget = None
    if isinstance(command, funding.ConfirmFunding | funding.SupplementProjectBudget) and state is not None:
        budget_id = command.division_budget_id
        if budget_id is None:
            key = {"division": str(state.division_id), "year": str(base.today.year)}
            approved = await view.reference(APPROVED_OF, key)
            budget_id = id_of(approved[0].stream) if approved else None
        division_budget = await funds(view, budget_id)
        if budget_id is not None:
            view.bump(drawing(budget_id))
    # What is released or reversed leaves the state: only a used-up key stops a late duplicate from making it again.
    match command:
        case spending.MakeCommitment(commitment_id=commitment_id):
            view.claim_once(f"commitment {commitment_id} of project {base.id}")
        case spending.RecordActual(entry_id=entry_id):
            view.claim_once(f"entry {entry_id} of project {base.id}")
    rows = await view.reference_of(ANSWERING, base.id)
    answering = frozenset(id for row in rows for id in (row.accountable_id, row.delegate_id) if id is not None)
    return ProjectBudgetFacts(**vars(base), division_budget=division_budget, answering=answering)


PROJECT_BUDGETS = Aggregate(
    project_budget.PROJECT_BUDGET,
    path="project-budgets",
    commands=[
        CommandRow("open", funding.OpenProjectBudget, SERVICE, creates=True, named=True),
        CommandRow("take-over", funding.TakeOverProjectBudget, TAKES_OVER, creates=True, named=True),
        CommandRow("confirm-funding", funding.ConfirmFunding, CONTROLLER),
        CommandRow("refuse-funding", funding.RefuseFunding, CONTROLLER),
        CommandRow("supplement", funding.SupplementProjectBudget, CONTROLLER),
        CommandRow("make-commitment", spending.MakeCommitment, access.SPENDS),
        CommandRow("release-commitment", spending.ReleaseCommitment, access.SPENDS),
        CommandRow("record-actual", spending.RecordActual, access.SPENDS),
        CommandRow("reverse-actual", spending.ReverseActual, CONTROLLER),
        CommandRow("state-actual", spending.StateActual, TAKES_OVER),
        CommandRow("state-estimate", project_budget.StateEstimateAtCompletion, access.ESTIMATES),
        CommandRow("take-contingency", spending.TakeContingency, SERVICE),
        CommandRow("close", project_budget.CloseProjectBudget, access.CLOSES),
    ],
    facts=project_budget_facts,
    filters=["division_id", "status", "overrun"],
    sorts=["status"],
)


async def contingency_draw_facts(
    view: View, state: contingency_draw.ContingencyDraw | None, command: contingency_draw.DrawContingency, base: Facts
) -> contingency_draw.ContingencyDrawFacts:
    """The project's budget: what it holds must still be there when it is drawn."""
    budget = await view.state(project_budget.PROJECT_BUDGET, command.project_id)
    return contingency_draw.ContingencyDrawFacts(**vars(base), budget=budget)


CONTINGENCY_DRAWS = Aggregate(
    contingency_draw.CONTINGENCY_DRAW,
    path="contingency-draws",
    commands=[
        CommandRow(
            "draw", contingency_draw.DrawContingency, SERVICE, creates=True, named=True, further=contingency_draw.taken
        )
    ],
    facts=contingency_draw_facts,
    filters=["project_id", "status"],
)

BENEFIT_CONFIRMATIONS = Aggregate(
    benefit_confirmation.BENEFIT_CONFIRMATION,
    path="benefit-confirmations",
    commands=[
        CommandRow("open", benefit_confirmation.OpenBenefitConfirmation, SERVICE, creates=True, named=True),
        CommandRow("confirm", benefit_confirmation.ConfirmBenefit, CONTROLLER, creates=True, named=True),
        CommandRow("do-not-confirm", benefit_confirmation.DoNotConfirmBenefit, CONTROLLER, creates=True, named=True),
    ],
    filters=["confirmed"],
)
