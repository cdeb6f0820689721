"""Risks over HTTP: policies, scores, acceptance that ends by itself, what materialises, leavers, lists, confidence."""

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
from tests.portfolio.risks.story import policy
from tests.today import TODAY

HIGH, LOW = {"likelihood": 4, "impact": "major"}, {"likelihood": "unlikely", "impact": "2"}
UNTIL = TODAY + timedelta(days=3)


def rules_of(**changes: Any) -> Json:
    return policy(**changes).model_dump(mode="json")


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PortfolioAlone]:
    """Portfolio with a policy for operational risks that holds in every division."""
    with portfolio_on_a_clock(infrastructure, fresh_database, tmp_path_factory.mktemp("issuer")) as alone:
        made(alone.system("portfolio", Role.EXECUTIVE).post("/risk-policies", json=rules_of()))
        yield alone


@pytest.fixture
def executive(business: PortfolioAlone) -> httpx.Client:
    return business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))


@pytest.fixture
def team(business: PortfolioAlone) -> Team:
    return business.team()


def identified(business: PortfolioAlone, team: Team, owner: Post | None = None, **changes: Any) -> str:
    """A risk of the team's, owned by its junior manager."""
    body = {
        "title": "The vendor fails",
        "category": "operational",
        "division_id": team.division,
        "owner_id": (owner or team.junior).person,
        **changes,
    }
    return made(business.as_person("portfolio", team.sponsor).post("/risks", json=body))


def on_risk(client: httpx.Client, risk: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/risks/{risk}/{command}", json=body)


def evaluated(business: PortfolioAlone, team: Team, at: Json = HIGH, **changes: Any) -> str:
    """A risk that was scored and evaluated by its owner."""
    risk, junior = identified(business, team, **changes), business.as_person("portfolio", team.junior)
    done(on_risk(junior, risk, "analyse", inherent=at))
    done(on_risk(junior, risk, "evaluate", rationale="As it is."))
    return risk


def asked(business: PortfolioAlone, team: Team, **changes: Any) -> str:
    """A risk whose owner asks for its acceptance."""
    risk, junior = evaluated(business, team, **changes), business.as_person("portfolio", team.junior)
    done(on_risk(junior, risk, "treat", treatment="accept"))
    done(on_risk(junior, risk, "ask-acceptance", until=str(UNTIL), reason="Nothing helps."))
    return risk


def read(business: PortfolioAlone, risk: str) -> Json:
    return done(business.office.get(f"/risks/{risk}"))


def history(business: PortfolioAlone, risk: str) -> list[Json]:
    return items(business.office.get(f"/risks/{risk}/history"))


def on_desk(business: PortfolioAlone, post: Post, risk: str, part: str = "decisions") -> list[str]:
    desk = done(business.as_person("portfolio", post).get("/desk"))
    return sorted(item["what"] for item in desk[part] if item["id"] == risk)


def test_executives_define_policies_one_for_a_category_and_division(
    business: PortfolioAlone, executive: httpx.Client, team: Team
) -> None:
    own = rules_of(division_id=team.division, category="financial")
    not_authorised(business.office.post("/risk-policies", json=own))
    first = made(executive.post("/risk-policies", json=own))
    refused(executive.post("/risk-policies", json=own), "already-taken")
    changed = {name: value for name, value in own.items() if name not in ("category", "division_id")}
    revised = done(executive.post(f"/risk-policies/{first}/revise", json=changed | {"appetite": "4"}))
    assert (revised["policy_version"], revised["appetite"]) == (2, "4")
    done(executive.post(f"/risk-policies/{first}/withdraw", json={"reason": "Merged."}))
    made(executive.post("/risk-policies", json=own))
    skewed = executive.post("/risk-policies", json=own | {"matrix": own["matrix"][:-1]})
    assert skewed.status_code == 422
    assert skewed.json()["errors"][0]["pointer"] == "#/matrix"


def test_the_policy_of_the_nearest_division_above_wins_and_scores_keep_their_version(
    business: PortfolioAlone, executive: httpx.Client
) -> None:
    top = business.team()
    below = business.division(top.division)
    business.settle()
    before, others = identified(business, top), evaluated(business, business.team())
    done(on_risk(business.office, before, "analyse", inherent=HIGH))
    own = made(executive.post("/risk-policies", json=rules_of(division_id=top.division, appetite="20")))
    risk = identified(business, top, division_id=below)
    scored = done(on_risk(business.office, risk, "analyse", inherent=HIGH))
    assert (scored["current"]["policy_id"], scored["above_appetite"]) == (own, False)
    assert read(business, before)["above_appetite"] is True
    assert read(business, others)["current"]["policy_id"] != own
    rescored = done(on_risk(business.office, before, "score", current=HIGH, reason="Our own appetite."))
    assert (rescored["current"]["policy_id"], rescored["above_appetite"]) == (own, False)


def test_without_a_policy_nothing_is_scored(business: PortfolioAlone, team: Team) -> None:
    risk = identified(business, team, category="reputational")
    refused(on_risk(business.office, risk, "analyse", inherent=HIGH), "risk-policy-missing")


@pytest.mark.parametrize(("step", "field"), [(6, "likelihood"), (2.5, "likelihood"), ("huge", "impact")])
def test_what_is_off_the_scale_or_between_its_steps_is_answered_with_the_scale(
    business: PortfolioAlone, team: Team, step: Any, field: str
) -> None:
    risk = identified(business, team)
    answer = on_risk(business.office, risk, "analyse", inherent=HIGH | {field: step})
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["rule"], problem["errors"][0]["pointer"]) == ("on-the-scale", f"#/inherent/{field}")
    assert problem["detail"].count(",") == 4
    row = {"command": "analyse_risk", "id": risk, "body": {"inherent": HIGH | {field: step}}}
    (outcome,) = done(business.office.post("/commands", json={"commands": [row]}))["outcomes"]
    assert (outcome["status"], outcome["problem"]["rule"]) == (422, "on-the-scale")
    assert outcome["problem"]["errors"][0]["pointer"] == f"#/commands/0/body/inherent/{field}"


