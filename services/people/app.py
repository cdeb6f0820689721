"""The wiring of people, and its entry: ``python -m services.people.app migrate|api|worker|republish``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter

from chassis.consumers.reactions import Reaction
from chassis.domain.clock import Clock
from chassis.messaging.sign_out_topic import SignOuts
from chassis.service.definition import Restricted, Service, Source
from chassis.service.run import main
from chassis.service.settings import SharedSettings
from chassis.store.store import Store
from contracts import finance, people, portfolio, reporting
from contracts.finance import conversations
from contracts.portfolio import allocation
from services.people.capacity.commands import CONTRACTED_HOURS, WEEKLY_CAPACITIES
from services.people.capacity.reactions import OWN_REACTIONS
from services.people.demand import views as demand_views
from services.people.demand.read_models import DEMAND
from services.people.desk import views as desk_views
from services.people.development.commands import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.development.reactions import on_certificate_held, on_left, on_line_manager_named, on_skill_assessed
from services.people.discipline.commands import DISCIPLINARY_CASES
from services.people.discipline.past_bars import was_barred
from services.people.hiring import reactions as hiring_reactions
from services.people.hiring.commands import CANDIDACIES, VACANCIES
from services.people.organisation import finding
from services.people.organisation import views as organisation_views
from services.people.organisation.commands import (
    CERTIFICATE_SCHEMES,
    DIVISIONS,
    PERSONS,
    POSITIONS,
    SKILLS,
    STAFFING_POLICIES,
    is_not_here,
    stands_in,
)
from services.people.organisation.reactions import on_policy_set
from services.people.pay.commands import PAY, PAY_BANDS
from services.people.performance import reactions as performance_reactions
from services.people.performance.commands import PERFORMANCE_REVIEWS, REVIEW_CYCLES
from services.people.qualifications import finding as finding_qualified
from services.people.qualifications import views as qualifications_views
from services.people.qualifications.commands import QUALIFICATIONS_OF_PERSONS
from services.people.qualifications.reactions import on_limits_set, on_training_completed
from services.people.succession.commands import SUCCESSIONS
from services.people.succession.reactions import on_person_left, on_position_taken
from services.people.tools import reactions as tools_reactions
from services.people.tools.commands import TOOLS
from services.people.training import reactions as training_reactions
from services.people.training.commands import ENROLMENTS, TRAINING_PROGRAMMES, TRAINING_SESSIONS

AGGREGATES = [
    DIVISIONS,
    POSITIONS,
    replace(PERSONS, criteria=[*finding.CRITERIA, *finding_qualified.CRITERIA]),
    STAFFING_POLICIES,
    PAY_BANDS,
    PAY,
    CONTRACTED_HOURS,
    WEEKLY_CAPACITIES,
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
    SKILLS,
    QUALIFICATIONS_OF_PERSONS,
    DEVELOPMENT_PLANS,
    MENTORSHIPS,
]

REACTIONS = [
    Reaction(people.StaffingPolicySet, on_policy_set),
    Reaction(people.PersonLeft, on_person_left),
    Reaction(people.StaffingLimitsSet, on_limits_set),
    Reaction(people.TrainingCompleted, on_training_completed),
    Reaction(people.SkillAssessed, on_skill_assessed),
    Reaction(people.CertificateAwarded, on_certificate_held),
    Reaction(people.CertificateRenewed, on_certificate_held),
    Reaction(people.PersonAppointed, on_position_taken),
    Reaction(people.PersonAppointed, on_line_manager_named),
    Reaction(people.LineManagerChanged, on_line_manager_named),
    Reaction(people.PersonLeft, on_left),
    Reaction(people.PersonLeft, training_reactions.on_left),
    Reaction(people.DutiesHandedOver, performance_reactions.on_handed_over),
    Reaction(people.DutiesHandedOver, training_reactions.on_handed_over),
    Reaction(conversations.HiringFunded, hiring_reactions.on_funding_answered),
    Reaction(conversations.HiringFundingRefused, hiring_reactions.on_funding_answered),
    Reaction(conversations.TrainingFunded, training_reactions.on_funding_answered),
    Reaction(conversations.TrainingFundingRefused, training_reactions.on_funding_answered),
    Reaction(conversations.ToolFunded, tools_reactions.on_funding_answered),
    Reaction(conversations.ToolFundingRefused, tools_reactions.on_funding_answered),
]


def routers(store: Store, shared: SharedSettings, clock: Clock) -> Sequence[APIRouter]:
    return [
        organisation_views.router(store),
        qualifications_views.router(store, clock, was_barred),
        demand_views.router(store, clock),
        desk_views.router(store, clock),
    ]


SERVICE = Service(
    name="people",
    title="Who does the work, and are they able to?",
    topic=people.TOPIC,
    events=people.EVENTS,
    folder=Path(__file__).parent,
    keys_topic=people.KEYS_TOPIC,
    restricted=Restricted(people.CAPACITY_TOPIC, people.CAPACITY_EVENTS),
    aggregates=AGGREGATES,
    sources=[
        Source("people", people.TOPIC, people.EVENTS),
        Source("portfolio", portfolio.TOPIC, allocation.EVENTS, reader="demand"),
        Source("finance", finance.TOPIC, conversations.EVENTS),
    ],
    projections={"demand": DEMAND},
    reactions=REACTIONS,
    own_reactions=OWN_REACTIONS,
    routers=routers,
    stands_in=stands_in,
    inactive=is_not_here,
    sign_outs=SignOuts("reporting", reporting.SIGN_OUTS_TOPIC),
)

if __name__ == "__main__":
    main(SERVICE)
