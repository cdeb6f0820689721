"""The views of services over HTTP: availability and service-level attainment of a period."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import reduce
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
from services.portfolio.services.domain.availability import Availability, availability, exact
from services.portfolio.services.domain.incident import INCIDENT
from services.portfolio.services.domain.intervals import Interval
from services.portfolio.services.domain.service.model import Service
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.domain.service_month import SERVICE_MONTH, basis_of, days_of, month_id
from services.portfolio.services.facts import OUTAGES_OF, bounds_of, changes_of, outages_of

LONGEST = timedelta(days=366 * 3)
CASE, MONTH = Fields(INCIDENT), Fields(SERVICE_MONTH)
COUNTED = text(
    f"SELECT {MONTH.month} AS month, {MONTH.basis} AS basis, {MONTH.seen.json} AS seen,"
    f" {MONTH.agreed_seconds} AS agreed, {MONTH.downtime_seconds} AS down, {MONTH.target} AS target"
    f" FROM states WHERE {MONTH.stream} = ANY(CAST(:streams AS text[]))"
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
        months = await by_months(store, id, service, (first, to), zone, clock())
        whole = figures((first, to), reduce(Availability.plus, (found for _, found in months)))
        each = [figures(days, found) for days, found in months]
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
        start, end = bounds((first, to), zone)
        rows = await store.rows(RESOLVED, {"service": str(id), "start": start, "end": end})
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


def by_month(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days of each month in a period."""
    start = first
    while start <= last:
        next_month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, min(last, next_month - timedelta(days=1))
        start = next_month


async def by_months(
    store: Store, id: UUID, service: Service, days: tuple[date, date], zone: tzinfo, now: datetime
) -> list[tuple[tuple[date, date], Availability]]:
    """The availability of each month in a period: as counted, where that is up to date, otherwise counted now."""
    stretches = list(by_month(*days))
    counted = await up_to_date(store, id, service, stretches, zone, now)
    left = {each: bounds(each, zone) for each in stretches if each not in counted}
    down = await outages_of(store, id, list(left.values()))
    for each, (start, end) in left.items():
        its = [one for one in down if one.starts_at < end and one.ends_at > start]
        counted[each] = availability(service, its, *each, zone, now)
    return [(each, counted[each]) for each in stretches]


def bounds(days: tuple[date, date], zone: tzinfo) -> Interval:
    """The moment at which some days begin in a zone, and that at which they are over."""
    return day_begins(days[0], zone), day_begins(days[1] + timedelta(days=1), zone)


async def up_to_date(
    store: Store, id: UUID, service: Service, stretches: Sequence[tuple[date, date]], zone: tzinfo, now: datetime
) -> dict[tuple[date, date], Availability]:
    """The whole months that are over, counted by what holds now; none that an outage reaches which goes on."""
    whole = {f"{each[0]:%Y-%m}": each for each in stretches if each == days_of(f"{each[0]:%Y-%m}")}
    rows = await store.rows(COUNTED, {"streams": [SERVICE_MONTH.stream(month_id(id, month)) for month in whole]})
    going_on = [row.began_at for row in await store.rows(OUTAGES_OF, {"months": [f"{id}:open"]})]
    until = min([now, *going_on])
    basis, seen = basis_of(service, str(zone)), {f"{id}:{month}" for row in rows for month in row.seen}
    changes = await changes_of(store, seen)
    return {
        whole[row.month]: Availability(Fraction(row.agreed), Fraction(row.down), row.target and Decimal(row.target))
        for row in rows
        if row.basis == basis
        and all(changes[month] == number for month, number in row.seen.items())
        and bounds_of(row.month, zone)[1] <= until
    }


def figures(days: tuple[date, date], found: Availability) -> AvailabilityFigures:
    first, last = days
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
