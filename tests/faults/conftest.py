"""Databases with the event store and its tests' read model, for what is tried without processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from portolan.stack.postgres import ServiceDatabase

FOLDER = Path(__file__).parents[1] / "chassis"


@pytest.fixture
def own_database(fresh_database: Callable[[], ServiceDatabase]) -> ServiceDatabase:
    """This test's alone."""
    from tests.harness import migrated_database

    return migrated_database(fresh_database, FOLDER)
