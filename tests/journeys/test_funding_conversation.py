"""A project asks finance for its money: refused, asked again, confirmed, worked on and closed; everybody hears it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import (
    Business,
    Team,
    done,
    euros,
    items,
    made,
    on_budget,
    on_project,
    order,
    ordered,
    refused,
    specification,
    verdicts,
)
from tests.today import TODAY

DIVISION_HAS = 1000


@dataclass(frozen=True)
class Case:
    """A project of a division with a budget, and everybody who has a say in it."""

    business: Business
    team: Team
    division_budget: str
    project: str
    senior: httpx.Client
    head: httpx.Client
    sponsor: httpx.Client

    def tell(self, client: httpx.Client, command: str, /, **body: Any) -> dict[str, Any]:
        return done(on_project(client, self.project, command, **body))

    def stage(self) -> str:
        return str(done(self.senior.get(f"/projects/{self.project}"))["stage"])

    def history(self, service: str = "portfolio", path: str = "projects") -> list[dict[str, Any]]:
        client = self.business.system(service, Role.EXECUTIVE)
        return items(client.get(f"/{path}/{self.project}/history"))

    def specify(self, asked: int) -> None:
        written = self.tell(self.senior, "write-specification", **specification(euros(asked)))
        self.tell(self.sponsor, "sign-specification", version=written["specification"]["version"])

    def approve(self, request: str) -> None:
        headers = {"x-request-id": request}
        done(self.head.post(f"/projects/{self.project}/approve", json={}, headers=headers))
        self.business.settle()

    def refuse(self, reason: str) -> None:
        done(on_budget(self.business.controller, self.project, "refuse-funding", reason=reason))
        self.business.settle()

    def confirm(self, granted: int) -> None:
        done(self.business.fund(self.project, euros(granted), self.division_budget))
        self.business.settle()

    def reported(self) -> dict[str, Any]:
        """The project as reporting shows it."""
        self.business.settle()
        reader = self.business.system("reporting", Role.EXECUTIVE)
        found = items(reader.get("/portfolio/health", params={"division_id": self.team.division}))
        return next(project for project in found if project["id"] == self.project)

    def spend(self) -> dict[str, Any]:
        """The division's money as reporting shows it."""
        rows = items(self.business.system("reporting", Role.EXECUTIVE).get("/spend"))
        return next(row for row in rows if row["division_id"] == self.team.division)


@pytest.fixture
def case(business: Business) -> Case:
    team = business.team()
    senior = business.as_person("portfolio", team.senior)
    return Case(
        business,
        team,
        business.division_budget(team.division, DIVISION_HAS),
        business.propose(team),
        senior,
        head=business.as_person("portfolio", team.head),
        sponsor=business.as_person("portfolio", team.sponsor),
    )


def test_a_project_starts_only_when_finance_has_confirmed_what_it_asked_for(case: Case) -> None:
    start = {"effective_on": str(TODAY)}
    refused(on_project(case.senior, case.project, "start", **start), "starts-only-when-funded")
    case.specify(asked=5000)
    case.approve("ask-once")
    assert case.stage() == "approved"
    refused(on_project(case.senior, case.project, "start", **start), "starts-only-when-funded")
    refused(case.business.fund(case.project, euros(5000), case.division_budget), "exceeds-division-budget")
    case.refuse("The division has only 1,000 EUR.")
    assert case.stage() == "specified"
    refused(on_project(case.senior, case.project, "start", **start), "starts-only-when-funded")
    case.specify(asked=800)
    case.approve("ask-again")
    case.confirm(800)
    assert case.stage() == "funded"
    assert case.tell(case.senior, "start", **start)["stage"] == "in progress"


def test_the_project_names_the_events_of_finance_that_caused_its_own(case: Case) -> None:
    case.specify(asked=5000)
    case.approve("first-request")
    case.refuse("Too much.")
    case.specify(asked=700)
    case.approve("second-request")
    case.confirm(700)
    project = {event["type"]: event for event in case.history()}
    budget = {event["type"]: event for event in case.history("finance", "project-budgets")}
    returned, funded = project["ProjectReturned"], project["ProjectFunded"]
    assert returned["causation_id"] == budget["ProjectFundingRefused"]["event_id"]
    assert funded["causation_id"] == budget["ProjectFundingConfirmed"]["event_id"]
    assert {returned["actor"], funded["actor"]} == {"system:portfolio"}
    assert returned["data"] == {"reason": "Too much."}
    opened = [event for event in case.history("finance", "project-budgets") if event["type"] == "ProjectBudgetOpened"]
    approved = [event for event in case.history() if event["type"] == "ProjectApproved"]
    assert [event["causation_id"] for event in opened] == [event["event_id"] for event in approved]
    assert [event["correlation_id"] for event in opened] == ["first-request", "second-request"]
    # What a person asks for has no cause among the events.
    assert {event["causation_id"] for event in approved} == {None}
    # What finance decides on its own account is not part of the approver's request.
    assert funded["correlation_id"] == budget["ProjectFundingConfirmed"]["correlation_id"] != "second-request"


