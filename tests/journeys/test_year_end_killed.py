"""A year's end whose worker is killed on the way: every budget is closed once, and every cent is told once."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.finance.closing.facts import STEP
from tests.business import Business, done, items, made
from tests.harness import Company, company, wait_until
from tests.infrastructure import Infrastructure
from tests.killed import Killed
from tests.today import TODAY

LAST = TODAY.year - 1
COUNT = 2 * STEP + 1


@pytest.fixture
def finance(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path) as running:
        running.start(FINANCE, worker=False)
        yield running


def test_a_year_closes_once_whenever_its_worker_is_killed(finance: Company, tmp_path: Path) -> None:
    business = Business(finance)
    root = business.division_budget(str(uuid4()), COUNT * 100, year=LAST)
    below = [business.division_budget(str(uuid4()), 100, year=LAST, parent=root) for _ in range(COUNT - 1)]
    rules = [{"category": "software", "share": "0"}]
    said = {"fiscal_year": LAST, "parent_budget_id": root, "rules": rules}
    path = f"/year-ends/{made(business.controller.post('/year-ends', json=said))}"
    with Killed(finance.running["finance"], tmp_path) as worker:
        worker.armed = True
        done(business.executive.post(f"{path}/approve", json={}))
        wait_until(lambda: done(business.controller.get(path))["status"] == "done", "the year is closed", 180)
    assert worker.kills >= 3, "each time it had got something done"
    ended = done(business.controller.get(path))
    totals = ended["totals"]["EUR"]
    assert (ended["closed"], Decimal(totals["lapsed"])) == (COUNT, Decimal(COUNT * 100))
    steps = [each["type"] for each in items(business.controller.get(f"{path}/history"))]
    assert steps == ["YearEndPrepared", "YearEndApproved", *["YearEndAdvanced"] * 3, "YearEndDone"]
    for budget in (root, *below):
        told = [each["type"] for each in items(business.controller.get(f"/division-budgets/{budget}/history"))]
        assert told.count("DivisionBudgetCarriedOver") == told.count("DivisionBudgetClosed") == 1
