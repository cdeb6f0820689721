"""Appointments of a person, the ten-year gate before them, and the line they report in: commands and rules."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.base import Value
from contracts.people import LineManagerChanged, PersonAppointed, SeniorManagerGateWaived
from contracts.values import Day, Grade, Line
from services.people.organisation.domain.person import model
from services.people.organisation.domain.person.experience import verified_years
from services.people.organisation.domain.staffing_policy import demands_seniority


class Waiver(Value):
    """A waiver of the experience that a senior position demands; approved by the appointing person."""

    reason: Line


class AppointPerson(Command):
    """Appoint a person to a vacant position; their line manager is the nearest holder above unless you name another."""

    position_id: UUID
    line_manager_id: UUID | None = None
    effective_on: Day
    waiver: Waiver | None = None


class WaiveGate(Command):
    """Waive, for the position a person holds, the experience that a senior position demands: before it is revised."""

    reason: Line


class ChangeLineManager(Command):
    """Change a person's line manager, or let them report to nobody at the top; today or on a later day."""

    line_manager_id: UUID | None
    effective_on: Day


def appoint(person: model.Person, command: AppointPerson, facts: model.PersonFacts) -> model.Events:
    """A person gets an approved, vacant position; a senior one only through the gate or with a waiver."""
    position = check_position(facts)
    offered = model.Appointment(
        position_id=position.id, title=position.title, division_id=position.division_id, grade=position.grade
    )
    if offered == person.appointment and not person.is_planned(position.id):
        return held_already(person, command)
    model.check_date(person, command.effective_on, facts)
    check_vacant_since(facts)
    line_manager_id, since = first_line_manager(command, facts)
    check_line_manager(line_manager_id, since, facts)
    waived = pass_gate(person, command, position, facts)
    before = person.appointment
    appointed = PersonAppointed(
        **dict(offered),
        line_manager_id=line_manager_id if since == command.effective_on else None,
        transferred=before is not None and before.division_id != offered.division_id,
        promoted=before is not None and before.grade.rank < offered.grade.rank,
        effective_on=command.effective_on,
    )
    later = LineManagerChanged(line_manager_id=line_manager_id, effective_on=since)
    return [appointed, *waived, *([later] if since > command.effective_on else [])]


def first_line_manager(command: AppointPerson, facts: model.PersonFacts) -> tuple[UUID | None, date]:
    """The line manager and since when: the holder of the position above, not before they were hired."""
    if command.line_manager_id is not None or facts.manager_hired_on is None:
        return command.line_manager_id or facts.default_line_manager, command.effective_on
    return facts.default_line_manager, max(command.effective_on, facts.manager_hired_on)


def check_position(facts: model.PersonFacts) -> model.KnownPosition:
    """The position exists, may be filled, and nobody else holds it."""
    position = facts.position
    if position is None:
        raise Refused("position-unknown", "The position does not exist.", "Draft it and have it approved first.")
    if not position.approved:
        raise Refused("position-approved", "The position is not approved.", "Choose an approved one.")
    if position.holder_id not in (None, facts.id):
        raise Refused(
            "position-vacant", "The position is held by another person.", "Appoint the holder elsewhere first."
        )
    return position


def check_vacant_since(facts: model.PersonFacts) -> None:
    """Nobody else held the position on any day from the appointment's on."""
    if facts.held_until is not None:
        detail = f"Another person held the position until {facts.held_until}."
        raise Refused("position-vacant", detail, f"Give {facts.held_until + timedelta(days=1)} or a later day.")


def held_already(person: model.Person, command: AppointPerson) -> model.Events:
    """Appointing somebody to what they hold changes nothing, least of all their line manager."""
    if command.line_manager_id not in (None, person.line_manager_id):
        raise Refused("position-held", "The person holds the position already.", "Change their line manager instead.")
    return []


