"""Permissions in performance reviews: the person, the reviewer, and everybody above one of them read the text.

HR sees that there is a review and where it stands, so that a cycle can be completed."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.people.organisation.access import (
    ACTING_IN_OFFICE,
    ANOTHER,
    FOUR_EYES_OFF,
    HR,
    IN_CONFIDENCE,
    LINE_ABOVE_IN_CONFIDENCE,
    NOBODY_ABOVE,
    THEMSELF,
    another,
    named,
    not_among_persons,
)
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW

R = Fields(PERFORMANCE_REVIEW)

REVIEWER = (named("the reviewer", R.reviewer_id) & ACTING_IN_OFFICE & IN_CONFIDENCE).ruled("by-the-reviewer") & (
    another("review yourself").at(R.person_id)
)
"""The reviewer, or somebody in their place; never about themselves."""
ABOVE_REVIEWER = Relation(
    ("a manager above the reviewer",),
    lambda facts, state, _command: (
        facts.actor.acts_as in facts.above_reviewer
        and facts.in_office
        and facts.in_confidence
        and state.reviewer_id not in facts.actor.persons
    ),
    lambda actor, many, _subject: (LINE_ABOVE_IN_CONFIDENCE & ANOTHER).condition(actor, many, R.reviewer_id),
).ruled("above-the-reviewer") & another("decide on your own review").at(R.person_id)
"""Somebody above the reviewer: neither the reviewer nor the person, in whatever place they act."""
NOBODY_ABOVE_REVIEWER = Relation(
    ("others",),
    lambda facts, _state, _command: not facts.above_reviewer,
    lambda actor, many, _subject: NOBODY_ABOVE.condition(actor, many, R.reviewer_id),
)
CALIBRATES = ((~NOBODY_ABOVE_REVIEWER & ABOVE_REVIEWER) | (NOBODY_ABOVE_REVIEWER & REVIEWER)).called(
    "a manager above the reviewer", "the reviewer where nobody is above them"
)
NOT_CALIBRATOR = (not_among_persons(R.calibrated_by) | FOUR_EYES_OFF).ruled(
    "calibrator-is-not-decider", "You calibrated the review.", "Ask somebody else above the reviewer to decide."
)
DECIDES_APPEAL = ABOVE_REVIEWER & NOT_CALIBRATOR
THE_PERSON = THEMSELF.at(R.person_id).ruled("in-person")
CITES = THEMSELF | REVIEWER
LEFT = by_decision("HR once the person left", lambda facts, _state, _command: not facts.employed)
WITHDRAWS_APPEAL = (
    (THE_PERSON | (HR & LEFT)).called("the person themselves", "HR once the person left").ruled("in-person")
)
RUNS = HR & another("run your own review").at(R.person_id)
IN_CHARGE = REVIEWER | LINE_ABOVE_IN_CONFIDENCE | RUNS
CHANGES_REVIEWER = LINE_ABOVE_IN_CONFIDENCE | RUNS
READS = (
    THEMSELF.at(R.person_id)
    | REVIEWER
    | LINE_ABOVE_IN_CONFIDENCE.at(R.person_id)
    | LINE_ABOVE_IN_CONFIDENCE.at(R.reviewer_id)
)
SEES = READS | HR
