"""The wiring of people, and its entry: ``python -m services.people.app migrate|api|worker|republish``."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from chassis.domain.clock import Clock
from chassis.service.definition import Service, Source
from chassis.service.run import main
from chassis.service.settings import Shared
from chassis.store.store import Store
from contracts import people
from services.people.api import AGGREGATES
from services.people.api.persons import stands_in
from services.people.api.views import views
from services.people.reactions import REACTIONS


def routers(store: Store, shared: Shared, clock: Clock) -> Sequence[APIRouter]:
    """The views beside the aggregates."""
    return [views(store, clock)]


SERVICE = Service(
    name="people",
    title="Who does the work, and are they able to?",
    topic=people.TOPIC,
    events=people.EVENTS,
    folder=Path(__file__).parent,
    keys_topic=people.KEYS_TOPIC,
    aggregates=AGGREGATES,
    sources=[Source("people", people.TOPIC, people.EVENTS)],
    reactions=REACTIONS,
    routers=routers,
    stands_in=stands_in,
)

if __name__ == "__main__":
    main(SERVICE)
