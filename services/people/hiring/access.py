"""Permissions in vacancies and candidacies."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_state
from services.people.hiring.domain.candidacy.rules import CANDIDACY
from services.people.hiring.domain.vacancy import VACANCY
from services.people.organisation.access import (
    ABOVE_POSITION,
    CALLER,
    HR,
    HR_AT_THE_TOP,
    LINE_ABOVE,
    MANAGER_ABOVE,
    ME,
)

V, C = Fields(VACANCY), Fields(CANDIDACY)

RECRUITS = (HR | LINE_ABOVE).called("HR", "a manager above the position")
APPROVES_VACANCY = (MANAGER_ABOVE | HR_AT_THE_TOP).called(
    "a manager above the position, graded manager or higher", "HR where nobody is above it"
)
DECIDES = (HR | MANAGER_ABOVE).called("HR", "a manager above the position, graded manager or higher")
SEES_REASON = ABOVE_POSITION.at(V.position_id) | HR

INTERVIEWER = Relation(
    ("an interviewer of the candidate",),
    lambda facts, state, _command: any(facts.actor.acts_as in each.interviewers for each in state.interviews),
    lambda _actor, _many, _subject: C.interviews.has_item(interviewers=f"jsonb_build_array({ME})"),
)
INTERVIEWS = RECRUITS | INTERVIEWER
CANDIDATE = by_state("the candidate", f"{C.candidate_id} IN ({CALLER}, {ME})")
SEES_CANDIDACY = (ABOVE_POSITION.at(C.position_id) | INTERVIEWER | HR) & ~CANDIDATE
"""The line above the position, the interviewers and HR; the candidate is none of them, in any place."""
