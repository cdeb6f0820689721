"""A delegation ends by itself after its last day: on a clock that the test moves, with two workers, seen everywhere."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.business import Business, Json, Team, done, items, on_project
from tests.harness import MovableClock, company, wait_until, working
from tests.infrastructure import Infrastructure
from tests.today import TODAY

LAST_DAY = TODAY + timedelta(days=3)
MIDNIGHT = datetime.combine(LAST_DAY, time(), UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def on_a_clock(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Business]:
    """All four services, portfolio with two workers, on a clock that stands still until it is moved."""
    clock = MovableClock(datetime.combine(TODAY, time(12), UTC))
    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder, clock) as made:
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        with working(made.running["portfolio"]):
            yield Business(made)


def delegated(business: Business, team: Team) -> str:
    """A project whose responsibility lies with the manager below, until the last day."""
    project = business.propose(team)
    offer = {"delegate_id": team.manager.person, "scope": "Everything but the money.", "until": str(LAST_DAY)}
    done(on_project(business.as_person("portfolio", team.senior), project, "offer-delegation", **offer))
    done(on_project(business.as_person("portfolio", team.manager), project, "accept-delegation"))
    return project


def endings(business: Business, project: str) -> list[Json]:
    """How its delegations ended, with who ended them."""
    history = items(business.office.get(f"/projects/{project}/history"))
    return [event for event in history if event["type"] == "DelegationEnded"]


def test_a_delegation_ends_by_itself_after_its_last_day_once_and_everybody_hears(on_a_clock: Business) -> None:
    business, team = on_a_clock, on_a_clock.team()
    projects = [delegated(business, team) for _ in range(3)]
    executive = business.system("reporting", Role.EXECUTIVE)

    def on_the_map() -> int:
        rows = items(executive.get("/accountability"))
        return sum(row["delegated"] for row in rows if row["person_id"] == team.senior.person)

    business.settle()
    assert on_the_map() == 3
    business.company.move_clock(MIDNIGHT - timedelta(microseconds=1))
    assert done(business.office.get(f"/projects/{projects[0]}"))["delegation"] is not None
    business.company.move_clock(MIDNIGHT)
    wait_until(lambda: all(endings(business, project) for project in projects), "every delegation has ended")
    business.settle()
    assert on_the_map() == 0
    for project in projects:
        (ending,) = endings(business, project)
        assert (ending["data"]["how"], ending["actor"]) == ("expired", "system:portfolio")
        assert done(business.office.get(f"/projects/{project}"))["delegation"] is None
    assert business.company.running["portfolio"].status()["parked"] == 0
