"""Intervals of time, each from a moment to a later one, in order and apart: joined, cut, measured exactly."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

Interval = tuple[datetime, datetime]
"""From a moment, included, to another, excluded."""


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time, each moment of it once."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def common(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time that is in both, each of which is in order and apart."""
    found: list[Interval] = []
    left, right = 0, 0
    while left < len(one) and right < len(other):
        start, end = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if start < end:
            found.append((start, end))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return found


def without(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time that is in one and not in the other, each of which is in order and apart."""
    if not one:
        return []
    edges = [one[0][0], *(moment for interval in other for moment in interval), one[-1][1]]
    gaps = [(start, end) for start, end in list(pairwise(edges))[::2] if start < end]
    return common(one, gaps)


def length(intervals: Sequence[Interval]) -> timedelta:
    return sum((end - start for start, end in intervals), timedelta())
