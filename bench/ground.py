"""Servers for the measured arms: a durable PostgreSQL, a Kafka, services as processes; all end with the run."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from chassis.messaging.broker import Broker
from chassis.postgres.migrate import migrate
from chassis.service.definition import Service
from contracts.roles import Role
from portolan.issuer import ISSUER, Issuer
from portolan.stack.kafka import ADMINISTRATOR, ADMINISTRATORS_MECHANISM, Kafka
from portolan.stack.ports import free_ports
from portolan.stack.postgres import Postgres, ServiceDatabase
from portolan.stack.postgres_binaries import Binaries, account_for

CHECKOUT = Path(__file__).parents[1]


@dataclass
class Ground:
    """One run's servers; each starts when it is first asked for."""

    folder: Path
    issuer: Issuer
    master_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode(), repr=False)
    _stack: ExitStack = field(default_factory=ExitStack)
    _postgres: Postgres | None = None
    _kafka: Kafka | None = None

    @property
    def postgres(self) -> Postgres:
        """A server that survives a power cut: fsync is on."""
        if self._postgres is None:
            (port,) = free_ports(1)
            self._postgres = Postgres(self.folder / "postgres", port)
            self._postgres.start()
        return self._postgres

    @property
    def kafka(self) -> Kafka:
        """A broker."""
        if self._kafka is None:
            self._kafka = Kafka(self.folder / "kafka", *free_ports(2))
            self._kafka.start()
        return self._kafka

    @property
    def broker(self) -> Broker:
        """The broker, as its administrator reaches it."""
        return Broker(**self.kafka.reached_as(ADMINISTRATOR))

    def database(self) -> ServiceDatabase:
        """An empty database."""
        return self.postgres.create_service_database(f"bench_{uuid4().hex[:12]}")

    def migrated(self, service: Service) -> ServiceDatabase:
        """A database with a service's tables."""
        database = self.database()
        migrate(database.owner_url, database.url, service.folder, service.read_models(), service.indexes())
        return database

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs, such as pgbench."""
        data = self.postgres.data
        return Binaries(self.postgres.home, account_for(data)).folder / name

    def environment(self, service: str, database: ServiceDatabase, port: int, *, prefix: str = "") -> dict[str, str]:
        """The settings of a service's process."""
        own = f"PORTOLAN_{service.upper()}_"
        return {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            **self._reach_kafka(own),
            "PORTOLAN_KAFKA_PREFIX": prefix,
            "PORTOLAN_JWKS_URL": self.issuer.jwks_url,
            "PORTOLAN_ISSUER": ISSUER,
            "PORTOLAN_MASTER_KEY": self.master_key,
            "PORTOLAN_AUDIT_KEY": self.master_key,
            # One caller stands for many, but where it is one that misbehaves.
            "PORTOLAN_LIMIT_COMMANDS": "1000000",
            "PORTOLAN_LIMIT_LOADS": "1000000",
            "PORTOLAN_LIMIT_PAST_READS": "1000000",
            f"{own}DATABASE_URL": database.url,
            f"{own}HOST": "127.0.0.1",
            f"{own}PORT": str(port),
        }

    def _reach_kafka(self, own: str) -> dict[str, str]:
        """As the administrator, whose rights nobody has to grant; nowhere, where nothing has asked for a broker."""
        if self._kafka is None:
            return {"PORTOLAN_KAFKA_BOOTSTRAP": "127.0.0.1:1", "PORTOLAN_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}
        return self._kafka.environment(ADMINISTRATOR) | {
            "PORTOLAN_KAFKA_SASL_MECHANISM": ADMINISTRATORS_MECHANISM,
            f"{own}KAFKA_USERNAME": ADMINISTRATOR,
            f"{own}KAFKA_PASSWORD": self._kafka.password(ADMINISTRATOR),
        }

    def token(self, *roles: Role) -> str:
        """A token that grants these roles."""
        return self.issuer.token("system:bench", roles)

    @contextmanager
    def process(
        self, argv: Sequence[str], environment: Mapping[str, str], name: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process that ends with the block."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *argv], env=dict(environment), stdout=log, stderr=log, cwd=CHECKOUT
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    @contextmanager
    def serving(self, argv: Sequence[str], environment: Mapping[str, str], port: int, name: str) -> Iterator[str]:
        """A process that answers at the yielded address."""
        with self.answering(argv, environment, port, name) as (url, _):
            yield url

    @contextmanager
    def answering(
        self, argv: Sequence[str], environment: Mapping[str, str], port: int, name: str
    ) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """A process with the address where it answers."""
        url = f"http://127.0.0.1:{port}"
        with self.process(argv, environment, name) as process:
            until = time.monotonic() + 60
            while not answers(f"{url}/health/ready"):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{name} did not start: see {self.folder / name}.log")
                time.sleep(0.1)
            yield url, process

    def close(self) -> None:
        """Stop everything."""
        self._stack.close()
        if self._kafka:
            self._kafka.remove()
        if self._postgres:
            self._postgres.remove()


def answers(url: str) -> bool:
    """Return whether there is a good answer at an address."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
