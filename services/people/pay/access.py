"""Who sets pay."""

from services.people.organisation import access as organisation_access

SETTERS = organisation_access.either(organisation_access.hr, organisation_access.line_above)
