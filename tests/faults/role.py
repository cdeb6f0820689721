"""``python -m tests.faults.role counting api``: a role of a service as a process, where told to with a wrong clock."""

import faulthandler
import os
import signal
import sys
import time
from datetime import datetime, timedelta, tzinfo
from typing import Self

import jwt.api_jwt

import chassis.domain.clock
from chassis.service import run
from tests.chassis.counting import SERVICE as COUNTING
from tests.faults import mutants
from tests.faults.watching import SERVICE as WATCHING

SERVICES = {service.name: service for service in (COUNTING, WATCHING)}
SKEW, MUTANT = "PORTOLAN_FAULTS_SKEW", "PORTOLAN_FAULTS_MUTANT"


def skew_clock(seconds: float) -> None:
    """Make this process believe that it is so much later."""
    right = time.time

    class Skewed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(seconds=seconds)

    time.time = lambda: right() + seconds
    for module in (chassis.domain.clock, jwt.api_jwt):
        module.datetime = Skewed  # type: ignore[attr-defined]


def main() -> None:
    """The service and its role are the first two words; what follows only names the run it belongs to."""
    service, role = sys.argv[1:3]
    faulthandler.register(signal.SIGUSR1)
    skew_clock(float(os.environ.get(SKEW, "0")))
    if mutant := os.environ.get(MUTANT):
        mutants.IN_PROCESS[mutant]()
    sys.argv = [sys.argv[0], role]
    run.main(SERVICES[service])


if __name__ == "__main__":
    main()
