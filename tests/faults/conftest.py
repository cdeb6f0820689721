"""Databases with the event store and its tests' read model, for what is tried without processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.postgres.migrate import migrate
from portolan.stack.postgres import ServiceDatabase

MIGRATIONS = Path(__file__).parents[1] / "chassis" / "migrations"


@pytest.fixture
def own_database(fresh_database: Callable[[], ServiceDatabase]) -> ServiceDatabase:
    """This test's alone."""
    database = fresh_database()
    migrate(database.owner_url, database.url, MIGRATIONS)
    return database
