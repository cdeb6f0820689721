"""The command tables of contracted hours and of the capacity that follows from them."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people.capacity import access
from services.people.capacity.domain import contracted_hours, weekly_capacity
from services.people.organisation import zones
from services.people.organisation.access import SERVICE
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.model import Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.working_calendar import WorkingCalendar, nearest
from services.people.organisation.facts import about


async def hours_facts(
    view: View, _state: contracted_hours.ContractedHours | None, _command: contracted_hours.HoursCommand, base: Facts
) -> contracted_hours.HoursFacts:
    """The person with the line above, and when they were hired."""
    person = await view.state(PERSON, base.id)
    known = await about(view, base, base.id)
    return contracted_hours.HoursFacts(**known, hired_on=person.hired_on if person else None)


async def capacity_facts(
    view: View, _state: weekly_capacity.Capacity | None, _command: weekly_capacity.ReviewCapacity, base: Facts
) -> weekly_capacity.CapacityFacts:
    """What a person's hours follow from."""
    person = await view.state(PERSON, base.id)
    return weekly_capacity.CapacityFacts(
        **vars(base),
        person=person,
        calendar=await calendar_of(view, person),
        terms=contracted_hours.of(await view.state(contracted_hours.CONTRACTED_HOURS, base.id)),
    )


async def calendar_of(view: View, person: Person | None) -> WorkingCalendar:
    """The working calendar of the division somebody works in, or is to."""
    if person is None:
        return nearest(())
    division_id = person.appointment.division_id if person.appointment else person.hired_into
    return nearest(division.calendar for _, division in await view.chain(DIVISION, division_id, "parent_id"))


CONTRACTED_HOURS = Aggregate(
    contracted_hours.CONTRACTED_HOURS,
    path="contracted-hours",
    commands=[
        CommandRow("set", contracted_hours.SetContractedHours, access.SETS, creates=True, named=True),
        CommandRow("correct", contracted_hours.CorrectContractedHours, access.SETS, creates=True, named=True),
        CommandRow("cancel-planned", contracted_hours.CancelPlannedHours, access.SETS),
    ],
    facts=hours_facts,
    zone=zones.of_id(zones.PERSON_ZONE),
    sees=access.SEES_HOURS,
    filters=["person_id"],
)

WEEKLY_CAPACITIES = Aggregate(
    weekly_capacity.CAPACITY,
    path="weekly-capacities",
    commands=[CommandRow("review", weekly_capacity.ReviewCapacity, SERVICE, creates=True, named=True)],
    facts=capacity_facts,
    zone=zones.of_id(zones.PERSON_ZONE),
    sees=access.SEES_CAPACITY,
    filters=["person_id"],
)
