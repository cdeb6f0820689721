"""Budgets: the lines of a division and year are one budget, drafted whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from portolan.importer.carrying import Refusal, Step, take
from portolan.importer.divisions import KNOWN_ALREADY, establish
from portolan.importer.file_load import FileLoad
from portolan.importer.finance.known import Budget, budgets_of
from portolan.importer.finance.mapping import BudgetMapping
from portolan.importer.finance.rows import LineRow, budget_key, by_cost_kind
from portolan.importer.ids import id_of
from portolan.importer.pipeline import PORTION
from portolan.importer.sending import Command, Outcome, several

SHARE = Decimal("0.0001")


@dataclass(frozen=True)
class Drafted:
    """A budget with its lines."""

    division_id: UUID
    rows: Sequence[LineRow]

    @property
    def first(self) -> LineRow:
        return self.rows[0]


def take_lines(
    load: FileLoad[LineRow], mapping: BudgetMapping, rows: Sequence[LineRow]
) -> tuple[Sequence[LineRow], Sequence[str]]:
    """Establish the divisions and draft their budgets; a draft that was drafted before is drafted again."""
    found = whole_budgets(load, mapping, rows)
    found = with_division(load, mapping, found)
    known = budgets_of(load.services["finance"], [(each.division_id, each.first.fiscal_year) for each in found])
    accepted: list[LineRow] = []

    def refuse(budget: Drafted, refusal: Refusal) -> None:
        refuse_all(load, budget, refusal)

    def draft(budget: Drafted) -> Sequence[Command]:
        year = budget.first.fiscal_year
        body = {"division_id": str(budget.division_id), "fiscal_year": year, **lines(budget, mapping)}
        return [Command("draft_division_budget", id_for(budget, known, mapping), body, FIELDS, first_version=1)]

    def redraft(budget: Drafted, before: Sequence[Outcome]) -> Sequence[Command]:
        if not any(outcome.refused for outcome in before):
            return []
        body = lines(budget, mapping)
        return [Command("redraft_division_budget", id_for(budget, known, mapping), body, FIELDS)]

    finance = load.services["finance"]
    steps = [
        Step[Drafted](finance, lambda budget, _: draft(budget), lambda _: "budgets", standing=KNOWN_ALREADY),
        Step[Drafted](finance, redraft, lambda _: "budgets"),
    ]
    for portion in several(found, PORTION):
        for budget in take(portion, steps, refuse, load.tally):
            accepted += budget.rows
    return accepted, ()


FIELDS = {"division_id": "division", "fiscal_year": "fiscal_year", "currency": "currency", "lines": "amount"}


def whole_budgets(load: FileLoad[LineRow], mapping: BudgetMapping, rows: Sequence[LineRow]) -> list[Drafted]:
    """The budgets of which no line was rejected; the other lines of those are."""
    groups: dict[str, list[LineRow]] = {}
    for row in rows:
        groups.setdefault(budget_key(row.division, row.fiscal_year), []).append(row)
    column, whole = load.file.column("division"), []
    for key, its in groups.items():
        if (line := load.file.checks.rejected.get(key)) is None:
            whole.append(Drafted(mapping.division_id(its[0].division), its))
            continue
        for row in its:
            load.reject(row, f"A line of the same budget, in line {line}, was rejected.", column)
    return whole


def with_division(load: FileLoad[LineRow], mapping: BudgetMapping, found: Sequence[Drafted]) -> list[Drafted]:
    """The budgets whose division is there; one that the mapping names by its id is."""
    new: dict[UUID, Drafted] = {}
    for budget in found:
        if budget.first.division not in mapping.divisions:
            new.setdefault(budget.division_id, budget)
    refused: dict[UUID, Refusal] = {}

    def command(budget: Drafted, coded: bool) -> Sequence[Command]:
        row = budget.first
        body = {
            "name": row.division,
            "code": row.division_code if coded else None,
            "kind": mapping.division_kind.value,
            **mapping.in_zone(),
        }
        return [Command("establish_division", budget.division_id, body, {"name": "division"}, first_version=1)]

    def refuse(budget: Drafted, refusal: Refusal) -> None:
        refused[budget.division_id] = refusal

    passed, _ = establish(load.services["people"], list(new.values()), command, refuse)
    for budget, outcomes in passed:
        load.tally.count("divisions", command(budget, True)[0], outcomes)
    for budget in found:
        if refusal := refused.get(budget.division_id):
            refuse_all(load, budget, refusal)
    return [budget for budget in found if budget.division_id not in refused]


def refuse_all(load: FileLoad[LineRow], budget: Drafted, refusal: Refusal) -> None:
    for row in budget.rows:
        load.refuse(row, refusal)


def id_for(budget: Drafted, known: Mapping[tuple[UUID, int], Budget], mapping: BudgetMapping) -> UUID:
    """The id of the budget that finance has of the division and year, else one of its own."""
    year = budget.first.fiscal_year
    there = known.get((budget.division_id, year))
    return there.id if there else id_of(mapping, "division budget", str(budget.division_id), str(year))


def lines(budget: Drafted, mapping: BudgetMapping) -> dict[str, Any]:
    """The currency and the lines of a budget, each spread evenly."""
    return {
        "currency": budget.first.currency,
        "lines": [
            {
                "category": by_cost_kind(row.category, row.cost_kind) if mapping.by_cost_kind else row.category,
                "cost_kind": row.cost_kind.value,
                "purpose": row.purpose.value,
                "amount": {"amount": f"{row.amount:f}", "currency": row.currency},
                "spread": [f"{share:f}" for share in even(mapping.periods)],
            }
            for row in budget.rows
        ],
    }


def even(periods: int) -> list[Decimal]:
    """Shares of 100 % that are as even as four decimals allow; what is left is in the last one."""
    share = (Decimal(100) / periods).quantize(SHARE, rounding="ROUND_DOWN")
    return [*[share] * (periods - 1), Decimal(100) - share * (periods - 1)]
