"""One of everything in portfolio, each the accountable person's of the cast: owned, asked for or raised by them."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx

from chassis.http.examples import example
from contracts import people
from contracts.roles import Role
from services.portfolio.organisation.domain.portfolio_policy import POLICY_ID, SetLimits
from services.portfolio.risks.domain.risk_policy import DefineRiskPolicy
from tests.business import done, euros, items, made, on_project
from tests.harness import wait_until
from tests.portfolio.cast import Cast
from tests.today import TODAY

MONDAY = TODAY - timedelta(days=TODAY.weekday())
PERIOD = {"start": str(TODAY), "end": str(TODAY + timedelta(days=9))}
LAST_YEAR = TODAY.year - 1

Known = dict[str, str]


def seeded(cast: Cast) -> Known:
    """The id of one in each collection, by the collection's path."""
    asks = cast.in_every_role(cast.person("accountable"))
    project, service, policy = project_in_progress(cast), live_service(cast), published_policy(cast)
    return {
        "portfolio-policies": limits(cast),
        "projects": project,
        **initiative(cast),
        **planning(cast, project),
        **governance(cast, asks, project),
        **allocation(cast, project),
        **reports(cast, service),
        "risk-policies": risk_policy(cast),
        **asked_for(cast, asks, project, service, policy),
        "policy-acknowledgements": acknowledgement(cast, policy),
        **technology(cast),
    }


def asked_for(cast: Cast, asks: httpx.Client, project: str, service: str, policy: str) -> Known:
    """Everything that one asks for and another decides, each up to the moment at which it is decided."""
    division = cast.division
    gate = made(asks.post("/gates", json={"project_id": cast.business.propose(cast.team), "name": "Approval"}))
    dearer = {"project_id": project, "subject": "baseline", "reason": "Dearer.", "budget": euros(1300)}
    change_request = made(asks.post("/change-requests", json=dearer))
    assessed = {"cost_effect": "300", "days_effect": 0}
    done(cast.business.office.post(f"/change-requests/{change_request}/assess", json=assessed))
    forms = {"title": "Online forms", "purpose": "No paper.", "division_id": division}
    patch = {"title": "Patch", "description": "", "kind": "normal", "division_id": division, "service_ids": [service]}
    change = made(asks.post("/changes", json=patch))
    done(cast.business.office.post(f"/changes/{change}/assess", json={"risk": "low", "impact": "None."}))
    model = {"name": "Patch", "division_id": division, "procedure": "Do it.", "back_out_plan": "Undo it."}
    said = {"title": "Passwords", "text": "Long ones.", "division_id": division, "audience": [division]}
    without = {"policy_id": policy, "division_id": division, "until": str(TODAY), "reason": "Old machines."}
    return {
        "gates": gate,
        "change-requests": change_request,
        "requests": made(asks.post("/requests", json=forms)),
        "changes": change,
        "change-models": made(asks.post("/change-models", json=model)),
        "policies": made(asks.post("/policies", json=said)),
        "policy-exceptions": made(asks.post("/policy-exceptions", json=without)),
        "issues": issue(cast),
        "risks": risk(cast, asks),
    }


def limits(cast: Cast) -> str:
    """The policy of the whole portfolio, with nobody who is a gate authority by it alone."""
    set_by = cast.in_every_role(str(uuid4()))
    body = {**example(SetLimits), "gate_authorities": []}
    done(set_by.post(f"/portfolio-policies/{POLICY_ID}/set-limits", json=body))
    return str(POLICY_ID)


def project_in_progress(cast: Cast) -> str:
    """A project in progress that is delegated."""
    project = cast.business.funded(cast.team)
    done(on_project(cast.business.office, project, "start", effective_on=str(TODAY)))
    offer = {"delegate_id": cast.person("delegate"), "scope": "All of it."}
    done(on_project(cast.own("accountable"), project, "offer-delegation", **offer))
    done(on_project(cast.own("delegate"), project, "accept-delegation"))
    return project


