"""Reads of people with many persons against reads with few: a page, a name, a filter, a chart, a line, a team's pay."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import httpx
from pydantic import BaseModel

from bench.commands import run
from bench.database import connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, interleaved
from chassis.domain.decider import Decider
from chassis.store.append import Append, StreamAppend, encode_event
from chassis.store.encryption import Privacy, read_master_keys
from chassis.store.keys import unlock
from chassis.store.store import Loaded, Store
from contracts.people import (
    DivisionEstablished,
    DivisionKind,
    PersonAppointed,
    PersonHired,
    PositionApproved,
    PositionDrafted,
)
from contracts.roles import Role
from contracts.values import Grade, Money
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION
from services.people.pay.domain.pay import PAY, PayFactor, PaySet, Weighed

FEW, MANY = 1_000, 100_000
SPAN = 10
TEAM = 20
DAY = date(2026, 1, 7)


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """A ratio of latencies for each kind of read."""
    with ExitStack() as stack:
        worlds = [stack.enter_context(serving(ground, count)) for count in (FEW, MANY)]
        return [compared(worlds, what, rounds, seconds) for what in worlds[0].reads]


@dataclass(frozen=True)
class World:
    """A people service with so many persons; ``reads`` are addresses with the token of anyone who asks."""

    count: int
    url: str
    reads: Mapping[str, tuple[str, str]]


def compared(worlds: Sequence[World], what: str, rounds: int, seconds: int) -> Row:
    """One kind of read in both worlds."""
    few, many = (f"{world.count:,} persons, us" for world in worlds)
    arms = [
        Arm(name, lambda world=world: latency(world, what, seconds))  # type: ignore[misc]
        for name, world in zip((few, many), worlds, strict=True)
    ]
    for arm in arms:
        arm.run()
    found = interleaved(arms, rounds)
    ratio = found.ratio(many, few)
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    return Row(f"people: {what}, 100,000 persons ÷ 1,000", "<= 1.5", str(ratio), at_most(ratio, 1.5), figures, CHECKED)


CHECKED = "both answer with the same number of items"


def latency(world: World, what: str, seconds: int) -> float:
    """Microseconds of an answer to one client, the median."""
    path, token = world.reads[what]
    return median_latency(world.url + path, token, clients=1, seconds=max(seconds // 4, 1))


def median_latency(url: str, token: str, *, clients: int, seconds: int) -> float:
    """Microseconds of an answer to so many clients, the median; raises where one was refused."""
    header = f"authorization: Bearer {token}"
    asked = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--latency", "-H", header, url]
    output = run(asked, {"PATH": "/usr/bin:/bin"})
    found = re.search(r"50%\s+([\d.]+)(us|ms|s)", output)
    if found is None or "Non-2xx" in output:
        raise RuntimeError(f"reads failed: {output}")
    return float(found[1]) * {"us": 1.0, "ms": 1e3, "s": 1e6}[found[2]]


@contextmanager
def serving(ground: Ground, count: int) -> Iterator[World]:
    """A people service with so many persons in teams of twenty, each team a division, in one hierarchy."""
    database = ground.migrated(SERVICE)
    asyncio.run(populate(database, Privacy(read_master_keys(ground.master_key, "")), count))
    with connect(database.owner_url) as connection:
        connection.execute("VACUUM ANALYZE")
    (port,) = free_ports(1)
    environment = ground.environment("people", database, port)
    with ground.serving(["-m", "services.people.app", "api"], environment, port, f"people-{count}") as url:
        world = World(count, url, reads(ground, count // TEAM - 1))
        check(world)
        yield world


def reads(ground: Ground, team: int) -> dict[str, tuple[str, str]]:
    """Return the requests and their callers: about a team that leads no other, the same in every size of company."""
    manager, member = person(team * TEAM), person(team * TEAM + 1)
    hr = ground.token(Role.HR)
    own = ground.issuer.token(str(manager), [Role.MANAGER])
    return {
        "a page of all persons": ("/persons?page_size=50", hr),
        "ten persons by a part of their names": ("/persons?q=P%C3%89RSON%2000012", hr),
        "a manager's direct reports": (f"/persons?line_manager_id={manager}", own),
        "the chart of a division": (f"/divisions/{division(team)}/chart", own),
        "the chart of a division on a past day": (f"/divisions/{division(team)}/chart?effective_on=2026-02-01", own),
        "the line of a person": (f"/persons/{member}/line", own),
        "a manager's list of their team's pay": ("/pay", own),
    }


def check(world: World) -> None:
    """Every read answers, with as many items as there are in any such company."""
    expected = dict(zip(world.reads, (50, 10, TEAM - 1, TEAM, TEAM, None, TEAM), strict=True))
    with httpx.Client(base_url=world.url, trust_env=False) as client:
        for what, (path, token) in world.reads.items():
            answer = client.get(path, headers={"authorization": f"Bearer {token}"}).raise_for_status().json()
            items = answer.get("items", answer.get("seats"))
            if expected[what] not in (None, len(items)):
                raise AssertionError(f"{what}: {len(items)} items, not {expected[what]}")


def person(number: int) -> UUID:
    """The id of a person."""
    return uuid5(NAMESPACE_OID, f"person {number}")


def division(number: int) -> UUID:
    """The id of a division."""
    return uuid5(NAMESPACE_OID, f"division {number}")


def position(number: int) -> UUID:
    """The id of a person's position."""
    return uuid5(NAMESPACE_OID, f"position {number}")


