"""Finance with many expenses against finance with few: a statement, what is available, a list as a file."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import httpx
from psycopg import Connection

from bench.arms import peak_memory
from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, interleaved
from bench.reading import median_latency
from chassis.http.export import CSV_TYPE, XLSX_TYPE
from contracts.finance import BudgetLine, CostKind, Purpose
from contracts.roles import Role
from contracts.values import Money
from portolan.stack.ports import free_ports
from services.finance.app import SERVICE
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.money import Sums
from services.finance.spending.domain.expense import Expense, ExpenseStatus

FEW, MANY = 10_000, 1_000_000
BUDGETS = 100
YEAR = 2026
COMPANY = UUID("3a4a1c0e-6b4e-4f5c-9c52-1f0a6f6f4d11")
WHOLE = 10**9
CATEGORY = "licences"
INSERT = "INSERT INTO states VALUES (%s, %s, 1, 1, %s, now(), now())"
EXPENSES = """
INSERT INTO states SELECT 'expense-' || md5(n::text)::uuid, 'expense', 1, 1, %(state)s::jsonb || jsonb_build_object(
    'division_budget_id', (%(budgets)s::text[])[n %% %(of)s + 1],
    'division_id', (%(divisions)s::text[])[n %% %(of)s + 1],
    'reference', 'Invoice ' || n, 'occurred_on', make_date(%(year)s, n %% 12 + 1, 15)), now(), now()
FROM generate_series(0, %(count)s - 1) n
"""


@dataclass(frozen=True)
class World:
    """A finance service with so many expenses of an euro, spread over the budgets of a hundred divisions."""

    count: int
    url: str
    process_id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


READS = {
    "the statement of a division's budget": f"/division-budgets/{uuid5(COMPANY, 'budget 7')}/statement",
    "what is available of all budgets": f"/availability?page_size={BUDGETS}",
    "a page of a budget's expenses": f"/expenses?division_budget_id={uuid5(COMPANY, 'budget 7')}&page_size=50",
}


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Ratios of latencies, and of the most memory that a list as a file took."""
    token = ground.token(Role.FINANCE_CONTROLLER)
    with ExitStack() as stack:
        worlds = [stack.enter_context(serving(ground, count, token)) for count in (FEW, MANY)]
        reads = [compared(worlds, what, rounds, seconds) for what in READS]
        return [*reads, exported(worlds, CSV_TYPE, "CSV"), exported(worlds, XLSX_TYPE, "XLSX")]


def compared(worlds: list[World], what: str, rounds: int, seconds: int) -> Row:
    def latency(world: World) -> float:
        return median_latency(world.url + READS[what], world.token, clients=1, seconds=max(seconds // 4, 1))

    few, many = (Arm(f"{world.count:,} expenses, us", partial(latency, world)) for world in worlds)
    found = interleaved([many, few], rounds)
    ratio = found.ratio(many.name, few.name)
    figures = ", ".join(f"{each.name} {found.median(each.name):,.0f}" for each in (many, few))
    title = f"finance: {what}, {MANY:,} expenses ÷ {FEW:,}"
    return Row(title, "<= 1.5", str(ratio), at_most(ratio, 1.5), figures, "what is spent is the sum of the expenses")


def exported(worlds: list[World], kind: str, name: str) -> Row:
    """The most memory the service ever held, once it has sent all its expenses as a file."""
    few, many = (memory_of_export(world, kind) for world in worlds)
    return Row(
        f"finance: memory of {MANY:,} expenses as {name} ÷ {FEW:,}",
        "<= 1.1",
        f"{many / few:.2f}",
        many / few <= 1.1,
        f"{many:,.0f} MiB, {few:,.0f} MiB at most",
        "every expense is in the file" if kind == CSV_TYPE else "the file came whole",
    )


def memory_of_export(world: World, kind: str) -> float:
    headers, rows = {**world.headers, "accept": kind}, 0
    with httpx.stream("GET", f"{world.url}/expenses", headers=headers, timeout=3600, trust_env=False) as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            rows += piece.count(b"\n")
    if kind == CSV_TYPE and rows != world.count + 1:
        raise AssertionError(f"{rows} lines of {world.count} expenses and a header")
    return peak_memory(world.process_id)


@contextmanager
def serving(ground: Ground, count: int, token: str) -> Iterator[World]:
    """A finance service with so many expenses."""
    database = ground.migrated(SERVICE)
    with connect(database.owner_url) as connection:
        populate(connection, count)
        connection.execute("VACUUM ANALYZE")
    (port,) = free_ports(1)
    environment = ground.environment("finance", database, port)
    argv = ["-m", "services.finance.app", "api"]
    with ground.answering(argv, environment, port, f"finance-{count}") as (url, process):
        world = World(count, url, process.pid, token)
        check(world)
        yield world


def populate(connection: "Connection[Any]", count: int) -> None:
    """The budgets with their sums, and the expenses."""
    numbers = range(BUDGETS)
    budgets, divisions = ([str(uuid5(COMPANY, f"{what} {n}")) for n in numbers] for what in ("budget", "division"))
    for id, division in zip(budgets, divisions, strict=True):
        state = budget(UUID(division), YEAR, count // BUDGETS, WHOLE).model_dump_json()
        connection.execute(INSERT, [DIVISION_BUDGET.stream(UUID(id)), DIVISION_BUDGET.kind, state])
    asked = {"budgets": budgets, "divisions": divisions, "of": BUDGETS, "year": YEAR, "count": count}
    connection.execute(EXPENSES, asked | {"state": expense()})


def budget(division_id: UUID, year: int, spent: int, whole: int, parent_id: UUID | None = None) -> DivisionBudget:
    """An approved budget of which so much is spent."""
    money = Money(amount=Decimal(whole), currency="EUR")
    line = BudgetLine(
        category=CATEGORY, cost_kind=CostKind.OPEX, purpose=Purpose.RUN, amount=money, spread=(Decimal(100),)
    )
    return DivisionBudget(
        division_id=division_id,
        fiscal_year=year,
        parent_budget_id=parent_id,
        lines=(line,),
        status="approved",
        original=money,
        current=money,
        charged={CATEGORY: Sums(spent=Decimal(spent))},
        spent_in={CATEGORY: {f"{year}-01": Decimal(spent)}},
    )


def expense() -> str:
    """An approved expense of an euro."""
    return Expense(
        division_budget_id=UUID(int=0),
        division_id=UUID(int=0),
        category=CATEGORY,
        amount=Money(amount=Decimal(1), currency="EUR"),
        reference="Invoice",
        commitment_id=None,
        occurred_on=date(YEAR, 1, 15),
        status=ExpenseStatus.APPROVED,
        submitted_by="system:bench",
    ).model_dump_json()


def check(world: World) -> None:
    """What is spent is as much as there are expenses."""
    with httpx.Client(base_url=world.url, trust_env=False, headers=world.headers, timeout=120) as client:
        answers = {what: client.get(path).raise_for_status().json() for what, path in READS.items()}
    statement, availability, page = (answers[what] for what in READS)
    spent = [
        Decimal(statement["figures"]["spent"]) * BUDGETS,
        sum(Decimal(each["spent"]) for each in availability["items"]),
    ]
    if spent != [world.count, world.count] or len(page["items"]) != 50:
        raise AssertionError(json.dumps(statement["figures"]))
