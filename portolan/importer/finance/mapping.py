"""The mapping files of a finance system: columns, words, and what is the same in every row."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from contracts.finance import CostKind, Purpose
from contracts.values import Currency, Name
from portolan.importer.finance.rows import BUDGETS, COMMITMENTS, DRIVER_VALUES, EXPENSES, RATES
from portolan.importer.ids import id_of
from portolan.importer.kinds import Kind, Values
from portolan.importer.mapping import FileMapping

Year = Annotated[int, Field(ge=1900, le=2200)]


class FinanceMapping(FileMapping):
    """What the files of every kind have in common.

    ``division``, ``category`` and ``currency`` are those of rows where no column says it; ``categories``: names of
    categories by the words of the file.
    """

    source: Name = "finance system"
    division: Name | None = None
    category: Name | None = None
    currency: Currency | None = None
    categories: dict[str, Name] = {}

    def of_all_rows(self, _names: Mapping[str, str]) -> Values:
        fields = {each.field for kind in self.kinds for each in kind.columns}
        return {name: value for name in fields if (value := getattr(self, name, None)) is not None}

    def division_id(self, name: str) -> UUID:
        """The id of a division: the one people knows it by, else the one it was or will be established with."""
        return self.divisions.get(name) or id_of(self, "division", name)


class ExpenseMapping(FinanceMapping):
    """The mapping of a file of expenses; ``budget``: the budget that all of them are charged to."""

    kinds: ClassVar[Sequence[Kind[Any]]] = (EXPENSES,)
    budget: UUID | None = None
    cost_kinds: dict[str, CostKind] = {}


class CommitmentMapping(FinanceMapping):
    """The mapping of a file of commitments; ``taken_over``: they exist elsewhere, whatever the budgets say."""

    kinds: ClassVar[Sequence[Kind[Any]]] = (COMMITMENTS,)
    budget: UUID | None = None
    cost_kinds: dict[str, CostKind] = {}
    fiscal_year: Year | None = None
    taken_over: bool = False


class BudgetMapping(FinanceMapping):
    """The mapping of a file of budget lines, spread evenly over so many ``periods``.

    ``by_cost_kind``: the category of a line is followed by its kind of cost, as that of an expense may be.
    """

    kinds: ClassVar[Sequence[Kind[Any]]] = (BUDGETS,)
    fiscal_year: Year | None = None
    cost_kind: CostKind | None = None
    cost_kinds: dict[str, CostKind] = {}
    purpose: Purpose | None = None
    purposes: dict[str, Purpose] = {}
    by_cost_kind: bool = False
    periods: Annotated[int, Field(ge=1, le=53)] = 1


class RateMapping(FinanceMapping):
    """The mapping of a file of rates; ``base`` and ``quote``: the pair of all rows."""

    kinds: ClassVar[Sequence[Kind[Any]]] = (RATES,)
    base: Currency | None = None
    quote: Currency | None = None


class DriverMapping(FinanceMapping):
    """The mapping of a file of driver values; ``charge_back`` and ``pool``: those of all rows."""

    kinds: ClassVar[Sequence[Kind[Any]]] = (DRIVER_VALUES,)
    charge_back: UUID | None = None
    pool: Name | None = None
