"""The commands to the services for each row, with ids that follow from the source, so repeating is safe."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.people import DivisionKind
from contracts.portfolio import Stage
from contracts.values import Grade
from portolan.importer import ids
from portolan.importer.kinds import look
from portolan.importer.policy import LEAST_YEARS
from portolan.importer.projects.mapping import PersonNamed, ProjectMapping
from portolan.importer.projects.rows import ProjectRow
from portolan.importer.sending import Command

CATEGORY = "taken over"
LONGEST_NAME = 200
AFTER_BUDGET = 2
"""The version of a budget taken over with its first cost, to which nothing else has happened."""


@dataclass(frozen=True)
class Plan:
    """The commands that take over what a file holds, in the words of its mapping."""

    mapping: ProjectMapping

    def id_of(self, kind: str, *key: str) -> UUID:
        """The id of something in this source: the same whenever it is loaded."""
        return ids.id_of(self.mapping, kind, *key)

    # The organisation

    def _known_as(self, agency: str) -> str:
        """A division's name as ids are made of it."""
        return (self.mapping.any_spelling and look(agency)) or agency

    def division_id(self, agency: str) -> UUID:
        """The id of a division: the one people knows it by, else one of its own."""
        return self.mapping.divisions.get(agency) or self.id_of("division", self._known_as(agency))

    def establish(self, agency: str, code: str | None) -> Command:
        kind: DivisionKind = self.mapping.division_kind
        body = {"name": agency, "code": code, "kind": kind.value, **self.mapping.in_zone()}
        fields = {"name": "agency", "code": "agency_code"}
        return Command("establish_division", self.division_id(agency), body, fields, first_version=1)

    def head_position_id(self, agency: str) -> UUID:
        return self.id_of("head position", self._known_as(agency))

    def head_position(self, agency: str, years: Decimal) -> Sequence[Command]:
        title = fitting(f"Head of {agency}", "Head of the division")
        return self._position(self.head_position_id(agency), title, agency, years, None)

    def manager_position(self, agency: str, name: str, years: Decimal, reports_to: UUID | None) -> Sequence[Command]:
        """The position of an accountable manager whom the mapping names, below the head."""
        id = self.manager_position_id(agency, name)
        return self._position(id, "Accountable manager", agency, years, reports_to)

    def _position(
        self, id: UUID, title: str, agency: str, years: Decimal, reports_to: UUID | None
    ) -> Sequence[Command]:
        body = {
            "title": title,
            "division_id": str(self.division_id(agency)),
            "grade": Grade.SENIOR_MANAGER.value,
            "reports_to": str(reports_to) if reports_to else None,
            "it_management_years": str(max(years, LEAST_YEARS)),
        }
        return [Command("draft_position", id, body, first_version=1), Command("approve_position", id, {})]

    def head_id(self, agency: str) -> UUID:
        """The id of the head of a division: somebody people knows, or a person who is taken over."""
        named = self.head_named(agency)
        return named.id if named and named.id else self.id_of("head", self._known_as(agency))

    def head_named(self, agency: str) -> PersonNamed | None:
        return self.mapping.heads.get(agency)

    def head_name(self, agency: str) -> str:
        """Return the head's name; plainly not a name where the source has none."""
        named = self.head_named(agency)
        unnamed = fitting(f"Head of {agency} (name not recorded)", "Head of the division (name not recorded)")
        return named.name if named and named.name else unnamed

    def hired_head(self, agency: str, on: date) -> Sequence[Command]:
        name, position_id = self.head_name(agency), self.head_position_id(agency)
        return self._hired(self.head_id(agency), name, position_id, agency, on)

    def renamed_head(self, agency: str) -> Command:
        """A head whose name was not recorded gets the one the mapping names."""
        return Command("rename_person", self.head_id(agency), {"name": self.head_name(agency)})

    def appoint_head(self, agency: str) -> Command:
        body = {"person_id": str(self.head_id(agency))}
        return Command("appoint_head_division", self.division_id(agency), body)

    def manager_id(self, agency: str, person: PersonNamed) -> UUID:
        return person.id or self._named_id(agency, person.name or "")

    def hired_manager(self, agency: str, name: str, on: date) -> Sequence[Command]:
        position_id = self.manager_position_id(agency, name)
        return self._hired(self._named_id(agency, name), name, position_id, agency, on)

    def manager_position_id(self, agency: str, name: str) -> UUID:
        return self.id_of("manager position", self._known_as(agency), name)

    def _named_id(self, agency: str, name: str) -> UUID:
        """The id of a manager who is known by name only."""
        return self.id_of("manager", self._known_as(agency), name)

    def _hired(self, id: UUID, name: str, position_id: UUID, agency: str, on: date) -> Sequence[Command]:
        waiver = {"reason": f"Taken over from {self.mapping.source}; experience not recorded."}
        appointment = {"position_id": str(position_id), "effective_on": on.isoformat(), "waiver": waiver}
        hired = {"name": name, "effective_on": on.isoformat(), "division_id": str(self.division_id(agency))}
        return [Command("hire_person", id, hired, first_version=1), Command("appoint_person", id, appointment)]

    # Initiatives and projects

    def initiative(self, row: ProjectRow) -> Sequence[Command]:
        """An investment becomes an initiative that runs."""
        id = self.initiative_id(row)
        assert row.investment is not None
        body = {
            "name": row.investment_title,
            "purpose": f"Investment {row.investment}, taken over from {self.mapping.source}; purpose not recorded.",
            "division_id": str(self.division_id(row.agency)),
            "source": self._source(row.agency, row.investment),
        }
        fields = {"name": "investment_title", "source": "investment", "division_id": "agency"}
        shape = Command("shape_initiative", id, body, fields, first_version=1)
        return [shape, Command("approve_initiative", id, {}), Command("start_initiative", id, {})]

    def initiative_id(self, row: ProjectRow) -> UUID:
        return self.id_of("initiative", self._known_as(row.agency), row.investment or "")

    def project_id(self, row: ProjectRow) -> UUID:
        """The id of a project and of its budget."""
        return self.id_of("project", *row.key)

    def accountable_id(self, row: ProjectRow) -> UUID | None:
        """Return the id of a project's accountable person, where the mapping names somebody."""
        person = self.mapping.accountable_for(*row.scope)
        return self.manager_id(row.agency, person) if person else None

    def take_over(self, row: ProjectRow) -> Command:
        """A row becomes a project, at the stage and with the plan it has; what is not known is named."""
        accountable_id = self.accountable_id(row)
        body: dict[str, Any] = {
            "name": row.name,
            "summary": row.description,
            "division_id": str(self.division_id(row.agency)),
            "initiative_id": None if row.by_name else str(self.initiative_id(row)),
            "source": self._source(*row.key),
            "stage": row.stage.value,
            "plan": None,
            "accountable_id": str(accountable_id) if accountable_id else None,
            "gaps": list(row.gaps),
            "as_of": row.updated.isoformat(),
        }
        if row.start and row.completion:
            body["plan"] = {"start": row.start.isoformat(), "end": row.completion.isoformat()}
        fields = {"name": "name", "summary": "description", "plan": "completion", "initiative_id": "investment"}
        fields["as_of"] = "updated"
        # Where nobody is named, the waiver is the second event of a project taken over.
        first_version = 1 if accountable_id else 2
        return Command("take_over_project", self.project_id(row), body, fields, first_version)

    def progress(self, row: ProjectRow) -> Sequence[Command]:
        """Return the expected end and the rating of a project that goes on."""
        if row.stage is not Stage.IN_PROGRESS or not (row.projected_completion or row.rating or row.note):
            return []
        body: dict[str, Any] = {"as_of": row.updated.isoformat(), "expected_completion": None}
        fields = {"as_of": "updated", "expected_completion": "projected_completion"}
        if row.projected_completion:
            body["expected_completion"] = row.projected_completion.isoformat()
        if row.rating or row.note:
            body |= {"health": self.mapping.health_of(row.rating), "note": "\n".join(self._note(row))}
            fields |= {"health": "rating", "note": "note"}
        return [Command("report_progress_project", self.project_id(row), body, fields)]

    def _note(self, row: ProjectRow) -> Iterator[str]:
        """What the source says of the project, in its own words."""
        if row.rating:
            yield f"Rating: {row.rating}"
        for what, amount in (("Budget", row.year_budget), ("Forecast", row.year_forecast)):
            if amount is not None:
                yield f"{what} of the year: {amount:,f} {self.currency(row)}"
        if row.note:
            yield row.note

    # Money

    def budget(self, row: ProjectRow) -> Sequence[Command]:
        """The planned cost becomes the project's budget; none is opened where it is not recorded."""
        if row.planned_cost is None:
            return []
        body = {
            "division_id": str(self.division_id(row.agency)),
            "granted": self._money(row, row.planned_cost),
            "source": f"Planned cost according to {self.mapping.source}.",
        }
        fields = {"granted": "planned_cost"}
        return [Command("take_over_project_budget", self.project_id(row), body, fields, first_version=1)]

    def costs(self, row: ProjectRow) -> Sequence[Command]:
        """Return a finished project's cost, or another one's estimate at completion."""
        if row.projected_cost is None:
            return []
        if row.stage is Stage.CLOSED:
            assert row.projected_completion is not None
            return [self._actual(row, row.projected_cost, row.projected_completion, "")]
        body = {
            "estimate": self._money(row, row.projected_cost),
            "basis": "taken over",
            "as_of": row.updated.isoformat(),
            "reason": self._reason(row),
        }
        fields = {"estimate": "projected_cost", "as_of": "updated"}
        return [Command("state_estimate_project_budget", self.project_id(row), body, fields)]

    def taken_back(self, row: ProjectRow) -> Sequence[Command]:
        """Nothing takes the place of an actual that was stated for what, its source now says, is not finished."""
        return [self._actual(row, Decimal(0), row.updated, " The project is not finished.")]

    def expense_id(self, project_id: UUID, reference: str) -> UUID:
        """The id of the expense that a project's actual cost is at finance."""
        return self.id_of("expense", str(project_id), reference)

    def _actual(self, row: ProjectRow, amount: Decimal, on: date, why: str) -> Command:
        project_id, reference = self.project_id(row), self.reference(*row.key)
        body = {
            "project_id": str(project_id),
            "reference": reference,
            "category": CATEGORY,
            "amount": self._money(row, amount),
            "occurred_on": on.isoformat(),
            "reason": self._reason(row) + why,
        }
        fields = {"amount": "projected_cost", "occurred_on": "projected_completion"}
        return Command("state_expense", self.expense_id(project_id, reference), body, fields)

    def reference(self, *key: str) -> str:
        """The key of something in its source, as people read it."""
        return " / ".join(key)

    def _source(self, *key: str) -> dict[str, str]:
        return {"system": self.mapping.source, "reference": self.reference(*key)}

    def currency(self, row: ProjectRow) -> str:
        """The currency of a row's costs: its own, else the file's."""
        return row.currency or self.mapping.currency

    def _money(self, row: ProjectRow, amount: Decimal) -> dict[str, str]:
        return {"amount": f"{amount:f}", "currency": self.currency(row)}

    def _reason(self, row: ProjectRow) -> str:
        return f"According to {self.mapping.source} as of {row.updated}."


def is_stated(expense: Mapping[str, Any]) -> bool:
    """Whether an expense at finance says that something was spent, as a source had it."""
    return expense["status"] == "stated" and bool(Decimal(expense["amount"]["amount"]))


def fitting(name: str, otherwise: str) -> str:
    """A name we make up ourselves, shorter where it would be too long."""
    return name if len(name) <= LONGEST_NAME else otherwise
