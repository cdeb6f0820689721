"""The end of a year: of how many budgets a second the money is closed and carried over, of few budgets and of many."""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from uuid import UUID, uuid5

from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, interleaved
from bench.spending import CATEGORY, COMPANY, INSERT, budget
from chassis.commands.handler import CommandContext, Handler
from chassis.domain.decider import Actor, Command
from chassis.store.store import Store
from contracts.finance.closing import CarryRule
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.closing.commands import YEAR_ENDS
from services.finance.closing.domain import year_end
from services.finance.closing.domain.year_end import (
    YEAR_END,
    ApproveYearEnd,
    CloseNextBudgets,
    PrepareYearEnd,
    YearEndStatus,
)

FEW, MANY = 1_000, 10_000
YEAR, SPAN = 2025, 100
OWN, SPENT = 1_000_000, 1_000


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Budgets per second, and how that falls with how many there are."""
    arms = [Arm(f"{count:,} budgets, budgets/s", lambda count=count: closed(ground, count)) for count in (MANY, FEW)]  # type: ignore[misc]
    found = interleaved(arms, min(rounds, 3))
    many, few = (arm.name for arm in arms)
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    checked = "every budget is closed; what is carried is what was left of each"
    what = f"budgets closed per second at a year's end, {MANY:,} ÷ {FEW:,}"
    return [Row(what, "reported", str(found.ratio(many, few)), None, figures, checked)]


def closed(ground: Ground, count: int) -> float:
    """Close a year of so many budgets, in a tree of two levels below its root; the budgets per second."""
    database, company = ground.migrated(SERVICE), uuid5(COMPANY, str(count))
    with connect(database.owner_url) as connection, connection.cursor() as cursor:
        for year in (YEAR, YEAR + 1):
            cursor.executemany(INSERT, states_of(company, year, count))
        connection.execute("VACUUM ANALYZE states")
    return asyncio.run(ended(database, company, count))


def id_of(company: UUID, year: int, number: int) -> UUID:
    return uuid5(company, f"budget {year} {number}")


def states_of(company: UUID, year: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Budgets, each as big as those below it and its own million together."""
    sizes = [1] * count
    for number in range(count - 1, 0, -1):
        sizes[(number - 1) // SPAN] += sizes[number]
    for number, size in enumerate(sizes):
        above = id_of(company, year, (number - 1) // SPAN) if number else None
        spent = SPENT if year == YEAR else 0
        state = budget(uuid5(company, f"division {number}"), year, spent, OWN * size, above)
        yield DIVISION_BUDGET.stream(id_of(company, year, number)), DIVISION_BUDGET.kind, state.model_dump_json()


async def ended(database: ServiceDatabase, company: UUID, count: int) -> float:
    """Prepare, approve and run the year end."""
    store = Store(database.url)
    await store.start()
    handler = Handler(store, SERVICE.events, aggregates=SERVICE.aggregates, service=SERVICE.name)

    async def give(id: UUID, command: Command, by: str) -> UUID:
        actor = handler.system if by == "system" else Actor(by, frozenset({Role.FINANCE_CONTROLLER}))
        return (await handler.handle(YEAR_ENDS, YEAR_ENDS.row(command), id, command, CommandContext(actor))).id

    rules = (CarryRule(category=CATEGORY, share=100),)
    root = id_of(company, YEAR, 0)
    prepare = PrepareYearEnd(fiscal_year=YEAR, parent_budget_id=root, rules=rules)
    id = await give(year_end.id_of(prepare), prepare, "system:one")
    await give(id, ApproveYearEnd(), "system:other")
    begun = perf_counter()
    while (state := (await store.load(YEAR_END, id)).state).status is not YearEndStatus.DONE:
        await give(id, CloseNextBudgets(), "system")
    took = perf_counter() - begun
    await store.stop()
    (totals,) = state.totals.values()
    if (state.closed, totals.carried, totals.overspent) != (count, count * (OWN - SPENT), 0):
        raise AssertionError(totals)
    return count / took
