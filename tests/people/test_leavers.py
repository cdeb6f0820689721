"""Who leaves: their token, what they held, and how it is handed over or found."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.harness import Running
from tests.people.cast import Cast, cast_of, forbidden, refused, unknown
from tests.today import TODAY


@pytest.fixture
def cast(people: Running) -> Cast:
    return cast_of(people)


def leave(cast: Cast, name: str) -> None:
    cast.post(cast.hr, f"/persons/{cast.persons[name]}/record-leaving", effective_on=str(TODAY))


def without_owner(cast: Cast, client: Any) -> set[tuple[str, str]]:
    """What is listed of this cast."""
    own = {*cast.persons.values(), cast.division}
    items = client.get("/without-owner").json()["items"]
    return {(each["what"], each["id"]) for each in items if each["id"] in own or each["person_id"] in own}


def test_the_token_of_a_leaver_sees_and_does_what_is_their_own_and_nothing_else(cast: Cast) -> None:
    manager = cast.as_person("manager", Role.HR, Role.MANAGER)
    assert manager.get("/performance-reviews").status_code == 200
    assert manager.post(f"/persons/{cast.persons['member']}/rename", json={"name": "Eve"}).status_code == 200
    leave(cast, "manager")
    forbidden(manager.post(f"/persons/{cast.persons['member']}/rename", json={"name": "Adam"}))
    junior = manager.get(f"/persons/{cast.persons['junior']}").json()
    assert junior["experience"] == [] == junior["absences"], "they are above nobody"
    assert manager.get(f"/persons/{cast.persons['manager']}").json()["employment"] == "left"
    assert manager.get("/desk").json()["team"] == []


def test_a_leaver_who_trained_sees_who_took_part_no_longer(cast: Cast) -> None:
    design = {"title": f"Course {uuid4().hex[:6]}", "hours": "8"}
    programme = cast.post(cast.hr, "/training-programmes", **design)["id"]
    cast.post(cast.hr, f"/training-programmes/{programme}/publish")
    session = cast.post(
        cast.hr,
        "/training-sessions",
        programme_id=programme,
        division_id=cast.division,
        starts_on=str(TODAY),
        ends_on=str(TODAY),
        cost={"amount": "900", "currency": "EUR"},
        seats=5,
        place="Room 4",
        trainer_id=cast.persons["manager"],
    )["id"]
    enrolled = cast.post(cast.hr, "/enrolments", session_id=session, person_id=cast.persons["member"])["id"]
    manager = cast.as_person("manager")
    leave(cast, "junior")  # who is between them: the trainer sees it as such, not as a manager
    assert manager.get(f"/enrolments/{enrolled}").status_code == 200
    leave(cast, "manager")
    unknown(manager.get(f"/enrolments/{enrolled}"))
    assert ("arrange another trainer: theirs has left", session) in {
        (each["what"], each["id"]) for each in cast.hr.get("/without-owner").json()["items"]
    }


def test_a_team_and_headships_are_handed_over_in_one_step(cast: Cast) -> None:
    junior, peer = cast.persons["junior"], cast.persons["peer"]
    cast.post(cast.founder, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["manager"])
    path = f"/persons/{cast.persons['manager']}/hand-over"
    forbidden(cast.as_person("member").post(path, json={"to_id": peer}))
    refused(cast.hr.post(path, json={"to_id": cast.persons["manager"]}), "receiver-is-another")
    refused(cast.hr.post(path, json={"to_id": str(uuid4())}), "receiver-in-office")
    forbidden(cast.as_person("senior").post(path, json={"to_id": peer}))
    leave(cast, "manager")
    cast.post(cast.as_person("senior"), path, to_id=peer)
    assert cast.hr.get(f"/persons/{junior}").json()["line_manager_id"] == peer
    assert cast.hr.get(f"/divisions/{cast.division}").json()["head_id"] == peer
    assert without_owner(cast, cast.hr) == set()
    history = cast.hr.get(f"/persons/{cast.persons['manager']}/history").json()["items"]
    assert [each["type"] for each in history][-1] == "DutiesHandedOver"


def test_nobody_hands_over_to_themself_nor_to_whom_they_stand_in_for(cast: Cast) -> None:
    path = f"/persons/{cast.persons['manager']}/hand-over"
    leave(cast, "manager")
    standing = {"stand_in_id": cast.persons["peer"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.as_person("senior"), f"/persons/{cast.persons['senior']}/name-stand-in", **standing)
    in_place_of_senior = {"portolan-for": cast.persons["senior"]}
    for name, headers, to in (
        ("senior", {}, "senior"),
        ("peer", in_place_of_senior, "peer"),
        ("peer", in_place_of_senior, "senior"),
    ):
        answer = cast.as_person(name).post(path, json={"to_id": cast.persons[to]}, headers=headers)
        refused(answer, "nobody-on-themself", 403)
        row = {"command": "hand_over_person", "id": cast.persons["manager"], "body": {"to_id": cast.persons[to]}}
        (outcome,) = (
            cast.as_person(name).post("/commands", json={"commands": [row]}, headers=headers).json()["outcomes"]
        )
        assert (outcome["status"], outcome["problem"]["rule"]) == (403, "nobody-on-themself")
    assert cast.hr.get(f"/persons/{cast.persons['junior']}").json()["line_manager_id"] == cast.persons["manager"]
    cast.post(cast.hr, path, to_id=cast.persons["senior"])


def test_who_takes_over_and_was_in_the_team_reports_to_whom_the_leaver_reported_to(cast: Cast) -> None:
    second = cast.join("second", "junior manager", "manager")
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/hand-over", to_id=second)
    assert cast.hr.get(f"/persons/{second}").json()["line_manager_id"] == cast.persons["senior"]
    assert cast.hr.get(f"/persons/{cast.persons['junior']}").json()["line_manager_id"] == second
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/hand-over", to_id=second)


def test_what_is_not_handed_over_is_listed_and_on_the_desk_of_the_nearest_in_office_above(cast: Cast) -> None:
    cast.post(cast.founder, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["manager"])
    leave(cast, "manager")
    cast.post(cast.hr, f"/persons/{cast.persons['senior']}/suspend", effective_on=str(TODAY))
    expected = {
        ("name another line manager: theirs has left", cast.persons["junior"]),
        ("appoint another head: theirs has left", cast.division),
    }
    assert without_owner(cast, cast.hr) == expected
    director = cast.as_person("director")
    assert without_owner(cast, director) == expected, "the senior is suspended"
    assert expected <= {(each["what"], each["id"]) for each in director.get("/desk").json()["decisions"]}
    for name in ("senior", "peer", "member", "stranger"):
        assert without_owner(cast, cast.as_person(name)) == set(), name
