"""Permissions in allocation: who asks for people, who reads whose hours, who approves an overload."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.portfolio.allocation.domain.allocation import ALLOCATION
from services.portfolio.allocation.domain.overload import OVERLOAD
from services.portfolio.organisation.access import ANOTHER, LINE_ABOVE, PORTFOLIO_OFFICE, THEMSELF, also_by_service
from services.portfolio.projects.access import IN_CHARGE
from services.portfolio.projects.waiting import MINE, projects_where

A = Fields(ALLOCATION)


ANSWERS = Relation(
    ("the project's accountable manager", "its delegate"),
    IN_CHARGE.holds,
    lambda _actor, _many, _subject: f"{A.project_id} IN {projects_where(MINE)}",
)
"""Those who answer for the project of an allocation or a demand."""
ASKS = ANSWERS | PORTFOLIO_OFFICE
NOT_FOR_ONESELF = ANOTHER.ruled(
    "own-overload", "Nobody approves an overload of their own.", "Ask a manager above the person."
)
APPROVES_OVERLOAD = (NOT_FOR_ONESELF & LINE_ABOVE).called("a manager above the person")
AS_OVERLOAD = by_decision("others", lambda _facts, _state, command: command.overload_reason is not None)
ALLOCATES = ((~AS_OVERLOAD & ASKS) | (AS_OVERLOAD & APPROVES_OVERLOAD)).called(
    *ASKS.who, "for an overload a manager above the person"
)
ENDS = ASKS | LINE_ABOVE
PLANS = ASKS | THEMSELF
SEES = (THEMSELF | LINE_ABOVE).at(A.person_id) | ASKS
"""The person, the line above, those who answer for the project, and the portfolio office; nobody else sees hours."""
SEES_OVERLOAD = (THEMSELF | LINE_ABOVE).at(Fields(OVERLOAD).person_id)
WITHDRAWS = also_by_service(ASKS)
READS_HOURS = THEMSELF | LINE_ABOVE
"""Who reads the hours of a person by week."""
