"""The wiring of portfolio, and its entry: ``python -m services.portfolio.app migrate|api|worker|republish``."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from chassis.http.names import names_in
from chassis.messaging.sign_out_topic import SignOuts
from chassis.service.definition import Service, Source
from chassis.service.run import main
from contracts import finance, people, portfolio, reporting
from services.portfolio.allocation import reactions as allocation_reactions
from services.portfolio.allocation import views as allocation_views
from services.portfolio.allocation.commands import ALLOCATIONS, OVERLOADS, SKILL_DEMANDS
from services.portfolio.changes import views as change_views
from services.portfolio.changes.commands import CHANGE_MODELS, CHANGES, WINDOWS_OF_CHANGES
from services.portfolio.desk import views as desk_views
from services.portfolio.governance import views as governance_views
from services.portfolio.governance.commands import DECISIONS, GATES, PRIORITIES
from services.portfolio.initiatives import reactions as initiative_reactions
from services.portfolio.initiatives import views as initiative_views
from services.portfolio.initiatives.commands import BENEFITS, INITIATIVES, ROADMAPS
from services.portfolio.issues import reactions as issue_reactions
from services.portfolio.issues.commands import ISSUES
from services.portfolio.organisation import capacities, read_models
from services.portfolio.organisation.commands import PORTFOLIO_POLICIES
from services.portfolio.organisation.facts import is_out_of_office, stands_in
from services.portfolio.planning import reactions as planning_reactions
from services.portfolio.planning import views as planning_views
from services.portfolio.planning.commands import CHANGE_REQUESTS, EXCEPTIONS, HEALTH_OF_PROJECTS, PLANS
from services.portfolio.planning.money import MONEY
from services.portfolio.policies import views as policy_views
from services.portfolio.policies.commands import ACKNOWLEDGEMENTS, POLICIES, POLICY_EXCEPTIONS
from services.portfolio.projects import reactions as project_reactions
from services.portfolio.projects import views as project_views
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.requests.commands import CRITERIA_SETS, REQUESTS
from services.portfolio.risks import reactions as risk_reactions
from services.portfolio.risks.commands import RISK_POLICIES, RISKS
from services.portfolio.services import reactions as service_reactions
from services.portfolio.services import views as service_views
from services.portfolio.services.commands import INCIDENTS, MEASUREMENTS, OUTAGES, SERVICE_MONTHS, SERVICES
from services.portfolio.technology.commands import EVALUATIONS, TECHNOLOGIES

AGGREGATES = [
    PORTFOLIO_POLICIES,
    INITIATIVES,
    BENEFITS,
    ROADMAPS,
    PROJECTS,
    PLANS,
    CHANGE_REQUESTS,
    HEALTH_OF_PROJECTS,
    EXCEPTIONS,
    CRITERIA_SETS,
    REQUESTS,
    DECISIONS,
    PRIORITIES,
    GATES,
    ALLOCATIONS,
    OVERLOADS,
    SKILL_DEMANDS,
    ISSUES,
    RISK_POLICIES,
    RISKS,
    SERVICES,
    INCIDENTS,
    OUTAGES,
    MEASUREMENTS,
    SERVICE_MONTHS,
    CHANGE_MODELS,
    CHANGES,
    WINDOWS_OF_CHANGES,
    POLICIES,
    ACKNOWLEDGEMENTS,
    POLICY_EXCEPTIONS,
    TECHNOLOGIES,
    EVALUATIONS,
]

REACTIONS = [
    *initiative_reactions.REACTIONS,
    *project_reactions.REACTIONS,
    *planning_reactions.REACTIONS,
    *allocation_reactions.REACTIONS,
    *issue_reactions.REACTIONS,
    *risk_reactions.REACTIONS,
    *service_reactions.REACTIONS,
]

OWN_REACTIONS = [
    *planning_reactions.OWN_REACTIONS,
    *allocation_reactions.OWN_REACTIONS,
    *service_reactions.OWN_REACTIONS,
]

SOURCES = [
    Source("people", people.TOPIC, people.EVENTS),
    Source("people", people.CAPACITY_TOPIC, people.CAPACITY_EVENTS, people.KEYS_TOPIC, reader="capacity"),
    Source("finance", finance.TOPIC, finance.EVENTS),
]


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop what is derived of erased persons."""
    capacities.forget(connection, persons)
    read_models.forget(connection, persons)


SERVICE = Service(
    name="portfolio",
    title="What are we doing, who is accountable, is it on track?",
    topic=portfolio.TOPIC,
    events=portfolio.EVENTS,
    folder=Path(__file__).parent,
    aggregates=AGGREGATES,
    sources=SOURCES,
    projections={"reference": [*read_models.REFERENCE, *MONEY], "capacity": [capacities.CAPACITIES]},
    reactions=REACTIONS,
    reactions_to={"capacity": allocation_reactions.REACTIONS_TO_CAPACITY},
    own_reactions=OWN_REACTIONS,
    forget=forget,
    stands_in=stands_in,
    inactive=is_out_of_office,
    sign_outs=SignOuts("reporting", reporting.SIGN_OUTS_TOPIC),
    names={"person": names_in("known_persons")},
    routers=lambda store, _shared, clock: [
        project_views.router(store),
        planning_views.router(store, clock),
        governance_views.router(store),
        service_views.router(store, clock),
        allocation_views.router(store, clock),
        desk_views.router(store, clock),
        change_views.router(store),
        policy_views.router(store),
        initiative_views.router(store),
    ],
)

if __name__ == "__main__":
    main(SERVICE)
