"""Facts about services: what depends on what, and the line of an owner."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.portfolio.services import ServiceStage
from contracts.values import Name
from services.portfolio.organisation.facts import line_of
from services.portfolio.services.domain.service.rules import SERVICE

DEPENDENCIES = "service-dependencies"
"""The guard of which service depends on which."""
S, ABOVE = Fields(SERVICE), Fields(SERVICE, "above")
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
