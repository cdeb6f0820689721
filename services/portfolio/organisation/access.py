"""Permissions in portfolio, by the roles of the token."""

from chassis.store.relations import role
from contracts.roles import Role

PORTFOLIO_OFFICE = role("the portfolio office", Role.PORTFOLIO_OFFICE)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
MANAGER = role("a manager", Role.MANAGER)
ADMINISTRATOR = role("an administrator", Role.ADMINISTRATOR)
SERVICE = role("this service itself", Role.SYSTEM)

SHAPES_INITIATIVES = PORTFOLIO_OFFICE | EXECUTIVE | MANAGER | ADMINISTRATOR
PROPOSES = SHAPES_INITIATIVES | role("a business user", Role.BUSINESS_USER)
TAKES_OVER = PORTFOLIO_OFFICE | ADMINISTRATOR
