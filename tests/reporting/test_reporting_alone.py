"""Reporting without its siblings: it serves the picture that their published events paint."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text

from chassis.consumers.projection import Table
from chassis.messaging.kafka import Message, Producer, ensure_topic
from chassis.messaging.key_topic import PublishedKey
from contracts import finance, people, portfolio
from contracts.base import PublicEvent
from contracts.portfolio import changes, planning, risks
from contracts.roles import Role
from contracts.values import Money, Period
from portolan.stack.postgres import ServiceDatabase
from services.reporting.app import SERVICE
from services.reporting.organisation.domain.rows import PersonRow
from services.reporting.organisation.read_models import PERSONS
from tests.business import Business, done, items
from tests.harness import company, wait_until
from tests.infrastructure import Infrastructure
from tests.neighbours import Neighbours
from tests.today import TODAY

ASKED = Money.model_validate({"amount": "1000", "currency": "EUR"})
NOTHING = Money.model_validate({"amount": "0", "currency": "EUR"})
PLAN = Period(start=TODAY, end=TODAY + timedelta(days=200))


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Business]:
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        made.start(SERVICE)
        yield Business(made)


@pytest.fixture
def neighbours(business: Business) -> Neighbours:
    return Neighbours(business.company)


@pytest.fixture
def reader(business: Business) -> httpx.Client:
    return business.system("reporting", Role.EXECUTIVE)


def told_division(neighbours: Neighbours, name: str) -> UUID:
    """A division that people published."""
    id, kind = uuid4(), people.DivisionKind.IT
    established = people.DivisionEstablished(name=name, code=None, kind=kind, parent_id=None)
    neighbours.tell("people", f"division-{id}", established)
    return id


def told_project(neighbours: Neighbours, division: UUID, name: str, *later: PublicEvent) -> UUID:
    """A funded project that portfolio and finance published."""
    id, sponsor = uuid4(), uuid4()
    neighbours.tell(
        "portfolio",
        f"project-{id}",
        portfolio.ProjectProposed(
            name=name, summary="", division_id=division, initiative_id=None, sponsor_id=sponsor, accountable_id=uuid4()
        ),
        portfolio.ProjectSpecified(version=1, scope="All.", success_criteria=("Done.",), plan=PLAN, budget_asked=ASKED),
        portfolio.SpecificationSigned(version=1, signed_by=sponsor),
        portfolio.ProjectApproved(division_id=division, specification_version=1, budget_asked=ASKED, plan=PLAN),
        portfolio.ProjectFunded(granted=ASKED),
        *later,
    )
    neighbours.tell(
        "finance",
        f"project-budget-{id}",
        finance.ProjectBudgetOpened(project_id=id, division_id=division, asked=ASKED),
        finance.ProjectFundingConfirmed(project_id=id, granted=ASKED, contingency=NOTHING, division_budget_id=None),
    )
    return id


def judged(neighbours: Neighbours, division: UUID, project: UUID, rating: Any) -> None:
    """What portfolio says of the health of a project that is declared on track."""
    reason = planning.HealthReason(rule="schedule-forecast", rating=rating, sentence="Late.")
    event = planning.HealthJudged(
        division_id=division,
        rating=rating,
        reasons=() if rating == "on track" else (reason,),
        declared="on track",
        disagrees=rating != "on track",
        effective_on=TODAY,
    )
    neighbours.tell("portfolio", f"project-health-{project}", event)


def reported(health: portfolio.Health, expected: Period = PLAN) -> portfolio.ProgressReported:
    return portfolio.ProgressReported(
        as_of=TODAY, percent_complete=None, expected_completion=expected.end, health=health, note="Seen."
    )


def test_a_division_is_scored_by_what_others_published(
    business: Business, neighbours: Neighbours, reader: httpx.Client
) -> None:
    division = told_division(neighbours, "Technology")
    started = portfolio.ProjectStarted(effective_on=TODAY)
    late = Period(start=PLAN.start, end=PLAN.end + timedelta(days=300))
    sound = told_project(neighbours, division, "Sound", started, reported(portfolio.Health.ON_TRACK))
    slow = told_project(neighbours, division, "Slow", started, reported(portfolio.Health.ON_TRACK, late))
    waiting = told_project(neighbours, division, "Waiting")
    for project, rating in ((sound, "on track"), (slow, "off track"), (waiting, "on track")):
        judged(neighbours, division, project, rating)
    business.settle()
    score = done(reader.get(f"/divisions/{division}/scorecard"))
    assert (score["name"], score["projects"], score["on_track"], score["off_track"]) == ("Technology", 3, 2, 1)
    assert score["disagreements"] == 1
    health = items(reader.get("/portfolio/health", params={"division_id": str(division)}))
    assert [item["id"] for item in health] == [str(each) for each in (slow, sound, waiting)]
    assert {item["planned"] for item in health} == {"1000"}


def test_what_comes_later_is_told_as_well(business: Business, neighbours: Neighbours, reader: httpx.Client) -> None:
    division = told_division(neighbours, "Old name")
    neighbours.tell("people", f"division-{division}", people.DivisionRenamed(name="New name"))
    project = told_project(neighbours, division, "Given up", portfolio.ProjectCancelled(reason="Enough."))
    business.settle()
    score = done(reader.get(f"/divisions/{division}/scorecard"))
    assert (score["name"], score["projects"], score["running"]) == ("New name", 1, 0)
    ledger = items(reader.get("/accountability/ledger", params={"project_id": str(project)}))
    assert len(ledger) == 1
    assert business.company.running["reporting"].status()["parked"] == 0


def test_whom_people_erased_is_forgotten_though_the_event_that_says_so_has_not_come(business: Business) -> None:
    running, gone, stays = business.company.running["reporting"], uuid4(), uuid4()
    topic = business.company.prefix + people.KEYS_TOPIC
    told = PublishedKey(subject=gone, revision=2, erased=datetime.now(UTC)).model_dump_json(exclude_none=True)
    engine = create_engine(running.own.database_url)
    with engine.begin() as connection:
        Table(PERSONS).store(connection, [PersonRow(id=gone, name="Ada"), PersonRow(id=stays, name="Bob")])

    def names() -> dict[UUID, str]:
        with engine.connect() as connection:
            return {row.id: row.name for row in connection.execute(text("SELECT id, name FROM persons"))}

    ensure_topic(business.company.broker, topic, partitions=2, replication=1)
    producer = Producer(business.company.broker)
    producer.send_all(topic, [Message(str(gone).encode(), told.encode(), [])])
    producer.close()
    wait_until(lambda: names() == {gone: "erased", stays: "Bob"}, "who was erased is forgotten")
    engine.dispose()


def test_risks_are_listed_by_score_and_counted_by_division_and_changes_by_their_moments(
    business: Business, neighbours: Neighbours, reader: httpx.Client
) -> None:
    division, owner = told_division(neighbours, "Risky"), uuid4()

    def risk(title: str, number: int) -> str:
        id = uuid4()
        score = risks.RiskScore(
            likelihood="likely",
            impact="high",
            number=Decimal(number),
            level="high" if number > 8 else "low",
            appetite=Decimal(8),
            review_days=30,
            policy_id=owner,
            policy_version=1,
        )
        identified = risks.RiskIdentified(
            title=title,
            description="",
            category=risks.RiskCategory.FINANCIAL,
            division_id=division,
            project_id=None,
            owner_id=owner,
            identified_by=None,
        )
        overdue = risks.RiskAnalysed(inherent=score, current=score, review_on=TODAY - timedelta(days=1))
        neighbours.tell("portfolio", f"risk-{id}", identified, overdue)
        return str(id)

    low, high, higher = risk("Low", 4), risk("High", 9), risk("Higher", 16)
    at = datetime.now(UTC)
    for title, days in (("Soon", 2), ("Late", 90)):
        raised = changes.ChangeRaised(
            title=title,
            description="",
            kind=changes.ChangeKind.NORMAL,
            division_id=division,
            service_ids=(),
            project_id=None,
            model_id=None,
            back_out_plan=None,
            raised_by=("x",),
        )
        starts = at + timedelta(days=days)
        ends = starts + timedelta(hours=1)
        scheduled = changes.ChangeScheduled(
            starts_at=starts, ends_at=ends, starts_on=starts.date(), ends_on=ends.date()
        )
        neighbours.tell("portfolio", f"change-{uuid4()}", raised, scheduled)
    business.settle()
    of_division = {"division_id": str(division)}
    assert [item["id"] for item in items(reader.get("/risks", params=of_division))] == [higher, high, low]
    first = done(reader.get("/risks", params={**of_division, "page_size": 2}))
    second = done(reader.get("/risks", params={**of_division, "page_token": first["next_page_token"]}))
    assert [item["id"] for item in [*first["items"], *second["items"]]] == [higher, high, low]
    above = items(reader.get("/risks", params={**of_division, "above_appetite": "true"}))
    assert [item["title"] for item in above] == ["Higher", "High"]
    (counted,) = [item for item in items(reader.get("/risks/counts")) if item["division_id"] == str(division)]
    assert (counted["risks"], counted["above_appetite"], counted["review_overdue"]) == (3, 2, 3)
    assert counted["levels"] == {"high": 2, "low": 1}
    assert [item["title"] for item in items(reader.get("/changes", params=of_division))] == ["Soon"]
    assert len(items(reader.get("/changes", params={**of_division, "days": 100}))) == 2
