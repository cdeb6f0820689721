"""A first look at a whole file, before anything is sent: its divisions, managers, notations and columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portolan.importer.cells import Checks, RejectedRow
from portolan.importer.notations import Evidence
from portolan.importer.projects.mapping import ProjectMapping, Scope
from portolan.importer.projects.rows import COSTS, ProjectRow
from portolan.importer.reading import Table, no_rows


@dataclass
class Survey:
    """What a file holds: ``divisions`` with the first row of each, ``managers`` by the rows that name them first."""

    rows: int = 0
    divisions: dict[str, ProjectRow] = field(default_factory=dict)
    managers: dict[Scope, ProjectRow] = field(default_factory=dict)
    unread: Sequence[str] = ()

    def note(self, row: ProjectRow, mapping: ProjectMapping) -> None:
        """A row that can be taken."""
        self.divisions.setdefault(row.agency, row)
        scopes: tuple[Scope, ...] = (row.key, (row.agency, row.investment, None), (row.agency, None, None))
        for scope in scopes:
            if scope in mapping.accountable_keys:
                self.managers.setdefault(scope, row)

    def unused(self, mapping: ProjectMapping) -> list[str]:
        """Return names in the mapping that no row has: most likely misspelt."""
        heads = [f"a head for '{division}'" for division in mapping.heads if division not in self.divisions]
        divisions = [f"the division '{division}'" for division in mapping.divisions if division not in self.divisions]
        managers = [
            f"an accountable manager for '{' / '.join(filter(None, each.scope))}'"
            for each in mapping.accountable
            if each.scope not in self.managers
        ]
        return heads + divisions + managers


def survey(table: Table, checks: Checks[ProjectRow], mapping: ProjectMapping) -> Survey:
    """Read a file once; raises ``ImportProblem`` where it is no file of this mapping."""
    found = Survey(unread=checks.unread)
    evidence = Evidence(mapping.notation, [(field, checks.column(field)) for field in COSTS])
    for record in table.records():
        found.rows += 1
        if not record.flaw:
            evidence.look(record.line, checks.texts(record))
        checked = checks.check(record)
        if not isinstance(checked, RejectedRow):
            found.note(checked, mapping)
    if not found.rows:
        raise no_rows(table)
    evidence.judge(table.path)
    return found
