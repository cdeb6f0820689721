"""Loads persons from the top of the line down: divisions, positions, hiring, experience, appointments, leaving."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from portolan.importer.carrying import Refusal, Tally, carry
from portolan.importer.cells import RejectedRow, rejected
from portolan.importer.divisions import KNOWN_ALREADY, code_taken, establish
from portolan.importer.people.experience import ExperienceLoading
from portolan.importer.people.line import not_taken
from portolan.importer.people.plan import KnownPerson, Manager, Plan
from portolan.importer.people.rows import PersonRow, refused
from portolan.importer.pipeline import PORTION, in_order
from portolan.importer.sending import Service, several

GATE = "senior-manager-gate"
AT_ONCE = 2
"""Appointments below one manager wait for one another: more at a time would gain nothing."""
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
    """Loads persons level by level, each after their manager, then leaves; every row is taken or rejected once.

    Portions of one level are loaded side by side: `reject` and `advance` are called by several threads.
    """

    def __init__(
        self,
        people: Service,
        plan: Plan,
        experience: ExperienceLoading | None,
        reject: Callable[[RejectedRow], None],
        column: Callable[[str], str],
        advance: Callable[[int], None],
    ) -> None:
        self._people, self._plan, self._experience = people, plan, experience
        self._reject, self._column, self._advance = reject, column, advance
        self._managers: dict[str, Manager] = {}
        self._lost: dict[str, int] = {}
        self._codes: dict[str, str] = {}
        self._divisions: dict[str, Refusal | None] = {}
        self._establishing = threading.Lock()
        self.warnings: list[str] = []
        self.tally = Tally()

    def elsewhere(self, keys: Iterable[str]) -> set[str]:
        """Which of these managers, who are not in the file, hold a position already."""
        for key, known in self._known_by(keys).items():
            if known.position_id and known.left_on is None:
                self._managers[key] = Manager(self._plan.person_id(key), known.position_id)
        return set(self._managers)

    def load(
        self, levels: Sequence[Sequence[PersonRow]], earlier: Sequence[PersonRow], lost: Mapping[str, int]
    ) -> None:
        """Load persons in levels, managers first, then earlier spells of some of them.

        `lost` are the keys and lines of those who cannot be taken.
        """
        self._lost |= lost
        self._codes = {
            row.division: row.division_code for level in (*levels, earlier) for row in level if row.division_code
        }
        entries: list[Entry] = []
        for level in (*levels, earlier):
            for loaded in in_order(self._load, several(level, PORTION), AT_ONCE):
                entries += loaded
        for _ in in_order(self._let_go, several(entries, PORTION), AT_ONCE):
            pass
        if self._experience:
            self._experience.load_others(self._known_by, self._lost)

    def _load(self, rows: Sequence[PersonRow]) -> list[Entry]:
        """Load a portion of persons whose managers are there; those who pass."""
        entries = list(self._entries(rows))
        with self._establishing:
            entries = self._established(entries)
        entries = self._positioned(entries)
        entries = self._named(entries)
        if self._experience:
            self._experience.load({entry.row.key: entry.known for entry in entries})
        entries = self._placed(entries)
        for entry in entries:
            self._leads(entry.row)
        self._advance(len(rows))
        return entries

    def _leads(self, row: PersonRow) -> None:
        """Let others report to a person; to one who came back, in their present spell."""
        id = self._plan.spell_id(row)
        if id == self._plan.person_id(row.key):
            self._managers[row.key] = Manager(id, self._plan.position_id(row))

    def _entries(self, rows: Sequence[PersonRow]) -> Iterator[Entry]:
        found = self._people.read_many("persons", map(self._plan.spell_id, rows))
        returned: list[PersonRow] = []
        for row in rows:
            state = found.get(self._plan.spell_id(row))
            known = KnownPerson(state) if state else None
            if row.manager in self._lost:
                self._lose(row, not_taken(self._lost[row.manager]), "manager")
            elif known and came_back(row, known):
                returned.append(replace(row, later=True))
                self._plan.present[row.key] = self._plan.spell_id(returned[-1])
            elif known is None or not self._is_over(row, known):
                yield Entry(row, self._managers.get(row.manager or ""), known)
        if returned:
            yield from self._entries(returned)

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
            self._managers[row.key] = Manager(self._plan.spell_id(row), held)
            self.tally.add("positions", "unchanged")
            self.tally.add("persons", "unchanged")
        return True

    def _known_by(self, keys: Iterable[str]) -> dict[str, KnownPerson]:
        """What people knows of persons, by their keys."""
        ids = {self._plan.person_id(key): key for key in keys}
        return {ids[id]: KnownPerson(state) for id, state in self._people.read_many("persons", ids).items()}

    # Steps

    def _established(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons whose division there is."""
        new = dict.fromkeys(entry.row.division for entry in entries if entry.row.division not in self._divisions)
        self._divisions |= new

        def refuse(division: str, refusal: Refusal) -> None:
            self._divisions[division] = refusal

        passed, without_code = establish(
            self._people,
            list(new),
            lambda name, with_code: self._plan.establish(name, self._codes.get(name) if with_code else None),
            refuse,
        )
        self.warnings += [code_taken(name, self._codes.get(name)) for name in without_code]
        for _, outcomes in passed:
            created = bool(outcomes) and outcomes[0].changed
            self.tally.add("divisions", "created" if created else "unchanged")
        placeable = []
        for entry in entries:
            if refusal := self._divisions[entry.row.division]:
                self._refuse(entry, refusal)
            else:
                placeable.append(entry)
        return placeable

    def _positioned(self, entries: Sequence[Entry]) -> list[Entry]:
        """The persons whose position is as the row says, and may be filled."""
        plan = self._plan
        drafted = carry(
            self._people, entries, lambda entry: [plan.draft(entry.row, entry.manager)], self._refuse, KNOWN_ALREADY
        )
        drafts = {plan.position_id(entry.row): outcomes for entry, outcomes in drafted}
        refused_ids = [plan.position_id(entry.row) for entry, outcomes in drafted if outcomes[0].refused]
        standing = self._people.read_many("positions", refused_ids)
        settled = carry(
            self._people,
            [entry for entry, _ in drafted],
            lambda entry: plan.settle(entry.row, entry.manager, standing.get(plan.position_id(entry.row))),
            self._refuse,
        )
        for entry, outcomes in settled:
            its = [*drafts[plan.position_id(entry.row)], *outcomes]
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
        plan, gated = self._plan, list[tuple[Entry, Refusal]]()

        def refuse(entry: Entry, refusal: Refusal) -> None:
            gated.append((entry, refusal))

        placed = carry(self._people, entries, lambda each: plan.placed(each.row, each.manager, each.known), refuse)
        waivable = [entry for entry, refusal in gated if plan.mapping.waiver and refusal.outcome.rule == GATE]
        for entry, refusal in gated:
            if entry not in waivable:
                self._refuse_appointment(entry, refusal)
        placed += carry(
            self._people,
            waivable,
            lambda each: plan.waived(each.row, each.manager, each.known),
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
        self._reject(rejected(row.record, reason, self._column(field)))

    def _refuse(self, entry: Entry, refusal: Refusal, fields: Mapping[str, str] = RULE_FIELDS) -> None:
        row = entry.row
        self._lost[row.key] = row.record.line
        self._reject(refused(row.record, refusal, fields, self._column))

    def _refuse_appointment(self, entry: Entry, refusal: Refusal) -> None:
        """Report a person who was hired but not appointed; those below report to them all the same."""
        row = entry.row
        unplaced = entry.known is None or entry.known.position_id is None
        if not unplaced:
            self._refuse(entry, refusal)
            return
        self.tally.add("persons", "hired but not appointed")
        self._leads(row)
        self._reject(refused(row.record, refusal, RULE_FIELDS, self._column, "Hired, but not appointed: "))


def came_back(row: PersonRow, known: KnownPerson) -> bool:
    """Return whether a row is of somebody who left before it begins."""
    return not row.later and known.left_on is not None and row.hired_on > known.left_on
