"""The views over HTTP: who reads them, pages without gaps or doubles, filters, freshness, waiting, exact decimals."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.http.paging import write_token
from contracts.roles import Role
from tests import plain_http
from tests.business import (
    Business,
    Json,
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
)
from tests.today import TODAY

READERS = [Role.EXECUTIVE, Role.PORTFOLIO_OFFICE, Role.FINANCE_CONTROLLER, Role.HR, Role.MANAGER, Role.ADMINISTRATOR]
OTHERS = [Role.STAFF, Role.BUSINESS_USER]
VIEWS = [
    "/divisions/scorecard",
    "/divisions/00000000-0000-4000-8000-000000000000/scorecard",
    "/portfolio/health",
    "/accountability",
    "/accountability/ledger",
    "/spend",
    "/takeovers?system=Ledger",
    "/freshness",
]
ORDER = {"off track": 0, "at risk": 1, "on track": 2, None: 3}


@pytest.fixture(scope="module")
def reader(business: Business) -> httpx.Client:
    return business.system("reporting", Role.EXECUTIVE)


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    """Whose projects come and go."""
    return business.team()


@pytest.fixture(scope="module")
def shown_team(business: Business) -> Team:
    """Whose projects are those that are shown, and no others."""
    return business.team()


@pytest.fixture(scope="module")
def shown(business: Business, shown_team: Team) -> dict[str, list[str]]:
    """The team's projects by what there is to say of them; several share a name."""
    team = shown_team

    def under_way(name: str) -> str:
        project = business.propose(team, name=name)
        business.specify(team, project, euros(100))
        business.approve(team, project)
        return project

    running = {
        kind: [under_way("Payroll") for _ in range(2)] + [under_way(kind.title())]
        for kind in ("sound", "watermelon", "resting")
    }
    proposed = [business.propose(team, name="Payroll") for _ in range(2)]
    business.settle()
    for project in [one for those in running.values() for one in those]:
        done(business.fund(project, euros(100)))
    business.settle()
    for kind, projects in running.items():
        for project in projects:
            done(on_project(business.office, project, "start", effective_on=str(TODAY)))
            said = {"as_of": str(TODAY), "health": "on track"}
            if kind == "watermelon":
                said["expected_completion"] = str(TODAY + timedelta(days=300))
            done(on_project(business.office, project, "report-progress", **said))
            if kind == "resting":
                done(on_project(business.office, project, "put-on-hold", reason="Strike."))
    business.settle()
    return {**running, "proposed": proposed}


def pages(client: httpx.Client, size: int, **filters: Any) -> list[list[Json]]:
    """All pages of the projects' health."""
    found: list[list[Json]] = []
    token = None
    while True:
        asked = {"page_size": size, **filters} | ({"page_token": token} if token else {})
        page = done(client.get("/portfolio/health", params=asked))
        found.append(page["items"])
        if (token := page["next_page_token"]) is None:
            return found


@pytest.mark.parametrize("path", VIEWS)
def test_the_picture_is_for_those_who_manage(business: Business, path: str) -> None:
    for role in OTHERS:
        refused(business.system("reporting", role, subject=str(uuid4())).get(path), "not-authorised", 403)
    for role in READERS:
        assert business.system("reporting", role).get(path).status_code in (200, 404)
    anonymous = plain_http.get(business.company.running["reporting"].url + path)
    assert (anonymous.status_code, anonymous.headers["content-type"]) == (401, "application/problem+json")


def test_health_is_listed_in_pages_without_gaps_or_doubles_worst_first(
    reader: httpx.Client, shown_team: Team, shown: dict[str, list[str]]
) -> None:
    expected = sorted(one for projects in shown.values() for one in projects)
    (whole,) = pages(reader, 500, division_id=shown_team.division)
    order = [(ORDER[item["rating"]], item["name"], item["id"]) for item in whole]
    assert order == sorted(order)
    for size in (1, 2, 3, 5):
        found = pages(reader, size, division_id=shown_team.division)
        assert all(len(page) == size for page in found[:-1])
        assert [item for page in found for item in page] == whole
        assert sorted(item["id"] for page in found for item in page) == expected


