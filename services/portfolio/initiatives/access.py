"""Permissions in initiatives: who plans benefits, and who changes what was planned."""

from chassis.store.fields import Fields
from services.portfolio.initiatives.domain.benefit import BENEFIT
from services.portfolio.organisation.access import (
    ANOTHER,
    EXECUTIVE,
    LINE_ABOVE,
    PORTFOLIO_OFFICE,
    SHAPES_INITIATIVES,
    head_of,
)

B = Fields(BENEFIT)

PLANS = SHAPES_INITIATIVES
PUBLISHES = PORTFOLIO_OFFICE | EXECUTIVE
DECIDES = (
    LINE_ABOVE.at(B.owner_id).called("a manager above the owner")
    | head_of(B.division_id)
    | PORTFOLIO_OFFICE
    | EXECUTIVE
)
NOT_OWNER = ANOTHER.at(B.owner_id).ruled(
    "own-benefit", "Nobody changes what is promised of their own benefit.", "Ask a manager above the owner."
)
REPLANS = (DECIDES & NOT_OWNER).called(*DECIDES.who)
"""The owner of a benefit does not change their own target, whatever their roles."""
