"""Reactions of services: the ownership of leavers passes up the line."""

from collections.abc import Sequence, Set
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.consumers.own_reactions import OwnReaction
from chassis.domain.decider import IssuedCommand
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.portfolio import services
from contracts.portfolio.services import ServiceStage
from services.portfolio.organisation.leavers import Owned, reactions_of
from services.portfolio.services.domain.outage import OUTAGE
from services.portfolio.services.domain.service.ownership import PassServiceOwnership
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.domain.service_month import SERVICE_MONTH, CountServiceMonth, days_of, month_id

DOWN = Fields(OUTAGE)
OF_OUTAGES = text(
    f"SELECT DISTINCT jsonb_array_elements_text({DOWN.service_months.json}) AS service_month"
    f" FROM states WHERE {DOWN.stream} = ANY(:streams)"
)
OF_SERVICES = text(
    f"SELECT DISTINCT jsonb_array_elements_text({DOWN.service_months.json}) AS service_month"
    f" FROM states WHERE {DOWN.of_kind} AND {DOWN.service_id} = ANY(:ids)"
)


async def on_outage(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Count the months in which these outages are."""
    rows = await store.rows(OF_OUTAGES, {"streams": [OUTAGE.stream(id) for id in ids]})
    return counts({row.service_month for row in rows})


async def on_agreement(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Count all months of these services in which there are outages."""
    rows = await store.rows(OF_SERVICES, {"ids": [str(id) for id in ids]})
    return counts({row.service_month for row in rows})


def counts(service_months: Set[str]) -> list[IssuedCommand]:
    """Count these months, and those beside them, which have a part of one of UTC where the clocks differ."""
    asked = set()
    for each in service_months:
        service_id, _, month = each.partition(":")
        if month != "open":
            asked |= {(UUID(service_id), beside) for beside in around(month)}
    return [
        IssuedCommand(SERVICE_MONTH, month_id(id, month), CountServiceMonth(service_id=id, month=month))
        for id, month in sorted(asked)
    ]


def around(month: str) -> set[str]:
    first, last = days_of(month)
    return {f"{day:%Y-%m}" for day in (first - timedelta(days=1), first, last + timedelta(days=1))}


REACTIONS = reactions_of(Owned(SERVICE, Fields(SERVICE).stage.none_of(ServiceStage.RETIRED), PassServiceOwnership))

OWN_REACTIONS = [
    OwnReaction([services.OutageReported, services.OutageWithdrawn], on_outage),
    OwnReaction(
        [services.ServiceTargetsAgreed, services.ServiceTimeExcluded, services.ServiceTimeExclusionLifted], on_agreement
    ),
]
