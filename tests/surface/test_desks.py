"""Every service has a desk in one shape: what awaits the caller, in person or by role, and what is due."""

from typing import Any

import httpx

from contracts.roles import Role
from services.portfolio.desk.views import SUBJECTS
from tests.business import Business, done, draft, made, on_project, specification
from tests.today import TODAY

SHAPE = {"kind", "id", "what", "name", "person_id", "since", "age_days", "due_on", "overdue", "href"}
SERVICES = ("people", "portfolio", "finance", "reporting")


def waiting(client: httpx.Client, about: str, part: str = "decisions") -> dict[str, dict[str, Any]]:
    """What waits on somebody's desk about a record, by what it is."""
    found = done(client.get("/desk"))[part]
    assert all(set(each) == SHAPE for each in found)
    return {each["what"]: each for each in found if each["id"] == about}


def test_whatever_waits_at_portfolio_names_a_record_or_a_person() -> None:
    entries = [entry for subject in SUBJECTS for entry in (*subject.DECISIONS, *subject.DUE)]
    assert [entry.what for entry in entries if (entry.name, entry.person) == ("NULL", "NULL")] == []


def test_a_project_goes_from_desk_to_desk(business: Business) -> None:
    team = business.team()
    project = business.propose(team)
    sponsor, head = (business.as_person("portfolio", post) for post in (team.sponsor, team.head))
    assert waiting(sponsor, project) == {}
    done(on_project(business.office, project, "write-specification", **specification()))
    assert set(waiting(sponsor, project)) == {"sign the specification"}
    done(on_project(sponsor, project, "sign-specification", version=1))
    assert waiting(sponsor, project) == {}
    (item,) = waiting(head, project).values()
    assert (item["what"], item["href"], item["age_days"]) == ("approve the project", f"/projects/{project}", 0)
    assert done(head.get(item["href"]))["name"] == item["name"]
    business.approve(team, project)
    assert waiting(head, project) == {}
    business.settle()
    assert set(waiting(business.controller, project)) == {"confirm or refuse the funding"}
    assert waiting(business.as_person("finance", team.sponsor), project) == {}


def test_a_budget_awaits_those_who_steer_but_not_who_submitted_it(business: Business) -> None:
    team = business.team()
    budget = made(business.controller.post("/division-budgets", json=draft(team.division, 500)))
    done(business.controller.post(f"/division-budgets/{budget}/submit", json={}))
    assert waiting(business.controller, budget) == {}
    assert set(waiting(business.executive, budget)) == {"approve or return the budget"}
    done(business.executive.post(f"/division-budgets/{budget}/approve", json={}))
    assert waiting(business.executive, budget) == {}
    ahead = done(business.controller.get("/desk", params={"days": 366}))["due"]
    assert [each["due_on"] for each in ahead if each["id"] == budget] == [f"{TODAY.year}-12-31"]


def test_a_delegation_awaits_the_delegate_and_is_due_for_both(business: Business) -> None:
    team = business.team()
    project = business.propose(team)
    business.settle()
    manager, junior = (business.as_person("portfolio", post) for post in (team.manager, team.junior))
    senior = business.as_person("portfolio", team.senior)
    offer = {"delegate_id": team.manager.person, "until": str(TODAY), "scope": "All of it."}
    done(on_project(senior, project, "offer-delegation", **offer))
    assert set(waiting(manager, project)) == {"accept or decline the delegation"}
    assert waiting(junior, project) == {}
    done(on_project(manager, project, "accept-delegation"))
    assert waiting(manager, project) == {}
    for client in (manager, senior):
        item = waiting(client, project, "due")["the delegation ends"]
        assert (item["due_on"], item["overdue"]) == (str(TODAY), False)


def test_who_has_nothing_to_do_has_an_empty_desk_in_every_service(business: Business) -> None:
    for service in SERVICES:
        desk = done(business.company.running[service].client(Role.STAFF).get("/desk"))
        assert (desk["decisions"], desk["due"]) == ([], [])


def test_reporting_tells_who_answers_when_their_project_is_to_be_completed(business: Business) -> None:
    team = business.team()
    project = business.funded(team)
    client = business.as_person("reporting", team.senior)
    found = {each["id"]: each for each in done(client.get("/desk", params={"days": 366}))["due"]}
    assert found[project]["what"] == "the project is to be completed"
    assert found[project]["href"] == f"/accountability/ledger?project_id={project}"
    assert waiting(business.as_person("reporting", team.junior), project, "due") == {}