def test_reporting_follows_stage_money_health_and_who_answers(case: Case) -> None:
    case.specify(asked=800)
    assert (case.reported()["stage"], case.reported()["rating"]) == ("specified", None)
    case.approve("reported")
    asked = case.reported()
    assert (asked["stage"], asked["rating"], asked["planned"]) == ("approved", "on track", "0")
    case.confirm(800)
    case.tell(case.senior, "start", effective_on=str(TODAY))
    case.business.spend(case.project, 300, ordered(case.business.controller, case.project, 500))
    late = TODAY + timedelta(days=215)
    said = {"as_of": str(TODAY), "percent_complete": "40", "expected_completion": str(late), "health": "on track"}
    case.tell(case.senior, "report-progress", note="Going well.", **said)
    shown = case.reported()
    assert (shown["stage"], shown["currency"]) == ("in progress", "EUR")
    money = {name: shown[name] for name in ("planned", "committed", "actual", "outlook")}
    assert money == {"planned": "800", "committed": "200", "actual": "300", "outlook": "800"}
    # 15 of 200 days late is beyond 5 % and within 10 %: at risk, whatever is declared.
    assert (shown["declared"], shown["rating"], shown["disagrees"]) == ("on track", "at risk", True)
    (reason,) = shown["reasons"]
    assert (reason["rule"], reason["event"]["type"]) == ("schedule-forecast", "ProgressReported")
    assert reason["event"]["stream"] == f"project-{case.project}"
    estimate = {"estimate": euros(900), "basis": "stated", "as_of": str(TODAY), "reason": "Dearer licences."}
    done(on_budget(case.business.controller, case.project, "state-estimate", **estimate))
    dear = case.reported()
    assert (dear["rating"], dear["outlook"]) == ("off track", "900")
    assert [reason["rule"] for reason in dear["reasons"]] == ["cost-forecast", "schedule-forecast"]
    spend = case.spend()
    told = ("current", "allotted", "free", "committed", "actual", "estimate")
    assert [spend[name] for name in told] == ["1000", "800", "200", "200", "300", "900"]
    reader = case.business.system("reporting", Role.EXECUTIVE)
    (line,) = items(reader.get("/accountability/ledger", params={"project_id": case.project}))
    assert (line["person_id"], line["basis"], line["until"]) == (case.team.senior.person, "named", None)
    (answering,) = [row for row in items(reader.get("/accountability")) if row["person_id"] == case.team.senior.person]
    assert (answering["projects"], answering["running"]) == (1, 1)


def test_a_project_closes_with_a_verdict_per_criterion_and_its_budget_closes_with_it(case: Case) -> None:
    case.specify(asked=800)
    case.approve("to-be-closed")
    case.confirm(800)
    case.tell(case.senior, "start", effective_on=str(TODAY))
    case.business.spend(case.project, 750)
    draft = made(case.business.controller.post("/commitments", json=order(case.project, 1)))
    case.tell(case.senior, "begin-closing")
    closing = {"lessons": "Ask for less at first.", "effective_on": str(TODAY)}
    one = {"outcome": "succeeded", "verdicts": verdicts()[:1], **closing}
    refused(on_project(case.senior, case.project, "close", **one), "verdict-per-criterion")
    contradiction = {"outcome": "succeeded", "verdicts": verdicts(met=False), **closing}
    refused(on_project(case.senior, case.project, "close", **contradiction), "outcome-follows-verdicts")
    closed = case.tell(case.senior, "close", outcome="succeeded", verdicts=verdicts(), **closing)
    assert (closed["stage"], closed["outcome"], len(closed["closure"]["verdicts"])) == ("closed", "succeeded", 2)
    case.business.settle()
    budget = done(case.business.controller.get(f"/project-budgets/{case.project}"))
    assert budget["status"] == "closed"
    assert (budget["returned"], case.spend()["free"]) == (euros(50), "250")
    refused(case.business.controller.post(f"/commitments/{draft}/place-order", json={}), "budget-closed")
    # What was ordered may still be invoiced.
    case.business.spend(case.project, 10)
    shown = case.reported()
    assert (shown["stage"], shown["outcome"], shown["rating"]) == ("closed", "succeeded", None)
    assert (shown["actual"], shown["outlook"]) == ("760", "760")
    ended = next(
        event for event in case.history("finance", "project-budgets") if event["type"] == "ProjectBudgetClosed"
    )
    cause = next(event for event in case.history() if event["type"] == "ProjectClosed")
    assert (ended["causation_id"], ended["actor"]) == (cause["event_id"], "system:finance")


def test_a_project_cancelled_while_finance_thinks_about_it_gets_no_money(case: Case) -> None:
    case.specify(asked=100)
    case.approve("cancelled-" + uuid4().hex)
    case.tell(case.senior, "cancel", reason="Bought instead.")
    case.business.settle()
    refused(case.business.fund(case.project, euros(100), case.division_budget), "only-when-asked")
    assert case.stage() == "cancelled"
    assert case.reported()["rating"] is None
