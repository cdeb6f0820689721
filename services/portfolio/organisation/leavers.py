"""What a leaver owned passes up the line, and waits for somebody in office where nobody is known: one way for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import TextClause, text

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import Command, Decider, IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from services.portfolio.organisation.facts import answering


@dataclass(frozen=True)
class Owned:
    """Records with ``owner_id`` and ``unresolved``: the owner left, and nobody above them in office is known.

    ``open``: the SQL condition that a record still needs an owner. ``pass_up(leaver_id=, reason=)`` is the command that
    lets the nearest manager above own it.
    """

    decider: Decider[Any]
    open: str
    pass_up: Callable[..., Command]

    @cached_property
    def by_owner(self) -> TextClause:
        fields: Any = Fields(self.decider)
        return text(
            f"SELECT stream FROM states WHERE {fields.of_kind} AND {self.open} AND {fields.owner_id} = :id"
            " ORDER BY stream"
        )

    @cached_property
    def waiting(self) -> TextClause:
        fields: Any = Fields(self.decider)
        return text(
            f"SELECT stream, {fields.owner_id} AS leaver FROM states"
            f" WHERE {fields.of_kind} AND {self.open} AND {fields.unresolved.holds} ORDER BY stream"
        )

    def ordered(self, stream: str, leaver_id: UUID, reason: str) -> IssuedCommand:
        return IssuedCommand(self.decider, id_of(stream), self.pass_up(leaver_id=leaver_id, reason=reason))


async def on_left(owned: Owned, store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Everything open of a leaver passes up the line."""
    leaver = envelope.subject
    # Decisions that took the person for one who works here start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), f"owning {owned.decider.kind}"), answering(leaver))
    rows = await store.rows(owned.by_owner, {"id": str(leaver)})
    return [owned.ordered(row.stream, leaver, "The owner left.") for row in rows]


async def on_line_known(owned: Owned, store: Store, _envelope: Envelope) -> Sequence[IssuedCommand]:
    """What found nobody above in office tries again: somebody may be there now."""
    rows = await store.rows(owned.waiting)
    return [owned.ordered(row.stream, UUID(row.leaver), "Somebody above is known now.") for row in rows]


LINE_KNOWN = (people.PersonAppointed, people.LineManagerChanged, people.PersonReinstated, people.LeavingWithdrawn)
"""The events after which somebody may be in office above who was not before."""


def reactions_of(owned: Owned) -> list[Reaction]:
    """The rows of a reaction table by which these records never stay with a leaver."""
    again = partial(on_line_known, owned)
    return [Reaction(people.PersonLeft, partial(on_left, owned)), *(Reaction(event, again) for event in LINE_KNOWN)]
