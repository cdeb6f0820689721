"""Judges a run, purely: whether what was acknowledged, stored, published and applied fits together."""

from bisect import bisect_left
from collections import Counter as Multiset
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

from chassis.domain.streams import id_of
from tests.chassis.counter import COUNTER, Counter
from tests.faults.history import Event, Found, History, Invocation, Log, Sent
from tests.faults.watching import MIRRORED

READERS = {"counting": ("tallies",), "watching": ("reference", "reactions")}


def violations(history: History, found: Found) -> list[str]:
    """Every way in which the run breaks a promise; none, whatever failed."""
    told = [
        *history.wrong,
        *log_violations("counting", found.counting, found.streams),
        *command_violations(history.asked, found),
        *order_violations(history, found.counting),
        *rule_violations(found),
        *topic_violations("counting", found.counting, found.streams),
        *taken_in(found.counting, found.counting, READERS["counting"], found.streams),
    ]
    if found.watching is not None:
        told += [
            *log_violations("watching", found.watching, found.streams),
            *topic_violations("watching", found.watching, found.streams),
            *taken_in(found.counting, found.watching, READERS["watching"], found.streams),
            *reaction_violations(found.counting, found.watching, found.streams),
        ]
    return told


def duplicates(sent: Sequence[Sent]) -> int:
    """How many messages came again."""
    return len(sent) - len({(one.stream, one.number) for one in sent})


def log_violations(name: str, log: Log, streams: Sequence[str]) -> Iterator[str]:
    """A log without holes, whose states are the folds of its events."""
    positions = [event.position for event in log.events]
    if positions != list(range(log.after + 1, log.head + 1)):
        yield f"{name}: positions {log.after + 1} to {log.head} have holes or come twice"
    times = [event.recorded_at for event in log.events]
    if times != sorted(times):
        yield f"{name}: recorded_at runs backwards"
    for stream in streams:
        own = log.of(stream)
        numbers = [event.published for event in own if event.published is not None]
        if [event.version for event in own] != list(range(1, len(own) + 1)):
            yield f"{name}: versions of {stream} have holes or come twice"
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{name}: published numbers of {stream} have holes or come twice"
        if not own and stream not in log.states:
            continue
        version, published, state = log.states.get(stream, (0, 0, {}))
        if (version, published) != (len(own), len(numbers)):
            yield f"{name}: the state of {stream} is of version {version}, the log of {len(own)}"
        elif Counter.model_validate(state, strict=False) != folded(own):
            yield f"{name}: the state of {stream} is not the fold of its events"


def folded(events: Sequence[Event]) -> Counter | None:
    """A counter's state after its events."""
    return COUNTER.fold([COUNTER.types[event.type].model_validate_json(event.data) for event in events])


def command_violations(asked: Sequence[Invocation], found: Found) -> Iterator[str]:
    """Acknowledged means stored, refused means not stored, unknown means at most once; nobody's means invented."""
    among = set(found.streams)
    stored: dict[str | None, list[Event]] = {}
    for event in found.counting.events:
        if event.stream in among:
            stored.setdefault(event.command, []).append(event)
    for one in asked:
        events = stored.pop(one.id, [])
        if one.outcome == "ok" and not events:
            yield f"acknowledged but not stored: {one.name} {one.id} on {one.stream}"
        if one.outcome == "fail" and events:
            yield f"refused but stored: {one.name} {one.id} on {one.stream}"
        if not events:
            continue
        if len(events) != one.events:
            yield f"stored {len(events)} events where {one.events} are right: {one.name} {one.id} on {one.stream}"
        first = events[0]
        whole = [(one.stream, first.version + i, first.position + i) for i in range(len(events))]
        if [(event.stream, event.version, event.position) for event in events] != whole:
            yield f"not stored in one piece: {one.name} {one.id} on {one.stream}"
        if one.outcome == "ok" and one.version != events[-1].version:
            yield f"acknowledged at version {one.version}, stored at {events[-1].version}: {one.id} on {one.stream}"
    yield from (
        f"nobody asked for {events[0].type} {command} on {events[0].stream}" for command, events in stored.items()
    )


