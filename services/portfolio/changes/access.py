"""Permissions in changes: who raised one, who answers for its services, the head of its division, and roles."""

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.portfolio.changes.domain.change.rules import CHANGE
from services.portfolio.changes.domain.change_model import CHANGE_MODEL
from services.portfolio.changes.domain.window import WINDOW
from services.portfolio.organisation.access import (
    ADMINISTRATOR,
    EXECUTIVE,
    PORTFOLIO_OFFICE,
    SHAPES_INITIATIVES,
    TAKES_OVER,
    acted,
)

DECLARES = SHAPES_INITIATIVES
KEEPS_WINDOW = acted("who declared it", Fields(WINDOW).declared_by) | PORTFOLIO_OFFICE | EXECUTIVE | ADMINISTRATOR
"""Who moves or withdraws a window: no manager whose change it stands in the way of."""


RAISER = acted("who raised it", Fields(CHANGE).raised_by)
OWNER = by_decision("the owner of a service it touches", lambda facts, _s, _c: facts.actor.acts_as in facts.owners)
HEAD = by_decision(
    "the division's head",
    lambda facts, _s, _c: facts.division_head is not None and facts.actor.acts_as == facts.division_head,
)
NOT_RAISER = (~RAISER).ruled(
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
NOT_DRAFTER = (~acted("who drafted it", Fields(CHANGE_MODEL).drafted_by)).ruled(
    "drafter-does-not-approve", "Who drafted a change model does not approve it.", "Ask somebody else who may."
)
APPROVES_MODEL = SHAPES_INITIATIVES & NOT_DRAFTER
