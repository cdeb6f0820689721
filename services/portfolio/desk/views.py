"""The desk of portfolio: what awaits the caller's decision, and what is due, of all subjects."""

from fastapi import APIRouter

from chassis.domain.clock import Clock
from chassis.http.desk import desk_router
from chassis.store.store import Store
from services.portfolio.allocation import waiting as allocation
from services.portfolio.changes import waiting as changes
from services.portfolio.governance import waiting as governance
from services.portfolio.initiatives import waiting as initiatives
from services.portfolio.issues import waiting as issues
from services.portfolio.planning import waiting as planning
from services.portfolio.policies import waiting as policies
from services.portfolio.projects import waiting as projects
from services.portfolio.requests import waiting as requests
from services.portfolio.risks import waiting as risks
from services.portfolio.services import waiting as services
from services.portfolio.technology import waiting as technology

SUBJECTS = [
    projects,
    planning,
    initiatives,
    requests,
    governance,
    allocation,
    issues,
    risks,
    services,
    changes,
    policies,
    technology,
]


def router(store: Store, clock: Clock) -> APIRouter:
    decisions = [entry for subject in SUBJECTS for entry in subject.DECISIONS]
    due = [entry for subject in SUBJECTS for entry in subject.DUE]
    return desk_router(store, clock, decisions, due)
