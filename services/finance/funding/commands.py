"""The command tables of funding: what risks draw of contingencies, and what finance finds of benefits."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.access import CONTROLLER, SERVICE
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.funding.domain import benefit_confirmation, contingency_draw


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
