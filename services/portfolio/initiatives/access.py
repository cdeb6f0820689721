"""Permissions in initiatives: who plans benefits, and who changes what was planned."""

from chassis.store.fields import Fields
from services.portfolio.initiatives.domain.benefit import BENEFIT
from services.portfolio.organisation.access import EXECUTIVE, LINE_ABOVE, PORTFOLIO_OFFICE, SHAPES_INITIATIVES, head_of

B = Fields(BENEFIT)

PLANS = SHAPES_INITIATIVES
PUBLISHES = PORTFOLIO_OFFICE | EXECUTIVE
DECIDES = (
    LINE_ABOVE.at(B.owner_id).called("a manager above the owner")
    | head_of(B.division_id)
    | PORTFOLIO_OFFICE
    | EXECUTIVE
)
"""The owner of a benefit does not change their own target."""
