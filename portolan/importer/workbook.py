"""The rows of an Excel workbook (.xlsx), a sheet of it, read row by row; figures and days stay exact."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from portolan.importer.figures import Exact
from portolan.importer.problem import ImportProblem

UNPACKED = (KeyError, ValueError, TypeError, BadZipFile, SyntaxError, EOFError, OSError)
"""What openpyxl raises where a workbook is damaged."""
MOST_UNPACKED = 50_000_000
MACROS = ("vbaproject.bin", ".xlm")
SHEET = re.compile(r"xl/(work|macro)sheets/[^/]+\.xml", re.IGNORECASE)
FORMULA = re.compile(rb"<([A-Za-z0-9_]+:)?f[\s/>]")
PIECE, LONGEST_TAG = 1 << 16, 40


@dataclass(frozen=True)
class Workbook:
    """A workbook; ``sheet`` names one of its sheets, the first where it is None."""

    path: Path
    called: Path
    sheet: str | None

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each row's number and cells."""
        self._check()
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
            raise self._damaged(error) from error

    def _check(self) -> None:
        """Refuse what runs, what is computed, and what is much more than it looks."""
        try:
            with ZipFile(self.path) as archive:
                parts = archive.infolist()
                if sum(part.file_size for part in parts) > MOST_UNPACKED:
                    raise self._refused("is over 50 MB unpacked", "Save what is needed of it as CSV.")
                if any(part.filename.lower().endswith(MACROS) for part in parts):
                    raise self._refused("has macros", "Save it as a workbook without macros (.xlsx), or as CSV.")
                sheets = [part for part in parts if SHEET.fullmatch(part.filename)]
                if any(has_formula(archive, part) for part in sheets):
                    raise self._refused("has formulas", "Paste their values in their place, or save it as CSV.")
        except UNPACKED as error:
            raise self._damaged(error) from error

    def _refused(self, why: str, remedy: str) -> ImportProblem:
        return ImportProblem(f"{self.called} {why}; such a workbook is not read.", remedy)

    def _damaged(self, error: Exception) -> ImportProblem:
        return ImportProblem(
            f"{self.called} is a workbook that cannot be read ({type(error).__name__}).",
            "Open it in a spreadsheet and save it again, or save it as CSV.",
        )

    def _sheet(self, book: Any) -> Any:
        if self.sheet is None:
            return book.worksheets[0]
        if self.sheet not in book.sheetnames:
            names = ", ".join(repr(name) for name in book.sheetnames)
            raise ImportProblem(f"{self.called} has no sheet {self.sheet!r}.", f"Name one of {names} as `sheet`.")
        return book[self.sheet]


def has_formula(archive: ZipFile, part: ZipInfo) -> bool:
    """Return whether a cell of a sheet is computed; the sheet is read piece by piece."""
    with archive.open(part) as sheet:
        before = b""
        while piece := sheet.read(PIECE):
            if FORMULA.search(before + piece):
                return True
            before = piece[-LONGEST_TAG:]
    return False


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
