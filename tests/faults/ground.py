"""What is made to fail: two services as processes, with a PostgreSQL and a Kafka of their own behind proxies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx
import psutil
from sqlalchemy import create_engine, make_url, text

from chassis.messaging.administration import Administration
from chassis.messaging.broker import Broker
from chassis.postgres.migrate import migrate
from portolan.issuer import ISSUER, Issuer
from portolan.stack.errors import StackProblem
from portolan.stack.kafka import ADMINISTRATOR, Kafka
from portolan.stack.ports import LOCALHOST, free_ports
from portolan.stack.postgres import Postgres, ServiceDatabase
from portolan.stack.processes import PidFile, last_lines, launch, stop
from tests import plain_http
from tests.faults.mutants import IN_DATABASE, IN_PROCESS
from tests.faults.proxy import Proxies, Proxy
from tests.faults.role import MUTANT, SERVICES, SKEW
from tests.harness import AUDIT_KEY

CHECKOUT = Path(__file__).parents[2]
DISK_MEGABYTES = 700
LOG_LINES = 150
APIS = ("api-1", "api-2")
ROLES = {
    "api-1": ("counting", "api"),
    "api-2": ("counting", "api"),
    "worker-1": ("counting", "worker"),
    "worker-2": ("counting", "worker"),
    "watcher-1": ("watching", "worker"),
    "watcher-2": ("watching", "worker"),
}
ALWAYS = ("api-1", "api-2", "worker-1", "watcher-1")
THREE_DAYS = 3 * 24 * 3600
MIGRATING = threading.Lock()
"""Grounds are made side by side, and Alembic keeps what it works on in its module."""


class ProxiedKafka(Kafka):
    """A broker that its clients reach through a proxy only."""

    advertised = 0

    def _properties(self) -> str:
        own, through = f"advertised.listeners=BROKER://{self.bootstrap}", f"{LOCALHOST}:{self.advertised}"
        properties = super()._properties()
        assert own in properties
        return properties.replace(own, f"advertised.listeners=BROKER://{through}")


@dataclass
class Disk:
    """A small file system of its own for the database, in memory; where it may not be mounted, an ordinary folder."""

    folder: Path
    is_small: bool = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "tmpfs", str(self.folder)]
        self.is_small = subprocess.run(mount, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        """Leave no byte free."""
        assert self.is_small, "only a file system of its own may be filled"
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(1024 * 1024))
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def free(self) -> None:
        """Give the space back."""
        (self.folder / "ballast").unlink(missing_ok=True)

    def unmount(self) -> None:
        """End the file system with all that is on it."""
        if self.is_small:
            subprocess.run(["umount", str(self.folder)], check=True, capture_output=True)


@dataclass
class Ground:
    """Everything that runs: started together, ended together, whatever happened in between."""

    folder: Path
    mutant: str | None = None
    restarts: Counter[str] = field(default_factory=Counter)
    _stack: ExitStack = field(default_factory=ExitStack)
    _wanted: set[str] = field(default_factory=lambda: {"database", "broker"})
    _skews: dict[str, float] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _locks: dict[str, threading.RLock] = field(default_factory=lambda: defaultdict(threading.RLock))
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start everything, or nothing."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything; nothing more where it has ended."""
        self._stack.close()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        self.disk = Disk(self.folder / "disk")
        self._stack.callback(self.disk.unmount)
        database, broker, controller, *others = free_ports(9)
        self.postgres = Postgres(self.disk.folder / "postgres", database)
        self.kafka = ProxiedKafka(self.folder / "kafka", broker, controller)
        self._stack.callback(self._end_servers)
        self.proxies = self._stack.enter_context(Proxies())
        names = ("api-database", "worker-database", "watcher-database", "broker-network")
        targets = (database, database, database, broker)
        through = dict(zip(names, others, strict=False))
        self.ports = dict(zip(APIS, others[len(names) :], strict=True))
        self.kafka.advertised = through["broker-network"]
        self.issuer = Issuer(self.folder / "issuer")
        _side_by_side(self.postgres.start, self.kafka.start)
        self.networks = {
            name: self.proxies.between(port, target)
            for (name, port), target in zip(through.items(), targets, strict=True)
        }
        for service in ("counting", "watching"):
            made = self.postgres.create_service_database(service)
            with MIGRATING:
                migrate(made.owner_url, made.url, CHECKOUT / "tests/chassis")
        if self.mutant is not None and self.mutant in IN_DATABASE:
            change = create_engine(self.database("counting").owner_url, isolation_level="AUTOCOMMIT")
            with change.connect() as connection:
                connection.execute(text(IN_DATABASE[self.mutant]))
            change.dispose()
        administration = Administration(Broker(**self.kafka.reached_as(ADMINISTRATOR)))
        administration.set_passwords([Broker(**self.kafka.reached_as(name)) for name in SERVICES])
        administration.grant([service.access("", name) for name, service in SERVICES.items()])
        administration.close()
        self._stack.callback(self._end_roles)
        for name in ALWAYS:
            self.want(name)
        supervisors = [
            threading.Thread(target=self._supervise, args=(name,)) for name in ("database", "broker", *ROLES)
        ]
        for supervisor in supervisors:
            supervisor.start()
            self._stack.callback(supervisor.join)
        self._stack.callback(self._ended.set)
        self.await_ready()

    # --- what others ask for ---------------------------------------------------------------------------------------

    @property
    def urls(self) -> list[str]:
        """Where the counting service's two API processes answer."""
        return [f"http://{LOCALHOST}:{port}" for port in self.ports.values()]

    @cached_property
    def token(self) -> str:
        """A caller's token, valid also for a process whose clock is a day ahead."""
        return self.issuer.token("tester", ["counting", "auditor"], seconds=THREE_DAYS)

    def database(self, service: str) -> ServiceDatabase:
        """A service's database, past the proxies."""
        return self.postgres.service_database(service)

    @property
    def broker(self) -> Broker:
        """Kafka as its administrator reaches it, through the proxy."""
        return Broker(**self.kafka.reached_as(ADMINISTRATOR) | {"bootstrap": f"{LOCALHOST}:{self.kafka.advertised}"})

    def answers_lost(self) -> int:
        """How many appends went without their answer so far."""
        return sum(network.lost for network in self.networks.values())

    def network(self, name: str) -> Proxy:
        """What lies between some processes and a server."""
        return self.networks[name]

    def await_ready(self) -> None:
        """Wait until every API says that it can work."""
        self._await(lambda: all(self._is_ready(url) for url in self.urls), "the APIs are ready")

    def _await(self, holds: Callable[[], bool], what: str, patience: float = 120) -> None:
        until = time.monotonic() + patience
        while not holds():
            if time.monotonic() > until:
                raise TimeoutError(f"waited {patience} s in vain until {what}; the logs are in {self.folder}")
            time.sleep(0.1)

    @staticmethod
    def _is_ready(url: str) -> bool:
        try:
            return plain_http.get(f"{url}/health/ready", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def logs(self) -> str:
        """The end of every role's log, with where each of the threads of those that live stands."""
        for name in ROLES:
            if process := self.process(name):
                process.send_signal(signal.SIGUSR1)
        time.sleep(1)
        found = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{last_lines(log, LOG_LINES)}" for log in found)

    # --- processes -------------------------------------------------------------------------------------------------

    def want(self, name: str, *, skew: float = 0) -> None:
        """Keep a role's process running from now on; restarted where its clock is to change."""
        with self._locks[name]:
            changed = self._skews.get(name, 0) != skew
            self._skews[name] = skew
            self._wanted.add(name)
            if changed:
                self.end(name)
                self._wanted.add(name)
            if self.process(name) is None:
                self._launch(name)

    def end(self, name: str) -> None:
        """Stop a role's process as an operator would, and leave it so."""
        with self._locks[name]:
            self._wanted.discard(name)
            if process := self.process(name):
                stop([process], grace=20)

    def process(self, name: str) -> psutil.Process | None:
        """The living process of a role or server."""
        match name:
            case "database":
                return self.postgres.process()
            case "broker":
                return self.kafka.process()
            case _:
                return self._pid_file(name).process()

    def kill(self, name: str) -> None:
        """kill -9, to all of its processes at once."""
        for process in self._family(name):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def pause(self, name: str) -> None:
        """SIGSTOP, and nobody restarts it meanwhile."""
        self._held.add(name)
        for process in self._family(name):
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def go_on(self, name: str) -> None:
        """SIGCONT."""
        for process in self._family(name):
            with suppress(psutil.NoSuchProcess):
                process.resume()
        self._held.discard(name)

    def hold_down(self, name: str) -> None:
        """Kill it, and nobody restarts it until ``let_up``."""
        self._held.add(name)
        self.kill(name)

    def let_up(self, name: str) -> None:
        """It may run again."""
        self._held.discard(name)

    def _family(self, name: str) -> list[psutil.Process]:
        process = self.process(name)
        try:
            return [process, *process.children(recursive=True)] if process else []
        except psutil.NoSuchProcess:
            return []

    def _pid_file(self, name: str) -> PidFile:
        return PidFile(self.folder / "processes" / f"{name}.pid")

    def _launch(self, name: str) -> None:
        service, role = ROLES[name]
        # The last word lets the test run find and end what a killed run left.
        argv = [sys.executable, "-m", "tests.faults.role", service, role, str(self.folder / name)]
        log = self.folder / "logs" / f"{name}-{self.restarts[name]}.log"
        launch(argv, env=self._environment(name, service), log=log, pid_file=self._pid_file(name))

    def _environment(self, name: str, service: str) -> dict[str, str]:
        through = self.networks[f"{name.partition('-')[0]}-database"].port
        url = make_url(self.database(service).url).set(port=through).render_as_string(hide_password=False)
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("PORTOLAN_")},
            "PYTHONPATH": str(CHECKOUT),
            **self.kafka.environment(service),
            "PORTOLAN_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "PORTOLAN_KAFKA_PARTITIONS": "3",
            "PORTOLAN_JWKS_URL": self.issuer.jwks_url,
            "PORTOLAN_ISSUER": ISSUER,
            "PORTOLAN_AUDIT_KEY": AUDIT_KEY,
            f"PORTOLAN_{service.upper()}_DATABASE_URL": url,
            f"PORTOLAN_{service.upper()}_PORT": str(self.ports.get(name, 0)),
            SKEW: str(self._skews.get(name, 0)),
            **({MUTANT: self.mutant} if self.mutant is not None and self.mutant in IN_PROCESS else {}),
        }

    def _supervise(self, name: str) -> None:
        """Start again what ended, as systemd or Kubernetes would."""
        while not self._ended.wait(0.2):
            with self._locks[name]:
                if name in self._wanted and name not in self._held and self.process(name) is None:
                    self.restarts[name] += 1
                    self._start_again(name)

    def _start_again(self, name: str) -> None:
        # A server that does not come up, its disk still full, is tried again in the next round.
        with suppress(StackProblem):
            match name:
                case "database":
                    self.postgres.start()
                case "broker":
                    self.kafka.start()
                case _:
                    self._launch(name)

    # --- the end ---------------------------------------------------------------------------------------------------

    def _end_roles(self) -> None:
        for name in ROLES:
            self.go_on(name)
        stop([process for name in ROLES if (process := self.process(name))], grace=20)

    def _end_servers(self) -> None:
        for name in ("database", "broker"):
            self.go_on(name)
        self.disk.free()
        _side_by_side(self.postgres.remove, self.kafka.remove)


def _side_by_side(*steps: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(steps)) as pool:
        for step in [pool.submit(step) for step in steps]:
            step.result()
