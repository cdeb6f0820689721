"""Permissions in successions; a succession has the id of its position."""

from chassis.store.fields import Fields
from chassis.store.relations import Relation, by_decision
from services.people.organisation.access import ABOVE_POSITION, CALLER, EXECUTIVE, HR, ME, SERVICE
from services.people.succession.domain.succession import SUCCESSION

S = Fields(SUCCESSION)

PLANS = ABOVE_POSITION | HR | EXECUTIVE
NAMES_SUCCESSOR = PLANS & by_decision(
    "others", lambda facts, _state, command: command.person_id not in facts.actor.persons
).ruled("nobody-on-themself", "You cannot name yourself as a successor.")
NO_SUCCESSOR = Relation(
    ("others",),
    lambda facts, state, _command: facts.actor.persons.isdisjoint(each.person_id for each in state.successors),
    lambda _actor, _many, _subject: (
        f"NOT {S.successors.has_item(person_id=ME)} AND NOT {S.successors.has_item(person_id=CALLER)}"
    ),
)
AGREES = (ABOVE_POSITION | EXECUTIVE).at(S.id) & NO_SUCCESSOR.ruled(
    "not-by-a-successor", "A successor cannot agree to the plan."
)
REMOVES = PLANS | SERVICE
SEES = PLANS.at(S.id)
