"""The rows of an Excel workbook (.xlsx), a sheet of it, read row by row; figures and days stay exact."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from portolan.importer.figures import Exact
from portolan.importer.problem import ImportProblem

UNPACKED = (KeyError, ValueError, TypeError, BadZipFile, SyntaxError, EOFError, OSError)
"""What openpyxl raises where a workbook is damaged."""


@dataclass(frozen=True)
class Workbook:
    """A workbook; ``sheet`` names one of its sheets, the first where it is None."""

    path: Path
    called: Path
    sheet: str | None

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each row's number and cells."""
        # Only who reads a workbook waits for its library.
        from openpyxl import load_workbook

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # styles and extensions that it does not know
                book = load_workbook(self.path, read_only=True, data_only=True)
                try:
                    for number, cells in enumerate(self._sheet(book).iter_rows(values_only=True), 1):
                        yield number, tuple(map(text_of, cells))
                finally:
                    book.close()
        except UNPACKED as error:
            raise ImportProblem(
                f"{self.called} is a workbook that cannot be read ({type(error).__name__}).",
                "Open it in a spreadsheet and save it again, or save it as CSV.",
            ) from error

    def _sheet(self, book: Any) -> Any:
        if self.sheet is None:
            return book.worksheets[0]
        if self.sheet not in book.sheetnames:
            names = ", ".join(repr(name) for name in book.sheetnames)
            raise ImportProblem(f"{self.called} has no sheet {self.sheet!r}.", f"Name one of {names} as `sheet`.")
        return book[self.sheet]


def text_of(value: object) -> str:
    """A cell as text: a figure with all its decimals, a day or moment as ISO 8601 writes it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return Exact(value)
        case float():
            return Exact(format(Decimal(repr(value)), "f").removesuffix(".0"))
        case datetime():
            return Exact(value.date() if value.time() == time() else value.isoformat(timespec="seconds"))
        case date():
            return Exact(value)
        case _:
            return str(value)
