"""Finance over HTTP: who may do what, money that cannot be spent twice however many ask, transfers, history."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import (
    Business,
    Json,
    Team,
    at_once,
    commitment,
    done,
    draft,
    entry,
    euros,
    items,
    made,
    not_authorised,
    on_budget,
    refused,
)
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

TOKENS = [role for role in Role if role is not Role.SYSTEM]
CONTROLLER = {Role.FINANCE_CONTROLLER}
APPROVERS = CONTROLLER | {Role.EXECUTIVE}
DRAFTERS = APPROVERS | {Role.MANAGER}
STATING = CONTROLLER | {Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR}
ANOTHER = str(uuid4())
ESTIMATE = {"estimate": euros(10), "basis": "stated", "as_of": str(TODAY), "reason": "Offer."}
STATED = {"reference": "Sum", "category": "all", "amount": euros(1), "occurred_on": str(TODAY), "reason": "Import."}
OF_PROJECTS: dict[str, tuple[set[Role], Json]] = {
    "make-commitment": (CONTROLLER, commitment(1)),
    "release-commitment": (CONTROLLER, {"commitment_id": ANOTHER, "reason": "Not needed."}),
    "record-actual": (CONTROLLER, entry(1)),
    "reverse-actual": (CONTROLLER, {"entry_id": ANOTHER, "reason": "Wrong."}),
    "confirm-funding": (CONTROLLER, {"granted": euros(1), "contingency": euros(0)}),
    "refuse-funding": (CONTROLLER, {"reason": "No money."}),
    "supplement": (CONTROLLER, {"amount": euros(1), "reason": "More."}),
    "close": (CONTROLLER, {}),
    "state-actual": (STATING, STATED),
    "state-estimate": (STATING, ESTIMATE),
    "take-over": (STATING, {"division_id": ANOTHER, "granted": euros(1), "source": "Ledger"}),
    "open": (set(), {"division_id": ANOTHER, "asked": euros(1)}),
}
TRANSFER = {"transfer_id": ANOTHER, "other_budget_id": ANOTHER, "amount": euros(1), "reason": "Move."}
OF_DIVISIONS: dict[str, tuple[set[Role], Json]] = {
    "submit": (DRAFTERS, {}),
    "redraft": (DRAFTERS, {"currency": "EUR", "lines": draft(ANOTHER, 2)["lines"]}),
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
    assert {role for role, response in asked.items() if may(response)} == DRAFTERS


def test_who_answers_for_a_project_spends_its_money_and_nobody_else(
    business: FinanceAlone, team: Team, project: str
) -> None:
    senior, manager = (business.as_person("finance", post) for post in (team.senior, team.manager))
    done(on_budget(senior, project, "make-commitment", **commitment(10)))
    not_authorised(on_budget(manager, project, "make-commitment", **commitment(10)))
    business.delegation_offered(project, team.senior, team.manager)
    not_authorised(on_budget(manager, project, "make-commitment", **commitment(10)))
    business.delegation_accepted(project, team.manager)
    done(on_budget(manager, project, "make-commitment", **commitment(10)))
    done(on_budget(manager, project, "record-actual", **entry(5)))
    not_authorised(on_budget(manager, project, "supplement", amount=euros(1), reason="More."))
    business.delegation_ended(project, team.manager, "revoked")
    not_authorised(on_budget(manager, project, "make-commitment", **commitment(10)))


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


def test_twenty_commitments_at_once_do_not_overdraw_a_budget_that_fits_seven(
    business: Business, team: Team, controller: httpx.Client
) -> None:
    project = business.funded(team, euros("749.99"))
    orders = [commitment(100) for _ in range(20)]
    answers = at_once([partial(on_budget, controller, project, "make-commitment", **order) for order in orders])
    assert [answer.status_code for answer in answers].count(200) == 7
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "no-overdraw")
    budget = read(controller, project)
    assert (budget["committed"], budget["available"]) == (euros(700), euros("49.99"))
    assert budget["overrun"] is False
    for event in history(controller, project):
        known = done(controller.get(f"/project-budgets/{project}", params={"known_at": event["recorded_at"]}))
        assert amount(known["available"]) >= 0


def test_commitments_and_releases_at_once_never_take_the_budget_below_nothing(
    controller: httpx.Client, project: str
) -> None:
    held = [commitment(250) for _ in range(4)]
    for order in held:
        done(on_budget(controller, project, "make-commitment", **order))
    known = [{"commitment_id": order["commitment_id"], "reason": "Not needed."} for order in held[:2]]
    releases = [partial(on_budget, controller, project, "release-commitment", **one) for one in known]
    orders = [partial(on_budget, controller, project, "make-commitment", **commitment(200)) for _ in range(10)]
    answers = at_once([*orders[:5], *releases, *orders[5:]])
    new = [answer for answer in answers[:5] + answers[7:] if answer.status_code == 200]
    assert len(new) <= 2
    budget = read(controller, project)
    assert amount(budget["available"]) == 1000 - 500 - 200 * len(new)
    assert amount(budget["available"]) >= 0


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


def test_a_released_commitment_is_not_made_again(controller: httpx.Client, project: str) -> None:
    order = commitment(100)
    done(on_budget(controller, project, "make-commitment", **order))
    repeated = done(on_budget(controller, project, "make-commitment", **order))
    assert repeated["committed"] == euros(100)
    refused(on_budget(controller, project, "make-commitment", **order | {"amount": euros(1)}), "commitment-differs")
    known = {"commitment_id": order["commitment_id"], "reason": "Not needed."}
    assert done(on_budget(controller, project, "release-commitment", **known))["committed"] == euros(0)
    refused(on_budget(controller, project, "release-commitment", **known), "commitment-unknown")
    again = on_budget(controller, project, "make-commitment", **order)
    assert (again.status_code, again.json()["rule"]) == (409, "already-taken")
    assert read(controller, project)["committed"] == euros(0)


def test_a_reversed_entry_is_not_recorded_again(controller: httpx.Client, project: str) -> None:
    order, invoice = commitment(100), entry(60)
    done(on_budget(controller, project, "make-commitment", **order))
    invoice |= {"commitment_id": order["commitment_id"]}
    spent = done(on_budget(controller, project, "record-actual", **invoice))
    assert (spent["committed"], spent["spent"], spent["available"]) == (euros(40), euros(60), euros(900))
    assert done(on_budget(controller, project, "record-actual", **invoice))["spent"] == euros(60)
    refused(on_budget(controller, project, "record-actual", **invoice | {"amount": euros(1)}), "entry-differs")
    known = {"entry_id": invoice["entry_id"], "reason": "Wrong project."}
    back = done(on_budget(controller, project, "reverse-actual", **known))
    assert (back["committed"], back["spent"], back["available"]) == (euros(100), euros(0), euros(900))
    refused(on_budget(controller, project, "reverse-actual", **known), "entry-unknown")
    again = on_budget(controller, project, "record-actual", **invoice)
    assert (again.status_code, again.json()["rule"]) == (409, "already-taken")
    assert read(controller, project)["spent"] == euros(0)


def test_what_was_spent_above_the_budget_is_recorded_and_raises_the_overrun(
    controller: httpx.Client, project: str
) -> None:
    done(on_budget(controller, project, "make-commitment", **commitment(300)))
    over = done(on_budget(controller, project, "record-actual", **entry("800.50")))
    assert (over["available"], over["overrun"]) == (euros("-100.50"), True)
    last, raised = history(controller, project)[-2:]
    assert (last["type"], raised["type"], raised["data"]["overrun"]) == (
        "ActualRecorded",
        "OverrunRaised",
        euros("100.50"),
    )
    refused(on_budget(controller, project, "make-commitment", **commitment(1)), "no-overdraw")
    overrun = items(controller.get("/project-budgets", params={"overrun": "true", "page_size": 500}))
    assert project in {budget["id"] for budget in overrun}
    more = done(on_budget(controller, project, "supplement", amount=euros(200), reason="Dearer than thought."))
    assert (more["available"], more["overrun"]) == (euros("99.50"), False)
    assert history(controller, project)[-1]["type"] == "OverrunCleared"


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


def test_amounts_are_exact_to_the_last_decimal(business: Business, team: Team, controller: httpx.Client) -> None:
    project = business.funded(team, euros("999999999999999.999999"))
    held = done(on_budget(controller, project, "make-commitment", **commitment("0.000001")))
    assert held["granted"] == euros("999999999999999.999999")
    assert held["available"] == euros("999999999999999.999998")
    refused(on_budget(controller, project, "record-actual", **entry("1000000000000001")), "amount-too-large")
    dollars = commitment(1) | {"amount": {"amount": "1", "currency": "USD"}}
    refused(on_budget(controller, project, "make-commitment", **dollars), "currency-differs")
    refused(on_budget(controller, project, "make-commitment", **commitment(0)), "amount-positive")
    finer = on_budget(controller, project, "make-commitment", **commitment("0.0000001"))
    assert (finer.status_code, finer.headers["content-type"]) == (422, "application/problem+json")


def test_a_budget_can_be_read_as_it_was_known_and_names_who_acted(
    business: Business, team: Team, controller: httpx.Client, project: str
) -> None:
    senior = business.as_person("finance", team.senior)
    done(on_budget(senior, project, "make-commitment", **commitment(10)))
    opened, confirmed, committed = history(controller, project)
    assert [event["type"] for event in (opened, confirmed, committed)] == [
        "ProjectBudgetOpened",
        "ProjectFundingConfirmed",
        "CommitmentMade",
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


def test_what_other_systems_spent_is_stated_once_and_corrected(business: Business, team: Team) -> None:
    project, office = str(uuid4()), business.system("finance", Role.PORTFOLIO_OFFICE)
    stated = {"division_id": team.division, "granted": euros(500), "source": "Ledger"}
    first = done(on_budget(office, project, "take-over", **stated))
    assert (first["status"], first["granted"], first["version"]) == ("funded", euros(500), 1)
    assert done(on_budget(office, project, "take-over", **stated))["version"] == 1
    spent = STATED | {"amount": euros(120)}
    assert done(on_budget(office, project, "state-actual", **spent))["spent"] == euros(120)
    unchanged = done(on_budget(office, project, "state-actual", **spent))
    corrected = done(on_budget(office, project, "state-actual", **spent | {"amount": euros(130)}))
    assert (corrected["spent"], corrected["version"]) == (euros(130), unchanged["version"] + 2)
    assert done(on_budget(office, project, "take-over", **stated | {"granted": euros(400)}))["available"] == euros(270)
    differs = on_budget(office, project, "take-over", **stated | {"division_id": str(uuid4())})
    refused(differs, "division-differs")
