"""The command table of persons, and the facts their decisions need."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Facts
from chassis.store.decision_view import View
from services.people import policy
from services.people.api.facts import about, grade_of, line_above
from services.people.api.organisation import holder, policy_years
from services.people.api.past_lines import cycle_between
from services.people.api.tools import tools_out
from services.people.domain.person import (
    PERSON,
    AppointPerson,
    CancelAbsence,
    ChangeLineManager,
    Employment,
    EndExperience,
    ErasePerson,
    HirePerson,
    KnownPosition,
    NameStandIn,
    Person,
    PersonCommand,
    PersonFacts,
    RecordAbsence,
    RecordExperience,
    RecordLeaving,
    ReinstatePerson,
    RenamePerson,
    ReviewEligibility,
    SuspendPerson,
    VerifyExperience,
    WithdrawExperience,
    WithdrawStandIn,
)
from services.people.domain.position import POSITION, PositionStatus

BARS = text(
    "SELECT 1 AS bar FROM states WHERE kind = 'disciplinary-case' AND state->>'person_id' = :id"
    " AND state->>'bars' = 'true' LIMIT 1"
)


async def person_facts(view: View, state: Person | None, command: PersonCommand, base: Facts) -> PersonFacts:
    """The position offered, the line manager with all above, what eligibility depends on."""
    eligible: dict[str, Any] = {"policy_years": await policy_years(view), "barred": await barred(view, base.id)}
    match command:
        case AppointPerson():
            return await appointment_facts(view, state, command, base, eligible)
        case ChangeLineManager(line_manager_id=manager_id):
            manager = await manager_facts(view, manager_id, base, command.effective_on)
            return PersonFacts(**vars(base), **eligible, **manager)
        case RecordLeaving():
            if state and state.appointment:
                view.bump(f"position:{state.appointment.position_id}:holder")
            return PersonFacts(**vars(base), **eligible, tools_out=await tools_out(view, base.id))
        case NameStandIn(stand_in_id=stand_in_id):
            standing = grade_of(await view.state(PERSON, stand_in_id)) is not None
            known = await about(view, base, base.id)
            return PersonFacts(**known, **eligible, stand_in_active=standing)
        case WithdrawStandIn() | RecordAbsence() | CancelAbsence() | RecordExperience() | VerifyExperience():
            return PersonFacts(**await about(view, base, base.id), **eligible)
        case ErasePerson():
            view.erase(base.id)
    return PersonFacts(**vars(base), **eligible)


async def barred(view: View, person_id: UUID) -> bool:
    """Whether something confidential bars a person from senior responsibilities now."""
    return bool(await view.guarded(f"person:{person_id}:bars", BARS, {"id": str(person_id)}))


async def stands_in(view: View, actor: Actor, at: datetime) -> bool:
    """Whether whoever acts was named by somebody who works here to act in their place on this day, and is at work."""
    if actor.person is None or actor.acts_as is None or grade_of(await view.state(PERSON, actor.person)) is None:
        return False
    replaced = await view.state(PERSON, actor.acts_as)
    if replaced is None or replaced.employment is Employment.LEFT:
        return False
    return any(each.stand_in_id == actor.person and each.on(at.date()) for each in replaced.stand_ins)


async def appointment_facts(
    view: View, state: Person | None, command: AppointPerson, base: Facts, eligible: dict[str, Any]
) -> PersonFacts:
    """What an appointment needs to know; it changes who holds the old and the new position."""
    position = await view.state(POSITION, command.position_id)
    if position is None:
        return PersonFacts(**vars(base), **eligible)
    view.bump(f"position:{command.position_id}:holder")
    if state and state.appointment:
        view.bump(f"position:{state.appointment.position_id}:holder")
    known = KnownPosition(
        id=command.position_id,
        title=position.title,
        division_id=position.division_id,
        grade=position.grade,
        it_management_years=position.it_management_years,
        approved=position.status in (PositionStatus.APPROVED, PositionStatus.REVISED),
        holder_id=await holder(view, command.position_id),
    )
    default = next((above.id for above in await line_above(view, position)), None)
    manager = await manager_facts(view, command.line_manager_id or default, base, command.effective_on)
    return PersonFacts(**vars(base), **eligible, position=known, default_line_manager=default, **manager)


async def manager_facts(view: View, manager_id: UUID | None, base: Facts, since: date) -> dict[str, Any]:
    """Whether a line manager works here, who is above them, and whether that would have been a cycle since then."""
    above = await view.chain(PERSON, manager_id, "line_manager_id")
    if not above:
        return {}
    return {
        "manager_employed": above[0][1].employment is not Employment.LEFT,
        "managers_above": tuple(id for id, _ in above[1:]),
        "cycle_on": await cycle_between(view, base.id, manager_id, since, base.today),
    }


PERSONS = Aggregate(
    PERSON,
    path="persons",
    commands=[
        CommandRow("hire", HirePerson, policy.personnel, person_facts, creates=True),
        CommandRow("rename", RenamePerson, policy.personnel, person_facts),
        CommandRow("record-experience", RecordExperience, policy.own_experience, person_facts),
        CommandRow("verify-experience", VerifyExperience, policy.personnel, person_facts),
        CommandRow("end-experience", EndExperience, policy.own_experience, person_facts),
        CommandRow("withdraw-experience", WithdrawExperience, policy.own_experience, person_facts),
        CommandRow("appoint", AppointPerson, policy.appointments, person_facts),
        CommandRow("change-line-manager", ChangeLineManager, policy.personnel, person_facts),
        CommandRow("name-stand-in", NameStandIn, policy.person_or_manager, person_facts),
        CommandRow("withdraw-stand-in", WithdrawStandIn, policy.person_or_manager, person_facts),
        CommandRow("record-absence", RecordAbsence, policy.person_or_manager, person_facts),
        CommandRow("cancel-absence", CancelAbsence, policy.person_or_manager, person_facts),
        CommandRow("suspend", SuspendPerson, policy.personnel, person_facts),
        CommandRow("reinstate", ReinstatePerson, policy.personnel, person_facts),
        CommandRow("record-leaving", RecordLeaving, policy.personnel, person_facts),
        CommandRow("erase", ErasePerson, policy.personnel, person_facts),
        CommandRow("review-eligibility", ReviewEligibility, policy.reviews, person_facts),
    ],
    confides=policy.OWN_LINE,
    private={"experience": (), "absences": ()},
    filters=["employment", "line_manager_id"],
    sorts=["name", "hired_on"],
)
