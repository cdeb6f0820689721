"""Small things every measure on a database needs."""

from typing import Any

import psycopg

from portolan.stack.postgres import ServiceDatabase


def driver(url: str) -> str:
    """An address as libpq takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def connect(url: str) -> "psycopg.Connection[Any]":
    """A connection that commits each statement."""
    return psycopg.connect(driver(url), autocommit=True)


def check_log(database: ServiceDatabase) -> str:
    """Positions and versions have no hole, published numbers none either, and every state is at its last event."""
    with connect(database.url) as connection:
        row = connection.execute(
            "SELECT count(*), coalesce(max(position), 0), (SELECT count(*) FROM (SELECT FROM events GROUP BY stream"
            " HAVING max(version) <> count(*) OR max(published) <> count(published)) AS t),"
            " (SELECT count(*) FROM states s JOIN (SELECT stream, max(version) AS last FROM events GROUP BY stream) e"
            "   USING (stream) WHERE s.version <> e.last) FROM events"
        ).fetchone()
    assert row is not None
    events, last, holes, stale = row
    if (last, holes, stale) != (events, 0, 0):
        raise AssertionError(f"events {events}, last {last}, streams with holes {holes}, stale states {stale}")
    return f"{events:,} events: no hole in positions, versions or numbers; every state at its last event"
