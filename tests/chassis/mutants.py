"""Wrong ways to do it. Each one has been somebody's production code; the invariants must notice every one of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chassis.domain.decider import Decider
from chassis.messaging.admission import Admission
from chassis.messaging.cloudevents import Envelope
from chassis.messaging.kafka import Producer, Record
from chassis.messaging.relay import Relay, message
from chassis.postgres.migrate import FUNCTIONS
from chassis.store.decision_view import S, View
from chassis.store.store import StoredEvent

APPEND = (FUNCTIONS / "append.sql").read_text()

# Every entry is judged one by one, where the mutants' changes are.
ONE_BY_ONE = ("IF jsonb_array_length(batch) > 2 THEN", "IF false THEN")


def altered(*changes: tuple[str, str]) -> str:
    """The append function with some of its text changed."""
    function = APPEND
    for old, new in (ONE_BY_ONE, *changes):
        assert old in function, f"the append function has no {old!r} any more: adapt the mutant"
        function = function.replace(old, new)
    return function


JUDGES_VERSION = "IF coalesce(own_version, 0) <> (part->>'expected')::integer THEN"

# A sequence hands out positions before the commit, and nothing makes the second commit wait for the first.
PLAIN_IDENTITY = "CREATE SEQUENCE careless; " + altered(
    ("PERFORM pg_advisory_xact_lock(hashtext('portolan.append'));", ""),
    ("last.position + n,", "nextval('careless'),"),
    ("WHERE h.position <> last.position;", "WHERE false;"),
)

# Anyone who comes too late is told that it went well; what it decided is stored after what it did not know of.
IGNORES_CONFLICTS = altered((JUDGES_VERSION, "IF false THEN"))

# Anyone who comes too late is told that it went well; what it decided is dropped.
DOES_NOTHING_ON_CONFLICT = altered(
    (JUDGES_VERSION, "IF false THEN"),
    ("own_version := coalesce(own_version, 0);", "own_version := (part->>'expected')::integer;"),
    (
        "FROM jsonb_array_elements(part->'events') WITH ORDINALITY AS t(e, n);",
        "FROM jsonb_array_elements(part->'events') WITH ORDINALITY AS t(e, n) ON CONFLICT DO NOTHING;",
    ),
)

# Neither the streams nor the sets a decision read are looked at again.
FORGETS_WHAT_WAS_READ = altered(
    ("IF outcome IS NULL AND entry ? 'reads' THEN", "IF false THEN"),
    ("IF outcome IS NULL AND entry ? 'guards' THEN", "IF false THEN"),
)

# Of several streams only the command's own is checked and stored: what it promised the others never happens.
STORES_HALF_OF_THE_STREAMS = altered(("IF entry ? 'further' THEN", "IF false THEN"))

# Of several streams only the command's own is looked at again.
CHECKS_ONE_OF_THE_STREAMS = altered(
    (
        "FOREACH part IN ARRAY parts LOOP\n            SELECT s.version INTO",
        "FOREACH part IN ARRAY parts[1:1] LOOP\n            SELECT s.version INTO",
    )
)


class LastReadWins(View):
    """Asks the store for whatever it looks at, and has the append check what it saw last."""

    async def state(self, decider: Decider[S], id: UUID | None) -> S | None:
        if id is not None:
            self._forget(decider.stream(id))
        return await super().state(decider, id)

    async def histories(self, decider: Decider[S], ids: Sequence[UUID]) -> list[list[StoredEvent]]:
        for id in ids:
            self._forget(decider.stream(id))
        return await super().histories(decider, ids)

    async def guarded_by(
        self, guards: Sequence[str], query: Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        self.guards = {guard: value for guard, value in self.guards.items() if guard not in guards}
        self._sets.clear()
        return await super().guarded_by(guards, query, parameters)

    def _forget(self, stream: str) -> None:
        if stream != self.stream:
            self._loaded.pop(stream, None)
            self._histories.pop(stream, None)


class PlainPolling(Relay):
    """Takes the highest position it sees for the end of what there will ever be below it."""

    ask_head = text("SELECT coalesce(max(position), 0) FROM events")


class AtMostOnce(Relay):
    """Moves the checkpoint first and sends then."""

    def _pump(self, connection: Connection, producer: Producer, position: int) -> tuple[int, int]:
        head: int = connection.execute(self.ask_head).scalar_one()
        if head > position:
            connection.execute(text("UPDATE relay SET position = :head"), {"head": head})
        return super()._pump(connection, producer, position)


class SkipLocked(Relay):
    """Shares the work: leads together with others, and takes the first event that nobody else has taken."""

    take = text(f"{Relay.ask_events} FOR UPDATE SKIP LOCKED")

    def _elected(self, connection: Connection) -> bool:
        return True

    def _pump(self, connection: Connection, producer: Producer, position: int) -> tuple[int, int]:
        events = connection.execute(self.take, {"position": position, "limit": 1, "restricted": []}).all()
        producer.send_all(self._route.topic, [message(self._route.service, event) for event in events])
        connection.commit()
        return (events[-1].position if events else position), len(events)


def admit_by_position(
    fresh: Sequence[tuple[Record, Envelope]], *, seen: dict[int, int], positions: Mapping[str, int]
) -> Admission:
    """Drops what is not above the last position seen of its partition; ``positions`` by the event's id."""
    admitted = Admission()
    for _, envelope in fresh:
        position = positions[envelope.id]
        if position > seen.get(envelope.partition, 0):
            seen[envelope.partition] = position
            admitted.apply.append(envelope)
    return admitted
