"""A process whose commands change two counters each, until it is killed: ``python -m tests.chassis.giving``.

It writes down each command before it gives it, and again once it knows that it was carried out.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.commands.handler import Handler, TooBusy
from chassis.domain.decider import Refused
from chassis.store.append import Outcome
from chassis.store.group_commit import Appender
from chassis.store.store import Store
from tests.chassis.counter import COUNTERS, EVENTS, GiveToCounter
from tests.chassis.support import do

SIDE_BY_SIDE = 4


class LosesSomeAnswers(Appender):
    """Its database commits, and now and then the answer never arrives."""

    def __init__(self, engine: AsyncEngine, random: Random) -> None:
        super().__init__(engine)
        self.random = random

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        outcomes = await super()._call(entries)
        if self.random.random() < 0.1:
            raise psycopg.OperationalError("the answer was lost")
        return outcomes


async def give(handler: Handler, command_id: UUID, source: UUID, to: UUID, amount: int) -> bool:
    """One command, as often as somebody asks for it; whether it was carried out."""
    command = GiveToCounter(to=to, amount=Decimal(amount))
    try:
        await do(handler, source, command, command_id=command_id, fingerprint="f")
    except (Refused, TooBusy):
        return False
    return True


async def give_for_ever(url: str, seed: int, counters: Sequence[UUID], journal: Path) -> None:
    """Give between the counters until somebody ends this process."""
    random = Random(seed)
    store = Store(url)
    store.appender = LosesSomeAnswers(store.engine, random)
    await store.start()
    handler = Handler(store, EVENTS, aggregates=[COUNTERS], service="counting")
    with journal.open("a", buffering=1) as lines:

        async def go_on() -> None:
            while True:
                source, to = random.sample(counters, 2)
                asked = (UUID(int=random.getrandbits(128), version=4), source, to, random.randint(1, 30))
                lines.write(json.dumps([str(part) for part in asked]) + "\n")
                if await give(handler, *asked):
                    lines.write(json.dumps([str(asked[0])]) + "\n")

        await asyncio.gather(*[go_on() for _ in range(SIDE_BY_SIDE)])


if __name__ == "__main__":
    asyncio.run(give_for_ever(sys.argv[1], int(sys.argv[2]), [UUID(id) for id in sys.argv[4:]], Path(sys.argv[3])))
