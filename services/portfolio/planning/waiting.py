"""What waits for somebody in planning."""

from collections.abc import Sequence

from chassis.http.desk import Entry, name_of, stored
from chassis.store.fields import Fields, Items
from services.portfolio.organisation.access import ME
from services.portfolio.planning.commands import CHANGE_REQUESTS, EXCEPTIONS, PLANS
from services.portfolio.planning.domain.change_request import CHANGE_REQUEST, ChangeRequestStatus
from services.portfolio.planning.domain.exception_report import EXCEPTION, ExceptionStatus
from services.portfolio.planning.domain.plan.model import MilestoneStatus
from services.portfolio.planning.domain.plan.rules import PLAN
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.waiting import ABOVE, MINE, SPONSORED, projects_where

X, C, PLANNED = Fields(EXCEPTION), Fields(CHANGE_REQUEST), Fields(PLAN)
MILESTONE = Items(PLANNED.milestones, "milestone")
APPROVES_CHANGE = (
    f"{C.subject.one_of('specification')} AND {C.project_id} IN {projects_where(SPONSORED)}"
    f" OR {C.subject.one_of('baseline')} AND {C.project_id} IN {projects_where(ABOVE)}"
)
OF_EXCEPTION, OF_CHANGE, OF_PLAN = (name_of(PROJECTS, id) for id in (X.project_id, C.project_id, PLANNED.id))
OPEN_MILESTONE = MILESTONE.status.none_of(MilestoneStatus.MET)

DECISIONS: Sequence[Entry] = [
    stored(
        EXCEPTIONS,
        "answer the exception",
        f"{X.status.one_of(ExceptionStatus.RAISED)} AND {X.awaits_id} = {ME}",
        name=OF_EXCEPTION,
        due=X.answer_by,
    ),
    stored(
        CHANGE_REQUESTS,
        "assess the change request",
        f"{C.status.one_of(ChangeRequestStatus.RAISED)} AND {C.project_id} IN {projects_where(MINE)}",
        name=OF_CHANGE,
    ),
    stored(
        CHANGE_REQUESTS,
        "approve or reject the change request",
        f"{C.status.one_of(ChangeRequestStatus.ASSESSED)} AND ({APPROVES_CHANGE}) AND NOT {C.raised_by.json} ? {ME}",
        name=OF_CHANGE,
    ),
    stored(
        CHANGE_REQUESTS,
        "apply the change request",
        f"{C.status.one_of(ChangeRequestStatus.APPROVED)} AND {C.project_id} IN {projects_where(MINE)}",
        name=OF_CHANGE,
    ),
]
DUE: Sequence[Entry] = [
    stored(
        PLANS,
        "a milestone is to be met",
        f"{PLANNED.ended.fails} AND {PLANNED.id} IN {projects_where(MINE)}",
        name=f"concat_ws(': ', {OF_PLAN}, {MILESTONE.name})",
        due=f"CASE WHEN {OPEN_MILESTONE} THEN {MILESTONE.due_on} END",
        days=MILESTONE.each,
    ),
    stored(
        EXCEPTIONS,
        "the recovery plan is to be carried out",
        f"{X.status.one_of(ExceptionStatus.ANSWERED)} AND {X.owner_id} = {ME}",
        name=OF_EXCEPTION,
        due=X.due_on,
    ),
]
