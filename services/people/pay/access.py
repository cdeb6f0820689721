"""Permissions in pay."""

from chassis.store.fields import Fields
from services.people.organisation.access import EXECUTIVE, HR, LINE_ABOVE_IN_CONFIDENCE, THEMSELF, another
from services.people.pay.domain.pay import PAY

SETS = (HR | LINE_ABOVE_IN_CONFIDENCE) & another("set your own pay")
CANCELS = (HR | LINE_ABOVE_IN_CONFIDENCE) & another("decide on your own pay")
SEES = (THEMSELF | LINE_ABOVE_IN_CONFIDENCE | HR).at(Fields(PAY).person_id)
SEES_BANDS = HR | EXECUTIVE
