"""Commands over HTTP against a bare insert, and against a transaction for each request."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from bench import plain
from bench.ground import Ground
from bench.measure import Arm, Row, at_least, interleaved
from contracts.roles import Role
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE

CLIENTS = 32
PROJECTS = 256
HERE = Path(__file__).parent


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """The two ratios of commands per second."""
    bare = ground.database()
    with psycopg.connect(driver(bare.owner_url)) as connection:
        connection.execute("CREATE TABLE plain (id bigserial PRIMARY KEY, data text NOT NULL)")
    database = ground.migrated(SERVICE)
    with portfolio(ground, database) as url:
        ids = found_projects(url, ground.token(Role.PORTFOLIO_OFFICE), database)
        with plain_service(ground, database) as plain_url:
            arms = [
                Arm("commands/s", lambda: commands(ground, url, ids, seconds)),
                Arm("pgbench inserts/s", lambda: inserts(ground, bare, seconds)),
                Arm("a transaction each/s", lambda: commands(ground, plain_url, ids, seconds)),
            ]
            for arm in arms:
                arm.run()  # connections, caches, plans
            found = interleaved(arms, rounds)
        checked = check(database)
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    to_insert = found.ratio("commands/s", "pgbench inserts/s")
    to_plain = found.ratio("commands/s", "a transaction each/s")
    return [
        Row(
            "commands/s over HTTP, 32 clients, whole path ÷ pgbench single-row insert, 32 clients",
            ">= 0.20", str(to_insert), at_least(to_insert, 0.20), figures, checked,
        ),
        Row(
            "the same ÷ FastAPI with one SQLAlchemy transaction per command, same work",
            ">= 2.5", str(to_plain), at_least(to_plain, 2.5), figures, checked,
        ),
    ]  # fmt: skip


@contextmanager
def portfolio(ground: Ground, database: ServiceDatabase) -> Iterator[str]:
    """Portfolio's API as a process."""
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port)
    with ground.serving(["-m", "services.portfolio.app", "api"], environment, port, "portfolio") as url:
        yield url


@contextmanager
def plain_service(ground: Ground, database: ServiceDatabase) -> Iterator[str]:
    """The arm with a transaction for each request, on tables of its own with the same states."""
    with psycopg.connect(driver(database.owner_url)) as connection:
        connection.execute(plain.TABLES.encode())
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {database.role}")
        connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {database.role}")
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port) | {"PLAIN_DATABASE_URL": database.url}
    with ground.serving(["-m", "bench.plain", str(port)], environment, port, "plain") as url:
        yield url


def found_projects(url: str, token: str, database: ServiceDatabase) -> list[str]:
    """Projects in progress, in a division with a head."""
    division, head = uuid4(), uuid4()
    with psycopg.connect(driver(database.url)) as connection:
        connection.execute(
            "INSERT INTO known_persons (id, grade, active, senior_eligible) VALUES (%s, 'senior manager', true, true)",
            [head],
        )
        connection.execute("INSERT INTO known_divisions (id, head_id, closed) VALUES (%s, %s, false)", [division, head])
    ids = [str(uuid4()) for _ in range(PROJECTS)]
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, trust_env=False) as client:
        for number, id in enumerate(ids):
            body = {
                "name": f"Payroll {number}",
                "summary": "A new payroll.",
                "division_id": str(division),
                "source": {"system": "bench", "reference": f"{number}"},
                "stage": "in progress",
                "accountable_id": str(head),
            }
            client.post(f"/projects/{id}/take-over", json=body).raise_for_status()
    return ids


def commands(ground: Ground, url: str, ids: list[str], seconds: int) -> float:
    """Commands per second of so many clients; raises where one was not carried out."""
    argv = ["wrk", "-t", "1", "-c", str(CLIENTS), "-d", f"{seconds}s", "-s", str(HERE / "commands.lua"), url]
    token, day = ground.token(Role.PORTFOLIO_OFFICE), datetime.now(UTC).date().isoformat()
    output = run(
        [*argv, "--", ",".join(ids), str(uuid4().int % 2**31)],
        {"BENCH_TOKEN": token, "BENCH_DAY": day, "PATH": "/usr/bin:/bin"},
    )
    found = re.search(r"RESULT (\d+) (\d+) (\d+)", output)
    if found is None or int(found[3]):
        raise RuntimeError(f"commands were refused: {output}")
    return int(found[1]) / (int(found[2]) / 1e6)


def inserts(ground: Ground, database: ServiceDatabase, seconds: int) -> float:
    """Single-row inserts per second of so many clients."""
    argv = [str(ground.program("pgbench")), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds)]
    output = run([*argv, "-f", str(HERE / "insert.pgbench"), driver(database.owner_url)])
    found = re.search(r"tps = ([\d.]+)", output)
    assert found, output
    return float(found[1])


def run(argv: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> str:
    """What a program printed; raises with its complaint where it failed."""
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.stderr}")
    return done.stdout


def check(database: ServiceDatabase) -> str:
    """Every command recorded has its event, numbers have no hole, positions none either."""
    with psycopg.connect(driver(database.url)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events) AS events, (SELECT max(position) FROM events) AS last,"
            " (SELECT count(*) FROM (SELECT stream FROM events GROUP BY stream"
            "   HAVING max(version) <> count(*) OR max(published) <> count(published)) AS t) AS holes,"
            " (SELECT count(*) FROM states s JOIN (SELECT stream, max(version) AS v FROM events GROUP BY stream) e"
            "   USING (stream) WHERE s.version <> e.v) AS stale"
        ).fetchone()
    assert row is not None
    events, last, holes, stale = row
    assert events == last
    assert (holes, stale) == (0, 0), row
    return f"{events:,} events: no hole in positions or versions, every state at its last event"


def driver(url: str) -> str:
    """An address as libpq takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
