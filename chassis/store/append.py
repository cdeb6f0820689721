"""The append of one command, encoded as the append function reads it, and its outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel
from pydantic_core import to_json

from chassis.domain.personal import shape
from chassis.store.encryption import Sealing

MAX_EVENT_BYTES = 900_000


class TooLarge(Exception):
    """An event exceeds the size that can be published."""

    outcome = "too-large"


@dataclass(frozen=True)
class StreamAppend:
    """One aggregate's part of an append: its events and state, at the version they were decided on."""

    stream: str
    kind: str
    expected: int
    events: Sequence[Mapping[str, Any]]
    state: str
    due_at: datetime | None = None
    claims: Sequence[str] = ()
    once: Sequence[str] = ()
    releases: Sequence[str] = ()
    subject: UUID | None = None
    digests: Mapping[str, str] | None = None
    text: str | None = None
    """The text that lists search, where the events change it."""

    def encoded(self, **of_command: Any) -> bytes:
        """It as the append function reads it, with what the command has for all streams; what is empty is left out."""
        always = {"stream": self.stream, "kind": self.kind, "expected": self.expected, "events": self.events}
        if self.text is not None:
            always["text"] = self.text
        optional = {
            "due_at": self.due_at,
            "claims": self.claims,
            "once": self.once,
            "releases": self.releases,
            "subject": self.subject,
            "digests": self.digests,
            **of_command,
        }
        head = to_json(always | {name: value for name, value in optional.items() if value})
        return head[:-1] + b',"state":' + self.state.encode() + b"}"


@dataclass(frozen=True)
class Append:
    """One command's request to the store, all or nothing; everything it read must still hold.

    ``own`` is the stream of the aggregate the command was given to, ``further`` are those it changes beside it.
    """

    command_id: UUID
    own: StreamAppend
    further: Sequence[StreamAppend] = ()
    fingerprint: str | None = None
    reads: Mapping[str, int] = field(default_factory=dict)
    guards: Mapping[str, int] = field(default_factory=dict)
    bumps: Sequence[str] = ()
    keys: Sequence[Mapping[str, Any]] = ()
    erases: Sequence[UUID] = ()

    def encoded(self) -> bytes:
        entry = self.own.encoded(
            command_id=self.command_id,
            fingerprint=self.fingerprint,
            reads=self.reads,
            guards=self.guards,
            bumps=self.bumps,
            keys=self.keys,
            erases=self.erases,
        )
        if not self.further:
            return entry
        return entry[:-1] + b',"further":[' + b",".join(one.encoded() for one in self.further) + b"]}"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one entry: ``appended``, ``repeated``, ``reused``, ``conflict`` or ``taken``."""

    outcome: str
    version: int
    published: int
    recorded_at: datetime
    detail: str | None


def encode_event(
    event: BaseModel, *, public: bool, metadata: Mapping[str, Any], sealing: Sealing | None = None
) -> Mapping[str, Any]:
    """An event as the append function stores it: its exact text, sealed where it is personal, never touched again."""
    if sealing is None and shape(type(event)).node is not None:
        raise TypeError(f"{type(event).__name__} is personal and nobody seals it")
    data = sealing.event(event) if sealing else event.model_dump_json()
    if len(data.encode()) > MAX_EVENT_BYTES:
        raise TooLarge(type(event).__name__)
    return {
        "type": type(event).__name__,
        "data": data,
        "metadata": to_json(metadata).decode(),
        "public": public,
        "effective_on": event.__dict__.get("effective_on"),
    }


def event_id(command_id: UUID, index: int) -> UUID:
    """The id of a command's event: the same whenever the command is repeated."""
    return uuid5(command_id, str(index))
