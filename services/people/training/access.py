"""Permissions in training."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.people.organisation.access import (
    CHARGES,
    HR,
    LINE_ABOVE,
    LINE_MANAGER,
    MANAGERS,
    MAY_CHARGE,
    ME,
    NO_DIVISION_TO_CHARGE,
    SERVICE,
    THEMSELF,
    another,
    named,
)
from services.people.training.domain.enrolment import ENROLMENT
from services.people.training.domain.training_session import TRAINING_SESSION

S, E = Fields(TRAINING_SESSION), Fields(ENROLMENT)

TRAINER = Relation(
    ("the trainer of the session",),
    lambda facts, _state, _command: facts.trains,
    lambda _actor, _many, _subject: f"{E.session_id} = ANY(ARRAY(SELECT id FROM sessions_trained_by({ME})))",
)
OWNS = by_decision(
    "a manager of the division that owns it, or of one above it", lambda facts, _state, _command: facts.charges
).ruled(
    "own-programme",
    "The programme's division is neither yours nor below yours.",
    "Ask somebody of that division, or HR.",
)
DESIGNS = HR | MANAGERS
KEEPS_PROGRAMME = DESIGNS & OWNS
DESIGNS_PROGRAMME = DESIGNS & (OWNS | NO_DIVISION_TO_CHARGE)
TRAINS = named("the trainer of the session", S.trainer_id)
ARRANGES = DESIGNS & CHARGES
SCHEDULES = DESIGNS & MAY_CHARGE
DELIVERS = ARRANGES | TRAINS
ENROLS = THEMSELF | LINE_MANAGER | HR
WITHDRAWS_SEAT = ENROLS | SERVICE
GIVES_FEEDBACK = THEMSELF.ruled("own-feedback")
RECORDS = TRAINER | LINE_ABOVE | HR
MARKS = RECORDS & another("mark your own attendance")
RECORDS_RESULT = RECORDS & another("record your own result")
CORRECTS_COMPLETION = RECORDS & another("correct your own result")
SEES_ENROLMENT = THEMSELF.at(E.person_id) | LINE_ABOVE.at(E.person_id) | TRAINER | HR
