"""What goes along when somebody hands over their team, and what a leaver gives back, carried out as events arrive."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.harness import Company, Running
from tests.people.cast import Cast, cast_of, refused
from tests.people.clocked import becomes, noon
from tests.today import TODAY


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture
def cast(people: Running, firm: Company) -> Cast:
    firm.move_clock(noon(0))
    return cast_of(people)


def cycle(cast: Cast) -> str:
    method = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}
    days = {"first_on": str(TODAY - timedelta(days=300)), "last_on": str(TODAY), "due_on": str(TODAY)}
    id = cast.post(cast.hr, "/review-cycles", name="A year", method=method, **days)["id"]
    cast.post(cast.hr, f"/review-cycles/{id}/start")
    return str(id)


def review(cast: Cast, of: str, by: str) -> str:
    """The path of a review that is to be assessed."""
    objectives = [{"objective_id": str(uuid4()), "title": "Cut the outages.", "weight": "100"}]
    begun = {"person_id": cast.persons[of], "cycle_id": cycle(cast), "objectives": objectives}
    return f"/performance-reviews/{cast.post(cast.as_person(by), '/performance-reviews', **begun)['id']}"


def session(cast: Cast, starts: int, trainer: str | None = None) -> str:
    """The path of a training session so many days from today."""
    design = {"title": f"Course {uuid4().hex[:6]}", "hours": "8"}
    programme = cast.post(cast.hr, "/training-programmes", **design)["id"]
    cast.post(cast.hr, f"/training-programmes/{programme}/publish")
    day = str(TODAY + timedelta(days=starts))
    body = {
        "programme_id": programme,
        "division_id": cast.division,
        "starts_on": day,
        "ends_on": day,
        "cost": {"amount": "900", "currency": "EUR"},
        "seats": 1,
        "place": "Room 4",
        "trainer_id": cast.persons[trainer] if trainer else None,
        "provider": None if trainer else "Trainers Ltd",
    }
    return f"/training-sessions/{cast.post(cast.hr, '/training-sessions', **body)['id']}"


def hand_over(cast: Cast, name: str, to: str) -> None:
    cast.post(cast.hr, f"/persons/{cast.persons[name]}/hand-over", to_id=cast.persons[to])


def test_the_reviews_of_a_team_and_the_sessions_pass_with_it(cast: Cast, firm: Company) -> None:
    of_the_team, trained = review(cast, "junior", "manager"), session(cast, 30, "manager")
    hand_over(cast, "manager", "peer")
    becomes(cast.as_person("senior"), of_the_team, reviewer_id=cast.persons["peer"])
    becomes(cast.hr, trained, trainer_id=cast.persons["peer"], place="Room 4")
    assert firm.running["people"].status()["parked"] == 0


def test_a_review_that_the_receiver_may_not_make_stays_where_it_was(cast: Cast, firm: Company) -> None:
    below, beside = review(cast, "junior", "manager"), review(cast, "peer", "senior")
    reviewer = {"reviewer_id": cast.persons["manager"]}
    cast.post(cast.as_person("director"), f"{beside}/change-reviewer", **reviewer)
    staff = cast.join("helper", "staff", "senior")
    cast.persons["helper"] = staff
    hand_over(cast, "manager", "helper")
    firm.settle()
    becomes(cast.as_person("director"), below, **reviewer)
    becomes(cast.as_person("director"), beside, **reviewer)
    assert firm.running["people"].status()["parked"] == 0


def test_sessions_pass_also_where_there_is_no_team(cast: Cast) -> None:
    trained = session(cast, 30, "member")
    hand_over(cast, "member", "peer")
    becomes(cast.hr, trained, trainer_id=cast.persons["peer"])


def test_the_seats_of_a_leaver_in_sessions_to_come_are_free_again(cast: Cast) -> None:
    to_come, begun = session(cast, 30), session(cast, 0)
    seats = [
        f"/enrolments/{cast.post(cast.hr, '/enrolments', session_id=at[-36:], person_id=cast.persons['member'])['id']}"
        for at in (to_come, begun)
    ]
    cast.post(cast.hr, f"/persons/{cast.persons['member']}/record-leaving", effective_on=str(TODAY))
    becomes(cast.hr, seats[0], status="withdrawn")
    assert cast.hr.get(seats[1]).json()["status"] == "enrolled", "they may have been there"
    cast.post(cast.hr, "/enrolments", session_id=to_come[-36:], person_id=cast.persons["peer"])


def test_who_led_a_team_hands_it_over_before_they_join_again(cast: Cast, firm: Company) -> None:
    path = f"/persons/{cast.persons['manager']}"
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(TODAY))
    firm.move_clock(noon(1))
    back = {"effective_on": str(TODAY + timedelta(days=1))}
    refused(cast.hr.post(f"{path}/rehire", json=back), "duties-handed-over")
    hand_over(cast, "manager", "peer")
    assert cast.post(cast.hr, f"{path}/rehire", **back)["employment"] == "active"


def test_a_rehire_refused_on_its_day_waits_for_hr_with_what_to_do(cast: Cast, firm: Company) -> None:
    manager = cast.persons["manager"]
    cast.post(cast.hr, f"/persons/{manager}/record-leaving", effective_on=str(TODAY))
    day = str(TODAY + timedelta(days=2))
    cast.post(cast.hr, f"/persons/{manager}/rehire", effective_on=day)
    due = [(each["what"], each["due_on"]) for each in cast.hr.get("/desk").json()["due"] if each["id"] == manager]
    assert due == [("the person is to join again", day)]
    firm.move_clock(noon(2))
    found = becomes(cast.hr, f"/persons/{manager}", planned_rehire=None)
    assert found["failed_plan"]["rule"] == "duties-handed-over"
    cast.post(cast.hr, f"/persons/{manager}/cancel-plan", what="rehire")
    assert firm.running["people"].status()["parked"] == 0


def test_who_was_rehired_works_again_in_no_position_and_their_token_has_its_roles(cast: Cast, firm: Company) -> None:
    path = f"/persons/{cast.persons['peer']}"
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(TODAY))
    later = str(TODAY + timedelta(days=7))
    assert cast.post(cast.hr, f"{path}/rehire", effective_on=later)["planned_rehire"] == later
    firm.move_clock(noon(7))
    found = becomes(cast.hr, path, employment="active")
    assert (found["hired_on"], found["appointment"], found["line_manager_id"]) == (later, None, None)
    assert found["earlier"][0]["left_on"] == str(TODAY)
    position = {"position_id": cast.positions["peer"], "effective_on": later}
    cast.post(cast.hr, f"{path}/appoint", **position)
    cast.post(cast.as_person("peer"), f"{path}/record-absence", absence_id=str(uuid4()), starts_on=later, ends_on=later)
