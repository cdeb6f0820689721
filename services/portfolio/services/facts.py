"""Facts about services: what depends on what, and the line of an owner."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.clock import day_begins
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.portfolio.services import ServiceStage
from contracts.values import Name
from services.portfolio.organisation.facts import line_of
from services.portfolio.services.domain.availability import Downtime, availability, exact
from services.portfolio.services.domain.intervals import Interval
from services.portfolio.services.domain.outage import OUTAGE, months
from services.portfolio.services.domain.service.model import Service
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.domain.service_month import Month, ServiceMonth, basis_of, days_of

DEPENDENCIES = "service-dependencies"
"""The guard of which service depends on which."""
S, ABOVE, DOWN = Fields(SERVICE), Fields(SERVICE, "above"), Fields(OUTAGE)
NEEDS = text(
    "WITH RECURSIVE needed (id) AS ("
    " SELECT unnest(CAST(:ids AS text[]))"
    f" UNION SELECT jsonb_array_elements_text({S.depends_on.json}) FROM needed"
    f" JOIN states ON {S.stream} = {S.stream_of('needed.id')})"
    " SELECT id FROM needed"
)
"""These services and every service they depend on, through the chain."""
NEEDED_BY = text(
    "WITH RECURSIVE needing (id) AS ("
    " SELECT unnest(CAST(:ids AS text[]))"
    f" UNION SELECT {ABOVE.id} FROM needing"
    f" JOIN states above ON {ABOVE.of_kind} AND {ABOVE.depends_on.json} ? needing.id)"
    " SELECT id FROM needing"
)
"""These services and every service that depends on them, through the chain."""
DEPENDENTS = text(
    f"SELECT {S.name} AS name FROM states WHERE {S.of_kind} AND {S.depends_on.json} ? CAST(:id AS text)"
    f" AND {S.stage.one_of(ServiceStage.LIVE, ServiceStage.DEGRADED, ServiceStage.RETIRING)} ORDER BY 1 LIMIT 20"
)


OUTAGES_OF = text(
    f"SELECT CAST({DOWN.began_at} AS timestamptz) AS began_at, CAST({DOWN.ended_at} AS timestamptz) AS ended_at,"
    f" {DOWN.planned.holds} AS planned FROM states WHERE {DOWN.of_kind}"
    f" AND {DOWN.service_months.json} ?| CAST(:months AS text[]) AND {DOWN.withdrawn.fails}"
)


async def outages_of(store: Store, id: UUID, periods: Sequence[Interval]) -> list[Downtime]:
    """The outages of a service in the months that touch some periods; one that goes on lasts until their end."""
    if not periods:
        return []
    found = {month for start, end in periods for month in months(id, start, end - timedelta(microseconds=1))}
    rows = await store.rows(OUTAGES_OF, {"months": [*sorted(found), f"{id}:open"]})
    end = max(end for _, end in periods)
    return [Downtime(row.began_at, row.ended_at or max(end, row.began_at), row.planned) for row in rows]


def outages_in(service_month: str) -> str:
    """The guard of the outages of a service in a month of UTC, ``SERVICE:2026-05``."""
    return f"outages:{service_month}"


async def changes_of(store: Store, service_months: Collection[str]) -> dict[str, int]:
    """How often the outages of each of these months have changed."""
    names = {outages_in(each): each for each in service_months}
    found = {row.name: row.value for row in await store.rows(store.ask_guards, {"names": list(names)})}
    return {each.partition(":")[2]: found.get(name, 0) for name, each in names.items()}


def bounds_of(month: Month, zone: tzinfo) -> tuple[datetime, datetime]:
    """The moment at which a month begins in a zone, and that at which it is over."""
    first, last = days_of(month)
    return day_begins(first, zone), day_begins(last + timedelta(days=1), zone)


async def count_month(store: Store, id: UUID, service: Service, month: Month, zone: tzinfo) -> ServiceMonth:
    """Count a month of a service. Changes are read before the outages, so that none is taken for counted unseen."""
    start, end = bounds_of(month, zone)
    seen = await changes_of(store, [*months(id, start, end - timedelta(microseconds=1))])
    down = await outages_of(store, id, [(start, end)])
    found = availability(service, down, *days_of(month), zone, end)
    return ServiceMonth(
        service_id=id,
        month=month,
        basis=basis_of(service, str(zone)),
        seen=seen,
        agreed_seconds=exact(found.agreed),
        downtime_seconds=exact(found.down),
        target=found.target,
    )


async def needs(view: View, ids: Collection[UUID]) -> frozenset[UUID]:
    """These services and all that they depend on, through the chain."""
    return await chained(view, NEEDS, ids)


async def connected(view: View, ids: Collection[UUID]) -> frozenset[UUID]:
    """These services, all that they depend on, and all that depend on them, through the chain."""
    return await chained(view, NEEDS, ids) | await chained(view, NEEDED_BY, ids)


async def chained(view: View, query: Any, ids: Collection[UUID]) -> frozenset[UUID]:
    rows = await view.guarded(DEPENDENCIES, query, {"ids": sorted(str(id) for id in ids)})
    return frozenset(UUID(row.id) for row in rows)


async def dependents(view: View, id: UUID) -> list[Name]:
    """The names of services in use that depend on one, some of them."""
    return [row.name for row in await view.guarded(DEPENDENCIES, DEPENDENTS, {"id": str(id)})]


async def about_owner(view: View, owner_id: UUID | None) -> Mapping[str, Any]:
    """The owner as subject of the facts, with those above them."""
    above = (await line_of(view, owner_id))[1:]
    return {"subject": owner_id, "line": [each.id for each in above]}
