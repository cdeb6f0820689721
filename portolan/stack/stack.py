"""The whole local stack in one state folder: PostgreSQL, Kafka and whatever processes the command adds."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from portolan.names import SERVICES
from portolan.stack.errors import StackProblem, check_platform, explained
from portolan.stack.kafka import ADMINISTRATOR, ADMINISTRATORS_MECHANISM, Kafka
from portolan.stack.locks import FileLock
from portolan.stack.postgres import Postgres, ServiceDatabase
from portolan.stack.postgres_binaries import open_folder
from portolan.stack.processes import Processes, Progress, Running, described, silent

_CHECKOUT = Path(__file__).parents[2]


class StackSettings(BaseSettings):
    """The ports on 127.0.0.1; each one is overridden by PORTOLAN_<NAME>, such as PORTOLAN_PEOPLE_PORT."""

    model_config = SettingsConfigDict(env_prefix="PORTOLAN_", frozen=True)

    people_port: int = Field(8401, ge=1, le=65535)
    portfolio_port: int = Field(8402, ge=1, le=65535)
    finance_port: int = Field(8403, ge=1, le=65535)
    reporting_port: int = Field(8404, ge=1, le=65535)
    postgres_port: int = Field(8432, ge=1, le=65535)
    kafka_port: int = Field(8492, ge=1, le=65535)
    kafka_controller_port: int = Field(8493, ge=1, le=65535)

    def port(self, service: str) -> int:
        port: int = getattr(self, f"{service}_port")
        return port


def settings_from_environment() -> StackSettings:
    try:
        return StackSettings()
    except ValidationError as error:
        names = ", ".join(f"PORTOLAN_{str(fault['loc'][0]).upper()}" for fault in error.errors())
        raise StackProblem(f"These settings are not ports: {names}.", "Set numbers from 1 to 65535.") from error


def default_state_folder() -> Path:
    """PORTOLAN_STATE, or `.portolan` in the checkout, or in the working folder for a Portolan installed elsewhere."""
    if chosen := os.environ.get("PORTOLAN_STATE"):
        return Path(chosen).expanduser().resolve()
    base = _CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return base / ".portolan"


class Stack:
    """Every method may be called again: what already is as it should be stays untouched."""

    def __init__(
        self, folder: Path | None = None, settings: StackSettings | None = None, *, durable: bool = True
    ) -> None:
        check_platform()
        self.folder = folder or default_state_folder()
        self.settings = settings or settings_from_environment()
        self.postgres = Postgres(self.folder / "postgres", self.settings.postgres_port, durable)
        self.kafka = Kafka(self.folder / "kafka", self.settings.kafka_port, self.settings.kafka_controller_port)
        self.processes = Processes(self.folder / "processes")
        self._lock = FileLock(self.folder / "lock")

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time changes a stack; a second one waits. May be entered again by its holder."""
        with explained(f"Creating {self.folder}"):
            open_folder(self.folder)
        with self._lock.held():
            yield

    def check_ports(self) -> None:
        """Refuse to begin where another program holds a port of what does not run yet."""
        if not self.postgres.is_running():
            self.postgres.check_ports()
        if not self.kafka.is_running():
            self.kafka.check_ports()

    def infrastructure_up(self, progress: Progress = silent) -> None:
        """Starts PostgreSQL and Kafka side by side and creates the four services' databases."""
        with self.locked():
            _side_by_side(lambda: self._postgres_up(progress), lambda: self._kafka_up(progress))

    def infrastructure_down(self, progress: Progress = silent) -> None:
        """Stops them, after every process that works with them."""
        with self.locked():
            self.processes.stop_all(progress)
            _side_by_side(
                lambda: _stopped("kafka", self.kafka.is_running(), self.kafka.stop, progress),
                lambda: _stopped("postgres", self.postgres.is_running(), self.postgres.stop, progress),
            )

    def clean(self, progress: Progress = silent) -> None:
        """Stops everything and deletes all data, logs and passwords."""
        if not self.folder.exists():
            return
        with self.locked():
            self.infrastructure_down(progress)
            self.postgres.remove()
            self.kafka.remove()
            with explained(f"Deleting {self.folder}"):
                shutil.rmtree(self.folder)

    def running(self) -> list[Running]:
        """Return the running processes: `postgres`, `kafka`, then the others by name."""
        infrastructure = (described("postgres", self.postgres.process()), described("kafka", self.kafka.process()))
        return [*(part for part in infrastructure if part), *self.processes.running()]

    def database(self, service: str) -> ServiceDatabase:
        return self.postgres.service_database(service)

    def environment(self, service: str) -> dict[str, str]:
        """Return the environment that points a service at this stack, with the credentials of who prepares it."""
        database, name = self.database(service), service.upper()
        return self.kafka.environment(service) | {
            "PORTOLAN_KAFKA_ADMIN_PASSWORD": self.kafka.password(ADMINISTRATOR),
            "PORTOLAN_KAFKA_ADMIN_SASL_MECHANISM": ADMINISTRATORS_MECHANISM,
            f"PORTOLAN_{name}_DATABASE_URL": database.url,
            f"PORTOLAN_{name}_MIGRATION_URL": database.owner_url,
        }

    def _postgres_up(self, progress: Progress) -> None:
        progress("postgres", "starting")
        started = self.postgres.start()
        for service in SERVICES:
            self.postgres.create_service_database(service)
        progress("postgres", "started" if started else "unchanged")

    def _kafka_up(self, progress: Progress) -> None:
        progress("kafka", "starting")
        progress("kafka", "started" if self.kafka.start() else "unchanged")


def _stopped(name: str, running: bool, stop: Callable[[], None], progress: Progress) -> None:
    if running:
        progress(name, "stopping")
        stop()
        progress(name, "stopped")


def _side_by_side(*steps: Callable[[], None]) -> None:
    """All steps end before the first one's problem is raised: nothing goes on behind the user's back."""
    with ThreadPoolExecutor(len(steps)) as pool:
        running = [pool.submit(step) for step in steps]
    for step in running:
        step.result()
