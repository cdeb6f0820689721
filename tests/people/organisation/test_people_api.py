"""People over HTTP: the organisation, the reporting line and the ten-year gate, with real database and real tokens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text

from chassis.messaging.broker import Broker
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from services.people.organisation import past_holders
from tests.harness import Company, Running, company


@pytest.fixture
def hr(people: Running) -> httpx.Client:
    return people.client(Role.HR)


@pytest.fixture
def executive(people: Running) -> httpx.Client:
    return people.client(Role.EXECUTIVE)


def made(response: httpx.Response) -> str:
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def done(response: httpx.Response) -> dict[str, object]:
    assert response.status_code == 200, response.text
    return dict(response.json())


def refused(response: httpx.Response, rule: str, status: int = 409) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["rule"] == rule


def establish(client: httpx.Client, parent_id: str | None = None) -> str:
    body = {"name": f"Division {uuid4().hex[:6]}", "kind": "it", "parent_id": parent_id}
    return made(client.post("/divisions", json=body))


def position(client: httpx.Client, division_id: str, grade: str = "staff", reports_to: str | None = None) -> str:
    body = {
        "title": grade.title(),
        "division_id": division_id,
        "grade": grade,
        "reports_to": reports_to,
        "it_management_years": "10" if grade in ("senior manager", "executive") else "0",
    }
    id = made(client.post("/positions", json=body))
    done(client.post(f"/positions/{id}/approve", json={}))
    return id


def hire(client: httpx.Client) -> str:
    return made(client.post("/persons", json={"name": "Ada", "effective_on": "2026-01-01"}))


def appoint(client: httpx.Client, person: str, position_id: str, **more: object) -> httpx.Response:
    body = {"position_id": position_id, "effective_on": "2026-02-01", **more}
    return client.post(f"/persons/{person}/appoint", json=body)


def test_divisions_form_a_tree_without_cycles(hr: httpx.Client) -> None:
    top = establish(hr)
    middle = establish(hr, top)
    low = establish(hr, middle)
    refused(hr.post(f"/divisions/{top}/move", json={"parent_id": low}), "no-cycles")


def test_a_code_belongs_to_one_division_until_that_closes(hr: httpx.Client) -> None:
    one, same = ({"name": "IT", "kind": "it", "parent_id": None, "code": code} for code in ("IT 1", "it  \uff11"))
    first = made(hr.post("/divisions", json=one))
    refused(hr.post("/divisions", json=same), "already-taken")
    done(hr.post(f"/divisions/{first}/close", json={"reason": "Merged."}))
    made(hr.post("/divisions", json=same))


def test_a_division_closes_only_when_empty(hr: httpx.Client) -> None:
    division = establish(hr)
    below = establish(hr, division)
    close = {"reason": "merged"}
    refused(hr.post(f"/divisions/{division}/close", json=close), "closes-only-when-empty")
    done(hr.post(f"/divisions/{below}/close", json=close))
    held = position(hr, division)
    refused(hr.post(f"/divisions/{division}/close", json=close), "closes-only-when-empty")
    done(hr.post(f"/positions/{held}/retire", json={"reason": "not needed"}))
    assert done(hr.post(f"/divisions/{division}/close", json=close))["closed"] is True


def test_the_gate_to_senior_manager_needs_ten_verified_years_or_a_waiver(
    hr: httpx.Client, executive: httpx.Client
) -> None:
    senior = position(hr, establish(hr), "senior manager")
    person = hire(hr)
    refused(appoint(hr, person, senior), "senior-manager-gate")
    experience = {
        "experience_id": str(uuid4()),
        "employer": "Elsewhere",
        "role": "IT manager",
        "it_management": True,
        "started_on": "2014-01-01",
        "ended_on": "2025-01-01",
    }
    done(hr.post(f"/persons/{person}/record-experience", json=experience))
    refused(appoint(hr, person, senior), "senior-manager-gate")
    done(hr.post(f"/persons/{person}/verify-experience", json={"experience_id": experience["experience_id"]}))
    assert done(appoint(hr, person, senior))["appointment"]
    other = position(hr, establish(hr), "senior manager")
    refused(appoint(hr, hire(hr), other, waiver={"reason": "proven elsewhere"}), "not-authorised", 403)
    done(appoint(executive, hire(hr), other, waiver={"reason": "proven elsewhere"}))


def test_a_position_has_one_holder_and_a_person_reports_to_the_holder_of_the_superior_position(
    hr: httpx.Client,
) -> None:
    division = establish(hr)
    lead = position(hr, division, "manager")
    under = position(hr, division, "staff", lead)
    boss, worker = hire(hr), hire(hr)
    done(appoint(hr, boss, lead))
    assert done(appoint(hr, worker, under))["line_manager_id"] == boss
    refused(appoint(hr, hire(hr), under), "position-vacant")
    refused(
        hr.post(f"/persons/{boss}/change-line-manager", json={"line_manager_id": worker, "effective_on": "2026-03-01"}),
        "no-cycles",
    )
    done(hr.post(f"/persons/{worker}/record-leaving", json={"effective_on": "2026-04-01"}))
    done(appoint(hr, hire(hr), under, effective_on="2026-04-01"))


def test_nobody_is_appointed_to_days_on_which_another_held_the_position(hr: httpx.Client) -> None:
    division = establish(hr)
    first, second = position(hr, division), position(hr, division)
    before, after = hire(hr), hire(hr)
    done(appoint(hr, before, first))
    done(appoint(hr, before, second, effective_on="2026-05-01"))
    refusal = appoint(hr, after, first, effective_on="2026-04-30")
    refused(refusal, "position-vacant")
    assert refusal.json()["detail"] == "Another person held the position until 2026-04-30."
    assert refusal.json()["remedy"] == "Give 2026-05-01 or a later day."
    done(appoint(hr, after, first, effective_on="2026-05-01"))
    done(hr.post(f"/persons/{before}/record-leaving", json={"effective_on": "2026-06-01"}))
    refused(appoint(hr, hire(hr), second, effective_on="2026-05-31"), "position-vacant")
    done(appoint(hr, hire(hr), second, effective_on="2026-06-01"))


def test_nobody_reports_to_somebody_on_days_before_they_were_hired(hr: httpx.Client) -> None:
    division = establish(hr)
    lead = position(hr, division, "manager")
    worker = hire(hr)
    done(appoint(hr, worker, position(hr, division, "staff", lead)))
    boss = made(hr.post("/persons", json={"name": "Eve", "effective_on": "2026-03-01"}))
    done(appoint(hr, boss, lead, effective_on="2026-03-01"))
    changed = {"line_manager_id": boss, "effective_on": "2026-02-28"}
    refused(hr.post(f"/persons/{worker}/change-line-manager", json=changed), "line-manager-employed")
    done(hr.post(f"/persons/{worker}/change-line-manager", json=changed | {"effective_on": "2026-03-01"}))


def test_who_holds_a_position_that_becomes_senior_passes_the_gate_or_it_is_waived_for_them(
    hr: httpx.Client, executive: httpx.Client
) -> None:
    held, person = position(hr, establish(hr), "manager"), hire(hr)
    done(appoint(hr, person, held))
    senior: dict[str, object] = {
        "title": "Head of IT",
        "grade": "senior manager",
        "reports_to": None,
        "it_management_years": "10",
        "duties": [],
    }
    refused(hr.post(f"/positions/{held}/revise", json=senior), "senior-manager-gate")
    refused(hr.post(f"/persons/{person}/waive-gate", json={"reason": "proven"}), "not-authorised", 403)
    done(executive.post(f"/persons/{person}/waive-gate", json={"reason": "proven"}))
    assert done(hr.post(f"/positions/{held}/revise", json=senior))["grade"] == "senior manager"


def test_below_a_vacant_superior_a_person_reports_to_the_nearest_holder_above(hr: httpx.Client) -> None:
    division = establish(hr)
    top = position(hr, division, "manager")
    vacant = position(hr, division, "junior manager", top)
    under = position(hr, division, "staff", vacant)
    boss = hire(hr)
    done(appoint(hr, boss, top))
    assert done(appoint(hr, hire(hr), under))["line_manager_id"] == boss
    nobody_above = position(hr, division, "staff", position(hr, division, "manager"))
    assert done(appoint(hr, hire(hr), nobody_above))["line_manager_id"] is None


def test_experience_is_shown_to_the_person_and_hr_but_not_to_colleagues(people: Running, hr: httpx.Client) -> None:
    person = hire(hr)
    experience = {"employer": "E", "role": "R", "it_management": True, "started_on": "2020-01-01"}
    body = {"experience_id": str(uuid4()), **experience}
    own = people.client(Role.STAFF, subject=person)
    done(own.post(f"/persons/{person}/record-experience", json=body))
    colleague = people.client(Role.STAFF, subject=str(uuid4()))
    assert own.get(f"/persons/{person}").json()["experience"]
    assert colleague.get(f"/persons/{person}").json()["experience"] == []
    types = [item["type"] for item in colleague.get(f"/persons/{person}/history").json()["items"]]
    assert types == ["PersonHired"]
    assert colleague.post(f"/persons/{person}/record-experience", json=body).status_code == 403


def test_a_person_and_hr_end_experience_and_take_it_back(people: Running, hr: httpx.Client) -> None:
    person, id = hire(hr), str(uuid4())
    own, colleague = (people.client(Role.STAFF, subject=subject) for subject in (person, str(uuid4())))
    work = {"employer": "E", "role": "R", "it_management": True, "started_on": "2010-01-01"}
    done(own.post(f"/persons/{person}/record-experience", json={"experience_id": id, **work}))
    done(hr.post(f"/persons/{person}/verify-experience", json={"experience_id": id, "until": "2015-12-31"}))
    end = {"experience_id": id, "ended_on": "2019-12-31"}
    refused(colleague.post(f"/persons/{person}/end-experience", json=end), "not-authorised", 403)
    done(own.post(f"/persons/{person}/end-experience", json=end))
    (ended,) = hr.get(f"/persons/{person}").json()["experience"]
    assert (ended["ended_on"], ended["verified_until"]) == ("2019-12-31", "2015-12-31")
    withdraw = {"experience_id": id}
    refused(colleague.post(f"/persons/{person}/withdraw-experience", json=withdraw), "not-authorised", 403)
    assert done(hr.post(f"/persons/{person}/withdraw-experience", json=withdraw))["experience"] == []


def test_a_position_cannot_ask_for_less_than_the_policy_which_is_changed_by_a_recorded_event(
    people: Running, hr: httpx.Client, executive: httpx.Client
) -> None:
    policy = "/staffing-policies/00000000-0000-0000-0000-000000000000"
    division = establish(hr)
    less = {"title": "CIO", "division_id": division, "grade": "executive", "it_management_years": "9"}
    refused(hr.post("/positions", json=less), "not-less-than-policy")
    refused(hr.post(f"{policy}/set-senior-experience", json={"years": "9", "reason": "r"}), "not-authorised", 403)
    done(executive.post(f"{policy}/set-senior-experience", json={"years": "9", "reason": "shortage"}))
    made(hr.post("/positions", json=less))
    done(executive.post(f"{policy}/set-senior-experience", json={"years": "10", "reason": "over"}))
    assert [item["type"] for item in hr.get(f"{policy}/history").json()["items"]] == ["StaffingPolicySet"] * 2


def test_many_commands_in_one_request_have_one_outcome_each(hr: httpx.Client) -> None:
    rows = [
        {"command": "establish_division", "body": {"name": "A", "kind": "business"}},
        {"command": "establish_division", "body": {"name": "", "kind": "business"}},
        {"command": "fly_division", "body": {}},
        {"command": "rename_division", "id": str(uuid4()), "body": {"name": "B"}},
    ]
    outcomes = done(hr.post("/commands", json={"commands": rows}))["outcomes"]
    assert isinstance(outcomes, list)
    assert [outcome["status"] for outcome in outcomes] == [201, 422, 422, 404]
    assert [outcome["changed"] for outcome in outcomes] == [True, False, False, False]


def test_who_leads_is_heard_of_by_those_who_subscribe(company_of_people: Company) -> None:
    people = company_of_people.running["people"]
    establish(people.client(Role.HR))
    company_of_people.settle()
    status = people.status()
    assert status["published"] == status["relayed"] == 1
    assert status["relay_leads"]


@pytest.fixture
def company_of_people(
    infrastructure: object, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    broker: Broker = infrastructure.broker  # type: ignore[attr-defined]
    with company(broker, fresh_database, tmp_path) as made:
        made.start(SERVICE)
        yield made


def test_who_held_a_position_before_is_found_by_an_index(people: Running) -> None:
    engine = create_engine(people.own.database_url)
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        plan = connection.scalars(text(f"EXPLAIN {past_holders.ONCE_HELD.text}"), {"position": str(uuid4())}).all()
    engine.dispose()
    assert any("appointed_to_position" in line for line in plan), plan
