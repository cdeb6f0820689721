"""Gaps between persons and their positions' requirements, and losses that are ahead."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Actor, Decider, NotFound, State
from chassis.store.fields import Fields, Items
from chassis.store.past_states import PastStates, States
from chassis.store.store import Store, whose
from services.people.organisation.access import EXECUTIVE, HR, LINE_ABOVE, THEMSELF
from services.people.organisation.catalogue import known_skills
from services.people.organisation.domain import staffing_policy
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.model import NOT_HERE, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position
from services.people.organisation.domain.skill import SKILL, Catalogue, called
from services.people.organisation.subtree import within
from services.people.qualifications.domain import gap as gaps
from services.people.qualifications.domain.model import CertificateStatus, Qualifications
from services.people.qualifications.domain.rules import QUALIFICATIONS

S = TypeVar("S", bound=State)
WasBarred = Callable[[Store, UUID, date], Awaitable[bool]]
"""Whether something confidential barred a person from senior responsibilities on a past day."""
SEES = (THEMSELF | LINE_ABOVE | HR | EXECUTIVE).at(Fields(PERSON).id)

BATCH = 500
BARRED = text("SELECT id FROM barred(CAST(:persons AS text[]))")

A_PERSON, P, Q = Fields(PERSON), Fields(PERSON, "p"), Fields(QUALIFICATIONS, "q")
HOLDS, KNOWS = Items(Q.certificates, "c"), Items(Q.skills, "s")

# Who may lose something; what they lose of it, and whether it is required, the rules say.
CANDIDATES = f"""
SELECT {P.id}::uuid AS id, CAST({P.appointment.position_id} AS uuid) AS position_id
FROM (
    SELECT stream, state FROM states
    WHERE {A_PERSON.of_kind} AND {A_PERSON.employment.none_of(*NOT_HERE)}
    AND {A_PERSON.appointment.json} <> 'null' AND stream > :after
    AND {within(A_PERSON.appointment.division_id)} AND ({{seen}})
) p
LEFT JOIN states q ON {Q.stream} = {Q.stream_of(P.id)}
WHERE {P.appointment.grade.one_of(*staffing_policy.SENIOR)}
OR EXISTS (
    SELECT FROM {HOLDS.each}
    WHERE {HOLDS.status.one_of(CertificateStatus.HELD)}
    AND {HOLDS.expires_on} > :on AND {HOLDS.expires_on} <= :until
)
OR EXISTS (SELECT FROM {KNOWS.each} WHERE {KNOWS.assessed_on} <= :assessed_by)
ORDER BY p.stream LIMIT :limit
"""


class PersonGap(BaseModel):
    """The gap of a person in their position, on a day."""

    person_id: UUID
    position_id: UUID | None = Field(description="null: no position, so nothing is required")
    on: date
    gap: gaps.Gap
    eligible: bool | None = Field(description="for senior responsibilities; null where the position requires none")


class Forecast(BaseModel):
    """Required qualifications that a person is about to lose, the earliest first."""

    person_id: UUID
    position_id: UUID
    losses: tuple[gaps.Loss, ...]


async def gap_of(
    store: Store, actor: Actor, person_id: UUID, on: date, today: date, was_barred: WasBarred
) -> PersonGap:
    """One person's gap on a day, of a past one as it was; raises ``NotFound`` where the caller may not know of it."""
    loaded = await store.load(PERSON, person_id)
    person: Person | None = loaded.state
    if person is None or not await store.permits(SEES, actor, loaded.stream):
        raise NotFound
    states = states_on(store, on, today)
    then: Person | None = await state_in(states, PERSON, person_id)
    appointment = then.appointment if then else None
    position = await state_in(states, POSITION, appointment.position_id) if appointment else None
    held: Qualifications | None = await state_in(states, QUALIFICATIONS, person_id)
    rules = await limits(states)
    skills = await known_skills(states)
    asked = PersonGap(
        person_id=person_id,
        position_id=appointment.position_id if appointment else None,
        on=on,
        gap=gaps.gap(
            required_of(position, skills),
            in_catalogue(held, skills),
            on,
            rules.stale_skill_months,
            max(rules.certificate_notice_days),
        ),
        eligible=None,
    )
    if then is None or appointment is None or not staffing_policy.demands_seniority(appointment.grade):
        return asked
    if on == today:
        return asked.model_copy(update={"eligible": person.eligible})
    bars = await was_barred(store, person_id, on) if on < today else person_id in await barred(store, [person_id])
    # Experience has days of its own: what was verified since counts on the days that it lasted.
    known = then.but(experience=person.experience)
    eligible = gaps.eligible_on(known, on, rules.it_management_years, barred=bars)
    return asked.model_copy(update={"eligible": eligible})


