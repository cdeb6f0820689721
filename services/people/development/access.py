"""Permissions in development plans and mentorships."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.people.development.domain.development_plan.rules import DEVELOPMENT_PLAN
from services.people.development.domain.mentorship import MENTORSHIP
from services.people.organisation.access import (
    COUNTERPART,
    HR,
    IN_PERSON,
    LINE_ABOVE,
    LINE_MANAGER_OR_HR,
    SERVICE,
    THEMSELF,
    another,
)

PLAN, M = Fields(DEVELOPMENT_PLAN), Fields(MENTORSHIP)

PROPOSES_PLAN = THEMSELF | COUNTERPART
PROPOSED_BY_PERSON = Relation(
    ("others",),
    lambda _facts, state, _command: state.proposed_by_person,
    lambda _actor, _many, _subject: PLAN.proposed_by_person.holds,
)
OTHER_SIDE = ((PROPOSED_BY_PERSON & COUNTERPART) | (~PROPOSED_BY_PERSON & THEMSELF)).called(
    "the one of the two who did not propose the plan"
)
JUDGES_GOALS = LINE_MANAGER_OR_HR & another("judge your own goals")
SEES_PLAN = (THEMSELF | LINE_ABOVE | HR).at(PLAN.person_id)

MENTOR_OR_MENTEE = Relation(
    ("the mentor", "the mentee"),
    lambda facts, state, _command: facts.actor.in_person in (state.mentor_id, state.person_id),
    lambda _actor, _many, _subject: f"{M.person_id} = {IN_PERSON} OR {M.mentor_id} = {IN_PERSON}",
)
"""One of the two, in person."""
WOULD_BE_ONE = by_decision(
    "the mentor or the mentee",
    lambda facts, _state, command: facts.actor.in_person in (command.mentor_id, command.person_id),
)
PROPOSES_MENTORSHIP = (WOULD_BE_ONE | LINE_MANAGER_OR_HR).called(
    "the mentor", "the mentee", "the mentee's line manager", "HR"
)
ENDS_MENTORSHIP = (MENTOR_OR_MENTEE | LINE_MANAGER_OR_HR | SERVICE).called(
    "the mentor", "the mentee", "the mentee's line manager", "HR"
)
SEES_MENTORSHIP = MENTOR_OR_MENTEE | LINE_ABOVE.at(M.person_id) | HR
