"""Outage: downtime of a service that another tool reports, planned or not; availability is made of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never
from uuid import UUID

from pydantic import StrictBool, ValidationInfo, field_validator

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing
from contracts.portfolio.services import OutageReported, OutageWithdrawn
from contracts.values import Line, Name
from services.portfolio.services.domain.sourced import check_service

LONGEST = timedelta(days=366)


class Outage(State):
    """An outage as its source states it; without an end it goes on.

    ``service_months``: the service with each month it falls in (``open``: it goes on), by which a period's are found.
    """

    source: Name
    key: Line
    service_id: UUID
    planned: bool
    began_at: datetime
    ended_at: datetime | None
    cause: Line
    withdrawn: bool = False
    service_months: tuple[str, ...] = ()


class ReportOutage(Command):
    """Report downtime of a service as it stands; the same source and key are the same outage."""

    source: Name
    key: Line
    service_id: UUID
    planned: StrictBool = False
    began_at: Moment
    ended_at: Moment | None = None
    cause: Line

    @field_validator("ended_at")
    @classmethod
    def _ordered(cls, ended_at: Moment | None, info: ValidationInfo) -> Moment | None:
        began_at = info.data.get("began_at")
        if ended_at is not None and began_at is not None and ended_at < began_at:
            raise ValueError("an outage cannot end before it begins")
        return ended_at


class WithdrawOutage(Command):
    """Withdraw an outage that was reported by mistake."""

    reason: Line


OutageCommand = ReportOutage | WithdrawOutage
OutageEvent = OutageReported | OutageWithdrawn


@dataclass(frozen=True)
class OutageFacts(Facts):
    """``known``: whether there is such a service."""

    known: bool = False


def decide(state: Outage | None, command: OutageCommand, facts: OutageFacts) -> Sequence[OutageEvent]:
    match command:
        case ReportOutage():
            return report(state, command, facts)
        case WithdrawOutage(reason=reason):
            return [] if existing(state).withdrawn else [OutageWithdrawn(reason=reason)]
        case _:
            assert_never(command)


def report(state: Outage | None, command: ReportOutage, facts: OutageFacts) -> Sequence[OutageReported]:
    """An outage is as its source states it last; only a planned one is reported ahead."""
    check_service(facts.known)
    if command.began_at > facts.at and not command.planned:
        raise Refused("outage-ahead-is-planned", "The outage begins in the future.", "Report it as planned.")
    if command.ended_at is not None and command.ended_at - command.began_at > LONGEST:
        detail = f"It is longer than {LONGEST.days} days."
        raise Refused("outage-bounded", detail, "Report it in parts, each under a key of its own.")
    event = OutageReported(**vars(command))
    return [] if state == evolve(None, event) else [event]


def evolve(state: Outage | None, event: OutageEvent) -> Outage:
    match event:
        case OutageReported():
            return Outage(**vars(event), service_months=tuple(months_of(event)))
        case OutageWithdrawn():
            return existing(state).but(withdrawn=True)
        case _:
            assert_never(event)


def months_of(event: OutageReported) -> Iterator[str]:
    if event.ended_at is None:
        yield f"{event.service_id}:open"
    else:
        yield from months(event.service_id, event.began_at, event.ended_at)


def months(service_id: UUID, start: datetime, end: datetime) -> Iterator[str]:
    """A service with each month of UTC that a time falls in, as ``SERVICE:2026-05``."""
    first, last = (each.astimezone(UTC) for each in (start, end))
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{service_id}:{number // 12:04}-{number % 12 + 1:02}"


OUTAGE = Decider(kind="outage", state=Outage, events=OutageEvent, decide=decide, evolve=evolve)
