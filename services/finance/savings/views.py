"""Sums of savings over HTTP: by kind and currency, and what each stage has of them; kinds are never added together."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.http.caller import Standing
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.finance.savings import SavingsKind
from services.finance.savings.domain.savings_measure import SAVINGS_MEASURE, SavingsStatus

M = Fields(SAVINGS_MEASURE)
EXPECTED, REALISED = f"CAST({M.expected.amount} AS numeric)", f"CAST({M.verdict.realised.amount} AS numeric)"


def expected_of(*statuses: SavingsStatus) -> str:
    return f"coalesce(sum({EXPECTED}) FILTER (WHERE {M.status.one_of(*statuses)}), 0)"


SUMS = (
    f"SELECT {M.kind} AS kind, {M.baseline.currency} AS currency, count(*) AS measures,"
    f" {expected_of(SavingsStatus.IDENTIFIED)} AS identified,"
    f" {expected_of(SavingsStatus.VALIDATED)} AS validated,"
    f" {expected_of(SavingsStatus.COMMITTED)} AS committed,"
    f" coalesce(sum({REALISED}) FILTER (WHERE {M.status.one_of(SavingsStatus.REALISED)}), 0) AS realised,"
    f" {expected_of(SavingsStatus.MISSED)} AS missed"
    f" FROM states WHERE {M.of_kind} AND {M.status.none_of(SavingsStatus.WITHDRAWN)}"
)
OF_ALL = text(f"{SUMS} GROUP BY 1, 2 ORDER BY 1, 2")
OF_DIVISION = text(f"{SUMS} AND {M.division_id} = :division GROUP BY 1, 2 ORDER BY 1, 2")
Division = Annotated[UUID | None, Query(description="of this division alone; by default of all")]


class SavingsSum(BaseModel):
    """The measures of one kind in one currency; every measure is in the sum of one stage."""

    kind: SavingsKind
    currency: str
    measures: int = Field(description="how many there are; withdrawn ones do not count")
    identified: Decimal = Field(description="expected of those that finance has not validated")
    validated: Decimal = Field(description="expected of those that are valid and not committed")
    committed: Decimal = Field(description="expected of those that are committed and have no verdict")
    realised: Decimal = Field(description="what finance found was saved")
    missed: Decimal = Field(description="what was expected of those of which finance found nothing saved")


class SavingsSums(BaseModel):
    """Sums by kind and currency; there is no total: a cashable saving and an avoided cost are not the same money."""

    division_id: UUID | None
    items: list[SavingsSum]


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["savings-measures"])

    @routes.get(
        "/savings-sums",
        operation_id="get_savings_sums",
        summary="Savings by kind and currency, and by stage; kinds are never added together.",
    )
    async def sums(_actor: Standing, division_id: Division = None) -> SavingsSums:
        rows = await (store.rows(OF_DIVISION, {"division": str(division_id)}) if division_id else store.rows(OF_ALL))
        return SavingsSums(division_id=division_id, items=[SavingsSum(**row._mapping) for row in rows])

    return routes
