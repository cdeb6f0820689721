"""The public events of services: what IT provides, what was agreed of it, and what other tools report of it."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field, StrictBool, model_validator

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Line, Name, Share, Text

Minutes = Annotated[int, Field(ge=0, le=5_256_000)]
"""Whole minutes, up to ten years."""

REPORTED = UUID("7d1f6a52-0f4e-5b57-9a39-3c1f2c8f6a10")


def report_id(source: str, key: str) -> UUID:
    """The id of what a tool reports of a service: it follows from the tool and its key there."""
    return uuid5(REPORTED, f"{source}|{key}")


class ServiceStage(StrEnum):
    """The stages of a service's life (LANGUAGE: Service)."""

    PLANNED = "planned"
    LIVE = "live"
    DEGRADED = "degraded"
    RETIRING = "retiring"
    RETIRED = "retired"


class Criticality(StrEnum):
    """How much the business depends on a service, least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class IncidentPriority(StrEnum):
    """The priority of an incident, by impact and urgency (ITIL), highest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


class ServiceHours(Value):
    """Hours of a weekday, 1 (Monday) to 7, on which a service is to be available; ``closes`` 00:00 is midnight."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: Annotated[time, Field(examples=["08:00:00"])]
    closes: Annotated[time, Field(examples=["18:00:00"])]

    @model_validator(mode="after")
    def _ordered(self) -> "ServiceHours":
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("hours are local times, without a zone")
        if self.closes != time() and self.closes <= self.opens:
            raise ValueError("hours cannot end before they begin")
        return self


class ResolutionTarget(Value):
    """Incidents of a priority are to be resolved within so many minutes of their opening."""

    priority: IncidentPriority
    minutes: Annotated[Minutes, Field(ge=1)]


class MeasureTarget(Value):
    """What measurements of a metric are to be at least, at most, or both."""

    metric: Name
    at_least: Amount | None = None
    at_most: Amount | None = None


class ServiceTargets(Value):
    """What was agreed of a service (its service level).

    ``availability``: per cent of the agreed service time of a month. ``hours``: the agreed service time in the
    division's time zone; none: around the clock. ``planned_share``: how much of planned downtime counts, in per cent.
    """

    availability: Share | None = None
    hours: Annotated[tuple[ServiceHours, ...], Field(max_length=28)] = ()
    planned_share: Share = Decimal(100)
    resolution: Annotated[tuple[ResolutionTarget, ...], Field(max_length=4)] = ()
    measures: Annotated[tuple[MeasureTarget, ...], Field(max_length=20)] = ()


class ServicePlanned(PublicEvent):
    """A service of a division is planned."""

    name: Name
    summary: Text
    division_id: UUID
    owner_id: UUID | None
    criticality: Criticality


class ServiceRevised(PublicEvent):
    """The service has another name, summary or criticality."""

    name: Name
    summary: Text
    criticality: Criticality


class ServiceOwnerNamed(PublicEvent):
    """This person answers for the service from now on."""

    owner_id: UUID
    reason: Line


class ServiceOwnershipPassed(PublicEvent):
    """The owner left; the nearest active person up their line answers for the service from now on."""

    from_id: UUID
    owner_id: UUID
    reason: Line


class ServiceOwnershipUnresolved(PublicEvent):
    """The owner left and nobody active is known up their line."""

    owner_id: UUID
    reason: Line


class ServiceTargetsAgreed(PublicEvent):
    """These targets hold from the day ``since`` on."""

    since: date
    targets: ServiceTargets


class ServiceTimeExcluded(PublicEvent):
    """By agreement this time counts neither as service time nor as downtime."""

    exclusion_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: Line


class ServiceTimeExclusionLifted(PublicEvent):
    """The time counts again."""

    exclusion_id: UUID
    reason: Line


class ServiceDependencyAdded(PublicEvent):
    """The service works only while this other one does."""

    service_id: UUID


class ServiceDependencyRemoved(PublicEvent):
    """The service works without this other one."""

    service_id: UUID


class ServiceWentLive(PublicEvent):
    """The service is in use."""


class ServiceDegraded(PublicEvent):
    """The service works worse than agreed."""

    reason: Line


class ServiceRecovered(PublicEvent):
    """The service works as agreed again."""


class ServiceRetiring(PublicEvent):
    """The service is being taken out of use."""

    reason: Line


class ServiceRetired(PublicEvent):
    """The service is out of use."""


class ServiceStandardRequired(PublicEvent):
    """The service must meet this standard; whether it does is not known yet, so it counts as breached."""

    standard: Name


class ServiceStandardMet(PublicEvent):
    """The service meets the standard."""

    standard: Name
    evidence: Line


class ServiceStandardExcepted(PublicEvent):
    """The service need not meet the standard until a day, that day included."""

    standard: Name
    until: date
    reason: Line


class ServiceStandardBreached(PublicEvent):
    """The service does not meet the standard; ``lapsed``: its exception ended, and this person is told."""

    standard: Name
    reason: Line
    lapsed: bool = False
    escalated_to: UUID | None = None


class ContinuityPlanWritten(PublicEvent):
    """How the service comes back after a disaster: within ``rto_minutes``, losing at most ``rpo_minutes`` of data."""

    rto_minutes: Minutes
    rpo_minutes: Minutes
    plan: Text
    written_on: date


class ContinuityTested(PublicEvent):
    """The continuity plan was tested on a day; the times are those achieved."""

    tested_on: date
    passed: StrictBool
    rto_minutes: Minutes | None
    rpo_minutes: Minutes | None
    findings: Text


class IncidentReported(PublicEvent):
    """Another tool reports an incident, first or as it stands by now.

    ``resolve_by``: the moment its priority's target gives it. ``within_target``: as the tool states it, otherwise
    by that moment; null while nobody can say.
    """

    source: Name
    key: Line
    service_id: UUID
    title: Line
    priority: IncidentPriority
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    resolve_by: datetime | None
    within_target: bool | None


class OutageReported(PublicEvent):
    """Another tool reports downtime of a service, first or as it stands by now; without an end it goes on."""

    source: Name
    key: Line
    service_id: UUID
    planned: bool
    began_at: datetime
    ended_at: datetime | None
    cause: Line


class OutageWithdrawn(PublicEvent):
    """There was no such outage."""

    reason: Line


class MeasurementReported(PublicEvent):
    """Another tool reports a measurement of a service; ``within_target`` is null where no target was agreed."""

    source: Name
    key: Line
    service_id: UUID
    metric: Name
    value: Amount
    unit: Name
    measured_at: datetime
    within_target: bool | None


EVENTS: tuple[type[PublicEvent], ...] = (
    ServicePlanned,
    ServiceRevised,
    ServiceOwnerNamed,
    ServiceOwnershipPassed,
    ServiceOwnershipUnresolved,
    ServiceTargetsAgreed,
    ServiceTimeExcluded,
    ServiceTimeExclusionLifted,
    ServiceDependencyAdded,
    ServiceDependencyRemoved,
    ServiceWentLive,
    ServiceDegraded,
    ServiceRecovered,
    ServiceRetiring,
    ServiceRetired,
    ServiceStandardRequired,
    ServiceStandardMet,
    ServiceStandardExcepted,
    ServiceStandardBreached,
    ContinuityPlanWritten,
    ContinuityTested,
    IncidentReported,
    OutageReported,
    OutageWithdrawn,
    MeasurementReported,
)
