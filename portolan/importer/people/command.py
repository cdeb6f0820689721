"""``import_people``: files of persons and of their experience through people's HTTP interface."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.cells import RejectedRow
from portolan.importer.incoming import Incoming, check_apart
from portolan.importer.mapping import read_as
from portolan.importer.people.experience import ExperienceLoading
from portolan.importer.people.line import top_down
from portolan.importer.people.loading import Loading
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.plan import Plan
from portolan.importer.people.rows import EXPERIENCE, PERSONS, ExperienceRow, PersonRow
from portolan.importer.people.spells import told_apart
from portolan.importer.policy import demanded_years
from portolan.importer.progress import Advance, showing
from portolan.importer.reading import count_records
from portolan.importer.report import Report
from portolan.importer.sending import REASON, Rehearsal, Service

R = TypeVar("R")


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
    dry_run: bool = False,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Load a file of persons, and one of their experience; what cannot be taken is in the report and in files.

    `rejects` is the file for persons who cannot be taken; experience that cannot be goes beside its own file. `token`
    gives an access token with the role administrator; `encoding`, of both files, and `source` stand above the
    mapping's; progress goes to `console`. `dry_run`: nothing is stored, not even rejects. Raises ``ImportProblem``
    where the files cannot be loaded at all or people is away for more than `patience` seconds; then what was loaded
    stays, and loading again goes on.
    """
    began = time.monotonic()
    words = read_as(PeopleMapping, mapping, encoding=encoding, source=source)
    day = today or words.notation.latest_day()
    with ExitStack() as stack:
        persons = Held(Incoming(PERSONS, path, words, day, stack, rejects, dry_run))
        held: list[Held[Any]] = [persons]
        experiences = None
        if experience:
            experiences = Held(Incoming(EXPERIENCE, experience, words, day, stack, None, dry_run))
            held.append(experiences)
        check_apart(*(each.file for each in held))
        people = stack.enter_context(
            Service("people", people_url, token, REASON, patience, Rehearsal() if dry_run else None)
        )
        people.check()
        for each in held:
            each.open(stack)
        advance = stack.enter_context(showing(console, "Loading", sum(each.file.report.rows for each in held)))
        plan = Plan(words, today or words.notation.today(), demanded_years(people))
        loading, history = load(people, plan, persons, experiences, advance)
    return Report(
        system=words.source,
        seconds=time.monotonic() - began,
        files=[each.file.report for each in held],
        counts=loading.tally.counts | (history.tally.counts if history else {}),
        unused=unused(words, persons),
        warnings=loading.warnings,
        dry_run=dry_run,
    )


class Held(Generic[R]):
    """A file all rows of which are held; its rejects are written in the order of their lines."""

    def __init__(self, file: Incoming[R]) -> None:
        self.file = file
        self.column = file.column
        self._rejected: list[RejectedRow] = []
        file.report.rows = count_records(file.table)

    def open(self, stack: ExitStack) -> None:
        self.file.open_rejects(stack)
        stack.callback(self._write)

    def rows(self, advance: Advance) -> Iterator[R]:
        for checked in self.file.checked():
            if isinstance(checked, RejectedRow):
                self.reject(checked)
                advance(1)
            else:
                yield checked

    def reject(self, row: RejectedRow) -> None:
        self._rejected.append(row)

    def _write(self) -> None:
        for row in sorted(self._rejected, key=lambda each: each.line):
            self.file.reject(row)


def load(
    people: Service, plan: Plan, persons: Held[PersonRow], experiences: Held[ExperienceRow] | None, advance: Advance
) -> tuple[Loading, ExperienceLoading | None]:
    """Load persons from the top down, with their experience; earlier spells of who came back come first."""

    def hired_on(keys: Sequence[str]) -> dict[str, date]:
        found = people.read_many("persons", map(plan.person_id, keys))
        known = {key: found.get(plan.person_id(key)) for key in keys}
        return {key: date.fromisoformat(state["hired_on"]) for key, state in known.items() if state}

    present, earlier, overlapping = told_apart(persons.rows(advance), persons.column("hired_on"), hired_on)
    plan.present.update({row.key: plan.spell_id(row) for row in present if row.later})
    history = None
    if experiences:
        rows = list(experiences.rows(advance))
        history = ExperienceLoading(people, plan, rows, experiences.reject, experiences.column, advance)
    loading = Loading(people, plan, history, persons.reject, persons.column, advance)
    lines = persons.file.checks.rejected
    managers = {row.manager for row in (*present, *earlier) if row.manager}
    elsewhere = loading.elsewhere(managers - {row.key for row in present} - lines.keys())
    levels, untaken, lost = top_down(present, lines, elsewhere, persons.column("manager"))
    for each in (*overlapping, *untaken):
        persons.reject(each)
    advance(len(overlapping) + len(untaken))
    loading.load(levels, earlier, lost)
    return loading, history


def unused(mapping: PeopleMapping, persons: Held[PersonRow]) -> list[str]:
    """Return names in the mapping that no row has: most likely misspelt."""
    noted = persons.file.checks.noted
    return [
        *(f"the division '{name}'" for name in mapping.divisions if name.casefold() not in noted["division"]),
        *(f"the grade '{name}'" for name in mapping.grades if name.casefold() not in noted["grade"]),
    ]
