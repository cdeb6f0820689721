"""The desk of portfolio: what awaits sponsors, delegates, gate authorities the portfolio office; what is due."""

from collections.abc import Sequence

from fastapi import APIRouter

from chassis.domain.clock import Clock
from chassis.http.desk import Entry, desk_router, stored
from chassis.store.fields import Fields, Items
from chassis.store.store import Store
from contracts.portfolio import Stage
from contracts.portfolio.services import ServiceStage
from services.portfolio.governance.commands import DECISIONS as DECISIONS_LOGGED
from services.portfolio.governance.commands import GATES
from services.portfolio.governance.domain.decision import DECISION, DecisionStatus
from services.portfolio.governance.domain.gate import GATE, GateStatus
from services.portfolio.initiatives.commands import INITIATIVES
from services.portfolio.initiatives.domain.initiative import INITIATIVE, InitiativeStage
from services.portfolio.issues.commands import ISSUES
from services.portfolio.issues.domain.issue.model import OVER, IssueStatus
from services.portfolio.issues.domain.issue.rules import ISSUE
from services.portfolio.organisation.access import PORTFOLIO_OFFICE, TAKES_OVER
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS, POLICY_ID, PORTFOLIO_POLICY
from services.portfolio.planning.commands import CHANGE_REQUESTS, EXCEPTIONS
from services.portfolio.planning.domain.change_request import CHANGE_REQUEST, ChangeRequestStatus
from services.portfolio.planning.domain.exception_report import EXCEPTION, ExceptionStatus
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project.model import ENDED, DelegationStatus
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.requests.access import DECIDES as DECIDES_ON_REQUESTS
from services.portfolio.requests.commands import REQUESTS
from services.portfolio.requests.domain.request.model import RequestStatus
from services.portfolio.requests.domain.request.rules import REQUEST
from services.portfolio.services.commands import INCIDENTS, SERVICES
from services.portfolio.services.domain.incident import INCIDENT, IncidentStatus
from services.portfolio.services.domain.service.model import Compliance
from services.portfolio.services.domain.service.rules import SERVICE

P, SHAPED, R = Fields(PROJECT), Fields(INITIATIVE), Fields(REQUEST)
G, D, POLICY = Fields(GATE), Fields(DECISION), Fields(PORTFOLIO_POLICY)
RAISED, X, C = Fields(ISSUE), Fields(EXCEPTION), Fields(CHANGE_REQUEST)
ME = "CAST(:me AS text)"
SIGNED = f"{P.stage.one_of(Stage.SPECIFIED)} AND {P.specification.signed_by} IS NOT NULL"
DELEGATED = f"{P.delegation.delegate_id} = {ME} AND {P.delegation.status.one_of(DelegationStatus.ACTIVE)}"
MINE = f"{P.accountable_id} = {ME} OR ({DELEGATED})"
MY_DIVISIONS = f"(SELECT CAST(id AS text) FROM known_divisions WHERE CAST(head_id AS text) = {ME})"
HEADED = f"{P.division_id} IN {MY_DIVISIONS}"
MY_REPORTS = (
    f"{P.accountable_id} IN (SELECT CAST(id AS text) FROM known_persons WHERE CAST(line_manager_id AS text) = {ME})"
)
# A gate waits for those for whom its project would wait, and for whom policy names; not for who proposed it.
NAMED_BY_POLICY = f"EXISTS (SELECT FROM states WHERE {POLICY.of_kind} AND {POLICY.gate_authorities.json} ? {ME})"
AT_MY_GATE = (
    f"{G.project_id} IN (SELECT {P.id} FROM states"
    f" WHERE {P.of_kind} AND ({HEADED} OR {MY_REPORTS} OR {NAMED_BY_POLICY}) AND ({MINE}) IS NOT TRUE)"
)
OWNERLESS = RAISED.status.one_of(IssueStatus.RAISED)
S, REPORTED, SETTINGS = Fields(SERVICE), Fields(INCIDENT), Fields(PORTFOLIO_POLICY, "policy")
STANDARD = Items(S.standards, "standard")
GOES_ON = S.stage.none_of(ServiceStage.RETIRED)
OWNED = f"{S.owner_id} = {ME} AND {GOES_ON}"
LAPSED = S.standards.has_item(status=Compliance.BREACHED, lapsed=True, escalated_to=ME)
TEST_MONTHS = f"""coalesce((SELECT CAST({SETTINGS.continuity_test_months} AS int) FROM states policy
    WHERE {SETTINGS.stream} = '{PORTFOLIO_POLICY.stream(POLICY_ID)}'), {DEFAULTS.continuity_test_months})"""
TEST_DUE = f"CAST(CAST({S.continuity.tested_on} AS date) + make_interval(months => {TEST_MONTHS}) AS date)"
OWN_SERVICES = f"{REPORTED.service_id} IN (SELECT {S.id} FROM states WHERE {S.of_kind} AND {OWNED})"

MY_PROJECTS = f"SELECT {P.id} FROM states WHERE {P.of_kind} AND ({MINE})"
SPONSORED = f"SELECT {P.id} FROM states WHERE {P.of_kind} AND {P.sponsor_id} = {ME}"
BELOW_ME = f"SELECT {P.id} FROM states WHERE {P.of_kind} AND ({HEADED} OR {MY_REPORTS})"
APPROVES_CHANGE = (
    f"{C.subject.one_of('specification')} AND {C.project_id} IN ({SPONSORED})"
    f" OR {C.subject.one_of('baseline')} AND {C.project_id} IN ({BELOW_ME})"
)

