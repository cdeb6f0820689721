"""Permissions in capacity: hours are for the person, the line above and HR only."""

from chassis.store.fields import Fields
from services.people.capacity.domain.contracted_hours import CONTRACTED_HOURS
from services.people.capacity.domain.weekly_capacity import CAPACITY
from services.people.organisation.access import HR, LINE_ABOVE_IN_CONFIDENCE, THEMSELF, another

SETS = (HR | LINE_ABOVE_IN_CONFIDENCE) & another("set your own hours")
SEES = THEMSELF | LINE_ABOVE_IN_CONFIDENCE | HR
SEES_HOURS = SEES.at(Fields(CONTRACTED_HOURS).person_id)
SEES_CAPACITY = SEES.at(Fields(CAPACITY).person_id)
