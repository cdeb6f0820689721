"""The wiring of people, and its entry: ``python -m services.people.app migrate|api|worker|republish``."""

from pathlib import Path

from chassis.service import Service, Source, main
from contracts import people
from services.people.api import AGGREGATES
from services.people.reactions import REACTIONS

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
)

if __name__ == "__main__":
    main(SERVICE)
