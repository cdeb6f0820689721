"""The wiring of finance, and its entry: ``python -m services.finance.app migrate|api|worker|republish``."""

from pathlib import Path

from chassis.service.definition import Service, Source
from chassis.service.run import main
from contracts import finance, portfolio
from services.finance.api import AGGREGATES
from services.finance.reactions import REACTIONS
from services.finance.read_models import REFERENCE

SERVICE = Service(
    name="finance",
    title="What does it cost, what does it bring?",
    topic=finance.TOPIC,
    events=finance.EVENTS,
    folder=Path(__file__).parent,
    aggregates=AGGREGATES,
    sources=[
        Source("portfolio", portfolio.TOPIC, portfolio.EVENTS),
        Source("finance", finance.TOPIC, finance.EVENTS),
    ],
    projections={"reference": REFERENCE},
    reactions=REACTIONS,
)

if __name__ == "__main__":
    main(SERVICE)
