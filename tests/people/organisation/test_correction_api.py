"""Days of persons are corrected over HTTP: the past is as corrected, and what was known before stays as it was."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import Company, Running, wait_until
from tests.people.cast import LONG_AGO, Cast, cast_of, forbidden, refused
from tests.today import TODAY

DAY = timedelta(days=1)
LATELY = TODAY - 100 * DAY


@pytest.fixture
def cast(people: Running) -> Cast:
    return cast_of(people)


def number_of(cast: Cast, name: str, type: str) -> int:
    """The number of the last event of a type in somebody's public history."""
    history = cast.hr.get(f"/persons/{cast.persons[name]}/history").json()["items"]
    return next(int(each["published_number"]) for each in reversed(history) if each["type"] == type)


def correction(cast: Cast, name: str, type: str, day: Any) -> dict[str, Any]:
    return {"corrects": number_of(cast, name, type), "effective_on": str(day), "reason": "A slip of the pen."}


def correct(cast: Cast, name: str, type: str, day: Any) -> dict[str, Any]:
    return cast.post(cast.hr, f"/persons/{cast.persons[name]}/correct-day", **correction(cast, name, type, day))


def holder(cast: Cast, position: str, **when: str) -> str | None:
    seats = cast.hr.get(f"/divisions/{cast.division}/chart", params=when).json()["seats"]
    found: list[str | None] = [each["holder_id"] for each in seats if each["position_id"] == position]
    return found[0] if found else None


def test_the_last_day_of_a_leaver_is_corrected_and_both_times_are_kept(cast: Cast) -> None:
    path, position = f"/persons/{cast.persons['member']}", cast.positions["member"]
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(TODAY))
    known_at = cast.hr.get(f"{path}/history").json()["items"][-1]["recorded_at"]
    body = correction(cast, "member", "PersonLeft", LATELY)
    for client in (cast.as_person("junior"), cast.as_person("member"), cast.as_person("director")):
        forbidden(client.post(f"{path}/correct-day", json=body))
    assert correct(cast, "member", "PersonLeft", LATELY)["last_on"] == str(LATELY)
    before, since = str(LATELY - DAY), str(LATELY + DAY)
    assert holder(cast, position, effective_on=before) == cast.persons["member"]
    assert holder(cast, position, effective_on=since) is None
    assert holder(cast, position, effective_on=since, known_at=known_at) == cast.persons["member"]
    then = cast.hr.get(path, params={"effective_on": since, "known_at": known_at}).json()
    assert (then["employment"], cast.hr.get(path, params={"effective_on": since}).json()["employment"]) == (
        "active",
        "left",
    )
    private, public = cast.hr.get(f"{path}/history").json()["items"][-2:]
    assert (private["type"], private["data"]["reason"]) == ("CorrectionRecorded", "A slip of the pen.")
    assert public["type"] == "EffectiveDayCorrected"
    assert public["data"] == {"corrects": body["corrects"], "effective_on": str(LATELY)}
    told = cast.as_person("stranger").get(f"{path}/history").json()["items"]
    assert "A slip of the pen." not in str(told), "the reason stays with those who see the record"


def test_what_was_corrected_may_be_corrected_again_and_back(cast: Cast) -> None:
    for day in (LATELY, LATELY - DAY, LONG_AGO):
        correct(cast, "member", "PersonAppointed", day)
        assert holder(cast, cast.positions["member"], effective_on=str(day)) == cast.persons["member"]
        if day > LONG_AGO:
            assert holder(cast, cast.positions["member"], effective_on=str(day - DAY)) is None


def test_a_position_given_up_later_than_recorded_is_not_another_persons_meanwhile(cast: Cast) -> None:
    position = cast.positions["member"]
    cast.post(cast.hr, f"/persons/{cast.persons['member']}/record-leaving", effective_on=str(LATELY))
    newcomer = cast.post(cast.hr, "/persons", name="Newcomer", effective_on=str(LONG_AGO))["id"]
    cast.persons["newcomer"] = newcomer
    day = LATELY + 10 * DAY
    cast.post(cast.hr, f"/persons/{newcomer}/appoint", position_id=position, effective_on=str(day))
    leaver, taker = (f"/persons/{cast.persons[name]}/correct-day" for name in ("member", "newcomer"))
    late = correction(cast, "member", "PersonLeft", day + DAY)
    refused(cast.hr.post(leaver, json=late), "position-vacant")
    early = correction(cast, "newcomer", "PersonAppointed", LATELY - DAY)
    refused(cast.hr.post(taker, json=early), "position-vacant")
    correct(cast, "newcomer", "PersonAppointed", day + DAY)
    correct(cast, "member", "PersonLeft", day + DAY)
    assert holder(cast, position, effective_on=str(day)) == cast.persons["member"]
    assert holder(cast, position, effective_on=str(day + DAY)) == newcomer


