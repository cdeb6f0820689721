"""The views of services over HTTP: availability and service-level attainment of a period."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock, day_begins
from chassis.domain.decider import NotFound
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.portfolio.services import IncidentPriority
from contracts.values import Day, Share
from services.portfolio.organisation import zones
from services.portfolio.services.domain.availability import Availability, Downtime, availability
from services.portfolio.services.domain.incident import INCIDENT
from services.portfolio.services.domain.outage import OUTAGE, months
from services.portfolio.services.domain.service.model import Service
from services.portfolio.services.domain.service.rules import SERVICE

LONGEST = timedelta(days=366 * 3)
D, CASE = Fields(OUTAGE), Fields(INCIDENT)
OUTAGES_OF = text(
    f"SELECT CAST({D.began_at} AS timestamptz) AS began_at, CAST({D.ended_at} AS timestamptz) AS ended_at,"
    f" {D.planned.holds} AS planned FROM states WHERE {D.of_kind}"
    f" AND {D.service_months.json} ?| CAST(:months AS text[]) AND {D.withdrawn.fails}"
)
RESOLVED = text(
    f"SELECT {CASE.priority} AS priority, count(*) AS incidents,"
    f" count(*) FILTER (WHERE {CASE.within_target.holds}) AS within,"
    f" count(*) FILTER (WHERE {CASE.within_target.fails}) AS missed"
    f" FROM states WHERE {CASE.of_kind} AND {CASE.service_id} = :service"
    f" AND CAST({CASE.opened_at} AS timestamptz) >= :start AND CAST({CASE.opened_at} AS timestamptz) < :end GROUP BY 1"
)
From = Annotated[Day, Query(alias="from", description="first day, in the time zone of the service's division")]
To = Annotated[Day, Query(description="last day, included")]


class AvailabilityFigures(BaseModel):
    """Availability of some days, as far as they are over; seconds are exact, per cent rounded to four decimals.

    ``availability`` is null where no service time was agreed; ``attained`` where there was no target either.
    """

    first: date
    last: date
    agreed_seconds: Decimal
    downtime_seconds: Decimal
    availability: Decimal | None
    target: Share | None
    allowed_downtime_seconds: Decimal | None
    attained: bool | None


class AvailabilityOfService(AvailabilityFigures):
    """Availability of a period, and of each month in it."""

    months: list[AvailabilityFigures]


class ResolutionFigures(BaseModel):
    """Incidents of a priority opened in a period: in all, resolved within the target, and beyond it."""

    priority: IncidentPriority
    incidents: int
    within_target: int
    missed: int


class Attainment(BaseModel):
    """Service-level attainment of a period: incidents by priority, highest first."""

    first: date
    last: date
    incidents: int
    within_target: int
    missed: int
    share: Decimal | None = Field(description="per cent within the target of those judged; null where none was")
    priorities: list[ResolutionFigures]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["services"])

    @routes.get(
        "/services/{id}/availability",
        operation_id="get_service_availability",
        summary="Availability of a service in a period and in each month of it, beside its target.",
    )
    async def available(id: UUID, actor: Standing, first: From, to: To) -> AvailabilityOfService:
        check_period(first, to)
        service = await service_of(store, id)
        zone = await zones.zone_of(View(store), service.division_id)
        ends = day_begins(to + timedelta(days=1), zone)
        down = await outages_of(store, id, day_begins(first, zone), ends)
        stretches = [(first, to), *by_month(first, to)]
        whole, *each = (figures(service, down, stretch, zone, clock()) for stretch in stretches)
        return AvailabilityOfService(**vars(whole), months=each)

    @routes.get(
        "/services/{id}/attainment",
        operation_id="get_service_attainment",
        summary="Incidents of a service opened in a period: how many were resolved within their target.",
    )
    async def attained(id: UUID, actor: Standing, first: From, to: To) -> Attainment:
        check_period(first, to)
        service = await service_of(store, id)
        zone = await zones.zone_of(View(store), service.division_id)
        bounds = {"start": day_begins(first, zone), "end": day_begins(to + timedelta(days=1), zone)}
        rows = await store.rows(RESOLVED, {"service": str(id), **bounds})
        return attainment(first, to, rows)

    return routes


def check_period(first: date, last: date) -> None:
    if last < first:
        raise RequestValidationError([refused("to", "A period cannot end before it starts.")])
    if last - first >= LONGEST:
        raise RequestValidationError([refused("to", f"A period has at most {LONGEST.days} days.")])


async def service_of(store: Store, id: UUID) -> Service:
    service: Service | None = (await store.load(SERVICE, id)).state
    if service is None:
        raise NotFound
    return service


async def outages_of(store: Store, id: UUID, start: datetime, end: datetime) -> list[Downtime]:
    """The outages of a service that touch a period; one that goes on lasts until its end."""
    asked = [*months(id, start, end - timedelta(microseconds=1)), f"{id}:open"]
    rows = await store.rows(OUTAGES_OF, {"months": asked})
    return [Downtime(row.began_at, row.ended_at or max(end, row.began_at), row.planned) for row in rows]


def by_month(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days of each month in a period."""
    start = first
    while start <= last:
        next_month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, min(last, next_month - timedelta(days=1))
        start = next_month


def figures(
    service: Service, down: Sequence[Downtime], days: tuple[date, date], zone: Any, now: datetime
) -> AvailabilityFigures:
    first, last = days
    found: Availability = availability(service, down, first, last, zone, now)
    return AvailabilityFigures(
        first=first,
        last=last,
        agreed_seconds=exact(found.agreed),
        downtime_seconds=exact(found.down),
        availability=None if found.share is None else per_cent(found.share),
        target=found.target,
        allowed_downtime_seconds=None if found.allowed is None else exact(found.allowed),
        attained=found.attained,
    )


def exact(seconds: Fraction) -> Decimal:
    """The same as a decimal: a microsecond's hundredth of a hundredth of a per cent ends within these digits."""
    return Decimal(seconds.numerator) / Decimal(seconds.denominator)


def per_cent(share: Fraction) -> Decimal:
    """Per cent, rounded half to even to four decimals."""
    return Decimal(round(share * 1_000_000)).scaleb(-4)


def attainment(first: date, last: date, rows: Sequence[Any]) -> Attainment:
    known = {row.priority: row for row in rows}
    figures = [
        ResolutionFigures(priority=each, incidents=row.incidents, within_target=row.within, missed=row.missed)
        for each in IncidentPriority
        if (row := known.get(each)) is not None
    ]
    within, missed = sum(each.within_target for each in figures), sum(each.missed for each in figures)
    return Attainment(
        first=first,
        last=last,
        incidents=sum(each.incidents for each in figures),
        within_target=within,
        missed=missed,
        share=per_cent(Fraction(within, within + missed)) if within + missed else None,
        priorities=figures,
    )
