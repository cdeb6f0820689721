"""Kafka in a folder: a real broker each time."""

import os
import shutil
import socket
import stat
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from chassis.messaging.broker import Broker
from portolan.stack.errors import StackProblem
from portolan.stack.kafka import ADMINISTRATOR, Kafka
from portolan.stack.ports import LOCALHOST, free_ports
from tests.patience import patient


def settings(kafka: Kafka) -> Mapping[str, Any]:
    return Broker(**kafka.reached_as(ADMINISTRATOR)).settings()


def create_topic(kafka: Kafka, topic: str) -> None:
    admin = KafkaAdminClient(**settings(kafka))
    admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()


def send(kafka: Kafka, topic: str, value: bytes) -> None:
    producer = KafkaProducer(**settings(kafka), acks="all")
    producer.send(topic, value).get(timeout=30)
    producer.close()


def first_value(kafka: Kafka, topic: str) -> bytes:
    consumer = KafkaConsumer(**settings(kafka), group_id=None, consumer_timeout_ms=20_000)
    consumer.assign([TopicPartition(topic, 0)])
    consumer.seek_to_beginning()
    value: bytes = next(consumer).value
    consumer.close()
    return value


def test_it_keeps_what_was_sent_through_a_second_start_and_kill_9(
    kafka: Kafka, listening_addresses: Callable[[psutil.Process], set[str]]
) -> None:
    assert kafka.start() is True
    process = kafka.process()
    assert process is not None
    assert listening_addresses(process) <= {LOCALHOST, f"::ffff:{LOCALHOST}"}
    create_topic(kafka, "kept")
    send(kafka, "kept", b"written down")

    assert kafka.start() is False
    assert kafka.process() == process
    with pytest.raises(StackProblem, match="running already, with other settings"):
        Kafka(kafka.folder, *free_ports(2)).start()

    process.kill()
    process.wait(patient(10))
    assert not kafka.is_running()
    assert kafka.start() is True
    assert first_value(kafka, "kept") == b"written down"


def test_nobody_else_reads_its_folder_and_no_command_line_or_log_tells_a_password(kafka: Kafka) -> None:
    # As an older version left it, whose broker asked for nothing.
    kafka.prepare()
    for open_to_all in (kafka.folder, kafka.folder / "data"):
        open_to_all.chmod(0o755)
    (kafka.folder / "server.properties").chmod(0o644)
    kafka.start()
    assert mode(kafka.folder) == mode(kafka.folder / "data") == 0o700
    secrets = {kafka.folder / name for name in ("server.properties", "broker.pem", "admin.password")}
    assert {mode(file) for file in secrets} == {0o600}
    process = kafka.process()
    assert process is not None
    told = " ".join([*process.cmdline(), *process.environ().values(), kafka.log.read_text()])
    assert kafka.password(ADMINISTRATOR) not in told
    assert "BEGIN PRIVATE KEY" not in told


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("listener", ["port", "controller_port"])
def test_no_listener_speaks_with_who_does_not_encrypt(kafka: Kafka, listener: str) -> None:
    kafka.start()
    # ApiVersions, the one question that every broker answers before anybody says who they are.
    question = struct.pack(">ihhih", 10, 18, 0, 1, -1)
    with socket.create_connection((LOCALHOST, getattr(kafka, listener)), timeout=patient(10)) as connection:
        connection.sendall(question)
        answer = connection.recv(100)
    assert answer[:1] in (b"", b"\x15"), "it hangs up, with an alert of TLS at most"


def test_stop_leaves_no_process_and_may_be_repeated(kafka: Kafka) -> None:
    kafka.start()
    process = kafka.process()
    assert process is not None
    kafka.stop()
    kafka.stop()
    assert not process.is_running()
    assert not kafka.is_running()
    assert "shut down completed" in kafka.log.read_text()


def test_a_taken_port_is_reported_by_who_has_it(kafka: Kafka) -> None:
    for port, name, variable in (
        (kafka.port, "Kafka", "PORTOLAN_KAFKA_PORT"),
        (kafka.controller_port, "Kafka's controller", "PORTOLAN_KAFKA_CONTROLLER_PORT"),
    ):
        with socket.create_server((LOCALHOST, port)), pytest.raises(StackProblem) as problem:
            kafka.start()
        assert f"Port {port} for {name} is taken by " in problem.value.what
        assert f"(pid {os.getpid()})" in problem.value.what
        assert variable in problem.value.what_to_do


def test_a_broker_that_cannot_start_is_quoted(kafka: Kafka) -> None:
    kafka.prepare()
    shutil.rmtree(kafka.folder / "data")
    with pytest.raises(StackProblem, match=r"(?s)Kafka ended while starting.*meta\.properties"):
        kafka.start()
    assert not kafka.is_running()


def test_a_pid_that_another_process_has_now_is_neither_taken_for_kafka_nor_stopped(kafka: Kafka) -> None:
    kafka.folder.mkdir()
    (kafka.folder / "kafka.pid").write_text(f'{{"pid": {os.getpid()}, "started": 0}}')
    assert not kafka.is_running()
    kafka.stop()
