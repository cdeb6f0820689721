"""Today is the record's: what a rule takes for today, and when a plan falls due, where a division has a time zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from tests.harness import Company, wait_until
from tests.people.cast import Cast, cast_of, refused
from tests.people.clocked import becomes, noon
from tests.today import TODAY

AUCKLAND, LOS_ANGELES = "Pacific/Auckland", "America/Los_Angeles"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SUSPENDED = ("suspended", None)


@pytest.fixture(autouse=True)
def noon_again(firm: Company) -> Iterator[None]:
    yield
    firm.move_clock(noon(0))


def cast_in(firm: Company, zone: str | None) -> Cast:
    """A cast in a division of its own, in this time zone."""
    cast = cast_of(firm.running["people"])
    move_to(cast, cast.division, zone)
    return cast


def move_to(cast: Cast, division: str, zone: str | None) -> None:
    assert cast.post(cast.founder, f"/divisions/{division}/set-time-zone", time_zone=zone)["time_zone"] == zone


def begins(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def suspended(cast: Cast, on: date, name: str = "member") -> tuple[Any, Any]:
    """Suspend somebody from a day on; what they are then, and the day it is planned for where that is to come."""
    found = cast.post(cast.hr, f"/persons/{cast.persons[name]}/suspend", effective_on=str(on))
    return found["employment"], found["planned_suspension"]


def test_an_unknown_time_zone_is_refused_by_the_name_of_its_field(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    refusal = cast.founder.post(f"/divisions/{cast.division}/set-time-zone", json={"time_zone": "Europe/Oz"})
    assert refusal.status_code == 422
    assert [error["pointer"] for error in refusal.json()["errors"]] == ["#/time_zone"]


def test_what_is_tomorrow_in_utc_and_today_in_auckland_takes_effect_there_alone(firm: Company) -> None:
    there, here = cast_in(firm, AUCKLAND), cast_of(firm.running["people"])
    firm.move_clock(begins(TODAY + DAY, AUCKLAND))
    assert suspended(here, TODAY + DAY) == ("active", str(TODAY + DAY))
    assert suspended(there, TODAY + DAY) == SUSPENDED


def test_what_is_today_in_utc_and_tomorrow_in_los_angeles_is_planned_there_alone(firm: Company) -> None:
    there, here = cast_in(firm, LOS_ANGELES), cast_of(firm.running["people"])
    firm.move_clock(begins(TODAY, LOS_ANGELES) - MINUTE)
    assert suspended(there, TODAY) == ("active", str(TODAY))
    assert suspended(here, TODAY) == SUSPENDED
    firm.move_clock(begins(TODAY, LOS_ANGELES))
    assert suspended(there, TODAY) == SUSPENDED


def test_a_division_is_in_the_time_zone_of_the_one_above_until_it_has_its_own(firm: Company) -> None:
    cast = cast_of(firm.running["people"])
    above = cast.post(cast.founder, "/divisions", name="Pacific", kind="it", parent_id=None)["id"]
    move_to(cast, above, AUCKLAND)
    cast.post(cast.founder, f"/divisions/{cast.division}/move", parent_id=above)
    firm.move_clock(begins(TODAY + DAY, AUCKLAND))
    assert suspended(cast, TODAY + DAY) == SUSPENDED
    move_to(cast, cast.division, "UTC")
    assert suspended(cast, TODAY + DAY, "peer") == ("active", str(TODAY + DAY))


def test_a_first_day_is_judged_where_somebody_is_hired_into(firm: Company) -> None:
    cast = cast_in(firm, AUCKLAND)
    firm.move_clock(begins(TODAY + DAY, AUCKLAND))
    joins = {"name": "Newcomer", "effective_on": str(TODAY + DAY)}
    assert cast.post(cast.hr, "/persons", **joins)["employment"] == "expected", "it is the day before in UTC"
    refused(cast.hr.post("/persons", json=joins | {"division_id": cast.positions["member"]}), "division-open")
    joined = cast.post(cast.hr, "/persons", **joins, division_id=cast.division)
    person = joined["id"]
    assert joined["employment"] == "active"
    position = cast.position("staff", cast.positions["junior"])
    appointed = cast.post(cast.hr, f"/persons/{person}/appoint", position_id=position, effective_on=str(TODAY + DAY))
    assert (appointed["appointment"]["position_id"], appointed["planned_appointment"]) == (position, None)


def planned(cast: Cast, on: date) -> str:
    """A leaving planned for a day; where the person is read."""
    path = f"/persons/{cast.persons['member']}"
    assert cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(on))["planned_leaving"] == str(on)
    return path


@pytest.mark.parametrize("zone", [AUCKLAND, LOS_ANGELES])
def test_a_plan_takes_effect_when_its_day_begins_there(firm: Company, zone: str) -> None:
    cast = cast_in(firm, zone)
    leaves = TODAY + 3 * DAY
    path = planned(cast, leaves)
    firm.move_clock(begins(leaves, zone) - MINUTE)
    wait_until(lambda: looked_at_next(firm, path) == begins(leaves, zone), "it is put off to the beginning of the day")
    assert cast.hr.get(path).json()["employment"] == "active"
    firm.move_clock(begins(leaves, zone))
    becomes(cast.hr, path, employment="left", planned_leaving=None, last_on=str(leaves))


def looked_at_next(firm: Company, path: str) -> datetime | None:
    """When the worker looks at a person's deadline next."""
    engine = create_engine(firm.running["people"].own.database_url)
    with engine.connect() as connection:
        asked = {"stream": f"person-{path[-36:]}"}
        found: datetime | None = connection.execute(
            text("SELECT due_at FROM states WHERE stream = :stream"), asked
        ).scalar_one()
    engine.dispose()
    return found