def test_a_residual_may_be_what_controls_leave(business: PortfolioAlone, team: Team) -> None:
    risk = evaluated(business, team, {"likelihood": 4, "impact": 3})
    treated = done(on_risk(business.office, risk, "treat", treatment="mitigate", residual={"effectiveness": "20"}))
    assert (treated["residual"]["number"], treated["residual"]["level"]) == ("9.6", "medium")
    for wrong in ({"effectiveness": "101"}, {"effectiveness": "1"} | LOW):
        assert on_risk(business.office, risk, "treat", treatment="mitigate", residual=wrong).status_code == 422


def test_a_risk_goes_its_way_and_who_works_on_it(business: PortfolioAlone, team: Team) -> None:
    risk, junior = identified(business, team), business.as_person("portfolio", team.junior)
    not_authorised(on_risk(business.as_person("portfolio", team.sponsor), risk, "analyse", inherent=HIGH))
    scored = done(on_risk(junior, risk, "analyse", inherent=HIGH, current={"likelihood": 3, "impact": 4}))
    assert (scored["status"], scored["level"], scored["score"]) == ("analysed", "medium", "0000012.000000")
    assert done(on_risk(junior, risk, "evaluate", rationale="Too much."))["status"] == "evaluated"
    assert on_desk(business, team.junior, risk) == ["treat the risk"]
    done(on_risk(junior, risk, "treat", treatment="mitigate", due_on=str(TODAY), residual=LOW))
    assert on_desk(business, team.junior, risk, "due") == ["the risk is to be reviewed", "the risk is to be treated"]
    refused(on_risk(junior, risk, "monitor"), "above-appetite-needs-acceptance")
    done(on_risk(junior, risk, "score", current=LOW, reason="A second vendor."))
    monitored = done(on_risk(junior, risk, "monitor"))
    assert (monitored["status"], monitored["review_on"]) == ("monitored", str(TODAY + timedelta(days=90)))
    assert done(on_risk(junior, risk, "close", reason="The contract ended."))["status"] == "closed"
    assert on_desk(business, team.junior, risk, "due") == []


def test_an_overdue_review_is_on_the_desks_of_the_owner_and_their_manager_after_the_days_of_its_level(
    business: PortfolioAlone, team: Team
) -> None:
    risk = evaluated(business, team)
    business.company.move_clock(noon(30))
    assert on_desk(business, team.junior, risk, "due") == ["the risk is to be reviewed"]
    assert on_desk(business, team.manager, risk, "due") == []
    business.company.move_clock(noon(31))
    assert on_desk(business, team.manager, risk, "due") == ["the review of the risk is overdue"]
    done(on_risk(business.as_person("portfolio", team.junior), risk, "review", note="As before."))
    assert on_desk(business, team.manager, risk, "due") == []
    business.company.move_clock(noon(0))


