"""Benefits over HTTP: of initiatives and projects, due by themselves, with finance's verdicts; leavers, lists, desk."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import finance, people
from contracts.roles import Role
from contracts.values import Money
from portolan.stack.postgres import ServiceDatabase
from tests.business import Json, Post, Team, done, euros, items, made, not_authorised, refused
from tests.harness import wait_until
from tests.infrastructure import Infrastructure
from tests.portfolio.alone import PortfolioAlone
from tests.portfolio.clocked import noon, portfolio_on_a_clock
from tests.today import TODAY

DAY = TODAY + timedelta(days=3)


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PortfolioAlone]:
    with portfolio_on_a_clock(infrastructure, fresh_database, tmp_path_factory.mktemp("issuer")) as alone:
        yield alone


@pytest.fixture
def team(business: PortfolioAlone) -> Team:
    return business.team()


def shaped(business: PortfolioAlone, team: Team) -> str:
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
    return made(business.office.post("/initiatives", json=body))


def body_of(owner: Post, **changes: Any) -> Json:
    said = {"name": "Fewer calls", "measure": "calls a day", "baseline": "100", "target": "60"}
    return {**said, "due_on": str(DAY), "owner_id": owner.person, **changes}


def planned(business: PortfolioAlone, owner: Post, **changes: Any) -> str:
    return made(business.office.post("/benefits", json=body_of(owner, **changes)))


def read(business: PortfolioAlone, benefit: str) -> Json:
    return done(business.office.get(f"/benefits/{benefit}"))


def types(business: PortfolioAlone, benefit: str) -> list[str]:
    return [event["type"] for event in items(business.office.get(f"/benefits/{benefit}/history"))]


def on_desk(business: PortfolioAlone, client: httpx.Client, id: str) -> list[str]:
    desk = done(client.get("/desk"))
    return [item["what"] for part in ("decisions", "due") for item in desk[part] if item["id"] == id]


def confirmed(benefit: str) -> finance.BenefitConfirmed:
    return finance.BenefitConfirmed(
        benefit_id=UUID(benefit),
        measured=Money.model_validate(euros(500)),
        evidence="Ledger 4711.",
        confirmed_on=DAY,
        revised=False,
    )


def test_a_benefit_outlives_its_initiative_and_falls_due_on_its_day(business: PortfolioAlone, team: Team) -> None:
    initiative = shaped(business, team)
    benefit = planned(business, team.junior, initiative_id=initiative)
    junior = business.as_person("portfolio", team.junior)
    assert on_desk(business, junior, benefit) == ["the benefit is due"]
    done(business.office.post(f"/initiatives/{initiative}/stop", json={"reason": "No money."}))
    business.company.move_clock(noon(2))
    business.settle()
    assert read(business, benefit)["status"] == "planned"
    business.company.move_clock(noon(3))
    wait_until(lambda: read(business, benefit)["status"] == "due", "it falls due")
    late = {"target": "70", "due_on": str(DAY + timedelta(days=9)), "reason": "It was too much."}
    refused(business.office.post(f"/benefits/{benefit}/replan", json=late), "benefit-not-due-yet")
    business.company.move_clock(noon(0))


def test_finances_verdicts_are_recorded_once_each_and_the_first_stays(business: PortfolioAlone, team: Team) -> None:
    project = business.propose(team)
    benefit, other = (planned(business, team.junior, project_id=project) for _ in range(2))
    assert read(business, benefit)["division_id"] == team.division
    stream = f"benefit-confirmation-{benefit}"
    unheard = str(uuid4())
    business.neighbours.tell("finance", f"benefit-confirmation-{unheard}", confirmed(unheard))
    business.neighbours.tell("finance", stream, confirmed(benefit))
    business.neighbours.repeat()
    denied = finance.BenefitNotConfirmed(
        benefit_id=UUID(benefit), measured=None, reason="Counted twice.", confirmed_on=DAY, revised=True
    )
    business.neighbours.tell("finance", stream, denied)
    business.neighbours.repeat()
    business.settle()
    found = read(business, benefit)
    assert (found["status"], found["verdict"]["because"]) == ("not confirmed", "Counted twice.")
    assert (found["first"]["confirmed"], found["first"]["measured"]) == (True, euros(500))
    assert types(business, benefit) == ["BenefitPlanned", "BenefitVerdictRecorded", "BenefitVerdictRecorded"]
    assert read(business, other)["verdict"] is None
    assert business.company.running["portfolio"].status()["parked"] == 0


def test_a_leavers_benefits_pass_up_the_line_or_wait_for_somebody_heard_of_late(
    business: PortfolioAlone, team: Team
) -> None:
    initiative = shaped(business, team)
    late, alone = str(uuid4()), business.post(team.division, "staff")
    business.settle()
    benefit = planned(business, team.junior, initiative_id=initiative)
    waiting = planned(business, alone, initiative_id=initiative)
    for post, above in ((team.junior, team.manager.person), (alone, late)):
        left = people.PersonLeft(line_manager_id=UUID(above), effective_on=TODAY)
        business.neighbours.tell("people", f"person-{post.person}", left)
        business.neighbours.repeat()
        heard = people.EligibilityChanged(senior_manager=False)
        business.neighbours.tell("people", f"person-{post.person}", heard)
    business.settle()
    assert read(business, benefit)["owner_id"] == team.manager.person
    assert (read(business, waiting)["owner_id"], read(business, waiting)["unresolved"]) == (alone.person, True)
    assert on_desk(business, business.office, waiting) == ["name an owner of the benefit"]
    appointed = people.PersonAppointed(
        position_id=uuid4(),
        title="Manager",
        division_id=UUID(team.division),
        grade="manager",
        line_manager_id=None,
        transferred=False,
        promoted=False,
        effective_on=TODAY,
    )
    business.neighbours.tell("people", f"person-{late}", appointed)
    business.settle()
    assert (read(business, waiting)["owner_id"], read(business, waiting)["unresolved"]) == (late, False)
    assert types(business, benefit).count("BenefitPassedUp") == 1


def test_what_a_benefit_is_of_has_to_exist_and_a_field_that_is_wrong_is_named(
    business: PortfolioAlone, team: Team
) -> None:
    initiative = shaped(business, team)
    for unknown in ({"initiative_id": str(uuid4())}, {"project_id": str(uuid4())}):
        assert business.office.post("/benefits", json=body_of(team.junior, **unknown)).status_code == 404
    stranger = body_of(Post(str(uuid4()), ""), initiative_id=initiative)
    refused(business.office.post("/benefits", json=stranger), "person-not-known-yet")
    both = {"initiative_id": initiative, "project_id": str(uuid4())}
    for changes, field in (
        ({"project_id": None}, "project_id"),
        (both, "project_id"),
        ({"initiative_id": initiative, "target": "100"}, "target"),
        ({"initiative_id": initiative, "baseline": "many"}, "baseline"),
    ):
        answer = business.office.post("/benefits", json=body_of(team.junior, **changes))
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{field}"]
    past = body_of(team.junior, initiative_id=initiative, due_on=str(TODAY - timedelta(days=2)))
    refused(business.office.post("/benefits", json=past), "benefit-lies-ahead")


def test_the_owner_does_not_change_their_own_target_and_those_above_do(business: PortfolioAlone, team: Team) -> None:
    benefit = planned(business, team.junior, initiative_id=shaped(business, team))
    body = {"target": "70", "due_on": str(DAY), "reason": "It was too much."}
    not_authorised(business.as_person("portfolio", team.junior).post(f"/benefits/{benefit}/replan", json=body))
    manager = business.as_person("portfolio", team.manager)
    assert done(manager.post(f"/benefits/{benefit}/replan", json=body))["target"] == "70"
    staff = business.system("portfolio", Role.STAFF, subject=str(uuid4()))
    not_authorised(staff.post("/benefits", json=body_of(team.junior, initiative_id=str(uuid4()))))
    named = {"owner_id": team.manager.person, "reason": "They know it."}
    assert done(manager.post(f"/benefits/{benefit}/name-owner", json=named))["owner_id"] == team.manager.person


def test_benefits_are_listed_by_what_they_are_of_owner_status_and_day(business: PortfolioAlone, team: Team) -> None:
    initiative, project = shaped(business, team), business.propose(team)
    later = planned(
        business, team.junior, initiative_id=initiative, name="Less paper", due_on=str(DAY + timedelta(days=9))
    )
    sooner = planned(business, team.manager, project_id=project)
    done(business.office.post(f"/benefits/{sooner}/withdraw", json={"reason": "Given up."}))

    def found(**asked: str) -> list[str]:
        known = {"division_id": team.division, **asked}
        return [each["id"] for each in items(business.office.get("/benefits", params=known))]

    assert found(sort="due_on") == [sooner, later]
    assert (found(initiative_id=initiative), found(project_id=project)) == ([later], [sooner])
    assert (found(owner_id=team.junior.person), found(status="withdrawn")) == ([later], [sooner])
    assert (found(q="paper"), found(due_on_to=str(DAY))) == ([later], [sooner])
