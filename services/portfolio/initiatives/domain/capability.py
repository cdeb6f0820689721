"""Capability maturity of an initiative: where a capability stood, where it is to be by a day, and where it stands."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.decider import Command, Facts, Refused, State
from contracts.portfolio.initiatives import CapabilityAssessed, CapabilityTargetSet, Maturity
from contracts.values import Day, Line, Name

MOST_CAPABILITIES = 50


class Capability(State):
    """A capability: its baseline, its target, and the level found last, which is the baseline at first."""

    capability: Name
    baseline: Maturity
    baseline_on: date
    target: Maturity
    target_on: date
    level: Maturity
    assessed_on: date


class SetCapabilityTarget(Command):
    """Set the maturity a capability is to reach by a day, and the one it had on an earlier day."""

    capability: Name
    baseline: Maturity
    baseline_on: Day
    target: Annotated[Maturity, Field(examples=[4])]
    target_on: Annotated[Day, Field(examples=["2027-01-15"])]

    @field_validator("target")
    @classmethod
    def _higher(cls, target: Maturity, info: ValidationInfo) -> Maturity:
        if target <= info.data.get("baseline", 0):
            raise ValueError("the target is above the baseline")
        return target

    @field_validator("target_on")
    @classmethod
    def _later(cls, target_on: Day, info: ValidationInfo) -> Day:
        if target_on <= info.data.get("baseline_on", date.min):
            raise ValueError("the day of the target comes after that of the baseline")
        return target_on


class AssessCapability(Command):
    """Record the maturity that a capability was found to have on a day, with the evidence."""

    capability: Name
    level: Maturity
    assessed_on: Day
    evidence: Line


def find(capabilities: Sequence[Capability], name: Name) -> Capability | None:
    return next((each for each in capabilities if each.capability == name), None)


def set_target(
    capabilities: Sequence[Capability], command: SetCapabilityTarget, facts: Facts
) -> Sequence[CapabilityTargetSet]:
    """The baseline is of a day that has come; an initiative has a bounded number of capabilities."""
    found = find(capabilities, command.capability)
    if found is not None and vars(command).items() <= vars(found).items():
        return []
    check_come(command.baseline_on, facts)
    if found is None and len(capabilities) >= MOST_CAPABILITIES:
        detail = f"{MOST_CAPABILITIES} capabilities have a target already."
        raise Refused("capabilities-bounded", detail, "Shape another initiative.")
    return [CapabilityTargetSet(**vars(command))]


def assess(capabilities: Sequence[Capability], command: AssessCapability, facts: Facts) -> Sequence[CapabilityAssessed]:
    """Only what has a target is assessed, in the order of the days; a target reached stays on record."""
    found = find(capabilities, command.capability)
    if found is None:
        raise Refused("capability-not-known", "The capability has no target here.", "Set its target first.")
    if (command.level, command.assessed_on) == (found.level, found.assessed_on):
        return []
    check_come(command.assessed_on, facts)
    if command.assessed_on < found.assessed_on:
        detail = f"It was assessed on {found.assessed_on}."
        raise Refused("assessments-in-order", detail, "Name that day or a later one.")
    return [CapabilityAssessed(**vars(command))]


def check_come(day: date, facts: Facts) -> None:
    if day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")


def changed(
    capabilities: tuple[Capability, ...], event: CapabilityTargetSet | CapabilityAssessed
) -> tuple[Capability, ...]:
    """The capabilities, with the one of the event as it says; what was assessed after a new baseline holds."""
    found = find(capabilities, event.capability)
    if isinstance(event, CapabilityTargetSet):
        level, day = event.baseline, event.baseline_on
        if found is not None and found.assessed_on > day:
            level, day = found.level, found.assessed_on
        after = Capability(**vars(event), level=level, assessed_on=day)
    elif found is None:
        return capabilities
    else:
        after = found.but(level=event.level, assessed_on=event.assessed_on)
    if found is None:
        return (*capabilities, after)
    return tuple(after if each is found else each for each in capabilities)
