"""The mark by which a figure can be opened to the event behind it."""

from typing import Any

from chassis.messaging.cloudevents import Envelope


def mark(envelope: Envelope) -> dict[str, Any]:
    """Where a fact came from: the event's stream, number, type, time and who did it."""
    return {
        "stream": envelope.stream,
        "number": envelope.number,
        "type": envelope.type.rpartition(".")[2],
        "time": envelope.time.isoformat() if envelope.time else None,
        "actor": envelope.actor,
    }
