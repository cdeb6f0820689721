"""Gaps and the qualification forecast over HTTP: what they say, and who sees them."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.people.cast import Cast, cast_of, unknown
from tests.today import TODAY

DAY = timedelta(days=1)
SEERS = ("member", "junior", "director")


@pytest.fixture(scope="module")
def required(cast: Cast) -> dict[str, Any]:
    """The member's position requires two skills and a certificate; the member has a certificate and a skill."""
    body = {"name": f"CISSP {uuid4().hex[:8]}", "issuer": "ISC2", "valid_months": 12}
    scheme = cast.post(cast.hr, "/certificate-schemes", **body)["id"]
    position = {
        "title": "Guard",
        "grade": "staff",
        "reports_to": cast.positions["junior"],
        "it_management_years": "0",
        "duties": [],
        "required_skills": [{"skill": "SCTY", "level": 4}, {"skill": "ITMG", "level": 3}],
        "required_schemes": [scheme],
    }
    cast.post(cast.hr, f"/positions/{cast.positions['member']}/revise", **position)
    awarded = {"certificate_id": str(uuid4()), "scheme_id": scheme, "awarded_on": str(TODAY - 300 * DAY)}
    path = f"/qualifications/{cast.persons['member']}"
    held = cast.post(cast.hr, f"{path}/record-certificate", **awarded)
    assessed = TODAY - 700 * DAY
    cast.post(cast.hr, f"{path}/assess-skill", skill="scty", level=5, effective_on=str(assessed))
    return {"scheme": scheme, "expires_on": held["certificates"][0]["expires_on"]}


def test_a_gap_is_what_the_position_requires_and_the_person_lacks(cast: Cast, required: dict[str, Any]) -> None:
    member = cast.persons["member"]
    found = cast.as_person("member").get(f"/persons/{member}/gaps").json()
    assert found["position_id"] == cast.positions["member"]
    assert found["gap"]["missing_skills"] == [{"skill": "ITMG", "required": 3, "held": None}]
    assert (found["gap"]["missing_certificates"], found["gap"]["stale_skills"]) == ([], [])
    (expiring,) = found["gap"]["expiring_certificates"]
    assert (expiring["scheme_id"], expiring["expires_on"]) == (required["scheme"], required["expires_on"])
    later = cast.hr.get(f"/persons/{member}/gaps", params={"on": required["expires_on"]}).json()
    assert later["gap"]["missing_certificates"] == [required["scheme"]]
    assert [each["skill"] for each in later["gap"]["stale_skills"]] == ["SCTY"]


def test_a_gap_on_a_day_of_the_past_is_as_it_was_then(cast: Cast) -> None:
    described = {"title": "Streamer", "division_id": cast.division, "grade": "staff", "it_management_years": "0"}
    required = {"reports_to": cast.positions["junior"], "required_skills": [{"skill": "Kafka", "level": 3}]}
    position = cast.post(cast.founder, "/positions", **described, **required)["id"]
    cast.post(cast.founder, f"/positions/{position}/approve")
    person = cast.post(cast.hr, "/persons", name="Streamer", effective_on=str(TODAY - 900 * DAY))["id"]
    began = {"position_id": position, "effective_on": str(TODAY - 800 * DAY)}
    cast.post(cast.hr, f"/persons/{person}/appoint", **began)
    found = {"skill": "Kafka", "level": 3, "effective_on": str(TODAY)}
    cast.post(cast.hr, f"/qualifications/{person}/assess-skill", **found)

    def gap(days: int) -> tuple[str | None, list[str]]:
        shown = cast.hr.get(f"/persons/{person}/gaps", params={"on": str(TODAY - days * DAY)}).json()
        return shown["position_id"], [each["skill"] for each in shown["gap"]["missing_skills"]]

    assert (gap(0), gap(1)) == ((position, []), (position, ["Kafka"]))
    assert gap(850) == (None, []), "before they were appointed nothing was required of them"


def test_a_gap_on_a_day_of_the_past_is_by_the_catalogue_of_that_day(cast: Cast) -> None:
    names = [f"{name} {uuid4().hex[:8]}" for name in ("Stream processing", "Kafka streams")]
    described = {"title": "Streamer", "division_id": cast.division, "grade": "staff", "it_management_years": "0"}
    required = {"reports_to": cast.positions["junior"], "required_skills": [{"skill": names[0], "level": 3}]}
    position = cast.post(cast.founder, "/positions", **described, **required)["id"]
    cast.post(cast.founder, f"/positions/{position}/approve")
    person = cast.post(cast.hr, "/persons", name="Streamer", effective_on=str(TODAY - 900 * DAY))["id"]
    cast.post(cast.hr, f"/persons/{person}/appoint", position_id=position, effective_on=str(TODAY - 800 * DAY))
    found = {"skill": names[1], "level": 3, "effective_on": str(TODAY - 30 * DAY)}
    cast.post(cast.hr, f"/qualifications/{person}/assess-skill", **found)
    into, merged = (cast.post(cast.hr, "/skills", name=name)["id"] for name in names)

    def missing(days: int) -> list[str]:
        shown = cast.hr.get(f"/persons/{person}/gaps", params={"on": str(TODAY - days * DAY)}).json()
        return [each["skill"] for each in shown["gap"]["missing_skills"]]

    assert (missing(0), missing(1)) == ([names[0]], [names[0]])
    cast.post(cast.hr, f"/skills/{merged}/merge", into_id=into)
    assert (missing(0), missing(1)) == ([], [names[0]]), "what turned out today was not known yesterday"


