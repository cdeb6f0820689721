"""Changes of a person planned for a later day, carried out on it; ways back after a leaving: rules."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Facts, Refused
from contracts import people
from contracts.values import Day, Line, Name, Personal
from services.people.organisation.domain.person import appointment, model


class CancelPlan(Command):
    """Cancel a change planned for a later day, or clear one that could not be carried out."""

    what: model.PlanKind


class CarryOutPlans(Command):
    """Carry out what was planned for today or an earlier day."""


class RehirePerson(Command):
    """Record that a person who had left joined again, or is to on a later day; their history stays theirs."""

    effective_on: Day


class WithdrawLeaving(Command):
    """Withdraw a leaving that was recorded by mistake; the person works here as before."""

    reason: Line


def plan_hire(person: model.Person | None, name: Personal[Name], on: date, division_id: UUID | None) -> model.Events:
    """Somebody is expected on a later day; another day or name takes the place of the one before."""
    planned = model.HirePlanned(name=name, planned_for=on, division_id=division_id)
    if person is None:
        return [planned]
    if person == model.expected(person, planned):
        return []
    appointed_on = person.planned_appointment and person.planned_appointment.planned_for
    if appointed_on and appointed_on < on:
        raise Refused("joins-before", f"An appointment is planned for {appointed_on}.", "Cancel that plan first.")
    return [planned]


def planned_day(person: model.Person) -> date:
    """The day on which who is expected joins; after a refusal on its day, none is planned."""
    if person.planned_hire is None:
        raise Refused("not-here-yet", "Their hire was refused on its day.", "Plan their hire again first.")
    return person.planned_hire


def plan_first_appointment(
    person: model.Person, command: appointment.AppointPerson, facts: model.PersonFacts
) -> model.Events:
    """Who is expected gets a position on their first day or later."""
    joins_on = planned_day(person)
    if command.effective_on < joins_on:
        detail = f"The person is expected on {joins_on}."
        raise Refused("joins-before", detail, "Give that day or a later one.")
    return plan_appointment(person, command, facts)


def plan_appointment(
    person: model.Person, command: appointment.AppointPerson, facts: model.PersonFacts
) -> model.Events:
    """An appointment for a later day is judged on that day; one is planned at a time."""
    planned = model.PlannedAppointment(
        position_id=command.position_id,
        line_manager_id=command.line_manager_id,
        planned_for=command.effective_on,
        waiver=command.waiver.reason if command.waiver else None,
        approver=facts.actor.id if command.waiver else None,
    )
    if planned == person.planned_appointment:
        return []
    if facts.position is None:
        raise Refused("position-unknown", "The position does not exist.", "Draft it and have it approved first.")
    if person.appointment and person.appointment.position_id == command.position_id:
        return appointment.held_already(person, command)
    if person.planned_appointment is not None:
        detail = f"An appointment is planned for {person.planned_appointment.planned_for} already."
        raise Refused("one-plan", detail, "Cancel that plan first.")
    check_still_here(person, command.effective_on)
    return [model.AppointmentPlanned(**vars(planned))]


def plan_leaving(person: model.Person, leaves_on: date, facts: model.PersonFacts) -> model.Events:
    """A leaving on a later day, after all else that is planned; another day takes the place of the one before."""
    if leaves_on == person.planned_leaving:
        return []
    for kind, day in planned_days(person).items():
        if kind is not model.PlanKind.LEAVING and day >= leaves_on:
            raise Refused("leaves-before", f"Another change ({kind}) is planned for {day}.", "Cancel that plan first.")
    return [model.LeavingPlanned(planned_for=leaves_on)]


def plan_line(person: model.Person, command: appointment.ChangeLineManager, facts: model.PersonFacts) -> model.Events:
    """Another line manager on a later day, which is judged on that day; one such change is planned at a time."""
    planned = model.PlannedLine(line_manager_id=command.line_manager_id, planned_for=command.effective_on)
    if planned == person.planned_line:
        return []
    if command.line_manager_id == facts.id:
        raise Refused("no-cycles", "A person does not report to themselves.", "Name another line manager.")
    if command.line_manager_id is not None and facts.manager_employed is None:
        raise Refused("line-manager-unknown", "The line manager does not exist.", "Name somebody who works here.")
    if person.planned_line is not None:
        detail = f"Another line manager is planned for {person.planned_line.planned_for} already."
        raise Refused("one-plan", detail, "Cancel that plan first.")
    check_still_here(person, command.effective_on)
    return [model.LineChangePlanned(**vars(planned))]


def plan_suspension(person: model.Person, day: date) -> model.Events:
    """A suspension on a later day; another day takes the place of the one planned before."""
    if day == person.planned_suspension:
        return []
    if person.employment is model.Employment.SUSPENDED:
        raise Refused("suspended-already", "The person is suspended.", "Reinstate them first.")
    if person.planned_reinstatement is not None and person.planned_reinstatement <= day:
        detail = f"They are to act again on {person.planned_reinstatement}."
        raise Refused("suspended-before", detail, "Give an earlier day, or plan the reinstatement for a later one.")
    check_still_here(person, day)
    return [model.SuspensionPlanned(planned_for=day)]


def plan_reinstatement(person: model.Person, day: date) -> model.Events:
    """A reinstatement on a later day, after the suspension; another day takes the place of the one planned before."""
    if day == person.planned_reinstatement:
        return []
    if person.employment is not model.Employment.SUSPENDED and (person.planned_suspension or day) >= day:
        raise Refused("suspended-before", "The person is not suspended then.", "Plan the suspension first.")
    check_still_here(person, day)
    return [model.ReinstatementPlanned(planned_for=day)]


def check_still_here(person: model.Person, day: date) -> None:
    """Nothing is planned for who is to have left."""
    if person.planned_leaving is not None and person.planned_leaving <= day:
        raise Refused("leaves-before", f"The person is to leave on {person.planned_leaving}.", "Give an earlier day.")


def cancel_plan(person: model.Person, command: CancelPlan) -> model.Events:
    """Cancel what is planned; otherwise nothing changes. Who is not suspended after all need not be reinstated."""
    cancelled = model.PlanCancelled(what=command.what)
    if command.what is model.PlanKind.SUSPENSION and person.planned_suspension and person.planned_reinstatement:
        return [cancelled, model.PlanCancelled(what=model.PlanKind.REINSTATEMENT)]
    # The hire of who is expected is cancelled also where it was refused on its day.
    expected = command.what is model.PlanKind.HIRE and person.employment is model.Employment.EXPECTED
    failed_one = person.failed_plan is not None and person.failed_plan.what is command.what
    return [cancelled] if expected or failed_one or command.what in planned_days(person) else []


def cancels_rehire(command: Command) -> bool:
    """Return whether this is about what can be planned for somebody who has left."""
    return isinstance(command, CancelPlan) and command.what is model.PlanKind.REHIRE


def planned_appointment(planned: model.PlannedAppointment) -> appointment.AppointPerson:
    """A planned appointment as a command."""
    return appointment.AppointPerson(
        position_id=planned.position_id,
        line_manager_id=planned.line_manager_id,
        effective_on=planned.planned_for,
        waiver=appointment.Waiver(reason=planned.waiver) if planned.waiver else None,
    )


def planned_line(planned: model.PlannedLine) -> appointment.ChangeLineManager:
    """A planned change of the line manager as a command."""
    return appointment.ChangeLineManager(line_manager_id=planned.line_manager_id, effective_on=planned.planned_for)


def failed(what: model.PlanKind, refused: Refused) -> model.PlanNotCarriedOut:
    """What was planned and a rule refused on its day: it is not planned any more, and somebody is told."""
    return model.PlanNotCarriedOut(what=what, rule=refused.rule, detail=refused.detail)


def withdraw_leaving(person: model.Person, command: WithdrawLeaving, facts: model.PersonFacts) -> model.Events:
    """Somebody who did not leave after all holds their position again, unless somebody else holds it now.

    Who was suspended then is so again.
    """
    if person.employment is not model.Employment.LEFT:
        return []
    if facts.position is not None and facts.position.holder_id not in (None, facts.id):
        raise Refused(
            "position-vacant", "Another person holds their position now.", "Appoint that person elsewhere first."
        )
    withdrawn = people.LeavingWithdrawn(reason=command.reason)
    if person.left_as is not model.Employment.SUSPENDED or person.left_from is None:
        return [withdrawn]
    return [withdrawn, people.PersonSuspended(effective_on=person.left_from)]


def rehire(person: model.Person, rehired_on: date, facts: model.PersonFacts) -> model.Events:
    """Who has left joins again after the day they left on, today or on a day planned, and leads nobody from before."""
    if person.employment is not model.Employment.LEFT:
        if person.earlier and person.hired_on == rehired_on:
            return []
        raise Refused("still-employed", "The person works here.", "Record that they left first.")
    if rehired_on <= person.last_on:
        detail = f"The person left on {person.last_on}."
        raise Refused("dates-in-order", detail, "Give a later day, or withdraw the leaving.")
    if rehired_on > facts.today:
        return [] if rehired_on == person.planned_rehire else [model.RehirePlanned(planned_for=rehired_on)]
    if facts.team or facts.heads:
        detail = f"They lead {len(facts.team)} persons and {len(facts.heads)} divisions from before."
        raise Refused("duties-handed-over", detail, "Hand over what they led first.")
    return [people.PersonRehired(effective_on=rehired_on)]


def planned_days(person: model.Person) -> dict[model.PlanKind, date]:
    """The days for which something is planned; of one day, what comes first is first."""
    kinds = model.PlanKind
    days = {
        kinds.HIRE: person.planned_hire,
        kinds.REHIRE: person.planned_rehire,
        kinds.REINSTATEMENT: person.planned_reinstatement,
        kinds.SUSPENSION: person.planned_suspension,
        kinds.APPOINTMENT: person.planned_appointment.planned_for if person.planned_appointment else None,
        kinds.LINE: person.planned_line.planned_for if person.planned_line else None,
        kinds.LEAVING: person.planned_leaving,
    }
    return {kind: day for kind, day in days.items() if day is not None}


def due_plan(person: model.Person, facts: Facts) -> model.PlanKind | None:
    """What is carried out next of what is planned for today or before: the earliest; None where nothing is."""
    days = planned_days(person)
    due_ones = [kind for kind, day in days.items() if day <= facts.today]
    return min(due_ones, key=lambda kind: days[kind], default=None)


def due(person: model.Person) -> Deadline | None:
    """The beginning of the first day for which something is planned."""
    days = planned_days(person).values()
    return Deadline.on(min(days), CarryOutPlans()) if days else None
