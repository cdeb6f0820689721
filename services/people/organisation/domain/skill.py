"""Skill: a skill of the catalogue, the names it goes by, and the levels at which it is described."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, assert_never
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, PrivateEvent, Refused, State, existing, new
from contracts.values import Level, Line, Name, SkillLevel, Text
from services.people.organisation.domain.identity import identity

MOST_ALIASES = 50
Aliases = Annotated[tuple[Name, ...], Field(max_length=20)]
Levels = Annotated[tuple[Level, ...], Field(min_length=1, max_length=7)]
ALL_LEVELS = (1, 2, 3, 4, 5, 6, 7)


class Skill(State):
    """A skill as it stands; ``aliases`` are its other names, ``merged_into`` the skill it turned out to be."""

    name: Name
    description: Text = ""
    aliases: tuple[Name, ...] = ()
    levels: tuple[Level, ...] = ALL_LEVELS
    merged_into: UUID | None = None
    retired: bool = False

    @property
    def known_as(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def live(self) -> bool:
        """Return whether it is in the catalogue: it is neither merged into another nor retired."""
        return self.merged_into is None and not self.retired


class DefineSkill(Command):
    """Define a skill of the catalogue: its name, other names for it, and the levels at which it is described."""

    name: Name
    description: Text = ""
    aliases: Aliases = ()
    levels: Levels = ALL_LEVELS


class ReviseSkill(Command):
    """Revise a skill of the catalogue; what was recorded under a name stays as it was recorded."""

    name: Name
    description: Text
    aliases: Aliases
    levels: Levels


class MergeSkill(Command):
    """Merge a skill into another that it turned out to be: its names become names of that one."""

    into_id: UUID


class AdoptNames(Command):
    """Take over the names of a skill that is merged into this one."""

    names: tuple[Name, ...]


class RetireSkill(Command):
    """Retire a skill from the catalogue: its names are free again."""

    reason: Line


class SkillDefined(PrivateEvent):
    """The skill is in the catalogue."""

    name: Name
    description: Text
    aliases: tuple[Name, ...]
    levels: tuple[Level, ...]


class SkillRevised(PrivateEvent):
    """The skill is called and described like this from now on."""

    name: Name
    description: Text
    aliases: tuple[Name, ...]
    levels: tuple[Level, ...]


class SkillMerged(PrivateEvent):
    """The skill turned out to be another."""

    into_id: UUID


class SkillNamesAdopted(PrivateEvent):
    """The skill goes by these names as well."""

    names: tuple[Name, ...]


class SkillRetired(PrivateEvent):
    """The skill is in the catalogue no longer."""

    reason: Line


SkillCommand = DefineSkill | ReviseSkill | MergeSkill | AdoptNames | RetireSkill
SkillEvent = SkillDefined | SkillRevised | SkillMerged | SkillNamesAdopted | SkillRetired


@dataclass(frozen=True)
class SkillFacts(Facts):
    """``into`` is the skill that the command merges this one into; None where there is none."""

    into: Skill | None = None


def decide(state: Skill | None, command: SkillCommand, facts: SkillFacts) -> Sequence[SkillEvent]:
    if isinstance(command, DefineSkill):
        return define(state, command)
    skill = existing(state)
    match command:
        case ReviseSkill():
            return revise(skill, command)
        case MergeSkill():
            return merge(skill, command, facts)
        case AdoptNames(names=names):
            return adopt(skill, names)
        case RetireSkill(reason=reason):
            return [] if skill.retired else [SkillRetired(reason=reason)]
        case _:
            assert_never(command)


def define(state: Skill | None, command: DefineSkill) -> Sequence[SkillEvent]:
    """A skill has each of its names once."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "skill")
    check_names(command)
    return [SkillDefined(**vars(command))]


def revise(skill: Skill, command: ReviseSkill) -> Sequence[SkillEvent]:
    """A skill that is in the catalogue is revised."""
    if skill == skill.but(**vars(command)):
        return []
    check_live(skill)
    check_names(command)
    return [SkillRevised(**vars(command))]


