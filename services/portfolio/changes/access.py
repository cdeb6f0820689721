"""Permissions in changes: who raised one, who answers for its services, the head of its division, and roles."""

from typing import Any

from chassis.store.relations import by_decision, role
from contracts.roles import Role
from services.portfolio.changes.domain.change_model import who_acts
from services.portfolio.organisation.access import EXECUTIVE, PORTFOLIO_OFFICE, SHAPES_INITIATIVES, TAKES_OVER

RAISES = role("anybody who works here", *(each for each in Role if each not in (Role.AUDITOR, Role.SYSTEM)))
DECLARES = SHAPES_INITIATIVES


def is_raiser(facts: Any, state: Any, _command: Any) -> bool:
    return not set(who_acts(facts.actor)).isdisjoint(state.raised_by)


RAISER = by_decision("who raised it", is_raiser)
OWNER = by_decision("the owner of a service it touches", lambda facts, _s, _c: facts.actor.acts_as in facts.owners)
HEAD = by_decision(
    "the division's head",
    lambda facts, _s, _c: facts.division_head is not None and facts.actor.acts_as == facts.division_head,
)
NOT_RAISER = by_decision("others", lambda *known: not is_raiser(*known)).ruled(
    "raiser-does-not-authorise", "Who raised a change does not authorise it.", "Ask somebody else who may."
)
ASSESSES = OWNER | SHAPES_INITIATIVES
AUTHORISES = ((OWNER | HEAD | PORTFOLIO_OFFICE | EXECUTIVE) & NOT_RAISER).called(
    "the owner of a service it touches", "the division's head", "the portfolio office", "an executive"
)
CARRIES_OUT = RAISER | OWNER | TAKES_OVER
REVIEWS = OWNER | HEAD | PORTFOLIO_OFFICE | EXECUTIVE
CANCELS = CARRIES_OUT | EXECUTIVE
EXCEPTS = (
    by_decision(
        "somebody whom the freeze names",
        lambda facts, _s, _c: facts.window is None or facts.actor.acts_as in facts.window.excepted_by,
    )
    & NOT_RAISER
)
"""Where there is no such freeze, the rule that says so answers."""
NOT_DRAFTER = by_decision(
    "others", lambda facts, state, _command: set(who_acts(facts.actor)).isdisjoint(state.drafted_by)
).ruled("drafter-does-not-approve", "Who drafted a change model does not approve it.", "Ask somebody else who may.")
APPROVES_MODEL = SHAPES_INITIATIVES & NOT_DRAFTER
