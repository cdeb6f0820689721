"""Facts about a person's week: the hours they are there for, and those allocated."""

from datetime import date, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.portfolio.allocation.domain.allocation import ALLOCATION, AllocationStatus
from services.portfolio.organisation import zones
from services.portfolio.organisation.facts import person
from services.portfolio.projects.domain.project.rules import PROJECT

A = Fields(ALLOCATION)
ALLOCATED = text(
    f"SELECT coalesce(sum(({A.hours})::numeric), 0) AS hours FROM states"
    f" WHERE {A.of_kind} AND {A.person_id} = :person AND {A.monday} = :monday"
    f" AND {A.status.one_of(AllocationStatus.ALLOCATED)} AND stream <> :own"
)

CAPACITY = text(
    "SELECT hours[(CAST(:monday AS date) - first_monday) / 7 + 1] AS hours FROM capacities"
    " WHERE id = :person AND first_monday <= CAST(:monday AS date)"
)

DIVISION_OF = text("SELECT division_id FROM known_persons WHERE id = :id")


def week_of(person_id: UUID, monday: date) -> str:
    """The guard of what is allocated to a person in a week."""
    return f"person:{person_id}:week:{monday}"


def hours_of(person_id: UUID) -> str:
    """The guard of the hours a person is there for."""
    return f"person:{person_id}:hours"


async def week_facts(view: View, person_id: UUID, monday: date, own: str) -> dict[str, Any]:
    """The hours of a week and those allocated in it beside the stream ``own``: who changes either comes first or after.

    Commands that allocate bump the guard of the week; what portfolio hears of the hours bumps that of the hours.
    """
    view.bump(week_of(person_id, monday))
    asked = {"person": str(person_id), "monday": str(monday), "own": own}
    guards = [week_of(person_id, monday), hours_of(person_id)]
    (allocated,) = await view.guarded_by(guards, ALLOCATED, asked)
    found = await view.guarded(hours_of(person_id), CAPACITY, {"person": person_id, "monday": monday})
    capacity: Decimal | None = found[0].hours if found else None
    return {"allocated": Decimal(allocated.hours), "capacity": capacity}


async def about(view: View, base: Facts, person_id: UUID) -> dict[str, Any]:
    """The facts of a decision about a person: who they are, and the line above them."""
    found = await person(view, person_id)
    return {**vars(base), "subject": person_id, "line": found.line if found else (), "person": found}


async def zone_of_project(view: View, state: Any, command: Any, _base: Facts) -> tzinfo:
    """The zone of the project's division."""
    project = await view.state(PROJECT, (command if state is None else state).project_id)
    return await zones.zone_of(view, project.division_id if project else None)


async def zone_of_person(view: View, state: Any, command: Any, _base: Facts) -> tzinfo:
    """The zone of the person's division."""
    rows = await view.reference(DIVISION_OF, {"id": (command if state is None else state).person_id})
    return await zones.zone_of(view, rows[0].division_id if rows else None)
