"""All four services with a company into which files of projects are loaded."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from portolan.stack.postgres import ServiceDatabase

if TYPE_CHECKING:
    from tests.importer.company import ImportingCompany
    from tests.infrastructure import Infrastructure


@pytest.fixture(scope="module")
def importing(
    infrastructure: "Infrastructure",
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["ImportingCompany"]:
    from tests.importer.company import whole_company

    with whole_company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made
