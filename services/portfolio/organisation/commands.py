"""The command table of the portfolio policy."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.store.decision_view import View
from services.portfolio.organisation.access import SETS_LIMITS
from services.portfolio.organisation.domain import portfolio_policy

PORTFOLIO_POLICIES = Aggregate(
    portfolio_policy.PORTFOLIO_POLICY,
    path="portfolio-policies",
    commands=[CommandRow("set-limits", portfolio_policy.SetLimits, SETS_LIMITS, creates=True, named=True)],
)


async def limits(view: View) -> portfolio_policy.PortfolioPolicy:
    """The policy in force."""
    return await view.state(portfolio_policy.PORTFOLIO_POLICY, portfolio_policy.POLICY_ID) or portfolio_policy.DEFAULTS