def initiative(cast: Cast) -> Known:
    """An initiative with a benefit and a roadmap."""
    office = cast.business.office
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": cast.division}
    id = made(office.post("/initiatives", json=body))
    measured = {"name": "Fewer calls", "measure": "calls a day", "baseline": "100", "target": "60"}
    owned = {"owner_id": cast.person("accountable"), "initiative_id": id, "due_on": str(TODAY + timedelta(days=9))}
    drawn = {"title": "2027", "division_id": cast.division}
    item = {"initiative_id": id, "lane": "Data", "quarter": "2027-Q1"}
    return {
        "initiatives": id,
        "benefits": made(office.post("/benefits", json=measured | owned)),
        "roadmaps": made(office.post("/roadmaps", json={**drawn, "items": [item]})),
    }


def planning(cast: Cast, project: str) -> Known:
    """A plan with a baseline, and an exception, which is raised once a forecast lies beyond tolerance."""
    office = cast.business.office
    package = {"package_id": project, "name": "Build", "planned_value": "1000", "plan": PERIOD}
    done(office.post(f"/plans/{project}/draft", json={"currency": "EUR", "packages": [package]}))
    done(office.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    late = {"as_of": str(TODAY), "expected_completion": str(TODAY + timedelta(days=90))}
    done(on_project(office, project, "report-progress", **late))
    of_project = {"project_id": project}
    wait_until(lambda: bool(items(office.get("/exceptions", params=of_project))), "the exception is raised")
    (exception,) = items(office.get("/exceptions", params=of_project))
    return {"plans": project, "project-health": project, "exceptions": exception["id"]}


def governance(cast: Cast, asks: httpx.Client, project: str) -> Known:
    """What was decided, and in which order things come."""
    chosen = {"title": "One data centre", "options": ["one"], "chosen": "one", "rationale": "It is enough."}
    decided = {**chosen, "decided_by": cast.person("accountable"), "decided_on": str(TODAY)}
    ranked = {"title": "2027", "ranks": "projects", "ranking": [project], "reason": "As agreed."}
    criteria = {"name": "Ours", "criteria": [{"name": "Value", "weight": "1"}]}
    return {
        "decisions": made(cast.business.office.post("/decisions", json=decided)),
        "priorities": made(asks.post("/priorities", json=ranked)),
        "criteria-sets": made(cast.business.office.post("/criteria-sets", json=criteria)),
    }


def allocation(cast: Cast, project: str) -> Known:
    """Hours of the accountable person themselves, more than their week has; and a demand for a skill."""
    office, person = cast.business.office, cast.person("accountable")
    asked = {"person_id": person, "project_id": project, "monday": str(MONDAY), "hours": "8"}
    tell_hours(cast, person, 40)
    wait_until(lambda: office.post("/allocations", json=asked).status_code == 201, "portfolio knows the hours")
    tell_hours(cast, person, 4)
    own, live = cast.own("accountable"), {"person_id": person, "live": "true"}
    wait_until(lambda: bool(items(own.get("/overloads", params=live))), "the overload is raised")
    needed = {"project_id": project, "skill": "Java", "level": 4, "heads": 2, "period": PERIOD}
    return {
        "allocations": items(office.get("/allocations", params={"person_id": person}))[0]["id"],
        "overloads": items(own.get("/overloads", params=live))[0]["id"],
        "skill-demands": made(office.post("/skill-demands", json=needed)),
    }


def tell_hours(cast: Cast, person: str, hours: int) -> None:
    """Say how many hours somebody has in this week."""
    week = people.WeekHours(monday=MONDAY, hours=Decimal(hours))
    cast.business.neighbours.tell_hours(UUID(person), people.WeeklyCapacity(person_id=UUID(person), weeks=(week,)))


def live_service(cast: Cast) -> str:
    """A service in operation that has to meet a standard."""
    office = cast.business.office
    planned = {"name": "Mail", "summary": "", "division_id": cast.division, "criticality": "high"}
    service = made(office.post("/services", json=planned | {"owner_id": cast.person("accountable")}))
    done(office.post(f"/services/{service}/go-live", json={}))
    done(office.post(f"/services/{service}/require-standard", json={"standard": "ISO 27001"}))
    agreed = {"since": f"{LAST_YEAR}-01-01", "targets": {"availability": "99.9"}}
    done(office.post(f"/services/{service}/agree-targets", json=agreed))
    return service


def reports(cast: Cast, service: str) -> Known:
    """What other tools reported of a service, and the month that was counted of it."""
    office = cast.business.office
    source = {"source": "monitor", "key": service, "service_id": service}
    began, ended = (f"{LAST_YEAR}-03-02T{hour}:30:00Z" for hour in ("09", "11"))
    incident = {"title": "No mail", "priority": "high", "opened_at": began}
    measured = {"metric": "answers", "value": "1", "unit": "s", "measured_at": began}
    found = {
        "services": service,
        "incidents": made(office.post("/incidents", json=source | incident)),
        "outages": made(
            office.post("/outages", json=source | {"began_at": began, "ended_at": ended, "cause": "Disk."})
        ),
        "measurements": made(office.post("/measurements", json=source | measured)),
    }
    of_service = {"service_id": service, "month": f"{LAST_YEAR}-03"}
    wait_until(lambda: bool(items(office.get("/service-months", params=of_service))), "the month is counted")
    return found | {
        "service-months": items(office.get("/service-months", params=of_service))[0]["id"],
        "change-windows": window(cast, service),
    }


def window(cast: Cast, service: str) -> str:
    """A freeze that the accountable person and somebody beside them may except from."""
    days = {"starts": "2026-01-20T00:00", "ends": "2026-01-21T00:00", "time_zone": "Europe/Zurich"}
    excepted = [cast.person(name) for name in ("accountable", "beside")]
    declared = {"name": "Stock-taking", "kind": "freeze", "service_ids": [service], "excepted_by": excepted}
    return made(cast.business.office.post("/change-windows", json=declared | days))


def issue(cast: Cast, *, confidential: bool = False) -> str:
    """An issue of the accountable person's, raised by the office."""
    body = {"title": "No test data", "division_id": cast.division, "due_on": str(TODAY), "confidential": confidential}
    return made(cast.business.office.post("/issues", json=body | {"owner_id": cast.person("accountable")}))


def risk_policy(cast: Cast) -> str:
    """The policy by which the division's risks are scored."""
    body = {**example(DefineRiskPolicy), "division_id": cast.division}
    return made(cast.in_every_role(str(uuid4())).post("/risk-policies", json=body))


def risk(cast: Cast, asks: httpx.Client, *, confidential: bool = False) -> str:
    """A risk of the accountable person's whose acceptance is asked for."""
    of = {"category": "operational", "division_id": cast.division, "confidential": confidential}
    identified = {"title": "The vendor fails", "owner_id": cast.person("accountable")}
    risk = made(asks.post("/risks", json=of | identified))
    for command, step in (
        ("analyse", {"inherent": {"likelihood": "high", "impact": "3"}}),
        ("evaluate", {"rationale": "Too much."}),
        ("treat", {"treatment": "accept"}),
        ("ask-acceptance", {"until": str(TODAY), "reason": "Nothing helps."}),
    ):
        done(asks.post(f"/risks/{risk}/{command}", json=step))
    return risk


def published_policy(cast: Cast) -> str:
    """A policy in force, of which the accountable person has no part."""
    office, executive = cast.business.office, cast.business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    said = {"title": "Locks", "text": "Two.", "division_id": cast.division, "audience": [cast.division]}
    policy = made(office.post("/policies", json=said))
    done(executive.post(f"/policies/{policy}/approve", json={"policy_version": 1}))
    done(executive.post(f"/policies/{policy}/publish", json={}))
    return policy


def acknowledgement(cast: Cast, policy: str) -> str:
    """The accountable person has read a policy."""
    read = {"policy_id": policy, "person_id": cast.person("accountable"), "policy_version": 1}
    return made(cast.own("accountable").post("/policy-acknowledgements", json=read))


def technology(cast: Cast) -> Known:
    """A technology with an evaluation that recommends a trial."""
    office = cast.business.office
    noticed = {"name": "Wasm", "quadrant": "platforms", "division_id": cast.division}
    technology = made(office.post("/technologies", json=noticed))
    found = {"recommends": "trial", "findings": "It is fast.", "evidence": "bench/42", "technology_id": technology}
    by = {"evaluated_by": cast.person("accountable"), "evaluated_on": str(TODAY)}
    return {
        "technologies": technology,
        "technology-evaluations": made(office.post("/technology-evaluations", json=found | by)),
    }


def confidential(cast: Cast) -> Mapping[str, str]:
    """The id of one in each collection that has confidential records."""
    asks = cast.in_every_role(cast.person("accountable"))
    return {"issues": issue(cast, confidential=True), "risks": risk(cast, asks, confidential=True)}
