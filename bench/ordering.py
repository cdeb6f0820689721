"""Orders a second on one division's budget and on a hundred, beside a row lock and an update in bare PostgreSQL."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

from bench.commands import CLIENTS, run
from bench.database import connect, driver
from bench.ground import Ground
from bench.measure import Arm, Rounds, Row, interleaved
from chassis.commands.handler import CommandContext, Handler
from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor, Command
from chassis.store.store import Store
from contracts.finance import BudgetLine, CostKind, Purpose
from contracts.roles import Role
from contracts.values import Money
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE
from services.finance.budgets.commands import DIVISION_BUDGETS
from services.finance.budgets.domain.division_budget.drafting import DraftDivisionBudget
from services.finance.budgets.domain.division_budget.rules import (
    DIVISION_BUDGET,
    ApproveDivisionBudget,
    SubmitDivisionBudget,
)
from services.finance.spending.commands import COMMITMENTS
from services.finance.spending.domain.commitment import DraftCommitment, PlaceOrder

MANY = 100
ONE = Money(amount=Decimal(1), currency="EUR")
WHOLE = Money(amount=Decimal(10**9), currency="EUR")
HERE = Path(__file__).parent
TABLES = """
CREATE TABLE budgets (id integer PRIMARY KEY, available numeric NOT NULL, committed numeric NOT NULL DEFAULT 0);
CREATE TABLE orders (id bigserial PRIMARY KEY, budget integer NOT NULL REFERENCES budgets, amount numeric NOT NULL,
                     reference text NOT NULL);
INSERT INTO budgets (id, available) SELECT n, 1000000000 FROM generate_series(1, 100) n;
"""

Give = Callable[[Aggregate, UUID | None, Command], Awaitable[UUID]]


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Ratios of orders per second, of so many clients at once in one process; what is bound is what was ordered."""
    database, bare = ground.migrated(SERVICE), ground.database()
    with connect(bare.owner_url) as connection:
        connection.execute(TABLES.encode())
    budgets = asyncio.run(approved(database, MANY))
    arms = [
        Arm("one budget, orders/s", lambda: asyncio.run(ordered(database, budgets[:1], seconds))),
        Arm("a row lock, one row, orders/s", lambda: locked(ground, bare, 1, seconds)),
        Arm(f"{MANY} budgets, orders/s", lambda: asyncio.run(ordered(database, budgets, seconds))),
        Arm(f"a row lock, {MANY} rows, orders/s", lambda: locked(ground, bare, MANY, seconds)),
    ]
    found = interleaved(arms, rounds)
    checked = asyncio.run(conserved(database, budgets))
    hot, hot_lock, many, many_lock = (arm.name for arm in arms)
    return [
        compared(found, hot, hot_lock, "one budget", checked),
        compared(found, many, many_lock, f"{MANY} budgets", checked),
        compared(found, hot, many, f"one budget, against {MANY} in the same process", checked),
    ]


def compared(found: Rounds, above: str, below: str, what: str, checked: str) -> Row:
    figures = f"{above} {found.median(above):,.0f}, {below} {found.median(below):,.0f}"
    return Row(
        f"orders/s of {CLIENTS} at once on {what} ÷ {below.removesuffix(', orders/s')}",
        "reported",
        str(found.ratio(above, below)),
        None,
        figures,
        checked,
    )


async def handling(database: ServiceDatabase) -> tuple[Store, Give]:
    """A store, and what gives a command in it as its system."""
    store = Store(database.url)
    await store.start()
    handler = Handler(store, SERVICE.events, aggregates=SERVICE.aggregates, service=SERVICE.name)

    async def give(aggregate: Aggregate, id: UUID | None, command: Command) -> UUID:
        approving = isinstance(command, ApproveDivisionBudget)
        actor = Actor("system:second" if approving else "system:bench", frozenset({Role.FINANCE_CONTROLLER}))
        result = await handler.handle(aggregate, aggregate.row(command), id, command, CommandContext(actor))
        return result.id

    return store, give


async def approved(database: ServiceDatabase, count: int) -> list[UUID]:
    """So many approved budgets."""
    store, give = await handling(database)
    line = BudgetLine(
        category="licences", cost_kind=CostKind.OPEX, purpose=Purpose.RUN, amount=WHOLE, spread=(Decimal(100),)
    )
    ids = []
    for _ in range(count):
        year = datetime.now(UTC).year
        draft = DraftDivisionBudget(division_id=uuid4(), fiscal_year=year, currency="EUR", lines=(line,))
        id = await give(DIVISION_BUDGETS, None, draft)
        for command in (SubmitDivisionBudget(), ApproveDivisionBudget()):
            await give(DIVISION_BUDGETS, id, command)
        ids.append(id)
    await store.stop()
    return ids


async def ordered(database: ServiceDatabase, budgets: Sequence[UUID], seconds: int) -> float:
    """Orders placed per second; drafting them is not measured."""
    store, give = await handling(database)
    until, taken, placed = perf_counter() + seconds, 0.0, 0
    while perf_counter() < until:
        turns = cycle(budgets)
        drafts = [
            DraftCommitment(division_budget_id=next(turns), category="licences", amount=ONE, reference="Order 7")
            for _ in range(CLIENTS * 8)
        ]
        ids = await asyncio.gather(*(give(COMMITMENTS, None, draft) for draft in drafts))
        began = perf_counter()
        await asyncio.gather(*(place(give, ids[client::CLIENTS]) for client in range(CLIENTS)))
        taken, placed = taken + perf_counter() - began, placed + len(ids)
    await store.stop()
    return placed / taken


async def place(give: Give, orders: Sequence[UUID]) -> None:
    """A client's orders, one after the other."""
    for id in orders:
        await give(COMMITMENTS, id, PlaceOrder())


def locked(ground: Ground, database: ServiceDatabase, budgets: int, seconds: int) -> float:
    """Orders per second of so many clients, each a transaction that locks the budget's row."""
    argv = [str(ground.program("pgbench")), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds)]
    script = ["-D", f"budgets={budgets}", "-f", str(HERE / "ordering.pgbench"), driver(database.owner_url)]
    found = re.search(r"tps = ([\d.]+)", run([*argv, *script]))
    assert found
    return float(found[1])


async def conserved(database: ServiceDatabase, budgets: Sequence[UUID]) -> str:
    """What is bound of the budgets is what their orders are; none is overdrawn."""
    store, _ = await handling(database)
    held = [each.state for each in await store.load_many(DIVISION_BUDGET, budgets)]
    await store.stop()
    bound = sum((budget.charges.committed for budget in held if budget is not None), Decimal(0))
    with connect(database.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM events WHERE type = 'CommitmentMade'").fetchone()
    if row is None or bound != row[0]:
        raise RuntimeError(f"{bound} are bound by {row} orders of 1")
    return f"{bound:,f} EUR are bound by as many orders of 1 EUR"
