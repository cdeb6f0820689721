"""Permissions in spending: who spends of a division's budget, and who approves and pays."""

from chassis.store.relations import by_decision
from services.finance.budgets.access import CONTROLLER, DRAFTS, SUBMITTED, no_part

SPENDS = DRAFTS
APPROVES = DRAFTS & by_decision("others", no_part(*SUBMITTED)).ruled(
    "submitter-is-not-approver",
    "You submitted the expense, or it was submitted for you.",
    "Ask somebody else to approve it.",
)
PAYS = CONTROLLER & by_decision("others", no_part(*SUBMITTED, "approved_by", "approved_for")).ruled(
    "payer-is-another",
    "You submitted or approved the expense, or somebody did so for you.",
    "Ask another finance controller to pay it.",
)
"""Submitter, approver and payer all differ."""
