"""The public events of benefits, capabilities and roadmaps; those of an initiative's life are in the base."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Line, Money, Name, Period

Maturity = Annotated[int, Field(ge=1, le=5)]
"""A level of maturity, 1 (initial) to 5 (optimising), as CMMI has them."""


class RoadmapItem(Value):
    """An initiative or a project on a roadmap: when, and in which lane."""

    initiative_id: UUID | None
    project_id: UUID | None
    lane: Name
    period: Period


class BenefitPlanned(PublicEvent):
    """An initiative or a project is to bring this: the measure goes from baseline to target until a day."""

    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    due_on: date
    owner_id: UUID
    initiative_id: UUID | None
    project_id: UUID | None
    division_id: UUID


class BenefitReplanned(PublicEvent):
    """Target or day of a benefit that is not due yet are others now."""

    target: Amount
    due_on: date
    reason: Line


class BenefitOwnerNamed(PublicEvent):
    """Another person answers for the benefit from now on."""

    owner_id: UUID
    reason: Line


class BenefitPassedUp(PublicEvent):
    """The owner left; the nearest manager above them in office answers for the benefit."""

    from_id: UUID
    owner_id: UUID
    reason: Line


class BenefitUnresolved(PublicEvent):
    """The owner left and nobody above them in office is known."""

    owner_id: UUID
    reason: Line


class BenefitDue(PublicEvent):
    """The day of a benefit has come, whether what was to bring it goes on or not: finance confirms it or does not."""

    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    due_on: date
    division_id: UUID
    initiative_id: UUID | None
    project_id: UUID | None


class BenefitVerdictRecorded(PublicEvent):
    """Finance found the benefit realised or not; ``number``: of finance's event in its stream. The first one stays."""

    confirmed: StrictBool
    measured: Money | None
    because: Line
    confirmed_on: date
    number: int


class BenefitWithdrawn(PublicEvent):
    """The benefit is not expected any more."""

    reason: Line


class CapabilityTargetSet(PublicEvent):
    """An initiative is to bring a capability from its maturity of one day to another by a later day."""

    capability: Name
    baseline: Maturity
    baseline_on: date
    target: Maturity
    target_on: date


class CapabilityAssessed(PublicEvent):
    """The capability was found to have this maturity on a day."""

    capability: Name
    level: Maturity
    assessed_on: date
    evidence: Line


class RoadmapDrafted(PublicEvent):
    """A division's initiatives and projects, with when and in which lane, were put on a roadmap."""

    title: Name
    division_id: UUID
    items: tuple[RoadmapItem, ...]


class RoadmapRevised(PublicEvent):
    """The draft of the next version of the roadmap has these items."""

    items: tuple[RoadmapItem, ...]


class RoadmapPublished(PublicEvent):
    """The roadmap was published; versions are numbered from 1."""

    number: int
    items: tuple[RoadmapItem, ...]
    published_on: date


EVENTS: tuple[type[PublicEvent], ...] = (
    BenefitPlanned,
    BenefitReplanned,
    BenefitOwnerNamed,
    BenefitPassedUp,
    BenefitUnresolved,
    BenefitDue,
    BenefitVerdictRecorded,
    BenefitWithdrawn,
    CapabilityTargetSet,
    CapabilityAssessed,
    RoadmapDrafted,
    RoadmapRevised,
    RoadmapPublished,
)
