"""A first look at a whole file, before anything is sent: its divisions, managers, notations and columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portolan.importer.cells import Checks, RejectedRow
from portolan.importer.notations import Evidence
from portolan.importer.projects.mapping import ProjectMapping, Scope
from portolan.importer.projects.rows import COSTS, WORDS_OR_VALUES, ProjectRow
from portolan.importer.projects.statements import Statements
from portolan.importer.reading import Table, no_rows


@dataclass
class Survey:
    """What a file holds: ``divisions`` with the first row of each, ``managers`` by the rows that name them first."""

    statements: Statements
    rows: int = 0
    divisions: dict[str, ProjectRow] = field(default_factory=dict)
    managers: dict[Scope, ProjectRow] = field(default_factory=dict)
    unread: Sequence[str] = ()

    def note(self, row: ProjectRow, mapping: ProjectMapping) -> None:
        """A row that can be taken."""
        self.divisions.setdefault(row.agency, row)
        scopes: tuple[Scope, ...] = (row.scope, (row.agency, row.investment, None), (row.agency, None, None))
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
    found = Survey(Statements(checks.column, mapping.unit, mapping.health_of), unread=checks.unread)
    evidence = Evidence(mapping.notation, [(field, checks.column(field)) for field in COSTS])
    for record in table.records():
        found.rows += 1
        texts = {} if record.flaw else checks.texts(record)
        evidence.look(record.line, texts)
        checked = checks.check(record)
        if isinstance(checked, RejectedRow):
            found.statements.note(record.line, checked.values)
            continue
        found.note(checked, mapping)
        values = vars(checked)
        found.statements.note(record.line, values)
        for name in WORDS_OR_VALUES:
            if texts.get(name) and values[name] is None:
                found.statements.note_unknown(name, texts[name])
    if not found.rows:
        raise no_rows(table)
    evidence.judge(table.path)
    return found