def order_violations(history: History, log: Log) -> Iterator[str]:
    """Who asks after an acknowledgement comes after it, and reads it."""
    acknowledged: dict[str, list[Invocation]] = {}
    for one in history.asked:
        if one.outcome == "ok":
            acknowledged.setdefault(one.stream, []).append(one)
    known = {stream: Known(commands) for stream, commands in acknowledged.items()}
    for stream, commands in acknowledged.items():
        for later in commands:
            if later.version <= (before := known[stream].at(later.invoked)):
                yield f"{later.name} {later.id} was asked for after version {before} of {stream} and lies before it"
    for read in history.reads:
        if read.stream in known and read.version < (before := known[read.stream].at(read.invoked)):
            yield f"a reader of {read.stream} got version {read.version} after {before} was acknowledged"
        if read.version > len(log.of(read.stream)):
            yield f"a reader of {read.stream} got version {read.version}, which is gone"


class Known:
    """The highest version of a stream that was acknowledged before a moment."""

    def __init__(self, commands: Sequence[Invocation]) -> None:
        by_end = sorted(commands, key=lambda one: one.ended)
        self._ends = [one.ended for one in by_end]
        self._highest = [0, *accumulate((one.version for one in by_end), max)]

    def at(self, moment: float) -> int:
        """The version; 0 where none was."""
        return self._highest[bisect_left(self._ends, moment)]


def rule_violations(found: Found) -> Iterator[str]:
    """Rules across streams: no counter below itself or below a closed one, no code on two open counters."""
    counters = {}
    for stream in found.streams:
        state = folded(found.counting.of(stream))
        if state is not None:
            counters[id_of(stream)] = state
    for id, counter in counters.items():
        above = counter.parent_id
        for _ in counters:
            if above == id:
                yield f"counter {id} lies below itself"
                break
            above = counters[above].parent_id if above in counters else None
        if not counter.closed and counter.parent_id in counters and counters[counter.parent_id].closed:
            yield f"counter {id} is open below a closed one"
    codes = Multiset(counter.code for counter in counters.values() if counter.code and not counter.closed)
    yield from (f"{count} open counters have the code {code}" for code, count in codes.items() if count > 1)


def topic_violations(name: str, log: Log, streams: Sequence[str]) -> Iterator[str]:
    """What is stored is published, byte for byte and in its stream's order, and nothing else is."""
    stored = {(event.stream, event.published): event for event in log.events if event.published is not None}
    sent: dict[str, dict[int, None]] = {stream: {} for stream in streams}
    for one in log.sent:
        if one.stream not in sent:
            continue
        event = stored.get((one.stream, one.number))
        if event is None:
            yield f"{name}: published but not stored: {one.number} of {one.stream}"
        elif (event.data, event.id) != (one.data, one.id):
            yield f"{name}: published otherwise than stored: {one.number} of {one.stream}"
        sent[one.stream].setdefault(one.number)
    for stream, numbers in sent.items():
        public = [event.published for event in log.of(stream) if event.published is not None]
        if missing := [number for number in public if number not in numbers]:
            yield f"{name}: stored but never published: {missing} of {stream}"
        if list(numbers) != sorted(numbers):
            yield f"{name}: published out of order: {stream}"


def taken_in(source: Log, reading: Log, readers: Sequence[str], streams: Sequence[str]) -> Iterator[str]:
    """What is published has had its effect once: numbers, nothing aside, and a read model equal to the log's fold."""
    for stream in streams:
        public = [event for event in source.of(stream) if event.published is not None]
        for reader in readers:
            if (number := reading.seen.get((reader, stream), 0)) != len(public):
                yield f"{reader} has seen {number} of {len(public)} events of {stream}"
        right = tally(public)
        if (row := reading.tallies.get(stream)) != right:
            yield f"the read model beside {readers[0]} says {row} of {stream}, the log {right}"
    yield from (f"parked: {stream}: {reason}" for stream, reason in reading.parked)


def tally(events: Sequence[Event]) -> tuple[Decimal, int] | None:
    """What a read model must say of a counter; None where there is none, or none any more."""
    state = folded(events)
    return None if state is None or state.closed else (state.total, state.steps)


def reaction_violations(source: Log, mirror: Log, streams: Sequence[str]) -> Iterator[str]:
    """Every event has led to its command exactly once, in order."""
    for stream in streams:
        causes = [event.id for event in source.of(stream) if event.type in MIRRORED]
        effects = [event.cause for event in mirror.of(stream)]
        times = Multiset(effects)
        if missing := [cause for cause in causes if not times[cause]]:
            yield f"{len(missing)} events of {stream} have had no reaction"
        if doubled := [cause for cause, count in times.items() if count > 1]:
            yield f"{len(doubled)} events of {stream} have had their reaction more than once"
        if invented := set(effects) - set(causes):
            yield f"{len(invented)} reactions on {stream} have no cause"
        if effects != causes and not (missing or doubled or invented):
            yield f"reactions on {stream} are out of order"
