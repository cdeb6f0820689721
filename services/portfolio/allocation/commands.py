"""The command tables of allocations, overloads and demands for skills, and the facts they need."""

from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.allocation import access
from services.portfolio.allocation.domain import allocation, overload, skill_demand
from services.portfolio.allocation.facts import about, week_facts, zone_of_person, zone_of_project
from services.portfolio.organisation.access import SERVICE
from services.portfolio.projects.domain.project.rules import PROJECT


async def allocation_facts(
    view: View, state: allocation.Allocation | None, command: allocation.AllocationCommand, base: Facts
) -> allocation.AllocationFacts:
    """The person with their line, the project, and the person's week beside this allocation."""
    of: Any = state or command
    return allocation.AllocationFacts(
        **await about(view, base, of.person_id),
        **await week_facts(view, of.person_id, of.monday, allocation.ALLOCATION.stream(base.id)),
        project=await view.state(PROJECT, of.project_id),
    )


async def overload_facts(
    view: View, state: overload.Overload | None, command: overload.OverloadCommand, base: Facts
) -> overload.OverloadFacts:
    """What is allocated in the person's week, and how many hours it has."""
    of: Any = state or command
    if not isinstance(command, overload.ReviewOverload):
        return overload.OverloadFacts(**vars(base), subject=of.person_id)
    week = await week_facts(view, of.person_id, of.monday, "")
    return overload.OverloadFacts(**vars(base), subject=of.person_id, **week)


async def demand_facts(
    view: View, state: skill_demand.SkillDemand | None, command: skill_demand.SkillDemandCommand, base: Facts
) -> skill_demand.SkillDemandFacts:
    """The project that needs them."""
    of: Any = state or command
    return skill_demand.SkillDemandFacts(**vars(base), project=await view.state(PROJECT, of.project_id))


ALLOCATIONS = Aggregate(
    allocation.ALLOCATION,
    path="allocations",
    commands=[
        CommandRow(
            "allocate", allocation.AllocatePerson, access.ALLOCATES, creates=True, further=allocation.week_taken
        ),
        CommandRow("change-hours", allocation.ChangeHours, access.ASKS, further=allocation.week_reviewed),
        CommandRow("plan-work", allocation.PlanWork, access.PLANS),
        CommandRow("end", allocation.EndAllocation, access.ENDS),
        CommandRow("close", allocation.CloseAllocation, SERVICE),
    ],
    facts=allocation_facts,
    zone=zone_of_project,
    sees=access.SEES,
    filters=["person_id", "project_id", "monday", "status"],
    sorts=["monday"],
)

OVERLOADS = Aggregate(
    overload.OVERLOAD,
    path="overloads",
    commands=[
        CommandRow("record", overload.RecordOverload, SERVICE, creates=True, named=True),
        CommandRow("review", overload.ReviewOverload, SERVICE, creates=True, named=True),
        CommandRow("end-week", overload.EndWeek, SERVICE),
    ],
    facts=overload_facts,
    zone=zone_of_person,
    sees=access.SEES_OVERLOAD,
    filters=["person_id", "monday", "live"],
    sorts=["monday"],
)

SKILL_DEMANDS = Aggregate(
    skill_demand.SKILL_DEMAND,
    path="skill-demands",
    commands=[
        CommandRow("state", skill_demand.StateSkillDemand, access.ASKS, creates=True),
        CommandRow("withdraw", skill_demand.WithdrawSkillDemand, access.WITHDRAWS),
    ],
    facts=demand_facts,
    zone=zone_of_project,
    filters=["project_id", "division_id", "skill", "status"],
    sorts=["skill"],
    searched=["skill"],
)
