"""Work that goes on until it is told to stop, and that one process leads by an advisory lock while others stand by."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import structlog
from psycopg import Connection as DriverConnection
from sqlalchemy import Connection, text

from chassis.postgres.connections import engine
from chassis.postgres.failures import may_pass

REFUSED_SECONDS = 5.0
ELECT = text("SELECT pg_try_advisory_lock(hashtext(:lock))")


def keep_running(
    part: str,
    work: Callable[[], None],
    stop: threading.Event,
    *,
    log: structlog.stdlib.BoundLogger,
    pause: float,
    passing: tuple[type[Exception], ...] = (),
    refusals: tuple[type[Exception], ...] = (),
    failed: Callable[[], None] = lambda: None,
    **about: Any,
) -> None:
    """Run ``work`` again and again until told to stop, after a pause each time; a failure is logged with ``about``.

    The traceback is logged as well, but for failures of the database that pass and those that ``passing`` names. After
    one of ``refusals``, which last until somebody sets something right, the pause is long.
    """
    while not stop.is_set():
        wait = pause
        try:
            work()
        except Exception as failure:
            passes = may_pass(failure) or isinstance(failure, passing)
            log.warning(f"{part} starts again", **about, failure=type(failure).__name__, exc_info=not passes)
            failed()
            wait = REFUSED_SECONDS if isinstance(failure, refusals) else pause
        stop.wait(wait)


class Leader(ABC):
    """A part of the worker of which one instance leads, by an advisory lock, while the others stand by."""

    lock: ClassVar[str]
    part: ClassVar[str]
    pause: ClassVar[float] = 1.0
    passing: ClassVar[tuple[type[Exception], ...]] = ()
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    log: ClassVar[structlog.stdlib.BoundLogger]

    def __init__(self, url: str, failed: Callable[[], None] = lambda: None) -> None:
        self._failed = failed
        # The lock lives as long as its session, which therefore must not stay open in a pool.
        self._engine = engine(url, self.lock, isolation_level="AUTOCOMMIT")

    def run(self, stop: threading.Event) -> None:
        """Lead or stand by until told to stop; every failure starts again from what is stored."""
        work = partial(self._stand, stop)
        keep_running(
            self.part,
            work,
            stop,
            log=self.log,
            pause=self.pause,
            passing=self.passing,
            refusals=self.refusals,
            failed=self._failed,
        )
        self._engine.dispose()

    def _stand(self, stop: threading.Event) -> None:
        with self._engine.connect() as connection:
            if self._elected(connection):
                self._lead(connection, stop)

    def _elected(self, connection: Connection) -> bool:
        return bool(connection.execute(ELECT, {"lock": f"portolan.{self.lock}"}).scalar_one())

    @staticmethod
    def _notified(connection: Connection, seconds: float) -> bool:
        """Wait for a notice on the channels the connection listens to; whether one came."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, DriverConnection)
        return any(True for _ in driver.notifies(timeout=seconds, stop_after=1))

    @abstractmethod
    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        """Work until told to stop, over the connection that holds the lock."""