def test_health_is_filtered_by_rating_stage_and_disagreement(
    reader: httpx.Client, shown_team: Team, shown: dict[str, list[str]]
) -> None:
    def ids(**filters: Any) -> list[str]:
        return sorted(
            item["id"] for page in pages(reader, 4, division_id=shown_team.division, **filters) for item in page
        )

    assert ids(rating="on track") == sorted(shown["sound"])
    assert ids(rating="off track") == sorted(shown["watermelon"])
    assert ids(rating=["at risk", "on track"]) == sorted(shown["resting"] + shown["sound"])
    assert ids(stage="proposed") == sorted(shown["proposed"])
    assert ids(stage=["on hold", "proposed"]) == sorted(shown["resting"] + shown["proposed"])
    assert ids(disagrees=True) == sorted(shown["watermelon"] + shown["resting"])
    assert ids(disagrees=False, rating="off track") == []
    assert pages(reader, 1, division_id=str(uuid4())) == [[]]


def test_what_the_views_do_not_know_is_refused(reader: httpx.Client) -> None:
    forged = ["x", write_token("a", "b", "c"), write_token(1), write_token(1, 2, 3)]
    asked: list[Json] = [{"page_token": token} for token in forged]
    asked += [{"rating": "splendid"}, {"page_size": 0}, {"division_id": "here"}, {"disagrees": "perhaps"}]
    for one in asked:
        response = reader.get("/portfolio/health", params=one)
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json"), one
    for path in ("/accountability/ledger?at=2026-01-01T00:00:00", "/spend?fiscal_year=1", "/takeovers"):
        assert reader.get(path).status_code == 422, path


def test_a_division_is_scored_by_its_projects(
    reader: httpx.Client, shown_team: Team, shown: dict[str, list[str]]
) -> None:
    division = done(reader.get(f"/divisions/{shown_team.division}/scorecard"))
    assert (division["projects"], division["running"], division["people"]) == (11, 9, 5)
    assert (division["on_track"], division["at_risk"], division["off_track"]) == (3, 3, 3)
    assert (division["worst"], division["disagreements"], division["stale"]) == ("off track", 6, 0)
    assert division["stages"] == {"in progress": 6, "on hold": 3, "proposed": 2}
    assert division["value_on_track"] == "0.3333"
    (money,) = division["money"]
    assert (money["currency"], money["projects"], money["planned"], money["over_plan"]) == ("EUR", 9, "900", "0")
    everything = done(reader.get("/divisions/scorecard"))
    assert division in everything["divisions"]
    refusal = reader.get(f"/divisions/{uuid4()}/scorecard")
    assert (refusal.status_code, refusal.headers["content-type"]) == (404, "application/problem+json")


def test_who_answers_for_how_much_is_counted(
    reader: httpx.Client, shown_team: Team, shown: dict[str, list[str]]
) -> None:
    (row,) = [row for row in items(reader.get("/accountability")) if row["person_id"] == shown_team.senior.person]
    assert (row["projects"], row["running"], row["delegated"], row["unresolved"]) == (11, 11, 0, 0)


def test_freshness_counts_every_event_of_every_source(business: Business, reader: httpx.Client) -> None:
    business.team()
    published = {name: running.status()["published"] for name, running in business.company.running.items()}
    sources = {row["source"]: row for row in items(reader.get("/freshness"))}
    assert set(sources) == {"people", "portfolio", "finance"}
    assert {name: row["events"] for name, row in sources.items()} == {name: published[name] for name in sources}
    assert {row["waiting"] for row in sources.values()} == {0}
    people = sources["people"]
    assert people["latest_event"] <= people["taken_in"]


def test_a_reader_can_wait_for_what_they_have_just_done(business: Business, reader: httpx.Client, team: Team) -> None:
    for _ in range(5):
        proposed = business.office.post("/projects", json=business.proposal(team)).json()
        header = {"portolan-after": f"{proposed['stream']}={proposed['published_number']}"}
        asked = {"project_id": proposed["id"]}
        lines = items(reader.get("/accountability/ledger", params=asked, headers=header))
        assert [line["person_id"] for line in lines] == [team.senior.person]
    for nonsense in ("nonsense", "project-1=x", "=", "a=1,"):
        response = reader.get("/freshness", headers={"portolan-after": nonsense})
        assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (422, "bad-portolan-after")


