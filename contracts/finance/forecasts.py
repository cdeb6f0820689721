"""The public events of forecasts; a forecast has the id of its division's budget, periods are numbered from 1."""

from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Currency, Line, Name


class ForecastStated(PublicEvent):
    """Somebody who answers for the budget expects another amount of a category and period than follows by rule."""

    division_id: UUID
    fiscal_year: int
    currency: Currency
    category: Name
    period: int
    amount: Amount
    reason: Line


class ForecastWithdrawn(PublicEvent):
    """What was stated of a category and period holds no longer; what follows by rule is expected again."""

    category: Name
    period: int
    reason: Line


class CategoryLanding(Value):
    """What a category is expected to cost in each period of the year, in order; of closed ones, what it cost."""

    category: Name
    periods: tuple[Amount, ...]


class ForecastFrozen(PublicEvent):
    """A period was closed, the ``closed`` one of the year; this was expected then, and is kept."""

    division_id: UUID
    fiscal_year: int
    currency: Currency
    closed: int
    landing: tuple[CategoryLanding, ...]


EVENTS: tuple[type[PublicEvent], ...] = (ForecastStated, ForecastWithdrawn, ForecastFrozen)
