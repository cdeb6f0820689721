"""Portfolio without its siblings on a clock that a test moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE
from tests.harness import MovableClock, company
from tests.infrastructure import Infrastructure
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY


def noon(days: int) -> datetime:
    """Noon so many days from today."""
    return datetime.combine(TODAY, time(12), UTC) + timedelta(days=days)


@contextmanager
def portfolio_on_a_clock(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], folder: Path
) -> Iterator[PortfolioAlone]:
    """Portfolio on a clock that stands at noon of today until it is moved."""
    with company(infrastructure.broker, fresh_database, folder, MovableClock(noon(0))) as made:
        made.start(SERVICE)
        yield PortfolioAlone(made)
