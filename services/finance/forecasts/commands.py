"""The command table of forecasts, and the facts their decisions need."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.facts import policy
from services.finance.forecasts import access
from services.finance.forecasts.domain import forecast
from services.finance.forecasts.domain.forecast import FORECAST, Forecast, ForecastFacts
from services.finance.organisation import zones
from services.finance.organisation.facts import division_of


async def forecast_facts(
    view: View, _state: Forecast | None, _command: forecast.ForecastCommand, base: Facts
) -> ForecastFacts:
    """The budget of the same id, its division with its people, and the policy's year."""
    budget = await view.state(DIVISION_BUDGET, base.id)
    division = await division_of(view, budget.division_id, base.actor) if budget else None
    return ForecastFacts(**vars(base), division=division, budget=budget, policy=await policy(view))


FORECASTS = Aggregate(
    FORECAST,
    path="forecasts",
    commands=[
        CommandRow("state", forecast.StateForecast, access.STATES, creates=True, named=True),
        CommandRow("withdraw", forecast.WithdrawForecast, access.STATES),
        CommandRow("freeze", forecast.FreezeForecast, access.FREEZES, creates=True, named=True),
    ],
    facts=forecast_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "fiscal_year"],
    sorts=["fiscal_year"],
)
