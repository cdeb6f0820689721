"""Earned value and the list of projects must not grow with how many projects there are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import httpx

from bench.database import connect
from bench.ground import Ground
from bench.growth import project_state
from bench.measure import Arm, Row, at_most, interleaved
from bench.reading import median_latency
from contracts.roles import Role
from portolan.stack.ports import free_ports
from services.portfolio.app import SERVICE

FEW, MANY = 1_000, 100_000
DAYS, VALUE = 200, 1000
START, AFTER = date(2025, 1, 1), date(2027, 12, 31)
DIVISION = UUID("00000000-0000-0000-0000-00000000d1d1")
ONE = UUID("c4ca4238-a0b9-2382-0dcc-509a6f75849b")
"""The first project: its id is the MD5 digest of 1."""
EVENTS = """
INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at)
SELECT n, 'plan-' || md5(n::text)::uuid, 1, 1, 'EarnedValueMoved', json_build_object(
    'division_id', %(division)s::text, 'currency', 'EUR', 'points', json_build_array(
        json_build_object('day', %(start)s::date + n %% 700, 'over', %(days)s::int, 'amount', '0',
            'slope', %(value)s::text, 'earned', '0', 'budget', %(value)s::text, 'actual', '0'),
        json_build_object('day', %(start)s::date + n %% 700 + %(days)s::int, 'over', %(days)s::int, 'amount', '0',
            'slope', %(taken)s::text, 'earned', '0', 'budget', '0', 'actual', '0'))), '{}', now()
FROM generate_series(1, %(count)s) n
"""
STATES = """
INSERT INTO states SELECT 'project-' || md5(n::text)::uuid, 'project', 1, 1, %(state)s::jsonb
    || jsonb_build_object('name', 'Project ' || lpad(n::text, 7, '0'), 'division_id', %(division)s::text), now(), now()
FROM generate_series(1, %(count)s) n
"""
READS = {
    "a page of all projects by name": "/projects?sort=name&page_size=50",
    "earned value of a project": f"/projects/{ONE}/earned-value?at={AFTER}",
    "earned value of a division, as known now": f"/divisions/{DIVISION}/earned-value?at={AFTER}",
}


@dataclass(frozen=True)
class World:
    """A portfolio with so many projects, each with a baseline of 200 days."""

    count: int
    url: str


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """A ratio of latencies for each kind of read."""
    token = ground.token(Role.PORTFOLIO_OFFICE)
    with ExitStack() as stack:
        worlds = [stack.enter_context(serving(ground, count, token)) for count in (FEW, MANY)]
        return [compared(worlds, what, token, rounds, seconds) for what in READS]


def compared(worlds: list[World], what: str, token: str, rounds: int, seconds: int) -> Row:
    def arm(world: World) -> Arm:
        url = world.url + READS[what]
        ask = lambda: median_latency(url, token, clients=1, seconds=max(seconds // 4, 1))  # noqa: E731
        return Arm(f"{world.count:,} projects, us", ask)

    few, many = (arm(world) for world in worlds)
    found = interleaved([many, few], rounds)
    ratio = found.ratio(many.name, few.name)
    figures = ", ".join(f"{each.name} {found.median(each.name):,.0f}" for each in (many, few))
    title = f"{what}, of 100,000 projects ÷ of 1,000"
    return Row(title, "<= 1.5", str(ratio), at_most(ratio, 1.5), figures, "the planned value is that of all baselines")


@contextmanager
def serving(ground: Ground, count: int, token: str) -> Iterator[World]:
    """A portfolio service with so many projects of one division."""
    database = ground.migrated(SERVICE)
    asked = {"division": str(DIVISION), "start": START, "days": DAYS, "value": VALUE, "taken": -VALUE, "count": count}
    with connect(database.owner_url) as connection:
        connection.execute("INSERT INTO known_divisions (id, closed) VALUES (%s, false)", [DIVISION])
        connection.execute(EVENTS, asked)
        connection.execute(STATES, {"state": project_state(), "division": str(DIVISION), "count": count})
        connection.execute("VACUUM ANALYZE")
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port)
    with ground.serving(["-m", "services.portfolio.app", "api"], environment, port, f"portfolio-{count}") as url:
        check(url, count, token)
        yield World(count, url)


def check(url: str, count: int, token: str) -> None:
    """Every baseline is over, so that the planned value is the budget of all."""
    assert timedelta(days=700 + DAYS) < AFTER - START
    with httpx.Client(base_url=url, trust_env=False, headers={"authorization": f"Bearer {token}"}) as client:
        for what, projects in (("earned value of a project", 1), ("earned value of a division, as known now", count)):
            (euros,) = client.get(READS[what]).raise_for_status().json()["currencies"]
            if [Decimal(euros[name]) for name in ("pv", "bac")] != [projects * VALUE] * 2:
                raise AssertionError(euros)
