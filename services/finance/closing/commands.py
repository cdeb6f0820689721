"""The command table of year ends, and the facts their decisions need."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.access import SERVICE, STEERS
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.facts import policy
from services.finance.closing import access
from services.finance.closing.domain import year_end
from services.finance.closing.domain.year_end import YEAR_END, YearEnd, YearEndFacts
from services.finance.closing.facts import foreseen, next_to_close, reviewed


async def year_end_facts(
    view: View, state: YearEnd | None, command: year_end.YearEndCommand, base: Facts
) -> YearEndFacts:
    """The root that is named, all budgets for who approves, and the next ones for a step."""
    match command:
        case year_end.PrepareYearEnd(parent_budget_id=parent_id):
            return YearEndFacts(**vars(base), parent=await view.state(DIVISION_BUDGET, parent_id))
        case year_end.ApproveYearEnd() if state is not None:
            review = await reviewed(view.store, state, await foreseen(view.store, state))
            return YearEndFacts(**vars(base), review=review, policy=await policy(view))
        case year_end.CloseNextBudgets() if state is not None:
            return YearEndFacts(**vars(base), holdings=await next_to_close(view, state))
        case _:
            return YearEndFacts(**vars(base))


YEAR_ENDS = Aggregate(
    YEAR_END,
    path="year-ends",
    commands=[
        CommandRow("prepare", year_end.PrepareYearEnd, STEERS, creates=True, id_of=year_end.id_of),
        CommandRow("approve", year_end.ApproveYearEnd, access.APPROVES),
        CommandRow("close-next-budgets", year_end.CloseNextBudgets, SERVICE, further=year_end.carried),
    ],
    facts=year_end_facts,
    filters=["fiscal_year", "parent_budget_id", "status"],
    sorts=["fiscal_year"],
    refers={"prepared_by": "person", "prepared_for": "person"},
)