def test_money_is_told_as_exact_strings(business: Business, reader: httpx.Client) -> None:
    team = business.team()
    budget = business.division_budget(team.division, "900000000000000.03")
    project = business.approved(team, euros("800000000000000.02"))
    done(business.fund(project, euros("800000000000000.02"), budget))
    ordered(business.controller, project, "0.01")
    business.spend(project, "700000000000000.01")
    business.settle()
    (row,) = [row for row in items(reader.get("/spend")) if row["division_id"] == team.division]
    assert row["current"] == "900000000000000.03"
    assert row["free"] == "100000000000000.01"
    assert (row["committed"], row["actual"]) == ("0.01", "700000000000000.01")
    (health,) = items(reader.get("/portfolio/health", params={"division_id": team.division}))
    assert (health["planned"], health["actual"]) == ("800000000000000.02", "700000000000000.01")
    (money,) = done(reader.get(f"/divisions/{team.division}/scorecard"))["money"]
    assert money["outlook"] == "800000000000000.02"


def test_spend_is_told_for_a_year(business: Business, reader: httpx.Client, team: Team) -> None:
    for year, amount in ((2031, 10), (2032, 20)):
        business.division_budget(team.division, amount, year=year)
    business.settle()
    rows = items(reader.get("/spend", params={"fiscal_year": 2031}))
    assert [(row["division_id"], row["original"], row["free"]) for row in rows] == [(team.division, "10", "10")]
    years = [row["fiscal_year"] for row in items(reader.get("/spend"))]
    assert years == sorted(years, reverse=True)


def test_what_was_taken_over_is_summed_by_division(business: Business, reader: httpx.Client, team: Team) -> None:
    system, office = f"Ledger {uuid4().hex[:6]}", business.system("finance", Role.PORTFOLIO_OFFICE)
    for stage, granted, actual in (("closed", "10.10", "12"), ("in progress", "20.20", "5")):
        project = str(uuid4())
        body = {
            "name": "Old",
            "summary": "",
            "division_id": team.division,
            "source": {"system": system, "reference": project},
            "stage": stage,
        }
        done(on_project(business.office, project, "take-over", **body))
        stated = {"division_id": team.division, "granted": euros(granted), "source": system}
        done(on_budget(office, project, "take-over", **stated))
        spent = order(project, actual) | {"occurred_on": str(TODAY), "reason": "As the ledger says."}
        done(office.post(f"/expenses/{uuid4()}/state", json=spent))
    business.settle()
    (row,) = items(reader.get("/takeovers", params={"system": system}))
    assert (row["division_id"], row["currency"], row["projects"]) == (team.division, "EUR", 2)
    assert (row["planned"], row["outlook"], row["actual"]) == ("30.30", "32.20", "17")
    assert items(reader.get("/takeovers", params={"system": "Nowhere"})) == []


def test_a_division_without_projects_has_a_score(business: Business, reader: httpx.Client) -> None:
    division = business.division()
    business.settle()
    score = done(reader.get(f"/divisions/{division}/scorecard"))
    assert (score["projects"], score["worst"], score["value_on_track"], score["money"]) == (0, None, None, [])
    done(business.hr.post(f"/divisions/{division}/close", json={"reason": "Empty."}))
    business.settle()
    assert reader.get(f"/divisions/{division}/scorecard").status_code == 404


def test_renamed_people_and_divisions_are_shown_by_their_new_names(
    business: Business, reader: httpx.Client, team: Team
) -> None:
    done(business.hr.post(f"/divisions/{team.division}/rename", json={"name": "Technology"}))
    done(business.hr.post(f"/persons/{team.senior.person}/rename", json={"name": "Zoë Ångström"}))
    project = made(business.office.post("/projects", json=business.proposal(team)))
    business.settle()
    found = items(reader.get("/portfolio/health", params={"division_id": team.division, "page_size": 500}))
    item = next(item for item in found if item["id"] == project)
    assert (item["division"], item["accountable"]) == ("Technology", "Zoë Ångström")
