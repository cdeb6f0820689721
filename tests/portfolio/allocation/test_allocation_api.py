"""Allocation over HTTP: within the hours of a week, beyond them with an approver, and who reads whose hours."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import people
from contracts.roles import Role
from contracts.values import Grade
from services.portfolio.organisation.domain.portfolio_policy import POLICY_ID
from tests.business import Business, Json, Post, Team, at_once, done, items, made, not_authorised, on_project, refused
from tests.harness import wait_until
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY

WEEK = timedelta(days=7)
THIS_MONDAY = TODAY - timedelta(days=TODAY.weekday())
NEXT = THIS_MONDAY + WEEK


def hours(business: PortfolioAlone, person: str, *weekly: int) -> None:
    """What people tell of somebody's hours, from this week on."""
    weeks = [
        people.WeekHours(monday=THIS_MONDAY + WEEK * number, hours=Decimal(each)) for number, each in enumerate(weekly)
    ]
    business.neighbours.tell_hours(UUID(person), people.WeeklyCapacity(person_id=UUID(person), weeks=tuple(weeks)))


def capacities(business: Business, person: str) -> list[str | None]:
    chief = business.system("portfolio", Role.STAFF, subject=person)
    weeks = done(chief.get(f"/load/persons/{person}?weeks=3"))["weeks"]
    return [week["capacity"] for week in weeks]


def there(business: PortfolioAlone, person: str, *weekly: int) -> None:
    """Portfolio knows somebody's hours."""
    hours(business, person, *weekly)
    known = [Decimal(each) for each in weekly[:3]]
    wait_until(
        lambda: [Decimal(each) for each in capacities(business, person) if each] == known, "portfolio knows the hours"
    )


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture
def worker(business: PortfolioAlone, team: Team) -> Post:
    """Somebody below the manager, there for 40 hours in each of three weeks."""
    post = business.post(team.division, "staff", team.manager)
    business.settle()
    there(business, post.person, 40, 40, 40)
    return post


@pytest.fixture(scope="module")
def project(business: Business, team: Team) -> str:
    return business.propose(team)


@pytest.fixture
def senior(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.senior)


@pytest.fixture
def manager(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.manager)


def body(worker: Post, project: str, number: int, monday: date = NEXT, **more: str) -> Json:
    return {"person_id": worker.person, "project_id": project, "monday": str(monday), "hours": str(number), **more}


def ask(client: httpx.Client, asked: Mapping[str, object]) -> httpx.Response:
    return client.post("/allocations", json=asked)


def beyond(client: httpx.Client, worker: Post, project: str, number: int) -> httpx.Response:
    return ask(client, body(worker, project, number, overload_reason="It is law."))


def overloaded(manager: httpx.Client, worker: Post) -> Sequence[str]:
    found = items(manager.get(f"/overloads?person_id={worker.person}&live=true&sort=monday"))
    return [each["monday"] for each in found]


def test_a_week_is_filled_and_not_overfilled_and_the_figures_are_for_the_line_above(
    business: Business, team: Team, worker: Post, project: str, senior: httpx.Client
) -> None:
    made(ask(senior, body(worker, project, 30)))
    told = refused(ask(senior, body(worker, project, 11)), "within-capacity")
    assert "40" in told["detail"]
    assert "30" in told["detail"]
    office = refused(ask(business.office, body(worker, project, 11)), "within-capacity")
    assert not any(character.isdigit() for character in office["detail"])
    made(ask(senior, body(worker, project, 10)))
    made(ask(senior, body(worker, project, 40, THIS_MONDAY)))


def test_only_those_who_answer_for_the_project_and_the_office_ask(
    business: Business, team: Team, worker: Post, project: str, manager: httpx.Client
) -> None:
    not_authorised(ask(manager, body(worker, project, 1)))
    not_authorised(ask(business.as_person("portfolio", worker), body(worker, project, 1)))
    made(ask(business.office, body(worker, project, 1)))


def test_bad_input_names_the_field_and_what_is_not_there_is_not_found(
    business: Business, worker: Post, project: str
) -> None:
    for wrong, field in (({"monday": str(NEXT + timedelta(days=1))}, "monday"), ({"hours": "0"}, "hours")):
        response = ask(business.office, body(worker, project, 1) | wrong)
        assert response.status_code == 422
        assert field in response.text
    assert ask(business.office, body(worker, str(uuid4()), 1)).status_code == 404
    refused(ask(business.office, body(Post(str(uuid4()), ""), project, 1)), "person-not-known-yet")
    refused(ask(business.office, body(worker, project, 1, NEXT + 9 * WEEK)), "capacity-not-known")


def test_a_hundred_at_once_never_pass_the_hours_of_the_week(
    business: Business, worker: Post, project: str, senior: httpx.Client
) -> None:
    asked = body(worker, project, 1)
    answers = at_once([lambda: ask(senior, asked)] * 100)
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    found = items(senior.get(f"/allocations?person_id={worker.person}&status=allocated&page_size=200"))
    stored = sum(Decimal(each["hours"]) for each in found)
    assert stored == sum(answer.status_code == 201 for answer in answers) == 40


