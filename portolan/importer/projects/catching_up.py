"""Waits until reporting has applied what the other services have published, and says what it waits for."""

import time
from collections.abc import Mapping

from rich.console import Console

from contracts import finance, people, portfolio
from portolan.importer.problem import ImportProblem
from portolan.importer.projects.loading import Services
from portolan.importer.report import write_line
from portolan.importer.sending import Service

CATCH_UP_SECONDS = 60.0
SAY_AFTER_SECONDS = 3.0
LONGEST_PAUSE = 0.5


def catch_up(services: Services, console: Console | None) -> None:
    """Wait for what is published by now, as long as reporting gets on; raises ``ImportProblem`` where it does not."""
    wanted = {
        people.TOPIC: published(services.people),
        portfolio.TOPIC: published(services.portfolio),
        finance.TOPIC: published(services.finance),
    }
    said = time.monotonic()
    behind, until, pause = None, said + CATCH_UP_SECONDS, 0.05
    while left := lag(services.reporting, wanted):
        now = time.monotonic()
        if behind is None or left < behind:
            behind, until = left, now + CATCH_UP_SECONDS
        if console and now - said > SAY_AFTER_SECONDS:
            said = now
            write_line(console, f"Waiting for reporting to apply {left:,} events, at most {until - now:,.0f} s more.")
        if now > until:
            raise ImportProblem(
                f"The rows were sent, but reporting lags by {left:,} events and makes no progress, so that its totals"
                " cannot be compared with the file.",
                "Check that the workers are running (`portolan status`), then import the file again: imported rows"
                " will not change.",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def lag(reporting: Service, wanted: Mapping[str, int]) -> int:
    """How many of the wanted events reporting has not applied, of the topic in which these are most."""
    readers = (reporting.read("/status") or {"readers": []})["readers"]
    behind = 0
    for topic, number in wanted.items():
        applied = [reader["applied"] for reader in readers if reader["topic"].endswith(topic)]
        behind = max(behind, number - min(applied, default=0))
    return behind


def published(service: Service) -> int:
    return int((service.read("/status") or {"published": 0})["published"])
