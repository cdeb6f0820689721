"""Permissions in performance reviews: the person, the reviewer, and everybody above one of them; no role."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation
from services.people.organisation.access import (
    ACTING_IN_OFFICE,
    ANOTHER,
    LINE_ABOVE,
    NOBODY_ABOVE,
    THEMSELF,
    another,
    named,
)
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW

R = Fields(PERFORMANCE_REVIEW)

REVIEWER = (named("the reviewer", R.reviewer_id) & ACTING_IN_OFFICE).ruled("by-the-reviewer") & (
    another("review yourself").at(R.person_id)
)
"""The reviewer, or somebody in their place; never about themselves."""
ABOVE_REVIEWER = Relation(
    ("a manager above the reviewer",),
    lambda facts, state, _command: (
        facts.actor.acts_as in facts.above_reviewer and facts.in_office and state.reviewer_id not in facts.actor.persons
    ),
    lambda actor, many, _subject: (LINE_ABOVE & ANOTHER).condition(actor, many, R.reviewer_id),
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
THE_PERSON = THEMSELF.at(R.person_id).ruled("in-person")
CITES = THEMSELF | REVIEWER
IN_CHARGE = REVIEWER | LINE_ABOVE
SEES = THEMSELF.at(R.person_id) | REVIEWER | LINE_ABOVE.at(R.person_id) | LINE_ABOVE.at(R.reviewer_id)
