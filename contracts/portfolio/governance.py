"""The public events of governance: decisions, priorities and gates."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts.base import PublicEvent
from contracts.values import Line, Name, Text


class GateDecision(StrEnum):
    """What is decided at a gate: it passes, rests, is given up, or is specified again (Stage-Gate)."""

    GO = "go"
    HOLD = "hold"
    KILL = "kill"
    RECYCLE = "recycle"


class DecisionLogged(PublicEvent):
    """Somebody decided between options. ``supersedes``: the decision that holds no more because of it."""

    title: Name
    options: tuple[Line, ...]
    chosen: Line
    rationale: Text
    decided_by: UUID
    supersedes: UUID | None
    due_on: date | None
    division_id: UUID | None
    initiative_id: UUID | None
    project_id: UUID | None
    effective_on: date


class DecisionCarriedOut(PublicEvent):
    """What was decided was done."""

    note: Text
    effective_on: date


class DecisionNotCarriedOut(PublicEvent):
    """What was decided will not be done."""

    reason: Line


class DecisionSuperseded(PublicEvent):
    """Another decision took its place."""

    by_id: UUID


class PrioritiesRanked(PublicEvent):
    """Projects or requests of a division, or of all, were ranked, the first first; this is version ``number``."""

    title: Name
    ranks: Literal["projects", "requests"]
    division_id: UUID | None
    number: int
    ranking: tuple[UUID, ...]
    reason: Line


class GateProposed(PublicEvent):
    """A project asks to pass a gate. ``proposed_by``: who asks, and in whose place, if in somebody's."""

    project_id: UUID
    name: Name
    note: Text
    proposed_by: tuple[str, ...]


class GateDecided(PublicEvent):
    """An authority decided at the gate; what follows for the project was stored with it."""

    project_id: UUID
    decision: GateDecision
    rationale: Line
    decided_by: tuple[str, ...]


class GateWithdrawn(PublicEvent):
    """The project does not ask to pass any more."""

    project_id: UUID
    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    DecisionLogged,
    DecisionCarriedOut,
    DecisionNotCarriedOut,
    DecisionSuperseded,
    PrioritiesRanked,
    GateProposed,
    GateDecided,
    GateWithdrawn,
)
