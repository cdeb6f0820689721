"""Permissions in issues: the owner, the line above them, who heads the division, and the portfolio office."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_state
from services.portfolio.issues.domain.issue.rules import ISSUE
from services.portfolio.organisation.access import EXECUTIVE, LINE_ABOVE, ME, PORTFOLIO_OFFICE, named

I = Fields(ISSUE)  # noqa: E741 (an issue)

OWNER = named("the owner", I.owner_id)
RAISER = named("the person who raised it", I.raised_by)
ESCALATED_TO = named("the manager it went to", I.escalated_to)
ABOVE = LINE_ABOVE.at(I.owner_id).called("a manager above the owner")
HEAD = Relation(
    ("the division's head",),
    lambda facts, _state, _command: facts.division_head is not None and facts.actor.acts_as == facts.division_head,
    lambda _actor, _many, _subject: (
        f"{I.division_id} IN (SELECT CAST(id AS text) FROM known_divisions WHERE CAST(head_id AS text) = {ME})"
    ),
)
DECIDES = ABOVE | HEAD | PORTFOLIO_OFFICE | EXECUTIVE
WORKS = OWNER | ESCALATED_TO | DECIDES
CLOSES = RAISER | WORKS
NOT_CONFIDENTIAL = by_state("everybody", I.confidential.fails)
SEES = NOT_CONFIDENTIAL | OWNER | RAISER | ESCALATED_TO | ABOVE | PORTFOLIO_OFFICE | EXECUTIVE
"""A confidential issue is there for who raised it, its owner, the line above, the office and executives."""
