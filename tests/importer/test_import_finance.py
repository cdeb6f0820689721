"""Files of finance systems: how cells are read, what is rejected with line and column, what is refused as a whole."""

import zipfile
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from portolan.importer import ImportProblem
from portolan.importer import workbook as workbooks
from portolan.importer.cells import RejectedRow
from portolan.importer.finance.budgets import even
from portolan.importer.finance.mapping import BudgetMapping, ExpenseMapping, FinanceMapping
from portolan.importer.finance.rows import BUDGETS, EXPENSES, ExpenseRow
from portolan.importer.finance.totals import FinanceReport, Sums
from portolan.importer.incoming import Incoming
from portolan.importer.mapping import read_as
from portolan.importer.report import NOT_EQUAL, FileReport
from tests.today import TODAY

HEADER = "Transaction,Division,Category,Amount,Currency,Date"
ROW = "T1,Works,Software,12.50,EUR,2026-02-03"


def written(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "spend.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def incoming(path: Path, stack: ExitStack, words: FinanceMapping) -> Incoming[Any]:
    return Incoming(words.kinds[0], path, words, TODAY, stack, dry_run=True)


def read(path: Path, **words: Any) -> list[ExpenseRow | RejectedRow]:
    with ExitStack() as stack:
        return list(incoming(path, stack, ExpenseMapping.model_validate(words)).checked())


def row(path: Path, **words: Any) -> ExpenseRow:
    (found,) = read(path, **words)
    assert isinstance(found, ExpenseRow), found
    return found


def test_a_row_is_an_expense_of_a_division(tmp_path: Path) -> None:
    found = row(written(tmp_path, ROW))
    assert (found.key, found.division, found.category) == ("T1", "Works", "Software")
    assert (found.amount, found.currency, found.occurred_on) == (Decimal("12.50"), "EUR", date(2026, 2, 3))


@pytest.mark.parametrize(
    ("cell", "words", "amount"),
    [
        ("-12.50", {}, "-12.50"),
        ('"(1,234.50)"', {"parentheses": True, "thousands": ","}, "-1234.50"),
        ('"1.234,50"', {"decimal": ",", "thousands": "."}, "1234.50"),
        ('"(0.00)"', {"parentheses": True}, "0"),
    ],
)
def test_amounts_are_read_as_the_mapping_says(tmp_path: Path, cell: str, words: Any, amount: str) -> None:
    assert row(written(tmp_path, ROW.replace("12.50", cell)), **words).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("12.50", '"(1,234.50)"', "Amount", "is not a number"),
        ("12.50", "(1234.50)", "Amount", "mapping: `parentheses: true`"),
        ("12.50", "(-5)", "Amount", "is not a number"),
        ("12.50", "#N/A", "Amount", "is not a number"),
        ("12.50", "", "Amount", "is missing"),
        ("12.50", "12.505", "Amount", "12.505 EUR has more than the 2 decimals of it"),
        ("12.50,EUR", "12.50,JPY", "Amount", "12.5 JPY has more than the 0 decimals of it"),
        ("EUR", "XYZ", "Currency", "XYZ is no currency of ISO 4217"),
        ("EUR", "XAU", "Currency", "XAU is no currency of ISO 4217"),
        ("EUR", "", "Currency", "is missing"),
        ("T1", "", "Transaction", "is missing"),
        ("Works", "", "Division", "is missing"),
        ("2026-02-03", "2126-02-03", "Date", "is in the future"),
        ("2026-02-03", "2026-02-30", "Date", "is not a day"),
        ("12.50", "9999999999999999", "Amount", "is more than any budget can be"),
    ],
)
def test_a_row_that_cannot_be_taken_says_line_column_and_why(
    tmp_path: Path, old: str, new: str, column: str, reason: str
) -> None:
    (found,) = read(written(tmp_path, ROW.replace(old, new)))
    assert isinstance(found, RejectedRow)
    assert (found.line, "; ".join(found.columns)) == (2, column)
    assert reason in found.reason


def test_what_no_column_says_the_mapping_says_or_the_row_is_rejected(tmp_path: Path) -> None:
    path = written(tmp_path, "T1,5,2026-02-03", header="Transaction,Amount,Date")
    found = row(path, division="Works", category="Software", currency="EUR")
    assert (found.division, found.category, found.currency) == ("Works", "Software", "EUR")
    (rejected,) = read(path, division="Works", currency="EUR")
    assert isinstance(rejected, RejectedRow)
    assert rejected.reason == "category: no column and no `category` in the mapping says it."


def test_categories_and_kinds_of_cost_are_the_mappings_words(tmp_path: Path) -> None:
    path = written(tmp_path, f"{ROW},C", header=f"{HEADER},Kind")
    words: Any = {
        "categories": {"software": "Licences"},
        "cost_kinds": {"c": "capex"},
        "columns": {"cost_kind": "Kind"},
    }
    assert row(path, **words).charged_to == "Licences, capex"
    (rejected,) = read(path, columns={"cost_kind": "Kind"})
    assert isinstance(rejected, RejectedRow)
    assert "is none of opex, capex (mapping: `cost_kinds`)" in rejected.reason


