"""Lists as files: columns, numbers and texts, and pages one by one."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from openpyxl import load_workbook
from pydantic import BaseModel

from chassis.http import export
from chassis.http.export import CSV_TYPE, XLSX_TYPE, FileType, asked_as, begun, columns, csv_of, harmless, xlsx_of
from contracts.values import Amount, Money


class Item(BaseModel):
    """A record."""

    id: UUID
    amount: Money
    paid: Money | None = None
    left: Amount
    name: str
    sums: dict[str, Amount] = {}
    open: bool = True


TABLE = list(columns(Item))
ITEM = Item(id=UUID(int=1), amount=Money(amount=Decimal("-2.50"), currency="EUR"), left=Decimal(-7), name="=1+1")
MANY = ITEM.model_copy(update={"left": Decimal("12345678901234567.25"), "sums": {"a": Decimal(3)}, "name": "Two, \n"})


async def pages(*each: Sequence[Item]) -> AsyncIterator[Sequence[Item]]:
    for page in each:
        yield page


async def joined(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", FileType.CSV),
        ("Text/CSV; charset=utf-8", FileType.CSV),
        (XLSX_TYPE, FileType.XLSX),
        (f"application/json, {CSV_TYPE}", None),
        (f"image/png, {CSV_TYPE}, */*", FileType.CSV),
        ("*/*", None),
        ("", None),
    ],
)
def test_a_list_is_a_file_where_accept_prefers_one(accept: str, kind: FileType | None) -> None:
    assert asked_as(accept) is kind


@pytest.mark.parametrize("text", ["=1", "+1", "-x", "@A1", "\tx", "\rx"])
def test_no_text_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_csv_has_a_column_for_every_part_and_numbers_stay_numbers() -> None:
    said = asyncio.run(joined(csv_of(TABLE, pages([ITEM], [], [MANY]))))
    header, first, second = csv.reader(io.StringIO(said.decode(), newline=""))
    assert header == [
        "id",
        "amount.amount",
        "amount.currency",
        "paid.amount",
        "paid.currency",
        "left",
        "name",
        "sums",
        "open",
    ]
    assert first[1:] == ["-2.50", "EUR", "", "", "-7", "'=1+1", "{}", "true"]
    assert second[5:8] == ["12345678901234567.25", "Two, \n", '{"a":"3"}']


def test_a_workbook_has_exact_numbers_and_no_formulas_and_goes_on_in_another_sheet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    book = load_workbook(io.BytesIO(asyncio.run(joined(xlsx_of(TABLE, pages([ITEM, MANY]))))))
    assert len(book.worksheets) == 2
    first, second = (list(sheet.iter_rows())[1] for sheet in book.worksheets)
    assert (first[1].value, first[5].value, first[6].value) == (-2.5, -7, "'=1+1")
    assert second[5].value == "12345678901234567.25"
    assert {cell.data_type for cell in (*first, *second)} <= {"n", "s", "inlineStr"}


def test_only_a_page_is_read_ahead() -> None:
    read = []

    async def counted() -> AsyncIterator[Sequence[Item]]:
        for number in range(3):
            read.append(number)
            yield [ITEM]

    async def first_parts() -> bytes:
        parts = csv_of(TABLE, await begun(counted()))
        return await anext(parts)

    assert asyncio.run(first_parts()).count(b"\r\n") == 2
    assert read == [0]
