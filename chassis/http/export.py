"""Lists as files: CSV and Excel workbooks of all pages, one page in memory at a time; no cell is a formula."""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chassis.http.quota import Rates

Pages = AsyncIterator[Sequence[BaseModel]]
Page = tuple[Sequence[BaseModel], str | None]
"""Some of a list, and the token of what comes next."""
Table = Sequence[tuple[str, tuple[str, ...]]]
Cell = str | Decimal | int
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
"""Rows of a sheet."""
EXACT_DIGITS = 15
"""So many digits of a number a spreadsheet keeps."""
PAGE = 500
FORMULA = re.compile(r"[=+\-@\t\r]")
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
EXPORTED: Mapping[str, Any] = {
    CSV_TYPE: {"schema": {"type": "string"}},
    XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
}
"""What a list is beside JSON, as OpenAPI says it."""


class FileType(StrEnum):
    """What a list is asked for as."""

    CSV = CSV_TYPE
    XLSX = XLSX_TYPE


def asked_as(accept: str) -> FileType | None:
    """The file that a header ``Accept`` prefers to JSON; None where it prefers none."""
    named = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    first = next((each for each in named if each in {*FileType, "application/json", "*/*", "application/*"}), None)
    return next((each for each in FileType if each == first), None)


def columns(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns of a model and the path to each cell: a part of an object has its own, ``amount.currency``."""
    for name, field in model.model_fields.items():
        path = (*(prefix.split(".") if prefix else ()), name)
        parts = part_of(field.annotation)
        if parts is not None and len(path) == 1:
            yield from columns(parts, name)
        else:
            yield ".".join(path), path


def part_of(annotation: Any) -> type[BaseModel] | None:
    """The object that a field holds, or may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    args = [each for each in get_args(annotation) if each is not type(None)]
    is_optional = len(args) == 1 and type(None) in get_args(annotation)
    return part_of(args[0]) if is_optional else None


def cells_of(item: BaseModel, table: Table) -> list[Cell]:
    """The cells of a row, as JSON would say them."""
    said = item.model_dump(mode="json", warnings=False)
    return [cell_of(at(said, path), item, path) for _, path in table]


def at(said: Any, path: Sequence[str]) -> Any:
    for name in path:
        said = None if said is None else said[name]
    return said


def cell_of(said: Any, item: BaseModel, path: Sequence[str]) -> Cell:
    """A cell: a number, or a text that no spreadsheet takes for a formula."""
    match said:
        case None:
            return ""
        case bool():
            return "true" if said else "false"
        case int():
            return said
        case str():
            return Decimal(said) if is_number(item, path) else harmless(said)
        case _:
            return harmless(to_json(said).decode())


def is_number(item: BaseModel, path: Sequence[str]) -> bool:
    found: Any = item
    for name in path:
        found = getattr(found, name)
    return isinstance(found, Decimal)


def harmless(text: str) -> str:
    """A text that begins as a formula does, behind an apostrophe."""
    return f"'{text}" if FORMULA.match(text) else text


async def begun(pages: Pages) -> Pages:
    """Pages of which the first is there: what is wrong with the question is said before anything is sent."""
    first = await anext(pages)

    async def whole() -> Pages:
        yield first
        async for page in pages:
            yield page

    return whole()


async def file_asked(
    request: Request,
    caller: str,
    model: type[BaseModel],
    name: str,
    page_after: Callable[[str | None], Awaitable[Page]],
    token: str | None = None,
) -> Response | None:
    """A list as a file, from a page token on, where ``Accept`` prefers one; each page counts as a read of the past."""
    kind = asked_as(request.headers.get("accept", ""))
    if kind is None:
        return None
    rates: Rates = request.app.state.rates
    await rates.past_reads.admit(caller)

    async def pages() -> Pages:
        shown, after = await page_after(token)
        yield shown
        while after is not None:
            rates.past_reads.charge(caller, 1)
            shown, after = await page_after(after)
            yield shown

    return answer_as(kind, model, await begun(pages()), name)


async def rows_asked(
    request: Request, caller: str, model: type[BaseModel], name: str, rows: Sequence[BaseModel]
) -> Response | None:
    """Rows that are there already as a file, where ``Accept`` prefers one."""

    async def all_of(_: str | None) -> Page:
        return rows, None

    return await file_asked(request, caller, model, name, all_of)


def answer_as(kind: FileType, model: type[BaseModel], pages: Pages, name: str) -> Response:
    """A list as a file; what goes wrong later cuts it short, and its reader sees that it is not whole."""
    table = list(columns(model))
    headers = {"content-disposition": f'attachment; filename="{name}.{kind.name.lower()}"'}
    if kind is FileType.CSV:
        return StreamingResponse(csv_of(table, pages), media_type=f"{CSV_TYPE}; charset=utf-8", headers=headers)
    return StreamingResponse(xlsx_of(table, pages), media_type=XLSX_TYPE, headers=headers)


async def csv_of(table: Table, pages: Pages) -> AsyncIterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([name for name, _ in table])
    async for page in pages:
        for item in page:
            writer.writerow(map(written, cells_of(item, table)))
        yield taken(buffer)
    if rest := taken(buffer):
        yield rest


def taken(buffer: io.StringIO) -> bytes:
    """What is in a buffer, which is empty then."""
    said = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return said


def written(cell: Cell) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


async def xlsx_of(table: Table, pages: Pages) -> AsyncIterator[bytes]:
    """A workbook, written row by row to a file of the machine and sent from there."""
    # Only who writes a workbook waits for its library.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)

    def append(sheet: Any, cells: Sequence[Cell]) -> None:
        row = []
        for value in cells:
            kept: Any = number_or_text(value)
            cell = WriteOnlyCell(sheet, value=kept)
            if isinstance(cell.value, str):
                cell.data_type = "s"
            row.append(cell)
        sheet.append(row)

    def sheet_with_header() -> Any:
        sheet = book.create_sheet()
        append(sheet, [name for name, _ in table])
        return sheet

    sheet, rows = sheet_with_header(), 1
    async for page in pages:
        for item in page:
            if rows == MOST_ROWS:
                sheet, rows = sheet_with_header(), 1
            append(sheet, cells_of(item, table))
            rows += 1
    with tempfile.TemporaryDirectory(prefix="portolan-export-") as folder:
        path = Path(folder) / "list.xlsx"
        await asyncio.to_thread(book.save, path)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, 1 << 16):
                yield piece


def number_or_text(value: Cell) -> Cell:
    """A number that a spreadsheet keeps exactly, or the text of it."""
    if isinstance(value, str):
        return ILLEGAL.sub("", value)
    exact = len(Decimal(value).as_tuple().digits) <= EXACT_DIGITS
    return value if exact else written(value)
