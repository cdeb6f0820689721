"""Roadmaps over HTTP: items that exist, versions, the difference of two."""

from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.business import Business, Team, done, items, made, not_authorised, refused


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


def test_a_roadmap_is_published_in_versions_and_two_of_them_are_compared(business: Business, team: Team) -> None:
    office, project = business.office, business.propose(team)
    shaped = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
    initiative = made(office.post("/initiatives", json=shaped))
    first = {"initiative_id": initiative, "lane": "Data", "quarter": "2027-Q1"}
    second = {"project_id": project, "lane": "Sites", "period": {"start": "2027-01-15", "end": "2027-07-15"}}
    drafted = {"title": "2027", "division_id": team.division}
    manager = business.as_person("portfolio", team.manager, Role.MANAGER)
    roadmap = made(manager.post("/roadmaps", json=drafted | {"items": [first, second]}))
    path = f"/roadmaps/{roadmap}"
    refused(office.get(f"{path}/difference"), "roadmap-not-published")
    not_authorised(manager.post(f"{path}/publish", json={}))
    published = done(office.post(f"{path}/publish", json={}))
    assert (published["stage"], published["number"]) == ("published", 1)
    assert published["items"][0]["period"] == {"start": "2027-01-01", "end": "2027-03-31"}
    done(manager.post(f"{path}/revise", json={"items": [first | {"quarter": "2027-Q2"}]}))
    assert done(office.get(f"{path}/difference"))["moved"] == []
    done(office.post(f"{path}/publish", json={}))
    found = done(office.get(f"{path}/difference", params={"before": 1, "after": 2}))
    (moved, gone) = found["moved"]
    assert (moved["before"]["period"]["end"], moved["after"]["period"]["end"]) == ("2027-03-31", "2027-06-30")
    assert (gone["before"]["project_id"], gone["after"]) == (project, None)
    assert done(office.get(f"{path}/difference")) == found
    assert office.get(f"{path}/difference", params={"after": 3}).status_code == 422
    assert office.get(f"/roadmaps/{uuid4()}/difference").status_code == 404
    listed = items(office.get("/roadmaps", params={"division_id": team.division, "stage": "published", "q": "2027"}))
    assert [each["id"] for each in listed] == [roadmap]


def test_what_is_on_a_roadmap_exists_in_its_division(business: Business, team: Team) -> None:
    elsewhere = business.propose(business.team())
    item = {"lane": "Data", "quarter": "2027-Q1"}
    body = {"title": "2028", "division_id": team.division}
    for wrong, rule in (
        ({"project_id": elsewhere}, "item-within-the-division"),
        ({"project_id": str(uuid4())}, "item-not-known"),
        ({"initiative_id": str(uuid4())}, "item-not-known"),
    ):
        refused(business.office.post("/roadmaps", json=body | {"items": [item | wrong]}), rule)
    answer = business.office.post("/roadmaps", json=body | {"items": [item]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/items"
