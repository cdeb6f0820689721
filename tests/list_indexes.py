"""Whether every filter and every sort that a service declares is read by the index made for it."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, create_engine, text

from chassis.commands.table import Aggregate
from chassis.domain.decider import SYSTEM, Actor
from chassis.http.paging import listing, query_of
from chassis.postgres.migrate import LISTED, migrate
from chassis.service.definition import Service
from chassis.store.encryption import Privacy
from portolan.stack.postgres import ServiceDatabase

# Of fewer, a page in order is sooner read whole and sorted.
ROWS = 4000
ID = "00000000-0000-0000-0000-000000000001"
# What lists are asked for beside the fields of the state, by the parameter that leads.
EXAMPLES: dict[str, dict[str, Any]] = {
    "division_id": {"division_id": ID},
    "grade": {"grade": ["manager"]},
    "position_id": {"position_id": [ID]},
    "skill": {"skill": "Python", "level": 4},
    "scheme_id": {"scheme_id": ID},
    "depends_on": {"depends_on": ID},
    "service_id": {"service_id": ID},
    "service_month": {"service_month": [f"{ID}:2026-05"]},
}


def plans(service: Service, fresh_database: Callable[[], ServiceDatabase]) -> dict[str, str]:
    """By the name of each index and the way it is used, the plan of a page that needs it."""
    database = fresh_database()
    migrate(database.owner_url, database.url, service.folder, indexes=service.indexes())
    engine = create_engine(database.owner_url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for aggregate in service.aggregates:
                fill(connection, aggregate)
            # What an index of text has not sorted in yet is read as a whole; the server does this by itself in time.
            connection.execute(text("VACUUM ANALYZE states, searchable"))
            found = [plan for aggregate in service.aggregates for plan in plans_of(connection, aggregate)]
    finally:
        engine.dispose()
    used = {index.split(" ")[0] for index, _ in found}
    assert {name for name in used if name.startswith(LISTED)} == {f"{LISTED}{name}" for name in service.indexes()}
    return dict(found)


def fill(connection: Connection, aggregate: Aggregate) -> None:
    """Store rows of the aggregate that differ in every field lists know, days by a day."""
    row = (
        "SELECT jsonb_object_agg(name, CASE WHEN name = ANY(CAST(:days AS text[]))"
        " THEN CAST(date '2020-01-01' + i AS text) ELSE md5(name || i) END) FROM unnest(CAST(:names AS text[])) name"
    )
    connection.execute(
        text(
            "INSERT INTO states (stream, kind, version, published, state, digests, created_at, changed_at)"
            f" SELECT :kind || '-' || gen_random_uuid(), :kind, 1, 1, coalesce(({row}), '{{}}'), ({row}),"
            " timestamptz '2020-01-01Z' + make_interval(days => i), now()"
            " FROM generate_series(1, :rows) i"
        ),
        {
            "kind": aggregate.decider.kind,
            "names": [*{*aggregate.filters, *aggregate.sorts, *aggregate.searched}],
            "days": list(aggregate.days),
            "rows": ROWS,
        },
    )
    if aggregate.searchable:
        connection.execute(
            text("INSERT INTO searchable SELECT stream, md5(stream) FROM states WHERE kind = :kind"),
            {"kind": aggregate.decider.kind},
        )


def plans_of(connection: Connection, aggregate: Aggregate) -> Iterator[tuple[str, str]]:
    """The plans of an aggregate's lists."""
    kind = aggregate.decider.kind.replace("-", "_")
    for name in aggregate.filters:
        yield f"{LISTED}{kind}_of_{name}", plan(connection, aggregate, sort="created_at", **{name: ["one of them"]})
        if aggregate.shown_by:
            found = plan(connection, aggregate, **{name: ["one of them"]})
            # A page that looks for its keys is sorted once more.
            assert "Sort" not in found.partition("Limit")[2], f"its rows are in the order of the list: {found}"
    for name in (each for each in aggregate.sorts if each not in aggregate.in_memory):
        yield f"{LISTED}{kind}_by_{name}", plan(connection, aggregate, sort=name)
    for name in aggregate.days:
        index = f"{LISTED}{kind}_by_{name}" if name in aggregate.sorts else f"{LISTED}{kind}_of_{name}"
        bounds = {f"{name}_from": "2021-01-01", f"{name}_to": "2021-01-07"}
        yield f"{index} within {name}", plan(connection, aggregate, sort="created_at", **bounds)
    for criterion in aggregate.criteria:
        index = f"{LISTED}{criterion.index}" if criterion.on else criterion.index
        asked = EXAMPLES[criterion.leading]
        yield f"{index} by {criterion.leading}", plan(connection, aggregate, sort="created_at", **asked)
    if aggregate.searchable:
        yield f"{LISTED}searchable of {kind}", plan(connection, aggregate, q="c4ca4")
    yield f"{LISTED}created of {kind}", plan(connection, aggregate, sort="-created_at")
    bounds = {"created_at_from": "2021-01-01T00:00:00Z", "created_at_to": "2021-01-07T00:00:00Z"}
    yield f"{LISTED}created within of {kind}", plan(connection, aggregate, sort="created_at", **bounds)


def plan(connection: Connection, aggregate: Aggregate, **asked: Any) -> str:
    """How PostgreSQL reads a page."""
    privacy = Privacy()
    privacy.secret = bytes(32)
    query, parameters = listing(aggregate, query_of(aggregate)(**asked), Actor("test", frozenset({SYSTEM})), privacy)
    return "\n".join(connection.scalars(text(f"EXPLAIN {query}"), parameters))
