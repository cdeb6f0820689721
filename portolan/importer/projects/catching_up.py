"""Waits until reporting has applied what the other services have published, and says what it waits for."""

import time

from rich.console import Console

from contracts import finance, people, portfolio
from portolan.importer.problem import ImportProblem
from portolan.importer.projects.loading import Services
from portolan.importer.report import write_line
from portolan.importer.sending import Service

CATCH_UP_SECONDS = 60.0
SAY_AFTER_SECONDS = 3.0


def catch_up(services: Services, console: Console | None) -> None:
    """Wait as long as reporting gets on; raises ``ImportProblem`` where it does not."""
    began = said = time.monotonic()
    behind, until = None, began + CATCH_UP_SECONDS
    while left := lag(services):
        now = time.monotonic()
        if behind is None or left < behind:
            behind, until = left, now + CATCH_UP_SECONDS
        if console and now - said > SAY_AFTER_SECONDS:
            said = now
            write_line(console, f"Waiting for reporting to apply {left:,} events; {until - now:,.0f} s more.")
        if now > until:
            raise ImportProblem(
                f"The rows were sent, but reporting lags by {left:,} events and makes no progress, so that its totals"
                " cannot be compared with the file.",
                "Check that the workers are running (`portolan status`), then import the file again: imported rows"
                " will not change.",
            )
        time.sleep(0.05)


def lag(services: Services) -> int:
    """How many published events of a service reporting has not applied, of the one that is furthest behind."""
    status = services.reporting.read("/status") or {"readers": []}
    topics = {people.TOPIC: services.people, portfolio.TOPIC: services.portfolio, finance.TOPIC: services.finance}
    behind = 0
    for topic, service in topics.items():
        applied = [reader["applied"] for reader in status["readers"] if reader["topic"].endswith(topic)]
        behind = max(behind, published(service) - min(applied, default=0))
    return behind


def published(service: Service) -> int:
    return int((service.read("/status") or {"published": 0})["published"])
