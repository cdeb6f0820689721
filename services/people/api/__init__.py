"""The commands of people: one table per aggregate, listed here."""

from services.people.api.certificate_schemes import CERTIFICATE_SCHEMES
from services.people.api.development import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.api.discipline import DISCIPLINARY_CASES
from services.people.api.hiring import CANDIDACIES, VACANCIES
from services.people.api.organisation import DIVISIONS, POSITIONS, STAFFING_POLICIES
from services.people.api.pay import PAY, PAY_BANDS
from services.people.api.persons import PERSONS
from services.people.api.qualifications import QUALIFICATIONS_OF_PERSONS
from services.people.api.reviews import PERFORMANCE_REVIEWS, REVIEW_CYCLES
from services.people.api.succession import SUCCESSIONS
from services.people.api.tools import TOOLS
from services.people.api.training import ENROLMENTS, TRAINING_PROGRAMMES, TRAINING_SESSIONS

AGGREGATES = [
    DIVISIONS,
    POSITIONS,
    PERSONS,
    STAFFING_POLICIES,
    PAY_BANDS,
    PAY,
    VACANCIES,
    CANDIDACIES,
    TRAINING_PROGRAMMES,
    TRAINING_SESSIONS,
    ENROLMENTS,
    TOOLS,
    REVIEW_CYCLES,
    PERFORMANCE_REVIEWS,
    DISCIPLINARY_CASES,
    SUCCESSIONS,
    CERTIFICATE_SCHEMES,
    QUALIFICATIONS_OF_PERSONS,
    DEVELOPMENT_PLANS,
    MENTORSHIPS,
]
