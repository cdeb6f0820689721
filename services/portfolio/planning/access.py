"""Permissions in planning: by the project, whom an exception awaits, and who asked for a change."""

from typing import Any

from chassis.store.relations import Relation, by_decision
from services.portfolio.organisation.access import EXECUTIVE, PORTFOLIO_OFFICE
from services.portfolio.planning.domain.change_request import ChangeRequest, ChangeRequestFacts
from services.portfolio.planning.domain.exception_report import ExceptionFacts, ExceptionReport
from services.portfolio.projects import access as projects


def of_project(relation: Relation) -> Relation:
    """The same relation to the project of a record; where there is none, the decision says so."""
    return by_decision(
        relation.sentence,
        lambda facts, _state, command: facts.project is None or relation.holds(facts, facts.project, command),
    ).called(*relation.who)


ANSWERS = of_project(projects.ANSWERS)
DECIDES = of_project(projects.DECIDES)
SPONSOR = of_project(projects.SPONSOR).called("the business sponsor")
RAISES = ANSWERS | SPONSOR | EXECUTIVE | PORTFOLIO_OFFICE
ASSESSES = ANSWERS | PORTFOLIO_OFFICE
ANOTHER = by_decision(
    "others", lambda facts, state, _command: state.raised_by not in {facts.actor.id, facts.actor.for_whom}
).ruled("raiser-does-not-approve", "You asked for this change.", "Ask somebody else who may approve it.")


def approves(facts: ChangeRequestFacts, request: ChangeRequest, command: Any) -> bool:
    """Return whether the actor may approve: the sponsor a specification, who is above the project a baseline."""
    if request.subject == "specification":
        return SPONSOR.holds(facts, request, command)
    head, accountable = facts.division_head, facts.accountable
    above = {*(accountable.line if accountable else ()), *([head.id] if head else [])}
    return facts.actor.acts_as in above or EXECUTIVE.holds(facts, request, command)


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
