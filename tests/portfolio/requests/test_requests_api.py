"""Requests over HTTP: from what a business user asks to the project it becomes, and who may do what on the way."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Business, Json, Team, done, items, made, not_authorised, refused
from tests.today import TODAY

CRITERIA = [
    {"name": "Value", "weight": "3"},
    {"name": "Effort", "weight": "1", "inverted": True},
    {"name": "Law", "weight": "1", "mandatory": True},
]
WSJF = {"value": "100", "time_criticality": "50", "risk_reduction": "20", "job_size": "10"}


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture(scope="module")
def user(business: Business) -> httpx.Client:
    """A business user, who submits."""
    return business.system("portfolio", Role.BUSINESS_USER, subject=str(uuid4()))


def submit(client: httpx.Client, team: Team, **changes: object) -> str:
    body = {"title": f"Online forms {uuid4().hex[:6]}", "purpose": "No paper.", "division_id": team.division, **changes}
    return made(client.post("/requests", json=body))


def on(client: httpx.Client, request: str, command: str, **body: object) -> httpx.Response:
    return client.post(f"/requests/{request}/{command}", json=body)


def scored(business: Business, client: httpx.Client, team: Team) -> str:
    request = submit(client, team)
    done(on(business.office, request, "screen", note="Seen."))
    done(on(business.office, request, "score-by-wsjf", **WSJF))
    return request


def approved(business: Business, client: httpx.Client, team: Team) -> str:
    request = scored(business, client, team)
    done(on(business.office, request, "approve"))
    return request


def persons(team: Team, **changes: str) -> Json:
    return {"sponsor_id": team.sponsor.person, "accountable_id": team.senior.person, **changes}


def test_a_request_goes_from_a_business_user_to_one_project(business: Business, team: Team, user: httpx.Client) -> None:
    request = submit(user, team)
    not_authorised(on(user, request, "screen"))
    feasibility = [{"dimension": "security and compliance", "concern": "minor concerns", "note": "Ask the officer."}]
    assert done(on(business.office, request, "screen", feasibility=feasibility))["status"] == "screened"
    criteria = made(business.office.post("/criteria-sets", json={"name": "Ours", "criteria": CRITERIA}))
    values = [{"criterion": name, "value": value} for name, value in (("Value", 80), ("Effort", 90), ("Law", 0))]
    score = done(on(business.office, request, "score-by-criteria", criteria_set_id=criteria, values=values))["score"]
    assert (score["score"], score["criteria_version"]) == ("50.0000", 1)
    done(business.office.post(f"/criteria-sets/{criteria}/revise", json={"criteria": CRITERIA[:1], "reason": "Less."}))
    over = done(on(business.office, request, "override-score", score="90", justification="It was promised."))["score"]
    assert (over["worked_out"], over["score"], over["criteria_version"]) == ("50.0000", "90", 1)
    done(on(business.office, request, "approve"))
    converted = done(on(business.office, request, "convert", **persons(team)))
    project = done(business.office.get(f"/projects/{converted['project_id']}"))
    assert (project["stage"], project["sponsor_id"], project["accountable_id"]) == (
        "proposed",
        team.sponsor.person,
        team.senior.person,
    )
    refused(on(business.office, request, "convert", **persons(team)), "converted-once")
    assert [each["id"] for each in items(business.office.get(f"/requests?project_id={project['id']}"))] == [request]


def test_what_the_project_refuses_leaves_the_request_as_it_was(
    business: Business, team: Team, user: httpx.Client
) -> None:
    request = approved(business, user, team)
    unfit = persons(team, accountable_id=team.manager.person)
    refused(on(business.office, request, "convert", **unfit), "accountable-is-senior")
    assert done(business.office.get(f"/requests/{request}"))["status"] == "approved"
    assert on(business.office, request, "convert", sponsor_id=team.sponsor.person).status_code == 422


def test_an_executive_or_the_office_decides_but_not_on_their_own_request(business: Business, team: Team) -> None:
    me = str(uuid4())
    mine = scored(business, business.system("portfolio", Role.BUSINESS_USER, subject=me), team)
    refused(
        on(business.system("portfolio", Role.EXECUTIVE, subject=me), mine, "approve"), "submitter-is-not-approver", 403
    )
    not_authorised(on(business.as_person("portfolio", team.head), mine, "approve"))
    other = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    assert done(on(other, mine, "approve"))["status"] == "approved"


def test_bad_input_names_the_field(business: Business, team: Team, user: httpx.Client) -> None:
    weightless = [{"name": "Value", "weight": "0"}]
    for response, field in (
        (business.office.post("/criteria-sets", json={"name": "Ours", "criteria": weightless}), "weight"),
        (on(business.office, submit(user, team), "score-by-wsjf", **{**WSJF, "job_size": "0"}), "job_size"),
    ):
        assert response.status_code == 422
        assert field in response.text


def test_a_deferred_request_is_on_the_desk_from_its_day_on(business: Business, team: Team, user: httpx.Client) -> None:
    def waits(request: str) -> set[str]:
        found = done(business.office.get("/desk"))["decisions"]
        return {each["what"] for each in found if each["id"] == request}

    request = submit(user, team)
    assert waits(request) == {"screen the request"}
    done(on(business.office, request, "screen"))
    assert waits(request) == {"score the request"}
    done(on(business.office, request, "score-by-wsjf", **WSJF))
    assert waits(request) == {"decide on the request"}
    done(on(business.office, request, "defer", until=str(TODAY + timedelta(days=9)), reason="Later."))
    assert waits(request) == set()
    done(on(business.office, request, "approve"))
    assert waits(request) == {"convert the request"}


def test_lists_filter_sort_and_search(business: Business, team: Team, user: httpx.Client) -> None:
    word = uuid4().hex
    found = {submit(user, team, title=f"{letter} {word}", needed_by="2027-01-01") for letter in "ab"}
    listed = items(user.get(f"/requests?status=submitted&division_id={team.division}&q={word}&sort=-title"))
    assert [each["title"][0] for each in listed] == ["b", "a"]
    assert {each["id"] for each in listed} == found
    history = items(user.get(f"/requests/{listed[0]['id']}/history"))
    assert [each["type"] for each in history] == ["RequestSubmitted"]
