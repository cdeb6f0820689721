"""Sums of divisions and of those below them never differ by few."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as some

from services.portfolio.allocation.domain.few import left_out

TOP, ONE, TWO, DEEP = (UUID(int=number) for number in range(1, 5))
BELOW: Mapping[UUID | None, Sequence[UUID]] = {None: (TOP,), TOP: (ONE, TWO), ONE: (DEEP,)}
FEWEST = 5


def left(division: UUID | None, **heads: int) -> set[UUID]:
    names = {"top": TOP, "one": ONE, "two": TWO, "deep": DEEP}
    return set(left_out(division, {names[name]: count for name, count in heads.items()}, BELOW, FEWEST))


def test_a_head_alone_is_not_told_apart_by_the_sums_of_the_teams_below() -> None:
    assert left(TOP, top=1, one=6, two=7) == {TOP}
    assert left(TOP, top=5, one=6, two=7) == set()
    assert left(None, top=1, one=6, two=7) == {TOP}


def test_a_team_that_is_too_small_is_told_of_with_those_above_it() -> None:
    assert left(ONE, one=2, deep=6) == {ONE}
    assert left(TOP, top=3, one=2, deep=6) == set()
    assert left(TOP, top=2, one=2, deep=6) == {TOP, ONE}
    assert left(DEEP, deep=4) == {DEEP}


def told(division: UUID | None, heads: Mapping[UUID, int]) -> set[UUID]:
    """The divisions with persons of their own whom a sum counts."""
    inside = {None: {TOP, ONE, TWO, DEEP}, TOP: {TOP, ONE, TWO, DEEP}, ONE: {ONE, DEEP}, TWO: {TWO}, DEEP: {DEEP}}[
        division
    ]
    return {each for each in inside if heads[each]} - left_out(division, heads, BELOW, FEWEST)


@settings(deadline=None)
@given(some.fixed_dictionaries({each: some.integers(0, 9) for each in (TOP, ONE, TWO, DEEP)}))
def test_what_any_sum_adds_to_those_below_it_is_of_nobody_or_of_enough(heads: Mapping[UUID, int]) -> None:
    for division, children in BELOW.items():
        known = set[UUID]().union(*(told(child, heads) for child in children))
        mine = told(division, heads)
        assert known <= mine
        added = sum(heads[each] for each in mine - known)
        assert added == 0 or added >= FEWEST
