"""People ask finance for money: what both of them do for it, through their own doors."""

from collections.abc import Mapping
from uuid import uuid4

import httpx

from tests.business import Business, Json, Post, done, euros, made, refused
from tests.today import TODAY

POLICY = "00000000-0000-0000-0000-000000000000"
YEARLY = {"staff": 60_000, "manager": 90_000}
MONTHS = 12 - TODAY.month + 1
"""The months of this year that are left, the one begun included."""


def cost(grade: str, months: int = MONTHS) -> int:
    """What a hire of the grade takes for so many months."""
    return YEARLY[grade] * months // 12


def switch(business: Business, *, on: bool) -> None:
    """Let people ask finance for money from now on, or no more."""
    done(business.hr.post(f"/staffing-policies/{POLICY}/switch-funding", json={"on": on, "reason": "As agreed."}))


def state_rates(business: Business) -> None:
    """State what a grade is reckoned to cost."""
    card = [{"grade": grade, "cost": euros(yearly)} for grade, yearly in YEARLY.items()]
    done(business.controller.post(f"/finance-policies/{POLICY}/set", json={"rate_card": card, "reason": "As agreed."}))


def budget_of(business: Business, division: str, amounts: Mapping[str, int], parent: str | None = None) -> str:
    """A division's approved budget of this year, with these categories."""
    usual = {"cost_kind": "opex", "purpose": "run", "spread": ["100"]}
    lines = [{"category": name, "amount": euros(amount), **usual} for name, amount in amounts.items()]
    body = {"division_id": division, "fiscal_year": TODAY.year, "currency": "EUR", "parent_budget_id": parent}
    budget = made(business.controller.post("/division-budgets", json=body | {"lines": lines}))
    done(business.controller.post(f"/division-budgets/{budget}/submit", json={}))
    done(business.executive.post(f"/division-budgets/{budget}/approve", json={}))
    return budget


def charged(business: Business, budget: str, category: str) -> Json:
    """What is charged to a category of a budget, without what is 0."""
    sums = done(business.controller.get(f"/division-budgets/{budget}"))["charged"].get(category, {})
    return {name: int(float(amount)) for name, amount in sums.items() if float(amount)}


def reservation(business: Business, id: str) -> Json:
    return done(business.controller.get(f"/reservations/{id}"))


def vacancy(business: Business, position: str, lead: Post) -> str:
    """A vacancy that was approved, by whom is above it."""
    id = made(business.hr.post("/vacancies", json={"position_id": position, "reason": "We grow."}))
    approve_vacancy(business, id, lead)
    return id


def approve_vacancy(business: Business, id: str, lead: Post) -> None:
    done(business.as_person("people", lead).post(f"/vacancies/{id}/approve", json={}))


def revise_grade(business: Business, position: str, grade: str, lead: Post) -> None:
    said = {"title": "Engineer", "grade": grade, "reports_to": lead.position, "it_management_years": "0", "duties": []}
    done(business.hr.post(f"/positions/{position}/revise", json=said))


def fill(business: Business, id: str, lead: Post) -> str:
    """An offer for the vacancy is accepted; the candidate."""
    hr, candidate = business.hr, str(uuid4())
    applied = {"vacancy_id": id, "candidate_id": candidate, "name": "Grace", "contact": f"Street {candidate}"}
    path = f"/candidacies/{made(hr.post('/candidacies', json=applied))}"
    talk = {"interview_id": str(uuid4())}
    named: Json = talk | {"takes_place_on": str(TODAY), "interviewers": [lead.person]}
    for step, body in (("schedule-interview", named), ("record-interview", talk)):
        done(hr.post(f"{path}/{step}", json=body))
    done(hr.post(f"{path}/make-offer", json={"expires_on": str(TODAY)}))
    done(hr.post(f"{path}/accept-offer", json={}))
    return path


def join(business: Business, candidacy: str, position: str) -> Post:
    """The candidate starts today."""
    person = str(done(business.hr.get(candidacy))["candidate_id"])
    done(business.hr.post(f"{candidacy}/agree-start-day", json={"starts_on": str(TODAY)}))
    done(business.hr.post(f"{candidacy}/hire", json={}))
    return Post(person, position)


def session(business: Business, division: str, fee: int, starts_on: str = str(TODAY)) -> str:
    """A session of a new programme that the division pays."""
    course: Json = {"title": f"Kafka {uuid4().hex[:6]}", "hours": "16", "skills": [{"skill": "Kafka", "level": 3}]}
    programme = made(business.hr.post("/training-programmes", json=course))
    done(business.hr.post(f"/training-programmes/{programme}/publish", json={}))
    terms = {"programme_id": programme, "division_id": division, "cost": euros(fee), "seats": 3}
    when = {"starts_on": starts_on, "ends_on": starts_on, "place": "Room 4", "provider": "Acme"}
    return made(business.hr.post("/training-sessions", json=terms | when))


def tool(business: Business, division: str, worker: Post, above: Post, price: int) -> str:
    """A tool for somebody, approved by whom is above them."""
    wanted: Json = {"name": "Laptop", "kind": "equipment", "cost": euros(price), "division_id": division}
    asked = wanted | {"person_id": worker.person, "reason": "To work."}
    id = made(business.as_person("people", worker).post("/tools", json=asked))
    approve_tool(business, id, above)
    return id


def approve_tool(business: Business, id: str, above: Post) -> None:
    done(business.as_person("people", above).post(f"/tools/{id}/approve", json={}))


def desk(client: httpx.Client, id: str) -> list[str]:
    """What a record asks of somebody, on their desk."""
    return [each["what"] for each in done(client.get("/desk"))["decisions"] if each["id"] == id]


def waits(business: Business, path: str, why: str, body: Json | None = None) -> None:
    """Nothing goes on without finance's promise, and people say why."""
    said = refused(business.hr.post(path, json=body or {}), "funded")
    assert why in said["detail"]
