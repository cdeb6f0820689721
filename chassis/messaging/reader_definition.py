"""The definition of a reader: its name, topics, types, effect and keys."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from chassis.domain.failures import KeyMissing
from chassis.messaging.cloudevents import Envelope, Types, decode, subjects_of
from chassis.messaging.kafka import Record
from chassis.store.encryption import KeyOf, withheld


class Effect(Protocol):
    """A reader's handling of events, within the transaction that also moves its offset."""

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """Take these in, in this order. Raising ``NotYet`` or a lost connection means again later; all else parks."""


class KeysAwaited(KeyMissing):
    """The keys of these subjects have not come yet."""

    def __init__(self, subjects: Collection[UUID], why: str) -> None:
        super().__init__(why)
        self.subjects = subjects


@dataclass(frozen=True)
class Reader:
    """A named reader of some topics; its places and numbers live in its service's database under its name."""

    name: str
    topics: Sequence[str]
    types: Types
    effect: Effect
    keys: Callable[[Connection, Collection[UUID]], KeyOf] = lambda *_: withheld

    def decode(
        self, connection: Connection, records: Sequence[Record], *, without: Collection[UUID] | None = None
    ) -> list[Envelope]:
        """Messages read with the keys this database has now; those whose key has not come yet are poison until then.

        Where ``without`` names the subjects nobody waits for any more, the others are: raises ``KeysAwaited``.
        """
        key_of = self.keys(connection, subjects_of(records, self.types))
        envelopes, awaited, why = [], set[UUID](), ""
        for record in records:
            try:
                envelopes.append(decode(record, self.types, key_of))
            except KeyMissing as missing:
                (subject,) = subjects_of([record], self.types)
                if without is not None and subject not in without:
                    awaited.add(subject)
                    why = str(missing)
                envelopes.append(replace(decode(record, {}), poison=f"{KEY_NOT_RECEIVED}{subject}"))
        if awaited:
            raise KeysAwaited(awaited, why)
        return envelopes


KEY_NOT_RECEIVED = "The key of its subject has not come: "
"""Why a message is parked whose key has not come; the subject follows."""
