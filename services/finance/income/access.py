"""Permissions in income: who recorded what was earned does not write it off; who issued a charge does not answer it."""

from typing import Any

from chassis.domain.decider import Facts
from chassis.store.relations import by_decision
from services.finance.budgets.access import CONTROLLER, EXECUTIVE
from services.finance.income.domain.charge_back import ChargeBack, ChargeBackFacts
from services.finance.income.domain.income_source import IncomeSource
from services.finance.organisation.access import HEAD, MANAGER_THERE

FORECASTS = MANAGER_THERE | HEAD | CONTROLLER | EXECUTIVE
EARNS = MANAGER_THERE | HEAD | CONTROLLER


def did_not_record(facts: Facts, source: IncomeSource, command: Any) -> bool:
    """Return whether the actor, and whom they stand in for, have no part in recording the entry."""
    entry = source.entries.get(command.entry_id)
    return entry is None or {facts.actor.id, facts.actor.for_whom}.isdisjoint(entry.recorded_by)


WRITES_OFF = CONTROLLER & by_decision("others", did_not_record).ruled(
    "recorder-writes-nothing-off",
    "You recorded the entry, or it was recorded for you.",
    "Ask another finance controller to write it off.",
)


def heads_receiver(facts: ChargeBackFacts, _charge: ChargeBack, _command: Any) -> bool:
    return facts.receiver is not None and facts.actor.acts_as in facts.receiver.heads


def did_not_issue(facts: Facts, charge: ChargeBack, _command: Any) -> bool:
    """Return whether the actor, and whom they stand in for, have no part in issuing the charge-back."""
    return {facts.actor.id, facts.actor.for_whom}.isdisjoint(charge.issued_by)


RECEIVES = by_decision("the head of the receiving division or of one above it", heads_receiver) | EXECUTIVE
ANSWERS = RECEIVES & by_decision("others", did_not_issue).ruled(
    "issuer-is-not-receiver",
    "You issued the charge-back, or it was issued for you.",
    "Ask somebody else of the receiving division, or an executive.",
)
"""Nobody answers a charge they issued, in whatever place they act."""
DRAFTS_CHARGES = MANAGER_THERE | CONTROLLER
