"""A project's whole life in the real company: from a wish over money, plans, risks and changes to its benefit."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.business import CRITERIA, Business, Json, done, euros, items, made, on_budget, on_project, refused
from tests.harness import MovableClock, company, wait_until
from tests.infrastructure import Infrastructure
from tests.portfolio.risks.story import policy
from tests.today import TODAY

DAY = timedelta(days=1)


def noon(days: int) -> datetime:
    return datetime.combine(TODAY, time(12), UTC) + days * DAY


@pytest.fixture
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Business]:
    """All four services on a clock that stands still until it is moved."""
    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder, MovableClock(noon(0))) as firm:
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            firm.start(service)
        yield Business(firm)


class Story:
    """The people of the project, and what they do one after the other."""

    def __init__(self, business: Business) -> None:
        self.business, self.team = business, business.team()
        self.head, self.senior, self.manager, self.junior, self.sponsor = (
            business.as_person("portfolio", getattr(self.team, name))
            for name in ("head", "senior", "manager", "junior", "sponsor")
        )
        self.office, self.reader = business.office, business.system("reporting", Role.EXECUTIVE)
        self.project = self.benefit = ""

    def on(self, client: httpx.Client, command: str, **body: Any) -> Json:
        return done(on_project(client, self.project, command, **body))

    @property
    def stage(self) -> str:
        return str(done(self.office.get(f"/projects/{self.project}"))["stage"])

    def wish(self) -> None:
        """A business user asks; it is screened, scored, approved and becomes a project."""
        user = self.business.system("portfolio", Role.BUSINESS_USER, subject=str(uuid4()))
        body = {"title": "New payroll", "purpose": "Payslips on paper end.", "division_id": self.team.division}
        path = f"/requests/{made(user.post('/requests', json=body))}"
        done(self.office.post(f"{path}/screen", json={"note": "Feasible."}))
        wsjf = {"value": "8", "time_criticality": "5", "risk_reduction": "3", "job_size": "4"}
        assert done(self.office.post(f"{path}/score-by-wsjf", json=wsjf))["score"]["score"] in ("4", "4.0000")
        done(self.office.post(f"{path}/approve", json={}))
        persons = {"sponsor_id": self.team.sponsor.person, "accountable_id": self.team.senior.person}
        self.project = done(self.office.post(f"{path}/convert", json=persons))["project_id"]

    def signed(self, asked: int) -> None:
        self.business.specify(self.team, self.project, euros(asked))

    def gate(self) -> None:
        """Who proposes a gate does not decide on it; the division's head does."""
        path = f"/gates/{made(self.senior.post('/gates', json={'project_id': self.project, 'name': 'Approval'}))}"
        decision = {"decision": "go", "rationale": "The case is sound."}
        assert self.senior.post(f"{path}/decide", json=decision).status_code == 403
        done(self.head.post(f"{path}/decide", json=decision))
        assert self.stage == "approved"

    def money(self) -> None:
        """Finance refuses 9,000, and grants 1,000 with a contingency."""
        controller = self.business.controller
        self.business.settle()
        done(on_budget(controller, self.project, "refuse-funding", reason="Not this year."))
        wait_until(lambda: self.stage == "specified", "the project is back at its specification")
        self.signed(1000)
        self.gate()
        self.business.settle()
        body = {"granted": euros(1000), "contingency": euros(100), "division_budget_id": None}
        done(on_budget(controller, self.project, "confirm-funding", **body))
        wait_until(lambda: self.stage == "funded", "the money is there")

    def plan(self) -> None:
        """Responsibility is delegated, the plan frozen, work begins; a late forecast is an exception, answered."""
        self.on(self.senior, "offer-delegation", delegate_id=self.team.manager.person, scope="All of it.")
        self.on(self.manager, "accept-delegation")
        work = {"package_id": str(uuid4()), "name": "Build", "planned_value": "900"}
        days = {"start": str(TODAY), "end": str(TODAY + 99 * DAY)}
        body = {"currency": "EUR", "packages": [work | {"plan": days}]}
        done(self.manager.post(f"/plans/{self.project}/draft", json=body))
        done(self.senior.post(f"/plans/{self.project}/set-baseline", json={"budget": euros(900)}))
        self.on(self.manager, "start", effective_on=str(TODAY))
        late = str(TODAY + 120 * DAY)
        self.on(self.manager, "report-progress", as_of=str(TODAY), expected_completion=late, health="on track")
        wait_until(lambda: bool(self.exceptions()), "the exception is raised")
        (exception,) = self.exceptions()
        assert exception["awaits_id"] == self.team.senior.person
        step = {"explanation": "A second team.", "owner_id": self.team.manager.person, "due_on": str(TODAY + DAY)}
        answer = {"answer": "recovery plan", **step}
        done(self.senior.post(f"/exceptions/{exception['id']}/answer", json=answer))

    def exceptions(self) -> list[Json]:
        return items(self.office.get("/exceptions", params={"project_id": self.project}))

    def promise(self) -> None:
        """What the project is to bring, and by when."""
        what = {"name": "No paper", "measure": "payslips on paper a month", "baseline": "900", "target": "0"}
        of = {"project_id": self.project, "due_on": str(TODAY + 10 * DAY), "owner_id": self.team.manager.person}
        self.benefit = made(self.office.post("/benefits", json=what | of))

    def benefit_confirmed(self) -> None:
        """After the project has closed the benefit falls due, and finance confirms it."""
        self.business.company.move_clock(noon(11))
        path = f"/benefits/{self.benefit}"
        wait_until(lambda: done(self.office.get(path))["status"] == "due", "its day has come")
        self.business.settle()
        verdict = {"evidence": "No payslip was printed.", "confirmed_on": str(TODAY + 11 * DAY)}
        confirmation = f"/benefit-confirmations/{self.benefit}/confirm"
        done(self.business.controller.post(confirmation, json=verdict))
        wait_until(lambda: done(self.office.get(path))["status"] == "confirmed", "finance's verdict is heard")
        assert done(self.office.get(path))["project_id"] == self.project

    def risk(self) -> None:
        """A risk is accepted until a day; it ends by itself, materialises, and draws contingency once."""
        executive = self.business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
        made(executive.post("/risk-policies", json=policy().model_dump(mode="json")))
        body = {"title": "The vendor fails", "category": "operational", "division_id": self.team.division}
        of = {"project_id": self.project, "owner_id": self.team.junior.person}
        path = f"/risks/{made(self.sponsor.post('/risks', json=body | of))}"
        done(self.junior.post(f"{path}/analyse", json={"inherent": {"likelihood": 4, "impact": "major"}}))
        done(self.junior.post(f"{path}/evaluate", json={"rationale": "As it is."}))
        done(self.junior.post(f"{path}/treat", json={"treatment": "accept"}))
        asked = {"until": str(TODAY + 3 * DAY), "reason": "Nothing helps."}
        done(self.junior.post(f"{path}/ask-acceptance", json=asked))
        given = {"reason": "Until the tender."}
        assert self.junior.post(f"{path}/give-acceptance", json=given).status_code == 403
        done(self.head.post(f"{path}/give-acceptance", json=given))
        self.business.company.move_clock(noon(4))
        wait_until(lambda: done(self.office.get(path))["status"] == "evaluated", "the acceptance has expired")
        what = {"effect": "It is bankrupt.", "issue_title": "No vendor", "issue_due_on": str(TODAY + 30 * DAY)}
        happened = done(self.junior.post(f"{path}/materialise", json={**what, "contingency": euros(60)}))
        issue = happened["issue_id"]
        assert done(self.office.get(f"/issues/{issue}"))["project_id"] == self.project
        wait_until(lambda: done(self.office.get(path))["contingency"]["drawn"] is True, "finance has drawn it")

    def change(self) -> None:
        """A change inside a freeze is refused, moved behind it, carried out and adopted."""
        service = {"name": "Payroll", "summary": "", "division_id": self.team.division, "criticality": "high"}
        of = made(self.office.post("/services", json=service | {"owner_id": self.team.manager.person}))
        begins, ends = noon(4) + timedelta(hours=1), noon(4) + timedelta(hours=3)
        local = {"starts": begins.isoformat()[:16], "ends": ends.isoformat()[:16], "time_zone": "UTC"}
        freeze = {"name": "Month end", "kind": "freeze", "service_ids": [of]}
        made(self.office.post("/change-windows", json=freeze | local))
        body = {"title": "Switch over", "description": "", "kind": "normal", "division_id": self.team.division}
        asked = {**body, "service_ids": [of], "project_id": self.project}
        path = f"/changes/{made(self.junior.post('/changes', json=asked))}"
        done(self.office.post(f"{path}/assess", json={"risk": "low", "impact": "None."}))
        done(self.office.post(f"{path}/authorise", json={}))
        done(self.junior.post(f"{path}/plan-back-out", json={"back_out_plan": "Start the old one."}))
        inside = {"starts_at": begins.isoformat(), "ends_at": ends.isoformat()}
        refused(self.junior.post(f"{path}/schedule", json=inside), "inside-freeze")
        after = {"starts_at": ends.isoformat(), "ends_at": (ends + timedelta(hours=1)).isoformat()}
        done(self.junior.post(f"{path}/schedule", json=after))
        self.business.company.move_clock(noon(5))
        finished = (ends + timedelta(minutes=30)).isoformat()
        done(self.junior.post(f"{path}/record-implementation", json={"finished_at": finished}))
        done(self.office.post(f"{path}/review", json={"succeeded": True, "findings": "Well."}))
        done(self.junior.post(f"{path}/name-audience", json={"audience": "Staff", "size": 40, "target": 30}))
        using = {"audience": "Staff", "using": 30, "as_of": str(TODAY + 5 * DAY)}
        done(self.junior.post(f"{path}/report-adoption", json=using))
        done(self.office.post(f"{path}/close", json={}))

    def close(self) -> None:
        """The project closes with its verdicts and lessons; its exception is over."""
        self.on(self.manager, "begin-closing")
        verdicts = [{"criterion": criterion, "met": True, "evidence": "Seen."} for criterion in CRITERIA]
        ended = {"lessons": "Sooner.", "effective_on": str(TODAY + 5 * DAY)}
        self.on(self.senior, "close", outcome="succeeded", verdicts=verdicts, **ended)
        wait_until(lambda: self.exceptions()[0]["status"] == "closed", "nothing is left to decide")


def test_a_project_lives_from_a_wish_to_its_benefit(business: Business) -> None:
    story = Story(business)
    story.wish()
    story.signed(9000)
    story.gate()
    story.money()
    story.plan()
    story.promise()
    story.risk()
    story.change()
    told = shown(story)
    assert told["rating"] == "off track"
    assert {reason["rule"] for reason in told["reasons"]} >= {"schedule-forecast"}
    story.close()
    business.settle()
    assert shown(story)["outcome"] == "succeeded"
    risks = items(story.reader.get("/risks", params={"division_id": story.team.division}))
    assert [each["status"] for each in risks] == ["materialised"]
    story.benefit_confirmed()


def shown(story: Story) -> Json:
    """The project on reporting's page."""
    story.business.settle()
    health = items(story.reader.get("/portfolio/health", params={"division_id": story.team.division}))
    return next(each for each in health if each["id"] == story.project)
