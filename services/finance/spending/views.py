"""Who could approve an amount: by grade and role as the authority matrix says, and the persons of the division."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock
from chassis.domain.decider import Facts
from chassis.http.caller import Standing
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.finance.authority import AuthorityEntry, SpendingRisk
from contracts.values import Amount, Currency, Day, Grade, Money, Name
from services.finance.authority.domain.approval import Approver, Asked, Entries, may_approve, needs_second
from services.finance.authority.domain.authority_matrix import AUTHORITY_MATRIX, MATRIX_ID
from services.finance.budgets.access import STEERS
from services.finance.budgets.facts import policy
from services.finance.organisation.access import HEAD, MANAGER_THERE
from services.finance.organisation.domain.known import DivisionFacts, KnownDivision
from services.finance.organisation.facts import division_of
from services.finance.organisation.zones import today_of

MOST_PERSONS = 200
SEES_PERSONS = MANAGER_THERE | HEAD | STEERS
PERSONS = text(
    "SELECT id, name, grade, division_id FROM known_persons WHERE division_id = ANY(:line) AND grade = ANY(:grades)"
    " AND NOT gone AND NOT suspended AND (NOT :certified OR is_certified(id, :day))"
    " ORDER BY array_position(CAST(:line AS uuid[]), division_id), id LIMIT :most"
)


class WhoCould(BaseModel):
    """An entry of the matrix that suffices, and whether a second approver is needed beside who approves by it."""

    entry: AuthorityEntry
    second_approver: bool


class PersonWhoCould(BaseModel):
    """A person of the division or of one above it whose grade suffices."""

    id: UUID
    name: str | None
    grade: Grade
    division_id: UUID


class AuthorityFor(BaseModel):
    """Who could approve an amount on a day."""

    amount: Money
    category: str | None
    division_id: UUID | None
    risk: SpendingRisk
    on: date
    in_force: bool = Field(description="whether a matrix holds on that day; without one, who may spend approves")
    could: list[WhoCould]
    persons: list[PersonWhoCould] | None = Field(
        description=f"nearest division first, at most {MOST_PERSONS}; null for who does not spend for the division"
    )


async def authority_for(store: Store, facts: Facts, division_id: UUID | None, asked: Asked, on: date) -> AuthorityFor:
    """Who could approve it, and by name those of the division for who spends there."""
    view = View(store)
    matrix = await view.state(AUTHORITY_MATRIX, MATRIX_ID)
    division = await division_of(view, division_id, facts.actor) if division_id else None
    what = replace(asked, divisions=division.line if division else ())
    entries = matrix.entries(on) if matrix else ()
    could = may_approve(entries, Approver(), what).could
    known = DivisionFacts(**vars(facts), division=division)
    named = division is not None and SEES_PERSONS.holds(known, None, None)
    return AuthorityFor(
        amount=what.amount,
        category=what.category,
        division_id=division_id,
        risk=what.risk,
        on=on,
        in_force=bool(entries),
        could=[WhoCould(entry=entry, second_approver=needs_second(entry, what)) for entry in could],
        persons=await persons(view, division, could, on) if division and named else None,
    )


async def persons(view: View, division: KnownDivision, could: Entries, on: date) -> list[PersonWhoCould]:
    """The persons of a division and of those above it whose grade suffices, certified where policy asks for it."""
    lowest = min((entry.grade.rank for entry in could if entry.grade is not None), default=len(Grade))
    grades = [str(grade) for grade in Grade if grade.rank >= lowest]
    certified = (await policy(view)).budget_certificate
    asked = {"line": list(division.line), "grades": grades, "certified": certified, "day": on, "most": MOST_PERSONS}
    return [PersonWhoCould(**row._mapping) for row in await view.reference(PERSONS, asked)]


def router(store: Store, clock: Clock) -> APIRouter:
    """``GET /authority``."""
    routes = APIRouter(tags=["authority-matrices"])

    @routes.get(
        "/authority",
        operation_id="get_authority",
        summary="Who could approve an amount: by grade and role, and by name for who spends for the division.",
    )
    async def authority(
        actor: Standing,
        amount: Annotated[Amount, Query()],
        currency: Annotated[Currency, Query()],
        category: Annotated[Name | None, Query()] = None,
        division_id: Annotated[UUID | None, Query(description="whose money it is")] = None,
        risk: Annotated[SpendingRisk, Query()] = SpendingRisk.LOW,
        on: Annotated[Day | None, Query(description="by default today, where the division is")] = None,
    ) -> AuthorityFor:
        facts = Facts(actor=actor, at=clock(), id=MATRIX_ID)
        what = Asked(Money(amount=amount, currency=currency), category, risk=risk)
        day = on or await today_of(View(store), division_id, facts.at)
        return await authority_for(store, facts, division_id, what, day)

    return routes
