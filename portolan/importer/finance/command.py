"""``import_finance``: a file of another finance system through the services' HTTP interfaces, one kind at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.cells import RejectedRow
from portolan.importer.file_load import Clock, FileLoad, loading
from portolan.importer.finance import budgets, commitments, drivers, expenses, rates
from portolan.importer.finance.mapping import (
    BudgetMapping,
    CommitmentMapping,
    DriverMapping,
    ExpenseMapping,
    FinanceMapping,
    RateMapping,
)
from portolan.importer.finance.rows import BUDGETS, COMMITMENTS, DRIVER_VALUES, EXPENSES, RATES
from portolan.importer.finance.totals import Counted, FinanceReport, Sums
from portolan.importer.kinds import Kind
from portolan.importer.mapping import read_as
from portolan.importer.problem import ImportProblem


@dataclass(frozen=True)
class FinanceKind:
    """A kind of file: its rows, its mapping, the services it goes to, and how its rows are taken.

    ``take(load, mapping, rows)``: the rows that were accepted, and what is to be warned of.
    """

    rows: Kind[Any]
    mapping: type[FinanceMapping]
    services: Sequence[str]
    take: Callable[[FileLoad[Any], Any, Sequence[Any]], tuple[Sequence[Any], Sequence[str]]]


KINDS: Mapping[str, FinanceKind] = {
    "budgets": FinanceKind(BUDGETS, BudgetMapping, ("people", "finance"), budgets.take_lines),
    "commitments": FinanceKind(COMMITMENTS, CommitmentMapping, ("finance",), commitments.take_commitments),
    "expenses": FinanceKind(EXPENSES, ExpenseMapping, ("finance",), expenses.take_expenses),
    "rates": FinanceKind(RATES, RateMapping, ("finance",), rates.take_rates),
    "driver-values": FinanceKind(DRIVER_VALUES, DriverMapping, ("finance",), drivers.take_values),
}


def import_finance(
    kind: str,
    path: Path,
    urls: Mapping[str, str],
    token: Callable[[], str],
    *,
    mapping: Path | None = None,
    rejects: Path | None = None,
    encoding: str | None = None,
    source: str | None = None,
    dry_run: bool = False,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> FinanceReport:
    """Load a file of a kind; what cannot be taken is in the report and in the file `rejects`.

    `urls` are those of people and finance; the other arguments are as of ``import_file``.
    """
    if kind not in KINDS:
        raise ImportProblem(f"There is no kind of file called {kind!r}.", f"Name one of {', '.join(KINDS)}.")
    clock, its = Clock(), KINDS[kind]
    words = read_as(its.mapping, mapping, encoding=encoding, source=source)
    how: Any = {"rejects": rejects, "dry_run": dry_run, "console": console, "today": today, "patience": patience}
    whole = Sums()
    with loading(its.rows, path, words, its.services, urls, token, **how) as load:
        accepted, warnings = its.take(load, words, list(counted(load, whole)))
    return FinanceReport(
        **clock.said(load, words),
        warnings=[*load.file.warnings, *warnings],
        file=whole,
        accepted=Sums.of(accepted),
        refused=Sums.of(load.rejected),
    )


def counted(load: FileLoad[Any], whole: Sums) -> Iterator[Counted]:
    """The rows that can be taken; the whole file is added up."""
    for row in load.read():
        whole.add_row(row)
        if not isinstance(row, RejectedRow):
            yield row
