"""Succession over HTTP: who plans it, who sees it, what follows when somebody leaves or a day comes."""

from datetime import UTC, datetime, time, timedelta

import httpx
import pytest

from contracts.roles import Role
from tests.harness import Company, Running, wait_until
from tests.people.cast import Cast, forbidden, refused, unknown
from tests.today import TODAY

NOON = datetime.combine(TODAY, time(12), UTC)
WHY = {"reason": "Nobody else knows the ledgers."}


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture(scope="module")
def path(cast: Cast) -> str:
    """The succession of the manager's position, which the senior manager marked as critical."""
    found = f"/successions/{cast.positions['manager']}"
    cast.post(cast.as_person("senior"), f"{found}/mark-critical", **WHY)
    return found


def listed(client: httpx.Client, path: str) -> bool:
    return path[-36:] in [item["id"] for item in client.get("/successions").json()["items"]]


def test_whoever_is_above_the_position_hr_and_executives_see_it(cast: Cast, path: str) -> None:
    cast.post(cast.hr, f"{path}/name-successor", person_id=cast.persons["junior"], readiness="1 year")
    above = [cast.as_person("senior"), cast.as_person("director")]
    for client in (*above, cast.hr, cast.people.client(Role.EXECUTIVE)):
        assert client.get(path).json()["critical"]
        assert listed(client, path)
    for name in ("manager", "junior", "member", "peer", "stranger"):
        client = cast.as_person(name, Role.MANAGER, Role.ADMINISTRATOR)
        unknown(client.get(path))
        unknown(client.get(f"{path}/history"))
        unknown(client.post(f"{path}/agree-plan", json={"next_review_on": str(TODAY + timedelta(days=9))}))
        assert not listed(client, path)


def test_only_whoever_is_above_hr_and_executives_mark_a_position_that_exists(cast: Cast) -> None:
    own = f"/successions/{cast.positions['junior']}/mark-critical"
    unknown(cast.as_person("junior").post(own, json=WHY))
    unknown(cast.as_person("peer").post(own, json=WHY))
    refused(cast.hr.post(f"/successions/{cast.division}/mark-critical", json=WHY), "position-unknown")


def test_ready_now_for_a_senior_position_takes_eligibility(cast: Cast) -> None:
    path = f"/successions/{cast.positions['senior']}"
    cast.post(cast.hr, f"{path}/mark-critical", **WHY)
    ready = {"person_id": cast.persons["peer"], "readiness": "now"}
    refused(cast.hr.post(f"{path}/name-successor", json=ready), "ready-only-when-eligible")
    cast.experienced(cast.persons["peer"])
    cast.post(cast.hr, f"{path}/name-successor", **ready)
    holder = ready | {"person_id": cast.persons["senior"]}
    refused(cast.hr.post(f"{path}/name-successor", json=holder), "successor-is-another")


def test_the_line_or_an_executive_agrees_to_a_plan_whose_review_falls_due(cast: Cast, firm: Company, path: str) -> None:
    cast.post(cast.as_person("senior"), f"{path}/name-successor", person_id=cast.persons["member"], readiness="3 years")
    until = {"next_review_on": str(TODAY + timedelta(days=30))}
    forbidden(cast.hr.post(f"{path}/agree-plan", json=until))
    executive = cast.as_person("member", Role.EXECUTIVE).post(f"{path}/agree-plan", json=until)
    refused(executive, "not-by-a-successor", 403)
    assert cast.post(cast.as_person("senior"), f"{path}/agree-plan", **until)["agreed"]
    firm.move_clock(NOON + timedelta(days=30))
    wait_until(lambda: bool(cast.hr.get(path).json()["review_due"]), "the review is due")
    later = {"next_review_on": str(TODAY + timedelta(days=90))}
    assert not cast.post(cast.as_person("director"), f"{path}/review-plan", **later)["review_due"]
    assert firm.running["people"].status()["parked"] == 0


def test_who_leaves_is_nobodys_successor_any_more(cast: Cast, path: str) -> None:
    leaver = cast.join("leaver", "staff", "junior")
    cast.post(cast.hr, f"{path}/name-successor", person_id=leaver, readiness="1 year")
    cast.post(cast.hr, f"/persons/{leaver}/record-leaving", effective_on=str(TODAY))

    def removed() -> bool:
        return leaver not in [each["person_id"] for each in cast.hr.get(path).json()["successors"]]

    wait_until(removed, "they are not named any more")


def test_who_takes_the_position_does_not_follow_in_it_any_more_and_still_follows_elsewhere(
    cast: Cast, firm: Company
) -> None:
    vacant = cast.position("staff", cast.positions["junior"])
    heir = cast.join("heir", "staff", "junior")
    paths = [f"/successions/{each}" for each in (vacant, cast.positions["member"])]
    for path in paths:
        cast.post(cast.hr, f"{path}/mark-critical", **WHY)
        cast.post(cast.hr, f"{path}/name-successor", person_id=heir, readiness="now")
    cast.post(cast.hr, f"/persons/{heir}/appoint", position_id=vacant, effective_on=str(TODAY))
    wait_until(lambda: cast.hr.get(paths[0]).json()["successors"] == [], "they hold it, and do not follow")
    assert [each["person_id"] for each in cast.hr.get(paths[1]).json()["successors"]] == [heir]
    assert cast.hr.get(f"{paths[0]}/history").json()["items"][-1]["actor"] == "system:people"
    assert firm.running["people"].status()["parked"] == 0