def superior(number: int) -> int | None:
    """Return a person's leader: the first of their team, and for that one the first of another team."""
    team = number // TEAM
    if number % TEAM:
        return team * TEAM
    return None if team == 0 else (team - 1) // SPAN * TEAM


async def populate(database: ServiceDatabase, privacy: Privacy, count: int) -> None:
    """Append everybody's events as their commands would have, many at a time."""
    store = Store(database.url, privacy=privacy)
    await unlock(store)
    await store.start()
    try:
        for team in range(count // TEAM):
            kind = DivisionKind.IT
            await append(
                store,
                DIVISION,
                division(team),
                [DivisionEstablished(name=f"D{team}", code=None, kind=kind, parent_id=None)],
            )
            numbers = range(team * TEAM, (team + 1) * TEAM)
            await asyncio.gather(*(one(store, number) for number in numbers))
    finally:
        await store.stop()


async def one(store: Store, number: int) -> None:
    """A person in their position, with their pay."""
    team, above = number // TEAM, superior(number)
    grade = Grade.STAFF if number % TEAM else Grade.MANAGER
    described = PositionDrafted(
        title=f"Position {number}",
        division_id=division(team),
        grade=grade,
        reports_to=None if above is None else position(above),
        it_management_years=Decimal(0),
        duties=("Do the work.",),
    )
    await append(store, POSITION, position(number), [described, PositionApproved()])
    appointed = PersonAppointed(
        position_id=position(number),
        title=described.title,
        division_id=division(team),
        grade=grade,
        line_manager_id=None if above is None else person(above),
        transferred=False,
        promoted=False,
        effective_on=DAY,
    )
    await append(store, PERSON, person(number), [PersonHired(name=f"Person {number:06}", effective_on=DAY), appointed])
    pay = PaySet(
        person_id=person(number),
        yearly=Money(amount=Decimal(60_000), currency="EUR"),
        factors=(Weighed(factor=PayFactor.EXPERTISE, finding="Knows it."),),
        outside_band=None,
        effective_on=DAY,
    )
    await append(store, PAY, person(number), [pay])


async def append(store: Store, decider: Decider[Any], id: UUID, events: Sequence[BaseModel]) -> None:
    """Store the events of one stream with their state."""
    command_id, loaded = uuid4(), Loaded(decider.stream(id))
    state = decider.fold(events)
    assert state is not None
    sealing = await store.sealing(decider, loaded, [*events, state])
    metadata = {"id": str(command_id), "command_id": str(command_id), "actor": "system:bench"}
    public = frozenset(SERVICE.events)
    encoded = [
        encode_event(event, public=type(event) in public, metadata=metadata, sealing=sealing) for event in events
    ]
    sealed = sealing.state(state, decider.kind, PERSONS.digested if decider is PERSON else ())
    own = StreamAppend(
        loaded.stream, decider.kind, 0, encoded, sealed.text, subject=sealed.subject, digests=sealed.digests
    )
    entry = Append(command_id, own, keys=sealing.made)
    outcome = await store.appender.append(entry)
    if outcome.outcome != "appended":
        raise AssertionError(outcome)
