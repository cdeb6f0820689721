"""Mentorship: somebody who knows more helps somebody to grow; both are willing, and neither manages the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import SYSTEM, Command, Decider, PrivateEvent, Refused, State, existing
from contracts.base import Value
from contracts.people import MentorshipCompleted, MentorshipEnded, MentorshipStarted
from contracts.values import Day, Line, Personal, Subject
from services.people.development.domain.development_plan.model import CorrectedHours, Hours
from services.people.development.domain.hours import check_hours
from services.people.organisation.domain.line import LineFacts, check_employed, said
from services.people.organisation.domain.staffing_policy import StaffingPolicy

MOST_MEETINGS = 300


class MentorshipStatus(StrEnum):
    """Proposed until both accepted; ended ones were given up, before they began or after."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED = "ended"


class Meeting(Value):
    """A meeting of mentor and mentee."""

    meeting_id: UUID
    held_on: date
    hours: Hours


class Mentorship(State):
    """A mentorship as it stands; ``person_id`` is the mentee."""

    person_id: Subject
    mentor_id: UUID
    purpose: Personal[Line]
    status: MentorshipStatus = MentorshipStatus.PROPOSED
    accepted_by_mentor: bool = False
    accepted_by_mentee: bool = False
    started_on: date | None = None
    meetings: tuple[Meeting, ...] = ()
    hours: Decimal = Decimal(0)

    @property
    def live(self) -> bool:
        """Return whether anything may still happen to it."""
        return self.status in (MentorshipStatus.PROPOSED, MentorshipStatus.ACTIVE)


class ProposeMentorship(Command):
    """Propose a mentor for a person; mentor and mentee both have to accept."""

    person_id: UUID
    mentor_id: UUID
    purpose: Personal[Line]


class AcceptMentorship(Command):
    """Accept a mentorship as the mentor or the mentee; it begins once both have."""


class RecordMentorshipMeeting(Command):
    """Record a meeting of mentor and mentee."""

    meeting_id: UUID
    held_on: Day
    hours: Hours


class CorrectMentorshipMeeting(Command):
    """Correct the hours or the day of a meeting that was recorded wrongly; no hours strike it out."""

    meeting_id: UUID
    held_on: Day
    hours: CorrectedHours
    reason: Personal[Line]


class CompleteMentorship(Command):
    """Record that a mentorship reached its purpose."""


class EndMentorship(Command):
    """End a mentorship that is given up, or decline one that is proposed."""

    reason: Personal[Line]


class MentorshipProposed(PrivateEvent):
    """Somebody proposed a mentorship; ``by_mentor`` and ``by_mentee`` accepted it therewith."""

    person_id: Subject
    mentor_id: UUID
    purpose: Personal[Line]
    by_mentor: bool
    by_mentee: bool


class MentorshipAccepted(PrivateEvent):
    """One of the two accepted."""

    by_mentor: bool


class MentorshipMet(PrivateEvent):
    """Mentor and mentee met."""

    meeting_id: UUID
    hours: Hours
    effective_on: date


class MentorshipMeetingCorrected(PrivateEvent):
    """A meeting was recorded wrongly; without hours it is struck out."""

    person_id: Subject
    meeting_id: UUID
    hours: CorrectedHours
    effective_on: date
    reason: Personal[Line]


class MentorshipDeclined(PrivateEvent):
    """It did not begin."""

    person_id: Subject
    reason: Personal[Line]


class MentorshipEndExplained(PrivateEvent):
    """The reason why a mentorship was given up."""

    person_id: Subject
    reason: Personal[Line]


MentorshipCommand = (
    ProposeMentorship
    | AcceptMentorship
    | RecordMentorshipMeeting
    | CorrectMentorshipMeeting
    | CompleteMentorship
    | EndMentorship
)
MentorshipEvent = (
    MentorshipProposed
    | MentorshipAccepted
    | MentorshipStarted
    | MentorshipMet
    | MentorshipMeetingCorrected
    | MentorshipCompleted
    | MentorshipEnded
    | MentorshipDeclined
    | MentorshipEndExplained
)


@dataclass(frozen=True)
class MentorshipFacts(LineFacts):
    """About the mentee and their line; ``mentor_employed``: whether the mentor works here, with so many
    ``active_mentees`` of ``most_mentees`` at once.
    """

    mentor_employed: bool = False
    active_mentees: int = 0
    most_mentees: int = StaffingPolicy().most_mentees


