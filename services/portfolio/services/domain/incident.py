"""Incident: an interruption that another tool reports, with the times of its opening, resolution and closure (ITIL)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import StrictBool, ValidationInfo, field_validator

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Decider, Facts, State
from contracts.portfolio.services import IncidentPriority, IncidentReported, ServiceTargets
from contracts.values import Line, Name
from services.portfolio.services.domain.sourced import check_service


class IncidentStatus(StrEnum):
    """The status of an incident, by the times that are known."""

    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Incident(State):
    """An incident as its source states it; ``resolve_by``: the moment its priority's target gives it."""

    source: Name
    key: Line
    service_id: UUID
    title: Line
    priority: IncidentPriority
    status: IncidentStatus
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    resolve_by: datetime | None
    within_target: bool | None


class ReportIncident(Command):
    """Report an incident as it stands; the same source and key are the same incident.

    ``within_target``: whether the service level was met, where the source knows; otherwise the service's target for
    the priority says it.
    """

    source: Name
    key: Line
    service_id: UUID
    title: Line
    priority: IncidentPriority
    opened_at: Moment
    resolved_at: Moment | None = None
    closed_at: Moment | None = None
    within_target: StrictBool | None = None

    @field_validator("resolved_at", "closed_at")
    @classmethod
    def _ordered(cls, moment: Moment | None, info: ValidationInfo) -> Moment | None:
        earlier = [info.data.get("opened_at"), info.data.get("resolved_at")]
        if moment is not None and any(each is not None and moment < each for each in earlier):
            raise ValueError("an incident is opened first, then resolved, then closed")
        return moment


@dataclass(frozen=True)
class IncidentFacts(Facts):
    """``known``: whether there is such a service; ``targets``: those in force where it is, when it was opened."""

    known: bool = False
    targets: ServiceTargets | None = None


def decide(state: Incident | None, command: ReportIncident, facts: IncidentFacts) -> Sequence[IncidentReported]:
    """An incident is as its source states it last."""
    check_service(facts.known)
    resolve_by = target_of(command, facts.targets)
    within = command.within_target if command.within_target is not None else kept(command, resolve_by)
    event = IncidentReported(**vars(command) | {"within_target": within}, resolve_by=resolve_by)
    return [] if state == evolve(None, event) else [event]


def target_of(command: ReportIncident, targets: ServiceTargets | None) -> datetime | None:
    """The moment by which an incident of the priority is to be resolved."""
    minutes = {each.priority: each.minutes for each in targets.resolution} if targets else {}
    if command.priority not in minutes:
        return None
    return command.opened_at + timedelta(minutes=minutes[command.priority])


def kept(command: ReportIncident, resolve_by: datetime | None) -> bool | None:
    """Whether it was resolved in time; nobody can say before it is resolved, or without a target."""
    resolved_at = command.resolved_at or command.closed_at
    return None if resolved_at is None or resolve_by is None else resolved_at <= resolve_by


def evolve(state: Incident | None, event: IncidentReported) -> Incident:
    status = IncidentStatus.RESOLVED if event.resolved_at else IncidentStatus.OPEN
    return Incident(**vars(event), status=IncidentStatus.CLOSED if event.closed_at else status)


INCIDENT = Decider(kind="incident", state=Incident, events=IncidentReported, decide=decide, evolve=evolve)
