"""The budgets that finance has, by division and fiscal year, and how it counts the latter."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portolan.importer.sending import Service, several

POLICY = "/finance-policies/00000000-0000-0000-0000-000000000000"
MOST_FILTERED = 40


@dataclass(frozen=True)
class Budget:
    id: UUID
    currency: str


@dataclass(frozen=True)
class Years:
    """Fiscal years: one is named by the calendar year it ends in."""

    starts: int = 1

    def of(self, day: date) -> int:
        return day.year + 1 if self.starts > 1 and day.month >= self.starts else day.year


def fiscal_years(finance: Service) -> Years:
    policy = finance.read(POLICY)
    return Years(policy["fiscal_year_starts"]) if policy else Years()


def budgets_of(finance: Service, wanted: Iterable[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], Budget]:
    """Those budgets of these divisions and years that there are."""
    divisions: dict[int, set[UUID]] = {}
    for division, year in wanted:
        divisions.setdefault(year, set()).add(division)
    return {key: budget for year, its in divisions.items() for key, budget in of_year(finance, year, its)}


def of_year(finance: Service, year: int, divisions: Iterable[UUID]) -> Iterator[tuple[tuple[UUID, int], Budget]]:
    for some in several(sorted(divisions, key=str), MOST_FILTERED):
        for item in finance.read_all("division-budgets", division_id=[*map(str, some)], fiscal_year=[str(year)]):
            yield (UUID(item["division_id"]), year), budget_of(item)


def budgets_by_id(finance: Service, ids: Iterable[UUID]) -> Mapping[UUID, Budget]:
    return {id: budget_of(item) for id, item in finance.read_many("division-budgets", ids).items()}


def budget_of(item: Mapping[str, object]) -> Budget:
    current = item["current"]
    assert isinstance(current, dict)
    return Budget(UUID(str(item["id"])), str(current["currency"]))
