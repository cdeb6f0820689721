"""Experience of a person, recorded and verified: commands and rules."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import assert_never
from uuid import UUID

from pydantic import StrictBool

from chassis.domain.decider import Command, Refused
from contracts.values import Day, Name, Personal
from services.people.organisation.domain.person import model


class RecordExperience(Command):
    """Record work a person did, from its first to its last day; leave the end open while it goes on."""

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: StrictBool
    started_on: Day
    ended_on: Day | None = None


class VerifyExperience(Command):
    """Verify a person's experience up to a day; by default its end, or today while it goes on."""

    experience_id: UUID
    until: Day | None = None


class EndExperience(Command):
    """Record the last day of work that went on; what was verified stays verified up to that day."""

    experience_id: UUID
    ended_on: Day


class WithdrawExperience(Command):
    """Withdraw recorded experience; it no longer counts, verified or not."""

    experience_id: UUID


ExperienceCommand = RecordExperience | VerifyExperience | EndExperience | WithdrawExperience


def change_experience(person: model.Person, command: ExperienceCommand, facts: model.PersonFacts) -> model.Events:
    """Work that a person did is recorded, verified, ended or withdrawn, also before they join."""
    match command:
        case RecordExperience():
            return record_experience(person, command, facts)
        case VerifyExperience():
            return verify_experience(person, command, facts)
        case EndExperience():
            return end_experience(person, command, facts)
        case WithdrawExperience():
            return withdraw_experience(person, command)
        case _:
            assert_never(command)


def verified_years(experiences: Iterable[model.Experience], on: date) -> Fraction:
    """Calendar years of verified IT management before a date, the same on every date after its end.

    Spans that overlap or follow each other are one, and of that each day counts once. A span has as many whole years as
    anniversaries of its first day, where 29 February becomes the 28th in a common year; the rest is its share of the
    days up to the next one. So 1 January to 31 December is one year, leap or not.
    """
    return sum((years_of(first, past) for first, past in united(experiences, on)), Fraction(0))


def years_of(first: date, past: date) -> Fraction:
    """The calendar years from a first day up to the day after the last."""
    years = past.year - first.year
    if anniversary(first, years) > past:
        years -= 1
    reached, next_one = anniversary(first, years), anniversary(first, years + 1)
    return years + Fraction((past - reached).days, (next_one - reached).days)


def united(experiences: Iterable[model.Experience], on: date) -> Iterable[tuple[date, date]]:
    """The spans in at least one verified experience of IT management: the first day and the day after the last."""
    first = past = None
    for begun, ended in sorted(spans(experiences, on)):
        if past is None or begun > past:
            if first and past:
                yield first, past
            first, past = begun, ended
        else:
            past = max(past, ended)
    if first and past:
        yield first, past


def spans(experiences: Iterable[model.Experience], on: date) -> Iterable[tuple[date, date]]:
    """The spans of each verified experience of IT management, cut at ``on``."""
    for each in experiences:
        if each.it_management and each.verified_until is not None and each.started_on < on:
            yield each.started_on, min(each.verified_until + timedelta(days=1), on)


def anniversary(of: date, years: int) -> date:
    """The same day some years later; 28 February where that year has no 29th."""
    year = of.year + years
    return of.replace(year=year, day=min(of.day, monthrange(year, of.month)[1]))


MOST_EXPERIENCES = 100


def record_experience(person: model.Person, command: RecordExperience, facts: model.PersonFacts) -> model.Events:
    """Experience lies in the past, is recorded once, and there is not too much of it."""
    known = experience_of(person, command.experience_id)
    if known is not None:
        if known == known.model_copy(update=vars(command)):
            return []
        raise Refused("experience-known", "Another experience has this id.", "Choose another id.")
    check_days(command.started_on, command.ended_on or facts.today, facts)
    if len(person.experience) >= MOST_EXPERIENCES:
        detail = f"There are {MOST_EXPERIENCES} experiences already."
        raise Refused("experience-bounded", detail, "Leave out what does not matter for a position.")
    return [model.ExperienceRecorded(**vars(command))]


def verify_experience(person: model.Person, command: VerifyExperience, facts: model.PersonFacts) -> model.Events:
    """Experience is vouched for, for no day after its end or after today."""
    experience = known_experience(person, command.experience_id)
    last = experience.ended_on or facts.today
    until = command.until or last
    if until == experience.verified_until:
        return []
    if not experience.started_on <= until <= last:
        detail = f"The experience lasted from {experience.started_on} to {last}."
        raise Refused("verified-while-it-lasted", detail, "Give one of these days.")
    return [model.ExperienceVerified(experience_id=experience.experience_id, until=until)]


def end_experience(person: model.Person, command: EndExperience, facts: model.PersonFacts) -> model.Events:
    """End an experience that goes on, once, between its first day and today."""
    experience = known_experience(person, command.experience_id)
    if experience.ended_on == command.ended_on:
        return []
    if experience.ended_on is not None:
        detail = f"The experience ended on {experience.ended_on}."
        raise Refused("experience-goes-on", detail, "Withdraw it, and record it as it was.")
    check_days(experience.started_on, command.ended_on, facts)
    return [model.ExperienceEnded(experience_id=command.experience_id, ended_on=command.ended_on)]


def withdraw_experience(person: model.Person, command: WithdrawExperience) -> model.Events:
    """Withdraw an experience, verified or not; one that is not there changes nothing."""
    if experience_of(person, command.experience_id) is None:
        return []
    return [model.ExperienceWithdrawn(experience_id=command.experience_id)]


def check_days(started_on: date, last: date, facts: model.PersonFacts) -> None:
    """Experience lies in the past and ends after it started."""
    if max(started_on, last) > facts.today:
        raise Refused(
            "experience-in-the-past", "The experience starts in the future.", "Leave its end open if it goes on."
        )
    if last < started_on:
        raise Refused("experience-in-order", "The experience ends before it starts.", "Correct its first or last day.")


def known_experience(person: model.Person, experience_id: UUID) -> model.Experience:
    """The experience with this id, which must have been recorded."""
    experience = experience_of(person, experience_id)
    if experience is None:
        raise Refused("experience-unknown", "There is no such experience.", "Record it first.")
    return experience


def experience_of(person: model.Person, experience_id: UUID) -> model.Experience | None:
    return next((each for each in person.experience if each.experience_id == experience_id), None)
