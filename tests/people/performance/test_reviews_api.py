"""Performance reviews over HTTP: who sees one, the way through its states, cycles that complete, days that pass."""

from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.harness import Company, Running, wait_until
from tests.people.cast import Cast, cast_of, forbidden, refused, unknown
from tests.today import TODAY

NOON = datetime.combine(TODAY, time(12), UTC)
METHOD = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}
YEARS = count(1)
ONE, TWO = str(uuid4()), str(uuid4())
OBJECTIVES = [
    {"objective_id": ONE, "title": "Cut the outages.", "weight": "70"},
    {"objective_id": TWO, "title": "Learn Rust.", "weight": "30"},
]
RATINGS = [{"objective_id": ONE, "rating": "4"}, {"objective_id": TWO, "rating": "3"}]
ASSESSMENT = {"ratings": RATINGS, "feedback": "2", "statement": "Less noise."}


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture(autouse=True)
def on_the_first_day(firm: Company) -> None:
    firm.move_clock(NOON)


def plan(**changes: Any) -> dict[str, Any]:
    """A cycle over a year that no other test's cycle touches."""
    first_on = TODAY + timedelta(days=400 * next(YEARS))
    days = {"first_on": str(first_on), "last_on": str(first_on + timedelta(days=300))}
    return {"name": "A year", "due_on": str(first_on), "method": METHOD, **days, **changes}


def cycle(cast: Cast, **changes: Any) -> str:
    """The id of a cycle in progress."""
    id = cast.post(cast.hr, "/review-cycles", **plan(**changes))["id"]
    cast.post(cast.hr, f"/review-cycles/{id}/start")
    return str(id)


def begin(cast: Cast, in_cycle: str, name: str = "member", reviewer: str = "junior") -> str:
    """The path of a new review."""
    begun = {"person_id": cast.persons[name], "cycle_id": in_cycle, "objectives": OBJECTIVES}
    return f"/performance-reviews/{cast.post(cast.as_person(reviewer), '/performance-reviews', **begun)['id']}"


def calibrated(cast: Cast, in_cycle: str) -> str:
    """The path of a review that its person can acknowledge."""
    path = begin(cast, in_cycle)
    cast.post(cast.as_person("member"), f"{path}/assess-self", rating="5", statement="Went well.")
    cast.post(cast.as_person("junior"), f"{path}/assess", **ASSESSMENT)
    cast.post(cast.as_person("manager"), f"{path}/calibrate", reasons="Like the others.")
    return path


def listed(client: httpx.Client, path: str) -> bool:
    return path[-36:] in [item["id"] for item in client.get("/performance-reviews").json()["items"]]


def test_hr_alone_plans_and_runs_cycles_that_everybody_sees(cast: Cast) -> None:
    for client in (cast.as_person("director"), cast.people.client(Role.EXECUTIVE, Role.ADMINISTRATOR)):
        forbidden(client.post("/review-cycles", json=plan()))
    id = cycle(cast)
    assert cast.as_person("stranger").get(f"/review-cycles/{id}").json()["status"] == "in progress"


def test_the_person_the_reviewer_and_the_line_see_a_review_and_no_role_does(cast: Cast) -> None:
    path = begin(cast, cycle(cast))
    for name in ("member", "junior", "manager", "senior", "director"):
        assert cast.as_person(name).get(path).status_code == 200
        assert listed(cast.as_person(name), path)
    for client in (cast.as_person("peer"), cast.as_person("stranger", Role.EXECUTIVE, Role.ADMINISTRATOR)):
        unknown(client.get(path))
        unknown(client.get(f"{path}/history"))
        unknown(client.post(f"{path}/calibrate", json={"reasons": "Mine."}))
        assert not listed(client, path)
    change = {"reviewer_id": cast.persons["peer"]}
    forbidden(cast.as_person("member").post(f"{path}/change-reviewer", json=change))
    cast.post(cast.as_person("manager"), f"{path}/change-reviewer", **change)
    assert listed(cast.as_person("peer"), path)
    looks = cast.as_person("member").get(f"/persons/{cast.persons['member']}/reads").json()["items"]
    seen_by = {look["reader"] for look in looks if look["stream"].endswith(path[-36:])}
    assert {cast.persons[name] for name in ("manager", "senior", "director")} <= seen_by


