"""The wiring of reporting, and its entry: ``python -m services.reporting.app migrate|api|worker|republish``."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from chassis.domain.clock import Clock
from chassis.service.definition import Service, Source
from chassis.service.run import main
from chassis.service.settings import Shared
from chassis.store.store import Store
from contracts import finance, people, portfolio
from services.reporting.api import views
from services.reporting.pages import pages
from services.reporting.read_models import TABLES, forget

SOURCES = [
    Source("people", people.TOPIC, people.EVENTS, people.KEYS_TOPIC),
    Source("portfolio", portfolio.TOPIC, portfolio.EVENTS),
    Source("finance", finance.TOPIC, finance.EVENTS),
]


def routers(store: Store, shared: Shared, clock: Clock) -> Sequence[APIRouter]:
    """The views and the dashboard."""
    topics = [(source.service, shared.kafka_prefix + source.topic) for source in SOURCES]
    return [views(store, topics, clock), pages(store, topics, clock)]


SERVICE = Service(
    name="reporting",
    title="What must top-level managers know, and what happens next?",
    topic="portolan.reporting",
    events=(),
    folder=Path(__file__).parent,
    sources=SOURCES,
    projections={"picture": TABLES},
    forget=forget,
    routers=routers,
)

if __name__ == "__main__":
    main(SERVICE)
