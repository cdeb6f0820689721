"""Portfolio's tests need no sibling: the business they act in has portfolio alone."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from portolan.stack.postgres import ServiceDatabase
from tests.infrastructure import Infrastructure

if TYPE_CHECKING:
    from tests.portfolio.alone import PortfolioAlone


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[PortfolioAlone]":
    """Portfolio, and the ways to act in it; it starts once for a file of tests."""
    # What tests of the domain do not need is not imported for them.
    from services.portfolio.app import SERVICE
    from tests.harness import company
    from tests.portfolio.alone import PortfolioAlone

    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        made.start(SERVICE)
        yield PortfolioAlone(made)
