"""The commands of people: one table per aggregate, listed here."""

from services.people.api.certificate_schemes import CERTIFICATE_SCHEMES
from services.people.api.development import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.api.organisation import DIVISIONS, POSITIONS, STAFFING_POLICIES
from services.people.api.pay import PAY, PAY_BANDS
from services.people.api.persons import PERSONS
from services.people.api.qualifications import QUALIFICATIONS_OF_PERSONS

AGGREGATES = [
    DIVISIONS,
    POSITIONS,
    PERSONS,
    STAFFING_POLICIES,
    PAY_BANDS,
    PAY,
    CERTIFICATE_SCHEMES,
    QUALIFICATIONS_OF_PERSONS,
    DEVELOPMENT_PLANS,
    MENTORSHIPS,
]
