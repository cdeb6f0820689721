"""Sums that tell nothing of few, though those of divisions below are taken from them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID


class Group(NamedTuple):
    """Persons who belong to these divisions themselves, not to divisions below them."""

    heads: int
    divisions: tuple[UUID, ...]


def left_out(
    division: UUID | None, heads: Mapping[UUID, int], below: Mapping[UUID | None, Sequence[UUID]], fewest: int
) -> frozenset[UUID]:
    """The divisions whose own persons are in no sum of this division (None: of everybody), as too few would be told of.

    Who may ask for the sums of a division and of those below it knows the difference. So every sum adds a group of
    at least ``fewest`` persons to those below it: those of a division itself, with those below who were too few there.
    """
    rest = untold(division, heads, below, fewest)
    return frozenset(rest.divisions) if rest.heads < fewest else frozenset()


def untold(
    division: UUID | None, heads: Mapping[UUID, int], below: Mapping[UUID | None, Sequence[UUID]], fewest: int
) -> Group:
    """The persons of a division of whom no sum of a division below it tells."""
    groups = [untold(child, heads, below, fewest) for child in below.get(division, ())]
    few = [group for group in groups if 0 < group.heads < fewest]
    own = Group(heads.get(division, 0), (division,)) if division is not None else Group(0, ())
    return Group(
        own.heads + sum(group.heads for group in few),
        (*own.divisions, *(id for group in few for id in group.divisions)),
    )