def test_an_acceptance_is_given_by_somebody_above_ends_by_itself_and_tells_the_next_level(
    business: PortfolioAlone, team: Team
) -> None:
    risk = asked(business, team)
    junior, manager = (business.as_person("portfolio", post) for post in (team.junior, team.manager))
    assert on_desk(business, team.manager, risk) == ["accept the risk or refuse to"]
    assert on_desk(business, team.junior, risk) == []
    problem = refused(on_risk(junior, risk, "give-acceptance", reason="Mine."), "own-acceptance", 403)
    assert "manager above the owner" in problem["remedy"]
    not_authorised(on_risk(business.as_person("portfolio", team.sponsor), risk, "give-acceptance", reason="Yes."))
    given = done(on_risk(manager, risk, "give-acceptance", reason="Agreed."))
    assert (given["status"], given["acceptance"]["given_by"]) == ("monitored", team.manager.person)
    assert given["acceptance"]["current"] == given["current"]
    business.company.move_clock(noon(3))
    assert read(business, risk)["status"] == "monitored"
    business.company.move_clock(noon(4))
    wait_until(lambda: read(business, risk)["status"] == "evaluated", "the acceptance has ended")
    assert (read(business, risk)["acceptance"], read(business, risk)["told_id"]) == (None, team.manager.person)
    assert on_desk(business, team.manager, risk) == ["the risk is not accepted any more"]
    assert [event["type"] for event in history(business, risk)].count("RiskAcceptanceEnded") == 1
    business.company.move_clock(noon(0))


def test_somebody_who_stands_in_for_who_asked_does_not_accept(business: PortfolioAlone, team: Team) -> None:
    risk = evaluated(business, team)
    manager = business.as_person("portfolio", team.manager)
    done(on_risk(manager, risk, "treat", treatment="accept"))
    done(on_risk(manager, risk, "ask-acceptance", until=str(UNTIL), reason="Nothing helps."))
    days = {"effective_on": TODAY, "ends_on": UNTIL}
    named = people.StandInNamed(stand_in_id=UUID(team.sponsor.person), **days)
    for post in (team.manager, team.senior):
        business.neighbours.tell("people", f"person-{post.person}", named)
    business.settle()
    token = business.as_person("portfolio", team.sponsor)
    body = {"reason": "Agreed."}
    own = token.post(f"/risks/{risk}/give-acceptance", json=body, headers={"portolan-for": team.manager.person})
    refused(own, "own-acceptance", 403)
    above = token.post(f"/risks/{risk}/give-acceptance", json=body, headers={"portolan-for": team.senior.person})
    assert done(above)["acceptance"]["given_by"] == team.senior.person


def test_a_new_score_needs_a_new_acceptance(business: PortfolioAlone, team: Team) -> None:
    risk, manager = asked(business, team), business.as_person("portfolio", team.manager)
    done(on_risk(manager, risk, "give-acceptance", reason="Agreed."))
    worse = done(on_risk(manager, risk, "score", current={"likelihood": 5, "impact": 5}, reason="They are late."))
    assert (worse["status"], worse["acceptance"], worse["told_id"]) == ("evaluated", None, team.manager.person)


def materialise(client: httpx.Client, risk: str, **changes: Any) -> httpx.Response:
    body = {"effect": "They closed.", "issue_title": "No vendor", "issue_due_on": str(UNTIL), **changes}
    return on_risk(client, risk, "materialise", **body)


def test_what_materialises_is_an_issue_at_once_and_finances_answer_is_recorded_once(
    business: PortfolioAlone, team: Team
) -> None:
    project = business.propose(team)
    risk = evaluated(business, team, project_id=project)
    happened = done(materialise(business.as_person("portfolio", team.junior), risk, contingency=euros(500)))
    assert (happened["status"], happened["contingency"]["drawn"]) == ("materialised", None)
    issue = done(business.office.get(f"/issues/{happened['issue_id']}"))
    assert (issue["risk_id"], issue["owner_id"], issue["project_id"]) == (risk, team.junior.person, project)
    assert issue["raised_by"] == team.junior.person
    refused(materialise(business.office, risk), "risk-over")
    money = Money.model_validate(euros(500))
    drawn = finance.ContingencyDrawn(risk_id=UUID(risk), project_id=UUID(project), amount=money, left=money)
    other = finance.ContingencyDrawn(risk_id=uuid4(), project_id=UUID(project), amount=money, left=money)
    business.neighbours.tell("finance", f"contingency-draw-{other.risk_id}", other)
    business.neighbours.tell("finance", f"contingency-draw-{risk}", drawn)
    business.neighbours.repeat()
    late = finance.ContingencyRefused(
        risk_id=UUID(risk), project_id=UUID(project), asked=money, left=money, reason="Nothing is left."
    )
    business.neighbours.tell("finance", f"contingency-draw-{risk}", late)
    business.settle()
    assert read(business, risk)["contingency"] == {"amount": euros(500), "drawn": True, "reason": None}
    assert [event["type"] for event in history(business, risk)].count("RiskContingencyAnswered") == 1
    assert business.company.running["portfolio"].status()["parked"] == 0


