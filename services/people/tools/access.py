"""Permissions in tools."""

from chassis.store.fields import Fields
from chassis.store.relations import by_decision, by_state
from services.people.organisation.access import (
    ADMINISTRATOR,
    FOUR_EYES_OFF,
    HR,
    LINE_ABOVE,
    LINE_MANAGER,
    MAY_CHARGE,
    PERSONNEL,
    THEMSELF,
    another,
    nobody_else_above,
    not_among,
)
from services.people.tools.domain.tool import TOOL, ToolStatus

T = Fields(TOOL)

THEIR_DIVISION_PAYS = by_decision(
    "somebody whose division pays", lambda facts, _state, command: command.division_id == facts.division_id
)
REQUESTS = (THEMSELF | LINE_MANAGER) & (MAY_CHARGE | THEIR_DIVISION_PAYS)
KEEPS = PERSONNEL | LINE_MANAGER
ISSUES = KEEPS & another("issue a tool to yourself")
SETS_RETURN_DAY = KEEPS & another("set the day on which you return a tool")
TAKES_BACK = KEEPS & another("take back a tool that you had yourself")
ACKNOWLEDGES = THEMSELF.at(T.person_id).called("the person who received the tool").ruled("custodian-acknowledges")
NOT_REQUESTER = (not_among(T.requested_by) | FOUR_EYES_OFF).ruled(
    "requester-is-not-approver", "You requested the tool.", "Ask somebody else above to decide."
)
HR_WHERE_NOBODY_ELSE = (HR & nobody_else_above("line_above", T.requested_by)).called(
    "HR where nobody else is above the person"
)
DECIDES = (LINE_ABOVE | HR_WHERE_NOBODY_ELSE) & another("decide on your own tool") & NOT_REQUESTER
REPORTS_LOST = KEEPS | THEMSELF
IN_STOCK = by_state("everybody", T.status.one_of(ToolStatus.RETURNED))
SEES = (THEMSELF | LINE_ABOVE | HR | ADMINISTRATOR).at(T.person_id) | IN_STOCK
SEES_REQUEST = (THEMSELF | LINE_ABOVE | HR | ADMINISTRATOR).at(T.requested_for)
