"""A year's end whose worker is killed on the way: every budget is closed once, and every cent is in one place."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.finance.closing.facts import STEP
from tests.business import Business, Json, done, draft, euros, items, made
from tests.harness import Company, company, wait_until
from tests.infrastructure import Infrastructure
from tests.killed import Killed
from tests.today import TODAY

LAST = TODAY.year - 1
COUNT = 2 * STEP + 1
ZERO, HAD, NEXT_HAS, ORDER = Decimal(0), Decimal("100.01"), Decimal(10), Decimal("30.50")
QUARTER, LAPSES = "software", "travel"
RULES = [{"category": QUARTER, "share": "25"}, {"category": LAPSES, "share": "0"}]
# A quarter of 100.01, and of what an order of 30.50 leaves of it with the order's own.
CARRIED, WITH_ORDER = Decimal("25.00"), Decimal("17.38") + ORDER


class Tree(NamedTuple):
    """Last year's budgets with this year's of the same divisions; those of which nothing is carried have none."""

    root: str
    coming: str
    below: dict[str, str | None]
    ordered: str

    def carried(self) -> dict[str, Decimal]:
        """What is carried into each budget of this year, without what is for those below."""
        into = {self.coming: CARRIED} | {coming: CARRIED for coming in self.below.values() if coming}
        coming = self.below[self.ordered]
        assert coming is not None
        return into | {coming: WITH_ORDER}


@pytest.fixture
def finance(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path) as running:
        running.start(FINANCE, worker=False)
        yield running


def test_a_year_closes_once_to_the_cent_whenever_its_worker_is_killed(finance: Company, tmp_path: Path) -> None:
    business = Business(finance)
    tree = planted(business)
    said = {"fiscal_year": LAST, "parent_budget_id": tree.root, "rules": RULES}
    path = f"/year-ends/{made(business.controller.post('/year-ends', json=said))}"
    with Killed(finance.running["finance"], tmp_path) as worker:
        worker.at_next_step(kills=6)
        done(business.executive.post(f"{path}/approve", json={}))
        wait_until(lambda: done(business.controller.get(path))["status"] == "done", "the year is closed", 180)
    assert worker.kills >= 3, "each time it had recorded something"
    steps = [each["type"] for each in items(business.controller.get(f"{path}/history"))]
    assert steps == ["YearEndPrepared", "YearEndApproved", *["YearEndAdvanced"] * 3, "YearEndDone"]
    ended = done(business.controller.get(path))
    carried = sum(tree.carried().values())
    totals = {name: Decimal(amount) for name, amount in ended["totals"]["EUR"].items()}
    assert (ended["closed"], totals["carried"], totals["lapsed"]) == (COUNT, carried, COUNT * HAD - carried)
    check_closed(business, tree)
    check_coming(business, tree)
    check = done(business.controller.get("/figures-check", params={"page_size": 100}))
    assert (check["checked"], check["differences"]) == (100, [])


def planted(business: Business) -> Tree:
    """A tree of last year: of every second budget below its root a quarter is carried; one has an open order."""
    division = str(uuid4())
    root = budget(business, division, COUNT * HAD, LAST)
    coming = budget(business, division, COUNT * NEXT_HAS, TODAY.year)
    below: dict[str, str | None] = {}
    for place in range(COUNT - 1):
        division, category = str(uuid4()), (QUARTER, LAPSES)[place % 2]
        old = budget(business, division, HAD, LAST, root, category)
        below[old] = budget(business, division, NEXT_HAS, TODAY.year, coming) if category == QUARTER else None
    ordered = next(iter(below))
    said = {"division_budget_id": ordered, "category": QUARTER, "amount": euros(str(ORDER)), "reference": "Order 7"}
    order = made(business.controller.post("/commitments", json=said))
    done(business.controller.post(f"/commitments/{order}/place-order", json={}))
    return Tree(root, coming, below, ordered)


def budget(
    business: Business, division: str, amount: Decimal, year: int, parent: str | None = None, category: str = QUARTER
) -> str:
    said = draft(division, str(amount), year, parent)
    said["lines"][0]["category"] = category
    id = made(business.controller.post("/division-budgets", json=said))
    done(business.controller.post(f"/division-budgets/{id}/submit", json={}))
    done(business.executive.post(f"/division-budgets/{id}/approve", json={}))
    return id


def check_closed(business: Business, tree: Tree) -> None:
    """What was left of each budget of last year is carried or lapsed, and nothing else is."""
    into = tree.carried()
    for id, coming in ({tree.root: tree.coming} | tree.below).items():
        told = history(business, id)
        (over,) = [each["data"] for each in told if each["type"] == "DivisionBudgetCarriedOver"]
        carried, lapsed, overspent = (amount(over[name]) for name in ("carried", "lapsed", "overspent"))
        assert (carried, lapsed, overspent) == (into.get(coming or "", ZERO), HAD - carried, ZERO)
        assert over["carried_to"] == coming
        assert [each["type"] for each in told].count("DivisionBudgetClosed") == 1
        assert not any(map(float, charged(business, id).values())), "what is on order went with its money"


def check_coming(business: Business, tree: Tree) -> None:
    """Each budget of this year got once what was carried to it; the one above also got what those below it got."""
    into = tree.carried()
    for old, coming in tree.below.items():
        if coming is None:
            continue
        (forward,) = forwards(business, coming)
        assert forward["from_budget_id"] == old
        assert (amount(forward["amount"]), amount(forward["below"])) == (into[coming], ZERO)
        assert amount(current(business, coming)) == NEXT_HAS + into[coming]
        committed = Decimal(charged(business, coming).get("committed", 0))
        assert committed == (ORDER if old == tree.ordered else ZERO)
    came = forwards(business, tree.coming)
    assert [amount(each["amount"]) for each in came if each["from_budget_id"] == tree.root] == [CARRIED]
    assert [amount(each["amount"]) for each in came if each["from_budget_id"] is None] == [0] * (len(came) - 1)
    assert sum(amount(each["below"]) for each in came) == sum(into.values()) - CARRIED
    assert amount(current(business, tree.coming)) == COUNT * NEXT_HAS + sum(into.values())


def history(business: Business, id: str) -> list[Json]:
    return items(business.controller.get(f"/division-budgets/{id}/history"))


def forwards(business: Business, id: str) -> list[Json]:
    return [each["data"] for each in history(business, id) if each["type"] == "DivisionBudgetCarriedForward"]


def current(business: Business, id: str) -> Json:
    return dict(done(business.controller.get(f"/division-budgets/{id}"))["current"])


def charged(business: Business, id: str) -> Json:
    return dict(done(business.controller.get(f"/division-budgets/{id}"))["charged"].get(QUARTER, {}))


def amount(money: Json) -> Decimal:
    return Decimal(money["amount"])
