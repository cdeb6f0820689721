"""The public events of changes to services (ITIL change enablement), of their calendar, and of their adoption."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from contracts.base import PublicEvent
from contracts.values import Line, Name, Text, ZoneName

Score = Annotated[int, Field(ge=1, le=5)]
"""1 to 5."""
Heads = Annotated[int, Field(ge=0, le=10_000_000)]
"""A number of persons."""


class ChangeKind(StrEnum):
    """Standard: by an approved model; normal: assessed and authorised; emergency: authorised at once (ITIL)."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class ChangeStage(StrEnum):
    """The stages of a change's life (LANGUAGE: Change)."""

    NEW = "new"
    ASSESSED = "assessed"
    AUTHORISED = "authorised"
    SCHEDULED = "scheduled"
    IMPLEMENTED = "implemented"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    BACKED_OUT = "backed out"


class ChangeRisk(StrEnum):
    """The risk of a change, as assessed."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class WindowKind(StrEnum):
    """A freeze, in which no change is scheduled, or a window that is kept free for maintenance."""

    FREEZE = "freeze"
    MAINTENANCE = "maintenance"


class ChangeModelDrafted(PublicEvent):
    """How changes of a kind that comes again are carried out, with their back-out plan."""

    name: Name
    division_id: UUID
    procedure: Text
    back_out_plan: Text
    drafted_by: tuple[str, ...]


class ChangeModelApproved(PublicEvent):
    """Standard changes may be raised from the model."""


class ChangeModelRetired(PublicEvent):
    """No more changes are raised from the model."""

    reason: Line


class ChangeRaised(PublicEvent):
    """A change to services was asked for; a standard one has its back-out plan from the model."""

    title: Name
    description: Text
    kind: ChangeKind
    division_id: UUID
    service_ids: tuple[UUID, ...]
    project_id: UUID | None
    model_id: UUID | None
    back_out_plan: Text | None
    raised_by: tuple[str, ...]


class ChangeAssessed(PublicEvent):
    """The risk of the change and what it means for others."""

    risk: ChangeRisk
    impact: Text


class ChangeAuthorised(PublicEvent):
    """The change may be scheduled."""


class BackOutPlanned(PublicEvent):
    """How everything comes back to what it was, should the change fail."""

    back_out_plan: Text


class ChangeScheduled(PublicEvent):
    """The change is carried out between these moments; the days are those of its division."""

    starts_at: datetime
    ends_at: datetime
    starts_on: date
    ends_on: date


class ChangeInFreeze(PublicEvent):
    """A freeze was declared over the scheduled change, which stands until somebody moves or excepts it."""

    window_id: UUID


class ChangeOutOfFreeze(PublicEvent):
    """The freeze that was declared over the change is no more."""

    window_id: UUID


class FreezeExceptionGranted(PublicEvent):
    """The change may be carried out inside this freeze."""

    window_id: UUID
    reason: Line
    granted_by: tuple[str, ...]


class ChangeImplemented(PublicEvent):
    """The change was carried out."""

    finished_at: datetime


class ChangeBackedOut(PublicEvent):
    """The change failed, and everything is as it was."""

    reason: Line


class ChangeReviewed(PublicEvent):
    """Whether the change did what it was to do (post-implementation review)."""

    succeeded: StrictBool
    findings: Text


class ChangeClosed(PublicEvent):
    """Nothing more is done about the change."""


class ChangeCancelled(PublicEvent):
    """The change was given up before it was carried out."""

    reason: Line


class AudienceNamed(PublicEvent):
    """A group of so many persons whom the change concerns; ``target`` of them are to use what is new."""

    audience: Name
    size: Heads
    target: Heads


class MessageSent(PublicEvent):
    """A message about the change was sent to an audience."""

    message_id: UUID
    audience: Name
    subject: Line
    sent_at: datetime


class MessageRead(PublicEvent):
    """So many persons of the audience have read the message by now."""

    message_id: UUID
    readers: Heads


class AdoptionReported(PublicEvent):
    """So many persons of the audience use what is new, as of a day."""

    audience: Name
    using: Heads
    as_of: date


class ReadinessAssessed(PublicEvent):
    """How ready an audience is for the change, each element from 1 to 5 (Prosci ADKAR)."""

    audience: Name
    awareness: Score
    desire: Score
    knowledge: Score
    ability: Score
    reinforcement: Score
    assessed_on: date


class WindowDeclared(PublicEvent):
    """A freeze or a maintenance window, by local times in a zone and the moments these mean.

    It is for the services named, or for all of a division and of those below it. ``inside``: scheduled changes that a
    freeze was declared over. ``declared_by``: the actor, and in whose place they acted.
    """

    name: Name
    kind: WindowKind
    time_zone: ZoneName
    starts: datetime
    ends: datetime
    starts_at: datetime
    ends_at: datetime
    service_ids: tuple[UUID, ...]
    division_id: UUID | None
    kinds_excepted: tuple[ChangeKind, ...]
    excepted_by: tuple[UUID, ...]
    inside: tuple[UUID, ...]
    declared_by: tuple[str, ...] = ()


class WindowMoved(PublicEvent):
    """The window is at another time."""

    starts: datetime
    ends: datetime
    starts_at: datetime
    ends_at: datetime
    inside: tuple[UUID, ...]
    reason: Line


class WindowWithdrawn(PublicEvent):
    """There is no such window."""

    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    ChangeModelDrafted,
    ChangeModelApproved,
    ChangeModelRetired,
    ChangeRaised,
    ChangeAssessed,
    ChangeAuthorised,
    BackOutPlanned,
    ChangeScheduled,
    ChangeInFreeze,
    ChangeOutOfFreeze,
    FreezeExceptionGranted,
    ChangeImplemented,
    ChangeBackedOut,
    ChangeReviewed,
    ChangeClosed,
    ChangeCancelled,
    AudienceNamed,
    MessageSent,
    MessageRead,
    AdoptionReported,
    ReadinessAssessed,
    WindowDeclared,
    WindowMoved,
    WindowWithdrawn,
)
