"""Every filter and sort that people declares uses its index."""

from collections.abc import Callable

from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from tests.list_indexes import plans


def test_every_declared_filter_and_sort_uses_its_index(fresh_database: Callable[[], ServiceDatabase]) -> None:
    for index, plan in plans(SERVICE, fresh_database).items():
        assert f" {index} " in plan, plan