def test_a_hire_day_is_not_after_the_day_somebody_came_to_report_to_them_or_was_paid(cast: Cast) -> None:
    boss = cast.post(cast.hr, "/persons", name="Boss", effective_on=str(LONG_AGO))["id"]
    cast.persons["boss"] = boss
    member = f"/persons/{cast.persons['member']}"
    cast.post(cast.hr, f"{member}/change-line-manager", line_manager_id=boss, effective_on=str(LATELY))
    path = f"/persons/{boss}/correct-day"
    refused(cast.hr.post(path, json=correction(cast, "boss", "PersonHired", LATELY + DAY)), "leads-while-employed")
    hours = {"weekly_hours": "20", "effective_on": str(LATELY - 10 * DAY)}
    cast.post(cast.hr, f"/contracted-hours/{boss}/set", **hours)
    refused(cast.hr.post(path, json=correction(cast, "boss", "PersonHired", LATELY - DAY)), "within-employment")
    assert correct(cast, "boss", "PersonHired", LATELY - 10 * DAY)["hired_on"] == str(LATELY - 10 * DAY)
    early = correction(cast, "member", "LineManagerChanged", LATELY - 11 * DAY)
    refused(cast.hr.post(f"{member}/correct-day", json=early), "line-manager-employed")
    correct(cast, "member", "LineManagerChanged", LATELY - 10 * DAY)


def test_nobody_comes_to_report_to_themselves_by_a_correction(cast: Cast) -> None:
    peer, manager = cast.persons["peer"], cast.persons["manager"]
    change = "change-line-manager"
    for person, to, day in (
        (peer, manager, LATELY),
        (peer, cast.persons["senior"], LATELY + 10 * DAY),
        (manager, peer, LATELY + 20 * DAY),
    ):
        cast.post(cast.hr, f"/persons/{person}/{change}", line_manager_id=to, effective_on=str(day))
    early = correction(cast, "manager", "LineManagerChanged", LATELY + 9 * DAY)
    refused(cast.hr.post(f"/persons/{manager}/correct-day", json=early), "no-cycles")
    late = correction(cast, "peer", "LineManagerChanged", LATELY + 21 * DAY)
    refused(cast.hr.post(f"/persons/{peer}/correct-day", json=late), "no-cycles")
    correct(cast, "manager", "LineManagerChanged", LATELY + 10 * DAY)


def test_the_gate_is_passed_on_the_corrected_day(cast: Cast) -> None:
    body = correction(cast, "senior", "PersonAppointed", LONG_AGO - DAY)
    refused(cast.hr.post(f"/persons/{cast.persons['senior']}/correct-day", json=body), "dates-in-order")
    person = cast.post(cast.hr, "/persons", name="Riser", effective_on=str(LONG_AGO))["id"]
    cast.persons["riser"] = person
    experience = {
        "experience_id": person,
        "employer": "Acme",
        "role": "Head of IT",
        "it_management": True,
        "started_on": str(LATELY - 3653 * DAY),
        "ended_on": str(LATELY - DAY),
    }
    cast.post(cast.hr, f"/persons/{person}/record-experience", **experience)
    cast.post(cast.hr, f"/persons/{person}/verify-experience", experience_id=person)
    position = cast.position("senior manager", cast.positions["director"])
    cast.post(cast.hr, f"/persons/{person}/appoint", position_id=position, effective_on=str(LATELY + 20 * DAY))
    path = f"/persons/{person}/correct-day"
    early = correction(cast, "riser", "PersonAppointed", LATELY - 30 * DAY)
    refused(cast.hr.post(path, json=early), "senior-manager-gate")
    correct(cast, "riser", "PersonAppointed", LATELY + DAY)


def absent(first: int, last: int, **more: Any) -> dict[str, Any]:
    """The days of an absence, so many days from today."""
    return {"starts_on": str(TODAY + first * DAY), "ends_on": str(TODAY + last * DAY), **more}


def test_an_absence_that_was_recorded_wrongly_is_corrected_and_both_times_are_kept(cast: Cast) -> None:
    path, id = f"/persons/{cast.persons['member']}", str(uuid4())
    cast.post(cast.as_person("member"), f"{path}/record-absence", **absent(-10, -4, absence_id=id))
    known_at = cast.hr.get(f"{path}/history").json()["items"][-1]["recorded_at"]
    refused(cast.hr.post(f"{path}/record-absence", json=absent(-8, -6, absence_id=id)), "days-to-come")
    refused(cast.hr.post(f"{path}/cancel-absence", json={"absence_id": id}), "days-to-come")
    right = absent(-8, -6, absence_id=id, reason="The doctor's note says so.")
    for name in ("member", "peer", "stranger"):
        forbidden(cast.as_person(name).post(f"{path}/correct-absence", json=right))
    (shown,) = cast.post(cast.as_person("junior"), f"{path}/correct-absence", **right)["absences"]
    assert shown == absent(-8, -6, absence_id=id)

    def away(on: int, **when: str) -> list[dict[str, Any]]:
        read = cast.hr.get(path, params={"effective_on": str(TODAY + on * DAY)} | when).json()
        return list(read["absences"])

    assert away(-9) == [right_days(right)] == away(-3)
    assert away(-9, known_at=known_at) == [absent(-10, -4, absence_id=id)]
    told = cast.as_person("stranger").get(f"{path}/history").json()["items"]
    assert "doctor" not in str(told), "the reason stays with those who see the record"
    withdrawn = {"absence_id": id, "reason": "It was somebody else."}
    assert cast.post(cast.as_person("junior"), f"{path}/withdraw-absence", **withdrawn)["absences"] == []
    assert away(-7) == []


