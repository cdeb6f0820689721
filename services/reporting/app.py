"""The wiring of reporting, and its entry: ``python -m services.reporting.app migrate|api|worker|republish``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from chassis.consumers.projection import Fold
from chassis.domain.clock import Clock
from chassis.messaging.sign_out_topic import SignOuts
from chassis.service.definition import Service, Source
from chassis.service.run import main
from chassis.service.settings import SharedSettings
from chassis.store.store import Store
from contracts import finance, people, portfolio, reporting
from services.reporting.accountability import views as accountability_views
from services.reporting.accountability.read_models import ACCOUNTABILITY
from services.reporting.changes import views as change_views
from services.reporting.changes.read_models import CHANGE_WINDOWS, CHANGES
from services.reporting.dashboard import money_pages
from services.reporting.dashboard.pages import pages
from services.reporting.money import views as money_views
from services.reporting.money.entries import BUDGET_ENTRIES
from services.reporting.money.read_models import DIVISION_BUDGETS, PROJECT_MONEY
from services.reporting.organisation import views as organisation_views
from services.reporting.organisation.access import has_left
from services.reporting.organisation.read_models import DIVISIONS, PERSONS, forget
from services.reporting.portfolio import views as portfolio_views
from services.reporting.portfolio.read_models import (
    EARNED_VALUE_DAYS,
    EXCEPTIONS,
    INITIATIVES,
    PROJECT_HEALTH,
    PROJECTS,
)
from services.reporting.risks import views as risk_views
from services.reporting.risks.read_models import RISKS

SOURCES = [
    Source("people", people.TOPIC, people.EVENTS, people.KEYS_TOPIC),
    Source("portfolio", portfolio.TOPIC, portfolio.EVENTS),
    Source("finance", finance.TOPIC, finance.EVENTS),
]

TABLES: list[Fold[Any]] = [
    DIVISIONS,
    PERSONS,
    INITIATIVES,
    PROJECTS,
    PROJECT_HEALTH,
    EXCEPTIONS,
    EARNED_VALUE_DAYS,
    RISKS,
    CHANGES,
    CHANGE_WINDOWS,
    ACCOUNTABILITY,
    PROJECT_MONEY,
    DIVISION_BUDGETS,
    BUDGET_ENTRIES,
]


def routers(store: Store, shared: SharedSettings, clock: Clock) -> Sequence[APIRouter]:
    topics = [(source.service, shared.kafka_prefix + source.topic) for source in SOURCES]
    return [
        portfolio_views.router(store, clock),
        accountability_views.router(store, clock),
        money_views.router(store),
        risk_views.router(store, clock),
        change_views.router(store, clock),
        organisation_views.router(store, topics),
        pages(store, topics, clock),
        money_pages.router(store),
    ]


SERVICE = Service(
    name="reporting",
    title="What must top-level managers know, and what happens next?",
    topic="portolan.reporting",
    events=(),
    folder=Path(__file__).parent,
    sources=SOURCES,
    projections={"picture": TABLES},
    forget=forget,
    sign_outs=SignOuts("reporting", reporting.SIGN_OUTS_TOPIC),
    inactive=has_left,
    routers=routers,
)

if __name__ == "__main__":
    main(SERVICE)
