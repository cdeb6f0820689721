"""The desk of finance: budgets and funding that await controllers and executives, and what is due in them."""

from collections.abc import Sequence

from fastapi import APIRouter

from chassis.domain.clock import Clock
from chassis.http.desk import Entry, desk_router, stored
from chassis.store.fields import Fields
from chassis.store.store import Store
from services.finance.authority import waiting as authority
from services.finance.budgets import waiting as budgets
from services.finance.budgets.access import CONTROLLER, MY_PROJECTS, STEERS
from services.finance.budgets.commands import DIVISION_BUDGETS, PROJECT_BUDGETS
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import FINANCE_POLICY
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.closing import waiting as closing
from services.finance.funding import waiting as funding
from services.finance.funding.commands import BENEFIT_CONFIRMATIONS
from services.finance.funding.domain.benefit_confirmation import BENEFIT_CONFIRMATION
from services.finance.income import waiting as income
from services.finance.savings import waiting as savings
from services.finance.spending import waiting as spending

D, B, C = Fields(DIVISION_BUDGET), Fields(PROJECT_BUDGET), Fields(BENEFIT_CONFIRMATION)
P = Fields(FINANCE_POLICY, "policy")
ME, CALLER = "CAST(:me AS text)", "CAST(:caller AS text)"
SUBMITTED_BY_ANOTHER = f"""{D.status.one_of("submitted")} AND {D.submitted_by} NOT IN ({ME}, {CALLER})
    AND coalesce({D.submitted_for}, '-') NOT IN ({ME}, {CALLER})"""
ANSWERED_FOR = f"{B.id} IN {MY_PROJECTS}"

STARTS = f"""coalesce((SELECT CAST({P.fiscal_year_starts} AS integer) FROM states policy WHERE {P.of_kind}), 1)"""
# A fiscal year is named by the calendar year it ends in.
LAST_DAY = f"""(make_date(CAST({D.fiscal_year} AS integer) + CAST({STARTS} = 1 AS integer), {STARTS}, 1) - 1)"""

DECISIONS: Sequence[Entry] = [
    stored(DIVISION_BUDGETS, "approve or return the budget", SUBMITTED_BY_ANOTHER, who=STEERS),
    stored(PROJECT_BUDGETS, "confirm or refuse the funding", B.status.one_of("asked"), who=CONTROLLER),
    stored(PROJECT_BUDGETS, "bring the spending below the budget", f"{B.overrun.holds} AND {ANSWERED_FOR}"),
    stored(
        BENEFIT_CONFIRMATIONS,
        "confirm the benefit or not",
        f"{C.asked.due_on} IS NOT NULL AND {C.confirmed} IS NULL",
        name=C.asked.name,
        due=C.asked.due_on,
        who=CONTROLLER,
    ),
    *authority.DECISIONS,
    *budgets.DECISIONS,
    *funding.OVERDUE,
    *spending.DECISIONS,
    *savings.DECISIONS,
    *income.DECISIONS,
    *closing.DECISIONS,
]
DUE: Sequence[Entry] = [
    stored(DIVISION_BUDGETS, "the budget is to be closed", D.status.one_of("approved"), due=LAST_DAY, who=STEERS),
    *budgets.DUE,
    *savings.DUE,
]


def router(store: Store, clock: Clock) -> APIRouter:
    return desk_router(store, clock, DECISIONS, DUE)
