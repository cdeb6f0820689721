"""Persons are filtered by division, grade, position, skill and certificate, each as far as the reader sees it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.people.cast import Cast
from tests.today import TODAY


@pytest.fixture(scope="module")
def below(cast: Cast) -> str:
    """A division below that of the cast, where somebody works."""
    made = cast.post(cast.founder, "/divisions", name=f"Below {uuid4().hex[:8]}", kind="it", parent_id=cast.division)
    above, cast.division = cast.division, made["id"]
    cast.join("helper", "staff", "junior")
    cast.division = above
    return str(made["id"])


@pytest.fixture(scope="module")
def scheme(cast: Cast) -> str:
    body = {"name": f"Scheme {uuid4().hex[:8]}", "issuer": "PMI", "valid_months": 36}
    return str(cast.post(cast.hr, "/certificate-schemes", **body)["id"])


def found(client: httpx.Client, **asked: Any) -> list[str]:
    """The names of the persons found; their count is theirs as well."""
    answer = client.get("/persons", params=asked | {"count": True})
    assert answer.status_code == 200, answer.text
    names = [person["name"] for person in answer.json()["items"]]
    assert answer.json()["count"] == len(names)
    return names


def assess(cast: Cast, name: str, skill: str, level: int) -> None:
    body = {"skill": skill, "level": level, "effective_on": str(TODAY)}
    cast.post(cast.hr, f"/qualifications/{cast.persons[name]}/assess-skill", **body)


def test_a_division_is_asked_for_with_those_below_it_or_alone(cast: Cast, below: str) -> None:
    everybody = ["Director", "Helper", "Junior", "Manager", "Member", "Peer", "Senior", "Stranger"]
    assert found(cast.hr, division_id=cast.division) == everybody
    assert found(cast.hr, division_id=cast.division, alone=True) == [each for each in everybody if each != "Helper"]
    assert found(cast.hr, division_id=below) == found(cast.hr, division_id=below, alone=True) == ["Helper"]
    assert found(cast.hr, division_id=str(uuid4())) == []
    answer = cast.hr.get("/persons", params={"alone": True})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "alone")


def test_grades_and_positions_are_asked_for_and_all_of_it_together(cast: Cast, below: str) -> None:
    of_cast = {"division_id": cast.division}
    assert found(cast.hr, **of_cast, grade=["manager", "junior manager"]) == ["Junior", "Manager", "Peer", "Stranger"]
    positions = [cast.positions[name] for name in ("senior", "member", "helper")]
    assert found(cast.hr, position_id=positions) == ["Helper", "Member", "Senior"]
    assert found(cast.hr, position_id=positions, grade="staff", q="E", sort="-name") == ["Member", "Helper"]
    assert found(cast.hr, position_id=positions, grade="staff", line_manager_id=cast.persons["director"]) == []
    assert found(cast.hr, **of_cast, q="mEm", employment="active") == ["Member"]
    assert cast.hr.get("/persons", params={"grade": "count"}).status_code == 422


def test_a_skill_is_asked_for_by_any_of_its_names_from_a_level_on(cast: Cast, below: str) -> None:
    mark = uuid4().hex[:8]
    cast.post(cast.hr, "/skills", name=f"Python {mark}", description="A language.", aliases=[f"CPython {mark}"])
    assess(cast, "member", f"cpython  {mark}", 4)
    assess(cast, "peer", f"PYTHON {mark}", 5)
    assess(cast, "helper", f"Python {mark}", 2)
    claimed = {"skill": f"Python {mark}", "level": 7}
    cast.post(cast.as_person("junior"), f"/qualifications/{cast.persons['junior']}/claim-skill", **claimed)
    for name in (f"Python {mark}", f"CPYTHON {mark}", f"ｐython   {mark}"):
        assert found(cast.hr, skill=name, level=4) == ["Member", "Peer"]
    assert found(cast.hr, skill=f"Python {mark}") == ["Helper", "Member", "Peer"]
    assert found(cast.hr, skill=f"Python {mark}", level=4, grade="staff", division_id=cast.division) == ["Member"]
    assert found(cast.hr, skill=f"Perl {mark}") == []
    for wrong in ("level=4", "skill=Python&level=8", "skill="):
        assert cast.hr.get(f"/persons?{wrong}").status_code == 422


def test_a_skill_is_found_by_those_alone_who_see_it(cast: Cast) -> None:
    skill = f"Lockpicking {uuid4().hex[:8]}"
    assess(cast, "member", skill, 3)
    for name in ("member", "junior", "manager", "director"):
        assert found(cast.as_person(name), skill=skill) == ["Member"]
    for name in ("peer", "stranger"):
        assert found(cast.as_person(name), skill=skill) == found(cast.as_person(name), skill=skill, q="member") == []
    assert found(cast.as_person("stranger", Role.EXECUTIVE), skill=skill) == ["Member"]


def test_a_certificate_is_found_once_it_is_verified_and_by_those_who_see_it(cast: Cast, scheme: str) -> None:
    of, certificate = f"/qualifications/{cast.persons['member']}", str(uuid4())
    recorded = {"certificate_id": certificate, "scheme_id": scheme, "number": "7", "awarded_on": str(TODAY)}
    cast.post(cast.as_person("member"), f"{of}/record-certificate", **recorded)
    assert found(cast.hr, scheme_id=scheme) == []
    cast.post(cast.hr, f"{of}/verify-certificate", certificate_id=certificate)
    assert found(cast.hr, scheme_id=scheme) == found(cast.as_person("junior"), scheme_id=scheme) == ["Member"]
    assert found(cast.hr, scheme_id=scheme, grade="manager") == found(cast.hr, scheme_id=str(uuid4())) == []
    assert found(cast.as_person("peer"), scheme_id=scheme) == []
    revoked = {"certificate_id": certificate, "reason": "Obtained by fraud.", "effective_on": str(TODAY)}
    cast.post(cast.hr, f"{of}/revoke-certificate", **revoked)
    assert found(cast.hr, scheme_id=scheme) == []


def test_whom_one_may_not_ask_about_answers_as_if_there_was_nothing(cast: Cast) -> None:
    """Byte for byte: a skill that others have, unseen, and one that nobody has."""
    mark = uuid4().hex[:8]
    assess(cast, "member", f"Hidden {mark}", 3)
    for sort in ("name", "-name", "hired_on", "created_at"):
        one, other = (
            cast.as_person("stranger").get("/persons", params={"skill": f"{skill} {mark}", "sort": sort, "count": True})
            for skill in ("Hidden", "Absent")
        )
        assert one.content == other.content
        assert one.headers.get("link") is None
