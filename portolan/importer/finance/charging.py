"""What rows charge to budgets: each thing numbered where it occurs, taken whole, and charged in order."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from portolan.importer.carrying import Refusal, Step, take
from portolan.importer.file_load import FileLoad
from portolan.importer.finance.known import Budget, budgets_by_id, budgets_of
from portolan.importer.finance.mapping import FinanceMapping
from portolan.importer.finance.rows import Charged
from portolan.importer.ids import id_of
from portolan.importer.pipeline import PORTION
from portolan.importer.sending import Command, several

C = TypeVar("C", bound=Charged)

Numbered = dict[int, int]


class Charging(Generic[C]):
    """Charges rows to budgets. A thing, such as a transaction, is taken whole or not at all: what is rejected of it may
    come again in a file of its own, and is numbered there as it was here."""

    def __init__(
        self, load: FileLoad[C], mapping: FinanceMapping, kind: str, year: Callable[[C], int], year_field: str
    ) -> None:
        self._load, self._mapping, self._kind = load, mapping, kind
        self._finance = load.services["finance"]
        self._year, self._year_field = year, year_field
        self.accepted: list[C] = []
        self.identical = 0

    def charge(self, rows: Sequence[C], commands: Callable[[C, UUID, Budget], Sequence[Command]]) -> None:
        """Send the commands of rows, in the order given; `commands(row, id, budget)`."""
        occurrence = self._numbered(rows)
        self.identical = len(rows) - len({row.record.cells for row in rows})
        budgets = self._budgets(rows)
        felled = dict(self._load.file.checks.rejected)
        known = {id(row): budget for row in rows if (budget := self._budget_for(row, budgets, felled))}
        whole = [row for row in rows if id(row) in known]
        refused: dict[str, int] = {}

        def refuse(row: C, refusal: Refusal) -> None:
            refused.setdefault(row.thing, row.record.line)
            self._load.refuse(row, refusal)

        def sent(row: C) -> Sequence[Command]:
            key = (row.key, *([row.line] if row.line else []), str(occurrence[id(row)]))
            return commands(row, row.id or id_of(self._mapping, self._kind, *key), known[id(row)])

        step: Step[C] = Step(self._finance, lambda row, _: sent(row), lambda _row: f"{self._kind}s")
        for portion in several(self._apart(whole, felled), PORTION):
            self.accepted += take(portion, [step], refuse, self._load.tally)
        self.accepted = self._apart(self.accepted, refused, " What this row says was recorded.")

    def _numbered(self, rows: Iterable[C]) -> Numbered:
        """Each row's number among those of the same thing, in the order of the file."""
        seen: Counter[str] = Counter()
        numbered: Numbered = {}
        for row in sorted(rows, key=lambda each: each.record.line):
            seen[row.thing] += 1
            numbered[id(row)] = seen[row.thing]
        return numbered

    def _apart(self, rows: Iterable[C], felled: dict[str, int], more: str = "") -> list[C]:
        """The rows of things that nothing is wrong with; the others are rejected, with `more` to say."""
        left = []
        for row in rows:
            if (line := felled.get(row.thing)) is None:
                left.append(row)
            else:
                column = self._load.file.column("key")
                self._load.reject(row, f"'{column}': line {line} has the same one, and was rejected.{more}", column)
        return left

    def _budgets(self, rows: Sequence[C]) -> dict[object, Budget]:
        named = budgets_by_id(self._finance, sorted({row.budget for row in rows if row.budget}, key=str))
        of_year = budgets_of(self._finance, {self._of_year(row) for row in rows if not row.budget})
        return dict[object, Budget]([*named.items(), *of_year.items()])

    def _of_year(self, row: C) -> tuple[UUID, int]:
        return self._mapping.division_id(row.division or ""), self._year(row)

    def _budget_for(self, row: C, budgets: dict[object, Budget], felled: dict[str, int]) -> Budget | None:
        """The budget that a row charges, in its currency; where there is none, the row is rejected."""
        budget = budgets.get(row.budget or self._of_year(row))
        column = self._load.file.column
        if budget is None and row.budget:
            reason, columns = f"There is no budget {row.budget}.", [column("budget")]
        elif budget is None:
            reason = f"'{row.division}' has no budget of {self._year(row)}: draft it, or import it first."
            columns = [column("division"), column(self._year_field)]
        elif budget.currency != row.currency:
            reason = f"The budget is in {budget.currency}, not in {row.currency}: nothing is converted."
            columns = [column("currency")]
        else:
            return budget
        felled.setdefault(row.thing, row.record.line)
        self._load.reject(row, reason, *columns)
        return None
