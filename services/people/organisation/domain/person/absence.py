"""Absences of a person, and who stands in for them: commands and rules."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import StrictBool

from chassis.domain.decider import Command, Refused
from contracts.people import StandInNamed, StandInWithdrawn
from contracts.values import Day
from services.people.organisation.domain.person import model


class NameStandIn(Command):
    """Name a stand-in, from the first to the last day; ``confidential``: for pay, reviews and cases too."""

    stand_in_id: UUID
    starts_on: Day
    ends_on: Day
    confidential: StrictBool = False


class WithdrawStandIn(Command):
    """Withdraw a stand-in, effective immediately."""

    stand_in_id: UUID


class RecordAbsence(Command):
    """Record a person's absence, from the first to the last day; the same id again changes the days."""

    absence_id: UUID
    starts_on: Day
    ends_on: Day


class CancelAbsence(Command):
    """Cancel a person's absence."""

    absence_id: UUID


MOST_ABSENCES, LONGEST_DAYS = 100, 366


def name_stand_in(person: model.Person, command: NameStandIn, facts: model.PersonFacts) -> Sequence[StandInNamed]:
    """Somebody else who works here stands in, for days that are not over, and not for ever."""
    check_days(command.starts_on, command.ends_on)
    if command.ends_on < facts.today:
        raise Refused("stand-in-to-come", "The days are in the past.", "Name days from today on.")
    if (command.ends_on - command.starts_on).days > LONGEST_DAYS:
        detail = f"A stand-in lasts at most {LONGEST_DAYS} days at a time."
        raise Refused("stand-in-bounded", detail, "Give an earlier last day, and name the stand-in again later.")
    if command.stand_in_id == facts.id:
        raise Refused("stand-in-is-another", "A person cannot be their own stand-in.", "Name somebody else.")
    if not facts.stand_in_active:
        raise Refused("stand-in-active", "The stand-in does not work here now.", "Name somebody active in a position.")
    if model.StandIn(**vars(command)) in person.stand_ins:
        return []
    key = (command.stand_in_id, command.starts_on)
    others = [each for each in person.stand_ins if (each.stand_in_id, each.starts_on) != key]
    same = [each for each in others if each.stand_in_id == command.stand_in_id]
    if any(each.starts_on <= command.ends_on and command.starts_on <= each.ends_on for each in same):
        detail = "They stand in on some of these days already."
        raise Refused("stand-ins-apart", detail, "Give other days, or withdraw them and name them again.")
    if len([each for each in others if each.ends_on >= facts.today]) >= model.MOST_STAND_INS:
        raise Refused(
            "stand-ins-bounded", f"There are {model.MOST_STAND_INS} stand-ins already.", "Withdraw one first."
        )
    return [
        StandInNamed(
            stand_in_id=command.stand_in_id,
            effective_on=command.starts_on,
            ends_on=command.ends_on,
            confidential=command.confidential,
        )
    ]


def withdraw_stand_in(
    person: model.Person, command: WithdrawStandIn, facts: model.PersonFacts
) -> Sequence[StandInWithdrawn]:
    """Withdraw a stand-in who is named; otherwise nothing changes."""
    if all(each.stand_in_id != command.stand_in_id for each in person.stand_ins):
        return []
    return [StandInWithdrawn(stand_in_id=command.stand_in_id, effective_on=facts.today)]


def record_absence(
    person: model.Person, command: RecordAbsence, facts: model.PersonFacts
) -> Sequence[model.AbsenceRecorded]:
    """One absence after the other: no two at once."""
    check_days(command.starts_on, command.ends_on)
    if model.Absence(**vars(command)) in person.absences:
        return []
    others = [each for each in person.absences if each.absence_id != command.absence_id]
    if any(each.starts_on <= command.ends_on and command.starts_on <= each.ends_on for each in others):
        raise Refused(
            "absences-apart", "The absence overlaps another one.", "Cancel the other absence, or choose other days."
        )
    if len(others) >= MOST_ABSENCES:
        raise Refused("absences-bounded", f"There are {MOST_ABSENCES} absences already.", "Cancel one first.")
    return [
        model.AbsenceRecorded(absence_id=command.absence_id, effective_on=command.starts_on, ends_on=command.ends_on)
    ]


def cancel_absence(person: model.Person, command: CancelAbsence) -> Sequence[model.AbsenceCancelled]:
    """Cancel an absence that is recorded; otherwise nothing changes."""
    known = any(each.absence_id == command.absence_id for each in person.absences)
    return [model.AbsenceCancelled(absence_id=command.absence_id)] if known else []


def check_days(starts_on: date, ends_on: date) -> None:
    """The last day is not before the first."""
    if ends_on < starts_on:
        raise Refused("days-in-order", "The last day is before the first.", "Correct one of the days.")