def test_on_a_day_of_the_past_somebody_is_eligible_as_they_were_then(cast: Cast) -> None:
    cast.join("chief", "senior manager", "director")
    path = f"/persons/{cast.persons['chief']}"

    def told(days: int) -> bool:
        return bool(cast.hr.get(f"{path}/gaps", params={"on": str(TODAY - days * DAY)}).json()["eligible"])

    assert (told(0), told(20)) == (True, True)
    cast.post(cast.hr, f"{path}/suspend", effective_on=str(TODAY - 10 * DAY))
    assert (told(0), told(10), told(11)) == (False, False, True)


def test_a_day_that_a_view_does_not_know_is_refused_and_not_left_out(cast: Cast) -> None:
    yesterday = str(TODAY - DAY)
    for path, asked in (
        (f"/positions/{cast.positions['member']}", {"effective_on": yesterday}),
        ("/positions", {"effective_on": yesterday}),
        ("/figures", {"on": yesterday}),
        ("/desk", {"on": yesterday}),
        ("/qualification-forecast", {"on": yesterday}),
    ):
        refused = cast.hr.get(path, params=asked)
        assert refused.status_code == 422, (path, refused.text)
        assert [each["parameter"] for each in refused.json()["errors"]] == list(asked), path


def test_a_senior_managers_gap_says_whether_they_are_eligible(cast: Cast) -> None:
    senior = cast.hr.get(f"/persons/{cast.persons['senior']}/gaps").json()
    member = cast.hr.get(f"/persons/{cast.persons['member']}/gaps").json()
    assert (senior["eligible"], member["eligible"]) == (True, None)
    nobody = cast.post(cast.hr, "/persons", name="New", effective_on=str(TODAY))["id"]
    assert cast.hr.get(f"/persons/{nobody}/gaps").json()["position_id"] is None


def test_who_is_about_to_lose_what_is_forecast(cast: Cast, required: dict[str, Any]) -> None:
    (found,) = forecast(cast, "director")
    assert found["person_id"] == cast.persons["member"]
    stale, expired = found["losses"]
    assert (stale["kind"], stale["skill"]) == ("skill", "SCTY")
    assert TODAY < date.fromisoformat(stale["on"]) < TODAY + 40 * DAY
    assert (expired["kind"], expired["on"], expired["scheme_id"]) == (
        "certificate",
        required["expires_on"],
        required["scheme"],
    )
    assert forecast(cast, "director", days=5) == []
    assert forecast(cast, "director", division_id=str(uuid4())) == []
    assert forecast(cast, "director", on=required["expires_on"]) == []


@pytest.mark.usefixtures("required")
def test_a_forecast_of_a_division_has_those_of_the_divisions_below_unless_it_is_asked_for_alone(cast: Cast) -> None:
    above = cast.post(cast.founder, "/divisions", name=f"Above {uuid4().hex[:8]}", kind="it", parent_id=None)["id"]
    assert forecast(cast, "director", division_id=above) == []
    cast.post(cast.founder, f"/divisions/{cast.division}/move", parent_id=above)
    (found,) = forecast(cast, "director", division_id=above)
    assert found["person_id"] == cast.persons["member"]
    assert forecast(cast, "director", division_id=above, alone="true") == []
    cast.post(cast.founder, f"/divisions/{cast.division}/move", parent_id=None)


def forecast(cast: Cast, name: str, *roles: Role, **asked: Any) -> list[dict[str, Any]]:
    response = cast.as_person(name, *roles).get("/qualification-forecast", params=asked)
    assert response.status_code == 200, response.text
    return list(response.json()["items"])


@pytest.mark.usefixtures("required")
def test_the_person_the_line_above_hr_and_executives_see_gaps_and_nobody_else(cast: Cast) -> None:
    path = f"/persons/{cast.persons['member']}/gaps"
    for name in SEERS:
        assert cast.as_person(name).get(path).status_code == 200
        assert len(forecast(cast, name)) == 1
    assert cast.as_person("stranger", Role.EXECUTIVE).get(path).status_code == 200
    for name in ("peer", "stranger"):
        unknown(cast.as_person(name, Role.MANAGER, Role.PORTFOLIO_OFFICE).get(path))
        assert forecast(cast, name, Role.MANAGER, Role.PORTFOLIO_OFFICE) == []
    unknown(cast.hr.get(f"/persons/{uuid4()}/gaps"))


@pytest.mark.usefixtures("required")
def test_the_forecast_comes_in_pages(cast: Cast, people: Any) -> None:
    other = cast_of(people)
    for name in ("member", "peer"):
        body = {"skill": "SCTY", "level": 5, "effective_on": str(TODAY - 700 * DAY)}
        cast.post(cast.hr, f"/qualifications/{other.persons[name]}/assess-skill", **body)
        description: dict[str, Any] = {"title": "Guard", "duties": [], "reports_to": None, "it_management_years": "0"}
        needs = {"grade": "manager", "required_skills": [{"skill": "SCTY", "level": 4}]}
        cast.post(cast.hr, f"/positions/{other.positions[name]}/revise", **description | needs)
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(20):
        page = cast.hr.get("/qualification-forecast", params={"page_size": 1, **token}).json()
        seen += [item["person_id"] for item in page["items"]]
        if page["next_page_token"] is None:
            break
        token = {"page_token": page["next_page_token"]}
    assert seen == sorted(seen)
    assert {cast.persons["member"], other.persons["member"], other.persons["peer"]} <= set(seen)
    assert len(seen) == len(set(seen))
    in_division = cast.hr.get("/qualification-forecast", params={"division_id": other.division}).json()["items"]
    assert {item["person_id"] for item in in_division} == {other.persons["member"], other.persons["peer"]}
    assert cast.hr.get("/qualification-forecast", params={"page_token": "x"}).status_code == 422
