"""Who keeps, approves and sees tools."""

from contracts.roles import Role
from services.people.organisation import access as organisation_access

KEEPERS = organisation_access.either(organisation_access.personnel, organisation_access.line_manager)
DECIDERS = organisation_access.either(organisation_access.line_above, organisation_access.hr_at_the_top)
KEEPER_ROLES = (Role.HR, Role.ADMINISTRATOR)
