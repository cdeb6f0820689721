"""Databases with the event store, and stores and handlers on them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chassis.commands.handler import Handler
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import COUNTERS, EVENTS


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(fresh_database: Callable[[], ServiceDatabase]) -> Callable[[], ServiceDatabase]:
    """Makes a database with an empty event store."""

    from tests.harness import migrated_database

    def make() -> ServiceDatabase:
        return migrated_database(fresh_database, Path(__file__).parent)

    return make


@pytest.fixture(scope="module")
def database(migrated: Callable[[], ServiceDatabase]) -> ServiceDatabase:
    """Shared by a module's tests, each of which keeps to streams of its own."""
    return migrated()


@pytest.fixture
def own_database(migrated: Callable[[], ServiceDatabase]) -> ServiceDatabase:
    """This test's alone, for what looks at the whole log."""
    return migrated()


@pytest.fixture
async def store(database: ServiceDatabase) -> AsyncIterator[Store]:
    store = Store(database.url)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
async def other_store(database: ServiceDatabase) -> AsyncIterator[Store]:
    """Another process's store on the same database."""
    store = Store(database.url)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
def handler(store: Store) -> Handler:
    return Handler(store, EVENTS, aggregates=[COUNTERS], service="counting")


@pytest.fixture
def other_handler(other_store: Store) -> Handler:
    """Another process's handler: it does not queue with the first one."""
    return Handler(other_store, EVENTS, aggregates=[COUNTERS], service="counting")
