"""A hundred who ask for the same person's hours in the same week at once, through the handlers of eight processes."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from uuid import UUID, uuid4

from sqlalchemy import text

from bench.database import connect
from bench.ground import Ground
from bench.growth import project_state
from bench.measure import Row
from chassis.commands.handler import CommandContext, Handler, TooBusy
from chassis.domain.decider import Actor, Refused
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.allocation.commands import ALLOCATIONS
from services.portfolio.allocation.domain.allocation import ALLOCATION, AllocatePerson
from services.portfolio.app import SERVICE

AT_ONCE, CAPACITY, PROCESSES = 100, 40, 8
A = Fields(ALLOCATION)
ALLOCATED = text(
    f"SELECT coalesce(sum(({A.hours})::numeric), 0) AS hours FROM states"  # noqa: S608 (ours)
    f" WHERE {A.of_kind} AND {A.person_id} = :person"
)


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """The most hours that any round allocated, of one week."""
    database, project = ground.migrated(SERVICE), uuid4()
    with connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO states VALUES (%s, 'project', 1, 1, %s, now(), now())", [f"project-{project}", project_state()]
        )
    found = [asyncio.run(contend(database, project)) for _ in range(rounds)]
    most = max(hours for hours, _ in found)
    taken = sorted(seconds for _, seconds in found)[len(found) // 2]
    return [
        Row(
            f"{AT_ONCE} concurrent allocations of an hour on one person and week of {CAPACITY} hours",
            f"<= {CAPACITY} hours",
            f"{most} hours",
            most <= CAPACITY,
            f"all answered after {taken:.2f} s, the median of {rounds} rounds",
            f"the sum stored for the week; {PROCESSES} handlers with a store each, as of so many processes",
        )
    ]


async def contend(database: ServiceDatabase, project: UUID) -> tuple[Decimal, float]:
    """The hours stored after all were answered, and the seconds that took."""
    person, today = uuid4(), datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    with connect(database.owner_url) as connection:
        connection.execute("INSERT INTO known_persons (id, active) VALUES (%s, true)", [person])
        connection.execute("INSERT INTO capacities VALUES (%s, %s, %s)", [person, monday, [Decimal(CAPACITY)]])
    stores = [Store(database.url) for _ in range(PROCESSES)]
    for store in stores:
        await store.start()
    handlers = [Handler(store, SERVICE.events, aggregates=SERVICE.aggregates, service=SERVICE.name) for store in stores]
    command = AllocatePerson(person_id=person, project_id=project, monday=monday, hours=Decimal(1))
    began = perf_counter()
    await asyncio.gather(*(allocate(handlers[number % PROCESSES], command) for number in range(AT_ONCE)))
    taken = perf_counter() - began
    (row,) = await stores[0].rows(ALLOCATED, {"person": str(person)})
    for store in stores:
        await store.stop()
    return row.hours, taken


async def allocate(handler: Handler, command: AllocatePerson) -> None:
    """Ask for the hour; to be refused it, or to be told to try again, is an answer."""
    actor = Actor("system:bench", frozenset({Role.PORTFOLIO_OFFICE}))
    try:
        await handler.handle(ALLOCATIONS, ALLOCATIONS.row(command), None, command, CommandContext(actor))
    except (Refused, TooBusy):
        return
