"""Permissions in funding: who reads the figures of a budget behind a refusal."""

from chassis.store.fields import Fields
from services.finance.budgets.access import STEERS
from services.finance.funding.domain.reservation import RESERVATION
from services.finance.organisation.access import head_of

SEES_FIGURES = STEERS | head_of(Fields(RESERVATION).division_id)
