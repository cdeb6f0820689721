"""Initiative: a programme to which projects may belong, from its shape to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts import portfolio
from contracts.portfolio.initiatives import CapabilityAssessed, CapabilityTargetSet
from contracts.values import Line, Name, Text
from services.portfolio.initiatives.domain import capability
from services.portfolio.organisation.domain.known import check_division


class InitiativeStage(StrEnum):
    """The stages of an initiative's life (LANGUAGE: Initiative)."""

    SHAPED = "shaped"
    APPROVED = "approved"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"


class Initiative(State):
    """An initiative as it stands."""

    name: Name
    purpose: Text
    division_id: UUID
    source: portfolio.Source | None = None
    stage: InitiativeStage = InitiativeStage.SHAPED
    outcome: portfolio.Outcome | None = None
    summary: Text | None = None
    capabilities: tuple[capability.Capability, ...] = ()

    @property
    def ended(self) -> bool:
        """Return whether it is completed or stopped."""
        return self.stage in {InitiativeStage.COMPLETED, InitiativeStage.STOPPED}


class ShapeInitiative(Command):
    """Describe an initiative of a division. Repeating it changes nothing; a changed name in the source renames it."""

    name: Name
    purpose: Text
    division_id: UUID
    source: portfolio.Source | None = None


class RenameInitiative(Command):
    """Rename an initiative."""

    name: Name


class ApproveInitiative(Command):
    """Approve the initiative."""


class StartInitiative(Command):
    """Start an approved initiative."""


class CompleteInitiative(Command):
    """Complete a running initiative with its outcome, once its projects have ended."""

    outcome: portfolio.Outcome
    summary: Text


class StopInitiative(Command):
    """Stop an initiative."""

    reason: Line


InitiativeCommand = (
    ShapeInitiative
    | RenameInitiative
    | ApproveInitiative
    | StartInitiative
    | CompleteInitiative
    | StopInitiative
    | capability.SetCapabilityTarget
    | capability.AssessCapability
)

InitiativeEvent = (
    portfolio.InitiativeShaped
    | portfolio.InitiativeRenamed
    | portfolio.InitiativeApproved
    | portfolio.InitiativeStarted
    | portfolio.InitiativeCompleted
    | portfolio.InitiativeStopped
    | CapabilityTargetSet
    | CapabilityAssessed
)


@dataclass(frozen=True)
class InitiativeFacts(Facts):
    """``division_open``: None where portfolio has not heard of it; ``open_projects``: its projects that go on."""

    division_open: bool | None = None
    open_projects: int = 0


def decide(state: Initiative | None, command: InitiativeCommand, facts: InitiativeFacts) -> Sequence[InitiativeEvent]:
    if isinstance(command, ShapeInitiative):
        return shape(state, command, facts)
    initiative = existing(state)
    match command:
        case RenameInitiative(name=name):
            return rename(initiative, name)
        case ApproveInitiative():
            return approve(initiative)
        case StartInitiative():
            return start(initiative)
        case CompleteInitiative():
            return complete(initiative, command, facts)
        case StopInitiative(reason=reason):
            return stop(initiative, reason)
        case capability.SetCapabilityTarget():
            check_goes_on(initiative)
            return capability.set_target(initiative.capabilities, command, facts)
        case capability.AssessCapability():
            return capability.assess(initiative.capabilities, command, facts)
        case _:
            assert_never(command)


def shape(
    state: Initiative | None, command: ShapeInitiative, facts: InitiativeFacts
) -> Sequence[portfolio.InitiativeShaped | portfolio.InitiativeRenamed]:
    """An initiative starts in an open division; one that was imported follows its source's name."""
    if state is not None and same_but_name(state, command):
        if command.name == state.name:
            return []
        if state.source is not None:
            return [portfolio.InitiativeRenamed(name=command.name)]
    new(state, "initiative")
    check_division(facts.division_open)
    return [portfolio.InitiativeShaped(**vars(command))]


