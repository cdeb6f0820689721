"""Permissions in planning: by the project, whom an exception awaits, and who asked for a change."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.portfolio.organisation.access import EXECUTIVE, PORTFOLIO_OFFICE, acted
from services.portfolio.planning.domain.change_request import CHANGE_REQUEST, ChangeRequest, ChangeRequestFacts
from services.portfolio.planning.domain.exception_report import ExceptionFacts, ExceptionReport
from services.portfolio.projects import access as projects

ANSWERS = projects.of_project(projects.ANSWERS)
DECIDES = projects.of_project(projects.DECIDES)
SPONSOR = projects.of_project(projects.SPONSOR).called("the business sponsor")
SIGNS = projects.of_project(projects.SIGNS)
RAISES = ANSWERS | SPONSOR | EXECUTIVE | PORTFOLIO_OFFICE
ASSESSES = ANSWERS | PORTFOLIO_OFFICE
RAISED = acted("who asked for it", Fields(CHANGE_REQUEST).raised_by)
WITHDRAWS = RAISED | EXECUTIVE | PORTFOLIO_OFFICE
ANOTHER = (~RAISED).ruled(
    "raiser-does-not-approve", "You asked for this change.", "Ask somebody else who may approve it."
)


def is_above(facts: Any, _state: Any, command: Any) -> bool:
    """Return whether the actor is above a project, as its division's head, in the line or by role, and not in it."""
    if facts.project is None:
        return True
    head, accountable = facts.division_head, facts.accountable
    above = {*(accountable.line if accountable else ()), *([head.id] if head else [])}
    by_line = facts.actor.acts_as in above or EXECUTIVE.holds(facts, None, command)
    return by_line and projects.does_not_answer(facts, facts.project, command)


ABOVE = by_decision("who is above the project", is_above).called(
    "a manager above the accountable one", "the division's head", "an executive who does not answer for the project"
)


def approves(facts: ChangeRequestFacts, request: ChangeRequest, command: Any) -> bool:
    """Return whether the actor may approve: the sponsor a specification, who is above the project a baseline.

    A specification that the sponsor asks for is approved above the project: nobody approves what they asked for.
    """
    if request.subject == "specification" and str(facts.project and facts.project.sponsor_id) not in request.raised_by:
        return SIGNS.holds(facts, request, command)
    return ABOVE.holds(facts, request, command)


APPROVES = (ANOTHER & by_decision("the authority", approves)).called(
    "the business sponsor (specification)",
    "a manager above the accountable one, the division's head or an executive (baseline)",
)


def answers(facts: ExceptionFacts, report: ExceptionReport, _command: Any) -> bool:
    """Return whether the exception awaits the actor, or somebody below them."""
    return facts.actor.acts_as is not None and facts.actor.acts_as in {report.awaits_id, *facts.above}


ANSWERS_EXCEPTION = (
    by_decision("whom it awaits", answers).called("the manager it awaits", "a manager above") | EXECUTIVE
)
