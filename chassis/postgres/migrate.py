"""Bring a service's database to its newest schema, over the owner's connection."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text

from chassis.postgres.connections import UNLIMITED, engine
from chassis.postgres.migrations import MIGRATIONS

FUNCTIONS = Path(__file__).parent / "sql"
# The other functions of the event store are called by these only.
CALLED_BY_SERVICES = frozenset(
    {
        *("append", "restate", "put_off", "keep_key", "rewrap_key", "mark_key_announced", "keep_secret"),
        *("begin_rebuild", "index_rebuild", "swap_rebuild", "end_rebuild"),
        *("record_audit", "forget_audit", "ngrams"),
    }
)
LISTED = "list_"
"""The prefix of the names of the lists' indexes."""


def migrate(
    owner_url: str,
    service_url: str,
    folder: Path,
    read_models: Mapping[str, Sequence[str]] | None = None,
    indexes: Mapping[str, str] | None = None,
) -> None:
    """Apply the chassis' and the service's migrations; safe to run at any time, by several processes at once.

    ``folder`` is the service's: its migrations are in ``migrations/``, its SQL functions, if any, in ``sql/``.
    ``read_models`` registers which tables each reader keeps: these are the ones the service may have rebuilt.
    ``indexes`` are those that lists need: by name, what each is on.
    """
    owner = engine(owner_url, "migrate", options=UNLIMITED)
    try:
        with owner.connect() as connection:
            role = make_url(service_url).username
            connection.execute(text("SELECT set_config('portolan.service_role', :role, false)"), {"role": role})
            connection.commit()
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.set_main_option("path_separator", "newline")
            versions = [MIGRATIONS / "versions", folder / "migrations" / "versions"]
            config.set_main_option("version_locations", "\n".join(map(str, versions)))
            config.attributes["connection"] = connection
            command.upgrade(config, "chassis@head")
            command.upgrade(config, "heads")
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('portolan.migrations'))"))
            create_functions(connection, folder)
            register(connection, read_models or {})
            index(connection, {f"{LISTED}{name}": on for name, on in (indexes or {}).items()})
            keep_statistics(connection)
            connection.commit()
    finally:
        owner.dispose()


def create_functions(connection: Connection, folder: Path) -> None:
    """Create the newest version of every SQL function, in any order, and let the service call those meant for it.

    A function whose arguments or result changed, or that is no longer needed, is dropped by a migration.
    """
    connection.execute(text("SET LOCAL check_function_bodies = off"))
    chassis, own = sorted(FUNCTIONS.glob("*.sql")), sorted((folder / "sql").glob("*.sql"))
    for file in (*chassis, *own):
        connection.exec_driver_sql(file.read_text(), execution_options={"no_parameters": True})
        connection.execute(text(f"REVOKE ALL ON FUNCTION {file.stem} FROM PUBLIC"))
    called = [file.stem for file in chassis if file.stem in CALLED_BY_SERVICES] + [file.stem for file in own]
    grant = text(
        "SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', CAST(:functions AS text),"
        " current_setting('portolan.service_role'))"
    )
    connection.execute(text(connection.execute(grant, {"functions": ", ".join(called)}).scalar_one()))


def register(connection: Connection, read_models: Mapping[str, Sequence[str]]) -> None:
    """Let exactly these tables be rebuilt."""
    connection.execute(text("LOCK TABLE read_models"))
    connection.execute(text("DELETE FROM read_models"))
    rows = [{"reader": reader, "table": table} for reader, tables in read_models.items() for table in tables]
    if rows:
        connection.execute(text("INSERT INTO read_models VALUES (:reader, :table)"), rows)


def index(connection: Connection, declared: Mapping[str, str]) -> None:
    """Keep exactly these indexes for lists."""
    present = connection.scalars(
        text("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND starts_with(indexname, :prefix)"),
        {"prefix": LISTED},
    )
    for name in set(present) - set(declared):
        connection.exec_driver_sql(f"DROP INDEX {name}")
    for name, on in declared.items():
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON {on}")


def keep_statistics(connection: Connection) -> None:
    """Keep statistics of exactly what the lists' indexes are on, so that the planner knows how many rows have a value.

    It takes none from indexes of a part of the rows, such as those of one kind. What an operator made stays.
    """
    expressions = connection.scalars(
        text(
            "SELECT DISTINCT pg_get_indexdef(indexrelid, 1, false) FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE starts_with(relname, :prefix) AND indrelid = to_regclass('states') AND indkey[0] = 0"
        ),
        {"prefix": LISTED},
    )
    declared = {f"{LISTED}{hashlib.sha256(each.encode()).hexdigest()[:16]}": each for each in expressions}
    find = text("SELECT stxname FROM pg_statistic_ext WHERE starts_with(stxname, :prefix)")
    present = {*connection.scalars(find, {"prefix": LISTED})}
    for name in present - declared.keys():
        connection.exec_driver_sql(f"DROP STATISTICS {name}")
    missing = sorted(declared.keys() - present)
    for name in missing:
        connection.exec_driver_sql(f"CREATE STATISTICS {name} ON ({declared[name]}) FROM states")
    if missing:
        connection.exec_driver_sql("ANALYZE states")