def pass_gate(
    person: model.Person, command: AppointPerson, position: model.KnownPosition, facts: model.PersonFacts
) -> model.Events:
    """The ten-year gate: seniority needs verified IT management at the date of appointment, or somebody's waiver."""
    required = max(position.it_management_years, facts.policy_years)
    verified = verified_years(person.experience, command.effective_on)
    met = passes_gate(person, position.grade, required, command.effective_on)
    if command.waiver is None:
        if met:
            return []
        detail = (
            f"The position requires {required} years of verified IT management; the person has {rounded(verified)}."
        )
        raise Refused("senior-manager-gate", detail, "Have more experience verified, or waive the gate with a reason.")
    if met:
        raise Refused("waiver-not-needed", "A waiver is not needed.", "Appoint the person without a waiver.")
    return [
        SeniorManagerGateWaived(
            position_id=position.id,
            required_years=required,
            verified_years=rounded(verified),
            approver=approver_of(person, command, facts),
            reason=command.waiver.reason,
            effective_on=command.effective_on,
        )
    ]


def passes_gate(person: model.Person, grade: Grade, years: Decimal, on: date) -> bool:
    """Return whether somebody has the verified years that a position of this grade demands, on a day."""
    return not demands_seniority(grade) or verified_years(person.experience, on) >= Fraction(years)


def approver_of(person: model.Person, command: AppointPerson, facts: model.PersonFacts) -> str:
    """Who waives the gate: the actor, or who planned the appointment."""
    planned = person.planned_appointment
    same = planned is not None and (planned.position_id, planned.planned_for) == (
        command.position_id,
        command.effective_on,
    )
    return planned.approver if planned and same and planned.approver else facts.actor.id


def waive_gate(person: model.Person, command: WaiveGate, facts: model.PersonFacts) -> model.Events:
    """Waive the gate for a position somebody holds, once, where they would not pass it."""
    held = person.appointment
    if held is None:
        raise Refused("position-held", "The person holds no position.", "Appoint them, with a waiver.")
    if person.gate_waived:
        return []
    verified = verified_years(person.experience, facts.today)
    if verified >= Fraction(facts.policy_years):
        raise Refused("waiver-not-needed", "A waiver is not needed.", "Revise the position without one.")
    return [
        SeniorManagerGateWaived(
            position_id=held.position_id,
            required_years=facts.policy_years,
            verified_years=rounded(verified),
            approver=facts.actor.id,
            reason=command.reason,
            effective_on=facts.today,
        )
    ]


def rounded(years: Fraction) -> Decimal:
    """Years with two decimals, rounded down: what does not reach a limit does not look as if it did."""
    return Decimal(floor(years * 100)) / 100


def change_line_manager(person: model.Person, command: ChangeLineManager, facts: model.PersonFacts) -> model.Events:
    """A person has one line manager at a time; the new one takes the place of the old."""
    if command.line_manager_id == person.line_manager_id:
        return []
    model.check_date(person, command.effective_on, facts)
    check_line_manager(command.line_manager_id, command.effective_on, facts)
    return [LineManagerChanged(line_manager_id=command.line_manager_id, effective_on=command.effective_on)]


def check_line_manager(line_manager_id: UUID | None, since: date, facts: model.PersonFacts) -> None:
    """A line manager works here, since the first day, and reports, however far up, to nobody below themselves."""
    if line_manager_id is None:
        return
    if facts.id in (line_manager_id, *(facts.managers_above or ())):
        raise Refused(
            "no-cycles", "The line manager is the person themselves or reports to them.", "Name another line manager."
        )
    if facts.manager_employed is None or facts.managers_above is None:
        raise Refused("line-manager-unknown", "The line manager does not exist.", "Name somebody who works here.")
    if not facts.manager_employed:
        raise Refused("line-manager-employed", "The line manager has left.", "Name somebody who works here.")
    if facts.manager_hired_on and since < facts.manager_hired_on:
        detail = f"The line manager was hired on {facts.manager_hired_on}."
        raise Refused("line-manager-employed", detail, "Give that day or a later one, or name another line manager.")
    if facts.cycle_on is not None:
        detail = f"On {facts.cycle_on} the line manager reported, however far up, to them."
        raise Refused("no-cycles", detail, "Give a later day, or name another line manager.")
