"""A division's fiscal year from its budget to its close, on all services; after each step both sides tell the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests import funding
from tests.business import Business, Json, Team, done, euros, items, made, on_budget, ordered, refused
from tests.harness import wait_until
from tests.journeys.test_contingency_conversation import materialised
from tests.portfolio.risks.story import policy
from tests.today import TODAY

YEAR, LAST = TODAY.year, TODAY.year - 1
MONTHLY = ["8.34"] * 4 + ["8.33"] * 8
HIRE = Decimal(funding.cost("staff"))
"""What the vacancy takes for the rest of this year."""


@dataclass(frozen=True)
class Books:
    """What finance and reporting have to tell of a division's budget."""

    current: Decimal
    granted: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    committed: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)

    @property
    def free(self) -> Decimal:
        return self.current - self.granted - self.reserved - self.committed - self.spent


@dataclass(frozen=True)
class Year:
    """A division with its project and budgets of two years, and another division beside it."""

    business: Business
    team: Team
    other: Team

    def budget(self, division: str, year: int, **amounts: Decimal) -> str:
        """A budget that one drafts and submits, and another approves."""
        usual = {"cost_kind": "opex", "purpose": "run", "spread": MONTHLY}
        lines = [{"category": name, "amount": euros(str(amount)), **usual} for name, amount in amounts.items()]
        body = {"division_id": division, "fiscal_year": year, "currency": "EUR", "lines": lines}
        controller = self.business.controller
        budget = made(controller.post("/division-budgets", json=body))
        assert self.told(division, year)["status"] == "drafted"
        done(controller.post(f"/division-budgets/{budget}/submit", json={}))
        path = f"/division-budgets/{budget}/approve"
        refused(controller.post(path, json={}), "submitter-is-not-approver", 403)
        assert done(self.business.executive.post(path, json={}))["status"] == "approved"
        return budget

    def told(self, division: str, year: int) -> Json:
        """A division's budget as finance lists it."""
        of: dict[str, str | int] = {"division_id": division, "fiscal_year": year}
        (found,) = items(self.business.controller.get("/division-budgets", params=of))
        return found

    def reported(self, division: str, year: int) -> Json:
        """A division's money as reporting shows it."""
        reader = self.business.system("reporting", Role.EXECUTIVE)
        rows = items(reader.get("/spend", params={"fiscal_year": year}))
        (found,) = [row for row in rows if row["division_id"] == division]
        return found

    def check(self, books: Books, year: int = YEAR) -> Json:
        """Compare finance's budget and reporting's row with what is expected, to the cent."""
        self.business.settle()
        budget, row = self.told(self.team.division, year), self.reported(self.team.division, year)
        assert Decimal(budget["current"]["amount"]) == Decimal(row["current"]) == books.current
        assert charged(budget, "reserved") == Decimal(row["reserved"]) == books.reserved
        assert charged(budget, "planned", "committed") == Decimal(row["own_committed"]) == books.committed
        assert charged(budget, "spent") == Decimal(row["own_spent"]) == books.spent
        assert (Decimal(row["allotted"]), Decimal(row["free"])) == (books.granted, books.free)
        assert Decimal(budget["overrun"]) == max(-books.free, Decimal(0))
        names = {"current": "current", "reserved": "reserved", "committed": "own_committed", "spent": "own_spent"}
        for figure, name in (names | {"allotted": "to_projects", "original": "original"}).items():
            assert self.behind(budget["id"], figure) == Decimal(row[name]), figure
        return row

    def behind(self, budget: str, figure: str) -> Decimal:
        """The sum of the events that reporting shows behind a figure; its pages add up to the total."""
        reader = self.business.system("reporting", Role.EXECUTIVE)
        path, params, found = f"/budgets/{budget}/figures/{figure}", {"page_size": 3}, Decimal(0)
        while True:
            page = done(reader.get(path, params=params))
            found += sum((Decimal(entry["amount"]) for entry in page["items"]), Decimal(0))
            if page["next_page_token"] is None:
                assert found == Decimal(page["total"])
                return found
            params |= {"page_token": page["next_page_token"]}

    def spends(self, budget: str, amount: str, day: date, **more: object) -> str:
        """An expense that one submits, another approves and a third one pays."""
        path = f"/expenses/{uuid4()}"
        said = {"division_budget_id": budget, "category": "software", "amount": euros(amount), "reference": "Invoice 9"}
        done(self.business.controller.post(f"{path}/submit", json=said | {"occurred_on": str(day)} | more))
        done(self.business.executive.post(f"{path}/approve", json={}))
        cashier = self.business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
        assert done(cashier.post(f"{path}/pay", json={"paid_on": str(TODAY)}))["status"] == "paid"
        return path

    def transfers(self, out: str, into: str, amount: str) -> Json:
        moved = {"transfer_id": str(uuid4()), "other_budget_id": into, "amount": euros(amount), "reason": "Priorities."}
        done(self.business.controller.post(f"/division-budgets/{out}/transfer-out", json=moved))
        return {"budget_id": out, "transfer_id": moved["transfer_id"]}


