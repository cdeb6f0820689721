"""The indexes of lists derive from what an aggregate declares; migrate makes these and drops the others."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chassis.commands.table import Aggregate
from chassis.postgres.migrate import migrate
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import COUNTER, Counter
from tests.chassis.counting import SERVICE
from tests.chassis.member import MEMBER, Member
from tests.list_indexes import plans

FOLDER = Path(__file__).parent
COUNTERS = Aggregate(COUNTER, "counters", [], filters=["code"], sorts=["name"])


def test_filters_and_sorts_have_indexes_as_lists_read_them() -> None:
    assert COUNTERS.indexes == {
        "counter_of_code": "states ((state->>'code'), (coalesce(state->>'name', '')), stream) WHERE kind = 'counter'",
        "counter_by_name": "states ((coalesce(state->>'name', '')), stream) WHERE kind = 'counter'",
    }
    unsorted = Aggregate(COUNTER, "counters", [], filters=["code"])
    assert unsorted.indexes == {
        "counter_of_code": "states ((state->>'code'), created_at, stream) WHERE kind = 'counter'"
    }


def test_what_is_personal_is_filtered_by_its_digest_and_sorted_and_searched_in_memory() -> None:
    members = Aggregate(MEMBER, "members", [], filters=["name"], sorts=["name"], searched=["name"])
    assert members.indexes == {"member_of_name": "states ((digests->>'name')) WHERE kind = 'member'"}
    assert members.in_memory == ("name",)
    assert members.text_of(Member(name="Ada")) is None


def test_text_is_searched_where_it_is_kept_beside_the_state() -> None:
    searched = Aggregate(COUNTER, "counters", [], searched=["name", "code"])
    assert searched.text_of(Counter(name="Visitors", code="V-1")) == "Visitors\nV-1"
    assert searched.text_of(Counter(name="Visitors")) == "Visitors\n"
    assert searched.text_of(None) is None
    assert COUNTERS.text_of(Counter(name="Visitors")) is None


def test_what_is_private_or_sealed_and_no_text_is_not_searched() -> None:
    with pytest.raises(TypeError, match="counters: code cannot be searched"):
        Aggregate(COUNTER, "counters", [], private={"code": None}, searched=["code"])
    for searched, sorts in ((["name"], []), ([], ["name"])):
        with pytest.raises(TypeError, match="members: name cannot be searched"):
            Aggregate(MEMBER, "members", [], private={"name": None}, searched=searched, sorts=sorts)
    with pytest.raises(TypeError, match="members: born_on is sealed and no text"):
        Aggregate(MEMBER, "members", [], sorts=["born_on"])
    with pytest.raises(TypeError, match="members: search either what is sealed or what is not"):
        Aggregate(MEMBER, "members", [], searched=["name", "visits"])


def test_every_filter_sort_range_and_search_uses_its_index(fresh_database: Callable[[], ServiceDatabase]) -> None:
    for index, plan in plans(SERVICE, fresh_database).items():
        assert f" {index.split(' ')[0]} " in plan, plan


@pytest.mark.parametrize(("filters", "sorts"), [(["colour"], []), ([], ["colour"])])
def test_a_field_that_the_state_does_not_have_is_refused(filters: list[str], sorts: list[str]) -> None:
    with pytest.raises(AttributeError, match="has no field colour"):
        Aggregate(COUNTER, "counters", [], filters=filters, sorts=sorts)


def test_migrate_keeps_exactly_what_is_declared(fresh_database: Callable[[], ServiceDatabase]) -> None:
    database = fresh_database()
    assert migrated(database, COUNTERS.indexes) == {"list_counter_of_code", "list_counter_by_name"}
    fewer = Aggregate(COUNTER, "counters", [], filters=["closed", "code"])
    assert migrated(database, fewer.indexes) == {"list_counter_of_closed", "list_counter_of_code"}
    assert migrated(database, fewer.indexes) == {"list_counter_of_closed", "list_counter_of_code"}


def migrated(database: ServiceDatabase, indexes: Mapping[str, str]) -> set[str]:
    """The indexes of lists after migrating; those of the chassis stay."""
    migrate(database.owner_url, database.url, FOLDER, indexes=indexes)
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        found = set(connection.scalars(text("SELECT indexname FROM pg_indexes WHERE tablename = 'states'")))
    engine.dispose()
    assert {"states_pkey", "states_kind", "states_due", "states_digested"} <= found
    return {name for name in found if name.startswith("list_")}


def test_the_planner_knows_how_many_rows_have_a_value_that_lists_filter_by(
    fresh_database: Callable[[], ServiceDatabase],
) -> None:
    database = fresh_database()
    migrated(database, COUNTERS.indexes)
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO states (stream, kind, version, published, state, created_at, changed_at)"
                " SELECT 'counter-' || gen_random_uuid(), 'counter', 1, 1, jsonb_build_object('code', i), now(), now()"
                " FROM generate_series(1, 10000) i"
            )
        )
        connection.execute(text("CREATE STATISTICS of_an_operator ON stream, kind FROM states"))
        connection.execute(text("ANALYZE states"))
        asked = text("EXPLAIN (FORMAT json) SELECT FROM states WHERE kind = 'counter' AND state->>'code' = '7'")
        (found,) = connection.execute(asked).scalar_one()
    migrated(database, {})
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT stxname FROM pg_statistic_ext")).all() == ["of_an_operator"]
    engine.dispose()
    assert found["Plan"]["Plan Rows"] == 1
