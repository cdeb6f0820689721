"""A gap is closed and stays closed: found, planned for, taught, credited, reviewed, rewarded, and handed on in the end.

Every step is asked for at the door of the one who has to know of it next.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Business, Json, Post, Team, done, euros, items, made, on_project, refused
from tests.harness import wait_until
from tests.today import TODAY

SKILL, LEVEL = "ITMG", 4
LATER = TODAY + timedelta(days=90)
METHOD = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}


@dataclass(frozen=True)
class Learner:
    """A manager whose position asks for a skill and a certificate of a scheme, below a manager and a senior manager."""

    division: str
    head: Post
    senior: Post
    manager: Post
    learner: Post
    scheme: str


@pytest.fixture
def told(business: Business) -> Learner:
    division = business.division()
    head = business.post(division, "executive", years=30)
    business.head(division, head)
    senior = business.post(division, "senior manager", head, years=20)
    manager = business.post(division, "manager", senior)
    learner = business.post(division, "manager", manager)
    scheme = {"name": f"PMP {uuid4().hex[:8]}", "issuer": "PMI", "valid_months": 36}
    told = Learner(
        division, head, senior, manager, learner, made(business.hr.post("/certificate-schemes", json=scheme))
    )
    asks_for = {
        "title": "Manager",
        "grade": "manager",
        "reports_to": manager.position,
        "it_management_years": "0",
        "duties": [],
        "required_skills": [{"skill": SKILL, "level": LEVEL}],
        "required_schemes": [told.scheme],
    }
    done(business.hr.post(f"/positions/{learner.position}/revise", json=asks_for))
    business.settle()
    return told


def post(client: httpx.Client, path: str, **body: Any) -> Json:
    """Do something that has to work."""
    response = client.post(path, json=body)
    assert response.status_code in (200, 201), response.text
    return dict(response.json())


def gap(business: Business, told: Learner) -> Json:
    """What the person lacks of what their position requires, as they see it themselves."""
    learner = business.as_person("people", told.learner)
    return dict(done(learner.get(f"/persons/{told.learner.person}/gaps"))["gap"])


def agree_on_a_plan(business: Business, told: Learner) -> str:
    """The person proposes goals for what is missing, their manager agrees; the path of the plan."""
    learner, manager = (business.as_person("people", each) for each in (told.learner, told.manager))
    period = {"starts_on": str(TODAY), "ends_on": str(LATER)}
    plan = f"/development-plans/{post(learner, '/development-plans', person_id=told.learner.person, **period)['id']}"
    for target in ({"skill": {"skill": SKILL, "level": LEVEL}}, {"scheme_id": told.scheme}):
        post(learner, f"{plan}/add-goal", goal_id=str(uuid4()), due_on=str(LATER), **target)
    agreed = post(manager, f"{plan}/agree")
    assert [(goal["status"], goal["closes_gap"]) for goal in agreed["goals"]] == [("open", True), ("open", True)]
    return plan


def attend_and_pass(business: Business, told: Learner) -> str:
    """A programme that gives what is missing is taught; the person takes part and passes; the id of the enrolment."""
    hr, manager = business.hr, business.as_person("people", told.manager)
    gives = {"skills": [{"skill": SKILL, "level": LEVEL}], "scheme_id": told.scheme, "pass_needed": True}
    programme = made(hr.post("/training-programmes", json={"title": "To manage IT", "hours": "24", **gives}))
    post(hr, f"/training-programmes/{programme}/publish")
    terms = {
        "programme_id": programme,
        "division_id": told.division,
        "cost": euros(900),
        "seats": 1,
        "starts_on": str(TODAY),
        "ends_on": str(TODAY),
        "place": "Room 4",
        "provider": "A school",
    }
    session = made(manager.post("/training-sessions", json=terms))
    seat = {"person_id": told.learner.person, "session_id": session}
    enrolment = made(manager.post("/enrolments", json=seat))
    result = {"passed": True, "score": "88", "effective_on": str(TODAY)}
    refused(hr.post(f"/enrolments/{enrolment}/record-result", json=result), "attended-first")
    post(hr, f"/enrolments/{enrolment}/mark-attendance", attended=True)
    assert gap(business, told)["missing_skills"], "who only attended has learned nothing yet"
    assert post(hr, f"/enrolments/{enrolment}/record-result", **result)["status"] == "completed"
    return enrolment


def history(client: httpx.Client, path: str) -> list[Json]:
    return items(client.get(f"{path}/history"))


def caused_by(change: Json, cause: Json) -> None:
    """The service did it by itself, because of something that had happened."""
    assert (change["actor"], change["causation_id"]) == ("system:people", cause["event_id"])


def held(business: Business, told: Learner) -> bool:
    """Whether skill and certificate are recorded among the person's qualifications."""
    found = business.hr.get(f"/qualifications/{told.learner.person}")
    if found.status_code == 404:
        return False
    qualifications = done(found)
    skills = [(each["skill"], each["level"]) for each in qualifications["skills"]]
    certificates = [(each["scheme_id"], each["status"]) for each in qualifications["certificates"]]
    return skills == [(SKILL, LEVEL)] and certificates == [(told.scheme, "held")]