def charged(budget: Json, *names: str) -> Decimal:
    return sum((Decimal(sums[name]) for sums in budget["charged"].values() for name in names), Decimal(0))


@pytest.fixture(scope="module")
def year(business: Business) -> Year:
    funding.state_rates(business)
    hires = {"category": "Staff", "annual": "ignore", "cumulative": "ignore"}
    said = {"categories": [hires], "reason": "What hires take is controlled by the budget alone."}
    done(business.controller.post(f"/finance-policies/{funding.POLICY}/set", json=said))
    executive = business.system("portfolio", Role.EXECUTIVE)
    made(executive.post("/risk-policies", json=policy().model_dump(mode="json")))
    funding.switch(business, on=True)
    return Year(business, business.team(), business.team())


def test_a_year_goes_from_budget_to_close_and_an_invoice_is_traced_to_last_years_money(year: Year) -> None:
    division, other = year.team.division, year.other.division
    old = year.budget(division, LAST, software=Decimal("1000.10"))
    giver = year.budget(other, LAST, software=Decimal("50.05"))
    year.transfers(giver, old, "30.03")
    year.spends(old, "300.02", date(LAST, 12, 15))
    order(year.business.controller, old, "200.05")
    before = Books(Decimal("1030.13"), committed=Decimal("200.05"), spent=Decimal("300.02"))
    year.check(before, LAST)

    new = year.budget(division, YEAR, software=Decimal(3000), Staff=HIRE - Decimal("500.25"))
    beside = year.budget(other, YEAR, software=Decimal(1000))
    books = Books(HIRE + Decimal("2499.75"))
    year.check(books)

    project = funded(year, new, "2750", contingency="300")
    books = Books(books.current, granted=Decimal(2750))
    year.check(books)

    books = hired_once_there_is_money(year, new, books)
    ordered_by_exception(year, new, books)
    books = ordered_overrun_and_covered(year, new, beside, books)
    contingency_is_drawn_once(year, project)
    row = year.check(books)
    assert (Decimal(row["committed"]), Decimal(row["actual"])) == (Decimal("380.38"), books.spent + Decimal("120.12"))

    books = saved(year, new, beside, books)
    charge_back_is_settled(year)
    forecast_is_stated_and_kept(year, new, old)
    books = closed(year, old, books, before)

    invoice = year.spends(new, "500.00", TODAY)
    books = Books(books.current, books.granted, books.reserved, books.committed, books.spent + 500)
    year.check(books)
    lineage = done(year.business.controller.get(f"{invoice}/lineage"))
    parts = [(part["origin_budget_id"], Decimal(part["amount"])) for part in lineage["parts"]]
    steps = [[step["kind"] for step in part["path"]] for part in lineage["parts"]]
    # What lapsed was the oldest money: of the 465.08 carried, 30.03 had come from the other division.
    assert parts == [(old, Decimal("435.05")), (giver, Decimal("30.03")), (new, Decimal("34.92"))]
    assert steps == [["carried forward"], ["transferred", "carried forward"], []]
    assert all(running.status()["parked"] == 0 for running in year.business.company.running.values())


def order(client: httpx.Client, budget: str, amount: str) -> str:
    said = {"division_budget_id": budget, "category": "software", "amount": euros(amount), "reference": "Order 7"}
    id = made(client.post("/commitments", json=said))
    done(client.post(f"/commitments/{id}/place-order", json={}))
    return id


def funded(year: Year, budget: str, granted: str, contingency: str) -> str:
    """The project asks, and finance grants it out of the division's budget."""
    business = year.business
    project = business.approved(year.team, euros(granted))
    known = {"contingency": euros(contingency), "division_budget_id": budget}
    done(on_budget(business.controller, project, "confirm-funding", granted=euros(granted), **known))
    business.settle()
    assert done(business.office.get(f"/projects/{project}"))["stage"] == "funded"
    return project


def hired_once_there_is_money(year: Year, budget: str, books: Books) -> Books:
    """A vacancy is refused with the figures, and funded once the budget is supplemented."""
    business, lead = year.business, year.team.manager
    vacancy = funding.vacancy(business, business.position(year.team.division, "staff", lead), lead)
    year.check(books)
    assert done(business.hr.get(f"/vacancies/{vacancy}"))["funding"]["status"] == "refused"
    figures = funding.reservation(business, vacancy)["figures"]
    assert f"{HIRE:,.2f} EUR exceeds the {books.free:,f} EUR available" in figures
    funding.waits(business, f"/vacancies/{vacancy}/open", "Not enough is left")
    more = {"amount": euros("1250.25"), "reason": "A hire that cannot wait."}
    done(business.controller.post(f"/division-budgets/{budget}/supplement", json=more))
    funding.approve_vacancy(business, vacancy, lead)
    books = Books(books.current + Decimal("1250.25"), books.granted, reserved=HIRE)
    year.check(books)
    assert done(business.hr.post(f"/vacancies/{vacancy}/open", json={}))["status"] == "open"
    assert books.free == 1000
    return books


