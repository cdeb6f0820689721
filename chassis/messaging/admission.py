"""Judge messages by their number in their stream, purely: apply, park or drop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.event_ids import FOREIGN, digest, is_foreign
from chassis.messaging.kafka import Record


@dataclass
class Admission:
    """The outcome of judging a batch: what to apply in order, what to park, what no longer waits."""

    apply: list[Envelope] = field(default_factory=list)
    park: list[tuple[Record, Envelope, str | None]] = field(default_factory=list)
    unpark: list[Envelope] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    ids: dict[str, list[bytes]] = field(default_factory=dict)
    foreign: list[Envelope] = field(default_factory=list)

    def take(self, envelope: Envelope) -> None:
        """Apply the next event of its stream."""
        assert envelope.stream is not None
        self.apply.append(envelope)
        self.ids.setdefault(envelope.stream, []).append(digest(envelope.id))

    def park_foreign(self, record: Record, envelope: Envelope) -> None:
        """Park an event under whose number another one came."""
        self.park.append((record, envelope, FOREIGN))
        self.foreign.append(envelope)


def admit(
    fresh: Sequence[tuple[Record, Envelope]],
    *,
    last_numbers: Mapping[str, int],
    waiting: Mapping[tuple[str, int], Envelope | None],
    kept_ids: Mapping[str, bytes] | None = None,
    failed: str | None = None,
    followers: int | None = None,
) -> Admission:
    """Judge records by their number in their stream, purely.

    Not above the last seen: done already, unless ``kept_ids``, the digests of each stream's last ids, tell that it is
    another event: parked. The next one: apply, and after it whatever waited for it (``waiting`` has None for those that
    cannot follow now). Further ahead, or unreadable: parked. An event that waits keeps all later ones of its stream
    waiting; other streams go on. ``failed`` is the reason why a single record's effect failed for good; ``followers``
    how many of those that waited for it may follow at most.
    """
    admitted = Admission()
    known = dict(last_numbers)
    parked = dict(waiting)
    for record, envelope in fresh:
        stream, number = envelope.stream, envelope.number
        if stream is None or number is None:
            admitted.park.append((record, envelope, envelope.poison))
            continue
        if number <= (last := known.get(stream, 0)):
            kept = (kept_ids or {}).get(stream, b"") + b"".join(admitted.ids.get(stream, ()))
            if is_foreign(envelope.id, number, kept, last):
                admitted.park_foreign(record, envelope)
            continue
        if (stream, number) in parked:
            other = parked[stream, number]
            if other is not None and other.id != envelope.id:
                admitted.park_foreign(record, envelope)
            continue
        reason = envelope.poison or failed
        if reason is not None or number > known.get(stream, 0) + 1:
            admitted.park.append((record, envelope, reason))
            parked[stream, number] = envelope
            continue
        admitted.take(envelope)
        known[stream] = number
        while len(admitted.unpark) != followers:
            following = parked.get((stream, known[stream] + 1))
            if following is None or following.poison is not None:
                break
            admitted.take(following)
            known[stream] += 1
            admitted.unpark.append(following)
            del parked[stream, known[stream]]
    admitted.numbers = {stream: number for stream, number in known.items() if number != last_numbers.get(stream, 0)}
    return admitted
