"""Demand and load over HTTP: skills needed beside those held, a person's load, and both as evidence for a vacancy."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock
from chassis.domain.decider import Forbidden, NotFound
from chassis.http.caller import Standing
from chassis.http.openapi import CONTENT
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.values import Day
from services.people.capacity.access import SEES_CAPACITY
from services.people.capacity.domain.weekly_capacity import CAPACITY
from services.people.demand.load import WEEK, LoadOfTeam, LoadOfWeek, capacities_of, load_of, load_of_team, monday_of
from services.people.demand.needed import NeededSkill, needed
from services.people.hiring.access import SEES_REASON
from services.people.hiring.domain.vacancy import VACANCY
from services.people.organisation import zones
from services.people.organisation.catalogue import known_skills
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.model import NOT_HERE
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION
from services.people.organisation.domain.skill import called
from services.people.organisation.facts import limits
from services.people.organisation.subtree import Alone, divisions_of

P, Q = Fields(PERSON, "p"), Fields(POSITION, "q")
TEAM = text(
    f"SELECT {P.id}::uuid AS id FROM states q JOIN states p ON {P.appointment.position_id} = {Q.id}"
    f" WHERE {Q.of_kind} AND {Q.reports_to} = :above AND {P.of_kind} AND {P.employment.none_of(*NOT_HERE)}"
    " ORDER BY p.stream"
)
EVIDENCE_WEEKS = 26


class SkillDemand(BaseModel):
    """The skills that projects need, beside those that persons have."""

    division_id: UUID | None
    items: list[NeededSkill] = Field(description="the largest shortage first")


class LoadOfPerson(BaseModel):
    """A person's load by week."""

    person_id: UUID
    weeks: list[LoadOfWeek]


class Evidence(BaseModel):
    """What speaks for filling a vacancy: how loaded the team is, and which of the position's skills are needed."""

    vacancy_id: UUID
    team: LoadOfTeam = Field(description="those who report to the same position, in the next 26 weeks")
    needed: list[NeededSkill] = Field(description="of the skills that the position requires, in the next 26 weeks")


Weeks = Annotated[int, Query(ge=1, le=26, description="how many weeks, from this one on")]
Days = Annotated[int, Query(ge=1, le=366, description="days to look ahead")]
NO_VACANCY: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such vacancy.", "content": CONTENT}}


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/skill-demand",
        operation_id="get_skill_demand",
        tags=["persons"],
        summary="Skills that projects need, beside how many persons have them.",
    )
    async def demand(
        _actor: Standing,
        division_id: UUID | None = None,
        alone: Alone = False,
        days: Days = 90,
        on: Annotated[Day | None, Query(description="the first day; default: today")] = None,
    ) -> SkillDemand:
        first = on or await zones.today_of(View(store), zones.DIVISION_ZONE, division_id, clock())
        divisions = await divisions_of(store, division_id, alone=alone)
        fewest = (await limits(View(store))).fewest_in_figures
        found = await needed(store, divisions, first, first + timedelta(days=days), fewest)
        return SkillDemand(division_id=division_id, items=found)

    @routes.get(
        "/persons/{id}/load",
        operation_id="get_person_load",
        tags=["persons"],
        summary="A person's hours by week, and those allocated to projects; for them, the line above and HR.",
    )
    async def load(id: UUID, actor: Standing, weeks: Weeks = 26) -> LoadOfPerson:
        if not await store.permits(SEES_CAPACITY, actor, CAPACITY.stream(id)):
            raise NotFound
        first = monday_of(await zones.today_of(View(store), zones.PERSON_ZONE, id, clock()))
        (hours,), found = await capacities_of(store, [id]), await load_of(store, [id], first, weeks)
        mondays = [first + WEEK * number for number in range(weeks)]
        return LoadOfPerson(person_id=id, weeks=[found.week(id, monday, hours.get(monday)) for monday in mondays])

    @routes.get(
        "/vacancies/{id}/evidence",
        operation_id="get_vacancy_evidence",
        tags=["vacancies"],
        summary="The load of the team and the demand for the position's skills, for who decides on a vacancy.",
        responses=NO_VACANCY,
    )
    async def evidence(id: UUID, actor: Standing) -> Evidence:
        vacancy = (await store.load(VACANCY, id)).state
        if vacancy is None:
            raise NotFound
        if not await store.permits(SEES_REASON, actor, VACANCY.stream(id)):
            sentence = SEES_REASON.sentence
            raise Forbidden("reads-evidence", f"Only {sentence} may read this.", f"Ask {sentence}.")
        position = (await store.load(POSITION, vacancy.position_id)).state
        today = await zones.today_of(View(store), zones.DIVISION_ZONE, vacancy.division_id, clock())
        team = await store.rows(TEAM, {"above": str(position.reports_to) if position else None})
        skills = await known_skills(store)
        required = position.required_skills if position else ()
        wanted = {identity(called(each.skill, skills)) for each in required}
        fewest = (await limits(View(store))).fewest_in_figures
        found = await needed(store, None, today, today + WEEK * EVIDENCE_WEEKS, fewest)
        return Evidence(
            vacancy_id=id,
            team=await load_of_team(store, [row.id for row in team], monday_of(today), EVIDENCE_WEEKS),
            needed=[each for each in found if identity(each.skill) in wanted],
        )

    return routes
