"""The changes of a command: its own aggregate and further ones, decided one by one and stored together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.commands.table import Aggregate
from chassis.domain.decider import State
from chassis.store.append import Append, StreamAppend, encode_event
from chassis.store.decision_view import View
from chassis.store.encryption import SealedState, Sealing
from chassis.store.store import Loaded, Store

NOTHING = SealedState("null", None, None)


@dataclass(frozen=True)
class Change:
    """The events decided for one aggregate, each with what is stored beside it, and the state after them."""

    aggregate: Aggregate
    loaded: Loaded
    events: Sequence[BaseModel]
    metadata: Sequence[dict[str, Any]]
    state: State | None
    view: View


async def append_of(
    store: Store,
    public: Collection[type[BaseModel]],
    changes: Sequence[Change],
    command_id: UUID,
    fingerprint: str | None,
) -> Append:
    """One append of all changes, the command's own aggregate first; everything that was read is checked with it."""
    own, *further = changes
    sealing: Sealing | None = None
    parts: list[StreamAppend] = []
    made: list[dict[str, Any]] = []
    for change in changes:
        models = [*change.events, change.state] if change.state else change.events
        sealing = await store.sealing(change.aggregate.decider, change.loaded, models, sealing)
        parts.append(encoded(public, change, sealing))
        made += sealing.made
    view = own.view
    return Append(
        command_id=command_id,
        own=parts[0],
        further=[part for part in parts[1:] if part.events],
        fingerprint=fingerprint,
        reads=view.reads({own.loaded.stream, *(change.loaded.stream for change in further if change.events)}),
        guards=view.guards,
        bumps=view.bumps if own.events else (),
        keys=made if own.events else (),
        erases=view.erases if own.events else (),
    )


def encoded(public: Collection[type[BaseModel]], change: Change, sealing: Sealing) -> StreamAppend:
    decider, events, view = change.aggregate.decider, change.events, change.view
    stored = [
        encode_event(event, public=type(event) in public, metadata=metadata, sealing=sealing)
        for event, metadata in zip(events, change.metadata, strict=True)
    ]
    text_of = change.aggregate.text_of
    sealed = sealing.state(change.state, decider.kind, change.aggregate.digested) if change.state else NOTHING
    return StreamAppend(
        stream=change.loaded.stream,
        kind=decider.kind,
        expected=change.loaded.version,
        events=stored,
        state=sealed.text,
        due_at=decider.earliest(change.state),
        claims=view.claims if events else (),
        once=view.once if events else (),
        releases=view.releases if events else (),
        subject=sealed.subject,
        digests=sealed.digests,
        text=text if (text := text_of(change.state)) != text_of(change.loaded.state) else None,
    )