def test_a_manager_above_records_an_overload_and_nobody_for_themselves(
    business: Business, team: Team, worker: Post, project: str, senior: httpx.Client, manager: httpx.Client
) -> None:
    made(ask(senior, body(worker, project, 40)))
    own = beyond(business.as_person("portfolio", worker), worker, project, 8)
    assert refused(own, "own-overload", 403)["remedy"] == "Ask a manager above the person."
    not_authorised(beyond(business.office, worker, project, 8))
    assert overloaded(manager, worker) == []
    answer = beyond(manager, worker, project, 8)
    assert answer.status_code == 201, answer.text
    (found,) = items(manager.get(f"/overloads?person_id={worker.person}&live=true"))
    assert (found["approved_by"], found["reason"]) == ([team.manager.person], "It is law.")
    assert items(business.office.get(f"/overloads?person_id={worker.person}")) == []
    done(senior.post(f"/allocations/{answer.json()['id']}/end", json={"reason": "Not law."}))
    wait_until(lambda: overloaded(manager, worker) == [], "the overload ended by itself")


def test_hours_that_become_fewer_raise_an_overload_and_it_ends_when_they_suffice_again(
    business: PortfolioAlone, worker: Post, project: str, senior: httpx.Client, manager: httpx.Client
) -> None:
    made(ask(senior, body(worker, project, 30)))
    hours(business, worker.person, 40, 20, 40)
    wait_until(lambda: overloaded(manager, worker) == [str(NEXT)], "an overload rose by itself")
    (found,) = items(manager.get(f"/overloads?person_id={worker.person}&live=true"))
    assert found["approved_by"] == []
    desk = [each for each in done(manager.get("/desk"))["decisions"] if each["id"] == found["id"]]
    assert [(each["what"], each["person_id"]) for each in desk] == [("resolve the overload", worker.person)]
    hours(business, worker.person, 40, 30, 40)
    wait_until(lambda: overloaded(manager, worker) == [], "the overload ended by itself")


def test_nothing_is_left_for_a_leaver_to_work_on(
    business: PortfolioAlone, worker: Post, project: str, senior: httpx.Client
) -> None:
    kept = made(ask(senior, body(worker, project, 8, THIS_MONDAY)))
    ended = made(ask(senior, body(worker, project, 8, NEXT)))
    left = people.PersonLeft(line_manager_id=None, effective_on=NEXT)
    business.neighbours.tell("people", f"person-{worker.person}", left)
    business.settle()
    found = {each["id"]: each["how_ended"] for each in items(senior.get(f"/allocations?person_id={worker.person}"))}
    assert found == {kept: None, ended: "person left"}
    refused(ask(senior, body(worker, project, 1)), "person-works-here")


def types(client: httpx.Client, path: str) -> list[str]:
    return [each["type"] for each in items(client.get(f"{path}/history"))]


def test_what_is_told_twice_happens_once(
    business: PortfolioAlone, worker: Post, project: str, senior: httpx.Client, manager: httpx.Client
) -> None:
    allocation = made(ask(senior, body(worker, project, 30)))
    for _ in range(2):
        hours(business, worker.person, 40, 20, 40)
    wait_until(lambda: overloaded(manager, worker) == [str(NEXT)], "an overload rose by itself")
    (found,) = items(manager.get(f"/overloads?person_id={worker.person}&live=true"))
    left = people.PersonLeft(line_manager_id=None, effective_on=THIS_MONDAY)
    business.neighbours.tell("people", f"person-{worker.person}", left)
    business.neighbours.repeat()
    business.settle()
    assert types(senior, f"/allocations/{allocation}").count("AllocationEnded") == 1
    wait_until(
        lambda: not done(business.as_person("portfolio", worker).get(f"/overloads/{found['id']}"))["live"],
        "nothing is left that is too much",
    )
    assert types(business.as_person("portfolio", worker), f"/overloads/{found['id']}") == [
        "WeekReviewed",
        "PersonOverloaded",
        "OverloadEnded",
    ]


def test_hours_may_be_heard_of_before_their_person(
    business: PortfolioAlone, team: Team, project: str, senior: httpx.Client
) -> None:
    late = str(uuid4())
    hours(business, late, 40, 40, 40)
    refused(ask(senior, body(Post(late, ""), project, 8)), "person-not-known-yet")
    appointed = people.PersonAppointed(
        position_id=uuid4(),
        title="Programmer",
        division_id=UUID(team.division),
        grade=Grade.STAFF,
        line_manager_id=UUID(team.manager.person),
        transferred=False,
        promoted=False,
        effective_on=TODAY,
    )
    business.neighbours.tell("people", f"person-{late}", appointed)
    business.settle()
    wait_until(
        lambda: ask(senior, body(Post(late, ""), project, 8)).status_code == 201, "the hours count when they are known"
    )


