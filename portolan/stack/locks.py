"""A lock between processes that the operating system releases when its holder dies."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portolan.stack.errors import StackProblem, explained


class FileLock:
    """Held by one thread of one process at a time; the holder may take it again. Surviving files mean nothing."""

    def __init__(self, path: Path, *, timeout: float = 300) -> None:
        self._path = path
        self._timeout = timeout
        self._mine = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._mine:
            if self._depth:
                yield
                return
            descriptor = self._acquire()
            self._depth = 1
            try:
                yield
            finally:
                self._depth = 0
                os.close(descriptor)

    def _acquire(self) -> int:
        deadline = time.monotonic() + self._timeout
        while True:
            with explained(f"Locking {self._path.parent}"):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            if self._locked(descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                return descriptor
            other = os.read(descriptor, 20).decode() or "unknown"
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise StackProblem(
                    f"Another portolan command (pid {other}) has been working on {self._path.parent} for too long.",
                    "Wait for it or stop it, then run the command again.",
                )
            time.sleep(0.05)

    def _locked(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # `clean` deletes the file while it holds the lock: who waited must not hold a file that nobody else finds.
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False
