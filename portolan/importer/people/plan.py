"""The commands to people for each row, given its present state: only differences, with ids derived from the keys."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.values import Grade
from portolan.importer import ids
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.rows import ExperienceRow, PersonRow
from portolan.importer.sending import Command

SENIOR = frozenset({Grade.SENIOR_MANAGER, Grade.EXECUTIVE})
"""The grades for which the policy demands years of IT management."""


@dataclass(frozen=True)
class Manager:
    """A person's line manager, and the position theirs lies below."""

    person_id: UUID
    position_id: UUID


@dataclass(frozen=True)
class KnownPerson:
    state: Named[str, Any]

    @property
    def erased(self) -> bool:
        return bool(self.state["erased"])

    @property
    def left_on(self) -> date | None:
        return date.fromisoformat(self.state["last_on"]) if self.state["employment"] == "left" else None

    @property
    def position_id(self) -> UUID | None:
        held = self.state["appointment"]
        return UUID(held["position_id"]) if held else None

    def experience(self, id: UUID) -> Named[str, Any] | None:
        return next((each for each in self.state["experience"] if each["experience_id"] == str(id)), None)


def since(row: PersonRow) -> Sequence[str]:
    """What tells a later spell from the first one."""
    return [row.hired_on.isoformat()] if row.later else []


