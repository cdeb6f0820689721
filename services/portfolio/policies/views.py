"""How many persons acknowledged the version of a policy in force, over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Forbidden, NotFound
from chassis.http.caller import Standing
from chassis.store.fields import Fields
from chassis.store.relations import NOT_AUTHORISED
from chassis.store.store import Store
from services.portfolio.policies.access import COUNTS
from services.portfolio.policies.domain.acknowledgement import ACKNOWLEDGEMENT
from services.portfolio.policies.domain.policy import POLICY, in_force

A = Fields(ACKNOWLEDGEMENT, "acknowledged")
COUNTED = text(
    f"""
SELECT p.division_id, count(*) AS asked, count(acknowledged.stream) AS acknowledged
FROM known_persons p LEFT JOIN states acknowledged
    ON {A.of_kind} AND {A.policy_id} = CAST(:policy AS text) AND {A.person_id} = CAST(p.id AS text)
    AND {A.policy_version} = CAST(:version AS text)
WHERE p.active AND p.division_id IN (
    SELECT below.id FROM unnest(CAST(:audience AS uuid[])) asked CROSS JOIN LATERAL divisions_below(asked) below)
GROUP BY p.division_id ORDER BY p.division_id
"""
)


class OfDivision(BaseModel):
    """The persons of a division, without those below it."""

    division_id: UUID
    asked: int = Field(description="persons who work there and are in the audience")
    acknowledged: int
    open: int


class Acknowledged(BaseModel):
    """How many of the audience acknowledged the version in force; ``open`` is what is left."""

    policy_version: int
    asked: int
    acknowledged: int
    open: int
    divisions: list[OfDivision]


def router(store: Store) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/policies/{id}/acknowledged",
        operation_id="get_policy_acknowledged",
        tags=["policies"],
        summary="How many of a policy's audience acknowledged the version in force, by division.",
    )
    async def acknowledged(id: UUID, actor: Standing) -> Acknowledged:
        if not COUNTS.unconditional(actor):
            raise Forbidden(NOT_AUTHORISED, f"Only {COUNTS.sentence} may see this.", f"Ask {COUNTS.sentence}.")
        policy = (await store.load(POLICY, id)).state
        if policy is None:
            raise NotFound
        held = in_force(policy)
        asked = {"policy": str(id), "version": str(held.policy_version), "audience": list(held.audience)}
        divisions = [
            OfDivision(**row._mapping, open=row.asked - row.acknowledged) for row in await store.rows(COUNTED, asked)
        ]
        sums = {name: sum(getattr(each, name) for each in divisions) for name in ("asked", "acknowledged", "open")}
        return Acknowledged(policy_version=held.policy_version, divisions=divisions, **sums)

    return routes
