"""Portfolio without its siblings: what people and finance would say is told by the test."""

from typing import Any
from uuid import UUID

from contracts import finance, people
from contracts.values import Money
from tests.business import Post, Team, euros
from tests.today import TODAY
from tests.without_people import WithoutPeople


class PortfolioAlone(WithoutPeople):
    """Acts in portfolio, and speaks for people and finance."""

    def stand_in(self, post: Post, by: Post) -> None:
        """Let somebody act in their place today."""
        named = people.StandInNamed(stand_in_id=UUID(by.person), effective_on=TODAY, ends_on=TODAY)
        self.neighbours.tell("people", f"person-{post.person}", named)

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