@dataclass(frozen=True)
class Plan:
    """The commands that load what the files hold, in the words of their mapping.

    ``present`` are the ids of persons who left and came back, by key.
    """

    mapping: PeopleMapping
    today: date
    policy_years: Decimal
    present: dict[str, UUID] = field(default_factory=dict)

    def person_id(self, key: str) -> UUID:
        """The id of a person: of their present spell, where the file has several."""
        return self.present.get(key) or ids.id_of(self.mapping, "person", key)

    def spell_id(self, row: PersonRow) -> UUID:
        """The id of a person in the spell of a row: a person who comes back is a new one."""
        return ids.id_of(self.mapping, "person", row.key, *since(row))

    def division_id(self, name: str) -> UUID:
        """The id of a division: the one people knows it by, else one of its own."""
        return self.mapping.divisions.get(name) or ids.id_of(self.mapping, "division", name)

    def position_id(self, row: PersonRow) -> UUID:
        """The id of a person's position, which stays as long as they stay in their division."""
        return ids.id_of(self.mapping, "position", row.key, row.division, *since(row))

    def experience_id(self, row: ExperienceRow) -> UUID:
        """The id of an experience: of its key, else of the day it started on."""
        told_apart = ("key", row.key) if row.key else ("started on", row.started_on.isoformat())
        return ids.id_of(self.mapping, "experience", row.person, *told_apart)

    def establish(self, division: str, code: str | None) -> Sequence[Command]:
        """A division, unless people knows it already."""
        if division in self.mapping.divisions:
            return []
        body = {"name": division, "code": code, "kind": self.mapping.division_kind.value, **self.mapping.in_zone()}
        fields = {"name": "division", "code": "division_code"}
        return [Command("establish_division", self.division_id(division), body, fields, first_version=1)]

    # The position

    def draft(self, row: PersonRow, manager: Manager | None) -> Command:
        body = {**self._described(row, manager), "division_id": str(self.division_id(row.division))}
        fields = {**self._described_by, "division_id": "division"}
        return Command("draft_position", self.position_id(row), body, fields, first_version=1)

    def settle(self, row: PersonRow, manager: Manager | None, standing: Named[str, Any] | None) -> Sequence[Command]:
        """The position is as the row says, where it stands otherwise, and may be filled; its duties stay."""
        approve = Command("approve_position", self.position_id(row), {})
        if standing is None:
            return [approve]
        body = {**self._described(row, manager), "duties": standing["duties"]}
        return [Command("revise_position", approve.id, body, self._described_by), approve]

    _described_by = {"title": "title", "grade": "grade", "reports_to": "manager", "it_management_years": "years"}

    def _described(self, row: PersonRow, manager: Manager | None) -> dict[str, Any]:
        return {
            "title": row.title,
            "grade": row.grade.value,
            "reports_to": str(manager.position_id) if manager else None,
            "it_management_years": f"{self._years(row):f}",
        }

    def _years(self, row: PersonRow) -> Decimal:
        if row.years is not None:
            return row.years
        return self.policy_years if row.grade in SENIOR else Decimal(0)

    # The person

    def named(self, row: PersonRow, known: KnownPerson | None) -> Sequence[Command]:
        """A person works here, under the name of the row."""
        id = self.spell_id(row)
        if known is None:
            joins = {"effective_on": row.hired_on.isoformat(), "division_id": str(self.division_id(row.division))}
            fields = {"name": "name", "effective_on": "hired_on", "division_id": "division"}
            return [Command("hire_person", id, {"name": row.name, **joins}, fields, first_version=1)]
        if known.state["name"] == row.name:
            return []
        return [Command("rename_person", id, {"name": row.name}, {"name": "name"})]

    def placed(self, row: PersonRow, manager: Manager | None, known: KnownPerson | None) -> Sequence[Command]:
        """A person holds their position and reports to their manager.

        The file says since when they hold the position, but not since when they report to somebody: a change of the
        line manager alone is recorded on the day of the load.
        """
        line_manager_id = str(manager.person_id) if manager else None
        offered = {
            "position_id": str(self.position_id(row)),
            "title": row.title,
            "division_id": str(self.division_id(row.division)),
            "grade": row.grade.value,
        }
        if known is None or known.state["appointment"] != offered:
            body = {"position_id": offered["position_id"], "effective_on": row.appointed_on.isoformat()}
            fields = {"effective_on": "appointed_on", "line_manager_id": "manager"}
            body |= {"line_manager_id": line_manager_id} if line_manager_id else {}
            return [Command("appoint_person", self.spell_id(row), body, fields)]
        if known.state["line_manager_id"] == line_manager_id:
            return []
        changed = {"line_manager_id": line_manager_id, "effective_on": self.today.isoformat()}
        return [Command("change_line_manager_person", self.spell_id(row), changed, {"line_manager_id": "manager"})]

    def waived(self, row: PersonRow, manager: Manager | None, known: KnownPerson | None) -> Sequence[Command]:
        """The appointment that the gate refused, with the waiver of the mapping; nothing without one."""
        waiver = {"waiver": {"reason": self.mapping.waiver}} if self.mapping.waiver else None
        placed = self.placed(row, manager, known) if waiver else []
        return [replace(each, body={**each.body, **(waiver or {})}) for each in placed]

    def gone(self, row: PersonRow) -> Sequence[Command]:
        if row.left_on is None:
            return []
        body = {"effective_on": row.left_on.isoformat()}
        return [Command("record_leaving_person", self.spell_id(row), body, {"effective_on": "left_on"})]

    # Experience

    def experience(self, row: ExperienceRow) -> Command:
        body = {
            "experience_id": str(self.experience_id(row)),
            "employer": row.employer,
            "role": row.role,
            "it_management": row.it_management,
            "started_on": row.started_on.isoformat(),
            "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        }
        return Command("record_experience_person", self.person_id(row.person), body, {part: part for part in body})

    def experienced(self, row: ExperienceRow, standing: Named[str, Any] | None) -> Sequence[Command]:
        """An experience is recorded, ended, and each time vouched for where the source says so; never doubted again."""
        told = self._told(row, standing)
        vouched = standing is not None and standing["verified_until"] and not told
        if not row.verified or vouched:
            return told
        body = {"experience_id": str(self.experience_id(row))}
        return [*told, Command("verify_experience_person", self.person_id(row.person), body)]

    def _told(self, row: ExperienceRow, standing: Named[str, Any] | None) -> Sequence[Command]:
        if standing is None:
            return [self.experience(row)]
        if row.ended_on is None or standing["ended_on"]:
            return []
        body = {"experience_id": str(self.experience_id(row)), "ended_on": row.ended_on.isoformat()}
        return [Command("end_experience_person", self.person_id(row.person), body, {"ended_on": "ended_on"})]

    def differs(self, row: ExperienceRow, standing: Named[str, Any]) -> bool:
        """Return whether people's record of an experience differs from the row, but for an end that was not known."""
        said = self.experience(row).body | ({} if standing["ended_on"] else {"ended_on": None})
        return any(standing[part] != value for part, value in said.items())