def same_but_name(initiative: Initiative, command: ShapeInitiative) -> bool:
    """Return whether the command describes this very initiative, perhaps by another name."""
    return (initiative.purpose, initiative.division_id, initiative.source) == (
        command.purpose,
        command.division_id,
        command.source,
    )


def rename(initiative: Initiative, name: Name) -> Sequence[portfolio.InitiativeRenamed]:
    """An initiative that has ended keeps its name."""
    if name == initiative.name:
        return []
    check_goes_on(initiative)
    return [portfolio.InitiativeRenamed(name=name)]


def approve(initiative: Initiative) -> Sequence[portfolio.InitiativeApproved]:
    """Only what was shaped is approved."""
    if initiative.stage is InitiativeStage.APPROVED:
        return []
    require(initiative, InitiativeStage.SHAPED, "Approve an initiative that is shaped.")
    return [portfolio.InitiativeApproved()]


def start(initiative: Initiative) -> Sequence[portfolio.InitiativeStarted]:
    """Only an approved initiative starts."""
    if initiative.stage is InitiativeStage.RUNNING:
        return []
    require(initiative, InitiativeStage.APPROVED, "Have it approved first.")
    return [portfolio.InitiativeStarted()]


def complete(
    initiative: Initiative, command: CompleteInitiative, facts: InitiativeFacts
) -> Sequence[portfolio.InitiativeCompleted]:
    """A running initiative completes with an outcome and a summary, when none of its projects goes on."""
    completed = portfolio.InitiativeCompleted(outcome=command.outcome, summary=command.summary)
    if initiative == evolve(initiative, completed):
        return []
    require(initiative, InitiativeStage.RUNNING, "Start it first.")
    if command.outcome is portfolio.Outcome.NOT_RECORDED and initiative.source is None:
        raise Refused("outcome-required", "The outcome is missing.", "State whether it succeeded or failed.")
    if not command.summary.strip():
        raise Refused("summary-required", "The summary is empty.", "State what the initiative achieved.")
    if facts.open_projects:
        detail = f"{facts.open_projects} of its projects have not ended."
        raise Refused("completes-after-its-projects", detail, "Close or cancel them first, or stop the initiative.")
    return [completed]


def stop(initiative: Initiative, reason: Line) -> Sequence[portfolio.InitiativeStopped]:
    """Any initiative that has not ended can be given up."""
    if initiative.stage is InitiativeStage.STOPPED:
        return []
    if initiative.ended:
        raise Refused("initiative-ended", "The initiative is completed.", "Leave it as it is.")
    return [portfolio.InitiativeStopped(reason=reason)]


def check_goes_on(initiative: Initiative) -> None:
    if initiative.ended:
        raise Refused("initiative-ended", f"The initiative is {initiative.stage}.", "Shape another one.")


def require(initiative: Initiative, stage: InitiativeStage, remedy: str) -> None:
    """The initiative is at this stage."""
    check_goes_on(initiative)
    if initiative.stage is not stage:
        raise Refused("not-at-this-stage", f"The initiative is {initiative.stage}.", remedy)


def evolve(state: Initiative | None, event: InitiativeEvent) -> Initiative:
    match event:
        case portfolio.InitiativeShaped():
            return Initiative(**vars(event))
    initiative = existing(state)
    match event:
        case portfolio.InitiativeRenamed(name=name):
            return initiative.but(name=name)
        case portfolio.InitiativeApproved():
            return initiative.but(stage=InitiativeStage.APPROVED)
        case portfolio.InitiativeStarted():
            return initiative.but(stage=InitiativeStage.RUNNING)
        case portfolio.InitiativeCompleted(outcome=outcome, summary=summary):
            return initiative.but(stage=InitiativeStage.COMPLETED, outcome=outcome, summary=summary)
        case portfolio.InitiativeStopped():
            return initiative.but(stage=InitiativeStage.STOPPED)
        case CapabilityTargetSet() | CapabilityAssessed():
            return initiative.but(capabilities=capability.changed(initiative.capabilities, event))
        case _:
            assert_never(event)


INITIATIVE = Decider(kind="initiative", state=Initiative, events=InitiativeEvent, decide=decide, evolve=evolve)
