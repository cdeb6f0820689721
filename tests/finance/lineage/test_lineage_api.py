"""Lineage over HTTP: an invoice of this year, back over a carry-forward and a transfer to last year's allotments."""

from uuid import uuid4

from tests.business import done, euros, made, refused
from tests.finance.alone import FinanceAlone
from tests.finance.spending.test_spending_api import submitted
from tests.harness import wait_until
from tests.today import TODAY


def test_an_invoice_is_traced_to_first_allotments_with_amounts_that_sum(business: FinanceAlone) -> None:
    controller, executive, last = business.controller, business.executive, TODAY.year - 1
    division, other = business.division(), business.division()
    business.settle()
    giver = business.division_budget(other, 50, year=last)
    old = business.division_budget(division, 100, year=last)
    moved = {"transfer_id": str(uuid4()), "other_budget_id": old, "amount": euros(30), "reason": "Priorities."}
    done(controller.post(f"/division-budgets/{giver}/transfer-out", json=moved))
    new = business.division_budget(division, 40)
    rules = [{"category": "software", "share": "100"}]
    year_end = made(controller.post("/year-ends", json={"fiscal_year": last, "parent_budget_id": old, "rules": rules}))
    done(executive.post(f"/year-ends/{year_end}/approve", json={}))
    wait_until(lambda: done(controller.get(f"/year-ends/{year_end}"))["status"] == "done", "the year is closed")
    expense = submitted(controller, new, 155)
    path = f"/expenses/{expense}/lineage"
    refused(controller.get(path), "only-spent")
    done(executive.post(f"/expenses/{expense}/approve", json={}))
    lineage = done(controller.get(path))
    assert lineage["rule"].startswith("Oldest money first")
    parts = [(part["origin_budget_id"], float(part["amount"]), len(part["path"])) for part in lineage["parts"]]
    assert parts == [(giver, 30, 2), (old, 100, 1), (new, 25, 0)]
    assert [step["kind"] for step in lineage["parts"][0]["path"]] == ["transferred", "carried forward"]
    found = done(controller.get(f"/division-budgets/{giver}/lineage"))
    assert {(each["holder_id"], each["kind"]): float(each["amount"]) for each in found["places"]} == {
        (giver, None): 20,
        (new, "spent"): 30,
    }
    assert float(found["total"]) == 50
    done(controller.post(f"/expenses/{expense}/reverse", json={"reason": "Wrong."}))
    refused(controller.get(path), "only-spent")
    forward = done(controller.get(f"/division-budgets/{giver}/lineage"))["places"]
    assert {(each["holder_id"], each["kind"]) for each in forward} == {(giver, None), (new, None)}


def test_an_invoice_of_a_project_is_traced_to_the_divisions_money_and_what_is_left_goes_back_there(
    business: FinanceAlone,
) -> None:
    controller, team = business.controller, business.team()
    other = business.division()
    business.settle()
    own = business.division_budget(team.division, 60)
    beside = business.division_budget(other, 500)
    project = business.approved(team, euros(60))
    done(business.fund(project, euros(60), own))
    more = {"amount": euros(40), "reason": "Dearer.", "division_budget_id": beside}
    done(controller.post(f"/project-budgets/{project}/supplement", json=more))
    expense = business.spend(project, 75)
    lineage = done(controller.get(f"/expenses/{expense}/lineage"))
    parts = [(part["origin_budget_id"], float(part["amount"])) for part in lineage["parts"]]
    assert parts == [(own, 60), (beside, 15)]
    assert [[step["to_budget_id"] for step in part["path"]] for part in lineage["parts"]] == [[project], [project]]
    done(controller.post(f"/project-budgets/{project}/close", json={}))
    forward = done(controller.get(f"/division-budgets/{beside}/lineage"))
    places = {(each["holder_id"], each["kind"]): float(each["amount"]) for each in forward["places"]}
    assert places == {(beside, None): 485, (project, "spent"): 15}


def test_what_a_project_has_of_no_divisions_budget_is_first_allotted_there(business: FinanceAlone) -> None:
    team = business.team()
    project = business.funded(team, euros(80))
    lineage = done(business.controller.get(f"/expenses/{business.spend(project, 30)}/lineage"))
    assert [(part["origin"], part["origin_budget_id"], part["path"]) for part in lineage["parts"]] == [
        ("allotted", project, [])
    ]
