"""What portfolio says of persons and skills, over HTTP: on the desk, by week, beside gaps, and for a vacancy."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.portfolio.allocation import (
    AllocationEnded,
    PersonAllocated,
    PersonOverloaded,
    SkillDemandStated,
    SkillDemandWithdrawn,
)
from contracts.values import Period
from tests.harness import Company, wait_until
from tests.neighbours import Neighbours
from tests.people.cast import Cast, cast_of, refused, unknown
from tests.today import TODAY

MONDAY = TODAY - timedelta(days=TODAY.weekday())
PROJECT = uuid4()
Json = dict[str, Any]


@pytest.fixture
def cast(firm: Company) -> Cast:
    return cast_of(firm.running["people"])


@pytest.fixture(scope="module")
def portfolio(firm: Company) -> Neighbours:
    """Portfolio is absent: what it would say, the test says."""
    return Neighbours(firm)


def allocate(portfolio: Neighbours, cast: Cast, name: str, hours: int) -> str:
    stream, person = f"allocation-{uuid4()}", UUID(cast.persons[name])
    said = PersonAllocated(person_id=person, project_id=PROJECT, monday=MONDAY, hours=Decimal(hours))
    portfolio.tell("portfolio", stream, said)
    return stream


def need(portfolio: Neighbours, cast: Cast, skill: str, heads: int, level: int = 4) -> str:
    stream, period = f"skill-demand-{uuid4()}", Period(start=TODAY, end=TODAY + timedelta(days=30))
    stated = SkillDemandStated(
        project_id=PROJECT, division_id=UUID(cast.division), skill=skill, level=level, heads=heads, period=period
    )
    portfolio.tell("portfolio", stream, stated)
    return stream


def this_week(cast: Cast, reader: str, name: str = "member") -> Json:
    found = cast.as_person(reader).get(f"/persons/{cast.persons[name]}/load", params={"weeks": 1})
    assert found.status_code == 200, found.text
    (week,) = found.json()["weeks"]
    return dict(week)


def needed(cast: Cast, **asked: Any) -> list[Json]:
    found = cast.as_person("stranger").get("/skill-demand", params={"division_id": cast.division, **asked})
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


def test_a_persons_load_is_for_them_the_line_above_and_hr(portfolio: Neighbours, cast: Cast) -> None:
    stream = allocate(portfolio, cast, "member", 16)
    wait_until(lambda: Decimal(this_week(cast, "junior")["allocated"]) == 16, "people heard of the allocation")
    wait_until(lambda: this_week(cast, "member")["capacity"] is not None, "people worked the hours out")
    assert (this_week(cast, "director")["monday"], this_week(cast, "director")["overloaded"]) == (str(MONDAY), False)
    unknown(cast.as_person("peer").get(f"/persons/{cast.persons['member']}/load"))
    person = UUID(cast.persons["member"])
    ended = AllocationEnded(person_id=person, project_id=PROJECT, monday=MONDAY, how="ended")
    portfolio.tell("portfolio", stream, ended)
    wait_until(lambda: Decimal(this_week(cast, "junior")["allocated"]) == 0, "people heard of its end")


def test_load_is_on_the_managers_desk(portfolio: Neighbours, cast: Cast) -> None:
    def reports() -> list[tuple[Decimal, list[str]]]:
        team = cast.as_person("junior").get("/desk").json()["team"]
        return [(Decimal(each["allocated"]), each["overloaded_weeks"]) for each in team]

    assert reports() == [(Decimal(0), [])]
    allocate(portfolio, cast, "member", 16)
    overloaded = PersonOverloaded(person_id=UUID(cast.persons["member"]), monday=MONDAY, approved_by=())
    portfolio.tell("portfolio", f"overload-{uuid4()}", overloaded)
    wait_until(lambda: reports() == [(Decimal(16), [str(MONDAY)])], "the desk shows the load")
    assert this_week(cast, "member")["overloaded"]


def test_skills_needed_stand_beside_those_held_and_how_few_hold_them_is_not_told(
    portfolio: Neighbours, cast: Cast
) -> None:
    stream = need(portfolio, cast, "Ada 95", 2)
    wait_until(lambda: len(needed(cast)) == 1, "people heard of the demand")
    (found,) = needed(cast)
    assert {name: found[name] for name in ("skill", "level", "heads", "held", "short")} == {
        "skill": "Ada 95",
        "level": 4,
        "heads": 2,
        "held": 0,
        "short": 2,
    }
    assert [each["project_id"] for each in found["demands"]] == [str(PROJECT)]
    assessed = {"skill": "ada 95", "level": 5, "effective_on": str(TODAY)}
    cast.post(cast.hr, f"/qualifications/{cast.persons['member']}/assess-skill", **assessed)
    (found,) = needed(cast)
    assert (found["held"], found["short"]) == (None, None)
    assert needed(cast, on=str(TODAY + timedelta(days=31))) == []
    portfolio.tell("portfolio", stream, SkillDemandWithdrawn(project_id=PROJECT, reason="Bought."))
    wait_until(lambda: needed(cast) == [], "people heard of its withdrawal")


def test_load_and_demand_are_evidence_for_a_vacancy_to_those_who_decide_on_it(
    portfolio: Neighbours, cast: Cast
) -> None:
    position = cast.position("staff", cast.positions["junior"])
    required = {"skill": "Cobol", "level": 3}
    revised = {
        "title": "Programmer",
        "grade": "staff",
        "reports_to": cast.positions["junior"],
        "it_management_years": "0",
        "duties": [],
        "required_skills": [required],
        "required_schemes": [],
    }
    cast.post(cast.hr, f"/positions/{position}/revise", **revised)
    vacancy = cast.post(cast.hr, "/vacancies", position_id=position, reason="Too much to do.")["id"]
    path = f"/vacancies/{vacancy}/evidence"
    need(portfolio, cast, "COBOL", 3)
    need(portfolio, cast, "Fortran", 3)
    allocate(portfolio, cast, "member", 38)

    def evidence() -> Json:
        return dict(cast.hr.get(path).json())

    wait_until(lambda: Decimal(evidence()["team"]["allocated"]) == 38, "people heard of the allocation")
    wait_until(lambda: [each["heads"] for each in evidence()["needed"]] == [3], "people heard of the demand")
    wait_until(lambda: Decimal(evidence()["team"]["capacity"]) > 0, "people worked the hours out")
    found = evidence()
    assert (found["team"]["heads"], found["team"]["weeks"], found["team"]["overloaded_weeks"]) == (1, 26, 0)
    assert cast.as_person("junior").get(path).json() == found
    refused(cast.as_person("stranger").get(path), "reads-evidence", 403)
    unknown(cast.hr.get(f"/vacancies/{uuid4()}/evidence"))
