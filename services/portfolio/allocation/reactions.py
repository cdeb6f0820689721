"""Reactions in allocation: who left works on nothing more, nor anybody on what ended; overloads rise and end."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import text

from chassis.consumers.own_reactions import OwnReaction
from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people, portfolio
from contracts.portfolio.allocation import AllocationEnded, PersonAllocated
from services.portfolio.allocation.domain.allocation import ALLOCATION, AllocationStatus, CloseAllocation
from services.portfolio.allocation.domain.overload import OVERLOAD, ReviewOverload, overload_of
from services.portfolio.allocation.domain.skill_demand import SKILL_DEMAND, DemandStatus, WithdrawSkillDemand
from services.portfolio.allocation.facts import hours_of
from services.portfolio.projects.domain.project.model import ENDED
from services.portfolio.projects.domain.project.rules import PROJECT

A, OVER = Fields(ALLOCATION), Fields(OVERLOAD)
AA, D, P = Fields(ALLOCATION, "a"), Fields(SKILL_DEMAND, "d"), Fields(PROJECT, "p")
ALLOCATED = f"{A.of_kind} AND {A.status.one_of(AllocationStatus.ALLOCATED)}"
OF_LEAVER = text(
    f"SELECT stream FROM states WHERE {ALLOCATED} AND {A.person_id} = :person AND {A.monday} >= :left ORDER BY stream"
)

OF_PROJECTS = text(
    f"SELECT a.stream FROM states a JOIN states p ON {P.stream} = {P.stream_of(f'({AA.project_id})')}"
    f" WHERE {AA.of_kind} AND {AA.status.one_of(AllocationStatus.ALLOCATED)} AND p.stream = ANY(:streams)"
    f" AND {P.stage.one_of(*ENDED)} AND {AA.monday} > CAST(CAST(p.changed_at AS date) AS text) ORDER BY a.stream"
)

DEMANDS_OF = text(
    f"SELECT d.stream FROM states d JOIN states p ON {P.stream} = {P.stream_of(f'({D.project_id})')}"
    f" WHERE {D.of_kind} AND {D.status.one_of(DemandStatus.STATED)} AND p.stream = ANY(:streams)"
    f" AND {P.stage.one_of(*ENDED)} ORDER BY d.stream"
)

# Weeks in which something is allocated beyond the hours as they are known, and those overloaded so far.
WEEKS_TO_REVIEW = text(
    f"""
SELECT week.monday FROM (
    SELECT {A.monday} AS monday, sum(({A.hours})::numeric) AS allocated FROM states
    WHERE {ALLOCATED} AND {A.person_id} = CAST(:person AS text) GROUP BY {A.monday}
) week JOIN capacities c ON c.id = CAST(CAST(:person AS text) AS uuid) AND c.first_monday <= CAST(week.monday AS date)
WHERE week.allocated > c.hours[(CAST(week.monday AS date) - c.first_monday) / 7 + 1]
UNION
SELECT {OVER.monday} FROM states WHERE {OVER.of_kind} AND {OVER.live.holds} AND {OVER.person_id} = CAST(:person AS text)
ORDER BY monday
"""
)

OVERLOADED_WEEKS = text(
    f"""
SELECT DISTINCT {OVER.person_id} AS person_id, {OVER.monday} AS monday FROM states
WHERE {OVER.of_kind} AND {OVER.live.holds} AND ({OVER.person_id}, {OVER.monday}) IN (
    SELECT {A.person_id}, {A.monday} FROM states WHERE {A.of_kind} AND stream = ANY(:streams)
)
"""
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Whatever is allocated to a leaver for the weeks from the day they left on ends."""
    assert isinstance(envelope.event, people.PersonLeft)
    asked = {"person": str(envelope.subject), "left": str(envelope.event.effective_on)}
    rows = await store.rows(OF_LEAVER, asked)
    return [IssuedCommand(ALLOCATION, id_of(row.stream), CloseAllocation(how="person left")) for row in rows]


async def on_hours(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A person's hours have changed: their weeks are looked at again where what is allocated may fit no more, or again.

    Decisions that took the hours as they were start over; what they appended before is found here.
    """
    await store.bump(uuid5(UUID(envelope.id), "hours"), hours_of(envelope.subject))
    rows = await store.rows(WEEKS_TO_REVIEW, {"person": str(envelope.subject)})
    return [review(envelope.subject, date.fromisoformat(row.monday)) for row in rows]


async def on_allocated(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """A week that is overloaded is looked at again when something in it changed."""
    rows = await store.rows(OVERLOADED_WEEKS, {"streams": [ALLOCATION.stream(id) for id in ids]})
    return [review(UUID(row.person_id), date.fromisoformat(row.monday)) for row in rows]


def review(person_id: UUID, monday: date) -> IssuedCommand:
    command = ReviewOverload(person_id=person_id, monday=monday)
    return IssuedCommand(OVERLOAD, overload_of(person_id, monday), command)


async def on_project_ended(store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
    """Nobody works on what ended in the weeks to come, and it needs nobody."""
    asked = {"streams": [PROJECT.stream(id) for id in ids]}
    allocated, needed = await store.rows(OF_PROJECTS, asked), await store.rows(DEMANDS_OF, asked)
    withdrawn = WithdrawSkillDemand(reason="The project has ended.")
    return [
        *(IssuedCommand(ALLOCATION, id_of(row.stream), CloseAllocation(how="project ended")) for row in allocated),
        *(IssuedCommand(SKILL_DEMAND, id_of(row.stream), withdrawn) for row in needed),
    ]


REACTIONS = [Reaction(people.PersonLeft, on_left)]
REACTIONS_TO_CAPACITY = [Reaction(people.WeeklyCapacity, on_hours)]
OWN_REACTIONS = [
    OwnReaction([PersonAllocated, AllocationEnded], on_allocated),
    OwnReaction([portfolio.ProjectClosed, portfolio.ProjectCancelled], on_project_ended),
]
