"""Permissions in vacancies and candidacies."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision, by_state
from contracts.values import Grade
from services.people.hiring.domain.candidacy.rules import CANDIDACY
from services.people.hiring.domain.vacancy import VACANCY
from services.people.organisation.access import (
    ABOVE_POSITION,
    CALLER,
    FOUR_EYES_OFF,
    HR,
    IN_CONFIDENCE,
    IN_PERSON,
    MANAGER_ABOVE_POSITION,
    ME,
    SERVICE,
    another,
    nobody_else_above,
    not_among,
)

V, C = Fields(VACANCY), Fields(CANDIDACY)

HR_AT_THE_TOP = (HR & nobody_else_above("line_above_position", V.requested_by, Grade.MANAGER)).called(
    "HR where no other manager is above it"
)

RECRUITS = HR | ABOVE_POSITION
NOT_REQUESTER = (not_among(V.requested_by) | FOUR_EYES_OFF).ruled(
    "requester-is-not-approver", "You requested the vacancy.", "Ask somebody else above the position to approve."
)
APPROVES_VACANCY = (MANAGER_ABOVE_POSITION | HR_AT_THE_TOP).at(V.position_id) & NOT_REQUESTER
DECIDES = HR | MANAGER_ABOVE_POSITION
SEES_REASON = ABOVE_POSITION.at(V.position_id) | HR

INTERVIEWER = Relation(
    ("an interviewer of the candidate",),
    lambda facts, state, _command: any(facts.actor.acts_as in each.interviewers for each in state.interviews),
    lambda _actor, _many, _subject: C.interviews.has_item(interviewers=f"jsonb_build_array({ME})"),
)
IMPARTIAL = another("decide on your own candidacy").at(C.candidate_id)
HANDLES = RECRUITS & IMPARTIAL
THEIR_OWN = by_decision(
    "somebody who works here, for themselves",
    lambda facts, _state, command: facts.is_person and facts.actor.in_person == command.candidate_id,
)
APPLIES = HANDLES | THEIR_OWN
HIRES = (HR & IMPARTIAL) | SERVICE
DECIDES_ON_CANDIDATE = DECIDES & IMPARTIAL


def is_listed(facts: Any, candidacy: Any, command: Any) -> bool:
    """Return whether the interview names the actor, in person; of an unknown one, the rule that says so answers."""
    interview = candidacy.interview(command.interview_id)
    return interview is None or facts.actor.in_person in interview.interviewers


LISTED_INTERVIEWER = Relation(
    ("an interviewer of the candidate",),
    is_listed,
    lambda _actor, _many, _subject: C.interviews.has_item(interviewers=f"jsonb_build_array({IN_PERSON})"),
)
GIVES_FEEDBACK = (
    LISTED_INTERVIEWER.ruled("listed-interviewer", "You are not an interviewer of this interview.") & IMPARTIAL
)
RECORDS_INTERVIEW = (RECRUITS | INTERVIEWER) & IMPARTIAL
CANDIDATE = by_state("the candidate", f"{C.candidate_id} IN ({CALLER}, {ME})")
SEES_CANDIDACY = (ABOVE_POSITION.at(C.position_id) | INTERVIEWER | HR) & ~CANDIDATE
"""The line above the position, the interviewers and HR; the candidate is none of them, in any place."""
SEES_OFFERED_PAY = (HR | (ABOVE_POSITION.at(C.position_id) & IN_CONFIDENCE)) & ~CANDIDATE
"""Pay is in confidence: neither interviewers see it nor who stands in without being entrusted with it."""
