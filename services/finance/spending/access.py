"""Permissions in spending: who spends of a division's budget, and who approves and pays."""

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.finance.budgets.access import CONTROLLER, STEERS, SUBMITTED, no_part
from services.finance.organisation.access import HEAD, MANAGER_THERE, head_of
from services.finance.spending.domain.expense import EXPENSE

SPENDS = MANAGER_THERE | HEAD | STEERS
"""Nobody spends another division's money."""
SEES_WAITING = STEERS | head_of(Fields(EXPENSE).division_id)
APPROVES = SPENDS & by_decision("others", no_part(*SUBMITTED)).ruled(
    "submitter-is-not-approver",
    "You submitted the expense, or it was submitted for you.",
    "Ask somebody else to approve it.",
)
APPROVED = ("approved_by", "approved_for", "first_approved_by", "first_approved_for")
PAYS = CONTROLLER & by_decision("others", no_part(*SUBMITTED, *APPROVED)).ruled(
    "payer-is-another",
    "You submitted or approved the expense, or somebody did so for you.",
    "Ask another finance controller to pay it.",
)
"""Submitter, approver, second approver and payer all differ."""
