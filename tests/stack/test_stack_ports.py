"""Ports on this machine."""

import os
import socket

import pytest

from portolan.stack.errors import StackProblem
from portolan.stack.ports import LOCALHOST, free_ports, holder, is_free, is_open, require_free


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(is_free(port) and not is_open(port) for port in ports)


@pytest.mark.parametrize("address", [LOCALHOST, "0.0.0.0"])
def test_a_listener_makes_a_port_taken_whatever_address_it_uses(address: str) -> None:
    with socket.create_server((address, 0)) as listener:
        port = listener.getsockname()[1]
        assert not is_free(port)
        assert is_open(port)
        assert holder(port).endswith(f"(pid {os.getpid()})")
        with pytest.raises(StackProblem, match=f"Port {port} for the post is taken by .* with PORTOLAN_POST_PORT"):
            require_free(port, "the post", "PORTOLAN_POST_PORT")


def test_a_listener_that_nobody_may_see_is_still_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.net_connections", lambda _kind: [])
    assert holder(1) == "a process of another user"
