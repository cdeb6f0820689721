"""Gaps between persons and their positions' requirements, and losses that are ahead."""

from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Actor, Decider, NotFound, State
from chassis.store.fields import Fields, Items
from chassis.store.store import Store, as_corrected, whose
from services.people.organisation.access import EXECUTIVE, HR, LINE_ABOVE, THEMSELF
from services.people.organisation.catalogue import known_skills
from services.people.organisation.domain import staffing_policy
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.model import NOT_HERE, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position
from services.people.organisation.domain.skill import Catalogue, called
from services.people.organisation.subtree import within
from services.people.qualifications.domain import gap as gaps
from services.people.qualifications.domain.model import CertificateStatus, Qualifications
from services.people.qualifications.domain.rules import QUALIFICATIONS

S = TypeVar("S", bound=State)
SEES = (THEMSELF | LINE_ABOVE | HR | EXECUTIVE).at(Fields(PERSON).id)

BATCH = 500
BARRED = text("SELECT id FROM barred(CAST(:persons AS text[]))")

A_PERSON, P, Q = Fields(PERSON), Fields(PERSON, "p"), Fields(QUALIFICATIONS, "q")
CERTIFICATE, SKILL = Items(Q.certificates, "c"), Items(Q.skills, "s")

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
    SELECT FROM {CERTIFICATE.each}
    WHERE {CERTIFICATE.status.one_of(CertificateStatus.HELD)}
    AND {CERTIFICATE.expires_on} > :on AND {CERTIFICATE.expires_on} <= :until
)
OR EXISTS (SELECT FROM {SKILL.each} WHERE {SKILL.assessed_on} <= :assessed_by)
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


async def gap_of(store: Store, actor: Actor, person_id: UUID, on: date, today: date) -> PersonGap:
    """One person's gap on a day, of a past one as it was; raises ``NotFound`` where the caller may not know of it."""
    loaded = await store.load(PERSON, person_id)
    person: Person | None = loaded.state
    if person is None or not await store.permits(SEES, actor, loaded.stream):
        raise NotFound
    day = on if on < today else None
    then: Person | None = await as_of(store, PERSON, person_id, day)
    rules = await as_of(store, staffing_policy.STAFFING_POLICY, staffing_policy.POLICY_ID, day)
    rules = rules or staffing_policy.StaffingPolicy()
    appointment = then.appointment if then else None
    position = await described(store, appointment.position_id, day) if appointment else None
    held: Qualifications | None = await as_of(store, QUALIFICATIONS, person_id, day)
    skills = await known_skills(store)
    senior = appointment is not None and staffing_policy.demands_seniority(appointment.grade)
    return PersonGap(
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
        eligible=await eligible(store, person_id, person, on, today, rules) if senior else None,
    )


async def as_of(store: Store, decider: Decider[S], id: UUID, day: date | None) -> S | None:
    """A state as its facts were on a day, whenever they were recorded; None asks for it as it is."""
    if day is None:
        state: S | None = (await store.load(decider, id)).state
        return state
    (events,) = await store.events_of_many(decider, [id])
    return decider.fold([each.event for each in as_corrected(events) if each.took_effect_on <= day])


async def described(store: Store, position_id: UUID, day: date | None) -> Position | None:
    """A position's description on a day; before the first one, that."""
    found: Position | None = await as_of(store, POSITION, position_id, day)
    if found is not None:
        return found
    (events,) = await store.events_of_many(POSITION, [position_id])
    return POSITION.fold([each.event for each in events[:1]])


async def eligible(
    store: Store, id: UUID, person: Person, on: date, today: date, rules: staffing_policy.StaffingPolicy
) -> bool:
    """Return a person's eligibility today, or as it would be on another day."""
    if on == today:
        return person.eligible
    return gaps.eligible_on(person, on, rules.it_management_years, barred=id in await barred(store, [id]))


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


async def limits(store: Store) -> staffing_policy.StaffingPolicy:
    return (
        await store.load(staffing_policy.STAFFING_POLICY, staffing_policy.POLICY_ID)
    ).state or staffing_policy.StaffingPolicy()
