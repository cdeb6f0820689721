"""The command tables of budgets: of divisions and of projects."""

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.domain.streams import id_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.finance.authority.domain.approval import NO_MATRIX, Powers
from services.finance.budgets import access
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.division_budget import carrying, charging, drafting, model, moving
from services.finance.budgets.domain.division_budget import rules as division_budget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget import funding, spending
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from services.finance.budgets.facts import allotted_of, answering_for, drawing, funds, policy, powers
from services.finance.organisation.domain.known import KnownDivision
from services.finance.organisation.facts import division_of

BUDGET = Fields(DIVISION_BUDGET)
APPROVED_OF = text(
    f"SELECT stream FROM states WHERE {BUDGET.of_kind} AND {BUDGET.division_id} = :division"
    f" AND {BUDGET.status.one_of('approved')} AND {BUDGET.fiscal_year} = :year"
)

FINANCE_POLICIES = Aggregate(
    finance_policy.FINANCE_POLICY,
    path="finance-policies",
    commands=[CommandRow("set", finance_policy.SetFinancePolicy, access.STEERS, creates=True, named=True)],
)


async def division_budget_facts(
    view: View, state: model.DivisionBudget | None, command: division_budget.DivisionBudgetCommand, base: Facts
) -> model.DivisionBudgetFacts:
    """The parent budget, a transfer's receiver, what is drawn already; one budget for a division and year."""
    parent_id = state.parent_budget_id if state else None
    other = None
    match command:
        case drafting.DraftDivisionBudget(division_id=division_id, fiscal_year=year, parent_budget_id=parent_id):
            view.claim(f"the budget of division {division_id} for {year}")
        case drafting.RedraftDivisionBudget(parent_budget_id=parent_id):
            pass
        case moving.TransferOut(other_budget_id=other_id):
            other = await funds(view, other_id)
        case moving.ApproveMovement(movement_id=movement_id) if state and (waits := state.waits(movement_id)):
            other = await funds(view, waits.other_budget_id)
    if parent_id is not None:
        view.bump(drawing(parent_id))
    allotted = await allotted_of(view, base.id, state.current.currency) if state else None
    if isinstance(command, carrying.CarryForward) and allotted is not None:
        allotted += command.below  # the budgets below get it in the same append
    parent = await funds(view, parent_id)
    if isinstance(command, moving.ReceiveTransfer) and parent is not None:
        sender = await view.state(division_budget.DIVISION_BUDGET, command.other_budget_id)
        parent = moving.once_sent(parent, parent_id, command, sender)
    in_force = await policy(view) if isinstance(command, charging.ChargeDivisionBudget) else finance_policy.DEFAULTS
    moved = await moving_powers(view, state, command, base)
    division = await drafting_division(view, state, command, base)
    return model.DivisionBudgetFacts(
        **vars(base), division=division, parent=parent, other=other, allotted=allotted, policy=in_force, powers=moved
    )


async def drafting_division(
    view: View, state: model.DivisionBudget | None, command: division_budget.DivisionBudgetCommand, base: Facts
) -> KnownDivision | None:
    """Whose budget is drafted, corrected or submitted, with its people; None for whatever is decided by office."""
    match command:
        case drafting.DraftDivisionBudget(division_id=division_id):
            return await division_of(view, division_id, base.actor)
        case drafting.RedraftDivisionBudget() | division_budget.SubmitDivisionBudget() if state is not None:
            return await division_of(view, state.division_id, base.actor)
        case _:
            return None


async def moving_powers(
    view: View, state: model.DivisionBudget | None, command: division_budget.DivisionBudgetCommand, base: Facts
) -> Powers:
    """What the actor may move out of the giving budget: a transfer's own, or that which a supplement comes out of."""
    if state is None:
        return NO_MATRIX
    match command:
        case moving.SupplementDivisionBudget():
            supplements = True
        case moving.TransferOut():
            supplements = False
        case moving.ApproveMovement(movement_id=movement_id):
            supplements = movement_id == base.id
        case _:
            return NO_MATRIX
    giving = state
    if supplements and state.parent_budget_id is not None:
        giving = await view.state(DIVISION_BUDGET, state.parent_budget_id) or state
    division = await division_of(view, giving.division_id, base.actor)
    return await powers(view, base.actor, division, base.today)


