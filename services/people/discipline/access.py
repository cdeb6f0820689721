"""Permissions in disciplinary cases: those named in one, HR, and the person concerned."""

from chassis.store.fields import Field, Fields
from chassis.store.relations import Relation, by_state
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.organisation.access import (
    ACTING_IN_OFFICE,
    CALLER,
    FOUR_EYES_OFF,
    HR,
    LINE_ABOVE_IN_CONFIDENCE,
    NOT_BELOW,
    THEMSELF,
    another,
    named,
)

C = Fields(DISCIPLINARY_CASE)

WORKING = ACTING_IN_OFFICE.ruled(
    "named-active", "You are not active in a position now.", "Ask HR to name somebody else."
)
NOT_UNDER_THEM = (NOT_BELOW | FOUR_EYES_OFF).ruled(
    "not-below-the-person", "You report, however far up, to the person concerned.", "Ask HR to name somebody else."
)
IMPARTIAL = another("act in a case about yourself") & NOT_UNDER_THEM


def charged(who: str, field: Field) -> Relation:
    """The person whom a case names for something, while they work here; never in a case about themselves."""
    return named(who, field, in_person=True).ruled("in-person") & WORKING & IMPARTIAL.at(C.person_id)


REPORTS = (HR | LINE_ABOVE_IN_CONFIDENCE) & another("report yourself")
LEADS = HR & IMPARTIAL.at(C.person_id)
CONCERNED = THEMSELF.called("the person concerned").ruled("in-person")
INVESTIGATOR = charged("the investigator", C.investigator_id)
HEARER = charged("the hearer", C.hearer_id)
APPEAL_HEARER = charged("the appeal hearer", C.appeal_hearer_id)

TOLD = f"{C.allegation_sent_on} IS NOT NULL"
"""The condition that the person concerned was informed of the case."""
NAMED = by_state(
    "those named in the case",
    f"{CALLER} IN ({C.investigator_id}, {C.hearer_id}, {C.appeal_hearer_id}) AND NOT has_left({CALLER})",
)
CONCERNED_AND_TOLD = by_state("the person concerned", f"{C.person_id} = {CALLER} AND {TOLD}")
NOT_TOLD = by_state("the person concerned", f"{C.person_id} = {CALLER} AND NOT {TOLD}")
SEES = NAMED | CONCERNED_AND_TOLD | (HR & ~NOT_TOLD)
"""Nobody sees a case in another's place, and nobody in HR their own before they are informed of it."""
