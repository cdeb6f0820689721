"""Technologies over HTTP: noticed, evaluated, moved, listed by ring and quadrant."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Business, Team, at_once, done, items, made, not_authorised, refused
from tests.today import TODAY


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


def noticed(business: Business, team: Team, **changes: Any) -> str:
    body = {"name": f"Wasm {uuid4().hex[:6]}", "quadrant": "platforms", "division_id": team.division}
    return made(business.as_person("portfolio", team.sponsor).post("/technologies", json=body | changes))


def evaluated(business: Business, team: Team, technology: str, recommends: str, **changes: Any) -> str:
    body = {
        "technology_id": technology,
        "recommends": recommends,
        "findings": "It is fast.",
        "evidence": "bench/42",
        "evaluated_by": team.junior.person,
        "evaluated_on": str(TODAY),
    }
    return made(business.as_person("portfolio", team.junior).post("/technology-evaluations", json=body | changes))


def move(client: httpx.Client, technology: str, ring: str, evaluation: str) -> httpx.Response:
    body = {"ring": ring, "evaluation_id": evaluation, "reason": "As found."}
    return client.post(f"/technologies/{technology}/move", json=body)


def on_desk(client: httpx.Client, id: str) -> list[str]:
    return [item["what"] for item in done(client.get("/desk"))["decisions"] if item["id"] == id]


def test_a_technology_moves_between_rings_by_an_evaluation_each(business: Business, team: Team) -> None:
    technology, office = noticed(business, team), business.office
    assert done(office.get(f"/technologies/{technology}"))["ring"] == "noticed"
    trial = evaluated(business, team, technology, "trial")
    assert on_desk(office, trial) == ["follow the evaluation of a technology or dismiss it"]
    (item,) = [each for each in done(office.get("/desk"))["decisions"] if each["id"] == trial]
    assert item["name"] == done(office.get(f"/technologies/{technology}"))["name"]
    not_authorised(move(business.as_person("portfolio", team.junior), technology, "trial", trial))
    moved = done(move(office, technology, "trial", trial))
    assert (moved["ring"], moved["evaluation_id"]) == ("trial", trial)
    assert done(office.get(f"/technology-evaluations/{trial}"))["status"] == "followed"
    assert on_desk(office, trial) == []
    assess = evaluated(business, team, technology, "assess")
    refused(move(office, technology, "hold", assess), "ring-as-evaluated")
    assert done(move(office, technology, "assess", assess))["ring"] == "assess"
    refused(move(office, technology, "trial", trial), "evaluation-used")
    dismiss = evaluated(business, team, technology, "adopt")
    done(office.post(f"/technology-evaluations/{dismiss}/dismiss", json={"reason": "Too early."}))
    refused(move(office, technology, "adopt", dismiss), "evaluation-used")


def test_one_evaluation_moves_a_technology_once_who_asks_at_the_same_moment(business: Business, team: Team) -> None:
    technology = noticed(business, team)
    evaluation = evaluated(business, team, technology, "hold")
    asked = [lambda: move(business.office, technology, "hold", evaluation)] * 4
    assert {answer.status_code for answer in at_once(asked)} == {200}
    history = items(business.office.get(f"/technologies/{technology}/history"))
    assert [event["type"] for event in history] == ["TechnologyNoticed", "TechnologyMoved"]


def test_what_is_named_has_to_exist(business: Business, team: Team) -> None:
    technology, other = noticed(business, team), noticed(business, team)
    refused(move(business.office, technology, "trial", str(uuid4())), "evaluation-not-known")
    of_other = evaluated(business, team, other, "trial")
    refused(move(business.office, technology, "trial", of_other), "evaluation-not-known")
    body = {"technology_id": str(uuid4()), "recommends": "trial", "findings": "Good.", "evidence": "seen"}
    said = body | {"evaluated_by": team.junior.person, "evaluated_on": str(TODAY)}
    assert business.office.post("/technology-evaluations", json=said).status_code == 404
    known = said | {"technology_id": technology}
    refused(
        business.office.post("/technology-evaluations", json=known | {"evaluated_by": str(uuid4())}),
        "person-not-known-yet",
    )
    ahead = known | {"evaluated_on": str(TODAY + timedelta(days=2))}
    refused(business.office.post("/technology-evaluations", json=ahead), "not-in-the-future")
    for field, wrong in (("recommends", "noticed"), ("findings", ""), ("evidence", " ")):
        answer = business.office.post("/technology-evaluations", json=known | {field: wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"


def test_technologies_are_listed_by_ring_and_quadrant(business: Business) -> None:
    team = business.team()
    tool, platform = noticed(business, team, quadrant="tools", name="Zed"), noticed(business, team, name="Ark")
    evaluation = evaluated(business, team, tool, "adopt")
    done(move(business.office, tool, "adopt", evaluation))

    def found(**asked: str) -> list[str]:
        known = {"division_id": team.division, **asked}
        return [each["id"] for each in items(business.office.get("/technologies", params=known))]

    assert found(sort="name") == [platform, tool]
    assert (found(ring="adopt"), found(ring="noticed")) == ([tool], [platform])
    assert (found(quadrant="platforms"), found(q="zed")) == ([platform], [tool])
    asked = {"technology_id": tool, "status": "followed", "recommends": "adopt", "evaluated_by": team.junior.person}
    listed = items(business.office.get("/technology-evaluations", params=asked))
    assert [each["id"] for each in listed] == [evaluation]
    described = {"name": "Zed", "summary": "An editor.", "quadrant": "tools"}
    manager = business.as_person("portfolio", team.manager, Role.MANAGER)
    assert done(manager.post(f"/technologies/{tool}/describe", json=described))["summary"] == "An editor."