def test_rows_that_are_alike_in_every_cell_all_stay(tmp_path: Path) -> None:
    assert all(isinstance(each, ExpenseRow) for each in read(written(tmp_path, ROW, ROW, ROW)))


def test_cp1252_semicolons_and_decimal_commas_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    path = written(
        tmp_path, "T1;Bürgerbüro;Software;12,50;EUR;03.02.2026", header=HEADER.replace(",", ";"), encoding="cp1252"
    )
    words: Any = {"encoding": "cp1252", "separator": ";", "decimal": ",", "dates": "DD.MM.YYYY"}
    assert row(path, **words).division == "Bürgerbüro"
    with pytest.raises(ImportProblem, match="is not UTF-8: line 2"):
        read(path, **words | {"encoding": None})


@pytest.mark.parametrize("mark", ["\ufeff", "ï»¿", "\ufeffï»¿", "\ufeff\ufeff"])
def test_byte_order_marks_are_left_out_also_where_they_were_encoded_twice(tmp_path: Path, mark: str) -> None:
    assert row(written(tmp_path, ROW, header=f"{mark}{HEADER}")).key == "T1"


def test_rows_longer_than_the_header_are_rejected_or_cut_with_one_warning(tmp_path: Path) -> None:
    path = written(tmp_path, f"{ROW},more", f"{ROW},more")
    assert all(isinstance(each, RejectedRow) and "has 7 cells" in each.reason for each in read(path))
    with ExitStack() as stack:
        file = incoming(path, stack, ExpenseMapping(longer_rows="cut"))
        assert all(isinstance(each, ExpenseRow) for each in file.checked())
        assert file.warnings == [
            "2 rows, the first in line 2, have more cells than the header has columns; what is beyond it was left out."
        ]


def book(path: Path, amount: Any) -> Path:
    made = Workbook()
    sheet = made.create_sheet("Spend", 0)
    sheet.append(HEADER.split(","))
    sheet.append(["T1", "Works", "Software", amount, "EUR", date(2026, 2, 3)])
    made.save(path)
    return path


def test_a_workbook_is_read_as_a_csv_is(tmp_path: Path) -> None:
    found = row(book(tmp_path / "spend.xlsx", 12.5))
    assert (found.amount, found.occurred_on) == (Decimal("12.5"), date(2026, 2, 3))


def test_a_workbook_with_formulas_or_macros_or_much_in_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImportProblem, match="has formulas"):
        read(book(tmp_path / "formula.xlsx", "=1+1"))
    path = book(tmp_path / "macros.xlsm", 1)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    with pytest.raises(ImportProblem, match="has macros"):
        read(path)
    path = book(tmp_path / "large.xlsx", 1)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(workbooks.MOST_UNPACKED))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ImportProblem, match="over 50 MB unpacked"):
        read(path)
    monkeypatch.setattr(workbooks, "PIECE", 7)
    with pytest.raises(ImportProblem, match="has formulas"):
        read(tmp_path / "formula.xlsx")


def test_the_same_line_of_a_budget_is_there_once(tmp_path: Path) -> None:
    line = "Works,2026,Software,opex,run,5,EUR"
    header = "Division,Fiscal Year,Category,Cost Kind,Purpose,Amount,Currency"
    with ExitStack() as stack:
        path = written(tmp_path, line, line, line.replace("opex", "capex"), line.replace(",5,", ",0,"), header=header)
        found = list(incoming(path, stack, BudgetMapping()).checked())
    reasons = [each.reason if isinstance(each, RejectedRow) else None for each in found]
    assert reasons[:1] + reasons[2:3] == [None, None]
    assert reasons[1] == "The same line of the same budget is in line 2 already."
    assert "'Amount' is not more than 0." in str(reasons[3])


@pytest.mark.parametrize("periods", [1, 3, 7, 12, 53])
def test_even_shares_sum_to_exactly_100_per_cent(periods: int) -> None:
    assert (sum(even(periods)), len(even(periods))) == (Decimal(100), periods)


def test_a_report_says_where_accepted_and_rejected_are_not_the_file(tmp_path: Path) -> None:
    whole, part = Sums(), Sums()
    whole.add(Decimal("10.10"), "EUR")
    whole.add(None, "EUR")
    part.add(Decimal("10.10"), "EUR")
    how: Any = {"system": "s", "seconds": 0.0, "files": [FileReport("f", 2)], "counts": {}}
    assert FinanceReport(**how, file=whole, accepted=part, refused=Sums(1, 1)).differences == []
    lost = FinanceReport(**how, file=whole, accepted=part, refused=Sums())
    assert (lost.exit_code, lost.differences) == (NOT_EQUAL, ["1 rows and 0 rejected are not 2"])
    other = FinanceReport(**how, file=whole, accepted=Sums(2, 1, {"EUR": Decimal(10)}), refused=Sums())
    assert other.differences == ["10 and 0 rejected are not 10.10 EUR"]


def test_the_samples_are_mappings_of_their_kinds() -> None:
    samples = Path(__file__).parents[2] / "docs" / "samples"
    assert read_as(ExpenseMapping, samples / "harrogate-spend.yaml").named(EXPENSES)["key"] == "Transaction No."
    assert BUDGETS.column("amount").given