def decide(state: Mentorship | None, command: MentorshipCommand, facts: MentorshipFacts) -> Sequence[MentorshipEvent]:
    if isinstance(command, ProposeMentorship):
        return propose(state, command, facts)
    mentorship = existing(state)
    match command:
        case AcceptMentorship():
            return accept(mentorship, facts)
        case RecordMentorshipMeeting():
            return meet(mentorship, command, facts)
        case CorrectMentorshipMeeting():
            return correct_meeting(mentorship, command, facts)
        case CompleteMentorship():
            return complete(mentorship, facts)
        case EndMentorship(reason=reason):
            return end(mentorship, said(reason, facts), facts)
        case _:
            assert_never(command)


def propose(state: Mentorship | None, command: ProposeMentorship, facts: MentorshipFacts) -> Sequence[MentorshipEvent]:
    """Either of the two proposes it, or somebody else to both."""
    if state is not None:
        if vars(command).items() <= vars(state).items():
            return []
        raise Refused("already-exists", "This mentorship exists already.", "Choose another id.")
    check_pair(command.mentor_id, facts)
    acting = facts.actor.in_person
    return [
        MentorshipProposed(
            **vars(command), by_mentor=acting == command.mentor_id, by_mentee=acting == command.person_id
        )
    ]


def accept(mentorship: Mentorship, facts: MentorshipFacts) -> Sequence[MentorshipEvent]:
    """Each of the two accepts for themselves; what was right when proposed must still be right."""
    check_live(mentorship)
    by_mentor = facts.actor.in_person == mentorship.mentor_id
    if mentorship.accepted_by_mentor if by_mentor else mentorship.accepted_by_mentee:
        return []
    check_pair(mentorship.mentor_id, facts)
    accepted = MentorshipAccepted(by_mentor=by_mentor)
    if not (mentorship.accepted_by_mentee if by_mentor else mentorship.accepted_by_mentor):
        return [accepted]
    if facts.active_mentees >= facts.most_mentees:
        detail = "The mentor has as many mentees as the policy allows."
        raise Refused("mentees-bounded", detail, "Complete another mentorship first, or choose another mentor.")
    started = MentorshipStarted(
        mentor_id=mentorship.mentor_id, mentee_id=mentorship.person_id, effective_on=facts.today
    )
    return [accepted, started]


def check_pair(mentor_id: UUID, facts: MentorshipFacts) -> None:
    """Two who work here, neither of them managing the other's work."""
    check_employed(facts)
    if mentor_id == facts.subject:
        raise Refused("mentor-is-another", "Mentor and mentee are the same person.", "Name another mentor.")
    if not facts.mentor_employed:
        raise Refused("mentor-employed", "The mentor does not work here.", "Name somebody who works here.")
    if facts.line and facts.line[0].id == mentor_id:
        raise Refused(
            "mentor-not-line-manager", "The mentor is the mentee's line manager.", "Name somebody outside that line."
        )


def meet(mentorship: Mentorship, command: RecordMentorshipMeeting, facts: MentorshipFacts) -> Sequence[MentorshipMet]:
    """Meetings are held once it has begun."""
    known = next((each for each in mentorship.meetings if each.meeting_id == command.meeting_id), None)
    if known is not None:
        if vars(known) == vars(command):
            return []
        raise Refused("meeting-known", "Another meeting has this id.", "Choose another id.")
    check_active(mentorship)
    if len(mentorship.meetings) >= MOST_MEETINGS:
        raise Refused("meetings-bounded", f"There are {MOST_MEETINGS} meetings already.", "Complete the mentorship.")
    check_day(mentorship, mentorship.meetings, command, facts)
    return [MentorshipMet(meeting_id=command.meeting_id, hours=command.hours, effective_on=command.held_on)]


def correct_meeting(
    mentorship: Mentorship, command: CorrectMentorshipMeeting, facts: MentorshipFacts
) -> Sequence[MentorshipMeetingCorrected]:
    """A meeting that was recorded wrongly is corrected, with the reason; also after the end."""
    known = next((each for each in mentorship.meetings if each.meeting_id == command.meeting_id), None)
    if known is None:
        raise Refused("meeting-unknown", "There is no such meeting.", "Record it first.")
    if (known.held_on, known.hours) == (command.held_on, command.hours):
        return []
    check_day(mentorship, [each for each in mentorship.meetings if each is not known], command, facts)
    told = {"meeting_id": command.meeting_id, "hours": command.hours, "reason": command.reason}
    return [MentorshipMeetingCorrected(person_id=mentorship.person_id, **told, effective_on=command.held_on)]


