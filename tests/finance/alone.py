"""Finance without its siblings: what portfolio and people would say is told by the test."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from contracts import portfolio
from contracts.base import PublicEvent
from contracts.values import Money, Period
from tests.business import Post, Team, euros
from tests.today import TODAY
from tests.without_people import WithoutPeople


class FinanceAlone(WithoutPeople):
    """Acts in finance, and speaks for portfolio and people."""

    def team(self) -> Team:
        return Team(str(uuid4()), *(Post(str(uuid4()), str(uuid4())) for _ in range(5)))

    def headed(self, parent: str | None = None) -> tuple[str, Post]:
        """A division of which finance has heard, and its head."""
        division = self.division(parent)
        head = self.post(division, "senior manager")
        self.head(division, head)
        self.settle()
        return division, head

    def approved(self, team: Team, asked: Mapping[str, str] | None = None, **changes: Any) -> str:
        project = str(uuid4())
        self.neighbours.tell(
            "portfolio",
            f"project-{project}",
            portfolio.ProjectProposed(
                name="Payroll",
                summary="Replace the payroll.",
                division_id=UUID(team.division),
                initiative_id=None,
                sponsor_id=UUID(team.sponsor.person),
                accountable_id=UUID(team.senior.person),
            ),
            portfolio.ProjectApproved(
                division_id=UUID(team.division),
                specification_version=1,
                budget_asked=Money.model_validate(asked or euros(1000)),
                plan=Period(start=TODAY, end=TODAY + timedelta(days=200)),
            ),
        )
        self.settle()
        return project

    def delegation_offered(self, project: str, by: Post, to: Post) -> None:
        offered = portfolio.DelegationOffered(
            delegate_id=UUID(to.person), offered_by=UUID(by.person), until=None, scope="The money too."
        )
        self._tell(project, offered)

    def delegation_accepted(self, project: str, by: Post) -> None:
        self._tell(project, portfolio.DelegationAccepted(delegate_id=UUID(by.person)))

    def delegation_ended(self, project: str, of: Post, how: Literal["returned", "revoked"]) -> None:
        self._tell(project, portfolio.DelegationEnded(delegate_id=UUID(of.person), how=how, reason="I do it myself."))

    def _tell(self, project: str, event: PublicEvent) -> None:
        self.neighbours.tell("portfolio", f"project-{project}", event)
        self.settle()
