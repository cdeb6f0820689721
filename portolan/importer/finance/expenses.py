"""Expenses: what another system says was spent, stated to finance in the order of its days."""

from collections.abc import Sequence
from uuid import UUID

from portolan.importer.file_load import FileLoad
from portolan.importer.finance.charging import Charging
from portolan.importer.finance.known import Budget, fiscal_years
from portolan.importer.finance.mapping import ExpenseMapping
from portolan.importer.finance.rows import ExpenseRow
from portolan.importer.sending import Command

FIELDS = {"division_budget_id": "division", "amount": "amount", "category": "category", "occurred_on": "occurred_on"}


def take_expenses(
    load: FileLoad[ExpenseRow], mapping: ExpenseMapping, rows: Sequence[ExpenseRow]
) -> tuple[Sequence[ExpenseRow], Sequence[str]]:
    """State every expense; a corrected one is stated otherwise."""
    years = fiscal_years(load.services["finance"])
    charging = Charging(load, mapping, "expense", lambda row: years.of(row.occurred_on), "occurred_on")

    def commands(row: ExpenseRow, id: UUID, budget: Budget) -> Sequence[Command]:
        body = {
            "division_budget_id": str(budget.id),
            "category": row.charged_to,
            "reference": row.reference or row.key,
            "amount": {"amount": f"{row.amount:f}", "currency": row.currency},
            "occurred_on": row.occurred_on.isoformat(),
            "reason": f"According to {mapping.source}.",
        }
        return [Command("state_expense", id, body, FIELDS, first_version=2)]

    charging.charge(sorted(rows, key=lambda row: row.occurred_on), commands)
    return charging.accepted, repeated(charging.identical)


def repeated(number: int) -> list[str]:
    """The warning of rows that are the same in every cell: real ones, as far as anybody can know."""
    return [f"{number:,} rows repeat another one in every cell; each of them was taken."] if number else []
