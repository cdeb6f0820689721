"""One PostgreSQL and one Kafka for a whole test run, started when the first test asks, ended with the run.

``python -m tests.infrastructure RUN`` is the run's watchman: it ends what the run has once its owner was killed.
"""

import hashlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from chassis.messaging.broker import Broker
from portolan.stack.kafka import ADMINISTRATOR, Kafka
from portolan.stack.locks import FileLock
from portolan.stack.passwords import remembered
from portolan.stack.ports import free_ports
from portolan.stack.postgres import Postgres, ServiceDatabase
from portolan.stack.postgres_binaries import open_folder
from portolan.stack.processes import PidFile, launch, stop

_VARIABLE = "PORTOLAN_TEST_RUN"
_CHECKOUT = Path(__file__).parents[1]
_LOOK_SECONDS = 0.5


def runs_folder(checkout: Path = _CHECKOUT) -> Path:
    """Return the folder of one user's test runs in one checkout."""
    name = hashlib.sha256(str(checkout).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"portolan-tests-{os.getuid()}-{name}"


@dataclass(frozen=True)
class Infrastructure:
    """The run's servers, the same for all of its workers; each one starts when it is first named."""

    run: Path

    @cached_property
    def postgres(self) -> Postgres:
        with self._starting("postgres"):
            (port,) = self._ports("postgres", 1)
            postgres = Postgres(self.run / "postgres", port, durable=False)
            postgres.start()
            return postgres

    @cached_property
    def broker(self) -> Broker:
        """Kafka, as its administrator reaches it."""
        with self._starting("kafka"):
            kafka = Kafka(self.run / "kafka", *self._ports("kafka", 2))
            kafka.start()
            return Broker(**kafka.reached_as(ADMINISTRATOR))

    def end(self) -> None:
        """Stops what was started and deletes the folder, also what a dying worker had begun to start."""
        Kafka(self.run / "kafka", 0, 0).remove()
        Postgres(self.run / "postgres", 0).remove()
        stop([*_noted(self.run), *_mentioning(self.run)], grace=5)
        shutil.rmtree(self.run)

    @property
    def watchman(self) -> str:
        """The program that ends the run whose owner was killed."""
        return "tests.infrastructure"

    @contextmanager
    def _starting(self, name: str) -> Iterator[None]:
        with FileLock(self.run / "watchman.lock").held():
            noted = PidFile(self.run / "watchman.pid")
            if noted.process() is None:
                environment = {**os.environ, "PYTHONPATH": str(_CHECKOUT)}
                command = [sys.executable, "-m", self.watchman, str(self.run)]
                launch(command, env=environment, log=self.run / "watchman.log", pid_file=noted)
        with FileLock(self.run / f"{name}.lock").held():
            yield

    def _ports(self, name: str, count: int) -> list[int]:
        """Chosen by the worker that comes first."""
        text = remembered(self.run / f"{name}.ports", lambda: " ".join(map(str, free_ports(count))))
        return [int(port) for port in text.split()]


@dataclass(frozen=True)
class Databases:
    """Makes databases, each with an owner and a service role of its own; the run's server takes them all with it."""

    infrastructure: Infrastructure

    def __call__(self) -> ServiceDatabase:
        return self.infrastructure.postgres.create_service_database(_new_name())

    def like(self, what: str, prepare: Callable[[ServiceDatabase], object]) -> ServiceDatabase:
        """A copy of one that the run's first who asks for it has prepared.

        The copy's owner acts as the original's, and its service role has the rights of the original's.
        """
        run, postgres = self.infrastructure.run, self.infrastructure.postgres
        original, made = postgres.service_database(f"like_{what}"), postgres.service_database(_new_name())
        with FileLock(run / f"{original.name}.lock").held():
            prepared = run / f"{original.name}.prepared"
            if not prepared.exists():
                postgres.drop_service_database(original.name)  # by a worker that ended half-way
                prepare(postgres.create_service_database(original.name))
                prepared.touch()
            with _superuser(postgres) as connection:
                # Copying files takes a checkpoint, which without fsync costs nothing.
                copied = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy OWNER {}"
                _execute(connection, copied, made.database, original.database, original.owner)
        with _superuser(postgres) as connection:
            _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", made.database)
            _create_role(connection, made.owner, made.owner_url, original.owner)
            _create_role(connection, made.role, made.url, original.role)
            _execute(connection, "ALTER ROLE {} SET role TO {}", made.owner, original.owner)
            _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", made.database, made.role)
        return made


def _new_name() -> str:
    return f"test_{secrets.token_hex(6)}"


def _superuser(postgres: Postgres) -> psycopg.Connection:
    return psycopg.connect(postgres.superuser_url().replace("+psycopg", ""), autocommit=True)


def _create_role(connection: psycopg.Connection, role: str, url: str, like: str) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN IN ROLE {} PASSWORD {}")
    password = sql.Literal(make_url(url).password)
    connection.execute(statement.format(sql.Identifier(role), sql.Identifier(like), password))


def _execute(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _noted(folder: Path) -> list[psutil.Process]:
    """Return processes with a pid file below this folder, such as those of a stack that a test started."""
    files = [PidFile(path) for path in folder.rglob("*.pid") if path.name not in ("owner.pid", "postmaster.pid")]
    found = [process for file in files if (process := file.process())]
    return [process for process in found if process.pid != os.getpid()]


def _mentioning(folder: Path) -> list[psutil.Process]:
    """Processes whose command line names a path below this folder, which no other run has."""
    found = psutil.process_iter(["cmdline"])
    return [process for process in found if any(f"{folder}{os.sep}" in part for part in process.info["cmdline"] or ())]


def shared_infrastructure() -> Infrastructure:
    """For a worker or the only process of a run that `begin_test_run` began."""
    return Infrastructure(Path(os.environ[_VARIABLE]))


def within_test_run() -> bool:
    """Return whether a test started this process and lets it use its run's servers."""
    return _VARIABLE in os.environ


def begin_test_run(runs: Path | None = None) -> Infrastructure:
    """Called once per run, by the process that outlives its workers: clears up after killed runs, starts nothing."""
    runs = open_folder(runs or runs_folder())
    end_orphaned_runs(runs)
    new = Path(tempfile.mkdtemp(dir=runs, prefix="new-"))
    new.chmod(0o755)
    PidFile(new / "owner.pid").write(psutil.Process())
    # Under its final name a run always says who owns it, so that nobody takes it for an orphan.
    run = new.rename(runs / f"run-{os.getpid()}-{new.name.removeprefix('new-')}")
    os.environ[_VARIABLE] = str(run)
    # Anyone who ends the run with SIGTERM, as `timeout` does, ends its servers too, as Ctrl-C does: also where a shell
    # started it in the background, and with that told it to ignore Ctrl-C.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, signal.default_int_handler)
    return Infrastructure(run)


def end_orphaned_runs(runs: Path) -> None:
    """Ends the runs whose owner was killed, and their watchman with them; no two at once."""
    with FileLock(runs / "lock").held():
        for run in runs.glob("run-*"):
            if PidFile(run / "owner.pid").process() is None:
                Infrastructure(run).end()


def watch(infrastructure: Infrastructure) -> None:
    """Wait until the run is over, and end it where its owner could not."""
    run = infrastructure.run
    while PidFile(run / "owner.pid").process():
        time.sleep(_LOOK_SECONDS)
    with FileLock(run.parent / "lock").held():
        if run.exists():
            infrastructure.end()


if __name__ == "__main__":
    watch(Infrastructure(Path(sys.argv[1])))
