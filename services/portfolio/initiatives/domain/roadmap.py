"""Roadmap: when a division's initiatives and projects run, by lane; drafted, and published in versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts.base import Value
from contracts.portfolio import initiatives
from contracts.portfolio.initiatives import RoadmapItem
from contracts.values import Name, Period
from services.portfolio.organisation.domain.known import check_division

MONTHS = 3


class RoadmapStage(StrEnum):
    """Drafted until it is published; a change is the draft of the next version."""

    DRAFTED = "drafted"
    PUBLISHED = "published"


class Roadmap(State):
    """The latest items of a roadmap; ``number`` is that of the version published last, 0 before the first."""

    title: Name
    division_id: UUID
    items: tuple[RoadmapItem, ...]
    stage: RoadmapStage = RoadmapStage.DRAFTED
    number: int = 0


Quarter = Annotated[str, Field(pattern=r"^(19|20|21)\d\d-Q[1-4]$", examples=["2027-Q1"])]
"""A quarter of a year."""


def days_of(quarter: Quarter) -> Period:
    """The days of a quarter."""
    year, first = int(quarter[:4]), (int(quarter[-1]) - 1) * MONTHS + 1
    after = date(year + 1, 1, 1) if first + MONTHS > 12 else date(year, first + MONTHS, 1)
    return Period(start=date(year, first, 1), end=after - timedelta(days=1))


class PlacedItem(Value):
    """An initiative or a project, in a quarter or a period of days, and in which lane."""

    initiative_id: UUID | None = None
    project_id: UUID | None = None
    lane: Name
    quarter: Quarter | None = None
    period: Period | None = None

    @property
    def id(self) -> UUID | None:
        """The initiative or project."""
        return self.initiative_id or self.project_id

    @property
    def days(self) -> Period | None:
        """The period, or the days of the quarter."""
        return self.period if self.quarter is None else days_of(self.quarter)


def _one_each(items: tuple[PlacedItem, ...]) -> tuple[PlacedItem, ...]:
    if any((item.initiative_id is None) is (item.project_id is None) for item in items):
        raise ValueError("an item is an initiative or a project")
    if any((item.quarter is None) is (item.period is None) for item in items):
        raise ValueError("an item has a quarter or a period")
    if len({item.id for item in items}) < len(items):
        raise ValueError("each is on the roadmap once")
    return items


EXAMPLE = [{"initiative_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "lane": "Data", "quarter": "2027-Q1"}]
Items = Annotated[
    tuple[PlacedItem, ...], Field(min_length=1, max_length=200, examples=[EXAMPLE]), AfterValidator(_one_each)
]
"""1 to 200 initiatives and projects, each once."""


class DraftRoadmap(Command):
    """Draft a roadmap of a division, of what belongs to it or to those below it."""

    title: Name
    division_id: UUID
    items: Items


class ReviseRoadmap(Command):
    """Draft the next version of the roadmap, or change the draft."""

    items: Items


class PublishRoadmap(Command):
    """Publish the draft as the next version."""


RoadmapCommand = DraftRoadmap | ReviseRoadmap | PublishRoadmap
RoadmapEvent = initiatives.RoadmapDrafted | initiatives.RoadmapRevised | initiatives.RoadmapPublished


@dataclass(frozen=True)
class RoadmapFacts(Facts):
    """``within``: by initiative or project that exists, whether it is of the division or below it."""

    division_open: bool | None = None
    within: Mapping[UUID, bool] | None = None


def decide(state: Roadmap | None, command: RoadmapCommand, facts: RoadmapFacts) -> Sequence[RoadmapEvent]:
    if isinstance(command, DraftRoadmap):
        return draft(state, command, facts)
    roadmap = existing(state)
    match command:
        case ReviseRoadmap():
            items = placed(command.items)
            if items == roadmap.items:
                return []
            check_items(command.items, facts)
            return [initiatives.RoadmapRevised(items=items)]
        case PublishRoadmap():
            return publish(roadmap, facts)
        case _:
            assert_never(command)


def placed(items: Sequence[PlacedItem]) -> tuple[RoadmapItem, ...]:
    """The items as events have them."""
    return tuple(
        RoadmapItem(initiative_id=item.initiative_id, project_id=item.project_id, lane=item.lane, period=item.days)
        for item in items
        if item.days is not None
    )


def draft(state: Roadmap | None, command: DraftRoadmap, facts: RoadmapFacts) -> Sequence[initiatives.RoadmapDrafted]:
    drafted = initiatives.RoadmapDrafted(
        title=command.title, division_id=command.division_id, items=placed(command.items)
    )
    if state is not None and state == evolve(None, drafted):
        return []
    new(state, "roadmap")
    check_division(facts.division_open)
    check_items(command.items, facts)
    return [drafted]


def check_items(items: Sequence[PlacedItem], facts: RoadmapFacts) -> None:
    """Whatever is on the roadmap exists, and is of its division or below it."""
    within = facts.within or {}
    if unknown := [str(item.id) for item in items if item.id not in within]:
        raise Refused("item-not-known", f"There is no {', no '.join(unknown[:5])}.", "Name what there is.")
    if outside := [str(item.id) for item in items if item.id is not None and not within[item.id]]:
        raise Refused(
            "item-within-the-division",
            f"Of another division: {', '.join(outside[:5])}.",
            "Name what belongs to the division or to one below it.",
        )


def publish(roadmap: Roadmap, facts: RoadmapFacts) -> Sequence[initiatives.RoadmapPublished]:
    """Each version is published once."""
    if roadmap.stage is RoadmapStage.PUBLISHED:
        return []
    return [initiatives.RoadmapPublished(number=roadmap.number + 1, items=roadmap.items, published_on=facts.today)]


def evolve(state: Roadmap | None, event: RoadmapEvent) -> Roadmap:
    match event:
        case initiatives.RoadmapDrafted():
            return Roadmap(**vars(event))
        case initiatives.RoadmapRevised(items=items):
            return existing(state).but(items=items, stage=RoadmapStage.DRAFTED)
        case initiatives.RoadmapPublished(number=number):
            return existing(state).but(number=number, stage=RoadmapStage.PUBLISHED)
        case _:
            assert_never(event)


ROADMAP = Decider(kind="roadmap", state=Roadmap, events=RoadmapEvent, decide=decide, evolve=evolve)


@dataclass(frozen=True)
class Move:
    """An item in two versions of a roadmap; None where it is not on it."""

    before: RoadmapItem | None
    after: RoadmapItem | None


def difference(before: Sequence[RoadmapItem], after: Sequence[RoadmapItem]) -> Sequence[Move]:
    """What moved to another time or lane, came or went: as after, then what went as before."""

    def by_id(items: Sequence[RoadmapItem]) -> dict[UUID | None, RoadmapItem]:
        return {item.initiative_id or item.project_id: item for item in items}

    earlier, later = by_id(before), by_id(after)
    moves = [Move(earlier.get(id), later.get(id)) for id in dict.fromkeys([*later, *earlier])]
    return [move for move in moves if move.before != move.after]
