"""Earned value over HTTP: of a project, an initiative and a division."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.domain.clock import Clock
from chassis.domain.decider import NotFound
from chassis.http.caller import Caller
from chassis.http.routes import KnownAt
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.values import Currency, Day
from services.portfolio.initiatives.domain.initiative import INITIATIVE
from services.portfolio.organisation.facts import DIVISION
from services.portfolio.organisation.zones import today_of
from services.portfolio.planning import measuring
from services.portfolio.planning.domain.earned_value import Figure, Lacking, Measured, earned_value
from services.portfolio.planning.domain.plan.rules import PLAN
from services.portfolio.projects.domain.project.rules import PROJECT

SHOWN = 6
"""Decimals of what is shown; it is rounded last, half to even."""
UNTIL = Annotated[Day | None, Query(description="day of the figures; default: today")]


class ShownFigure(BaseModel):
    """A figure, or why there is none."""

    value: Decimal | None = Field(description="rounded to six decimals")
    why: Lacking | None = Field(description="undefined (division by zero, or of what nobody knows), or not attainable")


class EarnedValueFigures(BaseModel):
    """Earned value in one currency: amounts in whole units of it, indices without a unit (PMBOK, ANSI/EIA-748)."""

    currency: Currency
    bac: Decimal = Field(description="budget at completion of the baselines in force")
    pv: Decimal = Field(description="planned value up to the day")
    ev: Decimal = Field(description="earned value up to the day")
    ac: Decimal = Field(description="actual cost that occurred up to the day")
    cv: ShownFigure = Field(description="EV - AC")
    sv: ShownFigure = Field(description="EV - PV")
    cpi: ShownFigure = Field(description="EV / AC")
    spi: ShownFigure = Field(description="EV / PV")
    eac_cpi: ShownFigure = Field(description="BAC / CPI")
    eac_atypical: ShownFigure = Field(description="AC + BAC - EV")
    eac_composite: ShownFigure = Field(description="AC + (BAC - EV) / (CPI x SPI)")
    etc: ShownFigure = Field(description="BAC / CPI - AC")
    vac: ShownFigure = Field(description="BAC - BAC / CPI")
    tcpi_bac: ShownFigure = Field(description="(BAC - EV) / (BAC - AC)")
    tcpi_eac: ShownFigure = Field(description="(BAC - EV) / (EAC - AC), EAC by CPI")


class EarnedValueAnswer(BaseModel):
    """Earned value on a day; currencies stay apart, and nothing is listed where no baseline was in force."""

    at: date
    known_at: datetime | None
    baseline: int | None = Field(description="the number of the project's baseline in force now")
    currencies: list[EarnedValueFigures]
    finance_heard_until: datetime | None = Field(description="when finance said what was heard of it last")


Measure = Callable[[Store, UUID, date, datetime | None], Awaitable[measuring.ByCurrency]]


def shown(amount: Fraction) -> Decimal:
    """A figure as it is shown: six decimals at most."""
    return Decimal(round(amount * 10**SHOWN)).scaleb(-SHOWN).normalize() + 0


def shown_figure(figure: Figure) -> ShownFigure:
    if isinstance(figure, Lacking):
        return ShownFigure(value=None, why=figure)
    return ShownFigure(value=shown(figure), why=None)


def figures(currency: str, of: Measured) -> EarnedValueFigures:
    known = {name: shown_figure(figure) for name, figure in vars(earned_value(of)).items()}
    return EarnedValueFigures(
        currency=currency, bac=shown(of.bac), pv=shown(of.pv or Fraction()), ev=shown(of.ev), ac=shown(of.ac), **known
    )


async def of_project(store: Store, id: UUID, on: date, known_at: datetime | None) -> measuring.ByCurrency:
    return await measuring.of_projects(store, [id], on, known_at)


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["earned value"])

    async def answer(
        measure: Measure, id: UUID, division_id: UUID, at: date | None, known_at: datetime | None
    ) -> EarnedValueAnswer:
        on = at or await today_of(View(store), division_id, clock())
        found = await measure(store, id, on, known_at)
        plan = (await store.load(PLAN, id)).state
        return EarnedValueAnswer(
            at=on,
            known_at=known_at,
            baseline=plan.baseline.number if plan is not None and plan.baseline else None,
            currencies=[figures(currency, sums) for currency, sums in sorted(found.items())],
            finance_heard_until=await measuring.heard_until(store),
        )

    @routes.get(
        "/projects/{id}/earned-value",
        operation_id="get_project_earned_value",
        summary="A project's earned value: on a day, as known at a moment.",
    )
    async def of_one(id: UUID, actor: Caller, at: UNTIL = None, known_at: KnownAt = None) -> EarnedValueAnswer:
        project = (await store.load(PROJECT, id)).state
        if project is None:
            raise NotFound
        return await answer(of_project, id, project.division_id, at, known_at)

    @routes.get(
        "/initiatives/{id}/earned-value",
        operation_id="get_initiative_earned_value",
        summary="The earned value of an initiative's projects: on a day, as known at a moment.",
    )
    async def of_initiative(id: UUID, actor: Caller, at: UNTIL = None, known_at: KnownAt = None) -> EarnedValueAnswer:
        initiative = (await store.load(INITIATIVE, id)).state
        if initiative is None:
            raise NotFound
        return await answer(measuring.of_initiative, id, initiative.division_id, at, known_at)

    @routes.get(
        "/divisions/{division_id}/earned-value",
        operation_id="get_division_earned_value",
        summary="The earned value of a division's projects and of all below it: on a day, as known at a moment.",
    )
    async def of_division(
        division_id: UUID, actor: Caller, at: UNTIL = None, known_at: KnownAt = None
    ) -> EarnedValueAnswer:
        if not await store.rows(DIVISION, {"id": division_id}):
            raise NotFound
        return await answer(measuring.of_division, division_id, division_id, at, known_at)

    return routes