def states_on(store: Store, on: date, today: date) -> States:
    """The states of a past day, with positions before they were recorded as they were first described; else of now."""
    if on >= today:
        return store
    return PastStates(store, {SKILL.kind: SKILL}, (POSITION.kind,), effective_on=on)


async def state_in(states: States, decider: Decider[S], id: UUID) -> S | None:
    """One of these states; None where there is none."""
    (found,) = await states.load_many(decider, [id])
    state: S | None = found.state
    return state


async def barred(store: Store, ids: list[UUID]) -> set[UUID]:
    """Those of these persons whom something confidential bars from senior responsibilities now."""
    return {row.id for row in await store.rows(BARRED, {"persons": [str(id) for id in ids]})}


async def forecasts(
    store: Store, actor: Actor, divisions: list[str] | None, on: date, days: int, after: str, limit: int
) -> list[Forecast]:
    """The first so many persons after a stream who are about to lose something, of those the caller may see."""
    rules = await limits(store)
    last = on + timedelta(days=days)
    seen = SEES.of_many(actor)
    asked = {
        "divisions": divisions,
        "on": str(on),
        "until": str(last),
        # A month has 28 days or more: the rules decide on the exact day.
        "assessed_by": str(last - timedelta(days=28 * rules.stale_skill_months)),
        "limit": BATCH,
        **whose(actor),
    }
    found: list[Forecast] = []
    while len(found) < limit:
        rows = await store.rows(text(CANDIDATES.format(seen=seen)), asked | {"after": after})
        persons = {row.id: row.position_id for row in rows}
        found += await forecasts_of(store, persons, on, days, rules)
        if len(rows) < BATCH:
            break
        after = PERSON.stream(rows[-1].id)
    return found[:limit]


async def forecasts_of(
    store: Store, persons: dict[UUID, UUID], on: date, days: int, rules: staffing_policy.StaffingPolicy
) -> list[Forecast]:
    """Those of these persons who lose something."""
    ids = list(persons)
    known = [each.state for each in await store.load_many(PERSON, ids)]
    held = [each.state for each in await store.load_many(QUALIFICATIONS, ids)]
    positions = [each.state for each in await store.load_many(POSITION, list(persons.values()))]
    skills = await known_skills(store)
    found = [
        Forecast(
            person_id=id,
            position_id=persons[id],
            losses=gaps.losses(
                required_of(position, skills), in_catalogue(qualifications, skills), on, days, rules.stale_skill_months
            ),
        )
        for id, person, qualifications, position in zip(ids, known, held, positions, strict=True)
        if person is not None and person.works_here
    ]
    return [each for each in found if each.losses]


def required_of(position: Position | None, skills: Catalogue) -> gaps.Required:
    """Return a position's requirements, by the names that the catalogue has; none without a position."""
    if position is None:
        return gaps.Required()
    named = [each.model_copy(update={"skill": called(each.skill, skills)}) for each in position.required_skills]
    return gaps.Required(named, position.required_schemes)


def in_catalogue(held: Qualifications | None, skills: Catalogue) -> Qualifications | None:
    """What a person can do, by the names that the catalogue has; of two that became one, the one assessed last."""
    if held is None:
        return None
    named = [each.model_copy(update={"skill": called(each.skill, skills)}) for each in held.skills]
    latest = sorted(named, key=lambda each: each.assessed_on or date.min)
    return held.but(skills=tuple({identity(each.skill): each for each in latest}.values()))


async def limits(states: States) -> staffing_policy.StaffingPolicy:
    found = await state_in(states, staffing_policy.STAFFING_POLICY, staffing_policy.POLICY_ID)
    return found or staffing_policy.StaffingPolicy()
