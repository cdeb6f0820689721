"""A service's worker that is killed on the way, as by a machine that loses its power."""

import json
import os
import subprocess
import sys
import threading
from enum import StrEnum
from pathlib import Path
from typing import Self

from kafka.admin import KafkaAdminClient, MemberToRemove
from kafka.errors import KafkaError
from pydantic import SecretStr

from chassis.messaging.access import groups_of
from tests.harness import Running, wait_until

CHECKOUT = Path(__file__).parents[1]


class Deed(StrEnum):
    """What a worker has done when it is killed: an event is in its log, sent, or one of somebody else is applied."""

    RECORDED = "recorded"
    SENT = "relayed"
    APPLIED = "applied"


class Killed:
    """A worker as a process that is killed once it has done something, whenever it is told to, and begins again."""

    def __init__(self, running: Running, folder: Path) -> None:
        self._running, self._log = running, folder / "worker.log"
        self._over, self._thread = threading.Event(), threading.Thread(target=self._kill_when_told)
        self._told, self._to_come, self._deed, self._before = threading.Lock(), 0, Deed.RECORDED, 0
        self.kills = 0
        self._process = self._started()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._end()

    def at_next_step(self, deed: Deed = Deed.RECORDED, kills: int = 1) -> None:
        """Kill it once more, after the next such deed; or so many times, each after one more."""
        with self._told:
            self._deed, self._to_come, self._before = deed, kills, self._done(deed)

    def was_killed(self, times: int) -> None:
        """Wait until it was killed so many times in all; fails where it was more often."""
        wait_until(lambda: self.kills >= times, f"{self._running.service.name}'s worker is killed, {times} in all")
        assert self.kills == times

    def _started(self) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", f"services.{self._running.service.name}.app", "worker"]
        with self._log.open("ab") as log:
            return subprocess.Popen(argv, env=environment_of(self._running), stdout=log, stderr=log, cwd=CHECKOUT)

    def _done(self, deed: Deed) -> int:
        status = self._running.status()
        if deed is Deed.APPLIED:
            return sum(each["applied"] for each in status["readers"])
        return int(status[deed])

    def _kill_when_told(self) -> None:
        while not self._over.wait(0.01):
            with self._told:
                if self._to_come and self._done(self._deed) > self._before:
                    self._end()
                    self._to_come -= 1
                    self._before = self._done(self._deed)
                    self._process = self._started()
                    self.kills += 1

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        strike_off(self._running)


def strike_off(running: Running) -> None:
    """Tell Kafka that a killed worker's readers are gone, which it would notice by itself after ten seconds."""
    prefix = running.shared.kafka_prefix
    groups = [groups_of(prefix + running.service.name) + reader for reader in running.service.reads(prefix)]
    admin = KafkaAdminClient(**running.broker.settings())
    try:
        for name, group in admin.describe_groups(groups).items():
            if members := [MemberToRemove(each["member_id"]) for each in group["members"]]:
                admin.remove_group_members(name, members)
    except KafkaError:
        pass  # nobody has joined a group of this Kafka yet, or it is busy with one: it will notice by itself
    finally:
        admin.close()


def environment_of(running: Running) -> dict[str, str]:
    """The settings of a service for a process of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
    parts = {"PORTOLAN_": running.shared, f"PORTOLAN_{running.service.name.upper()}_": running.own}
    for prefix, settings in parts.items():
        for name, value in settings.model_dump(exclude_defaults=True, exclude={"migration_url", "worker_port"}).items():
            said = value.get_secret_value() if isinstance(value, SecretStr) else value
            known[f"{prefix}{name.upper()}"] = json.dumps(said) if isinstance(said, dict | list) else str(said)
    return known | {"PYTHONPATH": str(CHECKOUT)}
