"""Issues over HTTP: who may do what, what goes up the line by itself, leavers, lists, and what is confidential."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import people
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from tests.business import Json, Post, Team, done, items, made, not_authorised, refused
from tests.harness import wait_until
from tests.infrastructure import Infrastructure
from tests.portfolio.alone import PortfolioAlone
from tests.portfolio.clocked import noon, portfolio_on_a_clock
from tests.today import TODAY

DUE = TODAY + timedelta(days=3)


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PortfolioAlone]:
    with portfolio_on_a_clock(infrastructure, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made


@pytest.fixture
def team(business: PortfolioAlone) -> Team:
    return business.team()


def raised(business: PortfolioAlone, team: Team, by: Post | None = None, **changes: Any) -> str:
    """An issue of the team's, raised by the sponsor."""
    body = {"title": "No test data", "division_id": team.division, "due_on": str(DUE), **changes}
    return made(business.as_person("portfolio", by or team.sponsor).post("/issues", json=body))


def on_issue(client: httpx.Client, issue: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/issues/{issue}/{command}", json=body)


def read(business: PortfolioAlone, issue: str) -> Json:
    return done(business.office.get(f"/issues/{issue}"))


def history(business: PortfolioAlone, issue: str) -> list[Json]:
    return items(business.office.get(f"/issues/{issue}/history"))


def becomes(business: PortfolioAlone, issue: str, **expected: Any) -> None:
    wait_until(lambda: expected.items() <= read(business, issue).items(), f"the issue has {expected}")


def step(**changes: Any) -> Json:
    return {"step_id": str(uuid4()), "step": "Asked.", "effect": "They will.", "taken_on": str(TODAY), **changes}


def test_an_issue_is_raised_owned_worked_on_resolved_and_closed(business: PortfolioAlone, team: Team) -> None:
    issue = raised(business, team, project_id=business.propose(team))
    junior, sponsor = (business.as_person("portfolio", post) for post in (team.junior, team.sponsor))
    not_authorised(on_issue(junior, issue, "name-owner", owner_id=team.junior.person))
    head = business.as_person("portfolio", team.head)
    assert done(on_issue(head, issue, "name-owner", owner_id=team.junior.person))["status"] == "owned"
    taken = done(on_issue(junior, issue, "take-step", **step()))
    assert (taken["status"], taken["steps"][0]["taken_by"]) == ("in progress", team.junior.person)
    not_authorised(on_issue(sponsor, issue, "resolve", resolution="Here it is."))
    not_authorised(on_issue(junior, issue, "postpone", due_on=str(TODAY + timedelta(days=9)), reason="Time."))
    resolved = done(on_issue(junior, issue, "resolve", resolution="Here it is."))
    assert (resolved["status"], resolved["resolution"]) == ("resolved", "Here it is.")
    assert done(on_issue(sponsor, issue, "reopen", due_on=str(DUE), reason="Empty."))["status"] == "in progress"
    done(on_issue(junior, issue, "resolve", resolution="Now it is."))
    assert done(on_issue(sponsor, issue, "close", reason="It works."))["status"] == "closed"


def test_a_step_whose_id_was_used_long_ago_is_not_recorded_again(business: PortfolioAlone, team: Team) -> None:
    issue = raised(business, team, owner_id=team.junior.person)
    junior, first = business.as_person("portfolio", team.junior), step()
    done(on_issue(junior, issue, "take-step", **first))
    version = done(on_issue(junior, issue, "take-step", **first))["version"]
    for _ in range(200):
        version = done(on_issue(junior, issue, "take-step", **step()))["version"]
    refused(on_issue(junior, issue, "take-step", **first), "already-taken")
    found = read(business, issue)
    assert (len(found["steps"]), found["steps_taken"], found["version"]) == (200, 201, version)


def test_what_an_issue_belongs_to_has_to_exist_in_its_division(business: PortfolioAlone, team: Team) -> None:
    def attempt(**changes: Any) -> httpx.Response:
        body = {"title": "No test data", "division_id": team.division, "due_on": str(DUE), **changes}
        return business.office.post("/issues", json=body)

    for what in ("project_id", "initiative_id", "service_id"):
        refused(attempt(**{what: str(uuid4())}), "issue-subject-not-known")
    elsewhere = business.division()
    business.settle()
    refused(attempt(project_id=business.propose(team), division_id=elsewhere), "issue-in-its-division")
    refused(attempt(division_id=str(uuid4())), "division-not-known-yet")
    refused(attempt(owner_id=str(uuid4())), "person-not-known-yet")
    assert attempt(due_on="soon").status_code == 422


def test_an_overdue_issue_goes_up_the_line_level_by_level(business: PortfolioAlone, team: Team) -> None:
    issue = raised(business, team, owner_id=team.junior.person)
    suspended = people.PersonSuspended(effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.manager.person}", suspended)
    business.settle()
    business.company.move_clock(noon(3))
    assert read(business, issue)["status"] == "owned"
    business.company.move_clock(noon(4))
    becomes(business, issue, status="escalated", overdue=True, escalated_to=team.senior.person, level=1)
    desk = done(business.as_person("portfolio", team.senior).get("/desk"))
    waiting = [item["what"] for item in desk["decisions"] if item["id"] == issue]
    assert waiting == ["the issue was escalated to you"]
    business.company.move_clock(noon(9))
    becomes(business, issue, escalated_to=team.head.person, level=2)
    business.company.move_clock(noon(14))
    becomes(business, issue, escalates_on=None, escalated_to=team.head.person)
    done(on_issue(business.as_person("portfolio", team.senior), issue, "resolve", resolution="Bought."))
    assert read(business, issue)["overdue"] is False
    business.company.move_clock(noon(0))


def test_the_last_day_ends_in_the_time_zone_of_the_division(business: PortfolioAlone, team: Team) -> None:
    zone = people.DivisionTimeZoneSet(time_zone="America/Los_Angeles")
    business.neighbours.tell("people", f"division-{team.division}", zone)
    business.settle()
    issue = raised(business, team, owner_id=team.junior.person)
    business.company.move_clock(noon(4) - timedelta(hours=5))
    assert read(business, issue)["status"] == "owned"
    business.company.move_clock(noon(4) - timedelta(hours=3))
    becomes(business, issue, status="escalated")
    business.company.move_clock(noon(0))


def test_a_leavers_issues_pass_up_the_line_however_often_it_is_told(business: PortfolioAlone, team: Team) -> None:
    issue, done_with = (raised(business, team, owner_id=team.junior.person) for _ in range(2))
    done(on_issue(business.office, done_with, "resolve", resolution="Gone."))
    business.neighbours.tell(
        "people",
        f"person-{team.junior.person}",
        people.PersonLeft(line_manager_id=UUID(team.manager.person), effective_on=TODAY),
    )
    business.neighbours.repeat()
    heard_after = people.EligibilityChanged(senior_manager=False)
    business.neighbours.tell("people", f"person-{team.junior.person}", heard_after)
    business.settle()
    assert read(business, issue)["owner_id"] == team.manager.person
    assert read(business, done_with)["owner_id"] == team.junior.person
    assert [event["type"] for event in history(business, issue)].count("IssuePassedUp") == 1
    assert business.company.running["portfolio"].status()["parked"] == 0


def test_a_leavers_issue_waits_for_somebody_above_who_is_heard_of_late(business: PortfolioAlone, team: Team) -> None:
    alone, late = business.post(team.division, "staff"), str(uuid4())
    business.settle()
    issue = raised(business, team, owner_id=alone.person)
    left = people.PersonLeft(line_manager_id=UUID(late), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{alone.person}", left)
    business.settle()
    assert (read(business, issue)["owner_id"], read(business, issue)["unresolved"]) == (alone.person, True)
    appointed = people.PersonAppointed(
        position_id=uuid4(), title="Manager", division_id=UUID(team.division), grade="manager",
        line_manager_id=None, transferred=False, promoted=False, effective_on=TODAY,
    )  # fmt: skip
    business.neighbours.tell("people", f"person-{late}", appointed)
    business.settle()
    assert (read(business, issue)["owner_id"], read(business, issue)["unresolved"]) == (late, False)


@pytest.mark.parametrize("order", [("junior", "manager"), ("manager", "junior")])
def test_in_whatever_order_a_line_is_heard_to_leave_the_issue_is_with_the_one_who_stays(
    business: PortfolioAlone, team: Team, order: tuple[str, str]
) -> None:
    issue = raised(business, team, owner_id=team.junior.person)
    above = {"junior": team.manager.person, "manager": team.senior.person}
    for who in order:
        left = people.PersonLeft(line_manager_id=UUID(above[who]), effective_on=TODAY)
        business.neighbours.tell("people", f"person-{getattr(team, who).person}", left)
    business.settle()
    assert read(business, issue)["owner_id"] == team.senior.person


def test_a_manager_who_joined_again_and_holds_no_position_is_passed_over(business: PortfolioAlone, team: Team) -> None:
    gone = people.PersonLeft(line_manager_id=UUID(team.senior.person), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.manager.person}", gone, people.PersonRehired(effective_on=TODAY))
    appointed = people.LineManagerChanged(line_manager_id=UUID(team.senior.person), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.manager.person}", appointed)
    business.settle()
    issue = raised(business, team, owner_id=team.junior.person)
    up = done(on_issue(business.as_person("portfolio", team.junior), issue, "escalate", reason="I cannot."))
    assert up["escalated_to"] == team.senior.person


def test_lists_filter_by_owner_status_and_day_and_sort_by_the_day(business: PortfolioAlone, team: Team) -> None:
    project = business.propose(team)
    first = raised(business, team, project_id=project, due_on=str(TODAY + timedelta(days=1)))
    second = raised(business, team, owner_id=team.junior.person, due_on=str(TODAY))
    done(on_issue(business.office, second, "resolve", resolution="Here."))

    def found(**asked: Any) -> list[str]:
        return [
            row["id"] for row in items(business.office.get("/issues", params={"division_id": team.division, **asked}))
        ]

    assert found(sort="due_on") == [second, first]
    assert found(project_id=project) == [first]
    assert found(status="resolved") == [second]
    assert found(owner_id=team.junior.person) == [second]
    assert found(due_on_from=str(TODAY + timedelta(days=1))) == [first]
    assert found(overdue="true") == []
    assert found(q="test data", sort="-due_on") == [first, second]


def test_a_confidential_issue_is_there_for_the_owner_the_line_above_the_office_and_who_raised_it(
    business: PortfolioAlone, team: Team
) -> None:
    issue = raised(business, team, owner_id=team.manager.person, confidential=True)
    for post in (team.sponsor, team.manager, team.senior, team.head):
        client = business.as_person("portfolio", post)
        assert client.get(f"/issues/{issue}").status_code == 200
        assert [row["id"] for row in items(client.get("/issues", params={"division_id": team.division}))] == [issue]
    junior = business.as_person("portfolio", team.junior)
    assert junior.get(f"/issues/{issue}").status_code == 404
    assert items(junior.get("/issues", params={"division_id": team.division})) == []
    assert on_issue(junior, issue, "resolve", resolution="Mine.").status_code == 404
    executive = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    assert executive.get(f"/issues/{issue}").status_code == 200
    events = history(business, issue)
    assert [event["type"] for event in events if event["published_number"]] == ["ConfidentialIssueChanged"]
    assert events[-1]["data"] == {"division_id": team.division}
