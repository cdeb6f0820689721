"""SkillDemand: a project needs so many persons with a skill at a level, for a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Facts, NotFound, State, existing, new
from contracts.portfolio.allocation import Heads, SkillDemandStated, SkillDemandWithdrawn
from contracts.values import Level, Line, Name, Period
from services.portfolio.projects.domain.project import model


class DemandStatus(StrEnum):
    """A demand holds until it is withdrawn."""

    STATED = "stated"
    WITHDRAWN = "withdrawn"


class SkillDemand(State):
    """A demand as it stands; ``reason`` is why it was withdrawn."""

    project_id: UUID
    division_id: UUID
    skill: Name
    level: Level
    heads: Heads
    period: Period
    status: DemandStatus = DemandStatus.STATED
    reason: Line | None = None


class StateSkillDemand(Command):
    """State that a project needs persons with a skill, at a level from 1 to 7 (SFIA), for a period."""

    project_id: UUID
    skill: Name
    level: Level
    heads: Heads
    period: Period


class WithdrawSkillDemand(Command):
    """Withdraw the demand."""

    reason: Line


SkillDemandCommand = StateSkillDemand | WithdrawSkillDemand
SkillDemandEvent = SkillDemandStated | SkillDemandWithdrawn


@dataclass(frozen=True)
class SkillDemandFacts(Facts):
    """``project``: the one that needs them; None where there is none."""

    project: model.Project | None = None


def decide(
    state: SkillDemand | None, command: SkillDemandCommand, facts: SkillDemandFacts
) -> Sequence[SkillDemandEvent]:
    match command:
        case StateSkillDemand():
            return say(state, command, facts)
        case WithdrawSkillDemand(reason=reason):
            return withdraw(existing(state), reason)
        case _:
            assert_never(command)


def say(state: SkillDemand | None, command: StateSkillDemand, facts: SkillDemandFacts) -> Sequence[SkillDemandEvent]:
    """A project that goes on needs somebody."""
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "demand")
    if facts.project is None:
        raise NotFound
    model.check_going_on(facts.project)
    return [SkillDemandStated(**vars(command), division_id=facts.project.division_id)]


def withdraw(demand: SkillDemand, reason: Line) -> Sequence[SkillDemandEvent]:
    if demand.status is DemandStatus.WITHDRAWN:
        return []
    return [SkillDemandWithdrawn(project_id=demand.project_id, reason=reason)]


def evolve(state: SkillDemand | None, event: SkillDemandEvent) -> SkillDemand:
    match event:
        case SkillDemandStated():
            return SkillDemand(**vars(event))
        case SkillDemandWithdrawn(reason=reason):
            return existing(state).but(status=DemandStatus.WITHDRAWN, reason=reason)
        case _:
            assert_never(event)


SKILL_DEMAND = Decider(kind="skill-demand", state=SkillDemand, events=SkillDemandEvent, decide=decide, evolve=evolve)
