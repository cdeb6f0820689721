"""Finance over HTTP: who may do what, money that cannot be spent twice however many ask, transfers, history."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Business, Json, Team, at_once, done, draft, euros, items, made, on_budget, ordered, refused
from tests.today import TODAY

TOKENS = [role for role in Role if role is not Role.SYSTEM]
CONTROLLER = {Role.FINANCE_CONTROLLER}
APPROVERS = CONTROLLER | {Role.EXECUTIVE}
STATING = CONTROLLER | {Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR}
ANOTHER = str(uuid4())
ESTIMATE = {"estimate": euros(10), "basis": "stated", "as_of": str(TODAY), "reason": "Offer."}
OF_PROJECTS: dict[str, tuple[set[Role], Json]] = {
    "confirm-funding": (CONTROLLER, {"granted": euros(1), "contingency": euros(0)}),
    "refuse-funding": (CONTROLLER, {"reason": "No money."}),
    "supplement": (CONTROLLER, {"amount": euros(1), "reason": "More."}),
    "close": (CONTROLLER, {}),
    "state-estimate": (STATING, ESTIMATE),
    "take-over": (STATING, {"division_id": ANOTHER, "granted": euros(1), "source": "Ledger"}),
    "open": (set(), {"division_id": ANOTHER, "asked": euros(1)}),
    "charge": (set(), {"category": "all", "currency": "EUR"}),
}
TRANSFER = {"transfer_id": ANOTHER, "other_budget_id": ANOTHER, "amount": euros(1), "reason": "Move."}
OF_DIVISIONS: dict[str, tuple[set[Role], Json]] = {
    "submit": (APPROVERS, {}),
    "redraft": (APPROVERS, {"currency": "EUR", "lines": draft(ANOTHER, 2)["lines"]}),
    "approve": (APPROVERS, {}),
    "return": (APPROVERS, {"reason": "Too much."}),
    "supplement": (APPROVERS, {"amount": euros(1), "reason": "More."}),
    "transfer-out": (APPROVERS, TRANSFER),
    "close": (APPROVERS, {}),
    "receive-transfer": (set(), TRANSFER),
}


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    """One team for all tests; its division has no budget, so projects are granted money from none."""
    return business.team()


@pytest.fixture(scope="module")
def clients(business: Business) -> dict[Role, httpx.Client]:
    """A client for each role, whose person has no part in any project."""
    return {role: business.system("finance", role, subject=str(uuid4())) for role in TOKENS}


@pytest.fixture
def controller(business: Business) -> httpx.Client:
    return business.controller


@pytest.fixture
def project(business: Business, team: Team) -> str:
    """A project with 1,000 EUR."""
    return business.funded(team, euros(1000))


def may(response: httpx.Response) -> bool:
    """Whether the caller was let through, whatever the rules said then."""
    assert response.status_code in (200, 201, 403, 409), response.text
    return response.status_code != 403 or response.json()["rule"] != "not-authorised"


def read(client: httpx.Client, project: str) -> Json:
    return done(client.get(f"/project-budgets/{project}"))


def history(client: httpx.Client, budget: str, path: str = "project-budgets") -> list[Json]:
    return items(client.get(f"/{path}/{budget}/history"))


def amount(money: Any) -> Decimal:
    return Decimal(money["amount"])


def division_budget(client: httpx.Client, budget: str) -> Json:
    return done(client.get(f"/division-budgets/{budget}"))


def transfer(client: httpx.Client, source: str, to: str, sum: int, id: str | None = None) -> httpx.Response:
    body = TRANSFER | {"transfer_id": id or str(uuid4()), "other_budget_id": to, "amount": euros(sum)}
    return client.post(f"/division-budgets/{source}/transfer-out", json=body)


@pytest.mark.parametrize("command", OF_PROJECTS)
def test_a_role_lets_through_those_whose_task_a_projects_money_is(
    clients: dict[Role, httpx.Client], business: Business, team: Team, command: str
) -> None:
    allowed, body = OF_PROJECTS[command]
    project = business.approved(team)
    assert {role for role in TOKENS if may(on_budget(clients[role], project, command, **body))} == allowed


@pytest.mark.parametrize("command", OF_DIVISIONS)
def test_a_role_lets_through_those_whose_task_a_divisions_money_is(
    clients: dict[Role, httpx.Client], controller: httpx.Client, command: str
) -> None:
    allowed, body = OF_DIVISIONS[command]
    budget = made(controller.post("/division-budgets", json=draft(str(uuid4()), 1)))
    let_through = {
        role for role in TOKENS if may(clients[role].post(f"/division-budgets/{budget}/{command}", json=body))
    }
    assert let_through == allowed


def test_managers_draft_division_budgets(clients: dict[Role, httpx.Client]) -> None:
    asked = {role: clients[role].post("/division-budgets", json=draft(str(uuid4()), 1)) for role in TOKENS}
    assert {role for role, response in asked.items() if may(response)} == APPROVERS


def test_nobody_approves_what_they_submitted(controller: httpx.Client, business: Business) -> None:
    budget = made(controller.post("/division-budgets", json=draft(str(uuid4()), 10)))
    path = f"/division-budgets/{budget}"
    refused(business.executive.post(f"{path}/approve", json={}), "only-submitted")
    done(controller.post(f"{path}/submit", json={}))
    refused(controller.post(f"{path}/approve", json={}), "submitter-is-not-approver", 403)
    assert done(business.executive.post(f"{path}/approve", json={}))["status"] == "approved"
    submitted = next(
        event for event in history(controller, budget, "division-budgets") if "submitted_by" in event["data"]
    )
    assert submitted["actor"] == submitted["data"]["submitted_by"]


def test_a_division_has_one_budget_a_year(controller: httpx.Client) -> None:
    division = str(uuid4())
    made(controller.post("/division-budgets", json=draft(division, 10, 2026)))
    again = controller.post("/division-budgets", json=draft(division, 20, 2026))
    assert (again.status_code, again.json()["rule"]) == (409, "already-taken")
    made(controller.post("/division-budgets", json=draft(division, 10, 2027)))


def test_a_year_drafted_by_many_at_once_has_one_budget(controller: httpx.Client) -> None:
    division = str(uuid4())
    answers = at_once([lambda: controller.post("/division-budgets", json=draft(division, 10))] * 6)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


def test_projects_that_draw_on_one_division_budget_at_once_never_exceed_it(business: Business) -> None:
    team = business.team()
    budget = business.division_budget(team.division, 1000)
    below = made(business.controller.post("/division-budgets", json=draft(str(uuid4()), 300, parent=budget)))
    elsewhere = business.division_budget(str(uuid4()), 1)
    done(business.controller.post(f"/division-budgets/{below}/submit", json={}))
    projects = [business.approved(team, euros(300)) for _ in range(14)]
    grants = [partial(business.fund, project, euros(300), budget) for project in projects]
    approve = partial(business.executive.post, f"/division-budgets/{below}/approve", json={})
    answers = at_once([*grants, approve, partial(transfer, business.controller, budget, elsewhere, 300)])
    assert [answer.status_code for answer in answers].count(200) == 3
    assert {answer.json()["rule"] for answer in answers if answer.status_code != 200} == {"exceeds-division-budget"}
    late = business.fund(projects[0], euros(101), budget)
    assert late.json()["rule"] in {"exceeds-division-budget", "only-when-asked"}


def test_supplements_at_once_stay_within_the_division_budget_too(business: Business) -> None:
    team = business.team()
    budget = business.division_budget(team.division, 1000)
    projects = [business.approved(team, euros(100)) for _ in range(2)]
    for project in projects:
        done(business.fund(project, euros(100), budget))
    body = {"amount": euros(150), "reason": "More.", "division_budget_id": budget}
    answers = at_once(
        [partial(on_budget, business.controller, project, "supplement", **body) for project in projects * 4]
    )
    assert [answer.status_code for answer in answers].count(200) == 5
    granted = sum(amount(read(business.controller, project)["granted"]) for project in projects)
    assert granted == 2 * 100 + 5 * 150


def test_money_is_granted_from_the_divisions_budget_where_it_has_one(business: Business) -> None:
    team = business.team()
    budget = business.division_budget(team.division, 1000)
    project = business.approved(team, euros(400))
    refused(business.fund(project, euros(400)), "division-budget-named")
    body = {"granted": euros(400), "contingency": euros(401), "division_budget_id": budget}
    refused(on_budget(business.controller, project, "confirm-funding", **body), "contingency-within-budget")
    granted = done(business.fund(project, euros(400), budget))
    assert granted["allotments"] == {budget: euros(400)}
    refused(business.fund(project, euros(400), budget), "only-when-asked")


def test_a_transfer_changes_both_budgets_at_once(business: Business, controller: httpx.Client) -> None:
    source, to = (business.division_budget(str(uuid4()), 1000) for _ in range(2))
    id = str(uuid4())
    assert done(transfer(controller, source, to, 400, id))["current"] == euros(600)
    assert done(transfer(controller, source, to, 400, id))["current"] == euros(600), "a repeated transfer is one"
    received = division_budget(controller, to)
    assert received["current"] == euros(1400)
    assert received["transfers"] == {id: {"other_budget_id": source, "amount": euros(400)}}
    sent, arrived = history(controller, source, "division-budgets")[-1], history(controller, to, "division-budgets")[-1]
    for shared in ("actor", "correlation_id", "recorded_at"):
        assert arrived[shared] == sent[shared]
    refused(transfer(controller, source, to, 1, id), "transfer-differs")
    refused(transfer(controller, source, to, 601), "exceeds-division-budget")
    refused(transfer(controller, source, source, 1), "two-budgets")
    drafted = made(controller.post("/division-budgets", json=draft(str(uuid4()), 1)))
    refused(transfer(controller, source, drafted, 1), "receiver-approved")


def test_a_transfer_the_receiver_cannot_take_is_refused_and_changes_neither(
    business: Business, controller: httpx.Client
) -> None:
    parent = business.division_budget(str(uuid4()), 500)
    full = business.division_budget(str(uuid4()), 500, parent=parent)
    source = business.division_budget(str(uuid4()), 1000)
    problem = refused(transfer(controller, source, full, 300), "exceeds-division-budget")
    assert "the parent budget" in problem["detail"]
    assert division_budget(controller, source)["current"] == euros(1000)
    assert division_budget(controller, full)["current"] == euros(500)


def test_a_transfer_between_two_budgets_of_a_full_parent_needs_no_room_there(
    business: Business, controller: httpx.Client
) -> None:
    parent = business.division_budget(str(uuid4()), 1000)
    one = business.division_budget(str(uuid4()), 600, parent=parent)
    other = business.division_budget(str(uuid4()), 400, parent=parent)
    assert done(transfer(controller, one, other, 100))["current"] == euros(500)
    assert division_budget(controller, other)["current"] == euros(500)


def test_what_a_parent_sends_to_a_budget_below_it_counts_there_and_is_gone_here(
    business: Business, controller: httpx.Client
) -> None:
    parent = business.division_budget(str(uuid4()), 1000)
    child = business.division_budget(str(uuid4()), 400, parent=parent)
    refused(transfer(controller, parent, child, 301), "exceeds-division-budget")
    assert done(transfer(controller, parent, child, 300))["current"] == euros(700)
    assert division_budget(controller, child)["current"] == euros(700)


def test_transfers_back_and_forth_at_once_lose_nothing(business: Business, controller: httpx.Client) -> None:
    one, other = (business.division_budget(str(uuid4()), 1000) for _ in range(2))
    there = [lambda: transfer(controller, one, other, 300)] * 5
    back = [lambda: transfer(controller, other, one, 170)] * 5
    at_once([*there, *back])
    currents = [amount(division_budget(controller, budget)["current"]) for budget in (one, other)]
    assert sum(currents) == 2000
    assert min(currents) >= 0


def test_budgets_below_a_parent_stay_within_it(business: Business, controller: httpx.Client) -> None:
    parent = business.division_budget(str(uuid4()), 1000)
    business.division_budget(str(uuid4()), 700, parent=parent)
    body = draft(str(uuid4()), 301, parent=parent)
    child = made(controller.post("/division-budgets", json=body))
    done(controller.post(f"/division-budgets/{child}/submit", json={}))
    problem = refused(business.executive.post(f"/division-budgets/{child}/approve", json={}), "exceeds-division-budget")
    assert "300 EUR" in problem["remedy"]
    done(business.executive.post(f"/division-budgets/{child}/return", json={"reason": "Too much."}))
    lines = draft(child, 300)["lines"]
    redraft = {"currency": "EUR", "parent_budget_id": parent, "lines": lines}
    done(controller.post(f"/division-budgets/{child}/redraft", json=redraft))
    done(controller.post(f"/division-budgets/{child}/submit", json={}))
    done(business.executive.post(f"/division-budgets/{child}/approve", json={}))


def test_a_budget_can_be_read_as_it_was_known_and_names_who_acted(
    business: Business, team: Team, controller: httpx.Client, project: str
) -> None:
    senior = business.as_person("finance", team.senior)
    ordered(senior, project, 10)
    opened, confirmed, committed = history(controller, project)
    assert [event["type"] for event in (opened, confirmed, committed)] == [
        "ProjectBudgetOpened",
        "ProjectFundingConfirmed",
        "ProjectBudgetCharged",
    ]
    actors = [event["actor"] for event in (opened, confirmed, committed)]
    assert actors[0] == "system:finance"
    assert actors[2] == team.senior.person
    known = [
        done(controller.get(f"/project-budgets/{project}", params={"known_at": event["recorded_at"]}))
        for event in (opened, confirmed, committed)
    ]
    assert [budget["status"] for budget in known] == ["asked", "funded", "funded"]
    assert [budget["available"] for budget in known] == [euros(0), euros(1000), euros(990)]


def test_lists_filter_and_sort(business: Business, controller: httpx.Client) -> None:
    division = str(uuid4())
    budgets = {
        year: made(controller.post("/division-budgets", json=draft(division, 10, year))) for year in (2028, 2026, 2027)
    }
    done(controller.post(f"/division-budgets/{budgets[2027]}/submit", json={}))

    def years(**asked: str) -> list[int]:
        found = items(controller.get("/division-budgets", params={"division_id": division, **asked}))
        return [budget["fiscal_year"] for budget in found]

    assert years(sort="fiscal_year") == [2026, 2027, 2028]
    assert years(sort="-fiscal_year") == [2028, 2027, 2026]
    assert years(status="submitted") == [2027]
    assert years(fiscal_year="2028") == [2028]


def test_what_other_systems_granted_is_stated_once_and_corrected(business: Business, team: Team) -> None:
    project, office = str(uuid4()), business.system("finance", Role.PORTFOLIO_OFFICE)
    stated = {"division_id": team.division, "granted": euros(500), "source": "Ledger"}
    first = done(on_budget(office, project, "take-over", **stated))
    assert (first["status"], first["granted"], first["version"]) == ("funded", euros(500), 1)
    assert done(on_budget(office, project, "take-over", **stated))["version"] == 1
    assert done(on_budget(office, project, "take-over", **stated | {"granted": euros(400)}))["available"] == euros(400)
    differs = on_budget(office, project, "take-over", **stated | {"division_id": str(uuid4())})
    refused(differs, "division-differs")
