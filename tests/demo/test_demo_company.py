"""The demo company: interrupted, loaded, and loaded again; whole, consistent, and dated from whatever day it is."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.portfolio import Stage
from contracts.roles import Role
from portolan.demo import PERSON_OF_ROLE, DemoProblem, begun_on, find, load
from portolan.demo.company import MEMBERS, person_id, project_id
from portolan.demo.money import ACTUALS, REVERSED, TAKEN_OVER_SPEND
from portolan.demo.organisation import DIVISIONS, POSITIONS
from portolan.demo.people import PEOPLE
from portolan.demo.projects import PROJECTS
from portolan.demo.scenes import Order
from portolan.demo.story import story
from portolan.stack.postgres import ServiceDatabase
from portolan.stack.testing import Infrastructure
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE_SERVICE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.harness import Company, company

TODAY = datetime.now(UTC).date()
DAYS = [
    date(2024, 2, 29),
    date(2025, 1, 1),
    date(2025, 3, 1),
    date(2025, 12, 31),
    date(2026, 3, 31),
    date(2028, 1, 1),
    TODAY,
]


class Interrupted(Exception):
    """The load ends half-way."""


@dataclass
class Loaded:
    """The company after loading, and how to load again."""

    company: Company
    said: list[tuple[int, int, str]]

    @property
    def urls(self) -> dict[str, str]:
        return {name: running.url for name, running in self.company.running.items()}

    def token(self, subject: str, roles: Sequence[str]) -> str:
        return self.company.issuer.token(subject, roles)

    def load(self, until: float = 1.0) -> None:
        def progress(done: int, whole: int, what: str) -> None:
            self.said.append((done, whole, what))
            if done > until * whole:
                raise Interrupted

        load(self.urls, self.token, TODAY, progress)

    def read(self, service: str, path: str) -> Any:
        client = self.company.running[service].client(Role.EXECUTIVE, subject=str(person_id("helena")))
        response = client.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def recorded(self) -> dict[str, int]:
        return {name: running.status()["recorded"] for name, running in self.company.running.items()}


@pytest.fixture(scope="module")
def loaded(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.kafka_bootstrap, fresh_database, folder) as made:
        for service in (PEOPLE_SERVICE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        demo = Loaded(made, [])
        assert begun_on(demo.urls, demo.token) is None
        for share in (0.3, 0.62, 0.8):
            with pytest.raises(Interrupted):
                demo.load(until=share)
        demo.load()
        made.settle()
        yield demo


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = loaded.recorded()
    loaded.load()
    loaded.company.settle()
    assert loaded.recorded() == before
    done, whole, _ = loaded.said[-1]
    assert done == whole == sum(len(scene.orders) for scene in story(TODAY))


def test_a_load_of_another_day_is_refused_with_the_day_to_go_on_with(loaded: Loaded) -> None:
    before = loaded.recorded()
    assert begun_on(loaded.urls, loaded.token) == TODAY
    with pytest.raises(DemoProblem, match=r"hire_person of Marit Solheim.*another 'today'"):
        load(loaded.urls, loaded.token, TODAY - timedelta(days=1), lambda *_: None)
    assert loaded.recorded() == before


def test_nothing_waits_aside_in_any_service(loaded: Loaded) -> None:
    assert {name: running.status()["parked"] for name, running in loaded.company.running.items()} == dict.fromkeys(
        loaded.company.running, 0
    )


def test_people_hold_positions_and_some_do_not_act(loaded: Loaded) -> None:
    persons = loaded.read("people", "/persons?page_size=200")["items"]
    assert Counter(person["employment"] for person in persons) == {"active": 60, "suspended": 1, "left": 2}
    assert all(person["appointment"] for person in persons)
    assert sum(person["gate_waived"] for person in persons) == 2
    tops = {person["name"] for person in persons if person["line_manager_id"] is None}
    assert tops == {"Marit Solheim"}


def test_projects_are_at_every_stage(loaded: Loaded) -> None:
    projects = loaded.read("portfolio", "/projects?page_size=200")["items"]
    assert len(projects) == 25
    assert {project["stage"] for project in projects} == set(Stage)
    assert {project["outcome"] for project in projects} == {None, "succeeded", "failed"}
    assert Counter(d["status"] for project in projects if (d := project["delegation"])) == {"active": 3, "offered": 1}
    refused = loaded.read("portfolio", f"/projects/{project_id('warehouse-robotics')}")
    assert (refused["stage"], refused["granted"]) == ("specified", None)
    initiatives = loaded.read("portfolio", "/initiatives")["items"]
    assert Counter(each["stage"] for each in initiatives) == {"running": 4, "completed": 1, "stopped": 1}


def test_money_is_what_the_tables_say(loaded: Loaded) -> None:
    budgets = loaded.read("finance", "/project-budgets?page_size=200")["items"]
    spent = sum(Decimal(budget["spent"]["amount"]) for budget in budgets)
    kept = [row for row in ACTUALS if (row.project, row.reference) != REVERSED[:2]]
    assert spent == sum(row.amount for row in (*kept, *TAKEN_OVER_SPEND))
    assert [UUID(budget["id"]) for budget in budgets if budget["overrun"]] == [project_id("demand-forecast")]
    assert Counter(budget["status"] for budget in budgets) == {"funded": 15, "closed": 5, "asked": 1, "refused": 1}
    divisions = loaded.read("finance", f"/division-budgets?page_size=200&fiscal_year={TODAY.year}")["items"]
    assert Counter(budget["status"] for budget in divisions) == {"approved": 12, "drafted": 1, "submitted": 1}
    last = loaded.read("finance", f"/division-budgets?page_size=200&fiscal_year={TODAY.year - 1}")["items"]
    assert Counter(budget["status"] for budget in last) == {"closed": 14}


def test_the_scorecard_shows_every_division_with_figures(loaded: Loaded) -> None:
    scorecard = loaded.read("reporting", "/divisions/scorecard")
    divisions = scorecard["divisions"]
    assert {division["name"] for division in divisions} == {division.name for division in DIVISIONS}
    for division in divisions:
        assert division["head"], division["name"]
        assert division["people"] > 0, division["name"]
        assert [money["currency"] for money in division["money"]] == ["EUR"], division["name"]
        assert Decimal(division["money"][0]["planned"]) > 0, division["name"]
    totals = {
        name: sum(division[name] for division in divisions)
        for name in ("people", "at_risk", "off_track", "disagreements", "stale", "unresolved", "stand_ins")
    }
    assert totals == {
        "people": 61,
        "at_risk": 2,
        "off_track": 3,
        "disagreements": 2,
        "stale": 1,
        "unresolved": 0,
        "stand_ins": 1,
    }


def test_a_project_declared_better_than_it_is_says_why(loaded: Loaded) -> None:
    projects = loaded.read("reporting", "/portfolio/health?disagrees=true")["items"]
    (watermelon,) = [project for project in projects if project["declared"] == "on track"]
    assert watermelon["name"] == "ERP finance upgrade"
    assert (watermelon["rating"], watermelon["reasons"][0]["rule"]) == ("off track", "cost-forecast")


def test_a_leavers_accountability_passed_up_the_line(loaded: Loaded) -> None:
    ledger = loaded.read("reporting", f"/accountability/ledger?project_id={project_id('depot-network')}")["items"]
    assert [(entry["person"], entry["basis"]) for entry in ledger] == [
        ("Gilles Tavernier", "named"),
        ("Marcus Oyelaran", "escalated"),
    ]


def test_people_are_found_by_role_and_by_name() -> None:
    ids = {member.id: member for member in MEMBERS.values()}
    assert all(role in ids[id].roles for role, id in PERSON_OF_ROLE.items())
    assert set(PERSON_OF_ROLE) == {str(role) for role in Role} - {"administrator", "system"}
    assert [member.name for member in find("helena")] == ["Helena Brandstätter"]
    assert [member.name for member in find("chief information officer")] == ["Helena Brandstätter"]
    assert [member.name for member in find(str(person_id("jonas")))] == ["Jonas Ekberg"]
    assert {member.name for member in find("Network")} == {
        "Rui Figueiras",
        "Ravi Kaulgud",
        "Mateusz Kranc",
    }
    assert find(" ") == find("nobody") == []


def test_the_tables_name_each_other() -> None:
    assert len({person.name for person in PEOPLE}) == len(PEOPLE) == len(POSITIONS)
    assert {person.position for person in PEOPLE} == {position.key for position in POSITIONS}
    assert len({project.key for project in PROJECTS}) == len(PROJECTS)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_whatever_has_happened_lies_before_today(today: date) -> None:
    for order in orders(today):
        for name in ("effective_on", "as_of", "occurred_on", "started_on", "ended_on"):
            if day := order.body.get(name):
                assert date.fromisoformat(day) < today, order
        if until := order.body.get("until"):
            assert date.fromisoformat(until) > today, order


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_what_a_project_did_and_spent_comes_after_it_started(today: date) -> None:
    started = {order.id: order.body["effective_on"] for order in orders(today) if order.command == "start_project"}
    ended = {order.id: order.body["effective_on"] for order in orders(today) if order.command == "close_project"}
    for order in orders(today):
        day = order.body.get("occurred_on") or order.body.get("as_of")
        if day and order.id in started:
            assert started[order.id] < day < ended.get(order.id, "9999"), order


def test_every_command_has_a_key_of_its_own_and_one_person_per_thing_and_scene() -> None:
    keys = Counter((order.actor, order.command, order.key) for order in orders(TODAY))
    assert set(keys.values()) == {1}
    for scene in story(TODAY):
        actors: dict[UUID, str] = {}
        assert all(actors.setdefault(order.id, order.actor) == order.actor for order in scene.orders), scene.title


def orders(today: date) -> list[Order]:
    return [order for scene in story(today) for order in scene.orders]
