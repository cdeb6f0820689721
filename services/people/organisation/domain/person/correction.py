"""Correction of the day on which something of a person took effect: the command and its rules."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from chassis.domain.decider import Command, Refused, existing
from contracts import people
from contracts.values import Day, Line
from services.people.organisation.domain.person import experience, history, model
from services.people.organisation.domain.staffing_policy import demands_seniority

DAY = timedelta(days=1)
Number = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]


class CorrectDay(Command):
    """Correct the day on which a hire, an appointment, a line change, a suspension or a leaving took effect.

    ``corrects``: its published number in the person's history. Both days stay in the history, with the reason.
    """

    corrects: Number
    effective_on: Day
    reason: Line


def correct_day(person: model.Person, command: CorrectDay, facts: model.PersonFacts) -> model.Events:
    """Another day for something that took effect already, where the past obeys the rules on it as well."""
    day = command.effective_on
    change = history.change(facts.past.happened, command.corrects, day)
    if change is None:
        detail = "Nothing with a day of its own has this number in the person's history."
        raise Refused(
            "dated-event", detail, "Give the published number of a hire, an appointment or another such change."
        )
    if day == change.target.effective_on:
        return []
    model.check_not_future(day, facts)
    check_order(change, day)
    check_gate(person, change, day, facts)
    check_positions(change, facts)
    check_managers(change, facts)
    check_employed(person, change, facts)
    restated = as_it_happened(history.dated_anew(facts.past.happened, change.along, day))
    recorded = model.CorrectionRecorded(
        corrects=command.corrects,
        effective_on=day,
        reason=command.reason,
        hired_on=restated.hired_on,
        last_on=restated.last_on,
        left_from=restated.left_from,
        earlier=restated.earlier,
    )
    told = [people.EffectiveDayCorrected(corrects=number, effective_on=day) for number in change.along]
    return [recorded, *told]


def as_it_happened(happened: Sequence[history.Happened]) -> model.Person:
    """The person that these events add up to."""
    state: model.Person | None = None
    for each in happened:
        assert isinstance(each.event, model.PersonEvent)
        state = model.evolve(state, each.event)
    return existing(state)


def check_order(change: history.Change, day: date) -> None:
    """What followed each other still does; somebody joins again after the day they left on."""
    in_order = history.dated(change.before)
    at = next(place for place, each in enumerate(in_order) if each is change.target)
    first, last = date.min, date.max
    if at > 0:
        first = in_order[at - 1].effective_on + (DAY if isinstance(change.target, people.PersonRehired) else 0 * DAY)
    if at + 1 < len(in_order):
        following = in_order[at + 1]
        last = following.effective_on - (DAY if isinstance(following, people.PersonRehired) else 0 * DAY)
    if day < first:
        raise Refused("dates-in-order", f"What came before it ends on {first}.", f"Give {first} or a later day.")
    if day > last:
        raise Refused("dates-in-order", f"What came after it follows on {last}.", f"Give {last} or an earlier day.")


def check_gate(person: model.Person, change: history.Change, day: date, facts: model.PersonFacts) -> None:
    """An earlier appointment to a senior position passes the gate on its day; a waiver was for the later one."""
    target = change.target
    if not isinstance(target, people.PersonAppointed) or day >= target.effective_on:
        return
    demanded = facts.position.it_management_years if facts.position else facts.policy_years
    years = max(demanded, facts.policy_years)
    if demands_seniority(target.grade) and experience.verified_years(person.experience, day) < Fraction(years):
        detail = f"The position requires {years} years of verified IT management, which the person did not have then."
        raise Refused("senior-manager-gate", detail, "Give a later day, or have more experience verified.")


def check_positions(change: history.Change, facts: model.PersonFacts) -> None:
    """One person at a time holds a position, on every day."""
    for held in history.holdings(change.after):
        days = held.days.within(change.days)
        for other in facts.past.held_by_others:
            if days and other.position_id == held.position_id and days.within(other.days):
                detail = f"Another person held the position from {other.days.began} on."
                raise Refused("position-vacant", detail, "Give another day, or correct that of the other person first.")


def check_managers(change: history.Change, facts: model.PersonFacts) -> None:
    """A line begins while the line manager works here, and nobody comes to report to themselves on any day."""
    for line in history.begun(change):
        known = facts.past.employments.get(line.manager_id, ()) if line.manager_id else None
        if known is not None and not any(span.has(line.days.began) for span in known):
            detail = f"The line manager did not work here on {line.days.began}."
            raise Refused("line-manager-employed", detail, "Give another day, or correct the line first.")
    if facts.cycle_on is not None:
        detail = f"On {facts.cycle_on} the line manager reported, however far up, to them."
        raise Refused("no-cycles", detail, "Give another day, or correct the line first.")


def check_employed(person: model.Person, change: history.Change, facts: model.PersonFacts) -> None:
    """Others came to report to the person, and the person was paid or away, while they worked here."""
    spans = history.employments(change.after)

    def outside(days: Sequence[date]) -> date | None:
        return min(
            (day for day in days if change.days.has(day) and not any(span.has(day) for span in spans)), default=None
        )

    if (day := outside(facts.past.led_from)) is not None:
        detail = f"Somebody came to report to them on {day}."
        raise Refused("leads-while-employed", detail, "Correct the line of that person first.")
    if (day := outside([each.starts_on for each in person.absences])) is not None:
        raise Refused("within-employment", f"An absence is recorded from {day} on.", "Correct it first.")
    if (day := outside(facts.past.terms_from)) is not None:
        detail = f"Pay or contracted hours are recorded from {day} on."
        raise Refused("within-employment", detail, "Correct them first.")
