"""Permissions in training."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation
from services.people.organisation.access import HR, LINE_ABOVE, LINE_MANAGER, MANAGERS, ME, THEMSELF
from services.people.training.domain.enrolment import ENROLMENT

E = Fields(ENROLMENT)

TRAINER = Relation(
    ("the trainer of the session",),
    lambda facts, _state, _command: facts.trains,
    lambda _actor, _many, _subject: f"{E.session_id} = ANY(ARRAY(SELECT id FROM sessions_trained_by({ME})))",
)
DESIGNS = HR | MANAGERS
DELIVERS = DESIGNS | TRAINER
ENROLS = THEMSELF | LINE_MANAGER | HR
GIVES_FEEDBACK = THEMSELF.ruled("own-feedback")
RECORDS = TRAINER | LINE_ABOVE | HR
SEES_ENROLMENT = THEMSELF.at(E.person_id) | LINE_ABOVE.at(E.person_id) | TRAINER | HR
