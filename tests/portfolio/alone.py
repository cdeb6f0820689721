"""Portfolio without its siblings: what people and finance would say is told by the test."""

from typing import Any
from uuid import UUID

from contracts import finance
from contracts.values import Money
from tests.business import Team, euros
from tests.without_people import WithoutPeople


class PortfolioAlone(WithoutPeople):
    """Acts in portfolio, and speaks for people and finance."""

    def funded(self, team: Team, granted: Any = None, **changes: Any) -> str:
        granted = granted or euros(1000)
        project = self.approved(team, granted, **changes)
        money = Money.model_validate(granted)
        confirmed = finance.ProjectFundingConfirmed(
            project_id=UUID(project),
            granted=money,
            contingency=Money(amount=money.amount * 0, currency=money.currency),
            division_budget_id=None,
        )
        self.neighbours.tell("finance", f"project-budget-{project}", confirmed)
        self.settle()
        return project