def right_days(correction: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in correction.items() if name != "reason"}


def test_an_absence_of_a_leaver_is_corrected_and_their_hire_day_does_not_pass_it(cast: Cast) -> None:
    path = f"/persons/{cast.persons['member']}"
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(TODAY))
    forgotten = absent(-100, -99, absence_id=str(uuid4()), reason="Nobody recorded it.")
    cast.post(cast.as_person("junior"), f"{path}/correct-absence", **forgotten)
    after = absent(-1, 0, absence_id=str(uuid4()), reason="Nobody recorded it.")
    refused(cast.hr.post(f"{path}/correct-absence", json=after), "within-employment")
    cast.persons["newcomer"] = cast.post(cast.hr, "/persons", name="Newcomer", effective_on=str(LATELY))["id"]
    path = f"/persons/{cast.persons['newcomer']}"
    cast.post(cast.hr, f"{path}/record-absence", **absent(-90, -80, absence_id=str(uuid4())))
    late = correction(cast, "newcomer", "PersonHired", TODAY - 89 * DAY)
    refused(cast.hr.post(f"{path}/correct-day", json=late), "within-employment")
    correct(cast, "newcomer", "PersonHired", TODAY - 90 * DAY)


def test_hours_follow_an_absence_that_is_corrected_or_withdrawn(firm: Company) -> None:
    cast, id = cast_of(firm.running["people"]), str(uuid4())
    path, hours = f"/persons/{cast.persons['member']}", f"/weekly-capacities/{cast.persons['member']}"

    def become(*expected: str) -> None:
        def weeks() -> list[str]:
            return [each["hours"] for each in cast.hr.get(hours).json().get("weeks") or []][:2]

        wait_until(lambda: weeks() == list(expected), f"the hours are {expected}")

    monday = -TODAY.weekday()
    cast.post(cast.hr, f"{path}/record-absence", **absent(monday - 3, monday + 13, absence_id=id))
    become("0.00", "0.00")
    shorter = absent(monday - 2, monday + 6, absence_id=id, reason="A slip of the pen.")
    cast.post(cast.hr, f"{path}/correct-absence", **shorter)
    become("0.00", "40.00")
    cast.post(cast.hr, f"{path}/withdraw-absence", absence_id=id, reason="Somebody else.")
    become("40.00", "40.00")


def test_days_past_of_a_stand_in_are_corrected_and_who_acts_today_stays(cast: Cast) -> None:
    manager, peer = cast.persons["manager"], cast.persons["peer"]
    path, asked = f"/persons/{manager}", f"/persons/{cast.persons['junior']}"
    in_place = {"portolan-for": manager}
    named = absent(-5, 1, stand_in_id=peer)
    cast.post(cast.as_person("manager"), f"{path}/name-stand-in", **named)
    assert cast.as_person("peer").get(asked, headers=in_place).status_code == 200
    right = absent(-3, 1, stand_in_id=peer, named_from=named["starts_on"], reason="They came later.")
    for name in ("manager", "peer", "stranger"):
        forbidden(cast.as_person(name).post(f"{path}/correct-stand-in", json=right))
    (shown,) = cast.post(cast.hr, f"{path}/correct-stand-in", **right)["stand_ins"]
    assert (shown["starts_on"], shown["ends_on"]) == (right["starts_on"], right["ends_on"])
    then = cast.hr.get(path, params={"effective_on": str(TODAY - 4 * DAY)}).json()["stand_ins"]
    assert [each["starts_on"] for each in then] == [right["starts_on"]], "they did not stand in on that day"
    assert cast.as_person("peer").get(asked, headers=in_place).status_code == 200
    longer = absent(-3, 2, stand_in_id=peer, named_from=right["starts_on"], reason="One more day.")
    refused(cast.hr.post(f"{path}/correct-stand-in", json=longer), "days-past")
    later = absent(5, 6, stand_in_id=peer)
    cast.post(cast.hr, f"{path}/name-stand-in", **later)
    left = cast.post(cast.hr, f"{path}/withdraw-stand-in", stand_in_id=peer, starts_on=later["starts_on"])
    assert [each["starts_on"] for each in left["stand_ins"]] == [right["starts_on"]]
    assert cast.as_person("peer").get(asked, headers=in_place).status_code == 200
    cast.post(cast.hr, f"{path}/withdraw-stand-in", stand_in_id=peer)
    assert cast.as_person("peer").get(asked, headers=in_place).status_code == 403
