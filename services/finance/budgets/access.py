"""Permissions in budgets: by the roles of the token, the persons who answer for a project, and finance."""

from collections.abc import Callable
from typing import Any

from chassis.domain.decider import Actor, Facts
from chassis.store.fields import Field
from chassis.store.relations import FALSE, Relation, by_decision, role
from contracts.roles import Role
from services.finance.organisation.access import HEAD, MANAGER_THERE

CONTROLLER = role("a finance controller", Role.FINANCE_CONTROLLER)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
SERVICE = role("this service itself", Role.SYSTEM)

DRAFTS = MANAGER_THERE | HEAD | CONTROLLER | EXECUTIVE
"""Nobody drafts, corrects or submits another division's budget."""
STEERS = CONTROLLER | EXECUTIVE
"""Those who decide on division budgets and move money between them."""


def no_part(*fields: str) -> Callable[[Facts, Any, Any], bool]:
    """Whether the actor, and the person they stand in for, are none of those whom these fields of the state name."""

    def differs(facts: Facts, state: Any, _command: Any) -> bool:
        named = {getattr(state, field) for field in fields} - {None}
        return named.isdisjoint({facts.actor.id, facts.actor.for_whom})

    return differs


SUBMITTED = ("submitted_by", "submitted_for")
APPROVES = STEERS & by_decision("others", no_part(*SUBMITTED)).ruled(
    "submitter-is-not-approver",
    "You submitted the budget, or it was submitted for you.",
    "Ask somebody else to approve it.",
)
"""Nobody approves what they submitted, in nobody's place."""
TAKES_OVER = (
    CONTROLLER | role("the portfolio office", Role.PORTFOLIO_OFFICE) | role("an administrator", Role.ADMINISTRATOR)
)

ANSWERS = by_decision(
    "somebody who answers for the project", lambda facts, _state, _command: facts.actor.acts_as in facts.answering
)
ESTIMATES = ANSWERS | CONTROLLER | TAKES_OVER
CLOSES = CONTROLLER | SERVICE
MY_PROJECTS = """(SELECT CAST(id AS text) FROM known_projects
    WHERE CAST(:me AS text) IN (CAST(accountable_id AS text), CAST(delegate_id AS text)))"""
"""The projects that the caller answers for."""


def answers_for(project: Field) -> Relation:
    """Those who answer for a record's project, for decisions and for lists."""

    def condition(actor: Actor, _many: bool, _subject: str) -> str:
        return FALSE if actor.inactive else f"{project} IN {MY_PROJECTS}"

    return Relation(ANSWERS.who, ANSWERS.holds, condition)
