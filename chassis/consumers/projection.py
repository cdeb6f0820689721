"""Read models: rows folded from events in memory, written once per table and batch, together with the place."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, text

from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope

R = TypeVar("R", bound=ReadRow)


@dataclass(frozen=True)
class Fold(Generic[R]):
    """One table: which rows an event touches, and what a row becomes.

    ``keys(envelope) -> [key]``: none where the event does not matter. ``fold(row | None, envelope, key)`` gives the
    row after it, None deletes; pure, no clock. A row folds one stream, or many commutatively.
    """

    table: str
    row: type[R]
    keys: Callable[[Envelope], Sequence[Any]]
    fold: Callable[[R | None, Envelope, Any], R | None]


def of_kind(kind: str) -> Callable[[Envelope], Sequence[UUID]]:
    """The keys of rows that fold one stream of a kind: the aggregate's id."""
    length = len(kind) + 1 + 36

    def keys(envelope: Envelope) -> Sequence[UUID]:
        stream = envelope.stream or ""
        return [envelope.subject] if len(stream) == length and stream.startswith(kind + "-") else []

    return keys


class Projections:
    def __init__(self, folds: Sequence[Fold[Any]]) -> None:
        self.tables = [Table(fold) for fold in folds]

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        known = [envelope for envelope in envelopes if envelope.event is not None]
        # The offset moves in the same transaction: a crash loses both, and Kafka has the events.
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        for table in self.tables:
            table.apply(connection, known)


class Table(Generic[R]):
    """One fold with its prepared statements."""

    def __init__(self, fold: Fold[R]) -> None:
        self.fold = fold
        self._row: Any = fold.row.model_construct
        columns = list(fold.row.model_fields)
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "id")
        names, table = ", ".join(columns), fold.table
        self._rows = TypeAdapter(list[fold.row])  # type: ignore[name-defined]
        self._select = text(f"SELECT {names} FROM {table} WHERE id = ANY(:keys)")  # noqa: S608 (names of ours)
        self._upsert = text(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table},"  # noqa: S608
            f" CAST(:rows AS json)) ON CONFLICT (id) DO UPDATE SET {changes}"
        )
        self._delete = text(f"DELETE FROM {table} WHERE id = ANY(:keys)")  # noqa: S608 (names of ours)

    def touched(self, envelopes: Sequence[Envelope]) -> list[tuple[Any, Envelope]]:
        keys = self.fold.keys
        return [(key, envelope) for envelope in envelopes for key in keys(envelope)]

    def load(self, connection: Connection, keys: Collection[Any]) -> dict[Any, R]:
        found = connection.execute(self._select, {"keys": list(keys)})
        return {row.id: self._row(**row._mapping) for row in found}

    def store(self, connection: Connection, rows: Sequence[R]) -> None:
        if rows:
            connection.execute(self._upsert, {"rows": self._rows.dump_json(rows).decode()})  # type: ignore[arg-type]

    def delete(self, connection: Connection, keys: Collection[Any]) -> None:
        if keys:
            connection.execute(self._delete, {"keys": list(keys)})

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        touched = self.touched(envelopes)
        if not touched:
            return
        before = self.load(connection, {key for key, _ in touched})
        rows: dict[Any, R | None] = dict(before)
        for key, envelope in touched:
            rows[key] = self.fold.fold(rows.get(key), envelope, key)
        self.store(connection, [row for key, row in rows.items() if row is not None and row is not before.get(key)])
        self.delete(connection, [key for key in before if rows[key] is None])
