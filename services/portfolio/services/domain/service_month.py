"""Service month: agreed time and downtime of a service in a month, counted when its outages change, not when read.

It holds what it was counted by: ``basis``, the agreements, and ``seen``, how often the outages of each month of UTC had
changed. Where either is another one now, it is out of date, and counted again by the view that asks for it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, PrivateEvent, State
from contracts.values import Share
from services.portfolio.services.domain.service.model import Service

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-05"])]


class ServiceMonth(State):
    """What was counted of a month of the service's division, exactly; the target is that of its last day."""

    service_id: UUID
    month: Month
    basis: str
    seen: dict[str, int]
    agreed_seconds: Decimal
    downtime_seconds: Decimal
    target: Share | None


class CountServiceMonth(Command):
    """Count the agreed time and the downtime of a service in a month."""

    service_id: UUID
    month: Month


class ServiceMonthCounted(PrivateEvent):
    """The month was counted."""

    service_id: UUID
    month: Month
    basis: str
    seen: dict[str, int]
    agreed_seconds: Decimal
    downtime_seconds: Decimal
    target: Share | None


@dataclass(frozen=True)
class ServiceMonthFacts(Facts):
    """``counted``: the month as it is now; None where there is no such service."""

    counted: ServiceMonth | None = None


def decide(
    state: ServiceMonth | None, _command: CountServiceMonth, facts: ServiceMonthFacts
) -> Sequence[ServiceMonthCounted]:
    if facts.counted is None:
        raise NotFound
    return [] if facts.counted == state else [ServiceMonthCounted(**vars(facts.counted))]


def evolve(_state: ServiceMonth | None, event: ServiceMonthCounted) -> ServiceMonth:
    return ServiceMonth(**vars(event))


def month_id(service_id: UUID, month: Month) -> UUID:
    return uuid5(service_id, month)


def days_of(month: Month) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def basis_of(service: Service, zone: str) -> str:
    """A hash of what availability is counted by beside the outages."""
    agreed = [each.model_dump_json() for each in (*service.agreed, *service.exclusions)]
    return hashlib.sha256("|".join([zone, *agreed]).encode()).hexdigest()


SERVICE_MONTH = Decider(
    kind="service-month", state=ServiceMonth, events=ServiceMonthCounted, decide=decide, evolve=evolve
)
