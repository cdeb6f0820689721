"""What is asked of people for a row: only what differs, in the form people takes, with ids that stay."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.values import Grade
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.plan import KnownPerson, Manager, Plan
from portolan.importer.people.rows import ExperienceRow, PersonRow
from portolan.importer.projects.mapping import ProjectMapping as Mapping
from portolan.importer.projects.plan import Plan as ProjectPlan
from portolan.importer.reading import Record
from portolan.importer.sending import Command
from services.people.app import AGGREGATES

COMMANDS: dict[str, Any] = {
    f"{row.name}_{aggregate.decider.kind}".replace("-", "_"): row.command
    for aggregate in AGGREGATES
    for row in aggregate.commands
}
TODAY = date(2026, 1, 1)
ROW = PersonRow(
    record=Record(2, 2, ()),
    key="7",
    name="Ada",
    hired_on=date(2019, 3, 1),
    division="Harbour IT",
    division_code="H",
    title="Head of berths",
    grade=Grade.SENIOR_MANAGER,
    manager="1",
    appointed_on=date(2020, 1, 15),
    years=None,
    left_on=None,
)
EXPERIENCE = ExperienceRow(
    record=Record(2, 2, ()),
    person="7",
    key=None,
    employer="Acme",
    role="Head",
    it_management=True,
    started_on=date(2006, 1, 1),
    ended_on=None,
    verified=True,
)
PLAN = Plan(PeopleMapping(), TODAY, Decimal(10))
MANAGER = Manager(PLAN.person_id("1"), PLAN.position_id(replace(ROW, key="1")))


def known(**more: Any) -> KnownPerson:
    """Ada as people knows her once her row was loaded."""
    appointment = {
        "position_id": str(PLAN.position_id(ROW)),
        "title": ROW.title,
        "division_id": str(PLAN.division_id(ROW.division)),
        "grade": ROW.grade.value,
    }
    state = {
        "name": "Ada",
        "hired_on": "2019-03-01",
        "last_on": "2020-01-15",
        "employment": "active",
        "appointment": appointment,
        "line_manager_id": str(MANAGER.person_id),
        "experience": [],
        "erased": False,
    }
    return KnownPerson({**state, **more})


def operations(commands: Any) -> list[str]:
    return [command.operation for command in commands]


def all_commands(row: PersonRow) -> list[Command]:
    return [
        *PLAN.establish(row.division, row.division_code),
        PLAN.draft(row, MANAGER),
        PLAN.draft(row, None),
        *PLAN.settle(row, MANAGER, {"duties": ["Keep the berths."]}),
        *PLAN.named(row, None),
        *PLAN.named(row, known(name="Other")),
        *PLAN.placed(row, MANAGER, None),
        *PLAN.placed(row, None, known()),
        *PLAN.gone(replace(row, left_on=TODAY)),
        *PLAN.experienced(EXPERIENCE, None),
    ]


@pytest.mark.parametrize("row", [ROW, replace(ROW, years=Decimal("7.50"), division_code=None, grade=Grade.STAFF)])
def test_every_command_is_one_that_people_has_in_the_form_it_takes(row: PersonRow) -> None:
    for command in all_commands(row):
        COMMANDS[command.operation].model_validate_json(json.dumps(command.body))
        assert set(command.fields) <= {*command.body, "line_manager_id"}


def test_ids_follow_from_source_and_keys_and_never_from_what_is_personal() -> None:
    renamed = replace(ROW, name="Grace", title="Other", hired_on=TODAY)
    assert PLAN.position_id(ROW) == PLAN.position_id(renamed)
    assert PLAN.named(ROW, None)[0].id == PLAN.named(renamed, None)[0].id
    moved = replace(EXPERIENCE, employer="Other", role="Other", verified=False)
    assert PLAN.experience_id(EXPERIENCE) == PLAN.experience_id(moved)
    assert PLAN.experience_id(EXPERIENCE) != PLAN.experience_id(replace(EXPERIENCE, key="2006-01-01"))
    other = Plan(PeopleMapping(source="other"), TODAY, Decimal(10))
    with_secret = Plan(PeopleMapping.model_validate({"secret": "x" * 16}), TODAY, Decimal(10))
    assert len({each.person_id("7") for each in (PLAN, other, with_secret)}) == 3


def test_what_people_knows_already_is_not_asked_for() -> None:
    assert not PLAN.named(ROW, known())
    assert not PLAN.placed(ROW, MANAGER, known())
    assert not PLAN.gone(ROW)


def test_another_name_is_a_renaming() -> None:
    (command,) = PLAN.named(ROW, known(name="Ada King"))
    assert (command.operation, command.body) == ("rename_person", {"name": "Ada"})


@pytest.mark.parametrize(
    "change", [{"title": "Other"}, {"grade": Grade.EXECUTIVE}, {"division": "Pilot IT"}, {"appointment": None}]
)
def test_another_position_is_an_appointment_on_its_day(change: dict[str, Any]) -> None:
    standing = known(**change) if "appointment" in change else known()
    row = ROW if "appointment" in change else replace(ROW, **change)
    (command,) = PLAN.placed(row, MANAGER, standing)
    assert (command.operation, command.body["effective_on"]) == ("appoint_person", "2020-01-15")
    assert command.body["line_manager_id"] == str(MANAGER.person_id)


def test_another_line_manager_alone_is_recorded_on_the_day_of_the_load() -> None:
    (command,) = PLAN.placed(ROW, None, known())
    assert command.operation == "change_line_manager_person"
    assert command.body == {"line_manager_id": None, "effective_on": "2026-01-01"}


def test_a_position_stays_with_a_person_until_they_change_the_division() -> None:
    assert PLAN.position_id(replace(ROW, title="Other", grade=Grade.STAFF)) == PLAN.position_id(ROW)
    assert PLAN.position_id(replace(ROW, division="Pilot IT")) != PLAN.position_id(ROW)


def test_a_position_that_stands_otherwise_is_revised_and_keeps_its_duties() -> None:
    revise, approve = PLAN.settle(ROW, MANAGER, {"duties": ["Keep the berths."]})
    assert (revise.body["duties"], revise.body["title"]) == (["Keep the berths."], "Head of berths")
    assert approve.operation == "approve_position"
    assert operations(PLAN.settle(ROW, MANAGER, None)) == ["approve_position"]


@pytest.mark.parametrize(
    ("grade", "years", "asked"),
    [
        (Grade.EXECUTIVE, None, "10"),
        (Grade.SENIOR_MANAGER, None, "10"),
        (Grade.MANAGER, None, "0"),
        (Grade.MANAGER, Decimal(3), "3"),
        (Grade.SENIOR_MANAGER, Decimal("12.5"), "12.5"),
    ],
)
def test_a_position_asks_for_the_years_of_the_row_or_of_the_policy(
    grade: Grade, years: Decimal | None, asked: str
) -> None:
    draft = PLAN.draft(replace(ROW, grade=grade, years=years), MANAGER)
    assert draft.body["it_management_years"] == asked


def test_a_division_gets_the_time_zone_of_its_file_and_who_is_hired_is_hired_into_it() -> None:
    plan = Plan(PeopleMapping(timezone="Pacific/Auckland"), TODAY, Decimal(10))
    (established,) = plan.establish("Harbour IT", "H")
    assert established.body["time_zone"] == "Pacific/Auckland"
    (unzoned,) = PLAN.establish("Harbour IT", "H")
    assert "time_zone" not in unzoned.body
    (hired,) = plan.named(ROW, None)
    assert hired.body["division_id"] == str(plan.division_id("Harbour IT"))


def test_a_division_that_people_knows_by_another_id_is_not_established() -> None:
    id = PLAN.person_id("any")
    plan = Plan(PeopleMapping(divisions={"Harbour IT": id}), TODAY, Decimal(10))
    assert not plan.establish("Harbour IT", "H")
    assert plan.draft(ROW, None).body["division_id"] == str(id)


def test_a_portfolio_of_the_same_source_has_the_same_divisions() -> None:
    portfolio = ProjectPlan(Mapping(source=PLAN.mapping.source))
    assert portfolio.division_id("Harbour IT") == PLAN.division_id("Harbour IT")


def test_experience_is_recorded_once_and_verified_once() -> None:
    assert operations(PLAN.experienced(EXPERIENCE, None)) == ["record_experience_person", "verify_experience_person"]
    assert operations(PLAN.experienced(replace(EXPERIENCE, verified=False), None)) == ["record_experience_person"]
    standing = {**PLAN.experience(EXPERIENCE).body, "verified_until": None}
    assert operations(PLAN.experienced(EXPERIENCE, standing)) == ["verify_experience_person"]
    verified = {**standing, "verified_until": "2025-01-01"}
    assert not PLAN.experienced(EXPERIENCE, verified)
    assert not PLAN.experienced(replace(EXPERIENCE, verified=False), verified)
    assert not PLAN.differs(EXPERIENCE, verified)
    assert PLAN.differs(replace(EXPERIENCE, role="Other"), verified)


def test_experience_that_went_on_is_ended_and_verified_up_to_its_end() -> None:
    over = replace(EXPERIENCE, ended_on=date(2024, 12, 31))
    going_on = {**PLAN.experience(EXPERIENCE).body, "verified_until": "2020-01-01"}
    assert not PLAN.differs(over, going_on)
    assert PLAN.differs(replace(over, role="Other"), going_on)
    told = PLAN.experienced(over, going_on)
    assert operations(told) == ["end_experience_person", "verify_experience_person"]
    assert told[0].body == {"experience_id": str(PLAN.experience_id(over)), "ended_on": "2024-12-31"}
    assert operations(PLAN.experienced(replace(over, verified=False), going_on)) == ["end_experience_person"]
    ended = {**going_on, "ended_on": "2024-12-31"}
    assert not PLAN.experienced(over, ended)
    assert PLAN.differs(EXPERIENCE, ended)
    assert PLAN.differs(replace(over, ended_on=date(2024, 12, 30)), ended)
