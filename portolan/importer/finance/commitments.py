"""Commitments: orders that finance checks like any other, or takes over where they exist elsewhere."""

from collections.abc import Sequence
from uuid import UUID

from portolan.importer.file_load import FileLoad
from portolan.importer.finance.charging import Charging
from portolan.importer.finance.expenses import repeated
from portolan.importer.finance.known import Budget
from portolan.importer.finance.mapping import CommitmentMapping
from portolan.importer.finance.rows import CommitmentRow
from portolan.importer.sending import Command

FIELDS = {"division_budget_id": "division", "amount": "amount", "category": "category"}


def take_commitments(
    load: FileLoad[CommitmentRow], mapping: CommitmentMapping, rows: Sequence[CommitmentRow]
) -> tuple[Sequence[CommitmentRow], Sequence[str]]:
    """Place every order, or take it over. One that is refused stays a draft, which binds nothing."""
    charging = Charging(load, mapping, "commitment", lambda row: row.fiscal_year, "fiscal_year")

    def commands(row: CommitmentRow, id: UUID, budget: Budget) -> Sequence[Command]:
        body = {
            "division_budget_id": str(budget.id),
            "category": row.charged_to,
            "reference": row.reference or row.key,
            "amount": {"amount": f"{row.amount:f}", "currency": row.currency},
        }
        if mapping.taken_over:
            return [Command("take_over_commitment", id, {**body, "source": mapping.source}, FIELDS, first_version=2)]
        return [
            Command("draft_commitment", id, body, FIELDS, first_version=1),
            Command("place_order_commitment", id, {}, {}),
        ]

    charging.charge(rows, commands)
    return charging.accepted, repeated(charging.identical)
