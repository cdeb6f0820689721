"""The run's PostgreSQL and Kafka in containers, for runs with PORTOLAN_TEST_ON=containers."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

from sqlalchemy import make_url
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, WaitStrategy

from portolan.stack.ports import LOCALHOST
from portolan.stack.postgres import Postgres
from tests.engine import KAFKA, POSTGRES
from tests.infrastructure import Infrastructure, watch

LABEL = "portolan.test-run"
SOCKET = "exec 3<>/dev/tcp/127.0.0.1/9092 && "
ASK = r"printf '\0\0\0\n\0\22\0\0\0\0\0\1\377\377' >&3 && [ $(head -c 4 <&3 | wc -c) -eq 4 ]"
# The library's reaper ends what a worker started with that worker, and its image cannot be had everywhere. The run
# itself takes its containers away at its end, and those of runs that were killed at its beginning.
testcontainers_config.ryuk_disabled = True


class ContainerInfrastructure(Infrastructure):
    """The same servers for all workers, in containers that the run's end removes."""

    @cached_property
    def postgres(self) -> Postgres:
        with self._starting("postgres"):
            (port,) = self._ports("postgres", 1)
            postgres = Postgres(self.run / "postgres", port, durable=False)
            password = make_url(postgres.superuser_url()).password
            container = DockerContainer(
                POSTGRES,
                command="postgres -c max_connections=120 -c fsync=off -c full_page_writes=off",
                env={
                    "POSTGRES_PASSWORD": str(password),
                    "POSTGRES_INITDB_ARGS": "--locale-provider=builtin --builtin-locale=C.UTF-8 --encoding=UTF8",
                },
            )
            # Over TCP: while the image prepares its folder, only the socket answers.
            ready = ExecWaitStrategy(["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"])
            self._start_once("postgres", container, 5432, port, ready)
            return postgres

    @cached_property
    def kafka_bootstrap(self) -> str:
        with self._starting("kafka"):
            (port, _) = self._ports("kafka", 2)
            container = DockerContainer(
                KAFKA,
                env={
                    "KAFKA_HEAP_OPTS": "-Xmx256m",
                    "KAFKA_PROCESS_ROLES": "broker,controller",
                    "KAFKA_NODE_ID": "1",
                    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
                    "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
                    "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOCALHOST}:{port}",
                    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
                    "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
                    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
                    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
                    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
                    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
                    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
                    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
                },
            )
            self._start_once("kafka", container, 9092, port, ExecWaitStrategy(["bash", "-c", SOCKET + ASK]))
            return f"{LOCALHOST}:{port}"

    @property
    def watchman(self) -> str:
        return "tests.containers"

    def end(self) -> None:
        """Removes the containers, then whatever a run without containers has."""
        remove([container for container, run in labelled() if run == str(self.run)])
        super().end()

    def _start_once(self, name: str, container: DockerContainer, inside: int, port: int, ready: WaitStrategy) -> None:
        """The first worker that asks starts it."""
        mark = self.run / f"{name}.started"
        if mark.exists():
            return
        # The library's own ways to name a port open it on every address of the machine.
        container.ports[str(inside)] = (LOCALHOST, port)  # type: ignore[assignment]
        container.with_kwargs(labels={LABEL: str(self.run)}).waiting_for(ready.with_poll_interval(0.2)).start()
        mark.touch()


def labelled() -> list[tuple[str, str]]:
    """The containers of test runs and the folder of the run each belongs to."""
    form = f'{{{{.ID}}}}\t{{{{.Label "{LABEL}"}}}}'
    listed = docker("ps", "--all", "--no-trunc", "--filter", f"label={LABEL}", "--format", form)
    return [(container, run) for container, _, run in (line.partition("\t") for line in listed.splitlines())]


def remove_orphans() -> None:
    """Removes the containers of runs whose folders are gone: anyone who owned those was killed."""
    remove([container for container, run in labelled() if not Path(run).exists()])


def remove(containers: list[str]) -> None:
    """Another run may remove an orphan at the same moment: all that counts is that it is gone."""
    if containers:
        subprocess.run(["docker", "rm", "--force", "--volumes", *containers], capture_output=True, check=False)
        left = {container for container, _ in labelled()} & set(containers)
        assert not left, f"these containers could not be removed: {left}"


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    watch(ContainerInfrastructure(Path(sys.argv[1])))
