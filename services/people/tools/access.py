"""Permissions in tools."""

from chassis.store.fields import Fields
from chassis.store.relations import by_state
from services.people.organisation.access import (
    ADMINISTRATOR,
    HR,
    HR_AT_THE_TOP,
    LINE_ABOVE,
    LINE_MANAGER,
    PERSONNEL,
    THEMSELF,
)
from services.people.tools.domain.tool import TOOL, ToolStatus

T = Fields(TOOL)

REQUESTS = THEMSELF | LINE_MANAGER
KEEPS = PERSONNEL | LINE_MANAGER
ACKNOWLEDGES = THEMSELF.ruled("custodian-acknowledges")
DECIDES = LINE_ABOVE | HR_AT_THE_TOP
REPORTS_LOST = KEEPS | THEMSELF
IN_STOCK = by_state("everybody", T.status.one_of(ToolStatus.RETURNED))
SEES = (THEMSELF | LINE_ABOVE | HR | ADMINISTRATOR).at(T.person_id) | IN_STOCK
SEES_REQUEST = (THEMSELF | LINE_ABOVE | HR | ADMINISTRATOR).at(T.requested_for)
