"""What people's staffing policy demands of the positions that an import drafts."""

from decimal import Decimal

from portolan.importer.sending import Service

LEAST_YEARS = Decimal(10)
POLICY = "/staffing-policies/00000000-0000-0000-0000-000000000000"


def demanded_years(people: Service) -> Decimal:
    """The years of IT management that the staffing policy demands of a senior manager."""
    policy = people.read(POLICY)
    return Decimal(policy["it_management_years"]) if policy else LEAST_YEARS
