"""The public events of technologies: in which ring each stands, and the evaluations that put it there."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from contracts.base import PublicEvent
from contracts.values import Line, Name, Text


class Quadrant(StrEnum):
    """The four kinds of technology (Thoughtworks Technology Radar)."""

    TECHNIQUES = "techniques"
    TOOLS = "tools"
    PLATFORMS = "platforms"
    LANGUAGES_AND_FRAMEWORKS = "languages & frameworks"


class Ring(StrEnum):
    """What is to be done with a technology (Thoughtworks Technology Radar); hold: begin nothing new with it."""

    ASSESS = "assess"
    TRIAL = "trial"
    ADOPT = "adopt"
    HOLD = "hold"


class TechnologyNoticed(PublicEvent):
    """Somebody noticed a technology; ``division_id``: the division it is looked at for, None for all."""

    name: Name
    summary: Text
    quadrant: Quadrant
    division_id: UUID | None


class TechnologyDescribed(PublicEvent):
    """The name, summary or quadrant of a technology was changed."""

    name: Name
    summary: Text
    quadrant: Quadrant


class TechnologyMoved(PublicEvent):
    """A technology stands in another ring, by this evaluation; ``from_ring`` is None where it was only noticed."""

    from_ring: Ring | None
    ring: Ring
    evaluation_id: UUID
    reason: Line


class TechnologyEvaluated(PublicEvent):
    """Somebody evaluated a technology on a day, with these findings, and recommends a ring; ``evidence``: where."""

    technology_id: UUID
    division_id: UUID | None
    recommends: Ring
    findings: Text
    evidence: Line
    evaluated_by: UUID
    evaluated_on: date


class EvaluationFollowed(PublicEvent):
    """The technology was moved by this evaluation."""


class EvaluationDismissed(PublicEvent):
    """No move follows from the evaluation."""

    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    TechnologyNoticed,
    TechnologyDescribed,
    TechnologyMoved,
    TechnologyEvaluated,
    EvaluationFollowed,
    EvaluationDismissed,
)
