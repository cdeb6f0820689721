"""FinancePolicy: the rules of finance that are policy; there is one, with a fixed id."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, Refused, State
from contracts.finance import CategoryControl, Control, FinancePolicySet
from contracts.finance.conversations import StandardCost
from contracts.values import Date, Grade, Line, Money, Name
from services.finance.budgets.domain import money
from services.finance.currencies.domain import rounding

POLICY_ID = UUID(int=0)
Month = Annotated[int, Field(ge=1, le=12)]
Categories = Annotated[tuple[CategoryControl, ...], Field(max_length=200)]
RateCard = Annotated[tuple[StandardCost, ...], Field(max_length=200)]
Days = Annotated[int, Field(ge=0, le=366)]
RateDays = Annotated[int, Field(ge=0, le=31)]
MONTHS = 12


class FinancePolicy(State):
    """The policy as it stands; before anybody sets it, the defaults.

    ``fiscal_year_starts``: the month in which a fiscal year begins; it is named by the calendar year it ends in.
    ``annual`` and ``cumulative``: the control of categories that ``categories`` does not name. ``without_line``: the
    control of a category that a budget has no line for. ``closed_through``: the books are closed up to this day.
    ``budget_certificate``: who approves without being a finance controller or an executive holds a certificate of
    budget management.
    ``rate_card``: what somebody of a grade is reckoned to cost a year, and ``..._category``: what hires, training and
    tools are charged to. The fee of a session stays that is cancelled fewer than ``fee_stays_days`` before it starts. A
    conversation that waits for more than ``conversation_days`` is brought to the controllers. ``rate_days``: how many
    days old a rate may be; 0: it is of the day.
    """

    fiscal_year_starts: Month = 1
    annual: Control = Control.STOP
    cumulative: Control = Control.IGNORE
    without_line: Control = Control.STOP
    categories: tuple[CategoryControl, ...] = ()
    closed_through: date | None = None
    budget_certificate: bool = False
    rate_card: tuple[StandardCost, ...] = ()
    hiring_category: Name = "Staff"
    training_category: Name = "Training"
    tool_category: Name = "Tools"
    fee_stays_days: Days = 14
    conversation_days: Days = 30
    rate_days: RateDays = 0

    def standard_cost(self, grade: Grade, currency: str) -> Money | None:
        """What somebody of a grade is reckoned to cost a year; None where the rate card does not say."""
        found = (each.cost for each in self.rate_card if (each.grade, each.cost.currency) == (grade, currency))
        return next(found, None)

    def last_day(self, fiscal_year: int) -> date:
        """The last day of a fiscal year."""
        year = fiscal_year + 1 if self.fiscal_year_starts == 1 else fiscal_year
        return date(year, self.fiscal_year_starts, 1) - timedelta(days=1)

    def control(self, category: str) -> CategoryControl:
        """How a category is controlled."""
        named = next((each for each in self.categories if each.category == category), None)
        return named or CategoryControl(category=category, annual=self.annual, cumulative=self.cumulative)

    def fiscal_year(self, day: date) -> int:
        """The fiscal year of a day."""
        later = self.fiscal_year_starts > 1 and day.month >= self.fiscal_year_starts
        return day.year + 1 if later else day.year

    def periods_begun(self, fiscal_year: int, day: date, periods: int) -> int:
        """How many of a fiscal year's periods have begun by a day: all of a year that is over, none of one to come."""
        of = self.fiscal_year(day)
        if of != fiscal_year:
            return periods if of > fiscal_year else 0
        month = (day.month - self.fiscal_year_starts) % MONTHS
        return month * periods // MONTHS + 1

    def periods_over(self, fiscal_year: int, day: date, periods: int) -> int:
        """How many of a fiscal year's periods are over on a day."""
        begun = self.periods_begun(fiscal_year, day, periods)
        return begun if self.fiscal_year(day) > fiscal_year else max(begun - 1, 0)

    def periods_closed(self, fiscal_year: int, periods: int) -> int:
        """How many of a fiscal year's periods are closed."""
        if self.closed_through is None:
            return 0
        return self.periods_over(fiscal_year, self.closed_through + timedelta(days=1), periods)

    def period_of(self, fiscal_year: int, month: str, periods: int) -> int:
        """The period of a month, such as ``2026-03``: the first of the year for one before it, the last for a later."""
        return max(self.periods_begun(fiscal_year, date.fromisoformat(f"{month}-01"), periods), 1)


DEFAULTS = FinancePolicy()


class SetFinancePolicy(Command):
    """Set parts of the policy; what is left out stays as it is."""

    fiscal_year_starts: Month | None = None
    annual: Control | None = None
    cumulative: Control | None = None
    without_line: Control | None = None
    categories: Categories | None = None
    closed_through: Date | None = None
    budget_certificate: bool | None = None
    rate_card: RateCard | None = None
    hiring_category: Name | None = None
    training_category: Name | None = None
    tool_category: Name | None = None
    fee_stays_days: Days | None = None
    conversation_days: Days | None = None
    rate_days: RateDays | None = None
    reason: Line


def decide(state: FinancePolicy | None, command: SetFinancePolicy, facts: Facts) -> Sequence[FinancePolicySet]:
    """The events of a command; there is no other policy than the one."""
    if facts.id != POLICY_ID:
        raise NotFound
    names = [each.category for each in command.categories or ()]
    if len({*names}) < len(names):
        raise Refused("category-once", "A category is named twice.", "Name each category once.")
    if command.closed_through is not None and command.closed_through >= facts.today:
        detail = f"It is {facts.today} today; a day is closed when it is over."
        raise Refused("period-over", detail, "Name yesterday or an earlier day.")
    check_rate_card(command.rate_card or ())
    event = FinancePolicySet(**vars(command))
    return [] if evolve(state, event) == (state or DEFAULTS) else [event]


def check_rate_card(rate_card: Sequence[StandardCost]) -> None:
    """A grade has one cost in a currency, above 0 and in whole minor units: nothing is rounded silently."""
    if len({(each.grade, each.cost.currency) for each in rate_card}) < len(rate_card):
        raise Refused("grade-once", "A grade is named twice in one currency.", "Name each grade once in a currency.")
    for cost in (each.cost for each in rate_card):
        money.check_positive(cost)
        if not rounding.is_counted(cost.amount, cost.currency):
            detail = f"{money.shown(cost)} is not counted in the decimals of a currency of ISO 4217."
            raise Refused("amount-exact", detail, "State the cost in whole units of its currency.")


def evolve(state: FinancePolicy | None, event: FinancePolicySet) -> FinancePolicy:
    policy = state or DEFAULTS
    match event:
        case FinancePolicySet():
            given = {name: value for name, value in vars(event).items() if name != "reason" and value is not None}
            return policy.but(**given)
        case _:
            assert_never(event)


FINANCE_POLICY = Decider(
    kind="finance-policy", state=FinancePolicy, events=FinancePolicySet, decide=decide, evolve=evolve
)
