"""The check of figures on the real store: what was tampered with is told, and nothing else is."""

from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text

from contracts.roles import Role
from tests.business import Json, done, euros, made, not_authorised
from tests.finance.alone import FinanceAlone
from tests.today import TODAY


def spent(business: FinanceAlone, of: Json, amount: int, order: str | None = None) -> str:
    id = str(uuid4())
    said = {**of, "category": "software", "amount": euros(amount), "reference": "Invoice 9", "commitment_id": order}
    clerk = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    done(clerk.post(f"/expenses/{id}/submit", json={**said, "occurred_on": str(TODAY)}))
    done(business.controller.post(f"/expenses/{id}/approve", json={}))
    return id


def ordered(business: FinanceAlone, of: Json, amount: int) -> str:
    said = {**of, "category": "software", "amount": euros(amount), "reference": "Order 7"}
    order = made(business.controller.post("/commitments", json=said))
    done(business.controller.post(f"/commitments/{order}/place-order", json={}))
    return order


def checked(client: httpx.Client, page_size: int = 100) -> tuple[int, list[Json]]:
    """All pages of the check: how many budgets, and what differs."""
    count, found, token = 0, [], None
    while True:
        page: Json = done(client.get("/figures-check", params={"page_size": page_size, "page_token": token}))
        count, token = count + page["checked"], page["next_page_token"]
        found += page["differences"]
        if token is None:
            return count, found


def tamper(business: FinanceAlone, stream: str, path: str, value: str) -> None:
    owner = business.company.running["finance"].own.migration_url
    assert owner is not None
    engine = create_engine(owner)
    changed = text(
        "UPDATE states SET state = jsonb_set(state, CAST(:path AS text[]), to_jsonb(CAST(:value AS text)))"
        " WHERE stream = :stream"
    )
    with engine.begin() as connection:
        assert connection.execute(changed, {"path": path, "value": value, "stream": stream}).rowcount == 1
    engine.dispose()


def test_a_stored_figure_that_its_past_does_not_bear_out_is_told_with_both(business: FinanceAlone) -> None:
    division = business.division()
    business.settle()
    budget = business.division_budget(division, 1000)
    project = business.approved(business.team(), euros(300))
    done(business.fund(project, euros(200), budget))
    own, of_project = {"division_budget_id": budget}, {"project_id": project}
    order = ordered(business, own, 600)
    spent(business, own, 250, order)
    wrong = spent(business, own, 30)
    done(business.controller.post(f"/expenses/{wrong}/reverse", json={"reason": "Wrong."}))
    spent(business, of_project, 70, ordered(business, of_project, 50))
    auditor = business.system("finance", Role.AUDITOR)
    mine = {budget, project}
    assert [each for each in checked(auditor)[1] if each["budget_id"] in mine] == []
    assert checked(business.controller, page_size=1) == checked(auditor)
    not_authorised(business.system("finance", Role.MANAGER).get("/figures-check"))

    tamper(business, f"division-budget-{budget}", "{charged,software,committed}", "349")
    tamper(business, f"project-budget-{project}", "{granted,amount}", "201")
    count, found = checked(auditor, page_size=1)
    told = [tuple(each.values()) for each in found if each["budget_id"] in mine]
    assert count >= len(mine)
    assert told == [
        (budget, "charged / software / committed", "349", "350", "log"),
        (budget, "charged / software / committed", "349", "350", "orders and expenses"),
        (project, "granted / amount", "201", "200", "log"),
    ]


def test_an_order_that_its_budget_does_not_know_is_told(business: FinanceAlone) -> None:
    division = business.division()
    business.settle()
    budget = business.division_budget(division, 1000)
    order = ordered(business, {"division_budget_id": budget}, 600)
    tamper(business, f"commitment-{order}", "{amount,amount}", "610.50")
    found = [each for each in checked(business.controller)[1] if each["budget_id"] == budget]
    (told,) = found
    assert (told["figure"], told["stored"], told["recomputed"], told["source"]) == (
        "charged / software / committed",
        "600",
        "610.50",
        "orders and expenses",
    )
