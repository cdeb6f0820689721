"""Spending of a project's money over HTTP: who may, four eyes, overdraw, overruns, what other systems have, closing."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import httpx
import pytest

from contracts import portfolio
from contracts.roles import Role
from tests.business import (
    Business,
    Json,
    Team,
    at_once,
    done,
    euros,
    items,
    made,
    not_authorised,
    on_budget,
    order,
    ordered,
    refused,
    submitted,
)
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY


@pytest.fixture(scope="module")
def team(business: FinanceAlone) -> Team:
    """One team for all tests; its division has no budget, so projects are granted money from none."""
    return business.team()


@pytest.fixture
def project(business: Business, team: Team) -> str:
    """A project with 1,000 EUR."""
    return business.funded(team, euros(1000))


@pytest.fixture
def controller(business: Business) -> httpx.Client:
    return business.controller


def read(client: httpx.Client, project: str) -> Json:
    return done(client.get(f"/project-budgets/{project}"))


def place(client: httpx.Client, id: str) -> httpx.Response:
    return client.post(f"/commitments/{id}/place-order", json={})


def drafts(client: httpx.Client, project: str, amounts: list[int]) -> list[str]:
    return [made(client.post("/commitments", json=order(project, amount))) for amount in amounts]


def figures(client: httpx.Client, project: str) -> list[Decimal]:
    """What is planned, committed, spent and available."""
    budget = read(client, project)
    return [Decimal(budget[name]["amount"]) for name in ("planned", "committed", "spent", "available")]


def history(client: httpx.Client, project: str) -> list[str]:
    return [event["type"] for event in items(client.get(f"/project-budgets/{project}/history"))]


def test_an_order_is_planned_placed_invoiced_and_taken_back(
    business: Business, controller: httpx.Client, project: str
) -> None:
    (id,) = drafts(controller, project, [600])
    assert figures(controller, project) == [0, 0, 0, 1000]
    done(controller.post(f"/commitments/{id}/plan", json={}))
    assert figures(controller, project) == [600, 0, 0, 400]
    done(place(controller, id))
    assert figures(controller, project) == [0, 600, 0, 400]
    expense = business.spend(project, 450, id)
    assert figures(controller, project) == [0, 150, 450, 400]
    done(controller.post(f"/commitments/{id}/release", json={"reason": "No more to come."}))
    assert figures(controller, project) == [0, 0, 450, 550]
    done(controller.post(f"/expenses/{expense}/reverse", json={"reason": "Wrong project."}))
    assert figures(controller, project) == [0, 0, 0, 1000]
    (charged,) = done(controller.get(f"/project-budgets/{project}"))["charged"].items()
    assert charged == ("licences", {"planned": "0", "committed": "0", "spent": "0", "reserved": "0"})
    found = items(controller.get("/expenses", params={"project_id": project}))
    assert [(each["id"], each["status"]) for each in found] == [(expense, "reversed")]


def test_a_refused_order_binds_nothing_and_shows_what_is_available(controller: httpx.Client, project: str) -> None:
    ordered(controller, project, 600)
    (more,) = drafts(controller, project, [401])
    answer = refused(place(controller, more), "no-overdraw")
    assert "400 EUR available: 1,000 granted - 0 held for risks - 0 planned - 600 committed" in answer["detail"]
    rehearsed = controller.post(f"/commitments/{more}/place-order", json={}, headers={"prefer": "dry-run"})
    assert refused(rehearsed, "no-overdraw")["detail"] == answer["detail"]
    assert figures(controller, project) == [0, 600, 0, 400]


def test_however_many_order_and_release_at_once_the_budget_is_never_overdrawn(
    controller: httpx.Client, project: str
) -> None:
    held = [ordered(controller, project, 250) for _ in range(2)]
    fits_two = [partial(place, controller, each) for each in drafts(controller, project, [250] * 8)]
    release = [partial(controller.post, f"/commitments/{each}/release", json={"reason": "No."}) for each in held]
    answers = at_once([*fits_two[:4], *release, *fits_two[4:]])
    placed = [answer for answer in [*answers[:4], *answers[6:]] if answer.status_code == 200]
    assert 2 <= len(placed) <= 4
    assert figures(controller, project) == [0, 250 * len(placed), 0, 1000 - 250 * len(placed)]
    for event in items(controller.get(f"/project-budgets/{project}/history")):
        known = done(controller.get(f"/project-budgets/{project}", params={"known_at": event["recorded_at"]}))
        assert Decimal(known["available"]["amount"]) >= 0


def test_what_was_spent_above_the_budget_is_recorded_and_raises_the_overrun(
    business: Business, controller: httpx.Client, project: str
) -> None:
    ordered(controller, project, 300)
    business.spend(project, "800.50")
    assert figures(controller, project)[3] == Decimal("-100.50")
    assert history(controller, project)[-2:] == ["ProjectBudgetCharged", "OverrunRaised"]
    (one_more,) = drafts(controller, project, [1])
    refused(place(controller, one_more), "no-overdraw")
    overrun = items(controller.get("/project-budgets", params={"overrun": "true", "page_size": 500}))
    assert project in {budget["id"] for budget in overrun}
    done(on_budget(controller, project, "supplement", amount=euros(200), reason="Dearer than thought."))
    assert history(controller, project)[-1] == "OverrunCleared"


def test_what_is_spent_before_funding_is_recorded_and_nothing_is_ordered(
    business: FinanceAlone, team: Team, controller: httpx.Client
) -> None:
    asked = business.approved(team, euros(100))
    business.spend(asked, 40)
    assert figures(controller, asked) == [0, 0, 40, -40]
    (early,) = drafts(controller, asked, [1])
    refused(place(controller, early), "only-when-funded")


def test_who_answers_for_a_project_spends_its_money_and_nobody_else(
    business: FinanceAlone, team: Team, project: str
) -> None:
    senior, manager = (business.as_person("finance", post) for post in (team.senior, team.manager))
    ordered(senior, project, 10)

    def refused_manager() -> None:
        not_authorised(manager.post("/commitments", json=order(project, 10)))

    refused_manager()
    business.delegation_offered(project, team.senior, team.manager)
    refused_manager()
    business.delegation_accepted(project, team.manager)
    expense = submitted(manager, project, 5)
    refused(manager.post(f"/expenses/{expense}/approve", json={}), "submitter-is-not-approver", 403)
    done(senior.post(f"/expenses/{expense}/approve", json={}))
    not_authorised(senior.post(f"/expenses/{expense}/pay", json={"paid_on": str(TODAY)}))
    done(business.controller.post(f"/expenses/{expense}/pay", json={"paid_on": str(TODAY)}))
    business.delegation_ended(project, team.manager, "revoked")
    refused_manager()


def test_the_divisions_head_approves_what_a_project_spends_and_its_managers_do_not(business: FinanceAlone) -> None:
    division, head = business.headed()
    team = Team(division, head, *(business.post(division, "manager") for _ in range(4)))
    project = business.funded(team, euros(100))
    expense = submitted(business.controller, project, 5)
    manager = business.system("finance", Role.MANAGER, subject=team.manager.person)
    not_authorised(manager.post("/commitments", json=order(project, 1)))
    not_authorised(manager.post(f"/expenses/{expense}/approve", json={}))
    headed = business.as_person("finance", head)
    not_authorised(headed.post("/commitments", json=order(project, 1)))
    done(headed.post(f"/expenses/{expense}/approve", json={}))


def test_the_desk_shows_who_answers_for_a_project_what_it_spends(
    business: FinanceAlone, team: Team, project: str
) -> None:
    expense = submitted(business.controller, project, 5)
    senior = business.as_person("finance", team.senior)
    waiting = [entry["what"] for entry in done(senior.get("/desk"))["decisions"] if entry["id"] == expense]
    assert waiting == ["approve or reject the expense"]


def test_what_another_system_spent_is_stated_once_and_corrected(
    business: Business, team: Team, controller: httpx.Client
) -> None:
    project, id, office = str(uuid4()), str(uuid4()), business.system("finance", Role.PORTFOLIO_OFFICE)
    taken = {"division_id": team.division, "granted": euros(500), "source": "Ledger"}
    done(on_budget(office, project, "take-over", **taken))
    stated = order(project, 120) | {"occurred_on": str(TODAY), "reason": "Import."}

    def state(amount: int, **changes: str) -> Json:
        return done(office.post(f"/expenses/{id}/state", json=stated | {"amount": euros(amount)} | changes))

    assert state(120)["status"] == "stated"
    assert figures(controller, project) == [0, 0, 120, 380]
    version = state(120)["version"]
    assert state(130)["version"] == version + 3
    assert figures(controller, project) == [0, 0, 130, 370]
    assert state(130, category="labour")["category"] == "labour"
    charged = read(controller, project)["charged"]
    assert (charged["licences"]["spent"], charged["labour"]["spent"]) == ("0", "130")
    state(0)
    assert figures(controller, project) == [0, 0, 0, 500]
    types = [event["type"] for event in items(controller.get(f"/expenses/{id}/history"))]
    assert types[:5] == ["ExpenseStated", "ActualRecorded", "ActualReversed", "ExpenseStated", "ActualRecorded"]
    for role in set(Role) - {Role.SYSTEM, Role.FINANCE_CONTROLLER, Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR}:
        other = business.system("finance", role, subject=str(uuid4()))
        not_authorised(other.post(f"/expenses/{uuid4()}/state", json=stated))


def test_what_a_closed_project_leaves_goes_back_to_its_divisions_budget(
    business: FinanceAlone, controller: httpx.Client
) -> None:
    team = business.team()
    budget = business.division_budget(team.division, 1000)
    one, other = (business.approved(team, euros(800)) for _ in range(2))
    done(business.fund(one, euros(800), budget))
    held = ordered(controller, one, 300)
    business.spend(one, 100)
    refused(business.fund(other, euros(201), budget), "exceeds-division-budget")
    ended = portfolio.ProjectCancelled(reason="No longer needed.")
    business.neighbours.tell("portfolio", f"project-{one}", ended)
    wait_until(lambda: read(controller, one)["status"] == "closed", "the budget is closed")
    assert read(controller, one)["allotments"] == {budget: euros(400)}
    refused(business.fund(other, euros(601), budget), "exceeds-division-budget")
    done(controller.post(f"/commitments/{held}/release", json={"reason": "Cancelled."}))
    assert read(controller, one)["allotments"] == {budget: euros(100)}
    business.spend(one, 50)
    assert read(controller, one)["overrun"] is True
    done(business.fund(other, euros(900), budget))
    more = {"amount": euros(1), "reason": "More.", "division_budget_id": budget}
    refused(on_budget(controller, other, "supplement", **more), "exceeds-division-budget")
