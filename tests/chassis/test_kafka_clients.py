"""Kafka clients leave no socket to the garbage collector: its warning would fail a test that has no part in it."""

import socket
from contextlib import suppress

from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

from chassis.messaging.kafka import close_selector


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
