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
class Append:
    """One command's request to the store; everything it read must still hold."""

    command_id: UUID
    stream: str
    kind: str
    expected: int
    events: Sequence[Mapping[str, Any]]
    state: str
    fingerprint: str | None = None
    due_at: datetime | None = None
    reads: Mapping[str, int] = field(default_factory=dict)
    guards: Mapping[str, int] = field(default_factory=dict)
    bumps: Sequence[str] = ()
    claims: Sequence[str] = ()
    once: Sequence[str] = ()
    releases: Sequence[str] = ()
    subject: UUID | None = None
    lookup: Mapping[str, Any] | None = None
    keys: Sequence[Mapping[str, Any]] = ()
    erases: Sequence[UUID] = ()

    def encoded(self) -> bytes:
        """The entry as the append function reads it; what is empty is left out."""
        entry = {
            "command_id": self.command_id,
            "stream": self.stream,
            "kind": self.kind,
            "expected": self.expected,
            "fingerprint": self.fingerprint,
            "due_at": self.due_at,
            "events": self.events,
        }
        optional = {
            "reads": self.reads,
            "guards": self.guards,
            "bumps": self.bumps,
            "claims": self.claims,
            "once": self.once,
            "releases": self.releases,
            "subject": self.subject,
            "lookup": self.lookup,
            "keys": self.keys,
            "erases": self.erases,
        }
        head = to_json(entry | {name: value for name, value in optional.items() if value})
        return head[:-1] + b',"state":' + self.state.encode() + b"}"


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
