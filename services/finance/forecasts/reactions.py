"""Reactions of forecasts: what is expected is kept as the books are closed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import Store
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.forecasts.domain.forecast import FORECAST, FreezeForecast

B = Fields(DIVISION_BUDGET)
OF_YEARS = text(
    f"SELECT stream FROM states WHERE {B.of_kind} AND {B.status.one_of('approved')}"
    f" AND CAST({B.fiscal_year} AS integer) = ANY(:years) ORDER BY stream"
)


async def on_policy(store: Store, _ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """The forecasts of the year that has been closed up to a day, and of the one before, are kept."""
    policy = (await store.load(finance_policy.FINANCE_POLICY, finance_policy.POLICY_ID)).state
    if policy is None or policy.closed_through is None:
        return []
    year = policy.fiscal_year(policy.closed_through)
    rows = await store.rows(OF_YEARS, {"years": [year - 1, year]})
    return [IssuedCommand(FORECAST, id_of(row.stream), FreezeForecast()) for row in rows]
