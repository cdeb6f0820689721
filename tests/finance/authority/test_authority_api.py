"""Authority over HTTP: the matrix, who could approve, stand-ins and certificates as people tells of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import people
from contracts.roles import Role
from tests.business import Json, Post, done, euros, made, refused
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY

MATRIX = f"/authority-matrices/{UUID(int=0)}"
POLICY = f"/finance-policies/{UUID(int=0)}/set"
ENTRIES = [
    {"grade": "manager", "up_to": euros(100)},
    {"grade": "senior manager", "up_to": euros(1000), "second_above": "500"},
    {"role": "executive", "up_to": euros(10000)},
]


def put(business: FinanceAlone, entries: list[Json]) -> None:
    """A matrix that holds from today on: the last one is ended first, as one day has one version."""
    said = {"valid_from": str(TODAY), "entries": entries, "reason": "As agreed."}
    done(business.controller.post(f"{MATRIX}/set", json=said))
    done(business.executive.post(f"{MATRIX}/approve", json={"valid_from": str(TODAY)}))


@pytest.fixture(scope="module")
def matrix(business: FinanceAlone) -> None:
    put(business, ENTRIES)


@pytest.fixture
def certificates(business: FinanceAlone) -> Iterator[None]:
    """Who approves by their grade holds a certificate."""
    done(business.controller.post(POLICY, json={"budget_certificate": True, "reason": "As agreed."}))
    yield
    done(business.controller.post(POLICY, json={"budget_certificate": False, "reason": "As it was."}))


def certify(business: FinanceAlone, post: Post, days: int) -> str:
    """A certificate of budget management that expires in so many days."""
    scheme, certificate = uuid4(), uuid4()
    defined = people.CertificateSchemeDefined(
        name="Budgets", issuer="CIMA", valid_months=12, renewal=None, budget_management=True
    )
    business.neighbours.tell("people", f"certificate-scheme-{scheme}", defined)
    awarded = people.CertificateAwarded(
        certificate_id=certificate, scheme_id=scheme, effective_on=TODAY, expires_on=TODAY + timedelta(days=days)
    )
    business.neighbours.tell("people", f"qualifications-{post.person}", awarded)
    business.settle()
    return str(certificate)


def who_could(client: httpx.Client, amount: int, **more: Any) -> Json:
    found: Json = done(client.get("/authority", params={"amount": amount, "currency": "EUR", **more}))
    return found


def test_who_set_the_matrix_does_not_approve_it_and_it_waits_on_the_desk_of_another(business: FinanceAlone) -> None:
    day = str(TODAY + timedelta(days=30))
    said = {"valid_from": day, "entries": ENTRIES, "reason": "As agreed."}
    assert business.executive.post(f"{MATRIX}/set", json=said).status_code == 403
    done(business.controller.post(f"{MATRIX}/set", json=said))
    refused(business.controller.post(f"{MATRIX}/approve", json={"valid_from": day}), "setter-is-not-approver", 403)

    def waiting(client: httpx.Client) -> list[str]:
        return [each["due_on"] for each in done(client.get("/desk"))["decisions"] if "matrix" in each["what"]]

    assert (waiting(business.executive), waiting(business.controller)) == ([day], [])
    done(business.executive.post(f"{MATRIX}/approve", json={"valid_from": day}))
    assert waiting(business.executive) == []
    assert who_could(business.controller, 50, on=day)["in_force"] is True
    done(business.controller.post(f"{MATRIX}/withdraw", json={"valid_from": day, "reason": "Not yet."}))


@pytest.mark.usefixtures("matrix")
def test_who_could_is_named_by_grade_and_role_and_by_name_for_who_spends_there(business: FinanceAlone) -> None:
    above, chief = business.headed()
    division, head = business.headed(above)
    manager, clerk = business.post(division, "manager"), business.post(division, "staff")
    business.settle()
    found = who_could(business.controller, 600, division_id=division)
    could = [(each["entry"]["grade"] or each["entry"]["role"], each["second_approver"]) for each in found["could"]]
    assert could == [("senior manager", True), ("executive", False)]
    assert [each["id"] for each in found["persons"]] == [head.person, chief.person]
    small = who_could(business.system("finance", Role.STAFF, subject=head.person), 100, division_id=division)
    assert {each["id"] for each in small["persons"]} == {head.person, chief.person, manager.person}
    stranger = business.system("finance", Role.STAFF, subject=clerk.person)
    assert who_could(stranger, 600, division_id=division)["persons"] is None
    assert who_could(stranger, 600, division_id=division)["could"] == found["could"]
    assert who_could(business.controller, 10001)["could"] == []


@pytest.mark.usefixtures("matrix", "certificates")
def test_who_holds_no_certificate_could_not_where_policy_asks_for_one(business: FinanceAlone) -> None:
    division, head = business.headed()

    def persons(**more: str) -> list[str]:
        found = who_could(business.controller, 600, division_id=division, **more)
        return [each["id"] for each in found["persons"]]

    assert persons() == []
    certify(business, head, 30)
    assert persons(on=str(TODAY + timedelta(days=29))) == [head.person]
    assert persons(on=str(TODAY + timedelta(days=30))) == []


def test_a_stand_in_acts_within_their_days_and_nobody_else(business: FinanceAlone) -> None:
    division, head = business.headed()
    deputy = business.post(division, "staff")
    business.settle()
    client = business.system("finance", Role.STAFF, subject=deputy.person)
    instead = {"portolan-for": head.person}
    refused(client.get("/desk", headers=instead), "stands-in", 403)
    ended = people.StandInNamed(
        stand_in_id=UUID(deputy.person), effective_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=2)
    )
    business.neighbours.tell("people", f"person-{head.person}", ended)
    business.settle()
    refused(client.get("/desk", headers=instead), "stands-in", 403)
    now = people.StandInNamed(stand_in_id=UUID(deputy.person), effective_on=TODAY, ends_on=TODAY + timedelta(days=2))
    business.neighbours.tell("people", f"person-{head.person}", now)
    business.settle()
    wait_until(lambda: client.get("/desk", headers=instead).status_code == 200, "the stand-in is known")


@pytest.mark.usefixtures("matrix")
def test_an_expense_is_approved_within_the_limit_and_by_a_second_person_above_an_amount(business: FinanceAlone) -> None:
    above, chief = business.headed()
    division, head = business.headed(above)
    manager = business.post(division, "manager")
    business.settle()
    budget = business.division_budget(division, 5000)
    mine, heads, chiefs = (
        business.system("finance", Role.MANAGER, subject=each.person) for each in (manager, head, chief)
    )

    def submitted(amount: int) -> str:
        path, said = f"/expenses/{uuid4()}", {"division_budget_id": budget, "category": "software"}
        more = {"amount": euros(amount), "reference": "Invoice 9", "occurred_on": str(TODAY)}
        done(business.controller.post(f"{path}/submit", json=said | more))
        return path

    def waits(client: httpx.Client, path: str) -> bool:
        return path in [each["href"] for each in done(client.get("/desk"))["decisions"]]

    small, large = submitted(100), submitted(600)
    assert done(mine.post(f"{small}/approve", json={}))["status"] == "approved"
    answer = refused(mine.post(f"{large}/approve", json={}), "authority-limit", 403)
    assert "up to 100 EUR" in answer["detail"]
    assert "senior manager or higher (up to 1,000 EUR)" in answer["remedy"]
    rehearsed = mine.post(f"{large}/approve", json={}, headers={"prefer": "dry-run"})
    assert refused(rehearsed, "authority-limit", 403)["detail"] == answer["detail"]
    actions = {each["name"]: each for each in done(mine.get(f"{large}/actions"))["actions"]}
    assert (actions["approve"]["allowed"], actions["approve"]["rule"]) == (False, "authority-limit")
    assert waits(heads, large)
    assert done(heads.post(f"{large}/approve", json={}))["status"] == "submitted"
    assert not waits(heads, large)
    refused(heads.post(f"{large}/approve", json={}), "second-approver-is-another", 403)
    assert waits(chiefs, large)
    assert done(chiefs.post(f"{large}/approve", json={}))["status"] == "approved"


@pytest.mark.usefixtures("matrix")
def test_an_order_waits_for_somebody_with_authority_who_did_not_draft_it(business: FinanceAlone) -> None:
    above, chief = business.headed()
    division, head = business.headed(above)
    manager = business.post(division, "manager")
    business.settle()
    budget = business.division_budget(division, 5000)
    mine, heads, chiefs = (
        business.system("finance", Role.MANAGER, subject=each.person) for each in (manager, head, chief)
    )
    said = {"division_budget_id": budget, "category": "software", "amount": euros(600), "reference": "Order 7"}
    path = f"/commitments/{made(heads.post('/commitments', json=said))}"

    def waiting(client: httpx.Client) -> list[str]:
        return [each["what"] for each in done(client.get("/desk"))["decisions"] if each["href"] == path]

    done(heads.post(f"{path}/plan", json={}))
    answer = refused(heads.post(f"{path}/place-order", json={}), "order-approved")
    assert "senior manager or higher (up to 1,000 EUR)" in answer["remedy"]
    refused(heads.post(f"{path}/approve", json={}), "drafter-is-not-approver", 403)
    refused(mine.post(f"{path}/approve", json={}), "authority-limit", 403)
    assert (waiting(heads), waiting(chiefs)) == ([], ["approve the order"])
    done(chiefs.post(f"{path}/approve", json={}))
    assert waiting(chiefs) == []
    refused(heads.post(f"{path}/place-order", json={}), "order-approved")
    done(business.executive.post(f"{path}/approve", json={}))
    assert waiting(heads) == ["place the approved order"]
    assert done(heads.post(f"{path}/place-order", json={}))["status"] == "committed"
    assert waiting(heads) == []