def merge(skill: Skill, command: MergeSkill, facts: SkillFacts) -> Sequence[SkillEvent]:
    """A skill is merged into another that is in the catalogue."""
    if skill.merged_into == command.into_id:
        return []
    check_live(skill)
    if command.into_id == facts.id:
        raise Refused("merged-into-another", "A skill cannot be merged into itself.", "Name another skill.")
    if facts.into is None or not facts.into.live:
        detail = "The other skill does not exist, was merged itself, or is retired."
        raise Refused("merged-into-another", detail, "Name a skill that is in the catalogue.")
    return [SkillMerged(into_id=command.into_id)]


def adopt(skill: Skill, names: Sequence[str]) -> Sequence[SkillEvent]:
    """A skill goes by the names of one that turned out to be this one; there are not too many."""
    known = {identity(name) for name in skill.known_as}
    further = tuple(name for name in names if identity(name) not in known)
    if len(skill.aliases) + len(further) > MOST_ALIASES:
        detail = f"A skill has at most {MOST_ALIASES} other names."
        raise Refused("aliases-bounded", detail, "Revise one of the two skills first, with fewer of them.")
    return [SkillNamesAdopted(names=further)] if further else []


def names_adopted(
    command: MergeSkill, before: Skill | None, _after: Skill, _facts: SkillFacts
) -> Sequence[IssuedCommand]:
    """The names of a merged skill become those of the other in the same append."""
    if before is None or not before.live:
        return []
    return [IssuedCommand(SKILL, command.into_id, AdoptNames(names=before.known_as))]


def check_names(command: DefineSkill | ReviseSkill) -> None:
    """No name is given twice, however it is written."""
    if len({identity(name) for name in (command.name, *command.aliases)}) <= len(command.aliases):
        raise Refused("skill-names-differ", "Two of the names are the same.", "Leave one of them out.")


def check_live(skill: Skill) -> None:
    """What was merged or retired stays as it is."""
    if not skill.live:
        raise Refused("skill-in-catalogue", "The skill was merged into another, or is retired.", "Define another one.")


def evolve(state: Skill | None, event: SkillEvent) -> Skill:
    if isinstance(event, SkillDefined):
        return Skill(**vars(event))
    skill = existing(state)
    match event:
        case SkillRevised():
            return skill.but(**vars(event))
        case SkillMerged(into_id=into_id):
            return skill.but(merged_into=into_id)
        case SkillNamesAdopted(names=names):
            return skill.but(aliases=(*skill.aliases, *names))
        case SkillRetired():
            return skill.but(retired=True)
        case _:
            assert_never(event)


SKILL = Decider(kind="skill", state=Skill, events=SkillEvent, decide=decide, evolve=evolve)


class Known(BaseModel):
    """A skill of the catalogue, as decisions that name it know it."""

    name: str
    levels: tuple[int, ...]


Catalogue = Mapping[str, Known]
"""The skills of the catalogue by the identity of each of their names."""
C = TypeVar("C", bound=BaseModel)


def names_in(command: BaseModel) -> Iterator[str]:
    """The skills that a command names."""
    for name, value in vars(command).items():
        if name == "skill" and isinstance(value, str):
            yield value
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, SkillLevel):
                yield each.skill


def by_catalogue(command: C, catalogue: Catalogue) -> C:
    """The same command, where each skill has the name that the catalogue has for it."""
    changes = {name: reworded(name, value, catalogue) for name, value in vars(command).items()}
    return command.model_copy(update={name: value for name, value in changes.items() if value is not None})


def reworded(field: str, value: Any, catalogue: Catalogue) -> Any:
    if isinstance(value, SkillLevel):
        return value.model_copy(update={"skill": called(value.skill, catalogue)})
    if isinstance(value, tuple) and any(isinstance(each, SkillLevel) for each in value):
        return tuple(reworded(field, each, catalogue) for each in value)
    return called(value, catalogue) if field == "skill" and isinstance(value, str) else value


def called(name: str, catalogue: Catalogue) -> str:
    """The name that the catalogue has for a skill; the same where it has none."""
    known = catalogue.get(identity(name))
    return known.name if known else name


def check_level(name: str, level: int, catalogue: Catalogue) -> None:
    """A skill of the catalogue is found at a level at which it is described."""
    known = catalogue.get(identity(name))
    if known is not None and level not in known.levels:
        detail = f"{known.name} is described at the levels {', '.join(map(str, known.levels))}."
        raise Refused("level-described", detail, "Choose one of these levels.")
