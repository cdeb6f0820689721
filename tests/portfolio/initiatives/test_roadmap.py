"""The rules of roadmaps: what there is of a division, once each, in a quarter or a period; published in versions."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from contracts.portfolio import initiatives
from contracts.portfolio.initiatives import RoadmapItem
from contracts.roles import Role
from contracts.values import Period
from services.portfolio.initiatives.commands import ROADMAPS
from services.portfolio.initiatives.domain import roadmap
from services.portfolio.initiatives.domain.roadmap import ROADMAP, Move, PlacedItem, RoadmapFacts
from tests.scenarios import given, who_may

ID, DIVISION, ONE, OTHER = (UUID(int=n) for n in range(100, 104))
TODAY = date(2026, 11, 30)
FIRST = Period(start=date(2027, 1, 1), end=date(2027, 3, 31))
HALF = Period(start=date(2027, 1, 15), end=date(2027, 7, 15))

SHAPED = PlacedItem(initiative_id=ONE, lane="Data", quarter="2027-Q1")
RUNS = PlacedItem(project_id=OTHER, lane="Sites", period=HALF)
ONE_PLACED = RoadmapItem(initiative_id=ONE, project_id=None, lane="Data", period=FIRST)
OTHER_PLACED = RoadmapItem(initiative_id=None, project_id=OTHER, lane="Sites", period=HALF)
DRAFT = roadmap.DraftRoadmap(title="2027", division_id=DIVISION, items=(SHAPED, RUNS))
DRAFTED = initiatives.RoadmapDrafted(title="2027", division_id=DIVISION, items=(ONE_PLACED, OTHER_PLACED))
PUBLISHED = initiatives.RoadmapPublished(number=1, items=DRAFTED.items, published_on=TODAY)
REVISE, REVISED = roadmap.ReviseRoadmap(items=(SHAPED,)), initiatives.RoadmapRevised(items=(ONE_PLACED,))


def facts(*roles: Role, **known: Any) -> RoadmapFacts:
    rows: dict[str, Any] = {"division_open": True, "within": {ONE: True, OTHER: True}}
    at = datetime.combine(TODAY, time(9), UTC)
    return RoadmapFacts(actor=Actor("tests", frozenset(roles)), at=at, id=ID, **{**rows, **known})


def test_a_roadmap_has_what_there_is_of_the_division_and_below() -> None:
    given(ROADMAP).when(DRAFT, facts()).then(DRAFTED)
    given(ROADMAP, DRAFTED).when(DRAFT, facts()).then()
    given(ROADMAP, DRAFTED, REVISED).when(DRAFT, facts()).then_refused("already-exists")
    given(ROADMAP).when(DRAFT, facts(division_open=None)).then_refused("division-not-known-yet")
    given(ROADMAP).when(DRAFT, facts(within={ONE: True})).then_refused("item-not-known")
    given(ROADMAP).when(DRAFT, facts(within={ONE: True, OTHER: False})).then_refused("item-within-the-division")
    given(ROADMAP, DRAFTED).when(REVISE, facts(within={})).then_refused("item-not-known")


def test_each_version_is_published_once_and_a_change_is_the_draft_of_the_next() -> None:
    publish = roadmap.PublishRoadmap()
    given(ROADMAP, DRAFTED).when(publish, facts()).then(PUBLISHED)
    given(ROADMAP, DRAFTED, PUBLISHED).when(publish, facts()).then()
    given(ROADMAP, DRAFTED, PUBLISHED).when(roadmap.ReviseRoadmap(items=DRAFT.items), facts()).then()
    given(ROADMAP, DRAFTED, PUBLISHED).when(REVISE, facts()).then(REVISED)
    second = initiatives.RoadmapPublished(number=2, items=(ONE_PLACED,), published_on=TODAY)
    given(ROADMAP, DRAFTED, PUBLISHED, REVISED).when(publish, facts()).then(second)


def test_the_office_and_executives_publish() -> None:
    for role in (Role.PORTFOLIO_OFFICE, Role.EXECUTIVE):
        who_may(ROADMAPS, DRAFTED).when(roadmap.PublishRoadmap(), facts(role)).then(PUBLISHED)
    who_may(ROADMAPS, DRAFTED).when(roadmap.PublishRoadmap(), facts(Role.MANAGER)).then_refused("not-authorised")
    who_may(ROADMAPS, DRAFTED).when(REVISE, facts(Role.MANAGER)).then(REVISED)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"lane": "Data", "quarter": "2027-Q1"}],
        [{"lane": "Data", "quarter": "2027-Q1", "initiative_id": ONE, "project_id": OTHER}],
        [{"lane": "Data", "initiative_id": ONE}],
        [{"lane": "Data", "initiative_id": ONE, "quarter": "2027-Q1", "period": FIRST}],
        [{"lane": "Data", "initiative_id": ONE, "quarter": "2027-Q5"}],
        [{"lane": "Data", "initiative_id": ONE, "quarter": "2027-Q1"}] * 2,
    ],
)
def test_an_item_is_one_initiative_or_project_once_in_a_quarter_or_a_period(items: Any) -> None:
    with pytest.raises(ValidationError) as wrong:
        roadmap.ReviseRoadmap(items=items)
    assert wrong.value.errors()[0]["loc"][0] == "items"


def test_a_quarter_has_its_days() -> None:
    last = roadmap.days_of("2027-Q4")
    assert (roadmap.days_of("2027-Q1"), last.start, last.end) == (FIRST, date(2027, 10, 1), date(2027, 12, 31))


def test_the_difference_is_what_moved_came_or_went() -> None:
    later = ONE_PLACED.model_copy(update={"period": HALF})
    third = RoadmapItem(initiative_id=ID, project_id=None, lane="Data", period=HALF)
    found = roadmap.difference([ONE_PLACED, OTHER_PLACED], [third, later])
    assert found == [Move(None, third), Move(ONE_PLACED, later), Move(OTHER_PLACED, None)]
    assert roadmap.difference([ONE_PLACED, OTHER_PLACED], [OTHER_PLACED, ONE_PLACED]) == []
