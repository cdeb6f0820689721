"""A business for tests: organisation, projects and budgets, made through the services' own doors as others would."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests.harness import Company
from tests.today import TODAY

CRITERIA = ("Payslips are right.", "The old system is off.")

Json = dict[str, Any]


def made(response: httpx.Response) -> str:
    """The id of what was created."""
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def done(response: httpx.Response) -> Json:
    """What came back of something that was to work."""
    assert response.status_code == 200, response.text
    return dict(response.json())


def items(response: httpx.Response) -> list[Json]:
    """The items of a list."""
    return list(done(response)["items"])


def refused(response: httpx.Response, rule: str, status: int = 409) -> Json:
    """The problem document of a refusal: it names the rule, says why, and what would satisfy it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["rule"] == rule, problem
    assert problem["detail"]
    assert problem["remedy"]
    assert problem["type"].endswith(rule)
    return problem


def not_authorised(response: httpx.Response) -> None:
    """The caller may not do this here."""
    refused(response, "not-authorised", 403)


def euros(amount: str | int) -> Json:
    """Money as it is sent and read."""
    return {"amount": str(amount), "currency": "EUR"}


def specification(asked: Mapping[str, str] | None = None, **changes: Any) -> Json:
    """A specification that holds."""
    plan = {"start": str(TODAY), "end": str(TODAY + timedelta(days=200))}
    asked = asked or euros(1000)
    return {
        "scope": "A new payroll.",
        "success_criteria": list(CRITERIA),
        "plan": plan,
        "budget_asked": asked,
        **changes,
    }


def verdicts(*, met: bool = True) -> list[Json]:
    """A verdict on each criterion."""
    return [{"criterion": criterion, "met": met, "evidence": "Seen."} for criterion in CRITERIA]


