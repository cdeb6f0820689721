"""The rules of allocations, overloads and demands for skills."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Deadline, Forbidden, NotFound
from contracts.portfolio.allocation import (
    AllocationEnded,
    OverloadEnded,
    PersonAllocated,
    PersonOverloaded,
    SkillDemandStated,
    SkillDemandWithdrawn,
)
from contracts.roles import Role
from contracts.values import Grade, Period
from services.portfolio.allocation.commands import ALLOCATIONS
from services.portfolio.allocation.domain import allocation, overload, skill_demand
from services.portfolio.allocation.domain.allocation import ALLOCATION
from services.portfolio.allocation.domain.overload import OVERLOAD, WeekReviewed
from services.portfolio.allocation.domain.skill_demand import SKILL_DEMAND
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import AT_WORK, CHIEF, DELEGATED, DIVISION, GIVEN_UP, MANAGER, OTHER, SENIOR
from tests.scenarios import given, who_may

ID, WORKER, THING = UUID(int=70), UUID(int=71), UUID(int=72)
MONDAY, WEEK = date(2026, 11, 30), timedelta(days=7)
worker = KnownPerson(WORKER, Grade.STAFF, active=True, line=(OTHER, CHIEF))
ABOUT: dict[str, Any] = {"person_id": WORKER, "project_id": THING, "monday": MONDAY}


def allocate(hours: int, **changes: Any) -> allocation.AllocatePerson:
    return allocation.AllocatePerson(**{**ABOUT, "hours": Decimal(hours), **changes})


def beyond(hours: int) -> allocation.AllocatePerson:
    return allocate(hours, overload_reason="It is law.")


def allocated(hours: int) -> PersonAllocated:
    return PersonAllocated(**ABOUT, hours=Decimal(hours))


def facts(actor: UUID = SENIOR, for_whom: UUID | None = None, *roles: Role, **known: Any) -> allocation.AllocationFacts:
    rows: dict[str, Any] = {
        "subject": WORKER,
        "line": worker.line,
        "person": worker,
        "project": PROJECT.fold((*AT_WORK, *DELEGATED)),
        "capacity": Decimal(40),
        "allocated": Decimal(30),
        **known,
    }
    acting = Actor(str(actor), frozenset(roles), for_whom=str(for_whom) if for_whom else None)
    return allocation.AllocationFacts(acting, datetime(2026, 12, 2, 9, tzinfo=UTC), ID, **rows)


def ended(how: Any) -> AllocationEnded:
    return AllocationEnded(**ABOUT, how=how)


PLANNED = allocation.WorkPlanned(hours=Decimal(8))


def test_a_person_is_allocated_up_to_the_last_hour_of_their_week() -> None:
    given(ALLOCATION).when(allocate(10), facts()).then(allocated(10))
    given(ALLOCATION).when(allocate(11), facts()).then_refused("within-capacity")
    given(ALLOCATION, allocated(10)).when(allocate(10), facts()).then()
    given(ALLOCATION, allocated(10)).when(allocate(9), facts()).then_refused("already-exists")


def test_the_figures_of_a_refusal_are_for_those_above_the_person_and_for_nobody_else() -> None:
    told = given(ALLOCATION).when(allocate(11), facts(CHIEF)).then_refused("within-capacity")
    assert told.detail == "The person has 40 hours in that week, of which 30 are allocated."
    for actor in (facts(SENIOR), facts(OTHER, WORKER)):
        untold = given(ALLOCATION).when(allocate(11), actor).then_refused("within-capacity")
        assert not any(character.isdigit() for character in untold.detail + untold.remedy)


def test_nobody_is_allocated_whose_hours_are_not_known() -> None:
    given(ALLOCATION).when(allocate(1), facts(capacity=None)).then_refused("capacity-not-known")


def test_only_who_works_here_is_allocated_and_only_to_what_goes_on() -> None:
    gone = KnownPerson(WORKER, Grade.STAFF, active=False)
    given(ALLOCATION).when(allocate(1), facts(person=gone)).then_refused("person-works-here")
    given(ALLOCATION).when(allocate(1), facts(person=None)).then_refused("person-not-known-yet")
    given(ALLOCATION).when(allocate(1), facts(project=PROJECT.fold(GIVEN_UP))).then_refused("project-ended")
    with pytest.raises(NotFound):
        allocation.decide(None, allocate(1), facts(project=None))


def test_a_week_that_is_over_stays_as_it_was() -> None:
    last = allocate(1, monday=MONDAY - WEEK)
    given(ALLOCATION).when(last, facts()).then_refused("week-over")
    past = allocated(10).model_copy(update={"monday": MONDAY - WEEK})
    end = allocation.EndAllocation(reason="Done.")
    for command in (end, allocation.ChangeHours(hours=Decimal(1))):
        given(ALLOCATION, past).when(command, facts()).then_refused("week-over")
    given(ALLOCATION, allocated(10)).when(end, facts()).then(ended("ended"), allocation.EndExplained(reason="Done."))


@pytest.mark.parametrize(("field", "value"), [("hours", "0"), ("hours", "169"), ("monday", "2026-12-01")])
def test_hours_are_those_of_a_week_that_begins_on_a_monday(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        allocation.AllocatePerson.model_validate({**ABOUT, "hours": "1", field: value})
    assert refused.value.errors()[0]["loc"] == (field,)


def test_more_hours_have_to_fit_and_fewer_always_do() -> None:
    more, fewer = (allocation.ChangeHours(hours=Decimal(hours)) for hours in (11, 4))
    given(ALLOCATION, allocated(10)).when(more, facts()).then_refused("within-capacity")
    given(ALLOCATION, allocated(10)).when(more, facts(allocated=Decimal(29))).then(allocated(11))
    given(ALLOCATION, allocated(10)).when(fewer, facts(capacity=Decimal(0))).then(allocated(4))
    planned = allocation.WorkPlanned(hours=Decimal(4))
    given(ALLOCATION, allocated(10), PLANNED).when(fewer, facts()).then(allocated(4), planned)


def test_work_is_planned_for_hours_that_are_allocated() -> None:
    plan = allocation.PlanWork(hours=Decimal(8))
    given(ALLOCATION, allocated(10)).when(plan, facts()).then(PLANNED)
    given(ALLOCATION, allocated(10), PLANNED).when(plan, facts()).then()
    given(ALLOCATION, allocated(4)).when(plan, facts()).then_refused("planned-within-the-allocation")
    given(ALLOCATION, allocated(10), ended("ended")).when(plan, facts()).then_refused("allocation-ended")


def test_an_allocation_ends_once() -> None:
    over = (allocated(10), ended("person left"))
    for command in (allocation.EndAllocation(reason="Done."), allocation.CloseAllocation(how="project ended")):
        given(ALLOCATION, *over).when(command, facts()).then()
    close = allocation.CloseAllocation(how="person left")
    given(ALLOCATION, allocated(10)).when(close, facts()).then(ended("person left"))


def test_those_who_answer_for_the_project_and_the_office_ask_for_people() -> None:
    for actor in (facts(SENIOR), facts(MANAGER), facts(ID, None, Role.PORTFOLIO_OFFICE)):
        who_may(ALLOCATIONS).when(allocate(1), actor).then(allocated(1))
    for actor in (facts(OTHER), facts(WORKER)):
        who_may(ALLOCATIONS).when(allocate(1), actor).then_refused("not-authorised")


def test_a_manager_above_the_person_approves_an_overload_and_is_named_with_it() -> None:
    who_may(ALLOCATIONS).when(beyond(20), facts(CHIEF)).then(allocated(20))
    (order,) = allocation.week_taken(beyond(20), None, allocation.evolve(None, allocated(20)), facts(CHIEF))
    assert order.id == overload.overload_of(WORKER, MONDAY)
    assert order.command == overload.RecordOverload(
        person_id=WORKER, monday=MONDAY, approved_by=(str(CHIEF),), reason="It is law."
    )
    who_may(ALLOCATIONS).when(beyond(20), facts(SENIOR)).then_refused("not-authorised")


def test_what_fits_after_all_is_no_overload() -> None:
    (order,) = allocation.week_taken(beyond(10), None, allocation.evolve(None, allocated(10)), facts(CHIEF))
    assert order.command == REVIEW


def test_nobody_approves_an_overload_of_their_own_nor_for_somebody_in_their_place() -> None:
    for actor in (facts(WORKER), facts(CHIEF, WORKER), facts(WORKER, CHIEF)):
        refused = who_may(ALLOCATIONS).when(beyond(20), actor).then_refused("own-overload")
        assert isinstance(refused, Forbidden)
        assert refused.remedy == "Ask a manager above the person."


WEEK_OF: dict[str, Any] = {"person_id": WORKER, "monday": MONDAY}
REVIEW, REVIEWED = overload.ReviewOverload(**WEEK_OF), WeekReviewed(**WEEK_OF)
RISEN = PersonOverloaded(**WEEK_OF, approved_by=())
FITS = OverloadEnded(**WEEK_OF, how="fits again")


def load(hours: int, capacity: int | None) -> overload.OverloadFacts:
    return overload.OverloadFacts(
        Actor("tests"),
        datetime(2026, 12, 2, tzinfo=UTC),
        ID,
        capacity=None if capacity is None else Decimal(capacity),
        allocated=Decimal(hours),
    )


def test_an_overload_rises_by_itself_when_the_hours_become_too_few_and_ends_when_they_suffice() -> None:
    given(OVERLOAD).when(REVIEW, load(40, 32)).then(REVIEWED, RISEN)
    given(OVERLOAD, REVIEWED, RISEN).when(REVIEW, load(40, 16)).then()
    given(OVERLOAD, REVIEWED, RISEN).when(REVIEW, load(40, 40)).then(FITS)
    given(OVERLOAD, REVIEWED, RISEN, FITS).when(REVIEW, load(41, 40)).then(RISEN)


def test_a_week_that_fits_is_only_looked_at() -> None:
    given(OVERLOAD).when(REVIEW, load(40, 40)).then(REVIEWED)
    given(OVERLOAD, REVIEWED).when(REVIEW, load(40, 40)).then()


def test_unknown_hours_raise_no_overload_and_end_none_but_where_nothing_is_allocated() -> None:
    given(OVERLOAD, REVIEWED).when(REVIEW, load(40, None)).then()
    given(OVERLOAD, REVIEWED, RISEN).when(REVIEW, load(40, None)).then()
    given(OVERLOAD, REVIEWED, RISEN).when(REVIEW, load(0, None)).then(FITS)


def test_an_approved_overload_names_its_approver_and_the_reason() -> None:
    command = overload.RecordOverload(**WEEK_OF, approved_by=(str(CHIEF),), reason="It is law.")
    approved = PersonOverloaded(**WEEK_OF, approved_by=(str(CHIEF),))
    explained = overload.OverloadExplained(reason="It is law.")
    given(OVERLOAD).when(command, load(40, 32)).then(approved, explained)
    given(OVERLOAD, REVIEWED, RISEN).when(command, load(40, 32)).then(approved, explained)


def test_an_overload_ends_with_its_week() -> None:
    risen, fits = OVERLOAD.fold((REVIEWED, RISEN)), OVERLOAD.fold((REVIEWED,))
    assert risen is not None
    assert fits is not None
    assert overload.due(risen) == Deadline.on(MONDAY + WEEK, overload.EndWeek())
    assert overload.due(fits) is None
    over = OverloadEnded(**WEEK_OF, how="week over")
    given(OVERLOAD, REVIEWED, RISEN).when(overload.EndWeek(), load(40, 32)).then(over)
    given(OVERLOAD, REVIEWED, RISEN, over).when(overload.EndWeek(), load(40, 32)).then()


STATE = skill_demand.StateSkillDemand(
    project_id=THING, skill="Java", level=4, heads=2, period=Period(start=MONDAY, end=MONDAY + WEEK)
)
STATED = SkillDemandStated(**vars(STATE), division_id=DIVISION)
WITHDRAW = skill_demand.WithdrawSkillDemand(reason="Bought.")
WITHDRAWN = SkillDemandWithdrawn(project_id=THING, reason="Bought.")


def needs(**known: Any) -> skill_demand.SkillDemandFacts:
    rows = {"project": PROJECT.fold(AT_WORK), **known}
    return skill_demand.SkillDemandFacts(Actor("tests"), datetime(2026, 12, 2, tzinfo=UTC), ID, **rows)


def test_a_project_that_goes_on_states_which_skills_it_needs() -> None:
    given(SKILL_DEMAND).when(STATE, needs()).then(STATED)
    given(SKILL_DEMAND, STATED).when(STATE, needs()).then()
    given(SKILL_DEMAND).when(STATE, needs(project=PROJECT.fold(GIVEN_UP))).then_refused("project-ended")
    with pytest.raises(NotFound):
        skill_demand.decide(None, STATE, needs(project=None))


def test_a_demand_is_withdrawn_once() -> None:
    given(SKILL_DEMAND, STATED).when(WITHDRAW, needs()).then(WITHDRAWN)
    given(SKILL_DEMAND, STATED, WITHDRAWN).when(WITHDRAW, needs()).then()
    other = STATE.model_copy(update={"heads": 3})
    given(SKILL_DEMAND, STATED).when(other, needs()).then_refused("already-exists")
