"""Permissions in a project: those it names, and the managers above them.

Where a project names nobody yet, or a manager is not known yet, the rule that says so answers instead of a refusal.
"""

from typing import Any

from chassis.store.relations import Relation, by_decision
from services.portfolio.organisation.access import EXECUTIVE, TAKES_OVER
from services.portfolio.projects.domain.project.model import Project, ProjectFacts

ACCOUNTABLE = by_decision(
    "the accountable manager", lambda facts, state, _command: facts.actor.acts_as == state.accountable_id
)
RESPONSIBLE = by_decision("the delegate", lambda facts, state, _command: facts.actor.acts_as == state.responsible_id)
NOT_THE_DELEGATE = by_decision(
    "others", lambda facts, state, _command: state.delegate_id is None or state.delegate_id not in facts.actor.persons
).ruled(
    "delegation-moves-responsibility-only",
    "The delegate is responsible, not accountable, for this project.",
    "Ask the accountable manager.",
)
"""Excludes the delegate from decisions that belong to accountability, whatever their roles."""
ANSWERS = ACCOUNTABLE | RESPONSIBLE | TAKES_OVER
DECIDES = ACCOUNTABLE | EXECUTIVE | TAKES_OVER
STEERS = DECIDES & NOT_THE_DELEGATE


def is_sponsor(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether the sponsor acts, in person."""
    in_person = facts.actor.for_whom is None
    return project.sponsor_id is None or (in_person and project.sponsor_id == facts.actor.acts_as)


SPONSOR = by_decision("the business sponsor", is_sponsor).ruled("only-the-sponsor-signs")
DELEGATE = by_decision(
    "the delegate",
    lambda facts, state, _command: state.delegation is None or facts.actor.acts_as == state.delegation.delegate_id,
).ruled("only-the-delegate")


def may_open_the_gate(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether policy names the actor, or they head the division, or are above the accountable manager."""
    head, accountable = facts.division_head, facts.accountable
    heads = {head.id} if head is not None else set()
    above = accountable.line if accountable is not None and accountable.id == project.accountable_id else ()
    return facts.actor.acts_as in facts.gate_authorities.union(heads, above)


def does_not_answer(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether the actor neither answers for the project nor stands in for somebody who does."""
    answering = {str(project.accountable_id), str(project.responsible_id)}
    return answering.isdisjoint({str(facts.actor.person), facts.actor.for_whom})


IMPARTIAL = by_decision("others", does_not_answer).ruled(
    "approver-does-not-answer",
    "Those who answer for a project cannot approve it.",
    "Ask another gate authority to approve it.",
)
AUTHORITY = by_decision("an authority", may_open_the_gate).ruled("gate-by-named-authority")
APPROVES = (IMPARTIAL & AUTHORITY).called(
    "the division's head", "a manager above the accountable one", "an authority named by policy"
)
"""A named authority, who does not answer for the project."""


SIGNS = SPONSOR & by_decision("others", does_not_answer).ruled(
    "signer-does-not-answer",
    "Those who answer for a project do not sign its specification.",
    "Name another sponsor, who signs it.",
)
"""The business sponsor, where they do not answer for the project themselves."""


def of_project(relation: Relation) -> Relation:
    """The same relation to the project of a record; where there is none, the decision says so."""
    return by_decision(
        relation.sentence,
        lambda facts, _state, command: facts.project is None or relation.holds(facts, facts.project, command),
    ).called(*relation.who)


IN_CHARGE = of_project(ACCOUNTABLE | RESPONSIBLE)
"""Those who answer for the project of a record, or are responsible for it."""


def is_above(facts: ProjectFacts, project: Project, _command: Any) -> bool:
    """Return whether the actor is above the accountable manager, or nobody knows that manager yet."""
    if facts.actor.acts_as is None:
        return False
    known = facts.accountable is not None and facts.accountable.id == project.accountable_id
    return not known or (facts.accountable is not None and facts.actor.acts_as in facts.accountable.line)


DELEGATES = (ACCOUNTABLE | by_decision("a manager above the accountable one", is_above)).ruled("only-who-answers")
