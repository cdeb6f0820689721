"""Permissions in forecasts: whose budget it is says what it lands at."""

from services.finance.budgets.access import CONTROLLER, EXECUTIVE, SERVICE
from services.finance.organisation.access import HEAD, MANAGER_THERE

STATES = HEAD | MANAGER_THERE | CONTROLLER | EXECUTIVE
FREEZES = SERVICE
