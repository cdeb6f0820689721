"""What may happen to a person: the rules, and what they mean for eligibility."""

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Decider, Forbidden, Refused, existing, new
from contracts.people import (
    EligibilityChanged,
    PersonErased,
    PersonHired,
    PersonLeft,
    PersonReinstated,
    PersonRenamed,
    PersonSuspended,
)
from services.people.domain.line import check_another
from services.people.domain.person.absence import (
    cancel_absence,
    name_stand_in,
    record_absence,
    withdraw_stand_in,
)
from services.people.domain.person.appointment import appoint, change_line_manager
from services.people.domain.person.commands import (
    AppointPerson,
    CancelAbsence,
    ChangeLineManager,
    EndExperience,
    ErasePerson,
    HirePerson,
    NameStandIn,
    PersonChange,
    PersonCommand,
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
from services.people.domain.person.evolve import PersonEvent, evolve
from services.people.domain.person.experience import (
    Experience,
    ExperienceEnded,
    ExperienceRecorded,
    ExperienceVerified,
    ExperienceWithdrawn,
    verified_years,
)
from services.people.domain.person.facts import PersonFacts, check_date, check_not_future
from services.people.domain.person.state import Employment, Person

MOST_EXPERIENCES = 100


def decide(state: Person | None, command: PersonCommand, facts: PersonFacts) -> Sequence[PersonEvent]:
    """The events of a command and its consequence for eligibility, or ``Refused``."""
    if isinstance(command, ReviewEligibility):
        return eligibility(existing(state), facts)
    if state is not None and state.erased:
        raise Refused("person-erased", "The person was erased.", "Hire them again under another id.")
    if isinstance(command, HirePerson):
        events = hire(state, command, facts)
    else:
        events = change(existing(state), command, facts)
    after = PERSON.fold(events, state)
    return [*events, *eligibility(existing(after), facts)] if events else []


def change(person: Person, command: PersonChange, facts: PersonFacts) -> Sequence[PersonEvent]:
    """What a command changes about somebody who works here, or is erased of somebody who has left."""
    if isinstance(command, ErasePerson):
        return erase(person, command)
    if person.employment is Employment.LEFT:
        return left_already(person, command)
    match command:
        case RenamePerson(name=name):
            return [] if name == person.name else [PersonRenamed(name=name)]
        case RecordExperience():
            return record_experience(person, command, facts)
        case VerifyExperience():
            return verify_experience(person, command, facts)
        case EndExperience():
            return end_experience(person, command, facts)
        case WithdrawExperience():
            return withdraw_experience(person, command)
        case AppointPerson():
            return appoint(person, command, facts)
        case ChangeLineManager():
            return change_line_manager(person, command, facts)
        case NameStandIn():
            return name_stand_in(person, command, facts)
        case WithdrawStandIn():
            return withdraw_stand_in(person, command, facts)
        case RecordAbsence():
            return record_absence(person, command, facts)
        case CancelAbsence():
            return cancel_absence(person, command)
        case SuspendPerson():
            return suspend(person, command, facts)
        case ReinstatePerson():
            return reinstate(person, command, facts)
        case RecordLeaving():
            return leave(person, command, facts)
        case _:
            assert_never(command)


def hire(state: Person | None, command: HirePerson, facts: PersonFacts) -> Sequence[PersonEvent]:
    """A person joins once; somebody who left and comes back is a new one."""
    if state is not None and (state.name, state.hired_on) == (command.name, command.effective_on):
        return []
    new(state, "person")
    check_not_future(command.effective_on, facts)
    return [PersonHired(name=command.name, effective_on=command.effective_on)]


def left_already(person: Person, command: PersonChange) -> Sequence[PersonEvent]:
    """After leaving nothing changes; recording the same leaving again is no change."""
    if isinstance(command, RecordLeaving) and command.effective_on == person.last_on:
        return []
    raise Refused("person-left", "The person has left.", "Hire them again under another id.")


def record_experience(person: Person, command: RecordExperience, facts: PersonFacts) -> Sequence[PersonEvent]:
    """Experience lies in the past, is recorded once, and there is not too much of it."""
    known = experience_of(person, command.experience_id)
    if known is not None:
        if known == known.model_copy(update=vars(command)):
            return []
        raise Refused("experience-known", "Another experience has this id.", "Choose another id.")
    check_days(command.started_on, command.ended_on or facts.today, facts)
    if len(person.experience) >= MOST_EXPERIENCES:
        many = f"There are {MOST_EXPERIENCES} experiences already."
        raise Refused("experience-bounded", many, "Leave out what does not matter for a position.")
    return [ExperienceRecorded(**vars(command))]


def verify_experience(person: Person, command: VerifyExperience, facts: PersonFacts) -> Sequence[PersonEvent]:
    """Somebody else vouches for experience, for no day after its end or after today."""
    experience = known_experience(person, command.experience_id)
    if facts.themself:
        raise Forbidden("verified-by-another", "Nobody verifies their own experience.", "Let somebody else verify it.")
    last = experience.ended_on or facts.today
    until = command.until or last
    if until == experience.verified_until:
        return []
    if not experience.started_on <= until <= last:
        outside = f"The experience lasted from {experience.started_on} to {last}."
        raise Refused("verified-while-it-lasted", outside, "Give one of these days.")
    return [ExperienceVerified(experience_id=experience.experience_id, until=until)]


def end_experience(person: Person, command: EndExperience, facts: PersonFacts) -> Sequence[PersonEvent]:
    """What goes on has its last day once, between its first day and today."""
    experience = known_experience(person, command.experience_id)
    if experience.ended_on == command.ended_on:
        return []
    if experience.ended_on is not None:
        ended = f"The experience ended on {experience.ended_on}."
        raise Refused("experience-goes-on", ended, "Withdraw it, and record it as it was.")
    check_days(experience.started_on, command.ended_on, facts)
    return [ExperienceEnded(experience_id=command.experience_id, ended_on=command.ended_on)]


def withdraw_experience(person: Person, command: WithdrawExperience) -> Sequence[PersonEvent]:
    """Whether or not it was verified; what is not there needs no withdrawing."""
    if experience_of(person, command.experience_id) is None:
        return []
    return [ExperienceWithdrawn(experience_id=command.experience_id)]


def check_days(started_on: date, last: date, facts: PersonFacts) -> None:
    """Experience lies in the past and ends after it started."""
    if max(started_on, last) > facts.today:
        raise Refused("experience-in-the-past", "The experience has yet to come.", "Leave its end open if it goes on.")
    if last < started_on:
        raise Refused("experience-in-order", "The experience ends before it starts.", "Correct its first or last day.")


def known_experience(person: Person, experience_id: UUID) -> Experience:
    """The experience with this id, which must have been recorded."""
    experience = experience_of(person, experience_id)
    if experience is None:
        raise Refused("experience-unknown", "There is no such experience.", "Record it first.")
    return experience


def experience_of(person: Person, experience_id: UUID) -> Experience | None:
    """The experience with this id, or None."""
    return next((each for each in person.experience if each.experience_id == experience_id), None)


def suspend(person: Person, command: SuspendPerson, facts: PersonFacts) -> Sequence[PersonEvent]:
    """A suspended person is not suspended again."""
    if person.employment is Employment.SUSPENDED:
        return []
    check_date(person, command.effective_on, facts)
    return [PersonSuspended(effective_on=command.effective_on)]


def reinstate(person: Person, command: ReinstatePerson, facts: PersonFacts) -> Sequence[PersonEvent]:
    """Only a suspended person is reinstated."""
    if person.employment is Employment.ACTIVE:
        return []
    check_date(person, command.effective_on, facts)
    check_another(facts, "reinstates themself")
    return [PersonReinstated(effective_on=command.effective_on)]


def leave(person: Person, command: RecordLeaving, facts: PersonFacts) -> Sequence[PersonEvent]:
    """Nobody leaves with tools still out; whoever reports to them does so until somebody changes it."""
    check_date(person, command.effective_on, facts)
    if facts.tools_out:
        out = f"The person still holds tools: {facts.tools_out}."
        raise Refused("tools-returned", out, "Record that they were returned or lost first.")
    return [PersonLeft(line_manager_id=person.line_manager_id, effective_on=command.effective_on)]


def erase(person: Person, command: ErasePerson) -> Sequence[PersonEvent]:
    """Who works here is not erased, and the reason, which stays for ever, names nobody."""
    if person.employment is not Employment.LEFT:
        raise Refused("still-employed", "The person still works here.", "Record that they left first.")
    if named_in(command.reason, person.name):
        raise Refused("reason-names-nobody", "The reason names the person.", "Say why without saying who.")
    return [PersonErased(reason=command.reason)]


def named_in(text: str, name: str) -> bool:
    """Whether a text has a part of a name of three letters or more as a word."""
    words = set(re.findall(r"\w+", text.casefold()))
    return any(len(part) > 2 and part in words for part in re.findall(r"\w+", name.casefold()))


def eligibility(person: Person, facts: PersonFacts) -> Sequence[PersonEvent]:
    """Published only where it differs from what was last published; nobody is eligible before that."""
    eligible = is_eligible(person, facts)
    return [] if eligible == person.eligible else [EligibilityChanged(senior_manager=eligible)]


def is_eligible(person: Person, facts: PersonFacts) -> bool:
    """Whether an active person whom nothing bars has the experience demanded, or a waiver for what they hold."""
    if person.employment is not Employment.ACTIVE or facts.barred:
        return False
    return person.gate_waived or verified_years(person.experience, facts.today) >= Fraction(facts.policy_years)


PERSON = Decider(kind="person", state=Person, events=PersonEvent, decide=decide, evolve=evolve, stream_is_subject=True)