def ordered_by_exception(year: Year, budget: str, books: Books) -> None:
    """A category without a line stops an order until the level above grants an exception; a release gives it back."""
    controller = year.business.controller
    said = {"division_budget_id": budget, "category": "travel", "amount": euros("60.06")}
    path = f"/commitments/{made(controller.post('/commitments', json=said | {'reference': 'Order 6'}))}"
    refused(controller.post(f"{path}/place-order", json={}), "category-limit")
    exception = made(controller.post("/spending-exceptions", json=said | {"reason": "An audit."}))
    grant, granted = f"/spending-exceptions/{exception}/grant", {"limit": euros("60.06"), "ends_on": str(TODAY)}
    refused(controller.post(grant, json=granted), "asker-is-not-granter", 403)
    done(year.business.executive.post(grant, json=granted))
    done(controller.post(f"{path}/place-order", json={"exception_id": exception}))
    assert done(controller.get(f"/spending-exceptions/{exception}"))["status"] == "used up"
    year.check(Books(books.current, books.granted, books.reserved, Decimal("60.06")))
    done(controller.post(f"{path}/release", json={"reason": "By telephone."}))
    assert Decimal(done(controller.get(f"/spending-exceptions/{exception}"))["used"]) == 0
    year.check(books)


def ordered_overrun_and_covered(year: Year, budget: str, beside: str, books: Books) -> Books:
    """Orders stop at what is available; what happened goes above it, raises an overrun, and a transfer covers it."""
    controller = year.business.controller
    licences = order(controller, budget, "400.40")
    year.check(Books(books.current, books.granted, books.reserved, Decimal("400.40")))
    said = {"division_budget_id": budget, "category": "software", "amount": euros("599.61"), "reference": "Order 8"}
    path = f"/commitments/{made(controller.post('/commitments', json=said))}/place-order"
    for headers in ({"prefer": "dry-run"}, {}):
        assert (
            "599.60 EUR available" in refused(controller.post(path, json={}, headers=headers), "no-overdraw")["detail"]
        )
    year.spends(budget, "450.45", TODAY, commitment_id=licences, last=True)
    year.check(Books(books.current, books.granted, books.reserved, spent=Decimal("450.45")))
    year.spends(budget, "600.00", TODAY)
    over = Books(books.current, books.granted, books.reserved, spent=Decimal("1050.45"))
    assert over.free == Decimal("-50.45")
    year.check(over)
    year.transfers(beside, budget, "500.50")
    covered = Books(over.current + Decimal("500.50"), over.granted, over.reserved, spent=over.spent)
    year.check(covered)
    return covered


def contingency_is_drawn_once(year: Year, project: str) -> None:
    """The project orders and spends, and a risk that materialised draws on what is held for it."""
    business = year.business
    business.spend(project, "120.12", ordered(business.controller, project, "500.50"))
    risk = materialised(business, year.team, project, 60)
    business.settle()
    assert done(business.office.get(f"/risks/{risk}"))["contingency"]["drawn"]
    budget = done(business.controller.get(f"/project-budgets/{project}"))
    figures = [
        Decimal(budget[name]["amount"]) for name in ("granted", "contingency", "committed", "spent", "available")
    ]
    assert figures == [2750, 240, Decimal("380.38"), Decimal("120.12"), Decimal("2009.50")]


def saved(year: Year, budget: str, beside: str, books: Books) -> Books:
    """Finance confirms what was saved; a transfer, and nothing else, lowers the budget."""
    controller, head = year.business.controller, year.team.head
    said = {"name": "One licence for all", "kind": "cashable", "division_id": year.team.division}
    amounts = {"baseline": euros("400.40"), "expected": euros("150.00"), "due_on": str(TODAY)}
    identified = controller.post("/savings-measures", json=said | amounts | {"owner_id": head.person})
    measure = f"/savings-measures/{made(identified)}"
    done(controller.post(f"{measure}/validate", json={"evidence": "The contract."}))
    done(year.business.as_person("finance", head).post(f"{measure}/commit", json={}))
    found = {"realised": euros("100.10"), "evidence": "The ledger.", "found_on": str(TODAY)}
    assert done(controller.post(f"{measure}/realise", json=found))["status"] == "realised"
    year.check(books)
    done(controller.post(f"{measure}/record-transfer", json=year.transfers(budget, beside, "100.10")))
    lowered = Books(books.current - Decimal("100.10"), books.granted, books.reserved, spent=books.spent)
    year.check(lowered)
    return lowered


