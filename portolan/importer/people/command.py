"""``import_people``: CSV files of persons and of their experience through people's HTTP interface."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.mapping import read_as
from portolan.importer.organisation import demanded_years
from portolan.importer.people.experience import ExperienceLoading
from portolan.importer.people.line import top_down
from portolan.importer.people.loading import Loading
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.plan import Plan
from portolan.importer.people.report import FileReport, PeopleReport
from portolan.importer.people.rows import ExperienceChecks, ExperienceRow, PersonChecks, PersonRow, RejectedPerson
from portolan.importer.problem import ImportProblem
from portolan.importer.progress import Advance, showing
from portolan.importer.reading import Record, Table, count_records, open_table
from portolan.importer.rejects import RejectsFile, rejects_of
from portolan.importer.sending import REASON, Service

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


def import_people(
    path: Path,
    people_url: str,
    token: Callable[[], str],
    *,
    experience: Path | None = None,
    mapping: Path | None = None,
    rejects: Path | None = None,
    encoding: str | None = None,
    source: str | None = None,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> PeopleReport:
    """Load a CSV file of persons, and one of their experience; what cannot be taken is in the report and in files.

    `rejects` is the file for persons who cannot be taken; experience that cannot be goes beside its own file. `token`
    gives an access token with the role administrator; `encoding`, of both files, and `source` stand above the
    mapping's; progress goes to `console`. Raises ``ImportProblem`` where the files cannot be loaded at all or people is
    away for more than `patience` seconds; then what was loaded stays, and loading again goes on.
    """
    began = time.monotonic()
    words, day = read_as(PeopleMapping, mapping, encoding=encoding, source=source), today or datetime.now(UTC).date()
    table = open_table(path, words.encoding, words.separator)
    checks = PersonChecks(table, words, day)
    persons = Incoming(table, checks, rejects or rejects_of(path))
    experiences = None
    if experience:
        its = open_table(experience, words.encoding, words.separator)
        experiences = Incoming(its, ExperienceChecks(its, words, day), rejects_of(experience))
    files = [each for each in (persons, experiences) if each]
    check_apart(files)
    with ExitStack() as stack:
        people = stack.enter_context(Service("people", people_url, token, REASON, patience))
        people.check()
        for file in files:
            stack.enter_context(file.written)
        advance = stack.enter_context(showing(console, "Loading", sum(file.report.rows for file in files)))
        plan = Plan(words, day, demanded_years(people))
        rows = list(persons.rows(advance))
        history = None
        if experiences:
            its_rows = list(experiences.rows(advance))
            history = ExperienceLoading(people, plan, its_rows, experiences.reject, experiences.column, advance)
        loading = Loading(people, plan, history, persons.reject, persons.column, advance)
        elsewhere = loading.elsewhere(managers_of(rows) - {row.key for row in rows} - checks.rejected.keys())
        levels, untaken, lost = top_down(rows, checks.rejected, elsewhere, persons.column("manager"))
        for each in untaken:
            persons.reject(each)
        advance(len(untaken))
        loading.load(levels, lost)
    return PeopleReport(
        system=words.source,
        seconds=time.monotonic() - began,
        files=[file.report for file in files],
        counts=loading.tally.counts | (history.tally.counts if history else {}),
        unused=unused(words, rows, checks),
    )


class Checks(Protocol[R_co]):
    """Says of each row of a file whether it can be taken."""

    def column(self, field: str) -> str: ...

    def check(self, record: Record) -> R_co | RejectedPerson: ...


class Incoming(Generic[R]):
    """One of the files that are loaded, of which every row was read once; and where those go that cannot be taken."""

    def __init__(self, table: Table, checks: Checks[R], rejects: Path) -> None:
        self.table, self._checks = table, checks
        self.column = checks.column
        self.report = FileReport(str(table.path), count_records(table), rejects)
        self.written = RejectsFile(rejects, table)

    def rows(self, advance: Advance) -> Iterator[R]:
        for record in self.table.records():
            checked = self._checks.check(record)
            if isinstance(checked, RejectedPerson):
                self.reject(checked)
                advance(1)
            else:
                yield checked

    def reject(self, row: RejectedPerson) -> None:
        self.report.reject(row)
        self.written.write(row)


def check_apart(files: Sequence[Incoming[PersonRow] | Incoming[ExperienceRow]]) -> None:
    """No file is read or written in the place of another."""
    places = [place.resolve() for file in files for place in (file.table.path, file.report.rejects_file)]
    if len(set(places)) < len(places):
        raise ImportProblem(
            "The persons, their experience and the rows of each that are rejected are not in different files.",
            "Name other files, with --experience or --rejects.",
        )


def managers_of(rows: Sequence[PersonRow]) -> set[str]:
    return {row.manager for row in rows if row.manager}


def unused(mapping: PeopleMapping, rows: Sequence[PersonRow], checks: PersonChecks) -> list[str]:
    """Return names in the mapping that no row has: most likely misspelt."""
    divisions = {row.division for row in rows}
    return [
        *(f"the division '{name}'" for name in mapping.divisions if name not in divisions),
        *(f"the grade '{name}'" for name in mapping.grades if name.casefold() not in checks.grades),
    ]
