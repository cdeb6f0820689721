"""A running people service and its cast, one for each module of tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portolan.stack.postgres import ServiceDatabase
from tests.infrastructure import Infrastructure

if TYPE_CHECKING:
    from tests.harness import Company, Running
    from tests.people.cast import Cast


@pytest.fixture(scope="module")
def people(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Running"]:
    from services.people.app import SERVICE
    from tests.harness import NOWHERE, company

    folder: Path = tmp_path_factory.mktemp("issuer")
    with company(NOWHERE, fresh_database, folder) as made:
        yield made.start(SERVICE, worker=False)


@pytest.fixture(scope="module")
def cast(people: "Running") -> "Cast":
    from tests.people.cast import cast_of

    return cast_of(people)


@pytest.fixture(scope="module")
def firm(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Company"]:
    """People alone with its worker, on a clock that stands still until it is moved; ``people`` may be its service."""
    from services.people.app import SERVICE
    from tests.harness import MovableClock, company
    from tests.people.clocked import noon

    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder, MovableClock(noon(0))) as made:
        made.start(SERVICE)
        yield made
