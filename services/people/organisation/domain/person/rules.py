"""The commands and rules of a person, and their consequences for eligibility."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, IssuedCommand, Refused, existing, new
from contracts import people
from contracts.values import Day, Line, Name, Personal
from services.people.organisation.domain.division import DIVISION, AppointDivisionHead
from services.people.organisation.domain.person import (
    absence,
    appointment,
    correction,
    experience,
    handover,
    model,
    planning,
)


class HirePerson(Command):
    """Record that a person joined, or is to on a later day. Repeating it with the same facts changes nothing.

    Who is expected may be given another day, or another name. Until they hold a position, days are those of the
    division they are hired into, of UTC where none is named.
    """

    name: Personal[Name]
    effective_on: Day
    division_id: UUID | None = None


class TakeOnPerson(Command):
    """Hire an accepted candidate and appoint them; who has left is rehired, who works here only appointed.

    To a senior position whose gate they do not pass they are appointed afterwards, with a waiver or more experience.
    """

    name: Personal[Name]
    position_id: UUID
    effective_on: Day


class RenamePerson(Command):
    """Rename a person."""

    name: Personal[Name]


class SuspendPerson(Command):
    """Suspend a person until reinstated, today or on a later day."""

    effective_on: Day


class ReinstatePerson(Command):
    """Reinstate a suspended person, today or on a later day."""

    effective_on: Day


class RecordLeaving(Command):
    """Record that a person left, or is to leave on a later day."""

    effective_on: Day


class ErasePerson(Command):
    """Erase the personal data of who has left or never came, irreversibly. The reason is kept and names nobody."""

    reason: Line


class ReviewEligibility(Command):
    """Review a person's eligibility after a change of policy or as time passes.

    ``barred``: whether something confidential bars them once the command that this one belongs to is stored; by
    default, as it stands.
    """

    barred: bool | None = None


PersonChange = (
    RenamePerson
    | experience.ExperienceCommand
    | appointment.AppointPerson
    | appointment.WaiveGate
    | appointment.ChangeLineManager
    | absence.NameStandIn
    | absence.WithdrawStandIn
    | absence.RecordAbsence
    | absence.CancelAbsence
    | absence.AbsenceCorrection
    | SuspendPerson
    | ReinstatePerson
    | RecordLeaving
    | ErasePerson
    | handover.HandOver
    | planning.CancelPlan
    | planning.CarryOutPlans
    | planning.WithdrawLeaving
    | planning.RehirePerson
    | correction.CorrectDay
)

PersonCommand = HirePerson | TakeOnPerson | PersonChange | ReviewEligibility


def decide(state: model.Person | None, command: PersonCommand, facts: model.PersonFacts) -> model.Events:
    """The events of a command and its consequence for eligibility, or ``Refused``."""
    if isinstance(command, ReviewEligibility):
        return eligibility(existing(state), facts)
    if state is not None and state.erased:
        raise Refused("person-erased", "The person was erased.", "Hire them under a new id.")
    withdrawn = state is not None and state.employment is model.Employment.WITHDRAWN
    if withdrawn and not isinstance(command, ErasePerson | TakeOnPerson):
        raise Refused("hire-withdrawn", "Their hire was withdrawn before its day.", "Hire them under a new id.")
    if isinstance(command, HirePerson):
        events = hire(state, command, facts)
    elif isinstance(command, TakeOnPerson):
        events = take_on(state, command, facts)
    else:
        events = change(existing(state), command, facts)
    after = PERSON.fold(events, state)
    return [*events, *eligibility(existing(after), facts)] if events else []


def change(person: model.Person, command: PersonChange, facts: model.PersonFacts) -> model.Events:
    """Decide on a command to somebody who works here, or to erase somebody who has left."""
    if isinstance(command, ErasePerson):
        return erase(person, command)
    if person.employment is model.Employment.EXPECTED:
        return before_they_join(person, command, facts)
    if isinstance(command, handover.HandOver):
        return handover.hand_over(command, facts)
    if isinstance(command, planning.WithdrawLeaving):
        return planning.withdraw_leaving(person, command, facts)
    if isinstance(command, planning.RehirePerson):
        return planning.rehire(person, command.effective_on, facts)
    if isinstance(command, planning.CarryOutPlans):
        return carry_out(person, facts)
    if isinstance(command, correction.CorrectDay):
        return correction.correct_day(person, command, facts)
    if isinstance(command, absence.AbsenceCorrection):
        return absence.correct(person, command, facts)
    if person.employment is model.Employment.LEFT and not planning.cancels_rehire(command):
        return left_already(person, command)
    if isinstance(command, experience.ExperienceCommand):
        return experience.change_experience(person, command, facts)
    match command:
        case RenamePerson(name=name):
            return [] if name == person.name else [people.PersonRenamed(name=name)]
        case appointment.AppointPerson():
            if command.effective_on > facts.today:
                return planning.plan_appointment(person, command, facts)
            return appointment.appoint(person, command, facts)
        case appointment.WaiveGate():
            return appointment.waive_gate(person, command, facts)
        case appointment.ChangeLineManager():
            if command.effective_on > facts.today:
                return planning.plan_line(person, command, facts)
            return appointment.change_line_manager(person, command, facts)
        case absence.NameStandIn():
            return absence.name_stand_in(person, command, facts)
        case absence.WithdrawStandIn():
            return absence.withdraw_stand_in(person, command, facts)
        case absence.RecordAbsence():
            return absence.record_absence(person, command, facts)
        case absence.CancelAbsence():
            return absence.cancel_absence(person, command, facts)
        case SuspendPerson():
            return suspend(person, command, facts)
        case ReinstatePerson():
            return reinstate(person, command, facts)
        case RecordLeaving():
            return leave(person, command, facts)
        case planning.CancelPlan():
            return planning.cancel_plan(person, command)
        case _:
            assert_never(command)


def before_they_join(person: model.Person, command: PersonChange, facts: model.PersonFacts) -> model.Events:
    """Of who is expected, what they bring along and what is planned is recorded; all else waits for their first day."""
    if isinstance(command, experience.ExperienceCommand):
        return experience.change_experience(person, command, facts)
    match command:
        case RenamePerson(name=name):
            return planning.plan_hire(person, name, planning.planned_day(person), person.hired_into)
        case appointment.AppointPerson():
            return planning.plan_first_appointment(person, command, facts)
        case planning.CancelPlan():
            return planning.cancel_plan(person, command)
        case planning.CarryOutPlans():
            return carry_out(person, facts)
        case _:
            detail = f"The person is expected on {person.hired_on}, and does not work here yet."
            raise Refused("not-here-yet", detail, "Record it once they have joined.")


def hire(state: model.Person | None, command: HirePerson, facts: model.PersonFacts) -> model.Events:
    """A person joins once, today or on a day planned; somebody who left and comes back is rehired."""
    if state is None or state.employment is not model.Employment.EXPECTED:
        if state is not None and (state.name, state.hired_on) == (command.name, command.effective_on):
            return []
        new(state, "person")
    if command.division_id is not None and not facts.division_open:
        raise Refused("division-open", "The division does not exist, or is closed.", "Name an open division, or none.")
    if command.effective_on > facts.today:
        return planning.plan_hire(state, command.name, command.effective_on, command.division_id)
    return [people.PersonHired(**vars(command))]


def take_on(state: model.Person | None, command: TakeOnPerson, facts: model.PersonFacts) -> model.Events:
    """A candidate joins and is appointed at once, where the gate lets them pass."""
    model.check_not_future(command.effective_on, facts)
    joins: model.Events = []
    if state is None:
        joins = hire(state, HirePerson(name=command.name, effective_on=command.effective_on), facts)
    elif state.employment in model.NEVER_HERE:
        joins = [people.PersonHired(name=command.name, effective_on=command.effective_on, division_id=state.hired_into)]
    if state is not None and state.employment is model.Employment.LEFT:
        joins = planning.rehire(state, command.effective_on, facts)
    person = existing(PERSON.fold(joins, state))
    position = appointment.check_position(facts)
    years = max(position.it_management_years, facts.policy_years)
    if not appointment.passes_gate(person, position.grade, years, command.effective_on):
        return joins
    appoint = appointment.AppointPerson(position_id=command.position_id, effective_on=command.effective_on)
    return [*joins, *appointment.appoint(person, appoint, facts)]


def left_already(person: model.Person, command: PersonChange) -> model.Events:
    """After leaving nothing changes; recording the same leaving again is no change."""
    if isinstance(command, RecordLeaving) and command.effective_on == person.last_on:
        return []
    raise Refused("person-left", "The person has left.", "Record that they joined again first.")


def suspend(person: model.Person, command: SuspendPerson, facts: model.PersonFacts) -> model.Events:
    """A suspended person is not suspended again; on a later day it is planned."""
    if command.effective_on > facts.today:
        return planning.plan_suspension(person, command.effective_on)
    if person.employment is model.Employment.SUSPENDED:
        return []
    model.check_date(person, command.effective_on, facts)
    return [people.PersonSuspended(effective_on=command.effective_on)]


def reinstate(person: model.Person, command: ReinstatePerson, facts: model.PersonFacts) -> model.Events:
    """Only a suspended person is reinstated; on a later day it is planned."""
    if command.effective_on > facts.today:
        return planning.plan_reinstatement(person, command.effective_on)
    if person.employment is model.Employment.ACTIVE:
        return []
    model.check_date(person, command.effective_on, facts)
    return [people.PersonReinstated(effective_on=command.effective_on)]


def leave(person: model.Person, command: RecordLeaving, facts: model.PersonFacts) -> model.Events:
    """Nobody leaves with tools still out; the person who reports to them does so until somebody changes it."""
    if command.effective_on > facts.today:
        return planning.plan_leaving(person, command.effective_on, facts)
    model.check_date(person, command.effective_on, facts)
    if facts.tools_out:
        detail = f"The person still holds tools: {facts.tools_out}."
        raise Refused("tools-returned", detail, "Record that they were returned or lost first.")
    return [people.PersonLeft(line_manager_id=person.line_manager_id, effective_on=command.effective_on)]


def carry_out(person: model.Person, facts: model.PersonFacts) -> model.Events:
    """Carry out what was planned for today or before, the earliest first; what a rule refuses now is not planned on."""
    what = planning.due_plan(person, facts)
    if what is None:
        return []
    try:
        return put_into_effect(person, what, facts) or [model.PlanCancelled(what=what)]
    except Refused as refused:
        return [planning.failed(what, refused)]


def put_into_effect(person: model.Person, what: model.PlanKind, facts: model.PersonFacts) -> model.Events:
    """What was planned, decided on as on its day; nothing where it is so already."""
    day = planning.planned_days(person)[what]
    match what:
        case model.PlanKind.HIRE:
            return hire(person, HirePerson(name=person.name, effective_on=day, division_id=person.hired_into), facts)
        case model.PlanKind.REHIRE:
            return planning.rehire(person, day, facts)
        case model.PlanKind.APPOINTMENT:
            assert person.planned_appointment is not None, "it is planned"
            return appointment.appoint(person, planning.planned_appointment(person.planned_appointment), facts)
        case model.PlanKind.LINE:
            assert person.planned_line is not None, "it is planned"
            return appointment.change_line_manager(person, planning.planned_line(person.planned_line), facts)
        case model.PlanKind.SUSPENSION:
            return suspend(person, SuspendPerson(effective_on=day), facts)
        case model.PlanKind.REINSTATEMENT:
            return reinstate(person, ReinstatePerson(effective_on=day), facts)
        case model.PlanKind.LEAVING:
            return leave(person, RecordLeaving(effective_on=day), facts)
        case _:
            assert_never(what)


def erase(person: model.Person, command: ErasePerson) -> model.Events:
    """Erase a person who has left or never came; the reason, which stays for ever, names nobody."""
    if person.employment is model.Employment.EXPECTED:
        raise Refused("still-employed", "The person is expected.", "Cancel their hire first.")
    if person.works_here:
        raise Refused("still-employed", "The person still works here.", "Record that they left first.")
    if named_in(command.reason, person.name):
        raise Refused("reason-names-nobody", "The reason names the person.", "Give a reason without the name.")
    if person.employment is model.Employment.WITHDRAWN:
        return [model.WithdrawnPersonErased(reason=command.reason)]
    return [people.PersonErased(reason=command.reason)]


def named_in(text: str, name: str) -> bool:
    """Return whether a text has a part of a name of three letters or more as a word."""
    words = set(re.findall(r"\w+", text.casefold()))
    return any(len(part) > 2 and part in words for part in re.findall(r"\w+", name.casefold()))


def handed_over(
    command: handover.HandOver, before: model.Person, _after: model.Person, facts: model.PersonFacts
) -> Sequence[IssuedCommand]:
    """The changes of those who report to the person, and of the divisions they head, in the same append.

    The receiver, where they report to the person, comes to report to whom the person reports to.
    """

    def moved(member: UUID) -> appointment.ChangeLineManager:
        manager = before.line_manager_id if member == command.to_id else command.to_id
        return appointment.ChangeLineManager(line_manager_id=manager, effective_on=facts.today)

    headed = [IssuedCommand(DIVISION, id, AppointDivisionHead(person_id=command.to_id)) for id in facts.heads]
    return [*(IssuedCommand(PERSON, member, moved(member)) for member in facts.team), *headed]


def eligibility(person: model.Person, facts: model.PersonFacts) -> model.Events:
    """Published only where it differs from what was last published; nobody is eligible before that."""
    eligible = is_eligible(person, facts)
    return [] if eligible == person.eligible else [people.EligibilityChanged(senior_manager=eligible)]


def is_eligible(person: model.Person, facts: model.PersonFacts) -> bool:
    """Return whether an active person whom nothing bars has the experience demanded, or a waiver for what they hold."""
    if person.employment is not model.Employment.ACTIVE or facts.barred:
        return False
    return person.gate_waived or experience.verified_years(person.experience, facts.today) >= Fraction(
        facts.policy_years
    )


PERSON = Decider(
    kind="person",
    state=model.Person,
    events=model.PersonEvent,
    decide=decide,
    evolve=model.evolve,
    due=planning.due,
    stream_is_subject=True,
    begun_by=(people.PersonHired,),
)
