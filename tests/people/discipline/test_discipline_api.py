"""Disciplinary cases over HTTP: who knows of one, the way to its end, and what becomes of it as time passes."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from contracts.roles import Role
from tests.harness import Company, Running, wait_until
from tests.people.cast import Cast, forbidden, refused, unknown
from tests.today import TODAY

NOON = datetime.combine(TODAY, time(12), UTC)
HEARING = TODAY + timedelta(days=2)


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture(autouse=True)
def on_the_first_day(firm: Company) -> None:
    firm.move_clock(NOON)


def report(cast: Cast, about: str = "member") -> str:
    """The path of a new case."""
    said = {"person_id": cast.persons[about], "report": "Took a laptop home.", "occurred_on": str(TODAY)}
    return f"/disciplinary-cases/{cast.post(cast.hr, '/disciplinary-cases', **said)['id']}"


def charge(cast: Cast, path: str, investigator: str = "manager", hearer: str = "peer") -> None:
    """Investigate, and tell the person."""
    cast.post(cast.hr, f"{path}/begin-investigation", investigator_id=cast.persons[investigator])
    cast.post(cast.hr, f"{path}/name-hearer", hearer_id=cast.persons[hearer])
    cast.post(cast.as_person(investigator), f"{path}/record-findings", findings="It is at home.")
    cast.post(cast.hr, f"{path}/send-allegation", allegation="You took it.")


def decide(
    cast: Cast, firm: Company, path: str, outcome: str, investigator: str = "manager", hearer: str = "peer"
) -> dict[str, Any]:
    """Hear the person on the earliest day, and decide."""
    charge(cast, path, investigator, hearer)
    firm.move_clock(NOON + timedelta(days=2))
    hears = cast.as_person(hearer)
    cast.post(hears, f"{path}/record-hearing", held_on=str(HEARING), record="They say they asked.")
    return cast.post(hears, f"{path}/decide", outcome=outcome, reasons="As heard.")


def eligible(cast: Cast, name: str) -> bool:
    return bool(cast.hr.get(f"/persons/{cast.persons[name]}").json()["eligible"])


def becomes(cast: Cast, name: str, expected: bool) -> None:
    wait_until(lambda: eligible(cast, name) is expected, f"{name} is eligible: {expected}")


def newcomer(cast: Cast, name: str) -> str:
    """Somebody eligible, below the junior manager."""
    cast.join(name, "staff", "junior")
    cast.experienced(cast.persons[name])
    assert eligible(cast, name)
    return name


def not_there(client: httpx.Client, path: str, **headers: str) -> None:
    """There is no such case for them: not to read, not to change, not in a list."""
    unknown(client.get(path, headers=headers))
    unknown(client.get(f"{path}/history", headers=headers))
    for step in ("close", "lapse"):
        unknown(client.post(f"{path}/{step}", json={}, headers=headers))
    listed = client.get("/disciplinary-cases", headers=headers).json()["items"]
    assert path[-36:] not in [item["id"] for item in listed]


def shown(client: httpx.Client, path: str) -> None:
    """They read it, alone and in a list."""
    assert client.get(path).status_code == 200
    assert path[-36:] in [item["id"] for item in client.get("/disciplinary-cases").json()["items"]]


def test_only_the_line_above_and_hr_report_somebody(cast: Cast) -> None:
    said = {"person_id": cast.persons["member"], "report": "Late again.", "occurred_on": str(TODAY)}
    for name in ("peer", "stranger"):
        forbidden(cast.as_person(name).post("/disciplinary-cases", json=said))
    forbidden(cast.as_person("member").post("/disciplinary-cases", json=said))
    forbidden(cast.as_person("stranger", Role.EXECUTIVE, Role.ADMINISTRATOR).post("/disciplinary-cases", json=said))
    refused(cast.as_person("member", Role.HR).post("/disciplinary-cases", json=said), "nobody-on-themself", 403)
    made = cast.as_person("senior").post("/disciplinary-cases", json=said)
    assert made.status_code == 201, made.text
    not_there(cast.as_person("senior"), f"/disciplinary-cases/{made.json()['id']}")


def test_a_case_exists_for_hr_and_the_named_alone_until_the_person_is_told(cast: Cast) -> None:
    path = report(cast)
    outside = [cast.as_person(name) for name in ("junior", "manager", "peer", "senior", "director", "stranger")]
    member, as_hr = cast.as_person("member"), cast.as_person("member", Role.HR)
    for client in (*outside, member, as_hr, cast.as_person("director", Role.EXECUTIVE, Role.ADMINISTRATOR)):
        not_there(client, path)
    reads = f"/persons/{cast.persons['member']}/reads"
    shown(cast.hr, path)
    assert [look for look in member.get(reads).json()["items"] if look["stream"].endswith(path[-36:])] == []

    charge(cast, path)
    for name in ("manager", "peer", "member"):
        shown(cast.as_person(name), path)
    shown(as_hr, path)
    for name in ("junior", "senior", "director", "stranger"):
        not_there(cast.as_person(name), path)
    looks = [look for look in member.get(reads).json()["items"] if look["stream"].endswith(path[-36:])]
    assert {"system:tests", cast.persons["manager"], cast.persons["peer"]} <= {look["reader"] for look in looks}


def test_nobody_sees_a_case_in_anothers_place(cast: Cast) -> None:
    path = report(cast)
    cast.post(cast.hr, f"{path}/begin-investigation", investigator_id=cast.persons["manager"])
    standing = {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    for name in ("member", "senior"):
        manager, stand_in = cast.persons["manager"], cast.persons[name]
        cast.post(cast.as_person("manager"), f"/persons/{manager}/name-stand-in", stand_in_id=stand_in, **standing)
        not_there(cast.as_person(name), path, **{"portolan-for": manager})


def test_whether_somebody_has_a_case_changes_no_answer_to_others(cast: Cast) -> None:
    name = newcomer(cast, "silent")
    other = newcomer(cast, "spotless")
    report(cast, name)

    def answers(person: str) -> list[tuple[int, str]]:
        id, found = cast.persons[person], []
        said = {"person_id": id, "report": "Late again.", "occurred_on": str(TODAY)}
        for client in (cast.as_person("stranger"), cast.as_person("junior"), cast.as_person(person)):
            for response in (
                client.get(f"/persons/{id}"),
                client.get(f"/persons/{id}/history"),
                client.get("/disciplinary-cases", params={"person_id": id}),
                client.get(f"/persons/{id}/reads"),
                client.post("/disciplinary-cases", json=said),
            ):
                found.append((response.status_code, response.headers.get("etag", "")))
        return found

    assert answers(name) == answers(other)


def test_a_final_warning_bars_at_once_and_until_it_lapses_and_nothing_says_why(cast: Cast, firm: Company) -> None:
    name = newcomer(cast, "warned")
    path = report(cast, name)
    case = decide(cast, firm, path, "final written warning")
    becomes(cast, name, False)
    cast.post(cast.hr, f"/persons/{cast.persons[name]}/review-eligibility")
    assert not eligible(cast, name)
    firm.move_clock(NOON + timedelta(days=10))
    cast.post(cast.hr, f"{path}/close")
    lapses_on = datetime.combine(datetime.fromisoformat(case["lapses_on"]).date(), time(), UTC)
    firm.move_clock(lapses_on - timedelta(seconds=1))
    assert not eligible(cast, name)
    firm.move_clock(lapses_on)
    becomes(cast, name, True)
    history = cast.as_person("stranger").get(f"/persons/{cast.persons[name]}/history").json()["items"]
    changes = [change for change in history if change["type"] == "EligibilityChanged"]
    assert [change["data"] for change in changes] == [{"senior_manager": each} for each in (True, False, True)]
    for change in changes[1:]:
        assert change["actor"] == "system:people"
        assert path[-36:] not in str(change)
        assert "disciplin" not in str(change)
        assert change["causation_id"] is None

    steps = [change["type"] for change in cast.hr.get(f"{path}/history").json()["items"]]
    assert steps[-1] == "WarningLapsed"
    assert firm.running["people"].status()["parked"] == 0


def test_whoever_is_barred_is_eligible_in_no_answer_and_on_no_day(cast: Cast, firm: Company) -> None:
    cast.join("chief", "senior manager", "director")
    path = report(cast, "chief")
    gaps = f"/persons/{cast.persons['chief']}/gaps"
    later = [str(TODAY + timedelta(days=days)) for days in (5, 300)]

    def told() -> list[bool]:
        days = [{}, *({"on": day} for day in later)]
        return [cast.as_person("chief").get(gaps, params=params).json()["eligible"] for params in days]

    assert told() == [True, True, True]
    case = decide(cast, firm, path, "final written warning", "senior", "director")
    becomes(cast, "chief", False)
    assert told() == [False, False, False]
    assert cast.hr.get(gaps).json().keys() == {"person_id", "position_id", "on", "gap", "eligible"}
    firm.move_clock(datetime.combine(datetime.fromisoformat(case["lapses_on"]).date(), time(), UTC))
    becomes(cast, "chief", True)
    assert told() == [True, False, False], "on days past it is as it was then"
    before = {"on": str(TODAY + timedelta(days=1))}
    assert cast.as_person("chief").get(gaps, params=before).json()["eligible"] is True


def test_an_overturned_dismissal_bars_no_longer(cast: Cast, firm: Company) -> None:
    name = newcomer(cast, "cleared")
    path = report(cast, name)
    decide(cast, firm, path, "dismissal")
    becomes(cast, name, False)
    forbidden_roles = cast.as_person("peer").post(f"{path}/appeal", json={"grounds": "Not mine."})
    refused(forbidden_roles, "in-person", 403)
    cast.post(cast.as_person(name), f"{path}/appeal", grounds="I did ask.")
    named = {"appeal_hearer_id": cast.persons["manager"]}
    refused(cast.hr.post(f"{path}/name-appeal-hearer", json=named), "three-different-persons")
    cast.post(cast.hr, f"{path}/name-appeal-hearer", appeal_hearer_id=cast.persons["director"])
    answer = {"verdict": "overturned", "reasons": "They did ask."}
    refused(cast.as_person("peer").post(f"{path}/decide-appeal", json=answer), "in-person", 403)
    cast.post(cast.as_person("director"), f"{path}/decide-appeal", **answer)
    becomes(cast, name, True)
    cast.post(cast.hr, f"{path}/close")


def test_of_two_warnings_one_that_ends_leaves_the_other(cast: Cast, firm: Company) -> None:
    name = newcomer(cast, "twice")
    first = report(cast, name)
    decide(cast, firm, first, "final written warning")
    firm.move_clock(NOON)
    second = report(cast, name)
    decide(cast, firm, second, "dismissal")
    becomes(cast, name, False)
    cast.post(cast.as_person(name), f"{first}/appeal", grounds="I did ask.")
    cast.post(cast.hr, f"{first}/name-appeal-hearer", appeal_hearer_id=cast.persons["director"])
    overturned = {"verdict": "overturned", "reasons": "They did ask."}
    cast.post(cast.as_person("director"), f"{first}/decide-appeal", **overturned)
    assert not eligible(cast, name)


def test_what_hr_is_told_to_do_where_a_hearer_left_can_be_done(cast: Cast, firm: Company) -> None:
    hearers = [cast.join(name, "manager", "senior") for name in ("hears", "heard")]
    cast.persons |= {"hears": hearers[0], "heard": hearers[1]}
    undecided, decided = report(cast), report(cast)
    decide(cast, firm, decided, "no action", hearer="heard")
    charge(cast, undecided, hearer="hears")
    firm.move_clock(NOON + timedelta(days=4))
    held = {"held_on": str(HEARING + timedelta(days=2)), "record": "They say they asked."}
    cast.post(cast.as_person("hears"), f"{undecided}/record-hearing", **held)
    for hearer in hearers:
        cast.post(cast.hr, f"/persons/{hearer}/record-leaving", effective_on=str(TODAY))

    def listed() -> list[tuple[str, str]]:
        items = cast.hr.get("/without-owner").json()["items"]
        return [(each["what"], each["href"]) for each in items if each["href"] in (undecided, decided)]

    assert listed() == [("name another hearer: theirs has left", undecided)]
    named = cast.post(cast.hr, f"{undecided}/name-hearer", hearer_id=cast.persons["peer"])
    assert (named["status"], named["heard_on"]) == ("charged", None)
    assert listed() == []
