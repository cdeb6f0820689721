"""Loads experience: recorded once, ended and verified where the source says so, never changed otherwise."""

from collections.abc import Callable, Iterable, Mapping

from portolan.importer.carrying import Refusal, Tally, carry
from portolan.importer.cells import RejectedRow, rejected
from portolan.importer.people.plan import KnownPerson, Plan
from portolan.importer.people.rows import ExperienceRow, refused
from portolan.importer.sending import Service

RULE_FIELDS = {
    "experience-in-the-past": "started_on",
    "experience-in-order": "ended_on",
    "experience-bounded": "person",
    "person-left": "person",
}
"""Our field that a rule of people is about."""


class ExperienceLoading:
    """Loads the experience of some persons at a time; every row is taken or rejected once."""

    def __init__(
        self,
        people: Service,
        plan: Plan,
        rows: Iterable[ExperienceRow],
        reject: Callable[[RejectedRow], None],
        column: Callable[[str], str],
        advance: Callable[[int], None],
    ) -> None:
        self._people, self._plan = people, plan
        self._reject, self._column, self._advance = reject, column, advance
        self._rows: dict[str, list[ExperienceRow]] = {}
        for row in rows:
            self._rows.setdefault(row.person, []).append(row)
        self.tally = Tally()

    def load(self, persons: Mapping[str, KnownPerson | None]) -> None:
        """Record, end and verify the experience of persons who work here; None where nothing is known of them yet."""
        plan, column = self._plan, self._column("started_on")
        standing, rows = {}, []
        for key, known in persons.items():
            for row in self._rows.pop(key, ()):
                found = standing[row.record.line] = known.experience(plan.experience_id(row)) if known else None
                if found and plan.differs(row, found):
                    self._reject(rejected(row.record, "Portolan has other details here, and keeps them.", column))
                else:
                    rows.append(row)
                self._advance(1)
        for row, outcomes in carry(
            self._people, rows, lambda row: plan.experienced(row, standing[row.record.line]), self._refuse
        ):
            changed = any(outcome.changed for outcome in outcomes)
            mark = "changed" if standing[row.record.line] else "created"
            self.tally.add("experiences", mark if changed else "unchanged")

    def load_others(
        self, known_by: Callable[[Iterable[str]], Mapping[str, KnownPerson]], lost: Mapping[str, int]
    ) -> None:
        """The experience of persons who are not in the file or could not be taken, where they work here already."""
        found = known_by(self._rows)
        others = {key: found.get(key) for key in self._rows}
        for key in [key for key, known in others.items() if known is None]:
            for row in self._rows.pop(key):
                self._reject(self._of_nobody(row, lost.get(key)))
                self._advance(1)
        self.load({key: known for key, known in others.items() if known})

    def _of_nobody(self, row: ExperienceRow, line: int | None) -> RejectedRow:
        column = self._column("person")
        if line is not None:
            return rejected(row.record, f"The person, in line {line} of the other file, was rejected.", column)
        return rejected(row.record, f"'{column}': nobody in the file of persons or in Portolan has this key.", column)

    def _refuse(self, row: ExperienceRow, refusal: Refusal) -> None:
        self._reject(refused(row.record, refusal, RULE_FIELDS, self._column))
