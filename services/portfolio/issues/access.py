"""Permissions in issues: the owner, the line above them, who heads the division, and the portfolio office."""

from chassis.store.fields import Fields
from chassis.store.relations import by_state
from services.portfolio.issues.domain.issue.rules import ISSUE
from services.portfolio.organisation.access import ANOTHER, EXECUTIVE, LINE_ABOVE, PORTFOLIO_OFFICE, head_of, named

I = Fields(ISSUE)  # noqa: E741 (an issue)

OWNER = named("the owner", I.owner_id)
RAISER = named("the person who raised it", I.raised_by)
ESCALATED_TO = named("the manager it went to", I.escalated_to)
ABOVE = LINE_ABOVE.at(I.owner_id).called("a manager above the owner")
HEAD = head_of(I.division_id)
DECIDES = ABOVE | HEAD | PORTFOLIO_OFFICE | EXECUTIVE
NOT_OWNER = ANOTHER.at(I.owner_id).ruled(
    "own-deadline", "Nobody postpones what they own.", "Ask a manager above the owner."
)
POSTPONES = (DECIDES & NOT_OWNER).called(*DECIDES.who)
WORKS = OWNER | ESCALATED_TO | DECIDES
CLOSES = RAISER | WORKS
NOT_CONFIDENTIAL = by_state("everybody", I.confidential.fails)
SEES = NOT_CONFIDENTIAL | OWNER | RAISER | ESCALATED_TO | ABOVE | PORTFOLIO_OFFICE | EXECUTIVE
"""A confidential issue is there for who raised it, its owner, the line above, the office and executives."""
