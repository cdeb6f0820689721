"""Runs services inside the test's process, with their own databases and topics, on the run's PostgreSQL and Kafka."""

import asyncio
import base64
import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import kafka
import uvicorn
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from chassis.consumers.own_reactions import READER as OWN_REACTIONS
from chassis.domain.clock import Clock
from chassis.http import even_times, security
from chassis.messaging.administration import Administration
from chassis.messaging.broker import Broker
from chassis.postgres.migrate import migrate
from chassis.service.api import answers_with, build_app
from chassis.service.definition import Service
from chassis.service.settings import RoleSettings, SharedSettings, broker_of
from chassis.service.worker import work_until
from contracts.roles import Role
from portolan.issuer import ISSUER, Issuer
from portolan.stack.ports import free_ports
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.infrastructure import Databases
from tests.patience import patient
from tests.today import within_today

PATIENCE = 60
# What refusals say is compared here, not when: thousands of them would each wait for a tick.
even_times.TICK_SECONDS, even_times.JITTER_SECONDS = 1e-6, 0.0
security.INACTIVE_SECONDS = 0.0


AUDIT_KEY = base64.b64encode(bytes(32)).decode()
NOWHERE = Broker("127.0.0.1:1", "PLAINTEXT")
"""For services that have no use for Kafka: nobody answers there."""


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def migrated_database(
    fresh_database: Callable[[], ServiceDatabase],
    folder: Path,
    read_models: Mapping[str, Sequence[str]] | None = None,
    indexes: Mapping[str, str] | None = None,
) -> ServiceDatabase:
    """A database in its newest shape; the run migrates one of each shape and copies it from then on."""

    def prepare(database: ServiceDatabase) -> None:
        migrate(database.owner_url, database.url, folder, read_models, indexes)

    if isinstance(fresh_database, Databases):
        shape = hashlib.sha256(repr((folder, read_models, indexes)).encode()).hexdigest()
        return fresh_database.like(shape[:12], prepare)
    database = fresh_database()
    prepare(database)
    return database


@dataclass
class Company:
    """Some services of one company: they hear each other's events, and nobody else's.

    ``told`` counts what a test published for services that are absent.
    """

    broker: Broker
    fresh_database: Callable[[], ServiceDatabase]
    issuer: Issuer
    clock: Clock = within_today
    prefix: str = field(default_factory=lambda: f"test-{uuid4().hex}.")
    running: dict[str, "Running"] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    settings: dict[str, Any] = field(default_factory=dict)
    master_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode(), repr=False)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _stacks: dict[str, ExitStack] = field(default_factory=dict)
    _working: set[str] = field(default_factory=set)

    @cached_property
    def administration(self) -> Administration:
        """Gives each service its user and rights in Kafka."""
        return Administration(self.broker)

    def start(self, service: Service, *, worker: bool = True) -> "Running":
        """Run a service's API on a database of its own and, unless told otherwise, its worker."""
        database = migrated_database(self.fresh_database, service.folder, service.read_models(), service.indexes())
        shared = SharedSettings(
            kafka_bootstrap=self.broker.bootstrap,
            kafka_security_protocol=self.broker.security_protocol,
            kafka_ca_file=self.broker.ca_file,
            kafka_prefix=self.prefix,
            kafka_partitions=2,
            jwks_url=self.issuer.jwks_url,
            issuer=ISSUER,
            master_key=SecretStr(self.master_key) if service.holds_keys else None,
            audit_key=SecretStr(AUDIT_KEY),
            **self.settings,
        )
        port, worker_port = free_ports(2)
        own = RoleSettings(
            database_url=database.url,
            migration_url=database.owner_url,
            kafka_password=SecretStr(self.password),
            port=port,
            worker_port=worker_port,
        )
        running = Running(service, shared, own, self.issuer, self.clock)
        if self.broker.authenticated:
            self.administration.set_passwords([running.broker])
            self.grant(running)
        return self._run(running, worker)

    def grant(self, running: "Running") -> None:
        """Let a service do what its definition names, and nothing else."""
        self.administration.grant([running.service.access(self.prefix, running.broker.username)])

    def _run(self, running: "Running", worker: bool) -> "Running":
        stack = self._stacks.setdefault(running.service.name, ExitStack())
        stack.enter_context(serving(running))
        if worker:
            stack.enter_context(working(running, answering=True))
            self._working.add(running.service.name)
        self.running[running.service.name] = running
        return running

    def rotate(self, key: str) -> None:
        """Start every service that holds keys again with another master key, and the present one as a previous one."""
        for name, running in list(self.running.items()):
            if running.service.holds_keys:
                self._stacks.pop(name).close()
                changes = {"master_key": SecretStr(key), "previous_master_keys": SecretStr(self.master_key)}
                shared = running.shared.model_copy(update=changes)
                self._run(Running(running.service, shared, running.own, running.issuer, self.clock), worker=True)
        self.master_key = key

    def move_clock(self, now: datetime) -> None:
        """It is so late now, for everybody in the company; its clock must be a ``MovableClock``."""
        assert isinstance(self.clock, MovableClock)
        if now < self.clock.now:
            # What is being done at the later moment would be refused in its middle as being too early.
            late = self.clock.now
            for name in self._working:
                wait_until(partial(self._is_done, name, late), f"{name} did what was due")
        self.clock.now = now
        for running in self.running.values():
            running.wake()

    def _is_done(self, name: str, now: datetime) -> bool:
        return not self.running[name].is_due(now)

    def settle(self) -> None:
        """Wait until everything published so far has been applied by every reader of the company."""
        wait_until(self._settled, "everything published is applied")

    def _settled(self) -> bool:
        statuses = {name: running.status() for name, running in self.running.items()}
        if any(status["relayed"] != status["published"] for status in statuses.values()):
            return False
        if not all(running.has_reacted() for running in self.running.values()):
            return False
        for name, running in self.running.items():
            applied = {(item["reader"], item["topic"]): item["applied"] for item in statuses[name]["readers"]}
            for reader in {*running.readers()} - {source.reader for source in running.service.sources}:
                for source in running.service.sources:
                    published = statuses.get(source.service, {}).get("published", self.told[source.service])
                    if source.reader is None and applied.get((reader, self.prefix + source.topic), 0) < published:
                        return False
        # A reaction stores its commands before its reader moves on, and the figures are read one after the other: what
        # came of it since the first were read shows in a second look.
        return all(running.status()["recorded"] == statuses[name]["recorded"] for name, running in self.running.items())

    def stop(self) -> None:
        """Stop every service."""
        while self._stacks:
            self._stacks.popitem()[1].close()
        if administration := self.__dict__.pop("administration", None):
            administration.close()


