"""A company of all four services for the importer's journeys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.messaging.broker import Broker
from contracts.roles import Role
from portolan.importer import ProjectReport, ServiceUrls, import_file
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.harness import Company, company


@contextmanager
def whole_company(
    broker: Broker, fresh_database: Callable[[], ServiceDatabase], folder: Path
) -> Iterator["ImportingCompany"]:
    """All four services, running."""
    with company(broker, fresh_database, folder) as made:
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        yield ImportingCompany(made)


class ImportingCompany:
    """Loads files into a company and reads what became of them."""

    def __init__(self, made: Company) -> None:
        self.made = made
        self.urls = ServiceUrls(**{name: running.url for name, running in made.running.items()})

    def load(
        self, path: Path, *, mapping: Path | None = None, rejects: Path | None = None, **more: Any
    ) -> ProjectReport:
        return import_file(path, self.urls, self.token, mapping=mapping, rejects=rejects, **more)

    def token(self) -> str:
        return self.made.issuer.token("system:import", [Role.ADMINISTRATOR])

    def recorded(self) -> dict[str, int]:
        """How many events each service has recorded, with what followed from them."""
        self.made.settle()
        return {name: running.status()["recorded"] for name, running in self.made.running.items()}

    def read(self, service: str, path: str) -> dict[str, Any]:
        response = self.made.running[service].client(Role.ADMINISTRATOR, Role.EXECUTIVE).get(path)
        assert response.status_code == 200, response.text
        return dict(response.json())
