"""What was asked and what was answered, and what was found afterwards: all that a judge may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Outcome = Literal["ok", "fail", "unknown"]


@dataclass
class Invocation:
    """A command as its caller saw it; times in seconds of one clock, ``events`` how many it leads to.

    ``ok``: it was acknowledged, with its stream's version after it. ``fail``: it was refused, so nothing may be stored.
    ``unknown``: no answer came that says either.
    """

    id: str
    stream: str
    name: str
    events: int
    invoked: float
    outcome: Outcome = "unknown"
    ended: float = float("inf")
    version: int = 0
    attempts: int = 0


@dataclass(frozen=True)
class Read:
    """A state as a caller read it: asked for at a moment, answered with a version."""

    stream: str
    invoked: float
    version: int


@dataclass
class History:
    """All commands and reads of a run; ``wrong`` notes answers that nobody should ever get."""

    asked: list[Invocation] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether any command was."""
        return any(one.outcome == "ok" for one in self.asked)


@dataclass(frozen=True)
class Event:
    """An event as stored; ``command`` is the id under which its caller asked for it."""

    position: int
    stream: str
    version: int
    published: int | None
    type: str
    data: str
    id: str
    command: str | None
    cause: str | None
    recorded_at: Any


@dataclass(frozen=True)
class Sent:
    """A message as found in Kafka, in the order of its partition."""

    stream: str
    number: int
    id: str
    data: str


@dataclass(frozen=True)
class Log:
    """A service's database and topic: what lies above a position, and what belongs to the streams in question.

    ``states`` maps a stream to (version, published, state); ``seen`` a reader and stream to a number; ``tallies`` a
    stream to (total, steps) in the service's read model of counting; ``parked`` tells stream and reason.
    """

    after: int
    head: int
    events: Sequence[Event]
    states: Mapping[str, tuple[int, int, Mapping[str, Any]]]
    seen: Mapping[tuple[str, str], int]
    tallies: Mapping[str, tuple[Any, int]]
    parked: Sequence[tuple[str, str | None]]
    sent: Sequence[Sent]

    def of(self, stream: str) -> Sequence[Event]:
        """The events of one stream, in order."""
        return self._by_stream.get(stream, ())

    @cached_property
    def _by_stream(self) -> Mapping[str, Sequence[Event]]:
        by_stream: dict[str, list[Event]] = {}
        for event in self.events:
            by_stream.setdefault(event.stream, []).append(event)
        return by_stream


@dataclass(frozen=True)
class Found:
    """Everything found after a run: the service that was asked, and the one that watches it, if there is one."""

    streams: Sequence[str]
    counting: Log
    watching: Log | None = None
