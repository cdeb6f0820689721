"""Planning over HTTP: baselines and change requests, earned value of any day and moment, health, exceptions."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import finance
from contracts.roles import Role
from contracts.values import Money
from tests.business import Json, Team, done, euros, items, made, on_project, refused, specification
from tests.harness import wait_until
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY

DAY = timedelta(days=1)
START = TODAY - 9 * DAY


@pytest.fixture(scope="module")
def team(business: PortfolioAlone) -> Team:
    return business.team()


@pytest.fixture(scope="module")
def senior(business: PortfolioAlone, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.senior)


@pytest.fixture(scope="module")
def head(business: PortfolioAlone, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.head)


@pytest.fixture
def project(business: PortfolioAlone, team: Team, senior: httpx.Client) -> str:
    """A project that has started, with a budget of 1,000 euros."""
    id = business.funded(team)
    done(on_project(senior, id, "start", effective_on=str(START)))
    return id


def package(value: str | int, days: int = 20, **changes: Any) -> Json:
    known = {"package_id": str(uuid4()), "name": "Build", "planned_value": str(value)}
    return {**known, "plan": {"start": str(START), "end": str(START + (days - 1) * DAY)}, **changes}


def planned(senior: httpx.Client, project: str, *packages: Json, milestones: list[Json] | None = None) -> None:
    """Draft a plan and freeze it."""
    body = {"currency": "EUR", "packages": list(packages), "milestones": milestones or []}
    done(senior.post(f"/plans/{project}/draft", json=body))
    total = sum(Decimal(each["planned_value"]) for each in packages)
    done(senior.post(f"/plans/{project}/set-baseline", json={"budget": euros(str(total))}))


def spend(business: PortfolioAlone, project: str, amount: int, day: date = TODAY) -> None:
    """What finance says of money that was spent, or taken back."""
    sums = {"planned": Decimal(), "committed": Decimal(), "spent": Decimal(amount)}
    charged = finance.ProjectBudgetCharged(project_id=UUID(project), category="build", **sums, occurred_on=day)
    business.neighbours.tell("finance", f"project-budget-{project}", charged)


def earned_value(client: httpx.Client, path: str, **asked: str) -> Mapping[str, Any]:
    """The figures in euros; amounts and indices as decimals."""
    answer = done(client.get(f"{path}/earned-value", params=asked))
    found: Json = next((each for each in answer["currencies"] if each["currency"] == "EUR"), {})
    return {
        name: Decimal(each["value"]) if isinstance(each, dict) and each["value"] is not None
        else each["why"] if isinstance(each, dict)
        else Decimal(each)
        for name, each in found.items()
        if name != "currency"
    }  # fmt: skip


def test_earned_value_of_a_day_of_a_moment_and_of_all_above(
    business: PortfolioAlone, team: Team, senior: httpx.Client, project: str
) -> None:
    work = package(1000)
    planned(senior, project, work)
    reported = {"as_of": str(TODAY), "packages": [{"package_id": work["package_id"], "percent_complete": "40"}]}
    done(senior.post(f"/plans/{project}/report-work", json=reported))
    before = datetime.now(UTC).isoformat()
    spend(business, project, 500, TODAY - DAY)
    path = f"/projects/{project}"
    wait_until(lambda: earned_value(senior, path)["ac"] == 500, "finance was heard")
    now = earned_value(senior, path)
    assert [now[name] for name in ("bac", "pv", "ev", "ac")] == [1000, 500, 400, 500]
    assert [now[name] for name in ("cv", "sv", "cpi", "spi")] == [-100, -100, Decimal("0.8"), Decimal("0.8")]
    assert [now[name] for name in ("eac_cpi", "eac_atypical", "eac_composite")] == [1250, 1100, Decimal("1437.5")]
    assert [now[name] for name in ("etc", "vac")] == [750, -250]
    assert earned_value(senior, path, at=str(TODAY - DAY)) == {}, "the baseline is in force from today on"
    assert earned_value(senior, path, known_at=before)["ac"] == 0
    assert earned_value(senior, path, known_at=before)["ev"] == 400
    later = earned_value(senior, path, at=str(TODAY + 30 * DAY))
    assert [later[name] for name in ("pv", "ev", "ac")] == [1000, 400, 500]
    division = earned_value(senior, f"/divisions/{team.division}")
    assert division["ev"] >= 400
    stood = datetime.now(UTC).isoformat()
    assert earned_value(senior, f"/divisions/{team.division}", known_at=stood) == division


def test_a_division_is_the_sum_of_its_projects_and_of_all_below_it(business: PortfolioAlone) -> None:
    team = business.team()
    senior = business.as_person("portfolio", team.senior)
    projects = []
    for value, days in ((700, 7), (300, 13), (999, 30)):
        id = business.funded(team)
        done(on_project(senior, id, "start", effective_on=str(START)))
        planned(senior, id, package(value, days), package(value + 1, days, technique="50/50"))
        projects.append(id)
    spend(business, projects[0], 70, TODAY - 3 * DAY)
    spend(business, projects[1], 30)
    wait_until(
        lambda: [earned_value(senior, f"/projects/{id}")["ac"] for id in projects] == [70, 30, 0], "finance was heard"
    )
    for day in (TODAY, TODAY + 3 * DAY, TODAY + 60 * DAY):
        single = [earned_value(senior, f"/projects/{id}", at=str(day)) for id in projects]
        together = earned_value(senior, f"/divisions/{team.division}", at=str(day))
        for name in ("bac", "pv", "ev", "ac"):
            assert abs(together[name] - sum(each[name] for each in single)) < Decimal("0.00001"), (name, day)
    spend(business, projects[0], -70, TODAY - 3 * DAY)
    wait_until(lambda: earned_value(senior, f"/divisions/{team.division}")["ac"] == 30, "the reversal was heard")


def test_what_is_spent_while_the_first_baseline_is_set_counts_once(
    business: PortfolioAlone, team: Team, senior: httpx.Client
) -> None:
    project = business.funded(team)
    body = {"currency": "EUR", "packages": [package(1000)], "milestones": []}
    done(senior.post(f"/plans/{project}/draft", json=body))

    def spend_all() -> None:
        for _ in range(12):
            spend(business, project, 10)

    spending = Thread(target=spend_all)
    spending.start()
    done(senior.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    spending.join()
    wait_until(lambda: earned_value(senior, f"/projects/{project}")["ac"] == 120, "all of it is counted")
    spend(business, project, 1)
    wait_until(lambda: earned_value(senior, f"/projects/{project}")["ac"] == 121, "and none of it twice")


def test_however_much_was_spent_before_the_first_baseline_all_of_it_is_counted_a_bounded_part_at_once(
    business: PortfolioAlone, team: Team, senior: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.portfolio.planning.facts.MOST_COUNTED", 2)
    project = business.funded(team)
    for _ in range(7):
        spend(business, project, 10)
    done(
        senior.post(f"/plans/{project}/draft", json={"currency": "EUR", "packages": [package(1000)], "milestones": []})
    )
    done(senior.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    wait_until(lambda: earned_value(senior, f"/projects/{project}")["ac"] == 70, "all of it is counted")
    moved = [each for each in items(senior.get(f"/plans/{project}/history")) if each["type"] == "EarnedValueMoved"]
    assert max(sum(float(point["actual"]) for point in each["data"]["points"]) for each in moved) == 20


def test_a_milestone_is_on_the_desk_until_it_is_met(team: Team, senior: httpx.Client, project: str) -> None:
    milestone = {"milestone_id": str(uuid4()), "name": "Launch", "due_on": str(TODAY)}
    planned(senior, project, package(1000), milestones=[milestone])

    def due() -> list[str]:
        return [item["id"] for item in done(senior.get("/desk"))["due"] if item["what"] == "a milestone is to be met"]

    assert project in due()
    met = {"milestone_id": milestone["milestone_id"], "effective_on": str(TODAY)}
    done(senior.post(f"/plans/{project}/meet-milestone", json=met))
    assert project not in due()


def test_the_desk_names_the_project_and_its_milestone_beside_their_ids(
    team: Team, senior: httpx.Client, head: httpx.Client, project: str
) -> None:
    name = done(senior.get(f"/projects/{project}"))["name"]
    planned(
        senior,
        project,
        package(1000),
        milestones=[{"milestone_id": str(uuid4()), "name": "Pilot", "due_on": str(TODAY)}],
    )
    asked = {"project_id": project, "subject": "baseline", "reason": "Dearer.", "budget": euros(1300)}
    path = f"/change-requests/{made(senior.post('/change-requests', json=asked))}"

    def named(client: httpx.Client) -> set[tuple[str, str]]:
        desk = done(client.get("/desk"))
        return {(item["what"], item["name"]) for part in ("decisions", "due") for item in desk[part]}

    assert {("assess the change request", name), ("a milestone is to be met", f"{name}: Pilot")} <= named(senior)
    done(senior.post(f"{path}/assess", json={"cost_effect": "300", "days_effect": 0}))
    assert ("approve or reject the change request", name) in named(head)
    done(head.post(f"{path}/approve", json={}))
    assert ("apply the change request", name) in named(senior)


def test_unknown_records_have_no_earned_value(senior: httpx.Client) -> None:
    for kind in ("projects", "initiatives", "divisions"):
        assert senior.get(f"/{kind}/{uuid4()}/earned-value").status_code == 404


def test_a_baseline_changes_by_an_approved_change_request(
    business: PortfolioAlone, team: Team, senior: httpx.Client, head: httpx.Client, project: str
) -> None:
    planned(senior, project, package(1000))
    body = {"currency": "EUR", "packages": [package(600), package(700)]}
    done(senior.post(f"/plans/{project}/draft", json=body))
    refused(
        senior.post(f"/plans/{project}/set-baseline", json={"budget": euros(1300)}), "baseline-needs-change-request"
    )
    asked = {"project_id": project, "subject": "baseline", "reason": "A supplier is dearer.", "budget": euros(1300)}
    request = made(senior.post("/change-requests", json=asked))
    path = f"/change-requests/{request}"
    refused(senior.post(f"{path}/apply", json={}), "not-at-this-step")
    done(senior.post(f"{path}/assess", json={"cost_effect": "300", "days_effect": 0}))
    refused(senior.post(f"{path}/approve", json={}), "raiser-does-not-approve", 403)
    done(head.post(f"{path}/approve", json={}))
    done(senior.post(f"{path}/apply", json={}))
    assert done(senior.get(f"/plans/{project}"))["baseline"]["number"] == 2
    assert earned_value(senior, f"/projects/{project}")["bac"] == 1300


def test_an_approved_change_whose_draft_does_not_add_up_changes_nothing(
    senior: httpx.Client, head: httpx.Client, project: str
) -> None:
    planned(senior, project, package(1000))
    asked = {"project_id": project, "subject": "baseline", "reason": "Dearer.", "budget": euros(1300)}
    path = f"/change-requests/{made(senior.post('/change-requests', json=asked))}"
    done(senior.post(f"{path}/assess", json={"cost_effect": "300", "days_effect": 0}))
    done(head.post(f"{path}/approve", json={}))
    refused(senior.post(f"{path}/apply", json={}), "baseline-sums")
    assert done(senior.get(path))["status"] == "approved"
    assert done(senior.get(f"/plans/{project}"))["baseline"]["number"] == 1


def test_a_signed_specification_changes_by_a_change_request_that_the_sponsor_approves(
    business: PortfolioAlone, team: Team, senior: httpx.Client, head: httpx.Client, project: str
) -> None:
    changed = specification(scope="Payslips and pensions.")
    refused(on_project(senior, project, "write-specification", **changed), "specification-frozen")
    asked = {"project_id": project, "subject": "specification", "reason": "A law.", "specification": changed}
    path = f"/change-requests/{made(senior.post('/change-requests', json=asked))}"
    done(senior.post(f"{path}/assess", json={"cost_effect": "0", "days_effect": 0, "scope_effect": "Pensions."}))
    assert head.post(f"{path}/approve", json={}).status_code == 403
    done(business.as_person("portfolio", team.sponsor).post(f"{path}/approve", json={}))
    done(senior.post(f"{path}/apply", json={}))
    found = done(senior.get(f"/projects/{project}"))
    assert (found["specification"]["scope"], found["specification"]["version"]) == ("Payslips and pensions.", 2)
    assert found["specification"]["signed_by"] == team.sponsor.person
    assert found["stage"] == "in progress"


def health_of(client: httpx.Client, project: str) -> Json:
    response = client.get(f"/project-health/{project}")
    return dict(response.json()) if response.status_code == 200 else {}


def test_health_follows_the_facts_with_rule_sentence_and_event(senior: httpx.Client, project: str) -> None:
    planned(senior, project, package(1000, 100))
    wait_until(lambda: health_of(senior, project).get("rating") == "on track", "it is judged")
    late = str(START + 112 * DAY)
    done(on_project(senior, project, "report-progress", as_of=str(TODAY), expected_completion=late, health="on track"))
    wait_until(lambda: health_of(senior, project)["rating"] == "off track", "it is judged again")
    found = health_of(senior, project)
    (reason,) = found["reasons"]
    assert (reason["rule"], reason["type"]) == ("schedule-forecast", "ProgressReported")
    assert "Expected 13 days after" in reason["sentence"]
    assert found["disagrees"] is True
    listed = items(senior.get("/project-health", params={"disagrees": "true"}))
    assert project in [each["id"] for each in listed]


def test_who_declares_at_risk_says_what_is_done_about_it(team: Team, senior: httpx.Client, project: str) -> None:
    said = {"as_of": str(TODAY), "health": "at risk"}
    refused(on_project(senior, project, "report-progress", **said), "recovery-step-required")
    step = {"step": "A second supplier.", "owner_id": str(uuid4()), "due_on": str(TODAY + DAY)}
    refused(on_project(senior, project, "report-progress", **said, recovery=step), "person-not-known-yet")
    step["owner_id"] = team.manager.person
    done(on_project(senior, project, "report-progress", **said, recovery=step))


def exceptions_of(client: httpx.Client, project: str) -> list[Json]:
    return items(client.get("/exceptions", params={"project_id": project}))


def test_a_forecast_beyond_tolerance_raises_one_exception_until_it_is_back_within(
    business: PortfolioAlone, team: Team, senior: httpx.Client, head: httpx.Client, project: str
) -> None:
    planned(senior, project, package(1000, 100))
    late = {"as_of": str(TODAY), "expected_completion": str(START + 120 * DAY)}
    done(on_project(senior, project, "report-progress", **late))
    wait_until(lambda: len(exceptions_of(senior, project)) == 1, "the exception is raised")
    (found,) = exceptions_of(senior, project)
    assert (found["forecast"], found["status"], found["awaits_id"]) == ("schedule", "raised", team.senior.person)
    desk = done(senior.get("/desk"))
    name = done(senior.get(f"/projects/{project}"))["name"]
    assert (found["id"], name) in [(each["id"], each["name"]) for each in desk["decisions"]]
    stranger = business.system("portfolio", Role.STAFF, subject=str(uuid4()))
    path = f"/exceptions/{found['id']}"
    assert stranger.post(f"{path}/answer", json={"answer": "stop"}).status_code == 403
    refused(senior.post(f"{path}/answer", json={"answer": "recovery plan"}), "recovery-step-required")
    plan = {"explanation": "Two more people.", "owner_id": team.manager.person, "due_on": str(TODAY + DAY)}
    answered = done(senior.post(f"{path}/answer", json={"answer": "recovery plan", **plan}))
    assert (answered["status"], Decimal(answered["hours"]) >= 0) == ("answered", True)
    done(on_project(senior, project, "report-progress", as_of=str(TODAY), expected_completion=str(START + 99 * DAY)))
    wait_until(lambda: exceptions_of(senior, project)[0]["status"] == "closed", "it is back within tolerance")


def test_an_exception_follows_who_answers_for_the_project(
    business: PortfolioAlone, team: Team, senior: httpx.Client, project: str
) -> None:
    planned(senior, project, package(1000, 100))
    late = {"as_of": str(TODAY), "expected_completion": str(START + 120 * DAY)}
    done(on_project(senior, project, "report-progress", **late))
    wait_until(lambda: len(exceptions_of(senior, project)) == 1, "the exception is raised")
    yours = {"accountable_id": team.head.person, "reason": "Yours."}
    done(on_project(senior, project, "hand-over-accountability", **yours))
    wait_until(lambda: exceptions_of(senior, project)[0]["awaits_id"] == team.head.person, "it awaits the successor")
    assert exceptions_of(senior, project)[0]["level"] == 0


def test_the_answer_to_stop_cancels_the_project(senior: httpx.Client, head: httpx.Client, project: str) -> None:
    planned(senior, project, package(1000, 100))
    late = {"as_of": str(TODAY), "expected_completion": str(START + 120 * DAY)}
    done(on_project(senior, project, "report-progress", **late))
    wait_until(lambda: len(exceptions_of(senior, project)) == 1, "the exception is raised")
    (found,) = exceptions_of(senior, project)
    done(head.post(f"/exceptions/{found['id']}/answer", json={"answer": "stop", "explanation": "Not worth it."}))
    assert done(senior.get(f"/projects/{project}"))["stage"] == "cancelled"
    wait_until(lambda: exceptions_of(senior, project)[0]["status"] == "closed", "nothing is left to decide")
    wait_until(lambda: health_of(senior, project)["rating"] is None, "an ended project is not rated")


def test_another_policy_judges_every_project_again(
    business: PortfolioAlone, senior: httpx.Client, project: str
) -> None:
    planned(senior, project, package(1000, 100))
    soon = {"as_of": str(TODAY), "expected_completion": str(START + 103 * DAY)}
    done(on_project(senior, project, "report-progress", **soon))
    wait_until(lambda: health_of(senior, project).get("rating") == "on track", "it is judged")
    policy = f"/portfolio-policies/{UUID(int=0)}/set-limits"
    executive = business.system("portfolio", Role.EXECUTIVE)
    done(executive.post(policy, json={"schedule_at_risk": "2", "reason": "Stricter."}))
    wait_until(lambda: health_of(senior, project)["rating"] == "at risk", "it is judged by the new limit")
    done(executive.post(policy, json={"schedule_at_risk": "5", "reason": "As it was."}))
    wait_until(lambda: health_of(senior, project)["rating"] == "on track", "it is judged by the old limit")


def test_a_project_taken_over_follows_what_its_source_and_finance_say_in_whatever_order(
    business: PortfolioAlone, team: Team
) -> None:
    project, office = str(uuid4()), business.office
    granted = finance.ProjectBudgetTakenOver(
        project_id=UUID(project),
        division_id=UUID(team.division),
        granted=Money(amount=Decimal(1000), currency="EUR"),
        source="Ledger",
    )
    business.neighbours.tell("finance", f"project-budget-{project}", granted)
    spend(business, project, 90)
    business.settle()
    assert office.get(f"/plans/{project}").status_code == 404
    days = {"start": str(START), "end": str(START + 19 * DAY)}
    source = {"system": "Ledger", "reference": project}
    known = {"name": "Ledger", "summary": "", "division_id": team.division, "source": source, "plan": days}
    done(office.post(f"/projects/{project}/take-over", json={**known, "stage": "in progress"}))
    done(on_project(office, project, "report-progress", as_of=str(TODAY), percent_complete="30"))
    path = f"/projects/{project}"
    wait_until(lambda: earned_value(office, path).get("ev") == 300, "the plan is taken over and the report counts")
    assert [earned_value(office, path)[name] for name in ("bac", "pv", "ac")] == [1000, 500, 90]
    assert earned_value(office, path, at=str(START))["pv"] == 50
    corrected = finance.TakenOverBudgetCorrected(
        project_id=UUID(project), granted=Money(amount=Decimal(2000), currency="EUR"), reason="Wrong."
    )
    business.neighbours.tell("finance", f"project-budget-{project}", corrected)
    wait_until(lambda: earned_value(office, path)["bac"] == 2000, "the correction is heard")
    assert [earned_value(office, path)[name] for name in ("pv", "ev", "ac")] == [1000, 600, 90]
    closed = str(uuid4())
    elsewhere = {**known, "name": "Closed", "source": {"system": "Ledger", "reference": closed}, "stage": "closed"}
    done(office.post(f"/projects/{closed}/take-over", json=elsewhere))
    of_closed = granted.model_copy(update={"project_id": UUID(closed)})
    business.neighbours.tell("finance", f"project-budget-{closed}", of_closed)
    spend(business, closed, 90)
    business.settle()
    assert health_of(office, closed)["rating"] is None
    path = f"/projects/{closed}"
    wait_until(lambda: earned_value(office, path)["ev"] == 1000, "what was closed elsewhere is complete")
    assert earned_value(office, path)["ac"] == 90
    assert business.company.running["portfolio"].status()["parked"] == 0
