"""The rules of the catalogue of skills."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Refused
from contracts.people import ToolKind
from contracts.values import Money, SkillLevel
from services.people.organisation.domain import skill
from services.people.organisation.domain.identity import identity
from services.people.qualifications.domain.skills import AssessSkill
from services.people.tools.domain.tool import RequestTool
from tests.scenarios import given

DATA, BASE = UUID(int=1), UUID(int=2)
DEFINE = skill.DefineSkill(name="Database administration", aliases=("DBAD",), levels=(2, 3, 4))
DEFINED = skill.SkillDefined(**vars(DEFINE))
MERGED, RETIRED = skill.SkillMerged(into_id=BASE), skill.SkillRetired(reason="Nobody has it.")
INTO = skill.Skill(name="Data base")
KNOWN = skill.Known(name="Database administration", levels=(2, 3, 4))
CATALOGUE = {identity(name): KNOWN for name in ("Database administration", "DBAD")}


def facts(**known: Any) -> skill.SkillFacts:
    return skill.SkillFacts(actor=Actor("hr"), at=datetime(2026, 3, 10, tzinfo=UTC), id=DATA, **known)


def revise(*aliases: str) -> skill.ReviseSkill:
    return skill.ReviseSkill(name="Database administration", description="", aliases=aliases, levels=(2, 3, 4))


def test_a_skill_has_a_name_other_names_and_levels() -> None:
    given(skill.SKILL).when(DEFINE, facts()).then(DEFINED)
    given(skill.SKILL, DEFINED).when(DEFINE, facts()).then()
    given(skill.SKILL, DEFINED).when(revise("DBAD", "DBA"), facts()).then(
        skill.SkillRevised(**vars(revise("DBAD", "DBA")))
    )
    given(skill.SKILL, DEFINED).when(revise("DBAD"), facts()).then()


def test_a_skill_has_each_name_once_however_it_is_written() -> None:
    twice = DEFINE.model_copy(update={"aliases": ("database  ADMINISTRATION",)})
    given(skill.SKILL).when(twice, facts()).then_refused("skill-names-differ")
    given(skill.SKILL, DEFINED).when(revise("DBAD", "dbad"), facts()).then_refused("skill-names-differ")


def test_a_skill_is_merged_into_another_which_goes_by_its_names() -> None:
    merge = skill.MergeSkill(into_id=BASE)
    given(skill.SKILL, DEFINED).when(merge, facts(into=INTO)).then(MERGED)
    given(skill.SKILL, DEFINED, MERGED).when(merge, facts(into=INTO)).then()
    before, after = skill.SKILL.fold([DEFINED]), skill.SKILL.fold([DEFINED, MERGED])
    assert after is not None
    (order,) = skill.names_adopted(merge, before, after, facts())
    assert (order.id, order.command) == (BASE, skill.AdoptNames(names=("Database administration", "DBAD")))
    base = skill.SkillDefined(name="Data base", description="", aliases=("DBAD",), levels=skill.ALL_LEVELS)
    adopted = skill.SkillNamesAdopted(names=("Database administration",))
    given(skill.SKILL, base).when(skill.AdoptNames(names=("Database administration", "dbad")), facts()).then(adopted)
    full = skill.AdoptNames(names=tuple(f"Name {number}" for number in range(50)))
    given(skill.SKILL, base).when(full, facts()).then_refused("aliases-bounded")


@pytest.mark.parametrize("into", [None, INTO.but(retired=True), INTO.but(merged_into=DATA)])
def test_a_skill_is_not_merged_into_one_that_is_not_in_the_catalogue(into: skill.Skill | None) -> None:
    merge = skill.MergeSkill(into_id=BASE)
    given(skill.SKILL, DEFINED).when(merge, facts(into=into)).then_refused("merged-into-another")
    itself = skill.MergeSkill(into_id=DATA)
    given(skill.SKILL, DEFINED).when(itself, facts(into=INTO)).then_refused("merged-into-another")


@pytest.mark.parametrize("end", [MERGED, RETIRED])
def test_what_was_merged_or_retired_stays_as_it_is(end: Any) -> None:
    given(skill.SKILL, DEFINED, end).when(revise("DBA"), facts()).then_refused("skill-in-catalogue")
    another = skill.MergeSkill(into_id=UUID(int=3))
    given(skill.SKILL, DEFINED, end).when(another, facts(into=INTO)).then_refused("skill-in-catalogue")


def test_a_command_names_a_skill_by_whatever_alias_and_decisions_by_its_name() -> None:
    assess = AssessSkill(skill="dbad", level=3, effective_on="2026-03-10")
    assert skill.by_catalogue(assess, CATALOGUE).skill == "Database administration"
    wanted = {"name": "Lab", "kind": ToolKind.LAB, "division_id": DATA, "person_id": BASE, "reason": "-"}
    levels = (SkillLevel(skill="DBAD", level=3), SkillLevel(skill="Kafka", level=2))
    tool = RequestTool(**wanted, cost=Money(amount=1, currency="EUR"), skills=levels)
    assert [*skill.names_in(tool)] == ["DBAD", "Kafka"]
    assert [each.skill for each in skill.by_catalogue(tool, CATALOGUE).skills] == ["Database administration", "Kafka"]


def test_a_skill_of_the_catalogue_is_found_at_a_level_at_which_it_is_described() -> None:
    skill.check_level("DBAD", 4, CATALOGUE)
    skill.check_level("Kafka", 7, CATALOGUE)
    with pytest.raises(Refused, match="level-described"):
        skill.check_level("DBAD", 5, CATALOGUE)
