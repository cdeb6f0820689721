"""Permissions in currencies: finance states rates, everybody reads them."""

from chassis.store.relations import role
from contracts.roles import Role

STATES = role("a finance controller", Role.FINANCE_CONTROLLER)
