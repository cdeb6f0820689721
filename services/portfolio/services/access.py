"""Permissions in services: the owner, those above the owner, and the roles that keep the list of services."""

from chassis.store.fields import Fields
from services.portfolio.organisation.access import ANOTHER, EXECUTIVE, LINE_ABOVE, SHAPES_INITIATIVES, TAKES_OVER, named
from services.portfolio.services.domain.service.rules import SERVICE

S = Fields(SERVICE)

PLANS = SHAPES_INITIATIVES
OWNER = named("the owner", S.owner_id)
KEEPS = OWNER | TAKES_OVER
DECIDES = KEEPS | EXECUTIVE
REQUIRES = EXECUTIVE | TAKES_OVER
EXCEPTS = ((LINE_ABOVE | EXECUTIVE | TAKES_OVER) & ANOTHER).at(S.owner_id)
"""Who excepts a service from a standard: never its owner."""
REPORTS = TAKES_OVER
"""Other tools, by a token with one of these roles."""
