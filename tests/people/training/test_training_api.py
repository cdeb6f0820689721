"""Training over HTTP: from the design to the result, who sees it, seats, and what falls due."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.roles import Role
from tests.harness import Company, Running
from tests.people.cast import Cast, forbidden, refused, unknown
from tests.people.clocked import becomes, noon
from tests.today import TODAY


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture(scope="module")
def programme(cast: Cast, firm: Company) -> str:
    """The id of a published programme."""
    body = {"title": "Kafka", "hours": "16", "skills": [{"skill": "Kafka", "level": 3}], "pass_needed": True}
    id = str(cast.post(cast.hr, "/training-programmes", **body)["id"])
    cast.post(cast.hr, f"/training-programmes/{id}/publish")
    return id


def terms(cast: Cast, programme: str, seats: int = 2, starts_in: int = 0) -> dict[str, Any]:
    first = str(TODAY + timedelta(days=starts_in))
    return {
        "programme_id": programme,
        "division_id": cast.division,
        "cost": {"amount": "900", "currency": "EUR"},
        "seats": seats,
        "starts_on": first,
        "ends_on": first,
        "place": "Room 4",
        "trainer_id": cast.persons["peer"],
    }


def session(cast: Cast, programme: str, seats: int = 2, starts_in: int = 0) -> str:
    """The id of a session in which the peer trains."""
    return str(cast.post(cast.hr, "/training-sessions", **terms(cast, programme, seats, starts_in))["id"])


def enrol(client: httpx.Client, cast: Cast, name: str, session_id: str) -> httpx.Response:
    return client.post("/enrolments", json={"person_id": cast.persons[name], "session_id": session_id})


def enrolled(cast: Cast, name: str, session_id: str) -> str:
    """The path of an enrolment that the person made themselves."""
    response = enrol(cast.as_person(name), cast, name, session_id)
    assert response.status_code == 201, response.text
    return f"/enrolments/{response.json()['id']}"


def test_managers_and_hr_design_and_schedule_and_others_do_not(cast: Cast) -> None:
    design = {"title": "SQL", "hours": "8"}
    forbidden(cast.as_person("member").post("/training-programmes", json=design))
    made = cast.post(cast.as_person("junior"), "/training-programmes", **design)
    path = f"/training-programmes/{made['id']}"
    early = cast.as_person("junior").post("/training-sessions", json=terms(cast, made["id"]))
    refused(early, "programme-published")
    cast.post(cast.as_person("junior"), f"{path}/publish")
    forbidden(cast.as_person("member").post("/training-sessions", json=terms(cast, made["id"])))
    scheduled = cast.post(cast.as_person("junior"), "/training-sessions", **terms(cast, made["id"]))
    refused(cast.hr.post(f"{path}/retire", json={"reason": "Old."}), "retires-without-sessions")
    cast.post(cast.as_person("peer"), f"/training-sessions/{scheduled['id']}/deliver")
    assert cast.post(cast.hr, f"{path}/retire", reason="Old.")["status"] == "retired"


def test_a_programme_is_kept_by_its_divisions_line_and_hr_and_by_nobody_else(cast: Cast) -> None:
    sales = cast.elsewhere("seller", "junior manager")
    body = {"title": "Selling", "hours": "1", "skills": [{"skill": "Kafka", "level": 7}]}
    own = cast.post(cast.as_person("junior"), "/training-programmes", **body)
    assert own["division_id"] == cast.division
    path = f"/training-programmes/{own['id']}"
    revised = body | {"description": "", "scheme_id": None, "pass_needed": False}
    seller = cast.as_person("seller")
    refused(seller.post(f"{path}/revise", json=revised), "own-programme", 403)
    for command, said in (("publish", {}), ("retire", {"reason": "Mine."}), ("assign", {"division_id": sales})):
        refused(seller.post(f"{path}/{command}", json=said), "own-programme", 403)
    refused(seller.post("/training-programmes", json=body | {"division_id": cast.division}), "own-programme", 403)
    everybodys = cast.post(cast.hr, "/training-programmes", **body)
    refused(
        cast.as_person("director").post(f"/training-programmes/{everybodys['id']}/publish", json={}),
        "own-programme",
        403,
    )
    cast.post(cast.as_person("manager"), f"{path}/publish")
    refused(cast.hr.post(f"{path}/assign", json={"division_id": everybodys["id"]}), "division-open")
    assert cast.post(cast.hr, f"{path}/assign", division_id=sales)["division_id"] == sales
    cast.post(seller, f"{path}/retire", reason="Nobody came.")


def test_a_title_belongs_to_one_programme_of_its_owner_until_that_retires(cast: Cast) -> None:
    first = cast.post(cast.hr, "/training-programmes", title="Data base", hours="8")["id"]
    same = {"title": "\uff24ata  BASE", "hours": "8"}
    refused(cast.hr.post("/training-programmes", json=same), "already-taken")
    cast.post(cast.hr, "/training-programmes", **same, division_id=cast.division)
    cast.post(cast.hr, f"/training-programmes/{first}/retire", reason="Old.")
    cast.post(cast.hr, "/training-programmes", **same)


def test_a_manager_schedules_and_settles_sessions_that_their_own_division_or_one_below_pays(
    cast: Cast, programme: str
) -> None:
    division = cast.elsewhere("outsider", "manager")
    outsider, held = cast.as_person("outsider"), session(cast, programme)
    wanted = terms(cast, programme)
    refused(outsider.post("/training-sessions", json=wanted), "own-division", 403)
    own = cast.post(outsider, "/training-sessions", **wanted | {"division_id": division})
    place = {"place": "Room 5", "trainer_id": None, "provider": "Acme"}
    for step, body in (("arrange", place), ("cancel", {"reason": "Too few."}), ("deliver", {})):
        refused(outsider.post(f"/training-sessions/{held}/{step}", json=body), "own-division", 403)
        refused(cast.as_person("junior").post(f"/training-sessions/{own['id']}/{step}", json=body), "own-division", 403)
    name = f"Below {held}"
    below = cast.post(cast.founder, "/divisions", name=name, kind="it", parent_id=cast.division)["id"]
    cast.post(cast.as_person("junior"), "/training-sessions", **wanted | {"division_id": below})


def test_only_a_trainer_of_theirs_delivers_what_staff_do_not(cast: Cast, programme: str) -> None:
    other = terms(cast, programme) | {"trainer_id": cast.persons["member"]}
    id = cast.post(cast.hr, "/training-sessions", **other)["id"]
    cast.join("helper", "staff", "junior")
    forbidden(cast.as_person("helper").post(f"/training-sessions/{id}/deliver", json={}))
    cast.post(cast.as_person("member"), f"/training-sessions/{id}/deliver")


def test_from_the_seat_to_the_result_and_feedback(cast: Cast, programme: str) -> None:
    path = enrolled(cast, "member", session(cast, programme))
    forbidden(cast.as_person("member").post(f"{path}/mark-attendance", json={"attended": True}))
    cast.post(cast.as_person("peer"), f"{path}/mark-attendance", attended=True)
    passed = {"passed": True, "score": "87.5", "effective_on": str(TODAY)}
    as_hr = cast.as_person("member", Role.HR)
    refused(as_hr.post(f"{path}/record-result", json=passed), "nobody-on-themself", 403)
    done = cast.post(cast.as_person("peer"), f"{path}/record-result", **passed)
    assert (done["status"], done["passed"], done["score"]) == ("completed", True, "87.5")
    said = {"rating": 4, "feedback": "More labs."}
    refused(cast.as_person("junior").post(f"{path}/give-feedback", json=said), "own-feedback", 403)
    cast.post(cast.as_person("member"), f"{path}/give-feedback", **said)
    history = cast.as_person("member").get(f"{path}/history").json()["items"]
    published = [item["data"] for item in history if item["published_number"] is not None]
    assert [(each["programme_id"], each["passed"], each["hours"]) for each in published] == [(programme, True, "16")]
    assert published[0]["skills"] == [{"skill": "Kafka", "level": 3}]


def test_the_day_of_a_completed_training_is_corrected_and_both_times_are_kept(cast: Cast, programme: str) -> None:
    yesterday = TODAY - timedelta(days=1)
    days = {"starts_on": str(yesterday), "ends_on": str(TODAY)}
    held = cast.post(cast.hr, "/training-sessions", **terms(cast, programme) | days)["id"]
    path = enrolled(cast, "member", held)
    cast.post(cast.as_person("peer"), f"{path}/mark-attendance", attended=True)
    cast.post(cast.as_person("peer"), f"{path}/record-result", passed=True, effective_on=str(TODAY))
    known_at = cast.hr.get(f"{path}/history").json()["items"][-1]["recorded_at"]
    right = {"effective_on": str(yesterday), "reason": "A slip of the pen."}
    refused(cast.as_person("member", Role.HR).post(f"{path}/correct-day", json=right), "nobody-on-themself", 403)
    assert cast.post(cast.as_person("peer"), f"{path}/correct-day", **right)["completed_on"] == str(yesterday)
    assert cast.hr.get(path, params={"known_at": known_at}).json()["completed_on"] == str(TODAY)
    last = cast.hr.get(f"{path}/history").json()["items"][-1]
    assert (last["type"], last["data"]) == ("EffectiveDayCorrected", {"corrects": 1, "effective_on": str(yesterday)})


def test_an_enrolment_is_seen_by_the_person_the_line_above_hr_and_the_trainer(cast: Cast, programme: str) -> None:
    held = session(cast, programme)
    path, other = enrolled(cast, "member", held), enrolled(cast, "stranger", session(cast, programme))
    id, other_id = path.rpartition("/")[2], other.rpartition("/")[2]

    def listed(client: httpx.Client) -> set[str]:
        return {item["id"] for item in client.get("/enrolments").json()["items"]} & {id, other_id}

    for name in ("member", "junior", "director"):
        assert cast.as_person(name).get(path).status_code == 200
        assert listed(cast.as_person(name)) == {id}
    assert cast.as_person("peer").get(path).status_code == 200
    assert listed(cast.as_person("peer")) == {id, other_id}, "those they train"
    assert listed(cast.hr) == {id, other_id}
    for client in (cast.as_person("stranger"), cast.as_person("stranger", Role.EXECUTIVE, Role.ADMINISTRATOR)):
        unknown(client.get(path))
        unknown(client.post(f"{path}/mark-attendance", json={"attended": True}))
        assert listed(client) == {other_id}


def test_seats_are_given_by_the_person_their_line_manager_and_hr_as_long_as_there_are_any(
    cast: Cast, programme: str
) -> None:
    held = session(cast, programme, seats=2)
    forbidden(enrol(cast.as_person("stranger"), cast, "member", held))
    forbidden(enrol(cast.as_person("manager"), cast, "member", held))
    assert enrol(cast.as_person("junior"), cast, "member", held).status_code == 201
    refused(enrol(cast.hr, cast, "member", held), "enrolled-once")
    path = enrolled(cast, "manager", held)
    refused(enrol(cast.hr, cast, "junior", held), "seats-free")
    cast.post(cast.as_person("manager"), f"{path}/withdraw")
    assert enrol(cast.hr, cast, "junior", held).status_code == 201


def test_nobody_is_marked_before_the_first_day(cast: Cast, programme: str) -> None:
    path = enrolled(cast, "member", session(cast, programme, starts_in=9))
    refused(cast.hr.post(f"{path}/mark-attendance", json={"attended": True}), "not-in-the-future")


def test_a_session_nobody_reports_on_is_overdue_the_day_after(cast: Cast, firm: Company, programme: str) -> None:
    path = f"/training-sessions/{session(cast, programme, starts_in=30)}"
    firm.move_clock(noon(30))
    assert cast.hr.get(path).json()["overdue"] is False
    firm.move_clock(noon(31))
    becomes(cast.hr, path, overdue=True)
    overdue = cast.hr.get("/training-sessions?overdue=true").json()["items"]
    assert path.rpartition("/")[2] in [item["id"] for item in overdue]
    cast.post(cast.hr, f"{path}/deliver")
    firm.move_clock(noon(0))
