"""The mark by which a figure can be opened to the event behind it."""

from chassis.messaging.cloudevents import Envelope
from services.reporting.organisation.domain.rows import Mark


def mark(envelope: Envelope) -> Mark:
    return {
        "stream": envelope.stream,
        "number": envelope.number,
        "type": envelope.type.rpartition(".")[2],
        "time": envelope.time.isoformat() if envelope.time else None,
        "actor": envelope.actor,
    }
