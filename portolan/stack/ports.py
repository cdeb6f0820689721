"""Ports on 127.0.0.1: free ones to choose, and who holds a taken one."""

import random
import socket

import psutil

from portolan.stack.errors import StackProblem

LOCALHOST = "127.0.0.1"
# Below the range from which Linux and macOS take the ports of outgoing connections: those would collide at random.
_CHOICE = range(20_000, 30_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # PostgreSQL and Kafka set this option too: a connection in TIME_WAIT is no obstacle, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Return whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOCALHOST, port)) == 0


def free_ports(count: int) -> list[int]:
    """Different ports that are free now, chosen at random so that test runs side by side rarely meet."""
    chosen: list[int] = []
    for port in random.sample(_CHOICE, len(_CHOICE)):
        if len(chosen) == count:
            return chosen
        if is_free(port):
            chosen.append(port)
    raise StackProblem(
        f"Fewer than {count} ports are free between {_CHOICE.start} and {_CHOICE.stop}.",
        "Stop some of the programs that listen on this machine.",
    )


def holder(port: int) -> str:
    """Name the process that listens on the port, as far as this user may see: `java (pid 4711)`."""
    try:
        pids = [c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr[1] == port and c.status == "LISTEN"]
        pid = next((pid for pid in pids if pid), None)
        return f"{psutil.Process(pid).name()} (pid {pid})" if pid else "a process of another user"
    except psutil.Error:
        return "a process that this user cannot see"


def require_free(port: int, purpose: str, variable: str) -> None:
    """Refuses a port below 1024 without the right to it, and a taken one by the name of who has it."""
    if not is_free(port):
        raise StackProblem(
            f"Port {port} for {purpose} is taken by {holder(port)}.",
            f"Stop that process, or choose another port with {variable}.",
        )
