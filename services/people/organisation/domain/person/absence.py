"""Absences of a person, and who stands in for them: commands and rules."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import assert_never
from uuid import UUID

from pydantic import StrictBool

from chassis.domain.decider import Command, Refused
from contracts.people import StandInCorrected, StandInNamed, StandInWithdrawn
from contracts.values import Day, Line, Personal
from services.people.organisation.domain.days import changed_days
from services.people.organisation.domain.person import model


class NameStandIn(Command):
    """Name a stand-in, from the first to the last day; ``confidential``: for pay, reviews and cases too."""

    stand_in_id: UUID
    starts_on: Day
    ends_on: Day
    confidential: StrictBool = False


class WithdrawStandIn(Command):
    """Withdraw a stand-in, effective immediately; ``starts_on``: only for the days that begin on this one."""

    stand_in_id: UUID
    starts_on: Day | None = None


class CorrectStandIn(Command):
    """Correct the days past on which a stand-in acted in the person's place, with the reason.

    ``named_from``: the first day as it was recorded.
    """

    stand_in_id: UUID
    named_from: Day
    starts_on: Day
    ends_on: Day
    reason: Personal[Line]


class RecordAbsence(Command):
    """Record a person's absence, from the first to the last day; the same id again changes days to come."""

    absence_id: UUID
    starts_on: Day
    ends_on: Day


class CancelAbsence(Command):
    """Cancel a person's absence that has not begun."""

    absence_id: UUID


class CorrectAbsence(Command):
    """Correct days past of an absence that was recorded wrongly, or not at all: which they were, and why."""

    absence_id: UUID
    starts_on: Day
    ends_on: Day
    reason: Personal[Line]


class WithdrawAbsence(Command):
    """Withdraw an absence that was recorded by mistake: the person was not away."""

    absence_id: UUID
    reason: Personal[Line]


AbsenceCorrection = CorrectAbsence | WithdrawAbsence | CorrectStandIn
"""What is said of days past; of who has left, too."""
LONGEST_DAYS = 366


def name_stand_in(person: model.Person, command: NameStandIn, facts: model.PersonFacts) -> Sequence[StandInNamed]:
    """Somebody else who works here stands in, for days that are not over, and not for ever."""
    check_days(command.starts_on, command.ends_on)
    if command.ends_on < facts.today:
        raise Refused("stand-in-to-come", "The days are in the past.", "Name days from today on.")
    check_length(command)
    if command.stand_in_id == facts.id:
        raise Refused("stand-in-is-another", "A person cannot be their own stand-in.", "Name somebody else.")
    if not facts.stand_in_active:
        raise Refused("stand-in-active", "The stand-in does not work here now.", "Name somebody active in a position.")
    if model.StandIn(**vars(command)) in person.stand_ins:
        return []
    check_within_employment(person, command)
    others = [each for each in person.stand_ins if each.key != (command.stand_in_id, command.starts_on)]
    check_apart(others, command)
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
    withdrawn = StandInWithdrawn(stand_in_id=command.stand_in_id, starts_on=command.starts_on, effective_on=facts.today)
    return [withdrawn] if any(model.is_withdrawn(each, withdrawn) for each in person.stand_ins) else []


def correct_stand_in(person: model.Person, command: CorrectStandIn, facts: model.PersonFacts) -> model.Events:
    """Only days past are corrected: nobody comes to act for somebody, or ceases to, by a correction."""
    key = (command.stand_in_id, command.named_from)
    known = next((each for each in person.stand_ins if each.key == key), None)
    if known is None:
        detail = f"They were not named from {command.named_from} on, or are withdrawn."
        raise Refused("stand-in-named", detail, "Give the stand-in and the first day as they are recorded.")
    check_days(command.starts_on, command.ends_on)
    changed = changed_days((known.starts_on, known.ends_on), (command.starts_on, command.ends_on))
    if changed is None:
        return []
    if changed.last >= facts.today:
        detail = f"{changed.last} is not past."
        raise Refused("days-past", detail, "Name the stand-in for days to come, or withdraw them.")
    check_length(command)
    check_within_employment(person, command)
    check_apart([each for each in person.stand_ins if each is not known], command)
    told = {name: value for name, value in vars(command).items() if name != "reason"}
    corrected = StandInCorrected(**told, effective_on=min(command.named_from, command.starts_on))
    return [corrected, model.StandInCorrectionExplained(stand_in_id=command.stand_in_id, reason=command.reason)]


def record_absence(person: model.Person, command: RecordAbsence, facts: model.PersonFacts) -> model.Events:
    """One absence after the other, no two at once; of a recorded one only days to come change."""
    check_days(command.starts_on, command.ends_on)
    if model.Absence(**vars(command)) in person.absences:
        return []
    known = absence_of(person, command)
    if known is not None:
        check_to_come(known, command, facts)
    check_absence(person, command, facts)
    recorded = model.AbsenceRecorded(
        absence_id=command.absence_id, effective_on=command.starts_on, ends_on=command.ends_on
    )
    if known is not None and known.starts_on < command.starts_on:  # on the days between it is no longer planned
        return [model.AbsenceCancelled(absence_id=command.absence_id), recorded]
    return [recorded]


