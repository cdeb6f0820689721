"""The ledger over HTTP: who answered for what, by project, person and day."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts import people
from tests.business import Business, Json, Team, done, on_project
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


def ledger(business: Business, **asked: str) -> list[Json]:
    return list(done(business.office.get("/accountability", params=asked))["items"])


def told(items: list[Json]) -> list[tuple[str, str, str, bool]]:
    return [(each["person_id"], each["role"], each["basis"], each["until"] is None) for each in items]


def test_the_ledger_is_read_by_project_person_and_day(business: PortfolioAlone) -> None:
    team = business.team()
    project, other = business.propose(team), business.propose(team)
    senior, manager = (business.as_person("portfolio", post) for post in (team.senior, team.manager))
    done(on_project(senior, project, "offer-delegation", delegate_id=team.manager.person, scope="All of it."))
    done(on_project(manager, project, "accept-delegation"))
    done(on_project(senior, project, "hand-over-accountability", accountable_id=team.head.person, reason="Yours."))
    by_project = ledger(business, project_id=project)
    assert told(by_project) == [
        (team.senior.person, "accountable", "proposed", False),
        (team.manager.person, "responsible", "delegated", True),
        (team.head.person, "accountable", "handover", True),
    ]
    assert by_project[0]["until"] == by_project[2]["since"]
    assert told(ledger(business, person_id=team.manager.person)) == [
        (team.manager.person, "responsible", "delegated", True)
    ]
    assert {each["project_id"] for each in ledger(business, person_id=team.senior.person)} == {project, other}
    assert len(ledger(business, project_id=project, person_id=team.head.person)) == 1
    assert told(ledger(business, project_id=project, on=str(TODAY))) == told(by_project)
    tomorrow = str(TODAY + timedelta(days=1))
    assert told(ledger(business, project_id=project, on=tomorrow)) == told(by_project)[1:]
    assert ledger(business, project_id=project, on=str(TODAY - timedelta(days=1))) == []
    assert ledger(business, project_id=str(uuid4())) == []


def test_a_leavers_accountability_is_in_the_ledger_as_it_passed_up_the_line(business: PortfolioAlone) -> None:
    team = business.team()
    project = business.propose(team)
    left = people.PersonLeft(line_manager_id=UUID(team.head.person), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.senior.person}", left)
    business.settle()
    assert told(ledger(business, project_id=project)) == [
        (team.senior.person, "accountable", "proposed", False),
        (team.head.person, "accountable", "escalated", True),
    ]


def test_the_whole_ledger_is_read_page_by_page(business: PortfolioAlone, team: Team) -> None:
    wanted = {business.propose(team) for _ in range(3)}
    found: set[str] = set()
    asked: dict[str, str] = {"page_size": "2"}
    while True:
        page = done(business.office.get("/accountability", params=asked))
        found |= {each["project_id"] for each in page["items"]}
        if page["next_page_token"] is None:
            break
        asked = {"page_size": "2", "page_token": page["next_page_token"]}
    assert wanted <= found
