"""What charged a budget, read from the log: it stands a few places before the charge, in the same append."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.domain.streams import id_of
from chassis.store.store import Store, StoredEvent

FURTHER = 8
"""So many places before a charge are looked at."""
CHARGING = text(
    "SELECT stream, type, metadata->>'command_id' AS command FROM events WHERE position = ANY(:positions)"
    " AND split_part(stream, '-', 1) = ANY(:kinds) ORDER BY position"
)
Charging = tuple[str, str, UUID, str]
"""The command that appended both, the kind and the id of what charged, and the type of its event."""


async def charging(store: Store, charges: Iterable[StoredEvent], kinds: Sequence[str]) -> list[Charging]:
    """What stands before the charges, of these kinds, in the order of the log."""
    positions = sorted({stored.position - back for stored in charges for back in range(1, FURTHER + 1)})
    rows = await store.rows(CHARGING, {"positions": positions, "kinds": list(kinds)}) if positions else []
    return [(row.command, row.stream.partition("-")[0], id_of(row.stream), row.type) for row in rows]
