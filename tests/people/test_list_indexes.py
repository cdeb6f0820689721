"""Every filter, sort, range and search that people declares uses its index."""

from collections.abc import Callable

from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from tests.list_indexes import plans


def test_every_filter_sort_range_and_search_uses_its_index(fresh_database: Callable[[], ServiceDatabase]) -> None:
    for index, plan in plans(SERVICE, fresh_database).items():
        assert f" {index.split(' ')[0]} " in plan, plan
