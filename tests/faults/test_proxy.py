"""The proxy between services and servers: each of its faults does what it says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from portolan.stack.ports import LOCALHOST, free_ports, is_open
from tests.faults.proxy import Proxies, Proxy
from tests.harness import wait_until


class Echo:
    """A server that answers with what it got, and remembers all of it."""

    def __init__(self) -> None:
        self.got = b""
        self._socket = socket.create_server((LOCALHOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._threads.append(threading.Thread(target=self._echo, args=(connection,)))
                self._threads[-1].start()

    def _echo(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(1024):
                self.got += data
                connection.sendall(data)

    def stop(self) -> None:
        """No longer listen; what is connected goes on until its client ends."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.stop()
    echo.join()


@pytest.fixture
def proxies(echo: Echo) -> Iterator[Proxies]:
    with Proxies() as proxies:
        yield proxies


@pytest.fixture
def proxy(echo: Echo, proxies: Proxies) -> Proxy:
    (port,) = free_ports(1)
    return proxies.between(port, echo.port)


@contextmanager
def connected(proxy: Proxy) -> Iterator[socket.socket]:
    with closing(socket.create_connection((LOCALHOST, proxy.port), timeout=30)) as client:
        yield client


def answer(client: socket.socket, question: bytes) -> bytes:
    """What comes back; nothing where the connection ends."""
    try:
        client.sendall(question)
        return client.recv(1024)
    except ConnectionError:
        return b""


def test_what_is_said_passes_in_both_directions(proxy: Proxy, echo: Echo) -> None:
    with connected(proxy) as client:
        assert answer(client, b"hello") == b"hello"
    assert echo.got == b"hello"


def test_a_cut_ends_connections_and_new_ones_work(proxy: Proxy, proxies: Proxies) -> None:
    with connected(proxy) as client:
        assert answer(client, b"one") == b"one"
        proxies.do(proxy.cut)
        assert answer(client, b"two") == b""
    with connected(proxy) as client:
        assert answer(client, b"three") == b"three"


def test_a_proxy_that_refuses_takes_no_connection_until_it_listens_again(proxy: Proxy, proxies: Proxies) -> None:
    proxies.do(proxy.refuse)
    assert not is_open(proxy.port)
    proxies.do(proxy.listen_again)
    wait_until(lambda: is_open(proxy.port), "it listens again")
    with connected(proxy) as client:
        assert answer(client, b"one") == b"one"


def test_where_the_server_is_dead_the_proxy_refuses_too(proxy: Proxy, echo: Echo) -> None:
    with connected(proxy) as client:
        assert answer(client, b"one") == b"one"
        echo.stop()
    wait_until(lambda: not is_open(proxy.port), "it refuses")


def test_half_open_connections_look_alive_and_carry_nothing(proxy: Proxy, proxies: Proxies, echo: Echo) -> None:
    with connected(proxy) as client:
        assert answer(client, b"one") == b"one"
        proxies.do(proxy.go_silent)
        client.sendall(b"two")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1024)
        client.settimeout(30)
        proxies.do(proxy.speak_again)
        assert answer(client, b"three") == b""
    assert echo.got == b"one"


@pytest.mark.parametrize(("loss", "arrives"), [("request", False), ("answer unread", True), ("answer", True)])
def test_a_request_with_the_pattern_is_lost_at_the_point_that_was_named(
    proxy: Proxy, proxies: Proxies, echo: Echo, loss: str, arrives: bool
) -> None:
    proxies.do(lambda: proxy.lose(b"append", [loss]))  # type: ignore[list-item]
    with connected(proxy) as client:
        assert answer(client, b"select") == b"select"
        assert answer(client, b"append") == b""
    wait_until(lambda: (b"append" in echo.got) is arrives, "it has arrived, or not")
    with connected(proxy) as client:
        assert answer(client, b"append again") == b"append again"
    assert proxy.lost == 1


def test_a_delay_is_added_in_each_direction(proxy: Proxy) -> None:
    proxy.delay = 0.2
    with connected(proxy) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            answer(client, b"one")
        client.settimeout(30)
        assert client.recv(1024) == b"one"
