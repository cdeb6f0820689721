"""Whether every filter and every sort that a service declares is read by the index made for it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, create_engine, text

from chassis.commands.table import Aggregate
from chassis.domain.decider import SYSTEM, Actor
from chassis.http.paging import listing
from chassis.postgres.migrate import LISTED, migrate
from chassis.service.definition import Service
from portolan.stack.postgres import ServiceDatabase

ROWS = 2000


def plans(service: Service, fresh_database: Callable[[], ServiceDatabase]) -> dict[str, str]:
    """By the name of each index, the plan of a page that filters or sorts by its field."""
    database = fresh_database()
    migrate(database.owner_url, database.url, service.folder, indexes=service.indexes())
    engine = create_engine(database.owner_url)
    try:
        with engine.connect() as connection:
            for aggregate in service.aggregates:
                fill(connection, aggregate)
            connection.execute(text("ANALYZE states"))
            found = [plan for aggregate in service.aggregates for plan in plans_of(connection, aggregate)]
    finally:
        engine.dispose()
    assert len(dict(found)) == len(found) == sum(len(each.filters) + len(each.sorts) for each in service.aggregates)
    return dict(found)


def fill(connection: Connection, aggregate: Aggregate) -> None:
    """Store rows of the aggregate that differ in every field lists know."""
    names = [*aggregate.filters, *aggregate.sorts]
    row = "SELECT jsonb_object_agg(name, md5(name || i)) FROM unnest(CAST(:names AS text[])) name"
    connection.execute(
        text(
            "INSERT INTO states (stream, kind, version, published, state, lookup, created_at, changed_at)"
            f" SELECT :kind || '-' || gen_random_uuid(), :kind, 1, 1, coalesce(({row}), '{{}}'), ({row}), now(), now()"
            " FROM generate_series(1, :rows) i"
        ),
        {"kind": aggregate.decider.kind, "names": names, "rows": ROWS},
    )


def plans_of(connection: Connection, aggregate: Aggregate) -> Iterator[tuple[str, str]]:
    """The plans of an aggregate's lists."""
    kind = aggregate.decider.kind.replace("-", "_")
    for name in aggregate.filters:
        yield f"{LISTED}{kind}_{name}", plan(connection, aggregate, sort="created_at", **{name: ["one of them"]})
    for name in aggregate.sorts:
        yield f"{LISTED}{kind}_by_{name}", plan(connection, aggregate, sort=name)


def plan(connection: Connection, aggregate: Aggregate, **asked: Any) -> str:
    """How PostgreSQL reads a page."""
    nothing = dict.fromkeys(aggregate.filters)
    page = SimpleNamespace(**nothing | {"page_size": 100, "page_token": None} | asked)
    query, parameters = listing(aggregate, page, Actor("test", frozenset({SYSTEM})))
    return "\n".join(connection.scalars(text(f"EXPLAIN {query}"), parameters))
