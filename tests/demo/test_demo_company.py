"""The demo company: interrupted, loaded, and loaded again; whole, consistent, and dated from whatever day it is."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.store.fields import parts_of
from contracts.finance.savings import SavingsKind
from contracts.people import FundedKind
from contracts.portfolio import Stage
from contracts.portfolio.changes import ChangeKind, WindowKind
from contracts.portfolio.governance import GateDecision
from contracts.portfolio.technology import Quadrant
from contracts.roles import Role
from portolan.demo import PERSON_OF_ROLE, DemoProblem, begun_on, find, load
from portolan.demo.company import MEMBERS, division_budget_id, person_id, position_id, project_id, record_id
from portolan.demo.money import ACTUALS, REVERSED, TAKEN_OVER_SPEND
from portolan.demo.organisation import DIVISIONS, POSITIONS
from portolan.demo.paying import PAY
from portolan.demo.people import PEOPLE
from portolan.demo.projects import PROJECTS
from portolan.demo.qualifying import ASSESSMENTS
from portolan.demo.scenes import DemoCommand, in_turns
from portolan.demo.scouting import TECHNOLOGIES
from portolan.demo.skills import scheme_id, skill
from portolan.demo.story import story
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import AGGREGATES as OF_FINANCE
from services.finance.app import SERVICE as FINANCE
from services.finance.budgets.domain.division_budget.model import Status as DivisionBudgetStatus
from services.finance.budgets.domain.project_budget.model import Status as ProjectBudgetStatus
from services.finance.closing.domain.year_end import YearEndStatus
from services.finance.funding.domain.reservation import ReservationStatus
from services.finance.spending.domain.commitment import CommitmentStatus
from services.finance.spending.domain.expense import ExpenseStatus
from services.people.app import AGGREGATES
from services.people.app import SERVICE as PEOPLE_SERVICE
from services.people.development.domain.development_plan.model import GoalStatus, PlanStatus
from services.people.development.domain.mentorship import MentorshipStatus
from services.people.hiring.domain.candidacy.model import CandidacyStatus
from services.people.hiring.domain.vacancy import VacancyStatus
from services.people.performance.domain.performance_review.model import ReviewStatus
from services.people.performance.domain.review_cycle import CycleStatus
from services.people.qualifications.domain.model import CertificateStatus
from services.people.succession.domain.succession import Readiness
from services.people.tools.domain.tool import ToolStatus
from services.people.training.domain.enrolment import EnrolmentStatus
from services.people.training.domain.training_programme import ProgrammeStatus
from services.people.training.domain.training_session import SessionStatus
from services.portfolio.app import AGGREGATES as OF_PORTFOLIO
from services.portfolio.app import SERVICE as PORTFOLIO
from services.portfolio.policies.domain.exception import ExceptionStatus as PolicyExceptionStatus
from services.reporting.app import SERVICE as REPORTING
from tests.harness import Company, company, wait_until
from tests.infrastructure import Infrastructure
from tests.today import TODAY

DAYS = [
    date(2024, 2, 29),
    date(2025, 1, 1),
    date(2025, 3, 1),
    date(2025, 12, 31),
    date(2026, 3, 31),
    date(2028, 1, 1),
    TODAY,
]


class Interrupted(Exception):
    """The load ends half-way."""


@dataclass
class Loaded:
    """The company after loading, and how to load again."""

    company: Company
    said: list[tuple[int, int, str]]

    @property
    def urls(self) -> dict[str, str]:
        return {name: running.url for name, running in self.company.running.items()}

    def token(self, subject: str, roles: Sequence[str]) -> str:
        return self.company.issuer.token(subject, roles)

    def load(self, until: float = 1.0) -> None:
        def progress(done: int, whole: int, what: str) -> None:
            self.said.append((done, whole, what))
            if done > until * whole:
                raise Interrupted

        load(self.urls, self.token, TODAY, progress)

    def read(self, service: str, path: str) -> Any:
        client = self.company.running[service].client(Role.EXECUTIVE, subject=str(person_id("helena")))
        response = client.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def told(self, path: str) -> list[Any]:
        """What HR may read of a list, or, where no role may, the chief information officer of those below."""
        person, role = ("helena", Role.EXECUTIVE) if path == "/performance-reviews" else ("yasmin", Role.HR)
        client = self.company.running["people"].client(role, subject=str(person_id(person)))
        response = client.get(path, params={"page_size": 200})
        assert response.status_code == 200, response.text
        items: list[Any] = response.json()["items"]
        return items

    def held(self, path: str) -> list[Any]:
        """What the chief information officer reads of a list of portfolio."""
        items: list[Any] = self.read("portfolio", f"{path}?page_size=200")["items"]
        return items

    def booked(self, path: str) -> list[Any]:
        """What the chief information officer reads of a list of finance."""
        items: list[Any] = self.read("finance", f"{path}?page_size=200")["items"]
        return items

    def recorded(self) -> dict[str, int]:
        return {name: running.status()["recorded"] for name, running in self.company.running.items()}


@pytest.fixture(scope="module")
def loaded(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder) as made:
        for service in (PEOPLE_SERVICE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        demo = Loaded(made, [])
        assert begun_on(demo.urls, demo.token) is None
        for share in (0.3, 0.62, 0.8):
            with pytest.raises(Interrupted):
                demo.load(until=share)
        demo.load()
        made.settle()
        yield demo


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = loaded.recorded()
    loaded.load()
    loaded.company.settle()
    assert loaded.recorded() == before
    done, whole, _ = loaded.said[-1]
    assert done == whole == sum(len(scene.orders) for scene in story(TODAY))


def test_a_load_of_another_day_is_refused_with_the_day_to_go_on_with(loaded: Loaded) -> None:
    before = loaded.recorded()
    assert begun_on(loaded.urls, loaded.token) == TODAY
    with pytest.raises(DemoProblem, match=r"hire_person of Marit Solheim.*another 'today'"):
        load(loaded.urls, loaded.token, TODAY - timedelta(days=1), lambda *_: None)
    assert loaded.recorded() == before


def test_nothing_waits_aside_in_any_service(loaded: Loaded) -> None:
    assert {name: running.status()["parked"] for name, running in loaded.company.running.items()} == dict.fromkeys(
        loaded.company.running, 0
    )


def test_people_hold_positions_and_some_do_not_act(loaded: Loaded) -> None:
    persons = loaded.read("people", "/persons?page_size=200")["items"]
    assert Counter(person["employment"] for person in persons) == {
        "active": 60,
        "suspended": 1,
        "left": 2,
        "expected": 1,
    }
    assert all(person["appointment"] for person in persons if person["employment"] != "expected")
    assert sum(person["gate_waived"] for person in persons) == 2
    tops = {person["name"] for person in persons if person["line_manager_id"] is None and person["appointment"]}
    assert tops == {"Marit Solheim"}


def test_somebody_came_back_a_transfer_is_planned_and_a_leaving_was_recorded_by_mistake(loaded: Loaded) -> None:
    def read(key: str, more: str = "") -> Any:
        client = loaded.company.running["people"].client(Role.HR, subject=str(person_id("yasmin")))
        return client.get(f"/persons/{person_id(key)}{more}").json()

    (before,) = read("mehmet")["earlier"]
    assert before["hired_on"] < before["left_on"] < read("mehmet")["hired_on"]
    planned = read("samuel")["planned_appointment"]
    assert planned["position_id"] == str(position_id("desk-technician"))
    assert planned["planned_for"] > read("liv")["planned_leaving"]
    assert [each["type"] for each in read("annika", "/history")["items"]][-2:] == ["PersonLeft", "LeavingWithdrawn"]


def test_somebody_is_expected_and_an_appointment_was_corrected_and_both_days_are_kept(loaded: Loaded) -> None:
    client = loaded.company.running["people"].client(Role.HR, subject=str(person_id("yasmin")))
    newcomer = client.get(f"/persons/{person_id('zainab')}").json()
    assert (newcomer["employment"], newcomer["published_number"]) == ("expected", 0)
    assert newcomer["planned_appointment"]["planned_for"] == newcomer["planned_hire"]
    path = f"/persons/{person_id('yuto')}"
    events = client.get(f"{path}/history").json()["items"]
    recorded = next(each for each in events if each["type"] == "PersonAppointed")
    assert [each["type"] for each in events][-2:] == ["CorrectionRecorded", "EffectiveDayCorrected"]
    then = {"effective_on": recorded["data"]["effective_on"]}
    assert client.get(path, params=then).json()["appointment"] is None
    known = then | {"known_at": recorded["recorded_at"]}
    assert client.get(path, params=known).json()["appointment"] is not None


def test_projects_are_at_every_stage(loaded: Loaded) -> None:
    projects = loaded.read("portfolio", "/projects?page_size=200")["items"]
    assert len(projects) == 26
    assert {project["stage"] for project in projects} == set(Stage)
    assert {project["outcome"] for project in projects} == {None, "succeeded", "failed"}
    assert Counter(d["status"] for project in projects if (d := project["delegation"])) == {"active": 3, "offered": 1}
    refused = loaded.read("portfolio", f"/projects/{project_id('warehouse-robotics')}")
    assert (refused["stage"], refused["granted"]) == ("specified", None)
    initiatives = loaded.read("portfolio", "/initiatives")["items"]
    assert Counter(each["stage"] for each in initiatives) == {
        "running": 4,
        "completed": 1,
        "stopped": 1,
        "shaped": 1,
        "approved": 1,
    }


def test_money_is_what_the_tables_say(loaded: Loaded) -> None:
    budgets = loaded.read("finance", "/project-budgets?page_size=200")["items"]
    spent = sum(Decimal(budget["spent"]["amount"]) for budget in budgets)
    kept = [row for row in ACTUALS if (row.project, row.reference) != REVERSED[:2]]
    assert spent == sum(row.amount for row in (*kept, *TAKEN_OVER_SPEND))
    ordered = {order["status"] for order in loaded.read("finance", "/commitments?page_size=200")["items"]}
    assert ordered == set(CommitmentStatus)
    expenses = loaded.read("finance", "/expenses?page_size=200")["items"]
    assert {expense["status"] for expense in expenses} == set(ExpenseStatus)
    for expense in expenses:
        assert expense["submitted_by"] != expense["approved_by"]
    assert [UUID(budget["id"]) for budget in budgets if budget["overrun"]] == [project_id("demand-forecast")]
    assert Counter(budget["status"] for budget in budgets) == {"funded": 15, "closed": 5, "asked": 1, "refused": 1}
    divisions = loaded.read("finance", f"/division-budgets?page_size=200&fiscal_year={TODAY.year}")["items"]
    assert Counter(budget["status"] for budget in divisions) == {"approved": 12, "drafted": 1, "submitted": 1}
    last = loaded.read("finance", f"/division-budgets?page_size=200&fiscal_year={TODAY.year - 1}")["items"]
    assert Counter(budget["status"] for budget in last) == {"closed": 14}


def test_the_scorecard_shows_every_division_with_figures(loaded: Loaded) -> None:
    scorecard = loaded.read("reporting", "/divisions/scorecard")
    divisions = scorecard["divisions"]
    assert {division["name"] for division in divisions} == {division.name for division in DIVISIONS}
    for division in divisions:
        assert division["head"], division["name"]
        assert division["people"] > 0, division["name"]
        assert [money["currency"] for money in division["money"]] == ["EUR"], division["name"]
        assert Decimal(division["money"][0]["planned"]) > 0, division["name"]
    totals = {
        name: sum(division[name] for division in divisions)
        for name in ("people", "at_risk", "off_track", "disagreements", "stale", "unresolved", "stand_ins")
    }
    assert totals == {
        "people": 61,
        "at_risk": 2,
        "off_track": 3,
        "disagreements": 2,
        "stale": 1,
        "unresolved": 0,
        "stand_ins": 1,
    }


def test_a_project_declared_better_than_it_is_says_why(loaded: Loaded) -> None:
    projects = loaded.read("reporting", "/portfolio/health?disagrees=true")["items"]
    (watermelon,) = [project for project in projects if project["declared"] == "on track"]
    assert watermelon["name"] == "ERP finance upgrade"
    assert (watermelon["rating"], watermelon["reasons"][0]["rule"]) == ("off track", "cost-forecast")


def test_a_leavers_accountability_passed_up_the_line(loaded: Loaded) -> None:
    ledger = loaded.read("reporting", f"/accountability/ledger?project_id={project_id('depot-network')}")["items"]
    assert [(entry["person"], entry["basis"]) for entry in ledger] == [
        ("Gilles Tavernier", "named"),
        ("Marcus Oyelaran", "escalated"),
    ]


STATES: list[tuple[str, str, Set[str]]] = [
    ("/vacancies", "status", set(VacancyStatus)),
    # An offer lapses after its last day, which may not be over when it is made.
    ("/candidacies", "status", set(CandidacyStatus) - {CandidacyStatus.LAPSED, CandidacyStatus.HIRED}),
    ("/training-programmes", "status", set(ProgrammeStatus)),
    ("/training-sessions", "status", set(SessionStatus)),
    ("/enrolments", "status", set(EnrolmentStatus)),
    ("/tools", "status", set(ToolStatus)),
    ("/review-cycles", "status", set(CycleStatus)),
    # Five days after the calibration a review is left unanswered.
    ("/performance-reviews", "status", set(ReviewStatus) - {ReviewStatus.UNANSWERED}),
    ("/development-plans", "status", set(PlanStatus)),
    ("/development-plans", "goals.status", set(GoalStatus)),
    ("/mentorships", "status", set(MentorshipStatus)),
    ("/qualifications", "certificates.status", set(CertificateStatus)),
    ("/successions", "successors.readiness", set(Readiness)),
    # A hearing is held two days after the allegation, or later.
    ("/disciplinary-cases", "status", {"investigating", "charged", "closed"}),
]
"""What is there in people, in every state that a day can tell of; some come a moment later, by themselves."""


@pytest.mark.parametrize(
    ("path", "field", "expected"), STATES, ids=[f"{path[1:]} {field}" for path, field, _ in STATES]
)
def test_records_about_people_are_there_in_every_state(
    loaded: Loaded, path: str, field: str, expected: Set[str]
) -> None:
    wait_until(
        lambda: {value for item in loaded.told(path) for value in values(item, field)} == expected,
        f"{path} has {field} {', '.join(sorted(expected))}",
    )


def values(item: Any, field: str) -> list[str]:
    """The values of a field, of each part where it is one of parts."""
    name, _, rest = field.partition(".")
    if not rest:
        return [item[name]]
    found = item[name] or []
    return [value for part in (found if isinstance(found, list) else [found]) for value in values(part, rest)]


@pytest.mark.parametrize("path", [f"/{aggregate.path}" for aggregate in AGGREGATES])
def test_there_is_something_of_every_kind_in_people(loaded: Loaded, path: str) -> None:
    assert loaded.told(path)


def statuses(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, type[StrEnum]]]:
    """The fields that say how far something has come, those of its parts too, each with what it may say."""
    for name, field in model.model_fields.items():
        for part in parts_of(field.annotation):
            if isinstance(part, type) and issubclass(part, StrEnum) and name in STATUSES:
                yield f"{before}{name}", part
            elif isinstance(part, type) and issubclass(part, BaseModel) and name != SAID_ELSEWHERE:
                yield from statuses(part, f"{before}{name}.")


STATUSES = {"status", "stage", "ring"}
SAID_ELSEWHERE = "stated"
"""What the tool said from which a project was taken over."""
FOUND_LATER: dict[tuple[str, str], Set[str]] = {
    # A year end runs by itself, and is done in a moment.
    ("/year-ends", "status"): {YearEndStatus.RUNNING},
    # The rest of a hire's year is free when they leave.
    ("/reservations", "status"): {ReservationStatus.ENDED},
    # A granted one expires after its last day, which lies ahead when it is granted.
    ("/policy-exceptions", "status"): {PolicyExceptionStatus.EXPIRED},
}
"""Statuses that come on a later day than that of the load."""
OF_PORTFOLIO_STATUSES = [
    (f"/{aggregate.path}", field, {*may_be} - FOUND_LATER.get((f"/{aggregate.path}", field), set()))
    for aggregate in OF_PORTFOLIO
    for field, may_be in statuses(aggregate.decider.state)
]
KINDS: list[tuple[str, str, Set[Any]]] = [
    ("/outages", "withdrawn", {True, False}),
    ("/changes", "kind", set(ChangeKind)),
    ("/change-windows", "kind", set(WindowKind)),
    ("/gates", "decision", {None, *GateDecision}),
    ("/technologies", "quadrant", set(Quadrant)),
]
OF_IT = [*OF_PORTFOLIO_STATUSES, *KINDS]
"""What is there in portfolio, in every state; some come a moment later, by themselves."""


@pytest.mark.parametrize(("path", "field", "expected"), OF_IT, ids=[f"{path[1:]} {field}" for path, field, _ in OF_IT])
def test_records_of_the_portfolio_are_there_in_every_state(
    loaded: Loaded, path: str, field: str, expected: Set[Any]
) -> None:
    wait_until(
        lambda: {value for item in loaded.held(path) for value in values(item, field)} == expected,
        f"{path} has {field} {', '.join(sorted(map(str, expected)))}",
    )


@pytest.mark.parametrize("path", [f"/{each.path}" for each in OF_PORTFOLIO])
def test_there_is_something_of_every_kind_in_portfolio(loaded: Loaded, path: str) -> None:
    assert loaded.held(path)


OF_FINANCE_STATUSES: list[tuple[str, str, Set[Any]]] = [
    *(
        (f"/{aggregate.path}", field, {*may_be} - FOUND_LATER.get((f"/{aggregate.path}", field), set()))
        for aggregate in OF_FINANCE
        for field, may_be in statuses(aggregate.decider.state)
    ),
    ("/division-budgets", "status", set(get_args(DivisionBudgetStatus))),
    ("/project-budgets", "status", set(get_args(ProjectBudgetStatus))),
    ("/benefit-confirmations", "confirmed", {None, True, False}),
    ("/savings-measures", "kind", set(SavingsKind)),
    ("/reservations", "kind", set(FundedKind)),
]


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    OF_FINANCE_STATUSES,
    ids=[f"{path[1:]} {field}" for path, field, _ in OF_FINANCE_STATUSES],
)
def test_records_of_finance_are_there_in_every_state(loaded: Loaded, path: str, field: str, expected: Set[Any]) -> None:
    wait_until(
        lambda: {value for item in loaded.booked(path) for value in values(item, field)} == expected,
        f"{path} has {field} {', '.join(sorted(map(str, expected)))}",
    )


@pytest.mark.parametrize("path", [f"/{each.path}" for each in OF_FINANCE])
def test_there_is_something_of_every_kind_in_finance(loaded: Loaded, path: str) -> None:
    assert loaded.booked(path)


def test_the_last_year_ended_and_what_was_left_of_hardware_and_clouds_is_in_this_years_budgets(loaded: Loaded) -> None:
    (ended,) = [item for item in loaded.booked("/year-ends") if item["status"] == "done"]
    totals = {name: Decimal(amount) for name, amount in ended["totals"]["EUR"].items()}
    assert totals["current"] + totals["overspent"] == sum(
        totals[each] for each in ("granted", "spent", "carried", "lapsed")
    )
    budgets = loaded.booked("/division-budgets")
    carried = {item["fiscal_year"]: Decimal(0) for item in budgets}
    for item in budgets:
        carried[item["fiscal_year"]] += Decimal(item["carried_forward"])
    assert carried == {TODAY.year - 1: 0, TODAY.year: totals["carried"], TODAY.year + 1: 0}
    assert totals["carried"] > 64_000, "the order that was open, and shares of what was left"


def test_one_expense_has_a_first_approval_and_one_had_two(loaded: Loaded) -> None:
    first = [item for item in loaded.booked("/expenses") if item["first_approved_by"]]
    known = {item["reference"]: (item["status"], item["first_approved_by"], item["approved_by"]) for item in first}
    marcus, tomasz = str(person_id("marcus")), str(person_id("tomasz"))
    assert known == {"Invoice CP-81200": ("approved", marcus, tomasz), "Invoice SW-30012": ("submitted", marcus, None)}


def test_the_next_years_budgets_are_on_their_way_and_one_was_returned(loaded: Loaded) -> None:
    budgets = loaded.read("finance", f"/division-budgets?page_size=200&fiscal_year={TODAY.year + 1}")["items"]
    assert Counter(budget["status"] for budget in budgets) == {"drafted": 7, "submitted": 5, "approved": 2}
    path = f"/division-budgets/{division_budget_id('IT-DAT', TODAY.year + 1)}/history"
    steps = [each["type"] for each in loaded.read("finance", path)["items"]]
    assert steps == ["DivisionBudgetDrafted", "DivisionBudgetSubmitted", "DivisionBudgetReturned"]


def test_forecasts_are_kept_as_books_close_and_one_is_stated(loaded: Loaded) -> None:
    forecasts = {item["id"]: item for item in loaded.booked("/forecasts")}
    assert forecasts[str(division_budget_id("IT-OPS", TODAY.year))]["stated"]
    assert forecasts[str(division_budget_id("IT-OPS", TODAY.year - 1))]["frozen"]


def test_a_benefit_was_confirmed_after_all_and_another_waits_for_the_controller(loaded: Loaded) -> None:
    benefits = {item["name"]: item for item in loaded.held("/benefits")}
    revised = benefits["Hosting costs less"]
    assert (revised["first"]["confirmed"], revised["verdict"]["confirmed"]) == (False, True)
    assert Decimal(revised["verdict"]["measured"]["amount"]) == 547_000
    assert benefits["Depots stand still less"]["owner_id"] == str(person_id("marcus"))
    controller = loaded.company.running["finance"].client(Role.FINANCE_CONTROLLER, subject=str(person_id("jonas")))
    desk = controller.get("/desk").json()["decisions"]
    waiting = {item["name"] for item in desk if item["what"] == "confirm the benefit or not"}
    assert waiting == {"Contracts are signed sooner"}


def test_the_roadmap_of_it_was_published_twice_with_a_difference(loaded: Loaded) -> None:
    path = f"/roadmaps/{record_id('roadmap', 'IT')}/difference?before=1&after=2"
    moves = {(each["after"] or each["before"])["project_id"]: each for each in loaded.read("portfolio", path)["moved"]}
    gone, new = moves[str(project_id("virtual-agent"))], moves[str(project_id("backup"))]
    assert (gone["after"], new["before"]) == (None, None)
    assert set(moves) == {str(project_id(key)) for key in ("virtual-agent", "backup", "data-warehouse", "zero-trust")}


def test_a_policy_is_in_force_in_a_second_version_that_some_have_acknowledged(loaded: Loaded) -> None:
    id = record_id("policy", "security")
    assert loaded.read("portfolio", f"/policies/{id}")["in_force"]["policy_version"] == 2
    versions = Counter(
        item["policy_version"] for item in loaded.held("/policy-acknowledgements") if item["policy_id"] == str(id)
    )
    assert versions == {1: 3, 2: 5}


def test_remote_access_by_vpn_was_adopted_and_is_on_hold(loaded: Loaded) -> None:
    history = loaded.read("portfolio", f"/technologies/{record_id('technology', 'vpn')}/history")["items"]
    rings = [each["data"]["ring"] for each in history if each["type"] == "TechnologyMoved"]
    assert rings == ["adopt", "hold"]


def test_the_transport_system_is_late_and_dear_and_one_exception_awaits_its_manager(loaded: Loaded) -> None:
    raised = [item for item in loaded.held("/exceptions") if item["project_id"] == str(project_id("tms"))]
    answers = {item["forecast"]: (item["status"], item["awaits_id"], item["answer"]) for item in raised}
    joost = str(person_id("joost"))
    assert answers == {"cost": ("raised", joost, None), "schedule": ("answered", joost, "recovery plan")}
    (measured,) = loaded.read("portfolio", f"/projects/{project_id('tms')}/earned-value")["currencies"]
    assert Decimal(measured["cpi"]["value"]) < Decimal("0.96")
    assert Decimal(measured["spi"]["value"]) < Decimal("0.95")


def test_the_data_warehouse_has_a_second_baseline_and_is_off_track_all_the_same(loaded: Loaded) -> None:
    path = f"/projects/{project_id('data-warehouse')}/earned-value"
    events = loaded.read("portfolio", f"/plans/{project_id('data-warehouse')}/history")["items"]
    first, second = [each for each in events if each["type"] == "BaselineSet"]
    assert (loaded.read("portfolio", path)["baseline"], second["data"]["number"]) == (2, 2)

    def budget(known_at: str) -> Decimal:
        client = loaded.company.running["portfolio"].client(Role.EXECUTIVE, subject=str(person_id("helena")))
        (measured,) = client.get(path, params={"known_at": known_at}).json()["currencies"]
        return Decimal(measured["bac"])

    assert (budget(first["recorded_at"]), budget(second["recorded_at"])) == (Decimal(720_000), Decimal(778_000))
    health = loaded.read("portfolio", f"/project-health/{project_id('data-warehouse')}")
    assert (health["rating"], [each["rule"] for each in health["reasons"]]) == ("off track", ["schedule-forecast"])


def test_the_depots_go_on_as_planned(loaded: Loaded) -> None:
    assert loaded.read("portfolio", f"/project-health/{project_id('depot-network')}")["rating"] == "on track"
    (measured,) = loaded.read("portfolio", f"/projects/{project_id('depot-network')}/earned-value")["currencies"]
    assert abs(Decimal(measured["cpi"]["value"]) - 1) < Decimal("0.01")


def test_a_risk_is_accepted_by_somebody_else_one_is_not_and_one_is_an_issue_now(loaded: Loaded) -> None:
    risks = {item["id"]: item for item in loaded.held("/risks")}
    accepted, refused, happened = (
        risks[str(record_id("risk", key))] for key in ("single-line", "old-system", "calculations")
    )
    assert accepted["acceptance"]["given_by"] == str(person_id("marcus"))
    assert (refused["acceptance"], refused["asked"], refused["above_appetite"]) == (None, None, True)
    issue = loaded.read("portfolio", f"/issues/{happened['issue_id']}")
    assert (issue["risk_id"], issue["owner_id"]) == (happened["id"], str(person_id("thandiwe")))
    wait_until(
        lambda: loaded.read("portfolio", f"/risks/{happened['id']}")["contingency"]["drawn"], "the contingency is drawn"
    )


def test_the_dashboard_counts_and_lists_the_same_risks_above_the_appetite(loaded: Loaded) -> None:
    client = loaded.company.running["reporting"].client(Role.EXECUTIVE, subject=str(person_id("helena")))
    counted = sum(each["above_appetite"] for each in client.get("/risks/counts").json()["items"])
    token = loaded.token(str(person_id("helena")), [Role.EXECUTIVE])
    assert client.post("/session", json={"token": token}).status_code == 204
    (risks,) = [each["html"] for each in client.get("/dashboard/sections").json() if each["id"] == "risks"]
    listed = risks.partition("Above appetite</h3>")[2].partition("<tbody>")[2].count("<tr>")
    assert listed == counted == 3


def test_a_request_became_a_project_and_a_decision_was_superseded(loaded: Loaded) -> None:
    (converted,) = [item for item in loaded.held("/requests") if item["status"] == "converted"]
    project = loaded.read("portfolio", f"/projects/{converted['project_id']}")
    assert (project["name"], project["accountable_id"]) == (converted["title"], str(person_id("saoirse")))
    decisions = {item["id"]: item for item in loaded.held("/decisions")}
    later = decisions[str(record_id("decision", "two-regions"))]
    assert decisions[later["supersedes"]]["superseded_by"] == later["id"]


def test_nothing_is_scheduled_in_the_freeze_but_by_an_approved_model(loaded: Loaded) -> None:
    (freeze,) = [item for item in loaded.held("/change-windows") if item["kind"] == "freeze"]
    scheduled = [item for item in loaded.held("/changes") if item["stage"] == "scheduled"]
    inside = [
        item["kind"]
        for item in scheduled
        if item["starts_at"] < freeze["ends_at"] and freeze["starts_at"] < item["ends_at"]
    ]
    assert {item["kind"] for item in scheduled} == {"standard", "normal"}
    assert set(inside) <= {"standard"}


def test_one_engineer_has_more_than_their_hours_and_a_manager_above_allowed_it(loaded: Loaded) -> None:
    (overload,) = [item for item in loaded.held("/overloads") if item["live"]]
    assert (overload["person_id"], overload["approved_by"]) == (str(person_id("oskar")), [str(person_id("marcus"))])


ON_DESKS = {
    "joost": {"answer the exception"},
    "elif": {"approve or reject the change request", "decide at the gate"},
    "hendrik": {"name an owner of the issue", "decide at the gate"},
    "saoirse": {"the issue was escalated to you"},
    "rasmus": {"apply the change request"},
    "pavel": {"close or reopen the issue you raised"},
    "daan": {"assess the change"},
    "ravi": {"acknowledge the policy"},
    "andrei": {"review the change"},
    "henrik": {
        "follow the evaluation of a technology or dismiss it",
        "grant or refuse the exception to a policy",
        "approve the initiative",
        "publish the policy",
        "approve the policy",
    },
}
"""What awaits the main persons of the story at portfolio."""


@pytest.mark.parametrize("key", ON_DESKS)
def test_what_awaits_the_main_persons_is_on_their_desks(loaded: Loaded, key: str) -> None:
    client = loaded.company.running["portfolio"].client(*MEMBERS[key].roles, subject=str(person_id(key)))
    desk = client.get("/desk").json()
    assert {item["what"] for item in desk["decisions"]} >= ON_DESKS[key]


def test_a_session_of_which_nobody_has_told_is_overdue(loaded: Loaded) -> None:
    wait_until(
        lambda: (
            [item["id"] for item in loaded.told("/training-sessions") if item["overdue"]]
            == [str(record_id("training session", "awareness-south"))]
        ),
        "the session is overdue",
    )


def test_people_lack_what_their_positions_require(loaded: Loaded) -> None:
    def gap(key: str) -> Any:
        return loaded.read("people", f"/persons/{person_id(key)}/gaps")["gap"]

    wait_until(lambda: gap("davit")["missing_certificates"] == [scheme_id("CISA")], "the certificate has expired")
    assert gap("oskar")["missing_skills"] == [{"skill": skill("ITOP"), "required": 4, "held": 3}]
    assert [each["skill"] for each in gap("fatou")["stale_skills"]] == [skill("ITOP")]
    assert [each["scheme_id"] for each in gap("agnieszka")["expiring_certificates"]] == [scheme_id("PMP")]
    assert not any(gap("ilse").values())


def test_certificates_end_within_thirty_days_and_within_ninety(loaded: Loaded) -> None:
    def losing(days: int) -> set[str]:
        found = loaded.read("people", f"/qualification-forecast?days={days}&page_size=200")["items"]
        return {each["person_id"] for each in found if any(loss["kind"] == "certificate" for loss in each["losses"])}

    assert losing(30) == {str(person_id("agnieszka"))}
    assert losing(90) == {str(person_id(key)) for key in ("agnieszka", "amelie", "daan", "elif", "henrik")}


def test_a_renewed_certificate_lasts_for_another_term(loaded: Loaded) -> None:
    held = loaded.read("people", f"/qualifications/{person_id('rasmus')}")["certificates"]
    (renewed,) = [each for each in held if each["scheme_id"] == scheme_id("CISSP")]
    assert date.fromisoformat(renewed["expires_on"]) > TODAY + timedelta(days=1_000)
    assert renewed["credits"] == []


def test_a_critical_position_is_without_a_ready_successor(loaded: Loaded) -> None:
    successions = {item["id"]: item for item in loaded.told("/successions")}
    ciso = successions[str(position_id("ciso"))]
    assert ciso["critical"]
    assert Readiness.NOW not in {each["readiness"] for each in ciso["successors"]}
    assert successions[str(position_id("cio"))]["agreed"]


def test_last_years_reviews_are_complete_and_one_was_appealed(loaded: Loaded) -> None:
    cycle = record_id("review cycle", str(TODAY.year - 1))
    assert loaded.read("people", f"/review-cycles/{cycle}")["status"] == "completed"
    done = [item for item in loaded.told("/performance-reviews") if item["cycle_id"] == str(cycle)]
    assert Counter(item["status"] for item in done) == {"acknowledged": 3, "appeal decided": 1}


def test_one_person_is_paid_outside_the_band_and_it_is_said_why(loaded: Loaded) -> None:
    paid = loaded.told("/pay")
    assert len(paid) == len(PAY)
    assert [item["person_id"] for item in paid if item["outside_band"]] == [str(person_id("sanna"))]


def test_a_division_lies_in_another_time_zone_and_somebody_works_part_time(loaded: Loaded) -> None:
    zones = {division["code"]: division["time_zone"] for division in loaded.told("/divisions")}
    assert {code: zone for code, zone in zones.items() if zone} == {"CUS": "Africa/Casablanca"}
    weeks = f"/weekly-capacities/{person_id('liv')}"
    wait_until(lambda: loaded.read("people", weeks)["weeks"][0]["hours"] == "24.00", "there for 24 hours this week")


def test_nobody_is_assessed_before_they_came() -> None:
    hired = {person.key: person.hired for person in PEOPLE}
    assert not [row for row in ASSESSMENTS if row.months > hired[row.person]]


def test_nobody_has_evaluated_a_technology_before_they_came() -> None:
    hired = {person.key: person.hired for person in PEOPLE}
    evaluations = [each for technology in TECHNOLOGIES for each in technology.evaluations]
    assert not [each for each in evaluations if each.days > 30 * hired[each.by]]


def test_people_are_found_by_role_and_by_name() -> None:
    ids = {member.id: member for member in MEMBERS.values()}
    assert all(role in ids[id].roles for role, id in PERSON_OF_ROLE.items())
    assert set(PERSON_OF_ROLE) == {str(role) for role in Role} - {"administrator", "system"}
    assert [member.name for member in find("helena")] == ["Helena Brandstätter"]
    assert [member.name for member in find("chief information officer")] == ["Helena Brandstätter"]
    assert [member.name for member in find(str(person_id("jonas")))] == ["Jonas Ekberg"]
    assert {member.name for member in find("Network")} == {"Rui Figueiras", "Ravi Kaulgud", "Mateusz Kranc"}
    assert find(" ") == find("nobody") == []


def test_the_tables_name_each_other() -> None:
    assert len({person.name for person in PEOPLE}) == len(PEOPLE) == len(POSITIONS)
    assert {person.position for person in PEOPLE} == {position.key for position in POSITIONS}
    assert len({project.key for project in PROJECTS}) == len(PROJECTS)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_whatever_has_happened_lies_before_today(today: date) -> None:
    for order in orders(today):
        for name in ("effective_on", "as_of", "occurred_on", "started_on", "ended_on", "awarded_on", "earned_on"):
            if day := order.body.get(name):
                assert (date.fromisoformat(day) > today) == (order.nth == "planned"), order
        for name in ("until", "due_on", "expires_on", "return_by", "next_review_on"):
            if day := order.body.get(name):
                assert date.fromisoformat(day) > today or (order.nth == "due" and day == today.isoformat()), order


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_what_a_project_did_and_spent_comes_after_it_started(today: date) -> None:
    started = {order.id: order.body["effective_on"] for order in orders(today) if order.command == "start_project"}
    ended = {order.id: order.body["effective_on"] for order in orders(today) if order.command == "close_project"}
    for order in orders(today):
        day = order.body.get("occurred_on") or order.body.get("as_of")
        if day and order.id in started:
            assert started[order.id] < day < ended.get(order.id, "9999"), order


def test_every_command_has_a_key_of_its_own_and_one_person_per_thing_and_scene() -> None:
    keys = Counter((order.actor, order.command, order.key) for order in orders(TODAY))
    assert set(keys.values()) == {1}
    for scene in story(TODAY):
        actors: dict[UUID, str] = {}
        assert all(actors.setdefault(order.id, order.actor) == order.actor for order in scene.orders), scene.title


def test_what_goes_on_side_by_side_keeps_its_own_order() -> None:
    one, two = person_id("helena"), person_id("elif")
    by = [("helena", one), ("helena", one), ("elif", one), ("helena", one)]
    first = [DemoCommand(actor, "note", id, "", {}, str(number)) for number, (actor, id) in enumerate(by)]
    second = [DemoCommand("elif", "note", two, "", {})]
    scenes = list(in_turns("note", "people", [first, second]))
    assert [[order.actor for order in scene.orders] for scene in scenes] == [
        ["helena", "helena", "elif"],
        ["elif"],
        ["helena"],
    ]
    assert [order for scene in scenes for order in scene.orders if order.id == one] == first


def orders(today: date) -> list[DemoCommand]:
    return [order for scene in story(today) for order in scene.orders]
