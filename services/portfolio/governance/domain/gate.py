"""Gate: a project asks to pass; an authority decides go, hold, kill or recycle, and the project follows at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, IssuedCommand, NotFound, Refused, State, existing, new
from contracts.portfolio import Stage, governance
from contracts.portfolio.governance import GateDecision
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import who_acts
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.specification import ApproveProject, RecycleProject
from services.portfolio.projects.domain.project.work import CancelProject, PutProjectOnHold, ResumeProject

AT_APPROVAL = frozenset({Stage.PROPOSED, Stage.SPECIFIED})
NOT_STARTED = AT_APPROVAL | {Stage.APPROVED, Stage.FUNDED}


class GateStatus(StrEnum):
    """Proposed until somebody decides, or nobody asks any more."""

    PROPOSED = "proposed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class Gate(State):
    """A gate as it stands; ``rationale`` is why it was decided so, or withdrawn."""

    project_id: UUID
    name: Name
    note: Text
    proposed_by: tuple[str, ...]
    status: GateStatus = GateStatus.PROPOSED
    decision: GateDecision | None = None
    decided_by: tuple[str, ...] = ()
    rationale: Line | None = None


class ProposeGate(Command):
    """Propose that a project pass a gate, such as its approval or the end of a stage."""

    project_id: UUID
    name: Name
    note: Text = ""


class DecideGate(Command):
    """Decide at the gate: go, hold, kill or recycle; the project follows at once.

    Go approves a project that is specified, and resumes one on hold. Hold puts one in progress on hold, and leaves one
    that has not started where it is. Kill cancels it, recycle returns it to its specification.
    """

    decision: GateDecision
    rationale: Line


class WithdrawGate(Command):
    """Withdraw the proposal."""

    reason: Line


GateCommand = ProposeGate | DecideGate | WithdrawGate
GateEvent = governance.GateProposed | governance.GateDecided | governance.GateWithdrawn


@dataclass(frozen=True)
class GateFacts(model.ProjectFacts):
    """``project``: the one that is to pass, if it exists. ``proposed_already``: another gate of it waits."""

    project: model.Project | None = None
    proposed_already: bool = False


def decide(state: Gate | None, command: GateCommand, facts: GateFacts) -> Sequence[GateEvent]:
    if isinstance(command, ProposeGate):
        return propose(state, command, facts)
    gate = existing(state)
    match command:
        case DecideGate():
            return conclude(gate, command, facts)
        case WithdrawGate(reason=reason):
            return withdraw(gate, reason)
        case _:
            assert_never(command)


def propose(state: Gate | None, command: ProposeGate, facts: GateFacts) -> Sequence[GateEvent]:
    """A project that goes on asks to pass one gate at a time."""
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "gate")
    check_going_on(facts)
    if facts.proposed_already:
        raise Refused(
            "one-gate-at-a-time", "Another gate of the project waits for a decision.", "Wait for it, or withdraw it."
        )
    return [governance.GateProposed(**vars(command), proposed_by=who_acts(facts.actor))]


def conclude(gate: Gate, command: DecideGate, facts: GateFacts) -> Sequence[GateEvent]:
    """A gate is decided once, while the project goes on."""
    if (gate.decision, gate.rationale) == (command.decision, command.rationale):
        return []
    check_proposed(gate)
    check_going_on(facts)
    return [governance.GateDecided(project_id=gate.project_id, decided_by=who_acts(facts.actor), **vars(command))]


def withdraw(gate: Gate, reason: Line) -> Sequence[GateEvent]:
    if gate.status is GateStatus.WITHDRAWN:
        return []
    check_proposed(gate)
    return [governance.GateWithdrawn(project_id=gate.project_id, reason=reason)]


def check_proposed(gate: Gate) -> None:
    if gate.status is not GateStatus.PROPOSED:
        raise Refused("gate-proposed", f"The gate is {gate.status}.", "Propose another one.")


def check_going_on(facts: GateFacts) -> None:
    """There is such a project, and it has not ended."""
    if facts.project is None:
        raise NotFound
    model.check_going_on(facts.project)


def followed(command: DecideGate, _before: Gate, after: Gate, facts: GateFacts) -> Sequence[IssuedCommand]:
    """What the decision does to the project, in the same append."""
    assert facts.project is not None
    order = effect(command.decision, facts.project.stage, command.rationale)
    return [IssuedCommand(PROJECT, after.project_id, order)] if order else []


ProjectOrder = ApproveProject | ResumeProject | PutProjectOnHold | CancelProject | RecycleProject


def effect(decision: GateDecision, stage: Stage, rationale: Line) -> ProjectOrder | None:
    """The command that a decision is to a project at a stage; None where it stays as it is."""
    match decision:
        case GateDecision.GO:
            return go(stage)
        case GateDecision.HOLD:
            rests = stage in NOT_STARTED or stage is Stage.ON_HOLD
            return None if rests else PutProjectOnHold(reason=rationale)
        case GateDecision.KILL:
            return CancelProject(reason=rationale)
        case GateDecision.RECYCLE:
            return None if stage is Stage.PROPOSED else RecycleProject(reason=rationale)
        case _:
            assert_never(decision)


def go(stage: Stage) -> ProjectOrder | None:
    if stage in AT_APPROVAL:
        return ApproveProject()
    return ResumeProject() if stage is Stage.ON_HOLD else None


def evolve(state: Gate | None, event: GateEvent) -> Gate:
    match event:
        case governance.GateProposed():
            return Gate(**vars(event))
        case governance.GateDecided(decision=decision, decided_by=decided_by, rationale=rationale):
            return existing(state).but(
                status=GateStatus.DECIDED, decision=decision, decided_by=decided_by, rationale=rationale
            )
        case governance.GateWithdrawn(reason=reason):
            return existing(state).but(status=GateStatus.WITHDRAWN, rationale=reason)
        case _:
            assert_never(event)


GATE = Decider(kind="gate", state=Gate, events=GateEvent, decide=decide, evolve=evolve)
