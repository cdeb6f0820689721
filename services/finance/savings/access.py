"""Permissions in savings: finance validates and judges, never the owner."""

from typing import Any

from chassis.domain.decider import Facts
from chassis.store.relations import by_decision
from services.finance.budgets.access import CONTROLLER, EXECUTIVE
from services.finance.organisation.access import HEAD, MANAGER_THERE
from services.finance.savings.domain.savings_measure import SavingsMeasure


def is_owner(facts: Facts, measure: SavingsMeasure, _command: Any) -> bool:
    return facts.actor.acts_as == measure.owner_id


def has_no_part(facts: Facts, measure: SavingsMeasure, _command: Any) -> bool:
    """Return whether the actor is not the owner, in whatever place they act."""
    return measure.owner_id not in facts.actor.persons


OWNER = by_decision("the owner", is_owner)
IDENTIFIES = MANAGER_THERE | CONTROLLER | EXECUTIVE
WORKS = OWNER | HEAD | CONTROLLER | EXECUTIVE
NAMES_OWNER = HEAD | CONTROLLER | EXECUTIVE
JUDGES = CONTROLLER & by_decision("others", has_no_part).ruled(
    "owner-is-not-judge", "You own the measure, or act for its owner.", "Ask another finance controller."
)
"""Finance says what is sound and what was saved: nobody does of their own measure."""
