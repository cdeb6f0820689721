"""Commands over HTTP against a bare insert, and against a transaction for each request."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx

from bench import plain
from bench.database import check_log, connect, driver
from bench.ground import Ground
from bench.measure import Arm, Row, at_least, interleaved
from contracts.roles import Role
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE

CLIENTS = 32
REPLICAS = 2
PROJECTS = 256
HERE = Path(__file__).parent


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """The two ratios of commands per second."""
    bare = ground.database()
    with connect(bare.owner_url) as connection:
        connection.execute("CREATE TABLE plain (id bigserial PRIMARY KEY, data text NOT NULL)")
    database = ground.migrated(SERVICE)
    with ExitStack() as stack:
        urls = [stack.enter_context(portfolio(ground, database, f"portfolio-{n}")) for n in range(REPLICAS)]
        ids = found_projects(urls[0], ground.token(Role.PORTFOLIO_OFFICE), database)
        make_plain_tables(database)
        plain_urls = [stack.enter_context(plain_service(ground, database, f"plain-{n}")) for n in range(REPLICAS)]
        arms = [
            Arm("commands/s", lambda: commands(ground, urls, ids, seconds)),
            Arm("pgbench inserts/s", lambda: inserts(ground, bare, seconds)),
            Arm("a transaction each/s", lambda: commands(ground, plain_urls, ids, seconds)),
        ]
        for arm in arms:
            arm.run()  # connections, caches, plans
        found = interleaved(arms, rounds)
    checked = check_log(database)
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
def portfolio(ground: Ground, database: ServiceDatabase, name: str) -> Iterator[str]:
    """A replica of portfolio's API as a process."""
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port)
    with ground.serving(["-m", "services.portfolio.app", "api"], environment, port, name) as url:
        yield url


def make_plain_tables(database: ServiceDatabase) -> None:
    """Tables for the arm with a transaction for each request, with the same states."""
    with connect(database.owner_url) as connection:
        connection.execute(plain.TABLES.encode())
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {database.role}")
        connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {database.role}")


@contextmanager
def plain_service(ground: Ground, database: ServiceDatabase, name: str) -> Iterator[str]:
    """A replica of the arm with a transaction for each request."""
    (port,) = free_ports(1)
    environment = ground.environment("portfolio", database, port) | {"PLAIN_DATABASE_URL": database.url}
    with ground.serving(["-m", "bench.plain", str(port)], environment, port, name) as url:
        yield url


def found_projects(url: str, token: str, database: ServiceDatabase) -> list[str]:
    """Projects in progress, in a division with a head."""
    division, head = uuid4(), uuid4()
    with connect(database.url) as connection:
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


def commands(ground: Ground, urls: Sequence[str], ids: Sequence[str], seconds: int) -> float:
    """Commands per second of all clients, spread over the replicas; raises where one was not carried out."""
    with ThreadPoolExecutor(len(urls)) as threads:
        clients = CLIENTS // len(urls)
        return sum(threads.map(lambda url: commands_of(ground, url, ids, clients, seconds), urls))


def commands_of(ground: Ground, url: str, ids: Sequence[str], clients: int, seconds: int, pause: float = 0) -> float:
    """Commands per second of one replica's clients, each of which pauses so many milliseconds before a command."""
    argv = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "-s", str(HERE / "commands.lua"), url]
    token, day = ground.token(Role.PORTFOLIO_OFFICE), datetime.now(UTC).date().isoformat()
    output = run(
        [*argv, "--", ",".join(ids), str(uuid4().int % 2**31)],
        {"BENCH_TOKEN": token, "BENCH_DAY": day, "BENCH_PAUSE": str(pause), "PATH": "/usr/bin:/bin"},
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
    """Return a program's output; raise with its complaint where it failed."""
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.stderr}")
    return done.stdout