DIVISION_BUDGETS = Aggregate(
    division_budget.DIVISION_BUDGET,
    path="division-budgets",
    commands=[
        CommandRow("draft", drafting.DraftDivisionBudget, access.DRAFTS, creates=True),
        CommandRow("redraft", drafting.RedraftDivisionBudget, access.DRAFTS),
        CommandRow("submit", division_budget.SubmitDivisionBudget, access.DRAFTS),
        CommandRow("return", division_budget.ReturnDivisionBudget, access.STEERS),
        CommandRow("approve", division_budget.ApproveDivisionBudget, access.APPROVES),
        CommandRow("supplement", moving.SupplementDivisionBudget, access.STEERS),
        CommandRow(
            "transfer-out",
            moving.TransferOut,
            access.STEERS,
            further=division_budget.received,
            names=lambda command: [DIVISION_BUDGET.stream(command.other_budget_id)],
        ),
        CommandRow("approve-movement", moving.ApproveMovement, access.STEERS, further=division_budget.received_then),
        CommandRow("withdraw-movement", moving.WithdrawMovement, access.STEERS),
        CommandRow("receive-transfer", moving.ReceiveTransfer, access.SERVICE),
        CommandRow("charge", charging.ChargeDivisionBudget, access.SERVICE),
        CommandRow("carry-over", carrying.CarryOver, access.SERVICE),
        CommandRow("carry-forward", carrying.CarryForward, access.SERVICE),
        CommandRow("pass-on", carrying.PassOn, access.SERVICE, further=division_budget.passed_on),
        CommandRow("take-on-late", carrying.TakeOnLate, access.SERVICE),
        CommandRow("close", division_budget.CloseDivisionBudget, access.STEERS),
    ],
    facts=division_budget_facts,
    filters=["division_id", "fiscal_year", "status"],
    sorts=["fiscal_year"],
    refers={"submitted_by": "person", "submitted_for": "person"},
)


async def project_budget_facts(
    view: View, state: ProjectBudget | None, command: project_budget.ProjectBudgetCommand, base: Facts
) -> ProjectBudgetFacts:
    """The division budget the money comes from, and who answers for the project."""
    division_budget = None
    if isinstance(command, funding.ConfirmFunding | funding.SupplementProjectBudget) and state is not None:
        budget_id = command.division_budget_id
        if budget_id is None:
            year = (await policy(view)).fiscal_year(base.today)
            key = {"division": str(state.division_id), "year": str(year)}
            approved = await view.reference(APPROVED_OF, key)
            budget_id = id_of(approved[0].stream) if approved else None
        division_budget = await funds(view, budget_id)
        if budget_id is not None:
            view.bump(drawing(budget_id))
    if state is not None and (state.status == "closed" or isinstance(command, project_budget.CloseProjectBudget)):
        view.bump(*map(drawing, state.allotments))
    answering = await answering_for(view, base.id)
    return ProjectBudgetFacts(**vars(base), division_budget=division_budget, answering=answering)


PROJECT_BUDGETS = Aggregate(
    project_budget.PROJECT_BUDGET,
    path="project-budgets",
    commands=[
        CommandRow("open", funding.OpenProjectBudget, access.SERVICE, creates=True, named=True),
        CommandRow("take-over", funding.TakeOverProjectBudget, access.TAKES_OVER, creates=True, named=True),
        CommandRow("confirm-funding", funding.ConfirmFunding, access.CONTROLLER),
        CommandRow("refuse-funding", funding.RefuseFunding, access.CONTROLLER),
        CommandRow("supplement", funding.SupplementProjectBudget, access.CONTROLLER),
        CommandRow("charge", spending.ChargeProjectBudget, access.SERVICE),
        CommandRow("state-estimate", project_budget.StateEstimateAtCompletion, access.ESTIMATES),
        CommandRow("take-contingency", spending.TakeContingency, access.SERVICE),
        CommandRow("close", project_budget.CloseProjectBudget, access.CLOSES),
    ],
    facts=project_budget_facts,
    filters=["division_id", "status", "overrun"],
    sorts=["status"],
)
