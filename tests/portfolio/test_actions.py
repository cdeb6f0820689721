"""What a caller is told they may do is what happens when they do it: every action of portfolio, for many callers."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.http.examples import example
from contracts import people
from contracts.roles import Role
from services.portfolio.app import AGGREGATES
from services.portfolio.risks.domain.risk_policy import DefineRiskPolicy
from tests import plain_http
from tests.actions import compare_creations, compare_records
from tests.business import Business, Team, done, euros, items, made, on_project
from tests.harness import wait_until
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY

STAGES = ("proposed", "in progress", "on hold", "cancelled")


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture(scope="module")
def anybody(business: Business) -> Iterator[httpx.Client]:
    with plain_http.client(base_url=business.company.running["portfolio"].url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def callers(business: Business, team: Team) -> Mapping[str, Mapping[str, str]]:
    """Everybody of the team, a colleague, and each role held by nobody of them."""
    posts = ("head", "senior", "manager", "junior", "sponsor")
    who = {name: (getattr(team, name).person, Role.STAFF) for name in posts}
    who |= {f"role {role}": (str(uuid4()), role) for role in Role if role is not Role.SYSTEM}
    token = business.company.issuer.token
    return {name: {"authorization": f"Bearer {token(person, [role])}"} for name, (person, role) in who.items()}


@pytest.fixture(scope="module")
def projects(business: Business, team: Team) -> Mapping[str, str]:
    """One project in each of some stages; the one in progress has an offered delegation."""
    found = {"proposed": business.propose(team)} | {stage: business.funded(team) for stage in STAGES[1:]}
    for project in (found["in progress"], found["on hold"]):
        done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    senior = business.as_person("portfolio", team.senior)
    offer = {"delegate_id": team.manager.person, "scope": "All of it."}
    done(on_project(senior, found["in progress"], "offer-delegation", **offer))
    steering = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    done(on_project(steering, found["on hold"], "put-on-hold", reason="Wait."))
    done(on_project(steering, found["cancelled"], "cancel", reason="Enough."))
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_actions_of_projects_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    projects: Mapping[str, str], anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]], stage: str
) -> None:
    outcomes = compare_records(anybody, AGGREGATES, {"projects": projects[stage]}, callers)
    assert min(outcomes["refused"], outcomes["by its body"]) > 30, outcomes
    assert (outcomes["allowed"] > 0) is (stage in {"in progress", "on hold"}), outcomes


def test_actions_of_initiatives_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
    initiative = made(business.office.post("/initiatives", json=body))
    planned = {"name": "Fewer calls", "measure": "calls a day", "baseline": "100", "target": "60"}
    body = {**planned, "due_on": str(TODAY + timedelta(days=9)), "initiative_id": initiative}
    benefit, withdrawn = (
        made(business.office.post("/benefits", json=body | {"owner_id": team.junior.person})) for _ in range(2)
    )
    done(business.office.post(f"/benefits/{withdrawn}/withdraw", json={"reason": "Given up."}))
    item = {"initiative_id": initiative, "lane": "Data", "quarter": "2027-Q1"}
    drafted = {"title": "2027", "division_id": team.division, "items": [item]}
    roadmap = made(business.office.post("/roadmaps", json=drafted))
    records = {"initiatives": initiative, "benefits": benefit, "roadmaps": roadmap}
    for known in (records, {"benefits": withdrawn}):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 5, outcomes


def test_actions_of_requests_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    def on(request: str, command: str, **body: object) -> None:
        done(business.office.post(f"/requests/{request}/{command}", json=body))

    asked = {"title": "Online forms", "purpose": "No paper.", "division_id": team.division}
    user = business.system("portfolio", Role.BUSINESS_USER, subject=str(uuid4()))
    fresh, scored, approved = (made(user.post("/requests", json=asked)) for _ in range(3))
    for request in (scored, approved):
        on(request, "screen")
        on(request, "score-by-wsjf", value="1", time_criticality="1", risk_reduction="1", job_size="1")
    on(approved, "approve")
    criteria = [{"name": "Value", "weight": "1"}]
    ours = made(business.office.post("/criteria-sets", json={"name": "Ours", "criteria": criteria}))
    for known in ({"requests": fresh, "criteria-sets": ours}, {"requests": scored}, {"requests": approved}):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 1, outcomes


def test_actions_in_governance_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    office, project = business.office, business.propose(team)
    gate = made(office.post("/gates", json={"project_id": project, "name": "Approval"}))
    withdrawn = made(office.post("/gates", json={"project_id": business.propose(team), "name": "Approval"}))
    done(office.post(f"/gates/{withdrawn}/withdraw", json={"reason": "Not ready."}))
    ranked = {"title": "2027", "ranks": "projects", "ranking": [project], "reason": "As agreed."}
    chosen = {"title": "One data centre", "options": ["one"], "chosen": "one", "rationale": "It is enough."}
    decided = {**chosen, "decided_by": team.head.person, "decided_on": str(TODAY)}
    logged, over = (made(office.post("/decisions", json=decided)) for _ in range(2))
    done(office.post(f"/decisions/{over}/give-up", json={"reason": "No money."}))
    priorities = made(office.post("/priorities", json=ranked))
    for known in (
        {"gates": gate, "decisions": logged, "priorities": priorities},
        {"gates": withdrawn, "decisions": over},
    ):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 3, outcomes


@pytest.mark.parametrize("confidential", [False, True])
def test_actions_of_issues_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]], confidential: bool
) -> None:
    body = {"title": "No test data", "division_id": team.division, "due_on": str(TODAY), "confidential": confidential}
    issue = made(business.office.post("/issues", json=body | {"owner_id": team.junior.person}))
    outcomes = compare_records(anybody, AGGREGATES, {"issues": issue}, callers)
    assert min(outcomes["refused"], outcomes["by its body"]) > 5, outcomes


@pytest.mark.parametrize("stage", ["planned", "live"])
def test_actions_of_services_and_reports_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]], stage: str
) -> None:
    planned = {"name": "Mail", "summary": "", "division_id": team.division, "criticality": "high"}
    service = made(business.office.post("/services", json=planned | {"owner_id": team.manager.person}))
    if stage == "live":
        done(business.office.post(f"/services/{service}/go-live", json={}))
    reported = {"source": "monitor", "key": stage, "service_id": service}
    down = reported | {"began_at": "2026-01-15T09:30:00Z", "cause": "Disk."}
    incident = reported | {"title": "No mail", "priority": "high", "opened_at": "2026-01-15T09:30:00Z"}
    records = {
        "services": service,
        "outages": made(business.office.post("/outages", json=down)),
        "incidents": made(business.office.post("/incidents", json=incident)),
    }
    outcomes = compare_records(anybody, AGGREGATES, records, callers)
    assert min(outcomes["refused"], outcomes["by its body"]) > 30, outcomes
    assert outcomes["allowed"] > 0, outcomes


def test_actions_in_planning_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    project = business.funded(team)
    done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    work = {"package_id": project, "name": "Build", "planned_value": "1000"}
    days = {"start": str(TODAY), "end": str(TODAY + timedelta(days=9))}
    body = {"currency": "EUR", "packages": [work | {"plan": days}]}
    done(business.office.post(f"/plans/{project}/draft", json=body))
    done(business.office.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    asked = {"project_id": project, "subject": "baseline", "reason": "Dearer.", "budget": euros(1300)}
    raised, assessed = (made(business.office.post("/change-requests", json=asked)) for _ in range(2))
    done(business.office.post(f"/change-requests/{assessed}/assess", json={"cost_effect": "300", "days_effect": 0}))
    late = {"as_of": str(TODAY), "expected_completion": str(TODAY + timedelta(days=90))}
    done(on_project(business.office, project, "report-progress", **late))
    wait_until(lambda: bool(items(business.office.get("/exceptions", params={"project_id": project}))), "it is raised")
    (exception,) = items(business.office.get("/exceptions", params={"project_id": project}))
    known = {"plans": project, "change-requests": raised, "exceptions": exception["id"]}
    for records in (known, {"change-requests": assessed, "project-health": project}):
        outcomes = compare_records(anybody, AGGREGATES, records, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 3, outcomes


def test_actions_of_changes_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    office, raiser = business.office, business.as_person("portfolio", team.junior)
    planned = {"name": "Files", "summary": "", "division_id": team.division, "criticality": "high"}
    service = made(office.post("/services", json=planned | {"owner_id": team.manager.person}))
    asked = {"title": "Patch", "description": "", "division_id": team.division, "service_ids": [service]}
    fresh, urgent = (made(raiser.post("/changes", json=asked | {"kind": kind})) for kind in ("normal", "emergency"))
    done(office.post(f"/changes/{urgent}/authorise", json={}))
    done(office.post(f"/changes/{urgent}/plan-back-out", json={"back_out_plan": "Undo it."}))
    times = {"starts_at": "2026-01-15T09:00:00Z", "ends_at": "2026-01-15T10:00:00Z"}
    done(office.post(f"/changes/{urgent}/schedule", json=times))
    drafted = {"name": "Patch", "division_id": team.division, "procedure": "Do it.", "back_out_plan": "Undo it."}
    model = made(office.post("/change-models", json=drafted))
    days = {"starts": "2026-01-20T00:00", "ends": "2026-01-21T00:00", "time_zone": "Europe/Zurich"}
    declared = {"name": "Stock-taking", "kind": "freeze", "service_ids": [service]}
    window = made(office.post("/change-windows", json=declared | days))
    for known in ({"changes": fresh, "change-models": model, "change-windows": window}, {"changes": urgent}):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 30, outcomes
        assert (outcomes["allowed"] > 0) is ("change-models" in known), outcomes


def test_actions_of_risks_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    executive = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    policy = made(executive.post("/risk-policies", json=example(DefineRiskPolicy) | {"division_id": None}))
    body = {"title": "The vendor fails", "category": "operational", "division_id": team.division}
    identified = made(business.office.post("/risks", json=body | {"owner_id": team.junior.person}))
    risk = made(business.office.post("/risks", json=body | {"owner_id": team.junior.person}))
    for command, step in (
        ("analyse", {"inherent": {"likelihood": "high", "impact": "3"}}),
        ("evaluate", {"rationale": "Too much."}),
        ("treat", {"treatment": "accept"}),
        ("ask-acceptance", {"until": str(TODAY), "reason": "Nothing helps."}),
    ):
        done(business.as_person("portfolio", team.junior).post(f"/risks/{risk}/{command}", json=step))
    for known in ({"risks": identified}, {"risks": risk, "risk-policies": policy}):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 20, outcomes


def test_actions_in_allocation_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: PortfolioAlone, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    office, project, monday = business.office, business.propose(team), TODAY - timedelta(days=TODAY.weekday())
    person, weeks = UUID(team.junior.person), (people.WeekHours(monday=monday, hours=Decimal(40)),)
    asked = {"person_id": str(person), "project_id": project, "monday": str(monday), "hours": "8"}
    business.neighbours.tell_hours(person, people.WeeklyCapacity(person_id=person, weeks=weeks))
    wait_until(lambda: office.post("/allocations", json=asked).status_code == 201, "portfolio knows the hours")
    held, ended = (made(office.post("/allocations", json=asked)) for _ in range(2))
    done(office.post(f"/allocations/{ended}/end", json={"reason": "Done."}))
    needed = {"project_id": project, "skill": "Java", "level": 4, "heads": 2}
    period = {"period": {"start": str(TODAY), "end": str(TODAY)}}
    demand = made(office.post("/skill-demands", json={**needed, **period}))
    for known in ({"allocations": held, "skill-demands": demand}, {"allocations": ended}):
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 1, outcomes


def test_actions_of_policies_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    office, executive = business.office, business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    said = {"title": "Passwords", "text": "Long ones.", "division_id": team.division, "audience": [team.division]}
    drafted, published = (made(office.post("/policies", json=said)) for _ in range(2))
    done(executive.post(f"/policies/{published}/approve", json={"policy_version": 1}))
    done(executive.post(f"/policies/{published}/publish", json={}))
    mine = {"policy_id": published, "person_id": team.junior.person, "policy_version": 1}
    junior = business.as_person("portfolio", team.junior)
    acknowledged = made(junior.post("/policy-acknowledgements", json=mine))
    asked = {"policy_id": published, "division_id": team.division, "until": str(TODAY), "reason": "Old machines."}
    exceptions = [made(junior.post("/policy-exceptions", json=asked)) for _ in range(2)]
    done(executive.post(f"/policy-exceptions/{exceptions[1]}/grant", json={"reason": "Until they are gone."}))
    for policy, exception in zip((drafted, published), exceptions, strict=True):
        known = {"policies": policy, "policy-exceptions": exception, "policy-acknowledgements": acknowledged}
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 5, outcomes


def test_actions_of_technologies_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: Business, team: Team, anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    office = business.office
    said = {"name": "Wasm", "quadrant": "platforms", "division_id": team.division}
    noticed, moved = (made(office.post("/technologies", json=said)) for _ in range(2))
    found = {"recommends": "trial", "findings": "It is fast.", "evidence": "bench/42"}
    by = {"evaluated_by": team.junior.person, "evaluated_on": str(TODAY)}
    recorded, followed = (
        made(office.post("/technology-evaluations", json=found | by | {"technology_id": id})) for id in (noticed, moved)
    )
    move = {"ring": "trial", "evaluation_id": followed, "reason": "As found."}
    done(office.post(f"/technologies/{moved}/move", json=move))
    for technology, evaluation in ((noticed, recorded), (moved, followed)):
        known = {"technologies": technology, "technology-evaluations": evaluation}
        outcomes = compare_records(anybody, AGGREGATES, known, callers)
        assert min(outcomes["refused"], outcomes["by its body"]) > 5, outcomes


def test_what_creates_a_record_is_told_without_an_id(
    anybody: httpx.Client, callers: Mapping[str, Mapping[str, str]]
) -> None:
    outcomes = compare_creations(anybody, AGGREGATES, callers)
    assert min(outcomes.values()) > 5, outcomes
