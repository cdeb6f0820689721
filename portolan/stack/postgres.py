"""PostgreSQL 18 in a folder: its server, and one database with two roles for each service."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from psycopg import sql

from portolan.stack.errors import StackProblem, check_free_space, explained
from portolan.stack.passwords import new_password, remembered
from portolan.stack.ports import LOCALHOST, require_free
from portolan.stack.postgres_binaries import Account, Binaries, account_for, choose_home, open_folder
from portolan.stack.processes import died, is_alive, keep_previous, wait_until_gone

_SUPERUSER = "postgres"
_START_SECONDS = 60
_STOP_SECONDS = 60
_INITDB = ("-U", _SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-instructions")
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")


@dataclass(frozen=True)
class ServiceDatabase:
    """A service's database: `owner_url` for its migrations, `url` for its work, with the role `role`."""

    name: str
    database: str
    owner: str
    role: str
    owner_url: str
    url: str


@dataclass
class Postgres:
    """One server; `durable=False` gives up surviving a power cut for speed, which only tests may want."""

    folder: Path
    port: int
    durable: bool = True

    @property
    def home(self) -> Path:
        """Return the folder of data, log and copied programs: `folder`, except for root below a closed folder."""
        with explained(f"Creating {self.folder}"):
            # Noted, because the same question may have another answer once somebody changed a folder's mode.
            noted = open_folder(self.folder) / "home"
            return Path(remembered(noted, lambda: str(choose_home(self.folder))))

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log" / "postgres.log"

    @property
    def _account(self) -> Account:
        return account_for(self.data)

    @property
    def _programs(self) -> Path:
        return Binaries(self.home, self._account).folder

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs, of the server's version."""
        return self._programs / name

    def process(self) -> psutil.Process | None:
        """The server process: the pid in its own lock file, if that is a server of this very data folder."""
        if not self.folder.exists():
            return None
        with explained(f"Looking for PostgreSQL in {self.folder}"):
            try:
                process = psutil.Process(int(self._noted(1)))
                return process if self._is_ours(process) else None
            except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
                return None  # never started, stopped, or ended without tidying up

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return is_alive(process) and Path(process.cwd()) == self.data.resolve()
        except psutil.AccessDenied:
            return False  # our own processes can be looked at

    def is_running(self) -> bool:
        return self.process() is not None

    def prepare(self) -> None:
        """Creates the data folder, where there is none."""
        if self.data.exists():
            return
        check_free_space(self.home)
        with explained(f"Preparing {self.home}"):
            self._own(self.log.parent)
            password = self._superuser_password()
            # Created under another name, so that a folder called data is always complete.
            new = self.home / "data.new"
            shutil.rmtree(new, ignore_errors=True)
            self._own(new)
            with tempfile.NamedTemporaryFile("w", dir=self.log.parent) as password_file:
                password_file.write(password)
                password_file.flush()
                self._account.owns(Path(password_file.name))
                self._run("initdb", "-D", new, *_INITDB, *_LOCALE, f"--pwfile={password_file.name}")
            with (new / "postgresql.conf").open("a") as configuration:
                configuration.write("include 'portolan.conf'\n")
            new.rename(self.data)

    def check_ports(self) -> None:
        """Refuse to start where another program holds its port."""
        require_free(self.port, "PostgreSQL", "PORTOLAN_POSTGRES_PORT")

    def start(self) -> bool:
        """Starts it and waits until it accepts connections; False where it was running already."""
        if self.is_running():
            self._check_same_port()
            self._await_ready()
            return False
        self.prepare()
        self.check_ports()
        with explained(f"Starting PostgreSQL in {self.home}"):
            self._forget_dead_server()
            settings = self.data / "portolan.conf"
            settings.write_text(self._settings())
            self._account.owns(settings)
            keep_previous(self.log)
            done = self._account.run(
                self._programs / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", _START_SECONDS, "start"
            )
        if done.returncode:
            raise died("PostgreSQL", self.log)
        with self._connection("postgres") as connection:
            for database in ("postgres", "template1"):
                _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
        return True

    def stop(self) -> None:
        """Ends open connections and stops; after a crash there is nothing to do."""
        if self.is_running():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", _START_SECONDS, "stop")

    def remove(self) -> None:
        """Stops it and deletes everything it has."""
        if not self.folder.exists():
            return
        self.stop()
        with explained(f"Deleting {self.folder}"):
            shutil.rmtree(self.home)
            shutil.rmtree(self.folder, ignore_errors=self.folder == self.home)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account.owns(folder)

    def _run(self, program: str, *arguments: object) -> None:
        done = self._account.run(self._programs / program, *arguments)
        if done.returncode:
            raise StackProblem(
                f"PostgreSQL's {program} failed: {(done.stderr or done.stdout).strip()}",
                f"The log, if there is one yet: {self.log}.",
            )

    def _forget_dead_server(self) -> None:
        """After a crash the lock file's pid may be another program's by now, and PostgreSQL would refuse to start."""
        leftover = self.data / "postmaster.pid"
        if not leftover.exists():
            return
        # The dead server's children notice within moments; while one lives, the file has to stay.
        orphans = [process for process in psutil.process_iter() if self._is_orphan(process)]
        for orphan in wait_until_gone(orphans, 5):
            orphan.kill()
        if not wait_until_gone(orphans, 5):
            leftover.unlink()

    def _is_orphan(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and self._is_ours(process)
        except psutil.Error:
            return False  # gone meanwhile, or somebody else's

    def _noted(self, line: int) -> str:
        """A line of the server's lock file: 1 its pid, 4 its port, 8 whether it accepts connections."""
        return (self.data / "postmaster.pid").read_text().splitlines()[line - 1].strip()

    def _await_ready(self) -> None:
        """For a server whose starting command was itself ended before the server had recovered."""
        deadline = time.monotonic() + _START_SECONDS
        while self._noted(8) != "ready":
            if time.monotonic() > deadline:
                raise StackProblem("PostgreSQL is running but does not accept connections.", f"Its log is {self.log}.")
            time.sleep(0.05)

    def _check_same_port(self) -> None:
        port = int(self._noted(4))
        if port != self.port:
            raise StackProblem(
                f"PostgreSQL is running already, on port {port} and not on {self.port}.",
                "Stop it first with `make down`, or set PORTOLAN_POSTGRES_PORT back.",
            )

    def _settings(self) -> str:
        settings: dict[str, object] = {
            "listen_addresses": LOCALHOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 400,
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            # synchronous_commit stays on: without fsync it costs nothing, and a killed server keeps what it confirmed.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return "".join(f"{name} = '{value}'\n" for name, value in settings.items())

    # --- databases -------------------------------------------------------------------------------------------------

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgresql+psycopg://{user}:{password}@{LOCALHOST}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """For tests and operators' tools; no service gets it."""
        return self.url(_SUPERUSER, self._superuser_password(), database)

    def create_service_database(self, name: str) -> ServiceDatabase:
        """The database `portolan_<name>` of `<name>_owner`, in which the role `<name>` has what it is granted only."""
        made = self.service_database(name)
        with self._connection("postgres") as connection:
            for user, password in zip((made.owner, made.role), self._service_passwords(name), strict=True):
                _ensure_role(connection, user, password)
            _ensure_database(connection, made.database, made.owner, made.role)
        with self._connection(made.database) as connection:
            _execute(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
            _execute(connection, "GRANT USAGE ON SCHEMA public TO {}", made.role)
        return made

    def service_database(self, name: str) -> ServiceDatabase:
        """Its names and URLs, without asking the server."""
        owner, role, database = f"{name}_owner", name, f"portolan_{name}"
        owner_password, password = self._service_passwords(name)
        return ServiceDatabase(
            name, database, owner, role, self.url(owner, owner_password, database), self.url(role, password, database)
        )

    def drop_service_database(self, name: str) -> None:
        with self._connection("postgres") as connection:
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", f"portolan_{name}")
            _execute(connection, "DROP ROLE IF EXISTS {}", name)
            _execute(connection, "DROP ROLE IF EXISTS {}", f"{name}_owner")
        self._passwords_file(name).unlink(missing_ok=True)

    @contextmanager
    def _connection(self, database: str) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(
                host=LOCALHOST,
                port=self.port,
                user=_SUPERUSER,
                password=self._superuser_password(),
                dbname=database,
                autocommit=True,
                connect_timeout=10,
            ) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise StackProblem(f"PostgreSQL on port {self.port} failed: {error}", f"Its log is {self.log}.") from error

    def _passwords_file(self, name: str) -> Path:
        return self.folder / "credentials" / f"{name}.json"

    def _service_passwords(self, name: str) -> tuple[str, str]:
        """The owner's and the service's, made at the first call and the same at each later one."""
        text = remembered(self._passwords_file(name), lambda: json.dumps([new_password(), new_password()]))
        owner, role = json.loads(text)
        return owner, role

    def _superuser_password(self) -> str:
        return remembered(self.folder / "superuser.password", new_password)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(password)))


def _ensure_database(connection: psycopg.Connection, database: str, owner: str, role: str) -> None:
    if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
        _execute(connection, "CREATE DATABASE {} OWNER {}", database, owner)
    _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", database, role)


def _execute(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
