"""Permissions in finance, by the roles of the token."""

from chassis.store.relations import role
from contracts.roles import Role

CONTROLLER = role("a finance controller", Role.FINANCE_CONTROLLER)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
SERVICE = role("this service itself", Role.SYSTEM)

DRAFTS = CONTROLLER | EXECUTIVE | role("a manager", Role.MANAGER)
APPROVES = CONTROLLER | EXECUTIVE
"""Who approves division budgets and moves money between them; nobody approves their own."""
TAKES_OVER = (
    CONTROLLER | role("the portfolio office", Role.PORTFOLIO_OFFICE) | role("an administrator", Role.ADMINISTRATOR)
)