def test_hr_sees_which_reviews_of_a_cycle_are_open_and_where_they_stand_but_not_their_text(cast: Cast) -> None:
    in_cycle = cycle(cast)
    path = begin(cast, in_cycle)
    cast.post(cast.as_person("member"), f"{path}/assess-self", rating="5", statement="Went well.")
    refused(cast.hr.post(f"/review-cycles/{in_cycle}/complete", json={}), "no-review-open")
    (shown,) = cast.hr.get("/performance-reviews", params={"cycle_id": in_cycle}).json()["items"]
    assert (shown["id"], shown["status"]) == (path[-36:], "self-assessed")
    assert (shown["objectives"], shown["self_rating"], shown["self_assessment"]) == ([], None, None)
    assert "Went well" not in cast.hr.get(f"{path}/history").text
    forbidden_to_judge = cast.hr.post(f"{path}/assess", json=ASSESSMENT)
    refused(forbidden_to_judge, "by-the-reviewer", 403)
    cast.post(cast.hr, f"{path}/withdraw", reason="The reviewer has left.")
    cast.post(cast.hr, f"/review-cycles/{in_cycle}/complete")


def test_a_reviewer_who_left_is_to_be_replaced_until_they_have_assessed_and_not_afterwards(people: Running) -> None:
    cast = cast_of(people)
    path = begin(cast, cycle(cast))

    def listed_by_hr() -> bool:
        return path[-36:] in [each["id"] for each in cast.hr.get("/without-owner").json()["items"]]

    cast.post(cast.hr, f"/persons/{cast.persons['junior']}/record-leaving", effective_on=str(TODAY))
    assert listed_by_hr()
    cast.post(cast.as_person("manager"), f"{path}/change-reviewer", reviewer_id=cast.persons["manager"])
    assert not listed_by_hr()
    cast.post(cast.as_person("member"), f"{path}/assess-self", rating="5", statement="Went well.")
    cast.post(cast.as_person("manager"), f"{path}/assess", **ASSESSMENT)
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/record-leaving", effective_on=str(TODAY))
    assert not listed_by_hr(), "another reviewer would be refused"


def test_only_somebody_above_begins_a_review_and_only_one_in_overlapping_cycles(cast: Cast) -> None:
    first = plan()
    shifted = {name: str(TODAY + timedelta(days=400 * 90 + days)) for name, days in (("first_on", 0), ("last_on", 9))}
    body = {"person_id": cast.persons["member"], "objectives": OBJECTIVES}
    ids = [cycle(cast, **{**first, **shifted, "due_on": shifted["last_on"]}) for _ in range(2)]
    for name in ("member", "peer", "stranger"):
        refusal = cast.as_person(name).post("/performance-reviews", json={**body, "cycle_id": ids[0]})
        forbidden(refusal)
    path = begin(cast, ids[0])
    again = cast.as_person("junior").post("/performance-reviews", json={**body, "cycle_id": ids[1]})
    refused(again, "reviews-apart")
    cast.post(cast.as_person("junior"), f"{path}/withdraw", reason="Begun by mistake.")
    begin(cast, ids[1])


