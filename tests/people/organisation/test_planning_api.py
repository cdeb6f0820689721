"""What is planned for persons takes effect on its day by itself, on a clock that a test moves."""

from datetime import timedelta

from tests.harness import Company
from tests.people.cast import Cast, cast_of, forbidden, refused
from tests.people.clocked import becomes, noon
from tests.today import TODAY


def whats(cast: Cast, name: str, part: str) -> set[tuple[str, str]]:
    return {(each["what"], each["id"]) for each in cast.as_person(name).get("/desk").json()[part]}


def test_a_transfer_and_a_leaving_planned_for_later_days_take_effect_on_them(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    member, path = cast.persons["member"], f"/persons/{cast.persons['member']}"
    other = cast.position("staff", cast.positions["peer"])
    plan = {"position_id": other, "effective_on": str(TODAY + timedelta(days=3))}
    forbidden(cast.as_person("junior").post(f"{path}/appoint", json=plan))
    planned = cast.post(cast.hr, f"{path}/appoint", **plan)
    assert planned["appointment"]["position_id"] == cast.positions["member"]
    leaves = str(TODAY + timedelta(days=5))
    assert cast.post(cast.hr, f"{path}/record-leaving", effective_on=leaves)["planned_leaving"] == leaves
    stranger = cast.as_person("stranger").get(path).json()
    assert (stranger["planned_leaving"], stranger["planned_appointment"]) == (None, None), (
        "it is nobody else's business"
    )
    assert {("the person is to leave", member), ("the person is to be appointed", member)} <= whats(
        cast, "junior", "due"
    )
    firm.move_clock(noon(3))
    moved = becomes(cast.hr, path, planned_appointment=None)
    assert (moved["appointment"]["position_id"], moved["line_manager_id"]) == (other, cast.persons["peer"])
    firm.move_clock(noon(5))
    becomes(cast.hr, path, employment="left", planned_leaving=None)
    refused(cast.hr.post(f"{path}/cancel-plan", json={"what": "leaving"}), "person-left")
    assert cast.post(cast.hr, f"{path}/withdraw-leaving", reason="The wrong one.")["employment"] == "active"
    firm.move_clock(noon(0))


def test_what_is_refused_on_its_day_waits_for_hr_with_the_reason(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    path = f"/persons/{cast.persons['member']}"
    plan = {"position_id": cast.positions["peer"], "effective_on": str(TODAY + timedelta(days=2))}
    cast.post(cast.hr, f"{path}/appoint", **plan)
    firm.move_clock(noon(2))
    found = becomes(cast.hr, path, planned_appointment=None)
    assert (found["failed_plan"]["what"], found["failed_plan"]["rule"]) == ("appointment", "position-vacant")
    waits = "a planned change was refused on its day: plan it again, or cancel it"
    desk = cast.hr.get("/desk").json()["decisions"]
    assert (waits, cast.persons["member"]) in {(each["what"], each["id"]) for each in desk}
    assert cast.post(cast.hr, f"{path}/cancel-plan", what="appointment")["failed_plan"] is None
    firm.move_clock(noon(0))


def test_another_line_and_a_suspension_until_a_day_take_effect_on_their_days(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    member, path = cast.persons["member"], f"/persons/{cast.persons['member']}"
    line = {"line_manager_id": cast.persons["manager"], "effective_on": str(TODAY + timedelta(days=2))}
    forbidden(cast.as_person("junior").post(f"{path}/change-line-manager", json=line))
    planned = cast.post(cast.hr, f"{path}/change-line-manager", **line)
    assert (planned["line_manager_id"], planned["planned_line"]["planned_for"]) == (
        cast.persons["junior"],
        line["effective_on"],
    )
    refused(
        cast.hr.post(f"{path}/reinstate", json={"effective_on": str(TODAY + timedelta(days=6))}), "suspended-before"
    )
    for command, days in (("suspend", 4), ("reinstate", 6)):
        cast.post(cast.hr, f"{path}/{command}", effective_on=str(TODAY + timedelta(days=days)))
    stranger = cast.as_person("stranger").get(path).json()
    assert [stranger[name] for name in ("planned_line", "planned_suspension", "planned_reinstatement")] == [None] * 3
    due = {("the person is to report to another line manager", member)}
    assert due <= whats(cast, "junior", "due")
    of_hr = {("the person is to be suspended", member), ("the person is to act again", member)}
    assert of_hr <= {(each["what"], each["id"]) for each in cast.hr.get("/desk").json()["due"]}
    firm.move_clock(noon(2))
    becomes(cast.hr, path, line_manager_id=cast.persons["manager"], planned_line=None)
    firm.move_clock(noon(4))
    becomes(cast.hr, path, employment="suspended", planned_suspension=None)
    firm.move_clock(noon(6))
    becomes(cast.hr, path, employment="active", planned_reinstatement=None)
    firm.move_clock(noon(0))