DUE = text(
    "SELECT EXISTS (SELECT FROM states s WHERE s.due_at <= :now"
    " AND NOT EXISTS (SELECT FROM deadlines d WHERE d.stream = s.stream))"
)

WAITING = text(
    "SELECT EXISTS (SELECT FROM events WHERE type = ANY(:types) AND position > coalesce((SELECT max(next_offset)"
    " FROM progress WHERE reader = :reader), 0))"
)


@dataclass(frozen=True)
class Running:
    """A running service and the ways to call it."""

    service: Service
    shared: SharedSettings
    own: RoleSettings
    issuer: Issuer
    clock: Clock = within_today
    clients: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.own.port}"

    @property
    def broker(self) -> Broker:
        """Kafka, as the service reaches it."""
        return broker_of(self.service.name, self.shared, self.own)

    def client(self, *roles: Role, subject: str = "system:tests") -> httpx.Client:
        """A client whose token names the subject and grants these roles."""
        token = self.issuer.token(subject, roles)
        client = plain_http.client(base_url=self.url, headers={"authorization": f"Bearer {token}"}, timeout=30)
        return self.clients.enter_context(client)

    def wake(self) -> None:
        """Let its worker look at the clock again, as it does when something was appended."""
        engine = create_engine(self.own.database_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("NOTIFY portolan_appended")
        engine.dispose()

    def is_due(self, now: datetime) -> bool:
        """Whether something that falls due by then is neither done nor refused."""
        engine = create_engine(self.own.database_url)
        with engine.connect() as connection:
            found = bool(connection.execute(DUE, {"now": now}).scalar_one())
        engine.dispose()
        return found

    def has_reacted(self) -> bool:
        """Whether what follows from its own events so far has been done."""
        if not self.service.own_reactions:
            return True
        engine = create_engine(self.own.database_url)
        with engine.connect() as connection:
            types = sorted({event.__name__ for row in self.service.own_reactions for event in row.events})
            waiting = connection.execute(WAITING, {"types": types, "reader": OWN_REACTIONS}).scalar_one()
        engine.dispose()
        return not waiting

    def readers(self) -> list[str]:
        """The names of everything that reads others' events."""
        return [*(self.service.projections or {}), *(["reactions"] if self.service.reactions else [])]

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = plain_http.get(f"{self.url}/status", timeout=30).json()
        return found


@contextmanager
def serving(running: Running) -> Iterator[None]:
    """The API role, in a thread."""
    app = build_app(running.service, running.shared, running.own, running.clock)
    server = uvicorn.Server(answers_with(app, "127.0.0.1", running.own.port, running.shared))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), f"{running.service.name} starts")
        assert server.started, f"{running.service.name} did not start"
        yield
    finally:
        running.clients.close()
        server.should_exit = True
        thread.join(patient(PATIENCE))


@contextmanager
def working(running: Running, *, answering: bool = False) -> Iterator[None]:
    """The worker role, in a thread; where ``answering``, with its health and figures on the service's port for them."""
    halt = threading.Event()
    own = running.own if answering else running.own.model_copy(update={"worker_port": None})
    work = work_until(running.service, running.shared, own, halt, running.clock)
    thread = threading.Thread(target=lambda: asyncio.run(work))
    thread.start()
    try:
        yield
    finally:
        halt.set()
        thread.join(patient(PATIENCE))


def wait_until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for something to become true; fails saying what did not."""
    began = time.monotonic()
    while not holds():
        waited = time.monotonic() - began
        assert waited < patient(patience), f"waited {waited:.0f} s in vain until {what}"
        time.sleep(0.05)


def asked(statements: Iterable[str]) -> list[str]:
    """What was asked of a database, without waking the relay: that comes after an append, whenever it likes."""
    return [statement for statement in statements if "pg_notify" not in statement]


def everything_on(broker: Broker, is_meant: Callable[[str], bool]) -> list[Any]:
    """Every record of the topics whose names are meant, as any other system would read them, from the first on."""
    consumer = kafka.KafkaConsumer(**broker.settings(), enable_auto_commit=False, group_id=None)
    try:
        names = [name for name in consumer.topics() if is_meant(name)]
        places = [kafka.TopicPartition(name, part) for name in names for part in consumer.partitions_for_topic(name)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: list[Any] = []
        while any(consumer.position(place) < ends[place] for place in places):
            found += [record for records in consumer.poll(timeout_ms=1000).values() for record in records]
        return found
    finally:
        consumer.close()


@contextmanager
def company(
    broker: Broker, fresh_database: Callable[[], ServiceDatabase], folder: Path, clock: Clock = within_today
) -> Iterator[Company]:
    """A company whose services stop at the end."""
    made = Company(broker, fresh_database, Issuer(folder), clock)
    try:
        yield made
    finally:
        made.stop()
