"""A cast for the tests of people: a line of persons in positions, made through the service's own door."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests.harness import Running
from tests.today import TODAY

LONG_AGO = TODAY - timedelta(days=15 * 365)
GRADES = ("executive", "senior manager", "manager", "junior manager", "staff")


@dataclass
class Cast:
    """``director`` > ``senior`` > ``manager`` > ``junior`` > ``member``, each the line manager of the next.

    ``peer`` reports to the senior beside the manager; ``stranger`` heads another line. Each id is a person's; their
    positions are in ``positions``. ``as_person`` gives a client with a token that grants no more than staff.
    """

    people: Running
    division: str = ""
    persons: dict[str, str] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)

    @property
    def hr(self) -> httpx.Client:
        return self.people.client(Role.HR)

    @property
    def founder(self) -> httpx.Client:
        """Who may set all of it up."""
        return self.people.client(Role.HR, Role.EXECUTIVE)

    def as_person(self, name: str, *roles: Role) -> httpx.Client:
        """A client of somebody in the cast."""
        return self.people.client(*(roles or (Role.STAFF,)), subject=self.persons[name])

    def post(self, who: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
        """Do something that has to work; what came back."""
        response = who.post(path, json=body)
        assert response.status_code in (200, 201), response.text
        return dict(response.json())

    def join(self, name: str, grade: str, manager: str | None, hired_on: Any = LONG_AGO) -> str:
        """Hire somebody into a new, approved position below the manager's."""
        position = self.position(grade, self.positions.get(manager or ""))
        person = self.post(self.hr, "/persons", name=name.title(), effective_on=str(hired_on))["id"]
        if grade in ("executive", "senior manager"):
            self.experienced(person)
        body = {"position_id": position, "effective_on": str(max(hired_on, LONG_AGO))}
        self.post(self.hr, f"/persons/{person}/appoint", **body)
        self.persons[name], self.positions[name] = person, position
        return str(person)

    def position(self, grade: str, reports_to: str | None = None) -> str:
        """A new, approved position in the cast's division."""
        made = self.post(
            self.founder,
            "/positions",
            title=grade.title(),
            division_id=self.division,
            grade=grade,
            reports_to=reports_to,
            it_management_years="10" if grade in ("executive", "senior manager") else "0",
        )
        self.post(self.founder, f"/positions/{made['id']}/approve")
        return str(made["id"])

    def elsewhere(self, name: str, grade: str) -> str:
        """Hire somebody into a division of its own; the id of the division."""
        made = self.post(self.founder, "/divisions", name=f"Division {uuid4().hex[:8]}", kind="it", parent_id=None)
        replace(self, division=made["id"]).join(name, grade, None)
        return str(made["id"])

    def experienced(self, person: str) -> None:
        """Give somebody twelve verified years of IT management before they came."""
        began = LONG_AGO - timedelta(days=12 * 366)
        experience = {
            "experience_id": str(uuid4()),
            "employer": "Acme",
            "role": "Head of IT",
            "it_management": True,
            "started_on": str(began),
            "ended_on": str(LONG_AGO - timedelta(days=1)),
        }
        self.post(self.hr, f"/persons/{person}/record-experience", **experience)
        self.post(self.hr, f"/persons/{person}/verify-experience", experience_id=experience["experience_id"])


def cast_of(people: Running) -> Cast:
    """A new cast in a division of its own."""
    cast = Cast(people)
    name = f"Division {uuid4().hex[:8]}"
    cast.division = cast.post(cast.founder, "/divisions", name=name, kind="it", parent_id=None)["id"]
    above = None
    for name, grade in zip(("director", "senior", "manager", "junior", "member"), GRADES, strict=True):
        cast.join(name, grade, above)
        above = name
    cast.join("peer", "manager", "senior")
    cast.join("stranger", "manager", None)
    return cast


def wanted_tool(cast: Cast, name: str = "member") -> dict[str, Any]:
    """What is asked for with a tool for somebody."""
    return {
        "name": "Laptop 7",
        "kind": "equipment",
        "cost": {"amount": "1500", "currency": "EUR"},
        "division_id": cast.division,
        "person_id": cast.persons[name],
        "reason": "The old one broke.",
    }


def refused(response: httpx.Response, rule: str, status: int = 409) -> None:
    """A rule refused it: it is named, with a sentence and a way out."""
    assert response.status_code == status, response.text
    problem = response.json()
    assert problem["rule"] == rule, problem
    assert problem["detail"]
    assert problem["remedy"]


def forbidden(response: httpx.Response) -> None:
    """Seen, but not for them to do."""
    refused(response, "not-authorised", 403)


def unknown(response: httpx.Response) -> None:
    """It does not exist for them."""
    assert response.status_code == 404, response.text
