"""Permissions in a project: those it names, and the managers above them.

Where a project names nobody yet, or a manager is not known yet, the rule that says so answers instead of a refusal.
"""

from typing import Any

from chassis.store.relations import by_decision
from services.portfolio.organisation.access import EXECUTIVE, TAKES_OVER
from services.portfolio.projects.domain.project.model import Project, ProjectFacts
from services.portfolio.projects.domain.project.specification import authorities

ACCOUNTABLE = by_decision(
    "the accountable manager", lambda facts, state, _command: facts.actor.person == state.accountable_id
)
RESPONSIBLE = by_decision("the delegate", lambda facts, state, _command: facts.actor.person == state.responsible_id)
ANSWERS = ACCOUNTABLE | RESPONSIBLE | TAKES_OVER
DECIDES = ACCOUNTABLE | EXECUTIVE | TAKES_OVER
SPONSOR = by_decision(
    "the business sponsor", lambda facts, state, _command: state.sponsor_id in (None, facts.actor.person)
).ruled("only-the-sponsor-signs")
DELEGATE = by_decision(
    "the delegate",
    lambda facts, state, _command: state.delegation is None or facts.actor.person == state.delegation.delegate_id,
).ruled("only-the-delegate")


def is_authority(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether the actor may open the gate, or answers for the project, which a rule of its own forbids."""
    answering = (project.accountable_id, project.responsible_id)
    return facts.actor.person in authorities(project, facts) or facts.actor.person in answering


AUTHORITY = (
    by_decision("the division's head, a manager above the accountable one", is_authority)
    .called("the division's head", "a manager above the accountable one", "an authority named by policy")
    .ruled("gate-by-named-authority")
)


def is_above(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether the actor is above the accountable manager, or nobody knows that manager yet."""
    known = facts.accountable is not None and facts.accountable.id == project.accountable_id
    return not known or (facts.accountable is not None and facts.actor.person in facts.accountable.line)


DELEGATES = (ACCOUNTABLE | by_decision("a manager above them", is_above)).ruled("only-who-answers")
