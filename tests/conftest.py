"""What every test may ask for: the run's PostgreSQL and Kafka, databases of its own, names nobody else has."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portolan.stack.postgres import ServiceDatabase
from portolan.stack.testing import Infrastructure, begin_test_run, shared_infrastructure

if TYPE_CHECKING:
    from tests.business import Business

CHROMIUM = Path("/usr/bin/chromium")
_RUN = pytest.StashKey[Infrastructure]()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python reads its own files the way Python 3.11 and 3.12 discourage.
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")
    if not _is_worker(config):
        config.stash[_RUN] = begin_test_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine has no browser for, saying how to get one; CI leaves nothing out."""
    if CHROMIUM.exists() or os.environ.get("PORTOLAN_REQUIRE_ALL"):
        return
    why = f"no browser at {CHROMIUM}; on Debian: apt-get install chromium"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def infrastructure() -> Infrastructure:
    """`.postgres` and `.kafka_bootstrap`, shared by all workers; a server starts when a test first names it."""
    return shared_infrastructure()


@pytest.fixture(scope="session")
def fresh_database(infrastructure: Infrastructure) -> Callable[[], ServiceDatabase]:
    """Makes an empty database with an owner and a service role; the run's server takes them all with it."""

    def make() -> ServiceDatabase:
        return infrastructure.postgres.create_service_database(f"test_{secrets.token_hex(6)}")

    return make


@pytest.fixture
def topic_prefix() -> str:
    """Begins the names of this test's topics and consumer groups."""
    return f"test-{secrets.token_hex(6)}."


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Business]":
    """All four services of a company of its own, and the ways to act in it; they start once for a file of tests."""
    # What tests of the stack alone do not need is not imported for them.
    from services.finance.app import SERVICE as FINANCE
    from services.people.app import SERVICE as PEOPLE
    from services.portfolio.app import SERVICE as PORTFOLIO
    from services.reporting.app import SERVICE as REPORTING
    from tests.business import Business
    from tests.harness import company

    with company(infrastructure.kafka_bootstrap, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        yield Business(made)
