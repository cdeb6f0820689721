"""The roles a token may grant: what somebody does for the organisation, beside what follows from the reporting line."""

from enum import StrEnum


class Role(StrEnum):
    """Names in the claim ``roles`` of an access token."""

    ADMINISTRATOR = "administrator"
    """Sets Portolan up and loads what other systems hold."""
    AUDITOR = "auditor"
    """Reads the audit trail; of the business only what everybody reads."""
    HR = "hr"
    EXECUTIVE = "executive"
    PORTFOLIO_OFFICE = "portfolio-office"
    FINANCE_CONTROLLER = "finance-controller"
    MANAGER = "manager"
    STAFF = "staff"
    BUSINESS_USER = "business-user"
    SYSTEM = "system"
    """A service itself, reacting to what it heard; no token grants it."""
