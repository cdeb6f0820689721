"""Policies over HTTP: approved by another, acknowledged for a version, counted; exceptions that end by themselves."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

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


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PortfolioAlone]:
    with portfolio_on_a_clock(infrastructure, fresh_database, tmp_path_factory.mktemp("issuer")) as alone:
        yield alone


@pytest.fixture
def team(business: PortfolioAlone) -> Team:
    return business.team()


def drafted(business: PortfolioAlone, team: Team, **changes: Any) -> str:
    """A policy for the team's division, drafted by its manager."""
    body = {"title": "Passwords", "text": "Long ones.", "division_id": team.division, "audience": [team.division]}
    manager = business.as_person("portfolio", team.manager, Role.MANAGER)
    return made(manager.post("/policies", json=body | changes))


def on_policy(client: httpx.Client, policy: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/policies/{policy}/{command}", json=body)


def published(business: PortfolioAlone, team: Team, **changes: Any) -> str:
    policy, head = drafted(business, team, **changes), business.as_person("portfolio", team.head)
    done(on_policy(head, policy, "approve", policy_version=1))
    done(on_policy(head, policy, "publish"))
    return policy


def acknowledge(business: PortfolioAlone, post: Post, policy: str, version: int, **changes: Any) -> httpx.Response:
    body = {"policy_id": policy, "person_id": post.person, "policy_version": version}
    return business.as_person("portfolio", post).post("/policy-acknowledgements", json=body | changes)


def on_desk(client: httpx.Client, id: str, part: str = "decisions") -> list[str]:
    return sorted(item["what"] for item in done(client.get("/desk"))[part] if item["id"] == id)


def test_who_drafted_a_policy_does_not_approve_it_and_the_head_does(business: PortfolioAlone, team: Team) -> None:
    policy = drafted(business, team)
    drafter = business.as_person("portfolio", team.manager, Role.EXECUTIVE)
    refused(on_policy(drafter, policy, "approve", policy_version=1), "drafter-does-not-approve", 403)
    office = business.system("portfolio", Role.PORTFOLIO_OFFICE, subject=str(uuid4()))
    assert on_desk(drafter, policy) == []
    assert on_desk(office, policy) == ["approve the policy"]
    head = business.as_person("portfolio", team.head)
    assert on_desk(head, policy) == ["approve the policy"]
    not_authorised(on_policy(business.as_person("portfolio", team.junior), policy, "approve", policy_version=1))
    done(on_policy(head, policy, "approve", policy_version=1))
    assert on_desk(head, policy) == ["publish the policy"]
    assert done(on_policy(head, policy, "publish"))["in_force"]["policy_version"] == 1
    empty = {"title": "Nothing", "text": "", "division_id": team.division, "audience": [team.division]}
    answer = business.office.post("/policies", json=empty)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/text"


def test_everybody_in_the_audience_acknowledges_each_version_for_themselves(
    business: PortfolioAlone, team: Team
) -> None:
    below = business.division(team.division)
    clerk = business.post(below, "staff", team.junior)
    elsewhere = business.team().junior
    policy = published(business, team)
    office = business.system("portfolio", Role.PORTFOLIO_OFFICE, subject=str(uuid4()))

    def counted() -> Json:
        return done(business.office.get(f"/policies/{policy}/acknowledged"))

    def on(post: Post) -> list[str]:
        return on_desk(business.as_person("portfolio", post), policy)

    assert on(clerk) == on(team.junior) == ["acknowledge the policy"]
    assert on(elsewhere) == on_desk(office, policy) == []
    assert [counted()[name] for name in ("policy_version", "asked", "acknowledged", "open")] == [1, 6, 0, 6]
    acknowledged = made(acknowledge(business, clerk, policy, 1))
    assert done(acknowledge(business, clerk, policy, 1))["policy_version"] == 1
    refused(acknowledge(business, clerk, policy, 2), "acknowledges-version-in-force")
    not_authorised(acknowledge(business, team.manager, policy, 1, person_id=clerk.person))
    assert acknowledge(business, team.manager, policy, 1, person_id=team.junior.person).status_code == 404
    assert acknowledge(business, team.junior, str(uuid4()), 1).status_code == 404
    assert (on(clerk), on(team.junior)) == ([], ["acknowledge the policy"])
    assert [
        (each["division_id"], each["open"]) for each in sorted(counted()["divisions"], key=lambda d: d["open"])
    ] == [(below, 0), (team.division, 5)]
    not_authorised(business.as_person("portfolio", clerk).get(f"/policies/{policy}/acknowledged"))
    body = {"title": "Passwords", "text": "Longer ones.", "audience": [team.division]}
    done(on_policy(business.office, policy, "revise", **body))
    assert (on(clerk), counted()["acknowledged"]) == ([], 1)
    head = business.as_person("portfolio", team.head)
    done(on_policy(head, policy, "approve", policy_version=2))
    done(on_policy(head, policy, "publish"))
    assert (on(clerk), counted()["open"]) == (["acknowledge the policy"], 6)
    again = done(acknowledge(business, clerk, policy, 2))
    assert (again["id"], on(clerk)) == (acknowledged, [])
    done(on_policy(head, policy, "retire", reason="Replaced."))
    assert on(team.junior) == []
    refused(business.office.get(f"/policies/{policy}/acknowledged"), "policy-not-in-force")


def test_what_somebody_acknowledged_is_there_for_them_and_those_above(business: PortfolioAlone, team: Team) -> None:
    policy = published(business, team)
    id = made(acknowledge(business, team.junior, policy, 1))
    for post in (team.junior, team.manager, team.head):
        assert business.as_person("portfolio", post).get(f"/policy-acknowledgements/{id}").status_code == 200
    assert business.as_person("portfolio", team.sponsor).get(f"/policy-acknowledgements/{id}").status_code == 404

    def found(client: httpx.Client, **asked: str) -> list[str]:
        return [each["id"] for each in items(client.get("/policy-acknowledgements", params=asked))]

    assert found(business.office, policy_id=policy, policy_version="1") == [id]
    assert found(business.office, person_id=team.junior.person) == [id]
    assert found(business.as_person("portfolio", team.sponsor), policy_id=policy) == []
    held, other = drafted(business, team, title="Visitors"), published(business, team)
    asked = {"division_id": team.division, "stage": "drafted", "q": "visit"}
    assert [each["id"] for each in items(business.office.get("/policies", params=asked))] == [held]
    assert other != policy


def test_an_exception_is_granted_by_another_and_ends_by_itself_where_the_division_is(
    business: PortfolioAlone, team: Team
) -> None:
    zone = people.DivisionTimeZoneSet(time_zone="America/Los_Angeles")
    business.neighbours.tell("people", f"division-{team.division}", zone)
    business.settle()
    policy = published(business, team)
    body = {"policy_id": policy, "division_id": team.division, "until": str(TODAY), "reason": "Old machines."}
    asker = business.as_person("portfolio", team.senior, Role.EXECUTIVE)
    exception = made(asker.post("/policy-exceptions", json=body))
    refused(asker.post(f"/policy-exceptions/{exception}/grant", json={"reason": "Yes."}), "own-policy-exception", 403)
    assert on_desk(asker, exception) == []
    executive = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    assert on_desk(executive, exception) == ["grant or refuse the exception to a policy"]
    granted = done(executive.post(f"/policy-exceptions/{exception}/grant", json={"reason": "Until they are gone."}))
    assert (granted["status"], granted["policy_version"]) == ("granted", 1)
    assert on_desk(asker, exception, "due") == ["the exception to a policy ends"]
    (item,) = [each for each in done(asker.get("/desk"))["due"] if each["id"] == exception]
    assert item["name"] == done(asker.get(f"/policies/{policy}"))["title"]
    assert business.office.post("/policy-exceptions", json=body | {"policy_id": str(uuid4())}).status_code == 404
    past = body | {"until": str(TODAY - timedelta(days=2))}
    refused(business.office.post("/policy-exceptions", json=past), "exception-lies-ahead")

    def status() -> str:
        return str(done(business.office.get(f"/policy-exceptions/{exception}"))["status"])

    business.company.move_clock(noon(0) + timedelta(hours=13))
    business.settle()
    assert status() == "granted", "the day is not over in Los Angeles"
    business.company.move_clock(noon(1))
    wait_until(lambda: status() == "expired", "the exception ended")
    found = items(business.office.get("/policy-exceptions", params={"policy_id": policy, "status": "expired"}))
    assert [each["id"] for each in found] == [exception]
    business.company.move_clock(noon(0))
