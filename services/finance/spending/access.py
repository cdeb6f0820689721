"""Permissions in spending: who spends a division's money or a project's, and who approves and pays."""

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.finance.budgets.access import ANSWERS, CONTROLLER, EXECUTIVE, STEERS, SUBMITTED, answers_for, no_part
from services.finance.organisation.access import HEAD, HEAD_ABOVE, MANAGER_THERE, head_above, head_of
from services.finance.spending.domain.commitment import COMMITMENT
from services.finance.spending.domain.expense import EXPENSE
from services.finance.spending.domain.spending_exception import SPENDING_EXCEPTION

OF_A_DIVISION = by_decision("others", lambda facts, _state, _command: not facts.of_project)
SPENDS = ((MANAGER_THERE | HEAD | EXECUTIVE) & OF_A_DIVISION) | ANSWERS | CONTROLLER
"""Nobody spends another division's money; a project's is spent by those who answer for it."""
SEES_WAITING = STEERS | head_of(Fields(EXPENSE).division_id) | answers_for(Fields(EXPENSE).project_id)
APPROVES = ((MANAGER_THERE & OF_A_DIVISION) | HEAD | STEERS | ANSWERS) & by_decision(
    "others", no_part(*SUBMITTED)
).ruled(
    "submitter-is-not-approver",
    "You submitted the expense, or it was submitted for you.",
    "Ask somebody else to approve it.",
)
DRAFTED = ("drafted_by", "drafted_for")
SEES_ORDERS = STEERS | head_of(Fields(COMMITMENT).division_id) | answers_for(Fields(COMMITMENT).project_id)
APPROVES_ORDERS = ((MANAGER_THERE & OF_A_DIVISION) | HEAD | STEERS | ANSWERS) & by_decision(
    "others", no_part(*DRAFTED)
).ruled(
    "drafter-is-not-approver", "You drafted the order, or it was drafted for you.", "Ask somebody else to approve it."
)
APPROVED = ("approved_by", "approved_for", "first_approved_by", "first_approved_for")
PAYS = CONTROLLER & by_decision("others", no_part(*SUBMITTED, *APPROVED)).ruled(
    "payer-is-another",
    "You submitted or approved the expense, or somebody did so for you.",
    "Ask another finance controller to pay it.",
)
"""Submitter, approver, second approver and payer all differ."""

ASKS_EXCEPTION = MANAGER_THERE | HEAD | EXECUTIVE | CONTROLLER
ABOVE = HEAD_ABOVE | STEERS
GRANTS_EXCEPTION = ABOVE & by_decision("others", no_part("asked_by", "asked_for")).ruled(
    "asker-is-not-granter",
    "You asked for the exception, or it was asked for you.",
    "Ask the head of a division above, another finance controller or an executive to grant it.",
)
"""An exception to a stop is granted by the level above, never by who asked."""
SEES_EXCEPTIONS = STEERS | head_above(Fields(SPENDING_EXCEPTION).division_id)