DECISIONS: Sequence[Entry] = [
    stored(
        PROJECTS,
        "sign the specification",
        f"{P.stage.one_of(Stage.SPECIFIED)} AND {P.specification.signed_by} IS NULL AND {P.sponsor_id} = {ME}",
    ),
    # Everybody above may approve; it waits for the division's head and the accountable manager's own.
    stored(PROJECTS, "approve the project", f"{SIGNED} AND ({HEADED} OR {MY_REPORTS}) AND ({MINE}) IS NOT TRUE"),
    stored(
        PROJECTS,
        "accept or decline the delegation",
        f"{P.delegation.delegate_id} = {ME} AND {P.delegation.status.one_of(DelegationStatus.OFFERED)}",
    ),
    stored(
        PROJECTS, "name an accountable manager", f"{P.unresolved.holds} AND {P.stage.none_of(*ENDED)}", who=TAKES_OVER
    ),
    stored(
        EXCEPTIONS,
        "answer the exception",
        f"{X.status.one_of(ExceptionStatus.RAISED)} AND {X.awaits_id} = {ME}",
        due=X.answer_by,
    ),
    stored(
        CHANGE_REQUESTS,
        "assess the change request",
        f"{C.status.one_of(ChangeRequestStatus.RAISED)} AND {C.project_id} IN ({MY_PROJECTS})",
    ),
    stored(
        CHANGE_REQUESTS,
        "approve or reject the change request",
        f"{C.status.one_of(ChangeRequestStatus.ASSESSED)} AND ({APPROVES_CHANGE}) AND {C.raised_by} <> {ME}",
    ),
    stored(INITIATIVES, "approve the initiative", SHAPED.stage.one_of(InitiativeStage.SHAPED), who=PORTFOLIO_OFFICE),
    stored(
        GATES,
        "decide at the gate",
        f"{G.status.one_of(GateStatus.PROPOSED)} AND {AT_MY_GATE} AND NOT {G.proposed_by.json} ? {ME}",
    ),
    stored(REQUESTS, "screen the request", R.status.one_of(RequestStatus.SUBMITTED), who=PORTFOLIO_OFFICE),
    stored(REQUESTS, "score the request", R.status.one_of(RequestStatus.SCREENED), who=PORTFOLIO_OFFICE),
    stored(
        REQUESTS,
        "decide on the request",
        f"{R.status.one_of(RequestStatus.SCORED)}"
        f" OR ({R.status.one_of(RequestStatus.DEFERRED)} AND {R.deferred_until} <= :today)",
        who=DECIDES_ON_REQUESTS,
    ),
    stored(REQUESTS, "convert the request", R.status.one_of(RequestStatus.APPROVED), who=PORTFOLIO_OFFICE),
    stored(
        ISSUES,
        "name an owner of the issue",
        f"{OWNERLESS} AND {RAISED.confidential.fails} AND {RAISED.division_id} IN {MY_DIVISIONS}",
    ),
    stored(
        ISSUES,
        "name an owner of the confidential issue",
        f"{OWNERLESS} AND {RAISED.confidential.holds}",
        who=PORTFOLIO_OFFICE,
    ),
    stored(
        ISSUES,
        "the issue was escalated to you",
        f"{RAISED.status.one_of(IssueStatus.ESCALATED)} AND {RAISED.escalated_to} = {ME}",
        person=RAISED.owner_id,
    ),
    stored(
        ISSUES,
        "close or reopen the issue you raised",
        f"{RAISED.status.one_of(IssueStatus.RESOLVED)} AND {RAISED.raised_by} = {ME}",
    ),
    stored(SERVICES, "name an owner of the service", f"{S.unresolved.holds} AND {GOES_ON}", who=TAKES_OVER),
    stored(SERVICES, "an exception to a standard has ended", f"{LAPSED} AND {GOES_ON}"),
]
DUE: Sequence[Entry] = [
    stored(
        DECISIONS_LOGGED,
        "the decision is to be carried out",
        f"{D.status.one_of(DecisionStatus.LOGGED)} AND {D.decided_by} = {ME}",
        due=D.due_on,
    ),
    stored(
        PROJECTS,
        "the project is to be completed",
        f"{P.stage.one_of(Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING)} AND ({MINE})",
        due=P.plan.end,
    ),
    stored(PROJECTS, "the delegation ends", f"{P.stage.none_of(*ENDED)} AND ({MINE})", due=P.delegation.until),
    stored(
        ISSUES,
        "the issue is to be resolved",
        f"{RAISED.status.none_of(*OVER)} AND {RAISED.owner_id} = {ME}",
        due=RAISED.due_on,
    ),
    stored(SERVICES, "the continuity plan is to be tested", OWNED, due=TEST_DUE),
    stored(SERVICES, "an exception to a standard ends", OWNED, due=STANDARD.until, days=STANDARD.each),
    stored(
        INCIDENTS,
        "the incident is to be resolved",
        f"{REPORTED.status.one_of(IncidentStatus.OPEN)} AND {OWN_SERVICES}",
        due=f"CAST(CAST({REPORTED.resolve_by} AS timestamptz) AT TIME ZONE 'UTC' AS date)",
    ),
]


def router(store: Store, clock: Clock) -> APIRouter:
    return desk_router(store, clock, DECISIONS, DUE)
