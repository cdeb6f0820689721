"""Folders and servers for the tests of the stack itself, below the run's folder so that a killed run is tidied too."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from portolan.stack.kafka import Kafka
from portolan.stack.ports import free_ports
from portolan.stack.postgres import Postgres


@pytest.fixture
def folder(new_folder: Callable[[], Path]) -> Path:
    return new_folder()


@pytest.fixture
def new_postgres(folder: Path) -> Iterator[Postgres]:
    postgres = Postgres(folder / "postgres", free_ports(1)[0], durable=False)
    yield postgres
    postgres.remove()


@pytest.fixture(scope="module")
def postgres(new_folder: Callable[[], Path]) -> Iterator[Postgres]:
    postgres = Postgres(new_folder() / "postgres", free_ports(1)[0], durable=False)
    postgres.start()
    yield postgres
    postgres.remove()


@pytest.fixture
def kafka(folder: Path) -> Iterator[Kafka]:
    kafka = Kafka(folder / "kafka", *free_ports(2))
    yield kafka
    kafka.remove()


@pytest.fixture(scope="session")
def listening_addresses() -> Callable[[psutil.Process], set[str]]:
    def find(process: psutil.Process) -> set[str]:
        found: set[str] = set()
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # a server's helpers come and go
                found |= {c.laddr[0] for c in member.net_connections() if c.status == "LISTEN"}
        return found

    return find
