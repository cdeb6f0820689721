"""A service's worker that is killed on the way, as by a machine that loses its power."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from tests.harness import Running

CHECKOUT = Path(__file__).parents[1]


class Killed:
    """A worker as a process that is killed whenever it got something done, a few times, and begins again each time."""

    MOST = 6

    def __init__(self, running: Running, folder: Path) -> None:
        self._running, self._log = running, folder / "worker.log"
        self._over, self._thread = threading.Event(), threading.Thread(target=self._kill)
        self.armed, self.kills = False, 0
        self._process = self._started()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._process.kill()
        self._process.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", f"services.{self._running.service.name}.app", "worker"]
        with self._log.open("ab") as log:
            return subprocess.Popen(argv, env=environment_of(self._running), stdout=log, stderr=log, cwd=CHECKOUT)

    def _done(self) -> tuple[int, int, int]:
        """How much is in the log, sent, and applied."""
        status = self._running.status()
        return status["recorded"], status["relayed"], sum(each["applied"] for each in status["readers"])

    def _kill(self) -> None:
        before = self._done()
        while not self._over.wait(0.02):
            now = self._done()
            if now != before and self.armed and self.kills < self.MOST:
                self._process.kill()
                self._process.wait()
                self.kills += 1
                self._process = self._started()
            before = now


def environment_of(running: Running) -> dict[str, str]:
    """The settings of a service for a process of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
    parts = {"PORTOLAN_": running.shared, f"PORTOLAN_{running.service.name.upper()}_": running.own}
    for prefix, settings in parts.items():
        for name, value in settings.model_dump(exclude_defaults=True, exclude={"migration_url", "worker_port"}).items():
            said = value.get_secret_value() if isinstance(value, SecretStr) else value
            known[f"{prefix}{name.upper()}"] = json.dumps(said) if isinstance(said, dict | list) else str(said)
    return known | {"PYTHONPATH": str(CHECKOUT)}
