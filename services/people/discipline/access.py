"""Who sees a disciplinary case."""

from chassis.store.visibility import Sight
from contracts.roles import Role
from services.people.organisation.access import CALLER

NAMED = " OR ".join(f"state->>'{field}' = {CALLER}" for field in ("investigator_id", "hearer_id", "appeal_hearer_id"))
CONCERNED = f"state->>'person_id' = {CALLER}"
TOLD = "state->>'allegation_sent_on' IS NOT NULL"
IN_THE_CASE = f"{NAMED} OR ({CONCERNED} AND {TOLD})"
CASES = Sight(IN_THE_CASE, IN_THE_CASE, frozenset({Role.HR}), unless=f"{CONCERNED} AND NOT {TOLD}")
"""Of a disciplinary case: whoever is named in it and HR, and the person concerned once the allegation was sent.

Nobody sees one in another's place, and nobody in HR their own before they are told of it.
"""
