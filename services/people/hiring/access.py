"""Who may do what in hiring, and who sees a candidacy."""

from chassis.store.visibility import Sight
from contracts.roles import Role
from services.people.organisation import access as organisation_access
from services.people.organisation.access import ME

IN_INTERVIEW = f"""state->'interviews' @> jsonb_build_array(
    jsonb_build_object('interviewers', jsonb_build_array({ME})))"""
"""Whether the caller is named as an interviewer of the candidacy."""

RECRUITERS = organisation_access.either(organisation_access.hr, organisation_access.line_above)
APPROVERS = organisation_access.either(organisation_access.managers_above, organisation_access.hr_at_the_top)
DECIDERS = organisation_access.either(organisation_access.hr, organisation_access.managers_above)
OWN = f"state->>'candidate_id' IN ({organisation_access.CALLER}, {organisation_access.ME})"
RECRUITING = organisation_access.above_position(Role.HR, others=IN_INTERVIEW)
OTHERS_CANDIDACIES = Sight(
    f"({RECRUITING.one}) AND NOT {OWN}", f"({RECRUITING.many}) AND NOT {OWN}", RECRUITING.roles, unless=OWN
)
"""Of a candidacy: the line above the position, its interviewers and HR; the candidate is none of them, in any place."""