def test_nobody_works_on_a_project_that_ended_and_it_needs_nobody(
    business: Business, team: Team, worker: Post, senior: httpx.Client
) -> None:
    project = business.propose(team)
    allocation = made(ask(senior, body(worker, project, 8)))
    period = {"start": str(TODAY), "end": str(TODAY + WEEK)}
    needed = {"project_id": project, "skill": "Java", "level": 4, "heads": 2, "period": period}
    demand = made(senior.post("/skill-demands", json=needed))
    done(on_project(senior, project, "cancel", reason="Enough."))
    business.settle()
    assert done(senior.get(f"/allocations/{allocation}"))["how_ended"] == "project ended"
    assert done(senior.get(f"/skill-demands/{demand}"))["status"] == "withdrawn"


def test_hours_are_for_the_person_and_the_line_above_and_heads_and_sums_for_all(
    business: Business, team: Team, worker: Post, project: str, senior: httpx.Client, manager: httpx.Client
) -> None:
    allocation = made(ask(senior, body(worker, project, 30)))
    themself = business.as_person("portfolio", worker)
    done(themself.post(f"/allocations/{allocation}/plan-work", json={"hours": "24"}))
    path = f"/load/persons/{worker.person}?from={NEXT}&weeks=1"
    for reader in (themself, manager, senior, business.as_person("portfolio", team.head)):
        (week,) = done(reader.get(path))["weeks"]
        assert {name: Decimal(week[name]) for name in ("capacity", "allocated", "planned", "gap", "free")} == {
            "capacity": 40,
            "allocated": 30,
            "planned": 24,
            "gap": 6,
            "free": 10,
        }
    for other in (business.office, business.as_person("portfolio", team.sponsor)):
        assert other.get(path).status_code == 404
    assert business.office.get(f"/load/persons/{uuid4()}").status_code == 404
    stranger = business.as_person("portfolio", team.sponsor)
    assert stranger.get(f"/allocations/{allocation}").status_code == 404
    assert items(stranger.get(f"/allocations?person_id={worker.person}")) == []


def test_the_sums_of_too_few_are_not_told(business: PortfolioAlone) -> None:
    team = business.team()
    crew = [business.post(team.division, "staff", team.manager) for _ in range(3)]
    business.settle()
    for member in crew:
        there(business, member.person, 40, 40, 40)
    project, senior = business.propose(team), business.as_person("portfolio", team.senior)
    for member in crew:
        made(ask(senior, body(member, project, 20)))
    stranger = business.as_person("portfolio", team.sponsor)

    def week(**of: str) -> Json:
        (found,) = done(stranger.get("/load", params={"from": str(NEXT), "weeks": 1, **of}))["weeks"]
        return dict(found)

    figures = ("heads", "capacity", "allocated", "planned", "gap", "free")
    for of in ({"division_id": team.division}, {"project_id": project}):
        assert [week(**of)[name] for name in figures] == [None] * 6
    chair = business.system("portfolio", Role.EXECUTIVE)
    fewer = {"fewest_in_figures": 3, "reason": "We are small."}
    done(chair.post(f"/portfolio-policies/{POLICY_ID}/set-limits", json=fewer))
    for of in ({"division_id": team.division}, {"project_id": project}):
        found = week(**of)
        assert [Decimal(found[name]) for name in figures] == [3, 120, 60, 0, 60, 60]
    done(chair.post(f"/portfolio-policies/{POLICY_ID}/set-limits", json={"fewest_in_figures": 5, "reason": "Back."}))
    both = {"division_id": team.division, "project_id": project}
    assert stranger.get("/load", params=both).status_code == 422
    assert stranger.get("/load", params={"division_id": str(uuid4())}).status_code == 404
    assert stranger.get("/load", params={"project_id": str(uuid4())}).status_code == 404


def test_the_sums_of_a_division_less_those_below_it_do_not_tell_of_few(business: PortfolioAlone) -> None:
    above, chair = business.division(), business.system("portfolio", Role.EXECUTIVE)
    below = business.division(above)
    persons = [business.post(below, "staff") for _ in range(5)] + [business.post(above, "staff") for _ in range(2)]
    business.settle()
    for number, each in enumerate(persons):
        there(business, each.person, 40 if number < 5 else 16)

    def heads_and_hours(division: str) -> tuple[int, Decimal]:
        asked = {"division_id": division, "from": str(THIS_MONDAY), "weeks": "1"}
        (found,) = done(chair.get("/load", params=asked))["weeks"]
        return found["heads"], Decimal(found["capacity"])

    assert heads_and_hours(below) == heads_and_hours(above) == (5, Decimal(200))
    for _ in range(3):
        persons.append(business.post(above, "staff"))
    business.settle()
    for each in persons[7:]:
        there(business, each.person, 16)
    assert heads_and_hours(above) == (10, Decimal(280))
