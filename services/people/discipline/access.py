"""Permissions in disciplinary cases: those named in one, HR, and the person concerned."""

from chassis.store.fields import Fields
from chassis.store.relations import by_state
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.organisation.access import CALLER, HR, LINE_ABOVE, THEMSELF, named

C = Fields(DISCIPLINARY_CASE)

REPORTS = HR | LINE_ABOVE
CONCERNED = THEMSELF.called("the person concerned").ruled("in-person")
INVESTIGATOR = named("the investigator", C.investigator_id, in_person=True).ruled("in-person")
HEARER = named("the hearer", C.hearer_id, in_person=True).ruled("in-person")
APPEAL_HEARER = named("the appeal hearer", C.appeal_hearer_id, in_person=True).ruled("in-person")

TOLD = f"{C.allegation_sent_on} IS NOT NULL"
"""Whether the person concerned was told of the case."""
NAMED = by_state(
    "those named in the case",
    " OR ".join(f"{field} = {CALLER}" for field in (C.investigator_id, C.hearer_id, C.appeal_hearer_id)),
)
CONCERNED_AND_TOLD = by_state("the person concerned", f"{C.person_id} = {CALLER} AND {TOLD}")
NOT_TOLD = by_state("the person concerned", f"{C.person_id} = {CALLER} AND NOT {TOLD}")
SEES = NAMED | CONCERNED_AND_TOLD | (HR & ~NOT_TOLD)
"""Nobody sees a case in another's place, and nobody in HR their own before they are told of it."""
