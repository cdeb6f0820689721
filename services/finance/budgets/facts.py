"""Facts about a division's budget: what others draw from it."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.values import Money
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.money import Funds

BUDGET = Fields(DIVISION_BUDGET)
ALLOTTED = text(
    f"SELECT allotted_to_projects(CAST(:id AS text)) + coalesce(sum(({BUDGET.current.amount})::numeric), 0) AS amount"
    f" FROM states WHERE {BUDGET.of_kind} AND {BUDGET.parent_budget_id} = CAST(:id AS text)"
    f" AND {BUDGET.status.one_of('approved', 'closed')}"
)


async def policy(view: View) -> finance_policy.FinancePolicy:
    """The policy in force."""
    return await view.state(finance_policy.FINANCE_POLICY, finance_policy.POLICY_ID) or finance_policy.DEFAULTS


def drawing(budget_id: UUID) -> str:
    """The guard of what is drawn from a division budget."""
    return f"division-budget:{budget_id}:allotted"


async def funds(view: View, budget_id: UUID | None) -> Funds | None:
    budget = await view.state(DIVISION_BUDGET, budget_id)
    if budget is None or budget_id is None:
        return None
    allotted = await allotted_of(view, budget_id, budget.current.currency)
    approved = budget.status == "approved"
    return Funds(
        approved=approved,
        fiscal_year=budget.fiscal_year,
        current=budget.current,
        allotted=allotted,
        charged=budget.charges.total,
    )


async def allotted_of(view: View, budget_id: UUID, currency: str) -> Money:
    """Return the amount that projects and budgets below draw from a division budget."""
    rows = await view.guarded(drawing(budget_id), ALLOTTED, {"id": str(budget_id)})
    return Money(amount=Decimal(rows[0].amount), currency=currency)
