"""Kafka clients leave no socket to the garbage collector, whose warning would fail another test, and none waits on."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from kafka.errors import KafkaError
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

from chassis.messaging import kafka
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Topics, close_selector
from portolan.certificates import ensure_certificate
from tests.harness import wait_until


def test_a_client_closed_before_it_sent_everything_leaves_no_socket_open() -> None:
    assert NetworkSelector.close is close_selector
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                ours.send(b"full" * 1024)
        selector = NetworkSelector()
        connection = KafkaTCPTransport(selector, ours)
        connection.write(b"what nobody reads")
        connection.close()
        assert ours.fileno() >= 0, "it would still be sent"
        selector.close()
        assert ours.fileno() == -1


def test_a_client_gives_up_on_a_broker_that_takes_the_connection_and_never_shakes_hands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "HANDSHAKE_SECONDS", 0.2)
    ensure_certificate(tmp_path / "authority.pem", tmp_path / "broker.pem", ("127.0.0.1",))
    given_up = threading.Event()

    def connect() -> None:
        with pytest.raises(KafkaError):
            Topics(broker, bootstrap_timeout_ms=500)
        given_up.set()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        broker = Broker(address, "SSL", ca_file=str(tmp_path / "authority.pem"))
        threading.Thread(target=connect, daemon=True).start()
        wait_until(given_up.is_set, "the client gives up")
