"""``import_incidents``: a log of incidents through the services' HTTP interfaces; each incident as it stood last."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from contracts.portfolio.services import report_id
from portolan.client import PATIENCE
from portolan.importer.carrying import Refusal, Step, carry, take
from portolan.importer.cells import RejectedRow
from portolan.importer.divisions import KNOWN_ALREADY, establish
from portolan.importer.file_load import Clock, FileLoad, loading
from portolan.importer.incidents.mapping import IncidentMapping
from portolan.importer.incidents.rows import INCIDENTS, IncidentRow
from portolan.importer.mapping import read_as
from portolan.importer.pipeline import PORTION
from portolan.importer.problem import ImportProblem
from portolan.importer.report import Report
from portolan.importer.sending import Command, several


def import_incidents(
    path: Path,
    urls: Mapping[str, str],
    token: Callable[[], str],
    *,
    mapping: Path | None = None,
    rejects: Path | None = None,
    encoding: str | None = None,
    source: str | None = None,
    dry_run: bool = False,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Load a log of incidents; what cannot be taken is in the report and in the file `rejects`.

    `urls` are those of people and portfolio; the other arguments are as of ``import_file``. Of an incident's rows the
    one with the most changes holds, of several the last. Raises ``ImportProblem`` where nothing can be loaded.
    """
    clock = Clock()
    words = read_as(IncidentMapping, mapping, encoding=encoding, source=source)
    how: Any = {"rejects": rejects, "dry_run": dry_run, "console": console, "today": today, "patience": patience}
    with loading(INCIDENTS, path, words, ("people", "portfolio"), urls, token, **how) as load:
        incidents = Loading(load, words)
        incidents.load(incidents.latest())
    named = {row.service for row in incidents.rows}
    unused = [f"the service '{name}'" for name in words.services if name not in named]
    return Report(**clock.said(load, words), unused=unused, warnings=load.file.warnings)


class Loading:
    """Loads incidents with the services they are about."""

    def __init__(self, load: FileLoad[IncidentRow], mapping: IncidentMapping) -> None:
        self._file, self._mapping = load, mapping
        self._people, self._portfolio = load.services["people"], load.services["portfolio"]
        self.rows: Sequence[IncidentRow] = ()

    def latest(self) -> list[IncidentRow]:
        """The last row of every incident; its rows may be in any order."""
        found: dict[str, IncidentRow] = {}
        for checked in self._file.read():
            if isinstance(checked, RejectedRow):
                continue
            if checked.number not in found or checked.changes >= found[checked.number].changes:
                found[checked.number] = checked
        return list(found.values())

    def load(self, rows: Sequence[IncidentRow]) -> None:
        self.rows = rows
        if rows:
            self._set_up_division(rows[0])
        taken = self._set_up_services(rows)
        step: Step[IncidentRow] = Step(self._portfolio, lambda row, _: [self._report(row)], lambda _row: "incidents")
        for portion in several(taken, PORTION):
            take(portion, [step], self._file.refuse, self._file.tally)

    def _set_up_division(self, row: IncidentRow) -> None:
        """The division of services that the log brings; one that the mapping names by its id is there."""
        words = self._mapping
        if words.division in words.divisions:
            return
        body = {"name": words.division, "code": None, "kind": words.division_kind.value, **words.in_zone()}
        command = Command("establish_division", words.division_id, body, first_version=1)

        def refuse(_row: IncidentRow, refusal: Refusal) -> None:
            raise ImportProblem(
                f"The division '{words.division}' cannot be established: {refusal.outcome.reason}",
                "Name another one with `division:` in the mapping, or its id under `divisions:`.",
            )

        establish(self._people, [row], lambda _row, _coded: [command], refuse)

    def _set_up_services(self, rows: Sequence[IncidentRow]) -> list[IncidentRow]:
        """The rows whose service is there; the others are rejected for what refused that."""
        first = {self._service_of(row): row for row in reversed(rows)}
        new = [row for name, row in first.items() if name not in self._mapping.services]
        refused: dict[str, Refusal] = {}

        def refuse(row: IncidentRow, refusal: Refusal) -> None:
            refused[self._service_of(row)] = refusal

        for row, outcomes in carry(self._portfolio, new, lambda row: [self._plan(row)], refuse, KNOWN_ALREADY):
            self._file.tally.count("services", self._plan(row), outcomes)
        for row in rows:
            if refusal := refused.get(self._service_of(row)):
                self._file.refuse(row, refusal)
        return [row for row in rows if self._service_of(row) not in refused]

    def _service_of(self, row: IncidentRow) -> str:
        return row.service or self._mapping.service

    def _plan(self, row: IncidentRow) -> Command:
        name = self._service_of(row)
        body = {
            "name": name,
            "summary": f"According to {self._mapping.source}.",
            "division_id": str(self._mapping.division_id),
            "criticality": self._mapping.criticality.value,
        }
        return Command("plan_service", self._mapping.service_id(name), body, {"name": "service"}, first_version=1)

    def _report(self, row: IncidentRow) -> Command:
        body = {
            "source": self._mapping.source,
            "key": row.number,
            "service_id": str(self._mapping.service_id(self._service_of(row))),
            "title": row.title or row.number,
            "priority": row.priority.value,
            "opened_at": row.opened_at.isoformat(),
            "resolved_at": written(row.resolved_at),
            "closed_at": written(row.closed_at),
            "within_target": row.within_target,
        }
        fields = {name: name for name in ("title", "priority", "opened_at", "resolved_at", "closed_at")}
        named = {"key": "number", "service_id": "service", **fields}
        return Command("report_incident", report_id(self._mapping.source, row.number), body, named, first_version=1)


def written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
