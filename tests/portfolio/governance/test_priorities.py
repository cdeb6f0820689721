"""The rules of ranked lists."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from contracts.portfolio.governance import PrioritiesRanked
from services.portfolio.governance.domain import priorities
from services.portfolio.governance.domain.priorities import PRIORITIES, Move, difference
from tests.scenarios import given

A, B, C, DIVISION = (UUID(int=number) for number in range(1, 5))
RANK = priorities.RankPriorities(title="2027", ranks="projects", ranking=(A, B), reason="As agreed.")
RANKED = PrioritiesRanked(
    title="2027", ranks="projects", division_id=None, number=1, ranking=(A, B), reason="As agreed."
)


def facts(**known: Any) -> priorities.PrioritiesFacts:
    rows: dict[str, Any] = {"division_open": True, "existing": {A, B, C}, "within": {A, B, C}, **known}
    return priorities.PrioritiesFacts(Actor("tests"), datetime(2026, 11, 30, tzinfo=UTC), UUID(int=9), **rows)


def test_a_list_is_ranked_in_numbered_versions() -> None:
    given(PRIORITIES).when(RANK, facts()).then(RANKED)
    given(PRIORITIES, RANKED).when(RANK, facts()).then()
    again = priorities.RankAgain(ranking=(C, A), reason="C is law.")
    second = RANKED.model_copy(update={"number": 2, "ranking": (C, A), "reason": "C is law."})
    given(PRIORITIES, RANKED).when(again, facts()).then(second)
    given(PRIORITIES, RANKED, second).when(again, facts()).then()
    other = RANK.model_copy(update={"title": "2028"})
    given(PRIORITIES, RANKED).when(other, facts()).then_refused("already-exists")


def test_each_has_one_rank() -> None:
    with pytest.raises(ValidationError, match="each has one rank"):
        priorities.RankAgain(ranking=(A, B, A), reason="Twice.")


def test_whatever_is_ranked_exists() -> None:
    refused = given(PRIORITIES).when(RANK, facts(existing={A})).then_refused("ranked-not-known")
    assert str(B) in refused.detail


def test_a_list_of_a_division_ranks_what_is_its_own() -> None:
    of_division = RANK.model_copy(update={"division_id": DIVISION})
    given(PRIORITIES).when(of_division, facts(within={A})).then_refused("ranked-within-the-division")
    given(PRIORITIES).when(of_division, facts(division_open=None)).then_refused("division-not-known-yet")


def test_the_difference_names_what_moved_came_and_went_and_nothing_else() -> None:
    assert difference((A, B), (C, B, A)) == [Move(C, None, 1), Move(A, 1, 3)]
    assert difference((A, B), (A,)) == [Move(B, 2, None)]
    assert difference((A, B), (A, B)) == []
