"""A service's status: its figures and problems, and the queries that read them."""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import text

from chassis.operations.diagnosis import Figures, ParkedReason, Problem

KIND = re.compile(r"[\w .,()\-]{1,80}")


class Status(Figures):
    """A service's figures and problems."""

    problems: list[Problem]


class Ready(BaseModel):
    """The readiness of a service, and its missing dependencies."""

    ready: bool
    missing: list[str]


def revisions(folders: Sequence[Path]) -> tuple[frozenset[str], frozenset[str]]:
    """All revisions of migrations, and those that none follows; read from their text, for Alembic loads slowly."""
    named: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (file for folder in folders for file in folder.glob("versions/*.py")):
        for name, revision in re.findall(r'^(revision|down_revision) = "(\w+)"', file.read_text(), re.MULTILINE):
            named[name].add(revision)
    return frozenset(named["revision"]), frozenset(named["revision"] - named["down_revision"])


def is_current(applied: set[str], known: frozenset[str], heads: frozenset[str]) -> bool:
    """Return whether a database has every known migration; it may have newer ones of a version being rolled out."""
    return len(applied) >= len(heads) and applied & known <= heads


def kinds(reasons: Sequence[tuple[str, str, int]]) -> list[ParkedReason]:
    """The reasons by their kind: an exception's text may quote data, its type does not."""
    counted: dict[tuple[str, str], int] = {}
    for reader, reason, count in reasons:
        kind, colon, _ = reason.partition(" in ")[0].partition(":")
        if colon and not kind[:1].isupper():  # a field's place, where the data were not of the right form
            kind = f"unreadable {kind}"
        key = (reader, kind if KIND.fullmatch(kind) else "unreadable")
        counted[key] = counted.get(key, 0) + count
    return [ParkedReason(reader=reader, reason=kind, count=count) for (reader, kind), count in sorted(counted.items())]


FIGURES = text(
    "SELECT h.position AS recorded, h.published, r.published AS relayed,"
    " EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
    "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    "  AND objid = (hashtext('portolan.relay')::bigint & 4294967295)::oid) AS relay_leads,"
    " coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at) FROM events e"
    "  WHERE e.position > r.position AND e.published IS NOT NULL ORDER BY e.position LIMIT 1), 0)::float8"
    "  AS relay_lag_seconds,"
    " (SELECT count(*) FROM parked) + (SELECT count(*) FROM deadlines) AS parked,"
    " coalesce((SELECT extract(epoch FROM clock_timestamp() - min(parked_at)) FROM parked WHERE reason IS NULL), 0)"
    "  ::float8 AS waiting_seconds,"
    " d.due, coalesce(extract(epoch FROM clock_timestamp() - d.first), 0)::float8 AS due_seconds,"
    " CASE WHEN h.position > 0 THEN h.recorded_at END AS last_recorded_at,"
    " CASE WHEN r.published > 0 THEN r.changed_at END AS last_published_at"
    " FROM head h, relay r,"
    " (SELECT count(*) AS due, min(s.due_at) AS first FROM states s WHERE s.due_at <= clock_timestamp()"
    "  AND NOT EXISTS (SELECT FROM deadlines k WHERE k.stream = s.stream AND k.version = s.version)) d"
)

READERS = text(
    "SELECT t.reader, t.service AS source, t.topic, count(x.end_offset) > 0 AS topic_exists,"
    " coalesce(sum(x.applied), 0)::bigint AS applied, max(x.event_time) AS event_time, max(x.changed_at) AS applied_at,"
    " coalesce(sum(x.behind), 0)::bigint AS lag_events,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(x.behind_since, x.seen_at))"
    "  FILTER (WHERE x.behind > 0)), 0)::float8 AS lag_seconds,"
    " (SELECT count(*) FROM parked p WHERE p.reader = t.reader AND p.topic = t.topic AND reason IS NOT NULL) AS parked,"
    " (SELECT count(*) FROM parked p WHERE p.reader = t.reader AND p.topic = t.topic AND reason IS NULL) AS waiting"
    " FROM unnest(CAST(:readers AS text[]), CAST(:services AS text[]), CAST(:topics AS text[])) AS"
    "  t(reader, service, topic)"
    " LEFT JOIN (SELECT reader, topic, applied, event_time, changed_at, end_offset, behind_since, seen_at,"
    "  greatest(end_offset - coalesce(p.next_offset, 0), 0) AS behind"
    "  FROM progress p FULL JOIN lags l USING (reader, topic, partition)) x"
    " ON x.reader = t.reader AND x.topic = t.topic"
    " GROUP BY t.reader, t.service, t.topic ORDER BY t.reader, t.topic"
)

WORKERS = text(
    "SELECT version, extract(epoch FROM clock_timestamp() - started_at)::float8 AS up_seconds,"
    " extract(epoch FROM clock_timestamp() - heard_at)::float8 AS heard_seconds,"
    " extract(epoch FROM clock_timestamp() - kafka_away_since)::float8 AS kafka_away_seconds, kafka_refused"
    " FROM workers ORDER BY started_at"
)

REASONS = text(
    "SELECT reader, reason, count(*) AS messages FROM"
    " (SELECT reader, reason FROM parked UNION ALL SELECT 'deadlines', reason FROM deadlines) AS p"
    " WHERE reason IS NOT NULL GROUP BY reader, reason LIMIT 1000"
)
