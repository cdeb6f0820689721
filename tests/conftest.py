"""What every test may ask for: the run's PostgreSQL and Kafka, databases of its own, names nobody else has."""

import gc
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import pytest
from hypothesis import settings

from portolan.stack.postgres import ServiceDatabase
from tests.engine import what_is_missing
from tests.examples import TIMES, examples
from tests.infrastructure import Databases, Infrastructure, begin_test_run, shared_infrastructure, within_test_run

if TYPE_CHECKING:
    from tests.business import Business

# `containers` for PostgreSQL and Kafka by testcontainers; by default they are those of the local stack.
ON_CONTAINERS = os.environ.get("PORTOLAN_TEST_ON") == "containers"
# Set in CI: what would be left out fails.
REQUIRE_ALL = bool(os.environ.get("PORTOLAN_REQUIRE_ALL"))
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
CHROMIUM = Path("/usr/bin/chromium")
# The files that take a minute or longer: they begin, so that no worker is left with one of them at the end.
LONG = (
    "deploy/test_services_alone.py",
    "faults/test_faults.py",
    "journeys/test_newcomer.py",
    "deploy/test_compose.py",
    "importer/test_import_journey.py",
    "docs/test_guide.py",
    "demo/test_demo_company.py",
    "chassis/test_status.py",
    "journeys/test_backup.py",
    "surface/test_schemathesis.py",
    "people/test_authority.py",
    "contracts/test_published_language.py",
    "journeys/test_erasure.py",
)
_RUN = pytest.StashKey[Infrastructure]()
_INFRASTRUCTURE = pytest.StashKey[type[Infrastructure]]()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only tests that start no server, and of no long file")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(50_000, 20, 100)  # as services do: they run in this process
    # kafka-python reads its own files the way Python 3.11 and 3.12 discourage.
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")
    # What CI finds is about the change it judges; `make test` looks elsewhere every time.
    derandomize = REQUIRE_ALL and TIMES == 1
    settings.register_profile("portolan", derandomize=derandomize, max_examples=examples(100), deadline=None)
    settings.load_profile("portolan")
    if not _is_worker(config) and not within_test_run():
        config.stash[_RUN] = begin_test_run()
    if ON_CONTAINERS:
        # Only such runs import testcontainers and ask for Docker.
        from tests.containers import ContainerInfrastructure, remove_orphans

        config.stash[_INFRASTRUCTURE] = ContainerInfrastructure
        if _RUN in config.stash:
            config.stash[_RUN] = ContainerInfrastructure(config.stash[_RUN].run)
            remove_orphans()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].end()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the long files begin; leave out what this machine has no browser, engine or data for, saying what helps."""
    if config.getoption("--fast"):
        items[:] = [item for item in items if is_fast(item)]
    if ON_CONTAINERS:
        # The others find the same servers wherever they run: none.
        items[:] = [item for item in items if needs_servers(item)]
    here = Path(__file__).parent
    begins = {here / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: begins.get(item.path, len(LONG)))
    if REQUIRE_ALL:
        return
    if not os.environ.get("PORTOLAN_REAL_DATA"):
        leave_out(items, "real_data", "PORTOLAN_REAL_DATA names no portfolio: the federal IT projects of 2012, a CSV")
    if not CHROMIUM.exists():
        leave_out(items, "browser", f"no browser at {CHROMIUM}; on Debian: apt-get install chromium")
    if any(item.get_closest_marker("containers") for item in items) and (why := what_is_missing()):
        leave_out(items, "containers", why)


def needs_servers(item: pytest.Item) -> bool:
    """Whether a test asks for PostgreSQL or Kafka, or is about containers."""
    assert isinstance(item, pytest.Function)
    return "infrastructure" in item.fixturenames or item.get_closest_marker("containers") is not None


def is_fast(item: pytest.Item) -> bool:
    """Whether a test is one of those that `make check-fast` runs while somebody waits."""
    return not needs_servers(item) and item.path.relative_to(Path(__file__).parent).as_posix() not in LONG


def leave_out(items: list[pytest.Item], marker: str, why: str) -> None:
    """Skip the tests with a marker."""
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nothing may be left out, a test that skips itself fails."""
    report = yield
    return _required(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So does a file that skips itself."""
    report = yield
    return _required(report)


def _required(report: Report) -> Report:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"PORTOLAN_REQUIRE_ALL is set, and this was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def infrastructure(pytestconfig: pytest.Config) -> Infrastructure:
    """`.postgres` and `.broker`, shared by all workers; a server starts when a test first names it."""
    return pytestconfig.stash.get(_INFRASTRUCTURE, Infrastructure)(shared_infrastructure().run)


@pytest.fixture(scope="session")
def fresh_database(infrastructure: Infrastructure) -> Databases:
    """Makes an empty database."""
    return Databases(infrastructure)


@pytest.fixture(scope="session")
def new_folder(infrastructure: Infrastructure) -> Callable[[], Path]:
    """Makes a folder for servers of a test's own, below the run's: however the run ends, they end with it."""

    def make() -> Path:
        folder = infrastructure.run / f"stack-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o755)
        return folder

    return make


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Takes every statement that this process sends over an asynchronous connection from now on."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def recorded(cursor: psycopg.AsyncCursor[Any], query: Any, *arguments: Any, **how: Any) -> Any:
        sent.append(str(query))
        return await execute(cursor, query, *arguments, **how)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", recorded)
    return sent


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

    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        # One caller stands for many here.
        made.settings |= {"limit_commands": 10_000, "limit_past_reads": 10_000}
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        yield Business(made)
