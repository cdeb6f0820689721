"""Judge messages by their number in their stream, purely: apply, park or drop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.kafka import Record


@dataclass
class Admission:
    """The outcome of judging a batch: what to apply in order, what to park, what no longer waits."""

    apply: list[Envelope] = field(default_factory=list)
    park: list[tuple[Record, Envelope, str | None]] = field(default_factory=list)
    unpark: list[Envelope] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)


def admit(
    fresh: Sequence[tuple[Record, Envelope]],
    *,
    last_numbers: Mapping[str, int],
    waiting: Mapping[tuple[str, int], Envelope | None],
    failed: str | None = None,
    followers: int | None = None,
) -> Admission:
    """Judge records by their number in their stream, purely.

    Not above the last seen: done already. The next one: apply, and after it whatever waited for it (``waiting`` has
    None for those that cannot follow now). Further ahead, or unreadable: parked. An event that waits keeps all later
    ones of its stream waiting; other streams go on. ``failed`` is the reason why a single record's effect failed for
    good; ``followers`` how many of those that waited for it may follow at most.
    """
    admitted = Admission()
    known = dict(last_numbers)
    parked = dict(waiting)
    for record, envelope in fresh:
        stream, number = envelope.stream, envelope.number
        if stream is None or number is None:
            admitted.park.append((record, envelope, envelope.poison))
            continue
        if number <= known.get(stream, 0) or (stream, number) in parked:
            continue
        reason = envelope.poison or failed
        if reason is not None or number > known.get(stream, 0) + 1:
            admitted.park.append((record, envelope, reason))
            parked[stream, number] = envelope
            continue
        admitted.apply.append(envelope)
        known[stream] = number
        while len(admitted.unpark) != followers:
            following = parked.get((stream, known[stream] + 1))
            if following is None or following.poison is not None:
                break
            admitted.apply.append(following)
            known[stream] += 1
            admitted.unpark.append(following)
            del parked[stream, known[stream]]
    admitted.numbers = {stream: number for stream, number in known.items() if number != last_numbers.get(stream, 0)}
    return admitted
