"""What a file is by its first bytes, where it is no text; and which cells a spreadsheet would take for a formula."""

import re
import zipfile
from pathlib import Path

from portolan.importer.figures import NUMBER
from portolan.importer.problem import ImportProblem

WORKBOOK = "an Excel workbook (.xlsx)"
OPEN_DOCUMENT = "an OpenDocument spreadsheet (.ods)"
ARCHIVE = "a zip archive"
MAGIC = {
    b"\x1f\x8b": "a gzip archive (.gz)",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old or encrypted Excel workbook (.xls)",
    b"BZh": "a bzip2 archive (.bz2)",
    b"\xfd7zXZ\x00": "an xz archive (.xz)",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive (.7z)",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive (.zst)",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "a rich text document (.rtf)",
}
ZIP = b"PK\x03\x04"
FORMULA = re.compile(r"[=+\-@\t\r]")


def format_of(path: Path, beginning: bytes) -> str | None:
    """What a file is, None where it may be a text."""
    if beginning.startswith(ZIP):
        return zip_of(path)
    return next((what for magic, what in MAGIC.items() if beginning.startswith(magic)), None)


def zip_of(path: Path) -> str:
    """What a file in zip's format is: workbooks of both kinds are."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return "a damaged zip archive or workbook"
    if "xl/workbook.xml" in names:
        return WORKBOOK
    return OPEN_DOCUMENT if "content.xml" in names or "mimetype" in names else ARCHIVE


def not_a_table(path: Path, what: str) -> ImportProblem:
    """The file is known, and its rows cannot be read."""
    if what.endswith("archive") or "archive (" in what:
        return ImportProblem(f"{path} is {what}.", "Unpack it and name the file in it.")
    return ImportProblem(f"{path} is {what}.", "Save it as CSV (UTF-8) or as an Excel workbook (.xlsx) and name that.")


def harmful(cell: str) -> bool:
    """Return whether a spreadsheet would take a cell for a formula; plain numbers are none."""
    return FORMULA.match(cell) is not None and NUMBER.fullmatch(cell) is None
