"""The run's PostgreSQL and Kafka in containers, for runs with PORTOLAN_TEST_ON=containers."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

import yaml
from sqlalchemy import make_url
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, WaitStrategy

from chassis.messaging.broker import Broker
from portolan.certificates import ensure_certificate
from portolan.stack.kafka import ADMINISTRATOR, ADMINISTRATORS_MECHANISM, MECHANISM, SCRAM_LOGIN, Kafka, plain_login
from portolan.stack.ports import LOCALHOST
from portolan.stack.postgres import Postgres
from tests.engine import KAFKA, POSTGRES
from tests.infrastructure import Infrastructure, watch

LABEL = "portolan.test-run"
COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"
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
                command="postgres -c max_connections=400 -c fsync=off -c full_page_writes=off",
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
    def broker(self) -> Broker:
        with self._starting("kafka"):
            (port, _) = self._ports("kafka", 2)
            kafka = Kafka(self.run / "kafka", port, 0)
            kafka.close_folder()
            # The folder is closed to others on this machine; in the container Kafka's account has to read the file.
            ensure_certificate(kafka.authority, kafka.certificate, (LOCALHOST, "localhost"), mode=0o644)
            administrator = plain_login(ADMINISTRATOR, kafka.password(ADMINISTRATOR))
            checked = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["healthcheck"]["test"]
            healthy = [word.replace("$$", "$") for word in checked[1:]]
            container = DockerContainer(
                KAFKA,
                env={
                    "KAFKA_HEAP_OPTS": "-Xmx256m",
                    "KAFKA_PROCESS_ROLES": "broker,controller",
                    "KAFKA_NODE_ID": "1",
                    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
                    "KAFKA_LISTENERS": "BROKER://:9092,CONTROLLER://localhost:9093",
                    "KAFKA_ADVERTISED_LISTENERS": f"BROKER://{LOCALHOST}:{port}",
                    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
                    "KAFKA_INTER_BROKER_LISTENER_NAME": "BROKER",
                    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "BROKER:SASL_SSL,CONTROLLER:SASL_SSL",
                    "KAFKA_SSL_KEYSTORE_TYPE": "PEM",
                    "KAFKA_SSL_KEYSTORE_LOCATION": "/run/kafka/broker.pem",
                    "KAFKA_SSL_TRUSTSTORE_TYPE": "PEM",
                    "KAFKA_SSL_TRUSTSTORE_LOCATION": "/run/kafka/authority.pem",
                    "KAFKA_SASL_ENABLED_MECHANISMS": f"{MECHANISM},{ADMINISTRATORS_MECHANISM}",
                    "KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL": ADMINISTRATORS_MECHANISM,
                    "KAFKA_SASL_MECHANISM_CONTROLLER_PROTOCOL": ADMINISTRATORS_MECHANISM,
                    "KAFKA_LISTENER_NAME_BROKER_PLAIN_SASL_JAAS_CONFIG": administrator,
                    "KAFKA_LISTENER_NAME_BROKER_SCRAM___SHA___512_SASL_JAAS_CONFIG": SCRAM_LOGIN,
                    "KAFKA_LISTENER_NAME_CONTROLLER_PLAIN_SASL_JAAS_CONFIG": administrator,
                    "KAFKA_LISTENER_NAME_CONTROLLER_SASL_ENABLED_MECHANISMS": ADMINISTRATORS_MECHANISM,
                    "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                    "KAFKA_SUPER_USERS": f"User:{ADMINISTRATOR}",
                    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
                    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
                    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
                    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
                    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
                    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
                },
            )
            for file in (kafka.authority, kafka.certificate):
                container.with_volume_mapping(str(file), f"/run/kafka/{file.name}", "ro")
            self._start_once("kafka", container, 9092, port, ExecWaitStrategy(healthy))
            return Broker(**kafka.reached_as(ADMINISTRATOR))

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