def review(business: Business, told: Learner, enrolment: str) -> Json:
    """A review cites what was learned, and comes to its end; what it says then."""
    learner, manager, senior = (
        business.as_person("people", each) for each in (told.learner, told.manager, told.senior)
    )
    days = {"first_on": str(TODAY), "last_on": str(LATER), "due_on": str(LATER)}
    cycle = made(business.hr.post("/review-cycles", json={"name": "A year", "method": METHOD, **days}))
    post(business.hr, f"/review-cycles/{cycle}/start")
    objective = {"objective_id": str(uuid4()), "title": "Learn to manage IT.", "weight": "100"}
    begun = {"person_id": told.learner.person, "cycle_id": cycle, "objectives": [objective]}
    path = f"/performance-reviews/{made(manager.post('/performance-reviews', json=begun))}"
    about = {"objective_id": objective["objective_id"]}
    qualifications = told.learner.person
    records = {
        f"enrolment-{enrolment}": f"/enrolments/{enrolment}",
        f"qualifications-{qualifications}": f"/qualifications/{qualifications}",
    }
    for record in records:
        post(learner, f"{path}/cite-evidence", **about, evidence=record)
    cited = done(manager.get(path))["objectives"][0]["evidence"]
    assert cited == list(records)
    for record in cited:
        assert done(manager.get(records[record])), "the reviewer opens what is cited"
    post(learner, f"{path}/assess-self", rating="4", statement="I passed.")
    post(manager, f"{path}/assess", ratings=[{**about, "rating": "5"}], feedback="4", statement="Passed at once.")
    post(senior, f"{path}/calibrate", reasons="As good as it looks.")
    refused(business.hr.post(f"/review-cycles/{cycle}/complete", json={}), "no-review-open")
    acknowledged = post(learner, f"{path}/acknowledge")
    assert post(business.hr, f"/review-cycles/{cycle}/complete")["status"] == "completed"
    return acknowledged


def eligible(business: Business, told: Learner) -> bool:
    return bool(done(business.hr.get(f"/persons/{told.learner.person}"))["eligible"])


def rise(business: Business, told: Learner) -> Post:
    """Ten years of it, verified, and no year counted twice, open a senior manager's position."""
    person = told.learner.person
    risen = Post(person, business.position(told.division, "senior manager", told.senior))
    wanted = {"position_id": risen.position, "effective_on": str(TODAY)}
    business.verify(person, 8)
    business.verify(person, 6)
    assert not eligible(business, told), "years that overlap count once"
    refused(business.hr.post(f"/persons/{person}/appoint", json=wanted), "senior-manager-gate")
    business.verify(person, 11)
    assert eligible(business, told)
    business.appoint(risen)
    return risen


def hand_over(business: Business, project: str, to: Post) -> httpx.Response:
    named = {"accountable_id": to.person, "reason": "Yours from now on."}
    return on_project(business.office, project, "hand-over-accountability", **named)


def issue_a_tool(business: Business, told: Learner, risen: Post) -> str:
    """The person asks for a tool and gets it; its path."""
    learner, senior = business.as_person("people", risen), business.as_person("people", told.senior)
    wanted = {
        "name": "Laptop 12",
        "kind": "equipment",
        "cost": euros(1500),
        "division_id": told.division,
        "person_id": risen.person,
        "reason": "To work with.",
    }
    tool = f"/tools/{made(learner.post('/tools', json=wanted))}"
    post(senior, f"{tool}/approve")
    post(business.hr, f"{tool}/issue", person_id=risen.person)
    post(learner, f"{tool}/acknowledge")
    return tool


