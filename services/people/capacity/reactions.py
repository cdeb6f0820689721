"""Reactions in capacity: whatever a person's hours follow from has changed, and they are worked out again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.consumers.own_reactions import OwnReaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from services.people.capacity.domain import contracted_hours
from services.people.capacity.domain.weekly_capacity import CAPACITY, ReviewCapacity
from services.people.organisation.domain.division import WorkingCalendarSet
from services.people.organisation.domain.person import model
from services.people.organisation.domain.person.rules import PERSON

MEMBER = Fields(PERSON)
MEMBERS = text(
    f"SELECT stream FROM states WHERE {MEMBER.of_kind} AND {MEMBER.employment.none_of(*model.NOT_HERE)}"
    f" AND coalesce({MEMBER.appointment.division_id}, {MEMBER.hired_into}) IN"
    " (SELECT below.id FROM unnest(CAST(:ids AS text[])) asked, divisions_below(asked) below) ORDER BY stream"
)


JOINED = text(
    f"SELECT stream FROM states WHERE stream = ANY(:streams) AND {MEMBER.employment.none_of(*model.NEVER_HERE)}"
)


async def on_person(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Review the capacity of these persons, of those who have joined; a day of something else is nobody's hours."""
    rows = await store.rows(JOINED, {"streams": [PERSON.stream(id) for id in ids]})
    joined = {id_of(row.stream) for row in rows}
    return [IssuedCommand(CAPACITY, id, ReviewCapacity()) for id in ids if id in joined]


async def on_division(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Review the capacity of everybody in these divisions, and in those below them."""
    rows = await store.rows(MEMBERS, {"ids": [str(id) for id in ids]})
    return await on_person(store, [id_of(row.stream) for row in rows])


OWN_REACTIONS = [
    OwnReaction(
        [
            people.PersonHired,
            people.PersonAppointed,
            people.PersonSuspended,
            people.PersonReinstated,
            people.PersonLeft,
            people.LeavingWithdrawn,
            people.PersonRehired,
            people.EffectiveDayCorrected,
            model.SuspensionPlanned,
            model.ReinstatementPlanned,
            model.LeavingPlanned,
            model.PlanCancelled,
            model.PlanNotCarriedOut,
            model.AbsenceRecorded,
            model.AbsenceCancelled,
            model.AbsenceCorrected,
            model.AbsenceWithdrawn,
            contracted_hours.ContractedHoursSet,
            contracted_hours.ContractedHoursCorrected,
            contracted_hours.PlannedHoursCancelled,
        ],
        on_person,
    ),
    OwnReaction([WorkingCalendarSet, people.DivisionMoved], on_division),
]
