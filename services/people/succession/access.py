"""Permissions in successions; a succession has the id of its position."""

from chassis.store.fields import Fields
from services.people.organisation.access import ABOVE_POSITION, EXECUTIVE, HR, SERVICE
from services.people.succession.domain.succession import SUCCESSION

PLANS = ABOVE_POSITION | HR | EXECUTIVE
AGREES = ABOVE_POSITION | EXECUTIVE
REMOVES = PLANS | SERVICE
SEES = PLANS.at(Fields(SUCCESSION).id)
