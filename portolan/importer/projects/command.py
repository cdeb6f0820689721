"""``import_file``: a file of projects through the services' HTTP interfaces, to the last row and decimal."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.carrying import Tally
from portolan.importer.cells import RejectedRow
from portolan.importer.incoming import Incoming, check_apart
from portolan.importer.mapping import read_as
from portolan.importer.pipeline import PORTION, in_order
from portolan.importer.progress import showing
from portolan.importer.projects.catching_up import catch_up
from portolan.importer.projects.comparison import Comparison, Ledger, ProjectReport
from portolan.importer.projects.loading import Loading, Portion, Services
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.organisation import Organisation
from portolan.importer.projects.plan import Plan
from portolan.importer.projects.rows import PROJECTS, ProjectRow
from portolan.importer.projects.survey import Survey, survey
from portolan.importer.projects.withdrawing import withdraw_missing
from portolan.importer.sending import REASON, Rehearsal, Service


@dataclass(frozen=True)
class ServiceUrls:
    people: str
    portfolio: str
    finance: str
    reporting: str


def import_file(
    path: Path,
    services: ServiceUrls,
    token: Callable[[], str],
    *,
    mapping: Path | None = None,
    rejects: Path | None = None,
    encoding: str | None = None,
    source: str | None = None,
    withdraw: bool = False,
    dry_run: bool = False,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> ProjectReport:
    """Load a file of projects; what cannot be taken is in the report and in the file `rejects`.

    `token` gives an access token with the role administrator; `encoding` and `source` stand above the mapping's;
    progress goes to `console`. `withdraw`: what the source brought before and the file lacks is withdrawn. `dry_run`:
    nothing is stored, not even rejects. Raises ``ImportProblem`` where the file cannot be loaded at all or a service is
    away for more than `patience` seconds; then what was loaded stays, and loading again goes on.
    """
    words = read_as(ProjectMapping, mapping, encoding=encoding, source=source)
    rehearsal = Rehearsal() if dry_run else None
    with ExitStack() as stack:
        day = today or words.notation.latest_day()
        file = Incoming(PROJECTS, path, words, day, stack, rejects, dry_run)
        check_apart(file)
        found = survey(file.table, file.fresh_checks(), words)
        connected = [
            stack.enter_context(Service(name, url, token, REASON, patience, rehearsal))
            for name, url in vars(services).items()
        ]
        for service in connected:
            service.check()
        file.open_rejects(stack)
        return Import(words, file, found, Services(*connected), console).run(withdraw=withdraw)


class Import:
    """One load of a file of projects that was looked through."""

    def __init__(
        self,
        mapping: ProjectMapping,
        file: Incoming[ProjectRow],
        found: Survey,
        services: Services,
        console: Console | None,
    ) -> None:
        self._began = time.monotonic()
        self._mapping, self._file, self._found, self._services = mapping, file, found, services
        self._console = console
        self._plan, self._tally = Plan(mapping), Tally()
        self._ledger = Ledger(self._plan)
        self._dry_run = services.people.rehearsal is not None
        file.report.rows = found.rows

    def run(self, *, withdraw: bool) -> ProjectReport:
        organisation = Organisation(self._services.people, self._plan, self._tally)
        warnings = organisation.twins(self._found)
        for warning in warnings if self._console else ():
            self._say(warning)
        heard = organisation.prepare(self._found)
        if not self._dry_run:
            self._services.portfolio.wait_for(heard)
        self._load(Loading(self._services, self._plan, organisation, self._file.column))
        compared = None if self._dry_run else self._compare(withdraw)
        return ProjectReport(
            system=self._mapping.source,
            seconds=time.monotonic() - self._began,
            files=[self._file.report],
            counts=self._tally.counts,
            unused=self._found.unused(self._mapping),
            warnings=[*warnings, *organisation.warnings],
            dry_run=self._dry_run,
            currency=self._mapping.currency,
            statements=self._found.statements,
            comparison=compared,
        )

    def _load(self, loading: Loading) -> None:
        with showing(self._console, "Loading", self._found.rows) as advance:
            for portion in in_order(loading.load, self._portions()):
                self._tally.merge(portion.tally)
                for row in portion.accepted:
                    self._ledger.accept(row)
                for rejected in portion.rejected:
                    self._ledger.reject(rejected)
                    self._file.reject(rejected)
                advance(portion.size)

    def _portions(self) -> Iterator[Portion]:
        """The rows of the file, some at a time."""
        portion = Portion()
        for checked in self._file.checked():
            if isinstance(checked, RejectedRow):
                portion.rejected.append(checked)
            else:
                portion.rows.append(checked)
            if portion.size == PORTION:
                yield portion
                portion = Portion()
        if portion.size:
            yield portion

    def _compare(self, withdraw: bool) -> Comparison:
        whole = not self._file.table.was_rejected
        catch_up(self._services, self._console)
        compared = self._ledger.compare(self._services.reporting, whole=whole)
        if not (withdraw and compared.missing):
            return compared
        withdrawn = withdraw_missing(self._services, self._plan, compared.missing)
        catch_up(self._services, self._console)
        compared = self._ledger.compare(self._services.reporting, whole=whole)
        return Comparison(compared.lines, compared.missing, withdrawn)

    def _say(self, line: str) -> None:
        from portolan.importer.report import write_line

        assert self._console is not None
        write_line(self._console, line, "yellow")
