"""What a file holds and what became of it: rows, and amounts by currency, that must add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from rich.console import Console

from portolan.importer.cells import RejectedRow
from portolan.importer.figures import EXACT
from portolan.importer.report import NOT_EQUAL, NOTHING_LOADED, Report, write_line


class Counted(Protocol):
    """A row, with an amount where its kind has one."""

    @property
    def amount(self) -> Decimal | None: ...

    @property
    def currency(self) -> str | None: ...


@dataclass
class Sums:
    """Rows and their amounts by currency; ``unread``: rows without an amount and a currency that can be read."""

    rows: int = 0
    unread: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, amount: Decimal | None, currency: str | None) -> None:
        self.rows += 1
        if amount is None or currency is None:
            self.unread += 1
        else:
            self.amounts[currency] = EXACT.add(self.amounts.get(currency, Decimal(0)), amount)

    def add_row(self, row: Counted | RejectedRow) -> None:
        if isinstance(row, RejectedRow):
            self.add(row.values.get("amount"), row.values.get("currency"))
        else:
            self.add(row.amount, row.currency)

    @staticmethod
    def of(rows: Iterable[Counted | RejectedRow]) -> "Sums":
        sums = Sums()
        for row in rows:
            sums.add_row(row)
        return sums


@dataclass(frozen=True)
class FinanceReport(Report):
    """With what was accepted and rejected against the file: rows, and amounts by currency."""

    file: Sums = field(default_factory=Sums)
    accepted: Sums = field(default_factory=Sums)
    refused: Sums = field(default_factory=Sums)

    @property
    def differences(self) -> list[str]:
        """Where accepted and rejected are not the file."""
        found = []
        if self.accepted.rows + self.refused.rows != self.file.rows:
            found.append(f"{self.accepted.rows:,} rows and {self.refused.rows:,} rejected are not {self.file.rows:,}")
        for currency, whole in self.file.amounts.items():
            parts = [sums.amounts.get(currency, Decimal(0)) for sums in (self.accepted, self.refused)]
            if EXACT.add(*parts) != whole:
                found.append(f"{parts[0]:,f} and {parts[1]:,f} rejected are not {whole:,f} {currency}")
        return found

    @property
    def exit_code(self) -> int:
        return NOT_EQUAL if self.differences and super().exit_code != NOTHING_LOADED else super().exit_code

    def as_json(self) -> dict[str, Any]:
        totals = {name: getattr(self, name) for name in ("file", "accepted", "refused")}
        return {
            **super().as_json(),
            "equal": not self.differences,
            "totals": {
                name: {"rows": sums.rows, "unread": sums.unread, "amounts": written(sums.amounts)}
                for name, sums in totals.items()
            },
        }

    def show_comparison(self, console: Console) -> None:
        for currency, whole in sorted(self.file.amounts.items()):
            accepted, refused = (sums.amounts.get(currency, Decimal(0)) for sums in (self.accepted, self.refused))
            write_line(
                console, f"  {accepted:,f} accepted + {refused:,f} rejected = {whole:,f} {currency} in the file."
            )
        if self.file.unread and self.file.amounts:
            write_line(console, f"  Of {self.file.unread:,} rows no amount is read.")
        for difference in self.differences:
            write_line(console, f"Accepted and rejected are not the file: {difference}.", "bold red")


def written(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:f}" for currency, amount in sorted(amounts.items())}
