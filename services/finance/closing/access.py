"""Permissions in closing: finance and executives, and nobody approves what they prepared."""

from chassis.store.relations import by_decision
from services.finance.budgets.access import STEERS, no_part

PREPARED = ("prepared_by", "prepared_for")
APPROVES = STEERS & by_decision("others", no_part(*PREPARED)).ruled(
    "preparer-is-not-approver",
    "You prepared the year end, or it was prepared for you.",
    "Ask somebody else to approve it.",
)