def charge_back_is_settled(year: Year) -> None:
    """Two divisions bear a cost by their users, to the cent, and accept it."""
    business, receiving = year.business, [year.other, year.business.team()]
    shares = zip(receiving, ("2", "1"), strict=True)
    values = [{"division_id": team.division, "value": value} for team, value in shares]
    pool = {"name": "Servers", "division_id": None, "amount": euros("100.00"), "driver": "users", "values": values}
    period = {"start": str(TODAY.replace(day=1)), "end": str(TODAY)}
    of = {"division_id": year.team.division, "name": "IT services", "period": period, "currency": "EUR"}
    said = of | {"method": "direct", "receivers": [team.division for team in receiving], "pools": [pool]}
    charge = f"/charge-backs/{made(business.controller.post('/charge-backs', json=said))}"
    for command in ("calculate", "issue"):
        issued = done(business.controller.post(f"{charge}/{command}", json={}))
    assert [line["amount"] for line in issued["lines"]] == [euros("66.67"), euros("33.33")]
    for team in receiving:
        client = business.as_person("finance", team.head)
        done(client.post(f"{charge}/accept", json={"division_id": team.division}))
    assert done(business.controller.post(f"{charge}/settle", json={}))["status"] == "settled"


def forecast_is_stated_and_kept(year: Year, new: str, old: str) -> None:
    """The holder states what is to come; the close of the last month keeps what was expected."""
    business, path = year.business, f"/division-budgets/{new}/forecast"
    before = {each["category"]: each for each in done(business.controller.get(path))["items"]}["software"]
    stated = {"category": "software", "period": TODAY.month, "amount": euros("1234.56"), "reason": "A second site."}
    done(business.as_person("finance", year.team.head).post(f"/forecasts/{new}/state", json=stated))
    found = done(business.controller.get(path))["items"]
    after = {each["category"]: each for each in found}["software"]
    expected = list(map(Decimal, before["expected"]))
    expected[TODAY.month - 1] = Decimal("1234.56")
    assert (list(map(Decimal, after["expected"])), Decimal(after["total"])) == (expected, sum(expected))
    close = {"closed_through": str(TODAY.replace(day=1) - timedelta(days=1)), "reason": "The month is over."}
    done(business.executive.post(f"/finance-policies/{funding.POLICY}/set", json=close))
    business.settle()
    # Of last year's everything is spent or on order, in its last month.
    assert kept(year, old, 12) == [Decimal(0)] * 11 + [Decimal("500.07")]
    if TODAY.month > 1:
        whole = [sum(map(Decimal, amounts)) for amounts in zip(*(each["expected"] for each in found), strict=True)]
        assert kept(year, new, TODAY.month - 1) == whole


def kept(year: Year, budget: str, closed: int) -> list[Decimal]:
    """What a close kept of a forecast."""
    path = f"/forecasts/{budget}"

    def frozen() -> Json:
        found = year.business.controller.get(path)
        return dict(found.json()["frozen"]) if found.status_code == 200 else {}

    wait_until(lambda: str(closed) in frozen(), "the close keeps the forecast")
    return list(map(Decimal, frozen()[str(closed)]))


def closed(year: Year, old: str, books: Books, before: Books) -> Books:
    """Last year's budget closes as foreseen: its order goes on with its money, half of the rest is carried."""
    business, rules = year.business, [{"category": "software", "share": "50"}]
    said = {"fiscal_year": LAST, "parent_budget_id": old, "rules": rules}
    path = f"/year-ends/{made(business.controller.post('/year-ends', json=said))}"
    preview = done(business.controller.get(f"{path}/preview"))
    (seen,) = preview["items"]
    carried, lapsed = Decimal("465.08"), Decimal("265.03")
    assert {name: Decimal(amount) for name, amount in seen["totals"].items()} == {
        "current": before.current,
        "granted": 0,
        "spent": before.spent,
        "carried": carried,
        "lapsed": lapsed,
        "overspent": 0,
    }
    refused(business.controller.post(f"{path}/approve", json={}), "preparer-is-not-approver", 403)
    done(business.executive.post(f"{path}/approve", json={}))
    wait_until(lambda: done(business.controller.get(path))["status"] == "done", "the year is closed")
    ended = done(business.controller.get(path))
    assert (ended["closed"], ended["totals"]["EUR"]) == (1, seen["totals"])
    gone = year.told(year.team.division, LAST)
    assert (gone["status"], Decimal(gone["carried_over"]), Decimal(gone["lapsed"])) == ("closed", carried, lapsed)
    grown = Books(books.current + carried, books.granted, books.reserved, before.committed, books.spent)
    year.check(grown)
    return grown
