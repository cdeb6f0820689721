"""Forecasts over HTTP: the landing of a budget and its projects, what is stated, and what closes keep."""

from uuid import UUID, uuid4

import httpx
import pytest

from contracts.portfolio import planning
from contracts.roles import Role
from tests.business import Json, Post, done, euros, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY

YEAR = TODAY.year - 1
"""A year of which every period is over."""
CLOSED = YEAR - 1
"""The year whose books a test closes: nothing new is dated in it from then on."""
POLICY = f"/finance-policies/{UUID(int=0)}/set"


@pytest.fixture(scope="module")
def place(business: FinanceAlone) -> tuple[str, Post]:
    return business.headed()


def approve(business: FinanceAlone, division: str, amount: int, year: int) -> str:
    return business.division_budget(division, amount, year=year)


def spent(business: FinanceAlone, budget: str, amount: int, day: str) -> None:
    path = f"/expenses/{uuid4()}"
    said: Json = {"division_budget_id": budget, "category": "software", "amount": euros(amount), "occurred_on": day}
    done(business.executive.post(f"{path}/submit", json=said | {"reference": "Invoice 9"}))
    done(business.controller.post(f"{path}/approve", json={}))


def forecast(client: httpx.Client, budget: str) -> Json:
    found: Json = done(client.get(f"/division-budgets/{budget}/forecast"))
    return found


def numbers(values: list[str]) -> list[int]:
    return [int(float(value)) for value in values]


def test_a_budget_lands_at_what_is_spent_and_still_to_come(business: FinanceAlone, place: tuple[str, Post]) -> None:
    division, head = place
    budget = approve(business, division, 1000, TODAY.year + 1)
    found = forecast(business.controller, budget)
    (software,) = found["items"]
    assert (found["over"], numbers(software["expected"]), float(found["total"])) == (0, [500, 500], 1000)
    stated = {"category": "software", "period": 2, "amount": euros(700), "reason": "A second site."}
    own = business.as_person("finance", head)
    done(own.post(f"/forecasts/{budget}/state", json=stated))
    not_authorised(
        business.system("finance", Role.MANAGER, subject=str(uuid4())).post(
            f"/forecasts/{budget}/state", json=stated | {"amount": euros(1)}
        )
    )
    (software,) = forecast(own, budget)["items"]
    assert (numbers(software["expected"]), software["stated"], float(software["total"])) == ([500, 700], [2], 1200)
    done(own.post(f"/forecasts/{budget}/withdraw", json={"category": "software", "period": 2, "reason": "Not signed."}))
    assert float(forecast(own, budget)["total"]) == 1000
    assert own.get(f"/division-budgets/{uuid4()}/forecast").status_code == 404


def test_what_is_spent_counts_in_the_period_it_occurred_in_and_again_when_it_is_reversed(
    business: FinanceAlone,
) -> None:
    division, _ = business.headed()
    budget = approve(business, division, 1000, YEAR)
    spent(business, budget, 300, f"{YEAR}-02-01")
    spent(business, budget, 100, f"{YEAR}-12-01")
    spent(business, budget, -50, f"{YEAR}-12-02")
    (software,) = forecast(business.controller, budget)["items"]
    assert numbers(software["actual"]) == numbers(software["expected"]) == [300, 50]


def test_each_close_keeps_what_was_expected_and_accuracy_compares_it(business: FinanceAlone) -> None:
    division, _ = business.headed()
    budget = approve(business, division, 1000, CLOSED)
    spent(business, budget, 300, f"{CLOSED}-02-01")
    done(business.executive.post(POLICY, json={"closed_through": f"{CLOSED}-06-30", "reason": "Half a year."}))

    def kept() -> int:
        found = business.controller.get(f"/forecasts/{budget}")
        return len(found.json()["frozen"]) if found.status_code == 200 else 0

    wait_until(lambda: kept() == 1, "the forecast of the first close is kept")
    spent(business, budget, 400, f"{CLOSED}-12-01")
    done(business.executive.post(POLICY, json={"closed_through": f"{CLOSED}-12-31", "reason": "The year."}))
    wait_until(lambda: kept() == 2, "the forecast of the second close is kept")
    found = done(business.controller.get(f"/division-budgets/{budget}/forecast-accuracy"))
    (one,) = found["items"]
    assert (found["closed"], one["lead"], one["compared"], float(one["mape"]), float(one["bias"])) == (2, 1, 1, 25, 100)
    late = {"closed_through": str(TODAY), "reason": "Too early."}
    refused(business.executive.post(POLICY, json=late), "period-over")


def test_a_project_lands_where_its_earned_value_says(business: FinanceAlone) -> None:
    team = business.team()
    budget = business.division_budget(team.division, 1000)
    project = business.approved(team, euros(400))
    done(business.fund(project, euros(400), budget))
    assert forecast(business.controller, budget)["projects"]["items"][0]["basis"] == "budget"
    point = planning.EarnedValuePoint(day=TODAY, earned=100, budget=400, actual=150)
    moved = planning.EarnedValueMoved(division_id=UUID(team.division), currency="EUR", points=(point,))
    business.neighbours.tell("portfolio", f"plan-{project}", moved)
    business.settle()
    projects = forecast(business.controller, budget)["projects"]
    assert [float(projects[name]) for name in ("granted", "estimate")] == [400, 600]
    assert projects["items"][0]["basis"] == "earned value"
    estimate = {"estimate": euros(390), "basis": "stated", "as_of": str(TODAY), "reason": "Offer."}
    done(business.controller.post(f"/project-budgets/{project}/state-estimate", json=estimate))
    alone = done(business.controller.get(f"/project-budgets/{project}/forecast"))
    assert (float(alone["estimate"]), float(alone["over"]), alone["basis"]) == (390, -10, "stated")
