"""What a caller is told they may do is what happens when they do it: every action of finance, for many callers."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.roles import Role
from services.finance.app import AGGREGATES
from tests import plain_http
from tests.actions import compare_creations, compare_records
from tests.business import Team, done, draft, euros, made, on_budget
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

Callers = Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def team(business: FinanceAlone) -> Team:
    return business.team()


@pytest.fixture(scope="module")
def anybody(business: FinanceAlone) -> Iterator[httpx.Client]:
    with plain_http.client(base_url=business.company.running["finance"].url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def callers(business: FinanceAlone, team: Team) -> Callers:
    """Who answers for the projects, the delegate of one, a colleague, and each role held by none of them."""
    who = {name: (getattr(team, name).person, Role.STAFF) for name in ("senior", "manager", "sponsor")}
    who |= {f"role {role}": (str(uuid4()), role) for role in Role if role is not Role.SYSTEM}
    token = business.company.issuer.token
    return {name: {"authorization": f"Bearer {token(person, [role])}"} for name, (person, role) in who.items()}


@pytest.fixture(scope="module")
def project_budgets(business: FinanceAlone, team: Team) -> Mapping[str, str]:
    """A project's budget that is asked for, one granted and delegated, one closed."""
    found = {"asked": business.approved(team), "granted": business.funded(team), "closed": business.funded(team)}
    business.delegation_offered(found["granted"], team.senior, team.manager)
    business.delegation_accepted(found["granted"], team.manager)
    done(on_budget(business.controller, found["closed"], "close"))
    return found


@pytest.fixture(scope="module")
def division_budgets(business: FinanceAlone) -> Mapping[str, str]:
    """A division's budget in each of some states."""
    found = {}
    for state, commands in {"draft": (), "submitted": ("submit",), "approved": ("submit", "approve")}.items():
        id = found[state] = made(business.executive.post("/division-budgets", json=draft(str(uuid4()), 100)))
        for command, client in zip(commands, (business.executive, business.controller), strict=False):
            done(client.post(f"/division-budgets/{id}/{command}", json={}))
    return found


def test_actions_of_spending_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: FinanceAlone, anybody: httpx.Client, callers: Callers
) -> None:
    budget, expense = business.division_budget(str(uuid4()), 100), str(uuid4())
    charged = {"division_budget_id": budget, "category": "software", "amount": euros(5), "reference": "Order 7"}
    order = made(business.controller.post("/commitments", json=charged))
    submitted = charged | {"occurred_on": "2026-01-15"}
    done(business.controller.post(f"/expenses/{expense}/submit", json=submitted))
    policy = str(UUID(int=0))
    body = {"annual": "stop", "cumulative": "warn", "reason": "As agreed."}
    done(business.executive.post(f"/finance-policies/{policy}/set", json=body))
    known = {"commitments": order, "expenses": expense, "finance-policies": policy}
    for path, id in known.items():
        outcomes = compare_records(anybody, AGGREGATES, {path: id}, callers)
        assert outcomes["refused"] > 5, (path, outcomes)
        assert outcomes.total() > outcomes["refused"], (path, outcomes)


def test_actions_of_benefit_confirmations_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: FinanceAlone, anybody: httpx.Client, callers: Callers
) -> None:
    id, body = str(uuid4()), {"evidence": "Ledger 4711.", "confirmed_on": "2026-01-15"}
    done(business.controller.post(f"/benefit-confirmations/{id}/confirm", json=body))
    outcomes = compare_records(anybody, AGGREGATES, {"benefit-confirmations": id}, callers)
    assert outcomes["refused"] > 10, outcomes
    assert outcomes["by its body"] == 2, outcomes


@pytest.mark.parametrize("steps", [(), (("validate", {"evidence": "The contract."}), ("commit", {}))])
def test_actions_of_savings_measures_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: FinanceAlone, anybody: httpx.Client, callers: Callers, steps: Sequence[tuple[str, Mapping[str, str]]]
) -> None:
    division, head = business.headed()
    measure = {"name": "One licence", "kind": "cashable", "division_id": division, "owner_id": head.person}
    amounts = {"baseline": euros(1000), "expected": euros(400), "due_on": str(TODAY)}
    id = made(business.controller.post("/savings-measures", json=measure | amounts))
    for command, body in steps:
        done(business.controller.post(f"/savings-measures/{id}/{command}", json=body))
    token = business.company.issuer.token(head.person, [Role.STAFF])
    whole = {**callers, "owner": {"authorization": f"Bearer {token}"}}
    outcomes = compare_records(anybody, AGGREGATES, {"savings-measures": id}, whole)
    assert outcomes["refused"] > 50, outcomes
    assert outcomes.total() > outcomes["refused"], outcomes


def test_actions_of_income_sources_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: FinanceAlone, anybody: httpx.Client, callers: Callers
) -> None:
    division, head = business.headed()
    period = {"start": str(TODAY), "end": str(TODAY)}
    body = {"division_id": division, "name": "Hosting", "currency": "EUR", "period": period}
    id = made(business.controller.post("/income-sources", json=body))
    token = business.company.issuer.token(head.person, [Role.STAFF])
    whole = {**callers, "head": {"authorization": f"Bearer {token}"}}
    outcomes = compare_records(anybody, AGGREGATES, {"income-sources": id}, whole)
    assert outcomes["refused"] > 50, outcomes
    assert outcomes["by its body"] > 5, outcomes


@pytest.mark.parametrize("steps", [(), ("calculate", "issue")])
def test_actions_of_charge_backs_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    business: FinanceAlone, anybody: httpx.Client, callers: Callers, steps: Sequence[str]
) -> None:
    (division, _), (receiver, head) = business.headed(), business.headed()
    values = [{"division_id": receiver, "value": "1"}]
    pool = {"name": "Servers", "division_id": None, "amount": euros(9), "driver": "users", "values": values}
    period = {"start": str(TODAY), "end": str(TODAY)}
    body = {"division_id": division, "name": "IT services", "period": period, "currency": "EUR", "method": "direct"}
    charge = body | {"receivers": [receiver], "pools": [pool]}
    id = made(business.controller.post("/charge-backs", json=charge))
    for command in steps:
        done(business.controller.post(f"/charge-backs/{id}/{command}", json={}))
    token = business.company.issuer.token(head.person, [Role.STAFF])
    whole = {**callers, "head": {"authorization": f"Bearer {token}"}}
    outcomes = compare_records(anybody, AGGREGATES, {"charge-backs": id}, whole)
    assert outcomes["refused"] > 50, outcomes
    assert outcomes.total() > outcomes["refused"], outcomes


@pytest.mark.parametrize(
    ("path", "state"),
    [
        *(("project-budgets", state) for state in ("asked", "granted", "closed")),
        *(("division-budgets", state) for state in ("draft", "submitted", "approved")),
    ],
)
def test_actions_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    project_budgets: Mapping[str, str],
    division_budgets: Mapping[str, str],
    anybody: httpx.Client,
    callers: Callers,
    path: str,
    state: str,
) -> None:
    known = {"project-budgets": project_budgets, "division-budgets": division_budgets}[path]
    outcomes = compare_records(anybody, AGGREGATES, {path: known[state]}, callers)
    assert outcomes["refused"] > {"project-budgets": 50, "division-budgets": 20}[path], outcomes
    assert outcomes.total() > outcomes["refused"], outcomes


def test_what_creates_a_record_is_told_without_an_id(anybody: httpx.Client, callers: Callers) -> None:
    outcomes = compare_creations(anybody, AGGREGATES, callers)
    assert min(outcomes.values()) > 5, outcomes
