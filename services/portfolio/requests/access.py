"""Permissions in requests: who submitted one does not approve it."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import Relation
from services.portfolio.organisation.access import CALLER, EXECUTIVE, ME, PORTFOLIO_OFFICE
from services.portfolio.requests.domain.request.model import Request
from services.portfolio.requests.domain.request.rules import REQUEST

R = Fields(REQUEST)


def did_not_submit(facts: Any, request: Request, _command: Any) -> bool:
    """Return whether neither the actor nor whom they stand in for submitted the request."""
    return {facts.actor.id, facts.actor.for_whom}.isdisjoint(request.submitted_by)


NOT_SUBMITTER = Relation(
    ("somebody else",),
    did_not_submit,
    lambda _actor, _many, _subject: f"NOT ({R.submitted_by.json} ? {CALLER} OR {R.submitted_by.json} ? {ME})",
).ruled(
    "submitter-is-not-approver",
    "You submitted the request.",
    "Ask another executive, or somebody else of the portfolio office, to decide.",
)
DECIDES = (EXECUTIVE | PORTFOLIO_OFFICE) & NOT_SUBMITTER
"""An executive or the portfolio office, not on their own request."""
CONVERTS = EXECUTIVE | PORTFOLIO_OFFICE
