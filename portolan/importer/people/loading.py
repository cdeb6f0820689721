"""Loads persons from the top of the line down: divisions, positions, hiring, experience, appointments, leaving."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from portolan.importer.carrying import Refusal, Tally, carry
from portolan.importer.organisation import KNOWN_ALREADY
from portolan.importer.people.experience import ExperienceLoading
from portolan.importer.people.line import not_taken
from portolan.importer.people.plan import KnownPerson, Manager, Plan
from portolan.importer.people.rows import PersonRow, RejectedPerson, refused, untaken
from portolan.importer.sending import Service

T = TypeVar("T")

PORTION = 150
RULE_FIELDS = {
    "division-unknown": "division",
    "division-closed": "division",
    "superior-unknown": "manager",
    "superior-retired": "manager",
    "superior-not-below": "grade",
    "not-less-than-policy": "years",
    "position-retired": "title",
    "position-approved": "title",
    "position-vacant": "title",
    "senior-manager-gate": "grade",
    "no-cycles": "manager",
    "line-manager-unknown": "manager",
    "line-manager-employed": "manager",
    "dates-in-order": "appointed_on",
    "not-in-the-future": "appointed_on",
}
"""Our field that a rule of people is about, where the body of the command does not say."""
LEAVING_FIELDS = {"dates-in-order": "left_on", "not-in-the-future": "left_on", "tools-returned": "left_on"}


@dataclass
class Entry:
    """A person on their way in; ``mark`` is what became of them so far."""

    row: PersonRow
    manager: Manager | None
    known: KnownPerson | None
    mark: str = "unchanged"

    def changed(self) -> None:
        """Something about them changed; who is new stays new."""
        self.mark = "created" if self.mark == "created" else "changed"


class Loading:
    """Loads persons level by level, each after their manager, then leaves; every row is taken or rejected once."""

    def __init__(
        self,
        people: Service,
        plan: Plan,
        experience: ExperienceLoading | None,
        reject: Callable[[RejectedPerson], None],
        column: Callable[[str], str],
        advance: Callable[[int], None],
    ) -> None:
        self._people, self._plan, self._experience = people, plan, experience
        self._reject, self._column, self._advance = reject, column, advance
        self._managers: dict[str, Manager] = {}
        self._lost: dict[str, int] = {}
        self._codes: dict[str, str] = {}
        self._divisions: dict[str, Refusal | None] = {}
        self.tally = Tally()

    def elsewhere(self, keys: Iterable[str]) -> set[str]:
        """Which of these managers, who are not in the file, hold a position already."""
        for key in keys:
            known = self._known(key)
            if known and known.position_id and known.left_on is None:
                self._managers[key] = Manager(self._plan.person_id(key), known.position_id)
        return set(self._managers)

    def load(self, levels: Sequence[Sequence[PersonRow]], lost: Mapping[str, int]) -> None:
        """Load persons in levels, managers first; `lost` are the keys and lines of those who cannot be taken."""
        self._lost |= lost
        self._codes = {row.division: row.division_code for level in levels for row in level if row.division_code}
        entries = [entry for level in levels for portion in portions(level) for entry in self._load(portion)]
        for portion in portions(entries):
            self._let_go(portion)
        if self._experience:
            self._experience.load_others(self._known, self._lost)

    def _load(self, rows: Sequence[PersonRow]) -> list[Entry]:
        """Load a portion of persons whose managers are there; those who pass."""
        entries = self._established(list(self._entries(rows)))
        entries = self._positioned(entries)
        entries = self._named(entries)
        if self._experience:
            self._experience.load({entry.row.key: entry.known for entry in entries})
        entries = self._placed(entries)
        for entry in entries:
            row = entry.row
            self._managers[row.key] = Manager(self._plan.person_id(row.key), self._plan.position_id(row))
        self._advance(len(rows))
        return entries

    def _entries(self, rows: Sequence[PersonRow]) -> Iterator[Entry]:
        for row in rows:
            if row.manager in self._lost:
                self._lose(row, not_taken(self._lost[row.manager]), "manager")
                continue
            known = self._known(row.key)
            if known is None or not self._is_over(row, known):
                yield Entry(row, self._managers[row.manager] if row.manager else None, known)

    def _is_over(self, row: PersonRow, known: KnownPerson) -> bool:
        """Return whether a person cannot be changed, because they left or because the row is of another person."""
        if known.erased:
            self._lose(row, "The person was erased. Leave the row out.", "key")
        elif known.state["hired_on"] != row.hired_on.isoformat():
            self._lose(row, "Portolan has another day, and the day somebody joined is not changed.", "hired_on")
        elif known.left_on is None:
            return False
        elif (known.left_on, known.state["name"]) != (row.left_on, row.name):
            self._lose(row, "In Portolan the person has left, and nothing about them changes after that.", "left_on")
        else:
            held = known.position_id or self._plan.position_id(row)
            self._managers[row.key] = Manager(self._plan.person_id(row.key), held)
            self.tally.add("positions", "unchanged")
            self.tally.add("persons", "unchanged")
        return True

    def _known(self, key: str) -> KnownPerson | None:
        state = self._people.read(f"/persons/{self._plan.person_id(key)}")
        return KnownPerson(state) if state else None

    # Steps

    def _established(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons whose division there is."""
        new = dict.fromkeys(entry.row.division for entry in entries if entry.row.division not in self._divisions)
        self._divisions |= new

        def refuse(division: str, refusal: Refusal) -> None:
            self._divisions[division] = refusal

        for _, outcomes in carry(
            self._people, new, lambda name: self._plan.establish(name, self._codes.get(name)), refuse, KNOWN_ALREADY
        ):
            created = bool(outcomes) and outcomes[0].changed
            self.tally.add("divisions", "created" if created else "unchanged")
        passed = []
        for entry in entries:
            if refusal := self._divisions[entry.row.division]:
                self._refuse(entry, refusal)
            else:
                passed.append(entry)
        return passed

    def _positioned(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons whose position is as the row says, and may be filled."""
        plan = self._plan
        drafted = carry(
            self._people, entries, lambda entry: [plan.draft(entry.row, entry.manager)], self._refuse, KNOWN_ALREADY
        )
        drafts = {entry.row.key: outcomes for entry, outcomes in drafted}
        standing = {
            entry.row.key: self._people.read(f"/positions/{plan.position_id(entry.row)}")
            for entry, outcomes in drafted
            if outcomes[0].refused
        }
        settled = carry(
            self._people,
            [entry for entry, _ in drafted],
            lambda entry: plan.settle(entry.row, entry.manager, standing.get(entry.row.key)),
            self._refuse,
        )
        for entry, outcomes in settled:
            its = [*drafts[entry.row.key], *outcomes]
            self.tally.count("positions", plan.draft(entry.row, entry.manager), its)
        return [entry for entry, _ in settled]

    def _named(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons who work here, under the name of the row."""
        named = carry(self._people, entries, lambda entry: self._plan.named(entry.row, entry.known), self._refuse)
        for entry, outcomes in named:
            if any(outcome.changed for outcome in outcomes):
                entry.mark = "changed" if entry.known else "created"
        return [entry for entry, _ in named]

    def _placed(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons who hold their position and report to their manager."""
        placed = carry(
            self._people,
            entries,
            lambda entry: self._plan.placed(entry.row, entry.manager, entry.known),
            self._refuse_appointment,
        )
        for entry, outcomes in placed:
            if any(outcome.changed for outcome in outcomes):
                entry.changed()
        return [entry for entry, _ in placed]

    def _let_go(self, entries: Sequence[Entry]) -> None:
        """Those who left, leave; then everybody is counted."""

        def refuse(entry: Entry, refusal: Refusal) -> None:
            self._refuse(entry, refusal, LEAVING_FIELDS)

        for entry, outcomes in carry(self._people, entries, lambda entry: self._plan.gone(entry.row), refuse):
            if any(outcome.changed for outcome in outcomes):
                entry.changed()
            self.tally.add("persons", entry.mark)

    # Rejects

    def _lose(self, row: PersonRow, reason: str, field: str) -> None:
        self._lost[row.key] = row.record.line
        self._reject(untaken(row.record, reason, self._column(field)))

    def _refuse(
        self, entry: Entry, refusal: Refusal, fields: Mapping[str, str] = RULE_FIELDS, before: str = ""
    ) -> None:
        row = entry.row
        self._lost[row.key] = row.record.line
        self._reject(refused(row.record, refusal, fields, self._column, before))

    def _refuse_appointment(self, entry: Entry, refusal: Refusal) -> None:
        """Report a person who was hired but not appointed."""
        unplaced = entry.known is None or entry.known.position_id is None
        if unplaced:
            self.tally.add("persons", "hired but not appointed")
        self._refuse(entry, refusal, before="Hired, but not appointed: " if unplaced else "")


def portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), PORTION):
        yield items[at : at + PORTION]