def test_a_review_goes_from_objectives_to_an_appeal_that_is_decided(cast: Cast) -> None:
    path = begin(cast, cycle(cast))
    member, junior, manager = (cast.as_person(name) for name in ("member", "junior", "manager"))
    evidence = {"objective_id": TWO, "evidence": f"enrolment-{uuid4()}"}
    assert cast.post(member, f"{path}/cite-evidence", **evidence)["objectives"][1]["evidence"] == [evidence["evidence"]]
    refused(manager.post(f"{path}/cite-evidence", json=evidence), "by-the-reviewer", 403)
    refused(member.post(f"{path}/withdraw", json={"reason": "Mine."}), "by-the-reviewer", 403)
    refused(junior.post(f"{path}/assess", json=ASSESSMENT), "self-assessed-first")
    standing = {"stand_in_id": cast.persons["peer"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    for name in ("member", "junior"):
        cast.post(cast.as_person(name), f"/persons/{cast.persons[name]}/name-stand-in", **standing)
    own = {"rating": "5", "statement": "Went well."}
    peer, in_place = cast.as_person("peer"), {"portolan-for": cast.persons["member"]}
    unknown(peer.post(f"{path}/assess-self", json=own, headers=in_place))
    cast.post(member, f"{path}/assess-self", **own)
    for_junior = {"portolan-for": cast.persons["junior"]}
    assessed = peer.post(f"{path}/assess", json=ASSESSMENT, headers=for_junior)
    assert assessed.status_code == 200, assessed.text
    assert (assessed.json()["calculated"], assessed.json()["status"]) == ("3.32", "assessed")
    refused(junior.post(f"{path}/calibrate", json={"reasons": "Mine."}), "above-the-reviewer", 403)
    cast.post(manager, f"{path}/calibrate", rating="3.5", reasons="A hard year.")
    refused(junior.post(f"{path}/acknowledge", json={}), "in-person", 403)
    cast.post(member, f"{path}/appeal", grounds="The outages were planned.")
    final = cast.post(cast.as_person("senior"), f"{path}/decide-appeal", rating="4", reasons="They were.")
    assert (final["status"], final["final"]) == ("appeal decided", "4")
    history = member.get(f"{path}/history").json()["items"]
    assert [each["for_whom"] for each in history if each["type"] == "PerformanceAssessed"] == [cast.persons["junior"]]
    assert all(each["published_number"] is None for each in history)


def test_a_cycle_completes_once_no_review_is_open_and_its_method_is_frozen_meanwhile(cast: Cast) -> None:
    planned = plan()
    id = cast.post(cast.hr, "/review-cycles", **planned)["id"]
    cast.post(cast.hr, f"/review-cycles/{id}/start")
    path = calibrated(cast, id)
    refused(cast.hr.post(f"/review-cycles/{id}/complete", json={}), "no-review-open")
    other = planned | {"method": METHOD | {"highest": 10}}
    refused(cast.hr.post(f"/review-cycles/{id}/revise", json=other), "method-frozen")
    cast.post(cast.as_person("member"), f"{path}/acknowledge", comment="Fair.")
    cast.post(cast.hr, f"/review-cycles/{id}/complete")
    begun = {"person_id": cast.persons["peer"], "cycle_id": id, "objectives": OBJECTIVES}
    refused(cast.as_person("senior").post("/performance-reviews", json=begun), "cycle-in-progress")


def test_a_review_is_overdue_after_its_day_and_silence_ends_the_time_for_an_appeal(cast: Cast, firm: Company) -> None:
    due_on = TODAY + timedelta(days=3)
    late, silent = begin(cast, cycle(cast, due_on=str(due_on), **past(0))), calibrated(cast, cycle(cast))

    def shown(path: str, field: str) -> Any:
        return cast.as_person("junior").get(path).json()[field]

    assert not shown(late, "overdue")
    firm.move_clock(datetime.combine(due_on + timedelta(days=1), time(), UTC))
    wait_until(lambda: bool(shown(late, "overdue")), "the review is overdue")
    assert shown(silent, "status") == "calibrated"
    firm.move_clock(NOON + timedelta(days=10))
    wait_until(lambda: shown(silent, "status") == "unanswered", "the time for an appeal is over")
    assert firm.running["people"].status()["parked"] == 0
    cast.post(cast.as_person("member"), f"{silent}/acknowledge")


def past(days: int) -> dict[str, str]:
    """A period before all others."""
    return {"first_on": str(TODAY - timedelta(days=30 + days)), "last_on": str(TODAY - timedelta(days=days))}
