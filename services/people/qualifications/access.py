"""Who may do what with qualifications, and who sees them."""

from typing import Any

from services.people.organisation import access as organisation_access
from services.people.organisation.access import line_or_hr
from services.people.qualifications.domain.model import QualificationFacts


def assessors(facts: QualificationFacts, state: Any, command: Any) -> bool:
    """Who assesses a skill: everybody above the person, HR, and whoever has the skill themself."""
    return line_or_hr(facts, state, command) or bool(facts.assessor_level)


PERSON_ID = "state->>'person_id'"
ASKED = (
    "state->'assessment_requests' @> jsonb_build_array(jsonb_build_object('assessor_id', "
    + organisation_access.ME
    + "))"
)