def ledger(business: Business, project: str) -> list[tuple[str, str]]:
    """Who answered for the project one after the other and on what ground, as reporting has it."""
    reader = business.system("reporting", Role.EXECUTIVE)
    lines = items(reader.get("/accountability/ledger", params={"project_id": project}))
    assert all(earlier["until"] == later["since"] for earlier, later in pairwise(lines))
    return [(line["person_id"], line["basis"]) for line in lines]


def test_a_gap_is_closed_by_a_training_and_counts_for_whoever_closed_it_until_they_leave(
    business: Business, told: Learner
) -> None:
    person, hr = told.learner.person, business.hr

    # A gap is found, and a plan to close it is agreed.
    found = gap(business, told)
    assert found["missing_skills"] == [{"skill": SKILL, "required": LEVEL, "held": None}]
    assert found["missing_certificates"] == [told.scheme]
    plan = agree_on_a_plan(business, told)

    # A training gives what is missing: it is credited, and the goals are met, by themselves.
    enrolment = attend_and_pass(business, told)
    wait_until(lambda: held(business, told), "the training is credited")
    wait_until(lambda: [goal["status"] for goal in done(hr.get(plan))["goals"]] == ["met", "met"], "the goals are met")
    (completed,) = [each for each in history(hr, f"/enrolments/{enrolment}") if each["type"] == "TrainingCompleted"]
    credited = {each["type"]: each for each in history(hr, f"/qualifications/{person}")}
    for type_ in ("SkillAssessed", "CertificateAwarded"):
        caused_by(credited[type_], completed)
    by_skill, by_certificate = [each for each in history(hr, plan) if each["type"] == "DevelopmentGoalMet"]
    causes = {by_skill["causation_id"], by_certificate["causation_id"]}
    assert causes == {credited[type_]["event_id"] for type_ in ("SkillAssessed", "CertificateAwarded")}
    closed = gap(business, told)
    assert (closed["missing_skills"], closed["missing_certificates"]) == ([], [])
    assert post(business.as_person("people", told.manager), f"{plan}/close")["status"] == "closed"

    # It bears out a performance review.
    reviewed = review(business, told, enrolment)
    assert (reviewed["status"], reviewed["final"]) == ("acknowledged", "4.60")

    # Anyone who has the years rises, and only then may answer for a project.
    team = Team(told.division, told.head, told.senior, told.manager, told.learner, sponsor=told.manager)
    project = business.propose(team)
    refused(hand_over(business, project, told.learner), "accountable-is-senior")
    risen = rise(business, told)
    business.settle()
    assert done(hand_over(business, project, risen))["accountable_id"] == person
    business.settle()
    assert ledger(business, project) == [(told.senior.person, "named"), (person, "handover")]

    # Nobody leaves with a tool still out.
    tool = issue_a_tool(business, told, risen)
    refused(hr.post(f"/persons/{person}/record-leaving", json={"effective_on": str(TODAY)}), "tools-returned")
    business.settle()
    assert done(business.office.get(f"/projects/{project}"))["accountable_id"] == person
    post(business.as_person("people", told.senior), f"{tool}/return", condition="healthy")
    business.leave(risen)

    # What they answered for passes to the nearest eligible manager up the line, though the head is eligible as well.
    business.settle()
    passed = done(business.office.get(f"/projects/{project}"))
    assert (passed["accountable_id"], passed["unresolved"]) == (told.senior.person, False)
    left = next(each for each in history(hr, f"/persons/{person}") if each["type"] == "PersonLeft")
    last = history(business.office, f"/projects/{project}")[-1]
    assert (last["actor"], last["causation_id"]) == ("system:portfolio", left["event_id"])
    assert ledger(business, project) == [
        (told.senior.person, "named"),
        (person, "handover"),
        (told.senior.person, "escalated"),
    ]
    for running in business.company.running.values():
        assert running.status()["parked"] == 0, running.service.name