def at_once(acts: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Do all of it at the same moment; the answers in the order of what was asked."""
    together = Barrier(len(acts))

    def act(one: Callable[[], httpx.Response]) -> httpx.Response:
        together.wait(30)
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


@dataclass(frozen=True)
class Post:
    """A person with the position they hold."""

    person: str
    position: str


@dataclass(frozen=True)
class Team:
    """A division with a line of one head, senior manager, manager and junior manager, and a sponsor beside it."""

    division: str
    head: Post
    senior: Post
    manager: Post
    junior: Post
    sponsor: Post


class Business:
    """Acts in a company through HTTP only; asks only those services that it needs."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._clients: dict[tuple[str, str, Sequence[Role]], httpx.Client] = {}

    @cached_property
    def hr(self) -> httpx.Client:
        return self.system("people", Role.HR, Role.EXECUTIVE)

    @cached_property
    def office(self) -> httpx.Client:
        return self.system("portfolio", Role.PORTFOLIO_OFFICE)

    @cached_property
    def controller(self) -> httpx.Client:
        return self.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))

    @cached_property
    def executive(self) -> httpx.Client:
        return self.system("finance", Role.EXECUTIVE, subject=str(uuid4()))

    def system(self, service: str, *roles: Role, subject: str = "system:tests") -> httpx.Client:
        """A client of a service with these roles."""
        return self.company.running[service].client(*roles, subject=subject)

    def as_person(self, service: str, post: Post, *roles: Role) -> httpx.Client:
        """A client of a service for a person: whatever else they may do follows from who they are."""
        key = (service, post.person, roles)
        if key not in self._clients:
            self._clients[key] = self.system(service, *(roles or (Role.STAFF,)), subject=post.person)
        return self._clients[key]

    def settle(self) -> None:
        """Everybody has heard everything."""
        self.company.settle()

    def division(self, parent: str | None = None) -> str:
        body = {"name": f"Division {uuid4().hex[:6]}", "kind": "it", "parent_id": parent}
        return made(self.hr.post("/divisions", json=body))

    def position(self, division: str, grade: str, below: Post | None = None) -> str:
        senior = grade in ("senior manager", "executive")
        body = {
            "title": grade.title(),
            "division_id": division,
            "grade": grade,
            "reports_to": below.position if below else None,
            "it_management_years": "10" if senior else "0",
        }
        position = made(self.hr.post("/positions", json=body))
        done(self.hr.post(f"/positions/{position}/approve", json={}))
        return position

    def post(self, division: str, grade: str, below: Post | None = None, *, years: int | None = None) -> Post:
        """Somebody new with a new position; with so many verified years of IT management, else waived where needed."""
        post = Post(self.hire(), self.position(division, grade, below))
        if years is not None:
            self.verify(post.person, years)
        self.appoint(post, waived=years is None and grade in ("senior manager", "executive"))
        return post

    def hire(self) -> str:
        return made(self.hr.post("/persons", json={"name": f"Ada {uuid4().hex[:6]}", "effective_on": str(TODAY)}))

    def verify(self, person: str, years: int) -> None:
        """So many years of IT management until today, vouched for."""
        experience = {
            "experience_id": str(uuid4()),
            "employer": "Elsewhere",
            "role": "IT manager",
            "it_management": True,
            "started_on": str(TODAY.replace(year=TODAY.year - years, day=min(TODAY.day, 28))),
            "ended_on": str(TODAY),
        }
        done(self.hr.post(f"/persons/{person}/record-experience", json=experience))
        known = {"experience_id": experience["experience_id"]}
        done(self.hr.post(f"/persons/{person}/verify-experience", json=known))

    def appoint(self, post: Post, *, waived: bool = False) -> None:
        body: Json = {"position_id": post.position, "effective_on": str(TODAY)}
        waiver = {"waiver": {"reason": "Proven elsewhere."}} if waived else {}
        done(self.hr.post(f"/persons/{post.person}/appoint", json=body | waiver))

    def head(self, division: str, post: Post) -> None:
        done(self.hr.post(f"/divisions/{division}/appoint-head", json={"person_id": post.person}))

    def leave(self, post: Post) -> None:
        done(self.hr.post(f"/persons/{post.person}/record-leaving", json={"effective_on": str(TODAY)}))

    def team(self) -> Team:
        """A division of its own whose people portfolio has heard of."""
        division = self.division()
        head = self.post(division, "executive")
        self.head(division, head)
        senior = self.post(division, "senior manager", head)
        manager = self.post(division, "manager", senior)
        team = Team(
            division,
            head,
            senior,
            manager,
            junior=self.post(division, "junior manager", manager),
            sponsor=self.post(division, "staff", head),
        )
        self.settle()
        return team

    def proposal(self, team: Team, **changes: Any) -> Json:
        """What a proposal of the team's says."""
        return {
            "name": f"Payroll {uuid4().hex[:6]}",
            "summary": "Replace the payroll.",
            "division_id": team.division,
            "sponsor_id": team.sponsor.person,
            "accountable_id": team.senior.person,
            **changes,
        }

    def propose(self, team: Team, **changes: Any) -> str:
        return made(self.office.post("/projects", json=self.proposal(team, **changes)))

    def specify(self, team: Team, project: str, asked: Mapping[str, str] | None = None, **changes: Any) -> None:
        """Write the next version of the specification and let the sponsor sign it."""
        written = done(on_project(self.office, project, "write-specification", **specification(asked, **changes)))
        sponsor = self.as_person("portfolio", team.sponsor)
        version = written["specification"]["version"]
        done(on_project(sponsor, project, "sign-specification", version=version))

    def approve(self, team: Team, project: str) -> None:
        """Let the division's head open the gate."""
        done(on_project(self.as_person("portfolio", team.head), project, "approve"))

    def approved(self, team: Team, asked: Mapping[str, str] | None = None, **changes: Any) -> str:
        """A project that waits for its money, of which finance has heard."""
        project = self.propose(team, **changes)
        self.specify(team, project, asked)
        self.approve(team, project)
        self.settle()
        return project

    def fund(self, project: str, granted: Mapping[str, str], division_budget: str | None = None) -> httpx.Response:
        """Let a controller grant the money."""
        body = {"granted": granted, "contingency": euros(0), "division_budget_id": division_budget}
        return on_budget(self.controller, project, "confirm-funding", **body)

    def funded(self, team: Team, granted: Mapping[str, str] | None = None, **changes: Any) -> str:
        """A project whose money is granted, of which portfolio has heard."""
        granted = granted or euros(1000)
        project = self.approved(team, granted, **changes)
        done(self.fund(project, granted))
        self.settle()
        return project

    def spend(self, project: str, amount: str | int, commitment: str | None = None) -> str:
        """An expense of a project that is approved."""
        id = submitted(self.controller, project, amount, commitment)
        done(self.executive.post(f"/expenses/{id}/approve", json={}))
        return id

    def division_budget(
        self, division: str, amount: str | int = 1000, *, year: int = TODAY.year, parent: str | None = None
    ) -> str:
        """A division's approved budget."""
        budget = made(self.controller.post("/division-budgets", json=draft(division, amount, year, parent)))
        done(self.controller.post(f"/division-budgets/{budget}/submit", json={}))
        done(self.executive.post(f"/division-budgets/{budget}/approve", json={}))
        return budget


def draft(division: str, amount: str | int, year: int = TODAY.year, parent: str | None = None) -> Json:
    """A division budget of one line."""
    line = {
        "category": "software",
        "cost_kind": "opex",
        "purpose": "run",
        "amount": euros(amount),
        "spread": ["50", "50"],
    }
    return {
        "division_id": division,
        "fiscal_year": year,
        "currency": "EUR",
        "parent_budget_id": parent,
        "lines": [line],
    }


def order(project: str, amount: str | int) -> Json:
    """An order of a project to be drafted."""
    return {"project_id": project, "category": "licences", "amount": euros(amount), "reference": "Order 7"}


def ordered(client: httpx.Client, project: str, amount: str | int) -> str:
    """An order of a project that is placed."""
    id = made(client.post("/commitments", json=order(project, amount)))
    done(client.post(f"/commitments/{id}/place-order", json={}))
    return id


def submitted(client: httpx.Client, project: str, amount: str | int, commitment: str | None = None) -> str:
    """An expense of a project that waits for approval."""
    said = order(project, amount) | {"reference": "Invoice 9", "occurred_on": str(TODAY), "commitment_id": commitment}
    id = str(uuid4())
    done(client.post(f"/expenses/{id}/submit", json=said))
    return id


def on_project(client: httpx.Client, project: str, command: str, **body: Any) -> httpx.Response:
    """A command to a project."""
    return client.post(f"/projects/{project}/{command}", json=body)


def on_budget(client: httpx.Client, project: str, command: str, **body: Any) -> httpx.Response:
    """A command to a project's budget, which carries the project's id."""
    return client.post(f"/project-budgets/{project}/{command}", json=body)
