"""Permissions in performance reviews: the person, the reviewer, and everybody above one of them; no role."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.people.organisation.access import ACTING_IN_OFFICE, ANOTHER, LINE_ABOVE, THEMSELF, named
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW

R = Fields(PERFORMANCE_REVIEW)

REVIEWER = (
    (named("the reviewer", R.reviewer_id) & ACTING_IN_OFFICE & ANOTHER.at(R.person_id))
    .called("the reviewer")
    .ruled("by-the-reviewer")
)
"""The reviewer, or somebody in their place; never about themselves."""
ABOVE_REVIEWER = Relation(
    ("a manager above the reviewer",),
    lambda facts, state, _command: (
        facts.actor.acts_as in facts.above_reviewer
        and facts.in_office
        and not facts.themself
        and state.reviewer_id not in facts.actor.persons
    ),
    lambda actor, many, _subject: LINE_ABOVE.condition(actor, many, R.reviewer_id),
).ruled("above-the-reviewer")
"""Somebody above the reviewer: neither the reviewer nor the person, in whatever place they act."""
NOBODY_ABOVE_REVIEWER = by_decision("others", lambda facts, _state, _command: not facts.above_reviewer)
CALIBRATES = (
    (ABOVE_REVIEWER | (REVIEWER & NOBODY_ABOVE_REVIEWER))
    .called("a manager above the reviewer", "the reviewer where nobody is above them")
    .ruled("above-the-reviewer")
)
THE_PERSON = THEMSELF.ruled("in-person")
CITES = THEMSELF | REVIEWER
IN_CHARGE = REVIEWER | LINE_ABOVE
SEES = THEMSELF.at(R.person_id) | REVIEWER | LINE_ABOVE.at(R.person_id) | ABOVE_REVIEWER
