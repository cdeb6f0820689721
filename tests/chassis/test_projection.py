"""Read models: folded in batches or one by one they are the same, exact to the last digit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, text

from chassis.consumers.projection import Projections
from chassis.messaging.cloudevents import StoredMessage
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import CounterClosed, CounterIncreased, CounterMoved, CounterOpened
from tests.chassis.counting import TALLIES, TYPES
from tests.chassis.messages import record, story, subject
from tests.chassis.support import as_owner
from tests.examples import examples
from tests.harness import NOWHERE

LONG = Decimal("123456789012345678.123456")


@contextmanager
def tallies(database: ServiceDatabase, name: str = "tallies") -> Iterator[ReaderLoop]:
    loop = ReaderLoop(database.url, NOWHERE, "s", Reader(name, ["t"], TYPES, Projections([TALLIES])))
    try:
        yield loop
    finally:
        loop._engine.dispose()


def rows(database: ServiceDatabase) -> Sequence[Row[tuple[object, ...]]]:
    with as_owner(database) as connection:
        return connection.execute(text("SELECT id, name, total, steps FROM tallies ORDER BY id")).all()


def start_over(database: ServiceDatabase, loop: ReaderLoop) -> None:
    with as_owner(database) as connection:
        connection.execute(text("TRUNCATE tallies, progress, seen, parked"))
    loop.reset()


def increased(name: str, number: int, amount: Decimal, offset: int) -> StoredMessage:
    return record(name, number, CounterIncreased(amount=amount), offset=offset)


def test_a_row_is_what_its_events_make_of_it(own_database: ServiceDatabase) -> None:
    with tallies(own_database) as loop:
        loop.process(story("a1", "b1", "a2", "a3"))
    assert set(rows(own_database)) == {(subject("a"), "a", 5, 2), (subject("b"), "b", 0, 0)}


def test_twenty_four_digits_survive_the_way_there_and_back(own_database: ServiceDatabase) -> None:
    with tallies(own_database) as loop:
        loop.process([*story("a1"), increased("a", 2, LONG, 1)])
        loop.process([increased("a", 3, Decimal("0.000001"), 2)])
    assert rows(own_database)[0].total == LONG + Decimal("0.000001") == Decimal("123456789012345678.123457")


def test_a_row_whose_fold_says_none_is_deleted(own_database: ServiceDatabase) -> None:
    with tallies(own_database) as loop:
        loop.process(story("a1", "a2", "b1"))
        loop.process([record("a", 3, CounterClosed(), offset=3)])
        loop.process([record("c", 1, offset=4), record("c", 2, CounterClosed(), offset=5)])
    assert [row.name for row in rows(own_database)] == ["b"]


def test_events_that_do_not_matter_leave_rows_alone(own_database: ServiceDatabase) -> None:
    with tallies(own_database) as loop:
        loop.process([*story("a1"), record("a", 2, CounterMoved(parent_id=None), offset=1)])
    assert [(row.name, row.steps) for row in rows(own_database)] == [("a", 0)]


@st.composite
def tales(draw: st.DrawFn) -> tuple[list[StoredMessage], list[int]]:
    """Streams of counters, mixed, and where to cut them into batches."""
    left = {name: draw(st.integers(1, 6)) for name in draw(st.sets(st.sampled_from("abc"), min_size=1))}
    numbers = dict.fromkeys(left, 0)
    records: list[StoredMessage] = []
    while left:
        name = draw(st.sampled_from(sorted(left)))
        numbers[name] += 1
        amount = draw(st.decimals(-(10**12), 10**12, places=6))
        closing = left[name] == 1 and draw(st.booleans())
        event = CounterOpened(name=name) if numbers[name] == 1 else CounterIncreased(amount=amount)
        records.append(
            record(
                name, numbers[name], CounterClosed() if closing and numbers[name] > 1 else event, offset=len(records)
            )
        )
        left[name] -= 1
        left = {name: count for name, count in left.items() if count}
    return records, draw(st.lists(st.integers(0, len(records)), max_size=4).map(sorted))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tales())
def test_however_the_events_are_batched_the_rows_are_the_same(
    own_database: ServiceDatabase, tale: tuple[list[StoredMessage], list[int]]
) -> None:
    records, cuts = tale
    with tallies(own_database) as loop:
        start_over(own_database, loop)
        for one in records:
            loop.process([one])
        one_by_one = rows(own_database)
        start_over(own_database, loop)
        for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
            if start < end:
                loop.process(records[start:end])
    assert rows(own_database) == one_by_one


def test_a_row_that_cannot_be_folded_is_parked_and_the_others_are_kept(own_database: ServiceDatabase) -> None:
    orphan = record("x", 1, CounterIncreased(amount=Decimal(1)), offset=1)
    with tallies(own_database) as loop:
        loop.process([record("a", 1, offset=0), orphan, record("b", 1, offset=2)])
    assert {row.name for row in rows(own_database)} == {"a", "b"}
    with as_owner(own_database) as connection:
        (reason,) = connection.execute(text("SELECT reason FROM parked")).scalars()
    assert reason.startswith("AssertionError in counting.py, line")


@pytest.mark.parametrize("size", [1, 2500])
def test_two_readers_of_one_topic_do_not_disturb_each_other(own_database: ServiceDatabase, size: int) -> None:
    tale = story("a1", *(f"a{number}" for number in range(2, size + 1)))
    with tallies(own_database) as loop, tallies(own_database, "another") as another:
        loop.process(tale)
        start_over(own_database, loop)
        another.process(tale)
    assert rows(own_database)[0].steps == size - 1