def cancel_absence(
    person: model.Person, command: CancelAbsence, facts: model.PersonFacts
) -> Sequence[model.AbsenceCancelled]:
    """Cancel an absence that is planned; one that is not there changes nothing."""
    known = absence_of(person, command)
    if known is None:
        return []
    if known.starts_on < facts.today:
        detail = f"The absence began on {known.starts_on}."
        raise Refused("days-to-come", detail, "Record its last day, or withdraw it with the reason.")
    return [model.AbsenceCancelled(absence_id=command.absence_id)]


def correct_absence(
    person: model.Person, command: CorrectAbsence, facts: model.PersonFacts
) -> Sequence[model.AbsenceCorrected]:
    """What is corrected has begun, or had as it was recorded; days to come alone are recorded again."""
    check_days(command.starts_on, command.ends_on)
    known = absence_of(person, command)
    days = (command.starts_on, command.ends_on)
    changed = changed_days((known.starts_on, known.ends_on) if known else None, days)
    if changed is None:
        return []
    if person.works_here and changed.first >= facts.today:
        raise Refused("days-past", f"No day before {facts.today} changes.", "Record the absence with these days.")
    check_absence(person, command, facts)
    first = min(command.starts_on, known.starts_on) if known else command.starts_on
    return [model.AbsenceCorrected(**vars(command), effective_on=first)]


def withdraw_absence(person: model.Person, command: WithdrawAbsence) -> Sequence[model.AbsenceWithdrawn]:
    """Withdraw an absence that is recorded; otherwise nothing changes."""
    known = absence_of(person, command)
    return [model.AbsenceWithdrawn(**vars(command), effective_on=known.starts_on)] if known else []


def correct(person: model.Person, command: AbsenceCorrection, facts: model.PersonFacts) -> model.Events:
    """What was recorded wrongly of days past is put right, with its reason."""
    match command:
        case CorrectAbsence():
            return correct_absence(person, command, facts)
        case WithdrawAbsence():
            return withdraw_absence(person, command)
        case CorrectStandIn():
            return correct_stand_in(person, command, facts)
        case _:
            assert_never(command)


def absence_of(
    person: model.Person, command: RecordAbsence | CancelAbsence | CorrectAbsence | WithdrawAbsence
) -> model.Absence | None:
    """The absence that a command is about; None where it is not recorded."""
    return next((each for each in person.absences if each.absence_id == command.absence_id), None)


def check_to_come(known: model.Absence, command: RecordAbsence, facts: model.PersonFacts) -> None:
    """Days that are past stay as they were recorded."""
    changed = changed_days((known.starts_on, known.ends_on), (command.starts_on, command.ends_on))
    if changed is not None and changed.first < facts.today:
        detail = f"{changed.first} is past."
        raise Refused("days-to-come", detail, "Correct the absence, with the reason.")


def check_absence(person: model.Person, command: RecordAbsence | CorrectAbsence, facts: model.PersonFacts) -> None:
    """An absence lies within the employment, apart from others; of those not over there are not too many."""
    check_within_employment(person, command)
    others = [each for each in person.absences if each.absence_id != command.absence_id]
    if any(each.starts_on <= command.ends_on and command.starts_on <= each.ends_on for each in others):
        raise Refused(
            "absences-apart", "The absence overlaps another one.", "Cancel the other absence, or choose other days."
        )
    if len([each for each in others if each.ends_on >= facts.today]) >= model.MOST_ABSENCES:
        detail = f"There are {model.MOST_ABSENCES} absences already that are not over."
        raise Refused("absences-bounded", detail, "Cancel one first.")


Days = NameStandIn | CorrectStandIn | RecordAbsence | CorrectAbsence


def check_days(starts_on: date, ends_on: date) -> None:
    """The last day is not before the first."""
    if ends_on < starts_on:
        raise Refused("days-in-order", "The last day is before the first.", "Correct one of the days.")


def check_within_employment(person: model.Person, command: Days) -> None:
    """Nobody was away, or had a stand-in, before they joined or after they left."""
    if command.starts_on < person.hired_on:
        detail = f"The person was hired on {person.hired_on}."
        raise Refused("within-employment", detail, f"Give {person.hired_on} or a later day.")
    if not person.works_here and command.ends_on >= person.last_on:
        raise Refused("within-employment", f"The person left on {person.last_on}.", "Give an earlier last day.")


def check_length(command: NameStandIn | CorrectStandIn) -> None:
    """Nobody stands in for ever."""
    if (command.ends_on - command.starts_on).days > LONGEST_DAYS:
        detail = f"A stand-in lasts at most {LONGEST_DAYS} days at a time."
        raise Refused("stand-in-bounded", detail, "Give an earlier last day, and name the stand-in again later.")


def check_apart(others: Iterable[model.StandIn], command: NameStandIn | CorrectStandIn) -> None:
    """Nobody is named twice for a day."""
    same = [each for each in others if each.stand_in_id == command.stand_in_id]
    if any(each.starts_on <= command.ends_on and command.starts_on <= each.ends_on for each in same):
        detail = "They stand in on some of these days already."
        raise Refused("stand-ins-apart", detail, "Give other days, or withdraw them and name them again.")