def test_neither_risk_nor_issue_is_stored_where_one_is_refused(business: PortfolioAlone, team: Team) -> None:
    risk = evaluated(business, team)
    refused(materialise(business.office, risk, issue_due_on="2020-01-01"), "due-day-lies-ahead")
    assert read(business, risk)["status"] == "evaluated"
    refused(materialise(business.office, risk, contingency=euros(5)), "contingency-of-a-project")


def test_a_leavers_risks_pass_up_the_line_or_wait_for_somebody_heard_of_late(
    business: PortfolioAlone, team: Team
) -> None:
    risk, over = identified(business, team), identified(business, team)
    done(on_risk(business.office, over, "close", reason="No risk."))
    late, alone = str(uuid4()), business.post(team.division, "staff")
    business.settle()
    waiting = identified(business, team, alone)
    for post, above in ((team.junior, team.manager.person), (alone, late)):
        left = people.PersonLeft(line_manager_id=UUID(above), effective_on=TODAY)
        business.neighbours.tell("people", f"person-{post.person}", left)
        business.neighbours.repeat()
        heard = people.EligibilityChanged(senior_manager=False)
        business.neighbours.tell("people", f"person-{post.person}", heard)
    business.settle()
    assert read(business, risk)["owner_id"] == team.manager.person
    assert read(business, over)["owner_id"] == team.junior.person
    assert (read(business, waiting)["owner_id"], read(business, waiting)["unresolved"]) == (alone.person, True)
    appointed = people.PersonAppointed(
        position_id=uuid4(), title="Manager", division_id=UUID(team.division), grade="manager",
        line_manager_id=None, transferred=False, promoted=False, effective_on=TODAY,
    )  # fmt: skip
    business.neighbours.tell("people", f"person-{late}", appointed)
    business.settle()
    assert (read(business, waiting)["owner_id"], read(business, waiting)["unresolved"]) == (late, False)
    assert [event["type"] for event in history(business, risk)].count("RiskPassedUp") == 1


def test_what_a_risk_belongs_to_has_to_exist_in_its_division(business: PortfolioAlone, team: Team) -> None:
    def attempt(**changes: Any) -> httpx.Response:
        body = {"title": "It fails", "category": "operational", "division_id": team.division}
        return business.office.post("/risks", json=body | {"owner_id": team.junior.person} | changes)

    refused(attempt(project_id=str(uuid4())), "project-not-known")
    refused(attempt(division_id=str(uuid4())), "division-not-known-yet")
    refused(attempt(owner_id=str(uuid4())), "person-not-known-yet")
    assert attempt(category="weather").status_code == 422


def test_lists_filter_and_sort_by_score_and_review(business: PortfolioAlone, team: Team) -> None:
    project = business.propose(team)
    high = evaluated(business, team, project_id=project)
    low = evaluated(business, team, LOW)
    nothing = identified(business, team, team.manager)

    def found(**asked: Any) -> list[str]:
        return [
            row["id"] for row in items(business.office.get("/risks", params={"division_id": team.division, **asked}))
        ]

    assert found(sort="-score") == [high, low, nothing]
    assert found(sort="-review_on") == [low, high, nothing]
    assert found(project_id=project) == [high]
    assert found(status="identified") == [nothing]
    assert found(level="low") == [low]
    assert found(above_appetite="true") == [high]
    assert found(owner_id=team.manager.person) == [nothing]
    assert sorted(found(category="operational", q="vendor")) == sorted([high, low, nothing])
    assert found(category="financial") == []
    assert found(review_on_to=str(TODAY + timedelta(days=30))) == [high]


def test_a_confidential_risk_and_its_issue_are_there_for_owner_line_office_and_executives(
    business: PortfolioAlone, executive: httpx.Client, team: Team
) -> None:
    body = {"title": "Fraud", "category": "operational", "division_id": team.division, "confidential": True}
    risk = made(business.office.post("/risks", json=body | {"owner_id": team.manager.person}))
    done(on_risk(business.office, risk, "analyse", inherent=HIGH))
    issue = done(materialise(business.office, risk))["issue_id"]
    for path in (f"/risks/{risk}", f"/issues/{issue}"):
        for post in (team.manager, team.senior, team.head):
            assert business.as_person("portfolio", post).get(path).status_code == 200
        assert executive.get(path).status_code == 200
        for post in (team.junior, team.sponsor):
            assert business.as_person("portfolio", post).get(path).status_code == 404
    junior = business.as_person("portfolio", team.junior)
    assert items(junior.get("/risks", params={"division_id": team.division})) == []
    assert on_risk(junior, risk, "review").status_code == 404
    events = history(business, risk)
    assert {event["type"] for event in events if event["published_number"]} == {"ConfidentialRiskChanged"}
