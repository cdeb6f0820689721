"""Facts about budgets: what others draw from a division's, and who answers for a project."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.roles import Role
from contracts.values import Money
from services.finance.authority.domain.approval import Approver, Entries, Powers
from services.finance.authority.domain.authority_matrix import AUTHORITY_MATRIX, MATRIX_ID
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.money import Funds
from services.finance.organisation.domain.known import KnownDivision
from services.finance.organisation.facts import grade_of, is_certified

BUDGET = Fields(DIVISION_BUDGET)
ALLOTTED = text(
    f"SELECT allotted_to_projects(CAST(:id AS text)) + coalesce(sum(({BUDGET.current.amount})::numeric), 0) AS amount"
    f" FROM states WHERE {BUDGET.of_kind} AND {BUDGET.parent_budget_id} = CAST(:id AS text)"
    f" AND {BUDGET.status.one_of('approved', 'closed')}"
)
ANSWERING = text("SELECT id, accountable_id, delegate_id FROM known_projects WHERE id = ANY(:ids)")


async def answering_for(view: View, project_id: UUID) -> frozenset[UUID]:
    """The accountable manager and the delegate of a project."""
    rows = await view.reference_of(ANSWERING, project_id)
    return frozenset(id for row in rows for id in (row.accountable_id, row.delegate_id) if id is not None)


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


BY_OFFICE = (Role.FINANCE_CONTROLLER, Role.EXECUTIVE, Role.SYSTEM)
"""Those who decide on money by their role; all others answer for a budget of their own."""


async def in_force(view: View, day: date) -> Entries:
    """The entries of the authority matrix that hold on a day; none: there is no matrix then."""
    matrix = await view.state(AUTHORITY_MATRIX, MATRIX_ID)
    return matrix.entries(day) if matrix else ()


async def powers(view: View, actor: Actor, division: KnownDivision | None, day: date) -> Powers:
    """What somebody may approve for a division; what they know they do not lend to a stand-in, who has their grade."""
    certificates = (await policy(view)).budget_certificate and not actor.has(*BY_OFFICE)
    return Powers(
        entries=await in_force(view, day),
        approver=Approver(await grade_of(view, actor.acts_as), actor.roles),
        divisions=division.line if division else (),
        uncertified=certificates and not await is_certified(view, actor.person, day),
    )
