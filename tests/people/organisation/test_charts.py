"""Who reported to whom, on a day and as it was known at a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.people.cast import Cast, refused, unknown
from tests.today import TODAY

WEEK_AGO, YESTERDAY = TODAY - timedelta(days=7), TODAY - timedelta(days=1)


def now() -> str:
    return datetime.now(UTC).isoformat()


class Moved:
    """The member reported to the junior, and since a week ago to the peer, which became known only later."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.member = cast, cast.join("mover", "staff", "junior")
        self.before_it_was_known = now()
        cast.post(
            cast.hr,
            f"/persons/{self.member}/change-line-manager",
            line_manager_id=cast.persons["peer"],
            effective_on=str(WEEK_AGO),
        )

    def get(self, path: str, **when: Any) -> Any:
        response = self.cast.as_person("stranger").get(path, params=when)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="module")
def moved(cast: Cast) -> Moved:
    return Moved(cast)


def test_a_person_reported_to_somebody_on_a_day_as_it_was_known_at_a_moment(moved: Moved) -> None:
    path, junior, peer = f"/persons/{moved.member}", moved.cast.persons["junior"], moved.cast.persons["peer"]
    known = moved.before_it_was_known
    assert moved.get(path)["line_manager_id"] == peer
    assert moved.get(path, effective_on=str(YESTERDAY))["line_manager_id"] == peer
    assert moved.get(path, effective_on=str(YESTERDAY), known_at=known)["line_manager_id"] == junior
    assert moved.get(path, effective_on=str(WEEK_AGO - timedelta(days=1)))["line_manager_id"] == junior
    assert moved.get(path, known_at=known)["line_manager_id"] == junior


def test_before_somebody_joined_there_was_no_such_person(moved: Moved) -> None:
    path = f"/persons/{moved.member}"
    day = {"effective_on": str(TODAY - timedelta(days=20 * 365))}
    for view in (path, f"{path}/line"):
        unknown(moved.cast.as_person("stranger").get(view, params=day))


def test_the_line_above_a_person_had_an_order_on_every_day(moved: Moved) -> None:
    def names(**when: Any) -> list[str]:
        return [each["name"] for each in moved.get(f"/persons/{moved.member}/line", **when)["items"]]

    assert names() == ["Mover", "Peer", "Senior", "Director"]
    before = names(effective_on=str(YESTERDAY), known_at=moved.before_it_was_known)
    assert before == ["Mover", "Junior", "Manager", "Senior", "Director"]


def test_who_reported_to_a_manager_can_be_asked_of_every_day(moved: Moved) -> None:
    def names(manager: str, **when: Any) -> list[str]:
        path = f"/persons/{moved.cast.persons[manager]}/reports"
        return [name for each in moved.get(path, **when)["items"] if (name := each["name"]) in ("Member", "Mover")]

    assert (names("junior"), names("peer")) == (["Member"], ["Mover"])
    then = {"effective_on": str(WEEK_AGO - timedelta(days=1))}
    assert (names("junior", **then), names("peer", **then)) == (["Member", "Mover"], [])


def test_the_chart_of_a_division_shows_every_position_and_who_held_it(moved: Moved) -> None:
    cast = moved.cast
    vacant = cast.position("staff", cast.positions["junior"])
    path = f"/divisions/{cast.division}/chart"
    seats = {seat["position_id"]: seat for seat in moved.get(path)["seats"]}
    assert seats[vacant]["holder_id"] is None
    mine = seats[cast.positions["mover"]]
    assert (mine["holder"], mine["line_manager_id"]) == ("Mover", cast.persons["peer"])
    assert [seat["grade"] for seat in moved.get(path)["seats"]][:2] == ["executive", "senior manager"]
    then = moved.get(path, effective_on=str(YESTERDAY), known_at=moved.before_it_was_known)["seats"]
    found = {seat["holder"]: seat["line_manager_id"] for seat in then}
    assert found["Mover"] == cast.persons["junior"]
    assert vacant not in [seat["position_id"] for seat in then]


def test_nobody_comes_to_have_reported_to_somebody_below_by_what_is_recorded_late(cast: Cast) -> None:
    boss, aide = cast.join("boss", "manager", "senior"), cast.join("aide", "manager", "boss")
    moved = {"line_manager_id": cast.persons["senior"], "effective_on": str(YESTERDAY)}
    cast.post(cast.hr, f"/persons/{aide}/change-line-manager", **moved)
    change = f"/persons/{boss}/change-line-manager"
    late = {"line_manager_id": aide, "effective_on": str(WEEK_AGO)}
    refused(cast.hr.post(change, json=late), "no-cycles")
    cast.post(cast.hr, change, **late | {"effective_on": str(YESTERDAY)})


def test_who_left_is_in_the_chart_of_the_days_before(cast: Cast) -> None:
    leaver = cast.join("leaver", "staff", "peer")
    cast.post(cast.hr, f"/persons/{leaver}/record-leaving", effective_on=str(YESTERDAY))
    path = f"/divisions/{cast.division}/chart"

    def holders(**when: Any) -> list[str]:
        response = cast.hr.get(path, params=when)
        return [seat["holder_id"] for seat in response.json()["seats"]]

    assert leaver not in holders()
    assert leaver in holders(effective_on=str(WEEK_AGO))
