"""What a file states beside what is loaded: ratings, figures of the year, unknowns, and where it contradicts itself."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from contracts.portfolio import Health
from portolan.importer.figures import EXACT
from portolan.importer.kinds import Values

FIGURES = ("planned_cost", "year_budget", "year_forecast")
NEVER_MORE_THAN = Decimal("0.001")
"""So much of the file's unit a stated cost variance may lie beside the costs: they are published rounded."""
MOST_NAMED = 10


@dataclass
class Figure:
    """The amounts of a column: how many, and their sum in units of the currency."""

    amounts: int = 0
    total: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> None:
        self.amounts += 1
        self.total = EXACT.add(self.total, amount)


@dataclass(frozen=True)
class Disagreement:
    """A row that states another variance than its own costs or days give."""

    line: int
    column: str
    stated: Decimal
    computed: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "stated": f"{self.stated:f}",
            "computed": f"{self.computed:f}",
        }


@dataclass
class Statements:
    """Adds up what the rows of a file state, also of those rejected; ``column`` gives the heading of a field.

    ``unit``: how many units of the currency one of the file's is; ``health_of``: the health that a rating declares.
    """

    column: Callable[[str], str] = field(compare=False)
    unit: Decimal
    health_of: Callable[[str], Health | None] = field(compare=False)
    rated: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Figure] = field(default_factory=dict)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)

    def note(self, line: int, values: Values) -> None:
        """A row, with those of its values that could be read."""
        if rating := values.get("rating"):
            self.rated[rating] += 1
        for name in FIGURES:
            if (amount := values.get(name)) is not None:
                self.figures.setdefault(name, Figure()).add(amount)
        self.disagreements += self._disagreements(line, values)

    def note_unknown(self, name: str, words: str) -> None:
        """A cell said in words that its day or amount is not known."""
        self.unknown.setdefault(self.column(name), Counter())[words] += 1

    def _disagreements(self, line: int, values: Values) -> Iterator[Disagreement]:
        for name, computed, within in (
            ("cost_variance", self._cost_variance(values), NEVER_MORE_THAN),
            ("schedule_variance", schedule_variance(values), Decimal(0)),
        ):
            stated = values.get(name)
            if stated is not None and computed is not None and abs(EXACT.subtract(stated, computed)) > within:
                yield Disagreement(line, self.column(name), stated, computed)

    def _cost_variance(self, values: Values) -> Decimal | None:
        """What is left of the planned cost, in the file's unit."""
        planned, projected = values.get("planned_cost"), values.get("projected_cost")
        if planned is None or projected is None:
            return None
        return EXACT.subtract(planned, projected) / self.unit

    def as_json(self) -> dict[str, Any]:
        return {
            "ratings": dict(self.rated),
            "figures": {
                self.column(name): {"amounts": its.amounts, "sum": f"{its.total:f}"}
                for name, its in self.figures.items()
            },
            "unknown": {column: dict(words) for column, words in self.unknown.items()},
            "disagreements": [each.as_json() for each in self.disagreements],
        }

    def lines(self, currency: str) -> Iterator[str]:
        """What the report says of it."""
        for name, its in self.figures.items():
            if name != "planned_cost" or self.unknown:
                yield f"{self.column(name)}: {its.amounts:,} amounts, {its.total:,f} {currency} in all."
        if self.rated:
            yield f"Ratings as declared: {counted(self.rated)}."
        if other := Counter({word: count for word, count in self.rated.items() if not self.health_of(word)}):
            yield f"No health follows from these, which the mapping does not name as ratings: {counted(other)}."
        for column, words in self.unknown.items():
            yield f"'{column}' is not known where it says: {counted(words)}."
        yield from self._contradictions()

    def _contradictions(self) -> Iterator[str]:
        for column, count in Counter(each.column for each in self.disagreements).items():
            yield f"{count:,} rows state another '{column}' than follows from their own costs or days:"
            its = [each for each in self.disagreements if each.column == column]
            for each in its[:MOST_NAMED]:
                yield f"  line {each.line}: stated {each.stated:,f}, computed {each.computed:,f}"
            if len(its) > MOST_NAMED:
                yield f"  ... and {len(its) - MOST_NAMED:,} more (all are in the report as --json)."


def schedule_variance(values: Values) -> Decimal | None:
    """How many days before its planned end it ended or is expected to end."""
    planned, projected = values.get("planned_completion"), values.get("projected_completion")
    return None if planned is None or projected is None else Decimal((planned - projected).days)


def counted(words: Counter[str]) -> str:
    return ", ".join(f"'{word}' {count:,}" for word, count in words.most_common())
