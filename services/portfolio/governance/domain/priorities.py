"""Priorities: projects or requests of a division, or of all, in the order in which they matter; in versions."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts.portfolio.governance import PrioritiesRanked
from contracts.values import Line, Name
from services.portfolio.organisation.domain.known import check_division


class Priorities(State):
    """A ranked list as it stands, the first first; versions are numbered from 1."""

    title: Name
    ranks: Literal["projects", "requests"]
    division_id: UUID | None
    number: int
    ranking: tuple[UUID, ...]
    reason: Line


def _once_each(ranking: tuple[UUID, ...]) -> tuple[UUID, ...]:
    if len({*ranking}) < len(ranking):
        raise ValueError("each has one rank")
    return ranking


Ranking = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=500), AfterValidator(_once_each)]
"""1 to 500 ids, the first first, each once."""


class RankPriorities(Command):
    """Rank projects or requests of a division and those below it, or of all."""

    title: Name
    ranks: Literal["projects", "requests"]
    division_id: UUID | None = None
    ranking: Ranking
    reason: Line


class RankAgain(Command):
    """Rank them again: the next version of the list."""

    ranking: Ranking
    reason: Line


PrioritiesCommand = RankPriorities | RankAgain


@dataclass(frozen=True)
class PrioritiesFacts(Facts):
    """``existing``: those of the ranked that exist; ``within``: those that are of the division or below it."""

    division_open: bool | None = None
    existing: Set[UUID] = frozenset()
    within: Set[UUID] = frozenset()


def decide(state: Priorities | None, command: PrioritiesCommand, facts: PrioritiesFacts) -> Sequence[PrioritiesRanked]:
    match command:
        case RankPriorities():
            return rank(state, command, facts)
        case RankAgain(ranking=ranking, reason=reason):
            return rank_again(existing(state), ranking, reason, facts)
        case _:
            assert_never(command)


def rank(state: Priorities | None, command: RankPriorities, facts: PrioritiesFacts) -> Sequence[PrioritiesRanked]:
    """The first version of a list."""
    ranked = PrioritiesRanked(**vars(command), number=1)
    if state is not None and state == evolve(None, ranked):
        return []
    new(state, "list of priorities")
    if command.division_id is not None:
        check_division(facts.division_open)
    check_ranked(command.ranking, facts)
    return [ranked]


def rank_again(
    state: Priorities, ranking: tuple[UUID, ...], reason: Line, facts: PrioritiesFacts
) -> Sequence[PrioritiesRanked]:
    """Another order is another version."""
    if ranking == state.ranking:
        return []
    check_ranked(ranking, facts)
    after = state.but(number=state.number + 1, ranking=ranking, reason=reason)
    return [PrioritiesRanked(**vars(after))]


def check_ranked(ranking: tuple[UUID, ...], facts: PrioritiesFacts) -> None:
    """Whatever is ranked exists, and is of the list's division or below it."""
    if unknown := [str(id) for id in ranking if id not in facts.existing]:
        raise Refused("ranked-not-known", f"There is no {', no '.join(unknown[:5])}.", "Rank what there is.")
    if outside := [str(id) for id in ranking if id not in facts.within]:
        raise Refused(
            "ranked-within-the-division",
            f"Of another division: {', '.join(outside[:5])}.",
            "Rank what belongs to the division or to one below it.",
        )


def evolve(_state: Priorities | None, event: PrioritiesRanked) -> Priorities:
    return Priorities(**vars(event))


PRIORITIES = Decider(kind="priorities", state=Priorities, events=PrioritiesRanked, decide=decide, evolve=evolve)


@dataclass(frozen=True)
class Move:
    """A project or request in two versions of a list: its rank in each, from 1; None where it is not ranked."""

    id: UUID
    before: int | None
    after: int | None


def difference(before: Sequence[UUID], after: Sequence[UUID]) -> Sequence[Move]:
    """What changed its rank, came or went: by the rank after, then what went by the rank before."""
    ranks_before, ranks_after = ({id: rank for rank, id in enumerate(each, 1)} for each in (before, after))
    moves = [Move(id, ranks_before.get(id), ranks_after.get(id)) for id in dict.fromkeys([*after, *before])]
    return [move for move in moves if move.before != move.after]
