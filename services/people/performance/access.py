"""Who sees a performance review."""

from services.people.organisation.access import CALLER, IN_OFFICE, ME, THEMSELF, seen_by

PERSON, REVIEWER = "state->>'person_id'", "state->>'reviewer_id'"

REVIEWS = seen_by(
    lambda above: (
        f"{PERSON} = {THEMSELF} OR ({REVIEWER} = {ME} AND {IN_OFFICE} AND {PERSON} <> {CALLER})"
        f" OR {above(PERSON)} OR {above(REVIEWER)}"
    )
)
"""Of a performance review: the person, the reviewer and everybody above one of them. No role shows it."""
