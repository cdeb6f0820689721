"""The command tables of funding: what risks draw, what finance finds of benefits, what people are promised."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.access import CONTROLLER, SERVICE
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.facts import allotted_of, policy
from services.finance.funding import access
from services.finance.funding.domain import benefit_confirmation, contingency_draw, reservation
from services.finance.funding.facts import last_to_leave, paying


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


async def reservation_facts(
    view: View, state: reservation.Reservation | None, command: reservation.ReservationCommand, base: Facts
) -> reservation.ReservationFacts:
    """The policy and the budget that pays; of a hire, whether who was hired left already."""
    in_force = await policy(view)
    if not isinstance(command, reservation.AskFunding):
        left_id, on = await last_to_leave(view, state.position_id if state else None)
        return reservation.ReservationFacts(**vars(base), policy=in_force, left_on=on, left_id=left_id)
    budget_id = await paying(view, command.division_id, in_force.fiscal_year(command.needed_on))
    budget = await view.state(DIVISION_BUDGET, budget_id)
    drawn = None
    if budget_id is not None and budget is not None:
        drawn = await allotted_of(view, budget_id, budget.current.currency)
    return reservation.ReservationFacts(
        **vars(base), policy=in_force, budget_id=budget_id, budget=budget, allotted=drawn
    )


RESERVATIONS = Aggregate(
    reservation.RESERVATION,
    path="reservations",
    commands=[
        CommandRow("ask", reservation.AskFunding, SERVICE, creates=True, named=True, further=reservation.charge),
        CommandRow("take-up", reservation.TakeUpFunding, SERVICE, further=reservation.charge),
        CommandRow("reserve-again", reservation.ReserveAgain, SERVICE, further=reservation.charge),
        CommandRow("give-up", reservation.GiveUpFunding, SERVICE, further=reservation.charge),
        CommandRow("free-rest", reservation.FreeRest, SERVICE, further=reservation.charge),
        CommandRow("bind-rest", reservation.BindRest, SERVICE, further=reservation.charge),
    ],
    facts=reservation_facts,
    discloses=access.SEES_FIGURES,
    private={"figures": None},
    filters=["division_id", "division_budget_id", "kind", "status", "position_id"],
    sorts=["needed_on"],
)
