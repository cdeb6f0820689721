"""Permissions in qualifications."""

from typing import Any

from chassis.store.fields import Fields, Items
from chassis.store.relations import Relation, by_decision
from services.people.organisation.access import (
    CALLER,
    EXECUTIVE,
    FOUR_EYES_OFF,
    HR,
    LINE_ABOVE,
    LINE_OR_HR,
    ME,
    PORTFOLIO_OFFICE,
    SERVICE,
    THEMSELF,
    another,
)
from services.people.qualifications.domain.rules import QUALIFICATIONS

Q = Fields(QUALIFICATIONS)

HAS_THE_SKILL = by_decision(
    "somebody assessed above that level", lambda facts, _state, _command: bool(facts.assessor_level)
)
HOLDS_MORE = by_decision("others", lambda facts, _state, command: facts.assessor_level > command.level).ruled(
    "assessor-holds-more",
    "Outside the line above, you can only assess levels below your own.",
    "Ask somebody with a higher level, or HR.",
)
ASSESSES = (LINE_OR_HR | (HAS_THE_SKILL & HOLDS_MORE)) & another("assess your own skills")
CORRECTS_ASSESSMENT = LINE_OR_HR & another("correct an assessment of your own skills")
VERIFIES_CERTIFICATE = LINE_OR_HR & another("verify your own certificate")
RENEWS_CERTIFICATE = LINE_OR_HR & another("renew your own certificate")
REVOKES_CERTIFICATE = HR & another("revoke your own certificate")


def recorded_by_another(facts: Any, state: Any, command: Any) -> bool:
    """Return whether somebody else recorded the degree; of an unknown one, the rule that says so answers."""
    degree = next((each for each in state.education if each.degree_id == command.degree_id), None)
    return degree is None or {*degree.recorded_by}.isdisjoint(str(person) for person in facts.actor.persons)


DEGREE = Items(Q.education, "d")
NOT_RECORDER = Relation(
    ("others",),
    recorded_by_another,
    lambda _actor, _many, _subject: (
        f"EXISTS (SELECT FROM {DEGREE.each} WHERE {DEGREE.verified.fails}"
        f" AND NOT {DEGREE.recorded_by.json} ? {ME} AND NOT {DEGREE.recorded_by.json} ? {CALLER})"
    ),
)
VERIFIES_DEGREE = (
    LINE_OR_HR
    & another("verify your own degree")
    & (NOT_RECORDER | FOUR_EYES_OFF).ruled(
        "recorder-does-not-verify",
        "You recorded the degree.",
        "Ask somebody else of the line above or HR to verify it.",
    )
)
REVIEWS = HR | SERVICE
ASKED_TO_ASSESS = Relation(
    ("somebody asked to assess",),
    lambda facts, state, _command: any(each.assessor_id == facts.actor.acts_as for each in state.assessment_requests),
    lambda _actor, _many, _subject: Q.assessment_requests.has_item(assessor_id=ME),
)
SEES = (THEMSELF | LINE_ABOVE).at(Q.person_id) | ASKED_TO_ASSESS | HR | EXECUTIVE | PORTFOLIO_OFFICE
SEES_CONFIDENTIAL = (THEMSELF | LINE_ABOVE | HR).at(Q.person_id)
