"""Which row an event belongs to, and the mark by which a figure can be opened to the event behind it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from chassis.envelope import Envelope


def of_kind(kind: str) -> Callable[[Envelope], Sequence[UUID]]:
    """The key of rows that fold one stream of a kind: the aggregate's id."""
    length = len(kind) + 37

    def keys(envelope: Envelope) -> Sequence[UUID]:
        stream = envelope.stream or ""
        return [envelope.subject] if len(stream) == length and stream.startswith(kind + "-") else []

    return keys


def mark(envelope: Envelope) -> dict[str, Any]:
    """Where a fact came from: the event's stream, number, type, time and who did it."""
    return {
        "stream": envelope.stream,
        "number": envelope.number,
        "type": envelope.type.rpartition(".")[2],
        "time": envelope.time.isoformat() if envelope.time else None,
        "actor": envelope.actor,
    }
