"""The rules of mentorships."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import SYSTEM, Actor, Forbidden
from contracts.people import MentorshipCompleted, MentorshipEnded, MentorshipStarted
from services.people.development.commands import MENTORSHIPS
from services.people.development.domain import mentorship
from services.people.organisation.domain.line import Above
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

MENTEE, MENTOR, BOSS, OTHER = (UUID(int=number) for number in range(1, 5))
TODAY, DAY = date(2026, 11, 22), timedelta(days=1)
PROPOSE = mentorship.ProposeMentorship(person_id=MENTEE, mentor_id=MENTOR, purpose="To lead.")
ACCEPT, COMPLETE, END = (
    mentorship.AcceptMentorship(),
    mentorship.CompleteMentorship(),
    mentorship.EndMentorship(reason="No time."),
)
BY_MENTOR, BY_MENTEE = mentorship.MentorshipAccepted(by_mentor=True), mentorship.MentorshipAccepted(by_mentor=False)
STARTED = MentorshipStarted(mentor_id=MENTOR, mentee_id=MENTEE, effective_on=TODAY)
MEET = mentorship.RecordMentorshipMeeting(meeting_id=OTHER, held_on=TODAY, hours=Decimal("1.5"))
MET = mentorship.MentorshipMet(meeting_id=OTHER, hours=Decimal("1.5"), effective_on=TODAY)
ENDED: tuple[BaseModel, ...] = (
    MentorshipEnded(effective_on=TODAY),
    mentorship.MentorshipEndExplained(person_id=MENTEE, reason="No time."),
)
COMPLETED = MentorshipCompleted(effective_on=TODAY)


def facts(
    actor: UUID = BOSS, for_whom: UUID | None = None, role: str = "staff", **known: Any
) -> mentorship.MentorshipFacts:
    usual: dict[str, Any] = {"subject": MENTEE, "employed": True, "line": (Above(BOSS),), "mentor_employed": True}
    acting = Actor(str(actor), frozenset({role}), for_whom=str(for_whom) if for_whom else None)
    return mentorship.MentorshipFacts(actor=acting, at=datetime(2026, 11, 22, tzinfo=UTC), id=OTHER, **(usual | known))


def proposed(by: UUID = BOSS) -> mentorship.MentorshipProposed:
    return mentorship.MentorshipProposed(**vars(PROPOSE), by_mentor=by == MENTOR, by_mentee=by == MENTEE)


ACTIVE: tuple[BaseModel, ...] = (proposed(), BY_MENTOR, BY_MENTEE, STARTED)


def test_who_of_the_two_proposes_it_has_accepted_it() -> None:
    for actor in (BOSS, MENTOR, MENTEE):
        given(mentorship.MENTORSHIP).when(PROPOSE, facts(actor)).then(proposed(actor))
    given(mentorship.MENTORSHIP, proposed()).when(PROPOSE, facts()).then()
    other = PROPOSE.model_copy(update={"purpose": "To code."})
    given(mentorship.MENTORSHIP, proposed()).when(other, facts()).then_refused("already-exists")


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"employed": False}, "person-employed"),
        ({"mentor_employed": False}, "mentor-employed"),
        ({"line": (Above(MENTOR), Above(BOSS))}, "mentor-not-line-manager"),
    ],
)
def test_a_mentor_works_here_and_is_not_the_line_manager_when_proposed_and_when_accepted(
    known: dict[str, Any], rule: str
) -> None:
    given(mentorship.MENTORSHIP).when(PROPOSE, facts(**known)).then_refused(rule)
    given(mentorship.MENTORSHIP, proposed()).when(ACCEPT, facts(MENTOR, **known)).then_refused(rule)


def test_a_mentor_may_be_further_up_the_line() -> None:
    given(mentorship.MENTORSHIP).when(PROPOSE, facts(line=(Above(BOSS), Above(MENTOR)))).then(proposed())


def test_nobody_mentors_themself() -> None:
    own = PROPOSE.model_copy(update={"mentor_id": MENTEE})
    given(mentorship.MENTORSHIP).when(own, facts(MENTEE)).then_refused("mentor-is-another")


def test_it_begins_once_both_have_accepted() -> None:
    given(mentorship.MENTORSHIP, proposed()).when(ACCEPT, facts(MENTOR)).then(BY_MENTOR)
    given(mentorship.MENTORSHIP, proposed()).when(ACCEPT, facts(MENTEE)).then(BY_MENTEE)
    given(mentorship.MENTORSHIP, proposed(), BY_MENTEE).when(ACCEPT, facts(MENTOR)).then(BY_MENTOR, STARTED)
    given(mentorship.MENTORSHIP, proposed(MENTOR)).when(ACCEPT, facts(MENTEE)).then(BY_MENTEE, STARTED)
    given(mentorship.MENTORSHIP, proposed(MENTEE)).when(ACCEPT, facts(MENTOR)).then(BY_MENTOR, STARTED)


def test_accepting_again_changes_nothing_and_accepts_for_nobody_else() -> None:
    given(mentorship.MENTORSHIP, proposed(MENTOR)).when(ACCEPT, facts(MENTOR)).then()
    given(mentorship.MENTORSHIP, *ACTIVE).when(ACCEPT, facts(MENTEE)).then()


def test_nobody_accepts_for_both() -> None:
    for one, other in ((MENTOR, MENTEE), (MENTEE, MENTOR)):
        asked = who_may(MENTORSHIPS, proposed(one)).when(ACCEPT, facts(one, for_whom=other))
        assert isinstance(asked.then_refused("not-authorised"), Forbidden)
    who_may(MENTORSHIPS, proposed()).when(ACCEPT, in_hr(facts(BOSS))).then_refused("not-authorised")


def test_a_mentor_has_five_active_mentees_at_most() -> None:
    given(mentorship.MENTORSHIP, proposed(MENTEE)).when(ACCEPT, facts(MENTOR, active_mentees=5)).then_refused(
        "mentees-bounded"
    )
    given(mentorship.MENTORSHIP, proposed(MENTEE)).when(ACCEPT, facts(MENTOR, active_mentees=4)).then(
        BY_MENTOR, STARTED
    )


def test_the_policy_says_how_many_mentees_a_mentor_has() -> None:
    few = facts(MENTOR, active_mentees=2, most_mentees=2)
    given(mentorship.MENTORSHIP, proposed(MENTEE)).when(ACCEPT, few).then_refused("mentees-bounded")
    many = facts(MENTOR, active_mentees=5, most_mentees=6)
    given(mentorship.MENTORSHIP, proposed(MENTEE)).when(ACCEPT, many).then(BY_MENTOR, STARTED)


def test_meetings_are_recorded_once_and_their_hours_added_up() -> None:
    given(mentorship.MENTORSHIP, *ACTIVE).when(MEET, facts(MENTOR)).then(MET)
    given(mentorship.MENTORSHIP, *ACTIVE, MET).when(MEET, facts(MENTEE)).then()
    longer = MEET.model_copy(update={"hours": Decimal(2)})
    given(mentorship.MENTORSHIP, *ACTIVE, MET).when(longer, facts(MENTOR)).then_refused("meeting-known")
    another = MEET.model_copy(update={"meeting_id": BOSS})
    state = given(mentorship.MENTORSHIP, *ACTIVE, MET).when(another, facts(MENTOR)).then_state()
    assert isinstance(state, mentorship.Mentorship)
    assert (len(state.meetings), state.hours) == (2, Decimal(3))


def test_a_day_has_no_more_hours_of_meetings_than_a_day_has() -> None:
    long = MET.model_copy(update={"hours": Decimal("22.5")})
    another = MEET.model_copy(update={"meeting_id": BOSS, "hours": Decimal("1.51")})
    given(mentorship.MENTORSHIP, *ACTIVE, long).when(another, facts(MENTOR)).then_refused("hours-of-a-day")


def test_a_meeting_that_was_recorded_wrongly_is_corrected_or_struck_out() -> None:
    def correction(hours: str) -> mentorship.CorrectMentorshipMeeting:
        return mentorship.CorrectMentorshipMeeting(
            meeting_id=MET.meeting_id, held_on=TODAY, hours=Decimal(hours), reason="A slip of the pen."
        )

    for hours, left in (("2", [Decimal(2)]), ("0", [])):
        state = given(mentorship.MENTORSHIP, *ACTIVE, MET).when(correction(hours), facts(MENTOR)).then_state()
        assert isinstance(state, mentorship.Mentorship)
        assert [each.hours for each in state.meetings] == left
        assert state.hours == sum(left, Decimal(0))
    given(mentorship.MENTORSHIP, *ACTIVE, MET).when(correction(str(MET.hours)), facts(MENTOR)).then()
    given(mentorship.MENTORSHIP, *ACTIVE).when(correction("2"), facts(MENTOR)).then_refused("meeting-unknown")
    later = correction("2").model_copy(update={"held_on": TODAY + DAY})
    given(mentorship.MENTORSHIP, *ACTIVE, MET).when(later, facts(MENTOR)).then_refused("meeting-held")


@pytest.mark.parametrize("held_on", [TODAY - DAY, TODAY + DAY])
def test_meetings_are_held_after_it_began_and_not_in_the_future(held_on: date) -> None:
    meet = MEET.model_copy(update={"held_on": held_on})
    given(mentorship.MENTORSHIP, *ACTIVE).when(meet, facts(MENTOR)).then_refused("meeting-held")


def test_there_are_three_hundred_meetings_at_most() -> None:
    many = [MET.model_copy(update={"meeting_id": UUID(int=100 + number)}) for number in range(300)]
    given(mentorship.MENTORSHIP, *ACTIVE, *many).when(MEET, facts(MENTOR)).then_refused("meetings-bounded")


def test_only_what_is_going_on_is_met_for_or_completed() -> None:
    given(mentorship.MENTORSHIP, *ACTIVE).when(COMPLETE, facts(MENTOR)).then(COMPLETED)
    given(mentorship.MENTORSHIP, *ACTIVE, COMPLETED).when(COMPLETE, facts(MENTOR)).then()
    for events in ((proposed(),), (*ACTIVE, *ENDED)):
        given(mentorship.MENTORSHIP, *events).when(COMPLETE, facts(MENTOR)).then_refused("mentorship-active")
        given(mentorship.MENTORSHIP, *events).when(MEET, facts(MENTOR)).then_refused("mentorship-active")


def test_it_is_given_up_and_only_people_knows_why() -> None:
    given(mentorship.MENTORSHIP, *ACTIVE).when(END, facts(MENTOR)).then(*ENDED)
    given(mentorship.MENTORSHIP, *ACTIVE, *ENDED).when(END, facts(MENTOR)).then()
    given(mentorship.MENTORSHIP, *ACTIVE, *ENDED).when(ACCEPT, facts(MENTOR)).then_refused("mentorship-over")


def test_what_is_only_proposed_is_declined_and_nobody_hears_of_it() -> None:
    declined = mentorship.MentorshipDeclined(person_id=MENTEE, reason="No time.")
    given(mentorship.MENTORSHIP, proposed()).when(END, facts(MENTOR)).then(declined)
    state = mentorship.MENTORSHIP.fold([proposed(), declined])
    assert state is not None
    assert state.status is mentorship.MentorshipStatus.ENDED


def test_it_ends_for_somebody_erased_and_nothing_said_of_them_is_kept() -> None:
    erased = facts(role=SYSTEM, erased=True, employed=False)
    ended, explained = ENDED
    given(mentorship.MENTORSHIP, *ACTIVE).when(END, erased).then(
        ended, explained.model_copy(update={"reason": "erased"})
    )
    declined = mentorship.MentorshipDeclined(person_id=MENTEE, reason="erased")
    given(mentorship.MENTORSHIP, proposed()).when(END, erased).then(declined)


def test_what_is_completed_is_not_given_up_but_a_reaction_that_comes_late_is_no_error() -> None:
    given(mentorship.MENTORSHIP, *ACTIVE, COMPLETED).when(END, facts(MENTOR)).then_refused("mentorship-over")
    given(mentorship.MENTORSHIP, *ACTIVE, COMPLETED).when(END, facts(role=SYSTEM)).then()
