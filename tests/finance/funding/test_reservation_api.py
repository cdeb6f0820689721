"""What people ask finance for, over the topics and HTTP: which budget pays, who reads the figures, who waits."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text

from contracts import people
from contracts.people import FundedKind
from contracts.roles import Role
from contracts.values import Grade, Money
from tests import funding, plain_http
from tests.business import Json, Post, done, euros, items
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

Place = tuple[str, Post, str]


@pytest.fixture
def place(business: FinanceAlone) -> Place:
    """A division below another one, its head, and the approved budget of the one above."""
    above, _ = business.headed()
    division, head = business.headed(above)
    funding.state_rates(business)
    amounts = {"Staff": funding.cost("staff"), "Training": 500, "Tools": 500}
    return division, head, funding.budget_of(business, above, amounts)


def ask(business: FinanceAlone, division: str, id: str | None = None, request: int = 1, grade: str = "staff") -> str:
    """People ask for the money of a vacancy."""
    vacancy = id or str(uuid4())
    asked = people.FundingAsked(
        kind=FundedKind.HIRING,
        request=request,
        division_id=UUID(division),
        position_id=uuid4(),
        grade=Grade(grade),
        needed_on=TODAY,
    )
    business.neighbours.tell("people", f"vacancy-{vacancy}", asked)
    business.settle()
    return vacancy


def told(business: FinanceAlone, vacancy: str) -> list[str]:
    return [each["type"] for each in items(business.controller.get(f"/reservations/{vacancy}/history"))]


def conversation(business: FinanceAlone, division: str, **asked: str | bool) -> list[Json]:
    found = business.controller.get("/conversations", params={"division_id": division, **asked})
    return items(found)


def test_the_nearest_budget_above_pays_where_the_division_has_none(business: FinanceAlone, place: Place) -> None:
    division, _, above = place
    vacancy = ask(business, division)
    assert funding.reservation(business, vacancy)["division_budget_id"] == above
    assert funding.charged(business, above, "Staff") == {"reserved": funding.cost("staff")}
    own = funding.budget_of(business, division, {"Staff": funding.cost("staff")})
    assert funding.reservation(business, ask(business, division))["division_budget_id"] == own
    shown = done(business.controller.get(f"/division-budgets/{own}"))["charged"]["Staff"]
    assert Money.model_validate(euros(shown["reserved"])).amount == funding.cost("staff")


def test_a_request_that_comes_twice_is_answered_once(business: FinanceAlone, place: Place) -> None:
    division, _, above = place
    vacancy = ask(business, division)
    business.neighbours.repeat()
    ask(business, division, vacancy)
    assert told(business, vacancy) == ["FundingRequested", "HiringFunded"]
    assert funding.charged(business, above, "Staff") == {"reserved": funding.cost("staff")}


def test_a_leaving_that_was_recorded_by_mistake_binds_the_money_again(business: FinanceAlone, place: Place) -> None:
    division, _, above = place
    vacancy = ask(business, division)
    hired = business.post(division, "staff")
    position = done(business.controller.get(f"/reservations/{vacancy}"))["position_id"]
    appointed = people.PersonAppointed(
        position_id=UUID(position),
        title="Staff",
        division_id=UUID(division),
        grade=Grade.STAFF,
        line_manager_id=None,
        transferred=False,
        promoted=False,
        effective_on=TODAY,
    )
    tell = business.neighbours.tell
    tell("people", f"person-{hired.person}", appointed)
    tell("people", f"vacancy-{vacancy}", people.VacancyFilled(effective_on=TODAY))
    business.settle()
    before = funding.charged(business, above, "Staff")
    business.leave(hired)
    business.settle()
    assert done(business.controller.get(f"/reservations/{vacancy}"))["status"] == "ended"
    tell("people", f"person-{hired.person}", people.LeavingWithdrawn(reason="Somebody else."))
    business.settle()
    assert done(business.controller.get(f"/reservations/{vacancy}"))["status"] == "committed"
    assert funding.charged(business, above, "Staff") == before == {"committed": funding.cost("staff")}


def test_the_figures_of_a_refusal_are_for_those_who_steer_the_money(business: FinanceAlone, place: Place) -> None:
    division, head, _ = place
    vacancy = ask(business, division, grade="manager")
    reason = f"Not enough is left for 'Staff' in the budget of {TODAY.year} that would pay."
    for client in (business.controller, business.as_person("finance", head)):
        shown = done(client.get(f"/reservations/{vacancy}"))
        assert shown["reason"] in (reason, reason.replace(" for 'Staff'", ""))
        assert "EUR" in shown["figures"]
    stranger = business.system("finance", Role.STAFF, subject=str(uuid4()))
    assert done(stranger.get(f"/reservations/{vacancy}"))["figures"] is None


def test_a_conversation_shows_who_waits_for_whom_and_its_last_step(business: FinanceAlone, place: Place) -> None:
    division, _, _ = place
    promised, denied = ask(business, division), ask(business, division)
    found = {each["id"]: each for each in conversation(business, division)}
    assert {(each["waits"], each["waits_for"]) for each in found.values()} == {("finance", "people")}
    assert found[promised]["last_step"] == "reserved"
    assert (found[denied]["last_step"], found[denied]["overdue"]) == ("refused", False)
    assert (found[denied]["about"], found[denied]["age_days"]) == ("hiring", 0)
    business.neighbours.tell("people", f"vacancy-{denied}", people.VacancyCancelled(effective_on=TODAY))
    business.settle()
    assert [each["id"] for each in conversation(business, division)] == [promised]
    assert len(conversation(business, division, over=True)) == 2
    assert conversation(business, division, about="tool") == []


def test_what_waits_for_too_long_comes_first_is_counted_and_is_on_the_controllers_desk(
    business: FinanceAlone, place: Place
) -> None:
    division, _, _ = place
    late, fresh = ask(business, division), ask(business, division)
    owner = business.company.running["finance"].own.migration_url
    assert owner is not None
    engine = create_engine(owner)
    with engine.begin() as connection:
        day = {"stream": f"reservation-{late}", "day": TODAY - timedelta(days=31)}
        connection.execute(text("UPDATE states SET changed_at = :day WHERE stream = :stream"), day)
    engine.dispose()
    answer = done(business.controller.get("/conversations", params={"division_id": division}))
    assert (answer["waiting"], answer["overdue"]) == (2, 1)
    assert [(each["id"], each["overdue"]) for each in answer["items"]] == [(late, True), (fresh, False)]
    assert [each["id"] for each in conversation(business, division, overdue=True)] == [late]
    desk = {each["id"]: each["what"] for each in done(business.controller.get("/desk"))["decisions"]}
    assert desk[late] == "finance has waited for people longer than the policy allows"
    assert fresh not in desk
    everywhere = done(business.controller.get("/conversations"))
    shown = plain_http.get(f"{business.company.running['finance'].url}/metrics", timeout=30).text
    for figure in ("waiting", "overdue"):
        assert f"finance_conversations_{figure} {float(everywhere[figure])}" in shown.splitlines()
    stranger = business.system("finance", Role.STAFF, subject=str(uuid4()))
    assert late not in {each["id"] for each in done(stranger.get("/desk"))["decisions"]}


def test_a_project_that_asks_for_its_money_waits_for_finance(business: FinanceAlone) -> None:
    team = business.team()
    project = business.approved(team, euros(700))
    (asked,) = conversation(business, team.division)
    assert (asked["id"], asked["about"], asked["waits"], asked["waits_for"]) == (
        project,
        "project",
        "portfolio",
        "finance",
    )
    assert Money.model_validate(asked["amount"]) == Money.model_validate(euros(700))
    done(business.fund(project, euros(700)))
    assert conversation(business, team.division) == []