def check_day(
    mentorship: Mentorship,
    others: Sequence[Meeting],
    command: RecordMentorshipMeeting | CorrectMentorshipMeeting,
    facts: MentorshipFacts,
) -> None:
    """A meeting is held after the mentorship began, and takes no more hours than its day has left."""
    assert mentorship.started_on is not None, "meetings are held once it has begun"
    if not mentorship.started_on <= command.held_on <= facts.today:
        detail = f"The mentorship began on {mentorship.started_on}, and today is {facts.today}."
        raise Refused("meeting-held", detail, "Give the day of the meeting.")
    check_hours(command.hours, [each.hours for each in others if each.held_on == command.held_on])


def complete(mentorship: Mentorship, facts: MentorshipFacts) -> Sequence[MentorshipCompleted]:
    """Only what is going on is completed."""
    if mentorship.status is MentorshipStatus.COMPLETED:
        return []
    check_active(mentorship)
    return [MentorshipCompleted(effective_on=facts.today)]


def end(mentorship: Mentorship, reason: str, facts: MentorshipFacts) -> Sequence[MentorshipEvent]:
    """End a mentorship; one that never began is declined, without a public event."""
    over_by_itself = not mentorship.live and facts.actor.has(SYSTEM)
    if mentorship.status is MentorshipStatus.ENDED or over_by_itself:
        return []
    check_live(mentorship)
    person_id = mentorship.person_id
    if mentorship.status is MentorshipStatus.PROPOSED:
        return [MentorshipDeclined(person_id=person_id, reason=reason)]
    return [MentorshipEnded(effective_on=facts.today), MentorshipEndExplained(person_id=person_id, reason=reason)]


def check_live(mentorship: Mentorship) -> None:
    """Refuse changes to a mentorship that is over."""
    if not mentorship.live:
        raise Refused("mentorship-over", f"The mentorship is {mentorship.status}.", "Propose another one.")


def check_active(mentorship: Mentorship) -> date:
    """The day it began; refused where it has not, or is over."""
    if mentorship.status is not MentorshipStatus.ACTIVE or mentorship.started_on is None:
        raise Refused(
            "mentorship-active", f"The mentorship is {mentorship.status}.", "Mentor and mentee must accept it first."
        )
    return mentorship.started_on


def evolve(state: Mentorship | None, event: MentorshipEvent) -> Mentorship:
    if isinstance(event, MentorshipProposed):
        return Mentorship(
            person_id=event.person_id,
            mentor_id=event.mentor_id,
            purpose=event.purpose,
            accepted_by_mentor=event.by_mentor,
            accepted_by_mentee=event.by_mentee,
        )
    mentorship = existing(state)
    match event:
        case MentorshipAccepted(by_mentor=by_mentor):
            return mentorship.but(**{"accepted_by_mentor" if by_mentor else "accepted_by_mentee": True})
        case MentorshipStarted(effective_on=on):
            return mentorship.but(status=MentorshipStatus.ACTIVE, started_on=on)
        case MentorshipMet():
            meeting = Meeting(meeting_id=event.meeting_id, held_on=event.effective_on, hours=event.hours)
            return mentorship.but(meetings=(*mentorship.meetings, meeting), hours=mentorship.hours + event.hours)
        case MentorshipMeetingCorrected():
            return with_correction(mentorship, event)
        case MentorshipCompleted():
            return mentorship.but(status=MentorshipStatus.COMPLETED)
        case MentorshipEnded() | MentorshipDeclined():
            return mentorship.but(status=MentorshipStatus.ENDED)
        case MentorshipEndExplained():
            return mentorship
        case _:
            assert_never(event)


def with_correction(mentorship: Mentorship, event: MentorshipMeetingCorrected) -> Mentorship:
    """The meetings with one of them corrected, or struck out, and their hours."""
    changed = {"held_on": event.effective_on, "hours": event.hours}
    meetings = tuple(
        each.model_copy(update=changed) if each.meeting_id == event.meeting_id else each
        for each in mentorship.meetings
        if each.meeting_id != event.meeting_id or event.hours > 0
    )
    return mentorship.but(meetings=meetings, hours=sum((each.hours for each in meetings), Decimal(0)))


MENTORSHIP = Decider(kind="mentorship", state=Mentorship, events=MentorshipEvent, decide=decide, evolve=evolve)
