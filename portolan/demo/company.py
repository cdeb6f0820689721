"""The members and ids of the demo company: the same in every load, found by role or name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid5

from contracts.roles import Role
from portolan.demo.organisation import POSITIONS
from portolan.demo.people import LEFT, LEFT_WHILE_ACCOUNTABLE, PEOPLE

NAMESPACE = UUID("0c5f7e1a-6a0d-5b53-9a35-1d1d3a7c9b60")


def record_id(kind: str, *key: str | int) -> UUID:
    """The id of a record by its key, such as ``record_id("tool", "notebook")``."""
    return uuid5(NAMESPACE, " ".join(map(str, (kind, *key))))


division_id = partial(record_id, "division")
position_id = partial(record_id, "position")
person_id = partial(record_id, "person")
experience_id = partial(record_id, "experience")  # person, number
initiative_id = partial(record_id, "initiative")
project_id = partial(record_id, "project")  # its budget has the same
division_budget_id = partial(record_id, "division budget")  # division, year
transfer_id = partial(record_id, "transfer")  # division, other division, year
commitment_id = partial(record_id, "commitment")
expense_id = partial(record_id, "expense")  # project, reference


@dataclass(frozen=True)
class Member:
    """Somebody of the demo company; ``roles`` are those their token grants."""

    id: UUID
    name: str
    title: str
    roles: tuple[Role, ...]


TITLES = {position.key: position.title for position in POSITIONS}
MEMBERS: Mapping[str, Member] = {
    person.key: Member(person_id(person.key), person.name, TITLES[person.position], person.roles) for person in PEOPLE
}
"""Everybody by their key, those who left too."""

PERSON_OF_ROLE: Mapping[str, UUID] = {
    str(role): person_id(key)
    for role, key in {
        Role.EXECUTIVE: "helena",
        Role.HR: "yasmin",
        Role.PORTFOLIO_OFFICE: "henrik",
        Role.FINANCE_CONTROLLER: "jonas",
        Role.MANAGER: "elif",
        Role.STAFF: "tariq",
        Role.BUSINESS_USER: "chiara",
        Role.AUDITOR: "aoife",
    }.items()
}
"""A fitting person for each role; an administrator is nobody of the company."""


def find(text: str) -> Sequence[Member]:
    """Return the members a text names: one by key or id, otherwise all who work here with it in their name or title."""
    wanted = text.strip().casefold()
    for key, member in MEMBERS.items():
        if wanted in (key, str(member.id), member.name.casefold()):
            return [member]
    gone = {*LEFT, *LEFT_WHILE_ACCOUNTABLE}
    return [
        member
        for key, member in MEMBERS.items()
        if key not in gone and wanted and wanted in f"{member.name} | {member.title}".casefold()
    ]
