"""Who is expected, over HTTP: seen by those who hire, counted nowhere, and here on the day."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests.harness import Company
from tests.people.cast import Cast, cast_of, refused, unknown
from tests.people.clocked import becomes, noon
from tests.today import TODAY

FIRST_DAY = str(TODAY + timedelta(days=3))


def expected(cast: Cast) -> str:
    """Somebody who joins the cast's division in three days; the address of the person."""
    body = {"name": f"Nova {uuid4().hex[:8]}", "effective_on": FIRST_DAY, "division_id": cast.division}
    planned = cast.post(cast.hr, "/persons", **body)
    assert (planned["employment"], planned["planned_hire"], planned["published_number"]) == ("expected", FIRST_DAY, 0)
    return f"/persons/{planned['id']}"


def listed(client: httpx.Client, path: str) -> list[str]:
    items = client.get("/persons", params={"id": path.rpartition("/")[2]}).json()["items"]
    return [each["id"] for each in items]


def headcount(cast: Cast) -> Any:
    figures = cast.hr.get("/figures", params={"division_id": cast.division}).json()["figures"]
    return [each for each in figures if "headcount" in each["formula"] or "head" in each["name"]]


def test_who_is_expected_is_seen_by_those_who_hire_and_by_nobody_else(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    before = headcount(cast)
    path = expected(cast)
    for role in (Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR):
        client = cast.people.client(role)
        assert client.get(path).json()["employment"] == "expected"
        assert listed(client, path)
    for name in ("stranger", "director"):
        unknown(cast.as_person(name).get(path))
        unknown(cast.as_person(name).get(f"{path}/history"))
        assert listed(cast.as_person(name), path) == []
    unknown(cast.hr.get(f"{path}/line"))
    unknown(cast.hr.get(f"{path}/reports"))
    themself = cast.people.client(Role.STAFF, subject=path.rpartition("/")[2])
    unknown(themself.get(path))
    assert headcount(cast) == before, "who is not here yet is not counted"


def test_who_is_expected_is_nobody_to_lead_to_be_asked_or_to_be_paid(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    id = expected(cast).rpartition("/")[2]
    member = f"/persons/{cast.persons['member']}"
    line = {"line_manager_id": id, "effective_on": str(TODAY)}
    refused(cast.hr.post(f"{member}/change-line-manager", json=line), "line-manager-employed")
    head = cast.founder.post(f"/divisions/{cast.division}/appoint-head", json={"person_id": id})
    refused(head, "head-employed")
    stand_in = {"stand_in_id": id, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    refused(cast.hr.post(f"{member}/name-stand-in", json=stand_in), "stand-in-active")
    hours = {"weekly_hours": "20", "effective_on": FIRST_DAY}
    refused(cast.hr.post(f"/contracted-hours/{id}/set", json=hours), "person-employed")


def test_who_is_expected_joins_on_the_day_in_their_position_and_then_everybody_sees_them(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    path = expected(cast)
    position = cast.position("staff", cast.positions["junior"])
    refused(cast.hr.post(f"{path}/appoint", json={"position_id": position, "effective_on": str(TODAY)}), "joins-before")
    cast.post(cast.hr, f"{path}/appoint", position_id=position, effective_on=FIRST_DAY)
    due = {(each["what"], each["id"]) for each in cast.hr.get("/desk").json()["due"]}
    assert ("the person is to join", path.rpartition("/")[2]) in due
    firm.move_clock(noon(3))
    here = becomes(cast.as_person("stranger"), path, employment="active", line_manager_id=cast.persons["junior"])
    assert (here["hired_on"], here["appointment"]["position_id"]) == (FIRST_DAY, position)
    public = cast.as_person("stranger").get(f"{path}/history").json()["items"]
    assert [each["type"] for each in public][:2] == ["PersonHired", "PersonAppointed"]
    assert cast.hr.get(path, params={"effective_on": str(TODAY)}).json()["employment"] == "expected"
    firm.move_clock(noon(0))


def test_a_hire_that_was_withdrawn_is_over_and_can_be_erased(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    path = expected(cast)
    assert cast.post(cast.hr, f"{path}/cancel-plan", what="hire")["employment"] == "withdrawn"
    body = {"position_id": cast.positions["member"], "effective_on": FIRST_DAY}
    refused(cast.hr.post(f"{path}/appoint", json=body), "hire-withdrawn")
    erased = cast.post(cast.hr, f"{path}/erase", reason="They asked for it.")
    assert (erased["name"], erased["erased"], erased["published_number"]) == ("erased", True, 0)
    unknown(cast.as_person("stranger").get(path))


def test_a_hire_into_a_division_closed_meanwhile_waits_for_hr(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    name = f"Division {uuid4().hex[:8]}"
    closing = cast.post(cast.founder, "/divisions", name=name, kind="it", parent_id=None)["id"]
    body = {"name": "Nova", "effective_on": FIRST_DAY, "division_id": closing}
    path = f"/persons/{cast.post(cast.hr, '/persons', **body)['id']}"
    cast.post(cast.founder, f"/divisions/{closing}/close", reason="Merged.")
    firm.move_clock(noon(3))
    found = becomes(cast.hr, path, planned_hire=None)
    assert (found["employment"], found["failed_plan"]["rule"]) == ("expected", "division-open")
    waits = "a planned change was refused on its day: plan it again, or cancel it"
    desk = cast.hr.get("/desk").json()["decisions"]
    assert (waits, path.rpartition("/")[2]) in {(each["what"], each["id"]) for each in desk}
    again = body | {"division_id": cast.division}
    assert cast.post(cast.hr, f"{path}/hire", **again)["employment"] == "active"
    firm.move_clock(noon(0))
