"""Permissions in project budgets: the accountable and responsible persons, and finance."""

from chassis.store.relations import by_decision
from services.finance.division_budgets.access import CONTROLLER, SERVICE, TAKES_OVER

ANSWERS = by_decision(
    "somebody who answers for the project", lambda facts, _state, _command: facts.actor.person in facts.answering
)
SPENDS = ANSWERS | CONTROLLER
ESTIMATES = SPENDS | TAKES_OVER
CLOSES = CONTROLLER | SERVICE
