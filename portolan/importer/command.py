"""``import_file``: a CSV file of projects through the services' HTTP interfaces, to the last row and decimal."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.loading import Loading, Services
from portolan.importer.mapping import Mapping, read_mapping
from portolan.importer.plan import Plan
from portolan.importer.progress import Advance, showing
from portolan.importer.reading import Table, count_records, open_table
from portolan.importer.rejects import RejectsFile, rejects_of
from portolan.importer.report import Report, Reporting, Totals
from portolan.importer.rows import ProjectRow, Reject, RowChecks
from portolan.importer.sending import REASON, Service

PORTION = 150


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
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Load a CSV file of projects; what cannot be taken is in the report and in the file `rejects`.

    `token` gives an access token with the role administrator; `encoding` and `source` stand above the mapping's;
    progress goes to `console`. Raises ``ImportProblem`` where the file cannot be loaded at all or a service is away
    for more than `patience` seconds; then what was loaded stays, and loading again goes on.
    """
    began = time.monotonic()
    words = read_mapping(mapping, encoding=encoding, source=source)
    table = open_table(path, words.encoding, words.separator)
    checks = RowChecks(table, words, today or datetime.now(UTC).date())
    count = count_records(table)
    totals = Totals()
    with ExitStack() as stack:
        connected = [
            stack.enter_context(Service(name, getattr(services, name), token, REASON, patience))
            for name in ("people", "portfolio", "finance", "reporting")
        ]
        people, portfolio, finance, reporting = connected
        for service in connected:
            service.check()
        into = Services(people, portfolio, finance)
        target = rejects or rejects_of(path)
        rejected = stack.enter_context(RejectsFile(target, table))

        def reject(one: Reject) -> None:
            totals.reject(one)
            rejected.write(one)

        plan = Plan(words)
        loading = Loading(into, plan, totals.accept, reject, checks.column)
        advance = stack.enter_context(showing(console, "Loading", count))
        for portion in portions(table, checks, reject, advance):
            loading.load(portion)
            advance(len(portion))
        lines = Reporting(reporting, into, plan).lines(totals)
    return Report(
        file=str(path),
        system=words.source,
        currency=words.currency,
        seconds=time.monotonic() - began,
        lines=lines,
        rejected=totals.rejected,
        rejects=totals.rejects,
        rejects_file=str(target) if totals.rejected else None,
        counts=loading.tally.counts,
        unused=unused(words, checks),
    )


def portions(
    table: Table, checks: RowChecks, reject: Callable[[Reject], None], advance: Advance
) -> Iterator[list[ProjectRow]]:
    """The rows that can be taken, some at a time; the others are rejected on the way."""
    portion: list[ProjectRow] = []
    for record in table.records():
        checked = checks.check(record)
        if isinstance(checked, Reject):
            reject(checked)
            advance(1)
            continue
        portion.append(checked)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def unused(mapping: Mapping, checks: RowChecks) -> list[str]:
    """Return names in the mapping that no row has: most likely misspelt."""
    heads = [f"a head for '{division}'" for division in mapping.heads if division not in checks.agencies]
    managers = [
        f"an accountable manager for '{' / '.join(filter(None, (each.division, each.investment, each.project)))}'"
        for each in mapping.accountable
        if (each.division, each.investment, each.project) not in checks.mapped
    ]
    return heads + managers
