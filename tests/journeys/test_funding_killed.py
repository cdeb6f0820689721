"""Finance's conversations while a worker is killed in each of their steps: nothing is doubled, nothing is lost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from tests import funding
from tests.business import Business, Team, done, euros, items, on_project, refused
from tests.harness import Company, company, working
from tests.infrastructure import Infrastructure
from tests.journeys.test_people_funding import Firm, hired_and_left, session_held, tool_issued
from tests.killed import Deed, Killed

RECORDED, SENT, APPLIED = Deed.RECORDED, Deed.SENT, Deed.APPLIED


@dataclass
class Steps:
    """The steps of a conversation; in each of them the worker is killed once, after a deed named for the step."""

    company: Company
    worker: Killed
    deeds: Sequence[Deed]
    done: int = 0

    def begin(self) -> None:
        self.company.settle()
        self.worker.at_next_step(self.deeds[self.done])

    def heard(self) -> None:
        """The worker was killed in the step, once, and everybody has heard of all of it."""
        self.done += 1
        self.worker.was_killed(self.done)
        self.company.settle()
        self.worker.was_killed(self.done)
        if self.done < len(self.deeds):
            self.begin()


@dataclass(frozen=True)
class Interrupted(Firm):
    """A firm in each of whose steps a worker is killed."""

    steps: Steps
    stands_still: ClassVar[bool] = False

    def heard(self) -> None:
        self.steps.heard()


@pytest.fixture(scope="module")
def running(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        for service in (PEOPLE, PORTFOLIO, FINANCE):
            made.start(service, worker=False)
        yield made


@contextmanager
def killing(running: Company, service: str, deeds: Sequence[Deed], folder: Path) -> Iterator[Steps]:
    """Everybody works, and a worker is killed in each step; at the end it was, nothing is parked, and figures agree."""
    with ExitStack() as stack:
        worker = stack.enter_context(Killed(running.running[service], folder))
        for name, other in running.running.items():
            if name != service:
                stack.enter_context(working(other))
        steps = Steps(running, worker, deeds)
        yield steps
        assert steps.done == len(deeds) == worker.kills
        assert all(each.status()["parked"] == 0 for each in running.running.values())
        controller = running.running["finance"].client(Role.FINANCE_CONTROLLER)
        assert done(controller.get("/figures-check", params={"page_size": 100}))["differences"] == []


def firm_of(running: Company, steps: Steps) -> Interrupted:
    """A team and its budget, of which everybody has heard."""
    business = Business(running)
    funding.switch(business, on=True)
    funding.state_rates(business)
    team = business.team()
    has = {"Staff": funding.cost("staff"), "Training": 1000, "Tools": 500, "Rent": 90_000}
    budget = funding.budget_of(business, team.division, has)
    steps.begin()
    return Interrupted(business, running, team, budget, rounds=(), steps=steps)


def told(firm: Firm) -> list[list[str]]:
    """What was told of each reservation of the division, in order."""
    client = firm.business.controller
    found = items(client.get("/reservations", params={"division_id": firm.team.division}))
    return [[event["type"] for event in items(client.get(f"/reservations/{each['id']}/history"))] for each in found]


@pytest.mark.parametrize(
    ("service", "deeds"),
    [
        # Finance only listens when the newcomer joins, and people hear nothing from it once the hire is funded.
        ("finance", (RECORDED, RECORDED, RECORDED, APPLIED, RECORDED)),
        ("people", (APPLIED, APPLIED, SENT, SENT, SENT)),
    ],
    ids=["finance", "people"],
)
def test_with_a_worker_killed_in_each_of_its_five_steps_a_hire_ends_the_same(
    running: Company, service: str, deeds: Sequence[Deed], tmp_path: Path
) -> None:
    with killing(running, service, deeds, tmp_path) as steps:
        firm = firm_of(running, steps)
        hired_and_left(firm)
        asked = ["FundingRequested", "HiringFundingRefused", "RefusalExplained", "FundingRequested", "HiringFunded"]
        assert told(firm) == [[*asked, "FundingTakenUp", "RestFreed"]], "each step once"


def test_with_finances_worker_killed_in_each_of_its_three_steps_a_session_held_ends_the_same(
    running: Company, tmp_path: Path
) -> None:
    with killing(running, "finance", [RECORDED] * 3, tmp_path) as steps:
        firm = firm_of(running, steps)
        session_held(firm)
        refusal = ["FundingRequested", "TrainingFundingRefused", "RefusalExplained"]
        assert told(firm) == [[*refusal, "FundingRequested", "TrainingFunded", "FundingTakenUp"]], "each step once"


def test_with_finances_worker_killed_in_each_of_its_three_steps_tools_end_the_same(
    running: Company, tmp_path: Path
) -> None:
    with killing(running, "finance", [RECORDED] * 3, tmp_path) as steps:
        firm = firm_of(running, steps)
        tool_issued(firm)
        issued = ["FundingRequested", "ToolFunded", "FundingTakenUp"]
        declined = ["FundingRequested", "ToolFundingRefused", "RefusalExplained", "FundingReleased"]
        assert sorted(told(firm)) == sorted([issued, declined]), "each step once"


@pytest.mark.parametrize(
    ("service", "deeds"),
    [("finance", (RECORDED, RECORDED, RECORDED)), ("portfolio", (SENT, APPLIED, SENT))],
    ids=["finance", "portfolio"],
)
def test_with_a_worker_killed_in_each_of_its_three_steps_the_money_of_a_project_ends_the_same(
    running: Company, service: str, deeds: Sequence[Deed], tmp_path: Path
) -> None:
    with killing(running, service, deeds, tmp_path) as steps:
        business = Business(running)
        team = business.team()
        budget = business.division_budget(team.division, 1000)
        project = funded_and_cancelled(business, team, budget, steps)
        path = f"/project-budgets/{project}"
        assert told_of(business.controller, path, "Project") == [
            "ProjectBudgetOpened",
            "ProjectFundingConfirmed",
            "ProjectBudgetClosed",
            "ProjectAllotmentReturned",
        ]
        stages = ["ProjectApproved", "ProjectFunded", "ProjectCancelled"]
        assert told_of(business.office, f"/projects/{project}", *stages) == stages
        assert done(business.controller.get(path))["returned"] == euros(800)
        other = business.approved(team, euros(1001))
        refused(business.fund(other, euros(1001), budget), "exceeds-division-budget")
        done(business.fund(other, euros(1000), budget))


def funded_and_cancelled(business: Business, team: Team, budget: str, steps: Steps) -> str:
    """A project asks for its money, gets it, and is cancelled."""
    project = business.propose(team)
    business.specify(team, project, euros(800))
    steps.begin()
    business.approve(team, project)
    steps.heard()
    refused(business.fund(project, euros(5000), budget), "exceeds-division-budget")
    done(business.fund(project, euros(800), budget))
    steps.heard()
    assert done(business.office.get(f"/projects/{project}"))["stage"] == "funded"
    done(on_project(business.office, project, "cancel", reason="Bought instead."))
    steps.heard()
    return project


def told_of(client: httpx.Client, path: str, *names: str) -> list[str]:
    types = [event["type"] for event in items(client.get(f"{path}/history"))]
    return [each for each in types if each.startswith(names)]
