"""The figures of a past day over HTTP: from the facts that had effect on it, in a division of their own."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from services.people.desk.past_day import asked_of
from tests.harness import Running
from tests.people.cast import LONG_AGO, Cast, cast_of
from tests.people.seed import LIMITS, POLICY
from tests.today import TODAY

Json = dict[str, Any]
KAFKA = {"skill": "Kafka", "level": 3}


def before(days: int) -> date:
    return TODAY - timedelta(days=days)


def figures(who: httpx.Client, division: str | None, **asked: Any) -> Json:
    """The figures of a division, by name."""
    of = {"division_id": division} if division else {}
    response = who.get("/figures", params=of | asked)
    assert response.status_code == 200, response.text
    found = dict(response.json())
    return found | {each["name"]: (each["above"], each["below"]) for each in found["figures"]}


def headcount(cast: Cast, division: str, days: int, **asked: Any) -> int:
    return int(figures(cast.hr, division, effective_on=str(before(days)), **asked)["training hours per head"][1])


@pytest.fixture
def own(people: Running) -> Cast:
    """A cast in a division of its own, for what one test alone changes."""
    return cast_of(people)


def test_who_was_hired_later_is_not_counted_on_a_past_day(own: Cast) -> None:
    own.join("new", "staff", "junior", hired_on=before(10))
    assert [headcount(own, own.division, days) for days in (11, 10, 0)] == [7, 8, 8]
    assert figures(own.hr, own.division, effective_on=str(before(11)))["on"] == str(before(11))


def test_who_was_transferred_later_is_counted_where_they_were_on_that_day(own: Cast) -> None:
    there = own.elsewhere("other", "manager")
    position = Cast(own.people, there).position("manager")
    moved = {"position_id": position, "effective_on": str(before(5))}
    own.post(own.hr, f"/persons/{own.persons['peer']}/appoint", **moved)
    assert [(headcount(own, own.division, days), headcount(own, there, days)) for days in (6, 5)] == [(7, 1), (6, 2)]


def test_who_left_later_is_no_leaver_on_a_past_day(own: Cast) -> None:
    own.post(own.hr, f"/persons/{own.persons['member']}/record-leaving", effective_on=str(before(3)))
    shown = [figures(own.hr, own.division, effective_on=str(before(days)))["turnover rate"] for days in (4, 3)]
    assert shown == [("0", "7"), ("1", "6.5")]


def test_a_day_that_was_corrected_counts_as_corrected_and_as_it_was_known_before(own: Cast) -> None:
    own.post(own.hr, f"/persons/{own.persons['member']}/record-leaving", effective_on=str(before(3)))
    known_before = datetime.now(UTC).isoformat()
    events = own.hr.get(f"/persons/{own.persons['member']}/history").json()["items"]
    (left,) = [each["published_number"] for each in events if each["type"] == "PersonLeft"]
    day = {"corrects": left, "effective_on": str(before(6)), "reason": "Misread."}
    own.post(own.hr, f"/persons/{own.persons['member']}/correct-day", **day)
    assert [headcount(own, own.division, days) for days in (7, 6)] == [7, 6]
    assert headcount(own, own.division, 6, known_at=known_before) == 7


def requiring(cast: Cast, *skills: Json) -> str:
    """The id of somebody whose position was drafted with these skills, and who has held it for long."""
    named = {"title": "Developer", "division_id": cast.division, "grade": "staff", "it_management_years": "0"}
    above = cast.positions["junior"]
    position = cast.post(cast.founder, "/positions", **named, reports_to=above, required_skills=[*skills])["id"]
    cast.post(cast.founder, f"/positions/{position}/approve")
    person = str(cast.post(cast.hr, "/persons", name="Developer", effective_on=str(LONG_AGO))["id"])
    appointed = {"position_id": position, "effective_on": str(LONG_AGO)}
    cast.post(cast.hr, f"/persons/{person}/appoint", **appointed)
    cast.positions["developer"], cast.persons["developer"] = position, person
    return person


def assess(cast: Cast, person: str, days: int) -> None:
    found = KAFKA | {"effective_on": str(before(days))}
    cast.post(cast.hr, f"/qualifications/{person}/assess-skill", **found)


def test_a_skill_assessed_later_is_lacking_on_a_past_day(own: Cast) -> None:
    assess(own, requiring(own, KAFKA), 2)
    shown = [figures(own.hr, own.division, effective_on=str(before(days))) for days in (3, 2)]
    assert [each["skill gap"] for each in shown] == [("1", "1"), ("0", "1")]
    assert [[(gap["required"], gap["lacking"]) for gap in each["skill_gaps"]] for each in shown] == [[(1, 1)], [(1, 0)]]


def test_of_two_names_of_a_skill_that_became_one_later_each_is_its_own_on_a_past_day(own: Cast) -> None:
    name = f"Kubernetes {uuid4().hex[:6]}"
    person = requiring(own, {"skill": name, "level": 3})
    found = {"skill": f"{name} too", "level": 3, "effective_on": str(before(9))}
    own.post(own.hr, f"/qualifications/{person}/assess-skill", **found)
    own.post(own.hr, "/skills", name=name, aliases=[f"{name} too"])
    shown = [figures(own.hr, own.division, effective_on=str(before(days)))["skill gap"] for days in (1, 0)]
    assert shown == [("1", "1"), ("0", "1")]


def test_a_policy_set_later_does_not_make_a_skill_stale_on_a_past_day(own: Cast) -> None:
    assess(own, requiring(own, KAFKA), 60)
    path = f"/staffing-policies/{POLICY}/set-limits"
    own.post(own.founder, path, **LIMITS | {"stale_skill_months": 1})
    try:
        shown = [figures(own.hr, own.division, effective_on=str(before(days)))["skill gap"] for days in (1, 0)]
        assert shown == [("0", "1"), ("1", "1")], "by the policy of the day before, which nobody had set"
    finally:
        own.post(own.founder, path, **LIMITS)


def test_the_divisions_below_are_those_of_the_day(own: Cast) -> None:
    part = own.post(own.founder, "/divisions", name=f"Part {uuid4().hex[:8]}", kind="it", parent_id=own.division)["id"]
    Cast(own.people, part).join("lead", "manager", None)
    own.post(own.founder, f"/divisions/{part}/move", parent_id=None)
    assert [headcount(own, own.division, days) for days in (1, 0)] == [8, 7], "as it was established, and as it is"
    assert [headcount(own, own.division, days, alone=True) for days in (1, 0)] == [7, 7]


def test_a_successor_who_joined_later_was_not_ready_on_a_past_day(own: Cast) -> None:
    critical = "critical positions without a ready successor"
    own.post(own.hr, f"/successions/{own.positions['member']}/mark-critical", reason="Alone in it.")
    named = {"person_id": own.persons["peer"], "readiness": "now"}
    own.post(own.hr, f"/successions/{own.positions['member']}/name-successor", **named)
    assert figures(own.hr, own.division)[critical] == ("0", "1")
    assert figures(own.hr, own.division, effective_on=str(before(1)))[critical] == ("0", "0"), "it was not critical"


def test_what_was_known_at_a_moment_is_all_that_counts(own: Cast) -> None:
    now, early = datetime.now(UTC) + timedelta(hours=1), datetime(2001, 1, 1, tzinfo=UTC)
    assert figures(own.hr, own.division, known_at=early.isoformat())["training hours per head"] == ("0", "0")
    assert figures(own.hr, own.division, known_at=early.isoformat())["on"] == "2001-01-01"
    assert figures(own.hr, own.division, known_at=now.isoformat()) == figures(own.hr, own.division)
    both = {"known_at": early.isoformat(), "effective_on": str(before(1))}
    assert figures(own.hr, own.division, **both)["turnover rate"] == ("0", "0")


def test_the_figures_of_today_are_the_same_by_either_way(cast: Cast) -> None:
    assert figures(cast.hr, cast.division, effective_on=str(TODAY)) == figures(cast.hr, cast.division)
    assert figures(cast.hr, None, effective_on=str(TODAY)) == figures(cast.hr, None)


@pytest.mark.parametrize("path", ["/figures", "/figures/turnover-rate/records"])
def test_a_day_to_come_is_refused_in_words(cast: Cast, path: str) -> None:
    refused = cast.hr.get(path, params={"effective_on": str(TODAY + timedelta(days=1)), "division_id": cast.division})
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert (error["parameter"], error["msg"]) == ("effective_on", f"Figures are of today, {TODAY}, or of a past day.")


def test_a_caller_has_figures_of_one_past_day_worked_out_at_a_time_and_others_are_not_held_up(
    own: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, may_end = threading.Event(), threading.Event()

    async def slow(*of: Any, **how: Any) -> Any:
        under_way.set()
        await asyncio.to_thread(may_end.wait)
        return await asked_of(*of, **how)

    def asked(who: httpx.Client) -> httpx.Response:
        return who.get("/figures", params={"division_id": own.division, "effective_on": str(before(10))})

    monkeypatch.setattr("services.people.desk.views.asked_of", slow)
    mine, another = own.hr, own.people.client(Role.EXECUTIVE, subject=str(uuid4()))
    with ThreadPoolExecutor() as threads:
        first = threads.submit(asked, mine)
        assert under_way.wait(60)
        try:
            refusal = asked(mine)
            second = threads.submit(asked, another)
        finally:
            may_end.set()
        answers = [first.result().status_code, second.result().status_code]
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "1")
    assert answers == [200, 200]