def test_a_plan_falls_due_by_the_time_zone_the_division_has_then(firm: Company) -> None:
    cast = cast_in(firm, LOS_ANGELES)
    leaves = TODAY + 3 * DAY
    path = planned(cast, leaves)
    firm.move_clock(begins(leaves, AUCKLAND) - MINUTE)
    move_to(cast, cast.division, AUCKLAND)
    firm.move_clock(begins(leaves, AUCKLAND) + timedelta(hours=1))
    becomes(cast.hr, path, employment="left")


def test_a_transfer_takes_effect_where_the_person_is_and_from_then_on_the_day_is_that_of_the_new_division(
    firm: Company,
) -> None:
    cast, far = cast_in(firm, AUCKLAND), cast_in(firm, LOS_ANGELES)
    path, moves = f"/persons/{cast.persons['member']}", TODAY + 3 * DAY
    seat = far.position("staff", far.positions["junior"])
    cast.post(cast.hr, f"{path}/appoint", position_id=seat, effective_on=str(moves))
    firm.move_clock(begins(moves, AUCKLAND))
    becomes(cast.hr, path, planned_appointment=None, last_on=str(moves))
    later = begins(moves + DAY, AUCKLAND)
    firm.move_clock(later)
    assert suspended(cast, moves + DAY) == ("active", str(moves + DAY))
    assert suspended(cast, moves + DAY, "peer") == SUSPENDED


def test_a_stand_in_acts_on_the_days_it_is_where_the_person_they_stand_in_for_is(firm: Company) -> None:
    cast = cast_in(firm, AUCKLAND)
    junior, day = cast.persons["junior"], str(TODAY + DAY)
    body = {"stand_in_id": cast.persons["peer"], "starts_on": day, "ends_on": day}
    cast.post(cast.as_person("junior"), f"/persons/{junior}/name-stand-in", **body)
    absence = {"absence_id": cast.persons["junior"], "starts_on": day, "ends_on": day}

    def asked() -> Any:
        request = f"/persons/{cast.persons['member']}/record-absence"
        return cast.as_person("peer").post(request, json=absence, headers={"Portolan-For": junior})

    firm.move_clock(begins(TODAY + DAY, AUCKLAND) - MINUTE)
    refused(asked(), "stands-in", 403)
    firm.move_clock(begins(TODAY + DAY, AUCKLAND))
    assert asked().status_code == 200
