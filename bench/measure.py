"""Interleaved rounds of two or more arms, and what comes out: medians, ratios, their spread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console

console = Console(stderr=True)


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: ``run() -> figure``; its unit is the comparison's."""

    name: str
    run: Callable[[], float]


@dataclass(frozen=True)
class Rounds:
    """The figures of each arm, a figure for each round."""

    figures: Mapping[str, list[float]]

    def median(self, arm: str) -> float:
        """The median of an arm."""
        return median(self.figures[arm])

    def ratio(self, above: str, below: str) -> "Ratio":
        """The rounds' ratios of two arms."""
        ratios = [a / b for a, b in zip(self.figures[above], self.figures[below], strict=True)]
        return Ratio(median(ratios), min(ratios), max(ratios))


@dataclass(frozen=True)
class Ratio:
    """A median of ratios, each within one round, with the lowest and the highest."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """A line of the results: what was compared, its goal, what came out, and what was checked beside it."""

    what: str
    goal: str
    result: str
    met: bool | None
    figures: str
    checked: str
    notes: list[str] = field(default_factory=list)


def interleaved(arms: list[Arm], rounds: int) -> Rounds:
    """Run the arms in turn, forwards and backwards, so that a drift of the machine touches both alike."""
    figures: dict[str, list[float]] = {arm.name: [] for arm in arms}
    for number in range(rounds):
        for arm in arms if number % 2 == 0 else reversed(arms):
            figure = arm.run()
            figures[arm.name].append(figure)
            console.print(f"  round {number + 1} of {rounds}: {arm.name}: {figure:,.4g}")
    return Rounds(figures)


def at_least(ratio: Ratio, goal: float) -> bool:
    """Return whether the median reaches the goal."""
    return ratio.median >= goal


def at_most(ratio: Ratio, goal: float) -> bool:
    """Return whether the median stays within the goal."""
    return ratio.median <= goal
