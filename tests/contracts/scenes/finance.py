"""What happens in finance."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx

from contracts.roles import Role
from tests.business import Business, Json, Team, done, draft, euros, made, on_budget
from tests.harness import wait_until
from tests.today import TODAY

AUDIT = {"reason": "The audit is abroad."}


def happen(business: Business) -> None:
    team, controller = business.team(), business.controller
    one, other = business.division_budget(team.division, 1000), business.division_budget(str(uuid4()), 1000)
    done(controller.post(f"/division-budgets/{one}/supplement", json={"amount": euros(9), "reason": "More."}))
    moved = {"transfer_id": str(uuid4()), "other_budget_id": one, "amount": euros(5), "reason": "Move."}
    done(controller.post(f"/division-budgets/{other}/transfer-out", json=moved))
    business.settle()
    done(controller.post(f"/division-budgets/{other}/close", json={}))
    returned = made(controller.post("/division-budgets", json=draft(str(uuid4()), 5)))
    done(controller.post(f"/division-budgets/{returned}/submit", json={}))
    done(controller.post(f"/division-budgets/{returned}/return", json={"reason": "Too much."}))
    project = business.approved(team, euros(100))
    done(business.fund(project, euros(100), one))
    dear = business.spend(project, 200)
    done(controller.post(f"/expenses/{dear}/reverse", json={"reason": "Wrong."}))
    more = {"amount": euros(1), "reason": "More.", "division_budget_id": one}
    done(on_budget(controller, project, "supplement", **more))
    estimate = {"estimate": euros(90), "basis": "stated", "as_of": str(TODAY), "reason": "Offer."}
    done(on_budget(controller, project, "state-estimate", **estimate))
    done(on_budget(controller, project, "close"))
    taken = str(uuid4())
    for granted in (10, 20):
        stated = {"division_id": team.division, "granted": euros(granted), "source": "Ledger"}
        done(on_budget(controller, taken, "take-over", **stated))
    confirm_benefits(business)
    save(business, team, one)
    earn(business, team)
    charge(business, team)
    spend(business)
    except_(business)
    forecast(business)
    authorise(business)
    exchange(business)
    close_year(business)


def authorise(business: Business) -> None:
    """A version of the authority matrix is set, approved and withdrawn before its day."""
    matrix, day = f"/authority-matrices/{UUID(int=0)}", str(TODAY + timedelta(days=60))
    entry = {"grade": "manager", "up_to": euros(1000), "second_above": "500", "category": "software"}
    said = {"valid_from": day, "entries": [entry], "reason": "As agreed."}
    done(business.controller.post(f"{matrix}/set", json=said))
    done(business.executive.post(f"{matrix}/approve", json={"valid_from": day}))
    done(business.controller.post(f"{matrix}/withdraw", json={"valid_from": day, "reason": "Not yet."}))


def close_year(business: Business) -> None:
    """A budget of last year whose rest is carried into this year's."""
    division, last = str(uuid4()), TODAY.year - 1
    one = business.division_budget(division, 10, year=last)
    business.division_budget(division, 10)
    rules = [{"category": "software", "share": "50"}]
    said = {"fiscal_year": last, "parent_budget_id": one, "rules": rules}
    year_end = f"/year-ends/{made(business.controller.post('/year-ends', json=said))}"
    done(business.executive.post(f"{year_end}/approve", json={}))
    wait_until(lambda: done(business.controller.get(year_end))["status"] == "done", "the year is closed")


def exchange(business: Business) -> None:
    """A rate that was stated wrongly."""
    said = {"base": "USD", "quote": "EUR", "day": str(TODAY), "rate": "0.9254", "source": "ECB"}
    rate = made(business.controller.post("/rates", json=said))
    corrected = {"rate": "0.9245", "reason": "Digits changed places."}
    done(business.controller.post(f"/rates/{rate}/correct", json=corrected))


def spend(business: Business) -> None:
    """A division's orders and expenses: planned, placed, invoiced, closed, released, cancelled; paid, reversed."""
    budget = business.division_budget(str(uuid4()), 1000)
    controller, executive = business.controller, business.executive
    charged = {"division_budget_id": budget, "category": "software"}

    def expense(amount: int, **more: str | bool) -> str:
        path = f"/expenses/{uuid4()}"
        said = {**charged, "amount": euros(amount), "reference": "Invoice 9", "occurred_on": str(TODAY), **more}
        done(executive.post(f"{path}/submit", json=said))
        return path

    for ending in (["plan", "cancel"], ["cancel"], ["plan", "place-order", "release"], ["place-order"]):
        drafted = made(controller.post("/commitments", json={**charged, "amount": euros(50), "reference": "Order 7"}))
        for step in ending:
            said = {"reason": "Not needed."} if step in ("cancel", "release") else {}
            done(controller.post(f"/commitments/{drafted}/{step}", json=said))
    paid, rejected = expense(40, commitment_id=drafted, last=True), expense(1)
    done(controller.post(f"{rejected}/reject", json={"reason": "Whose?"}))
    done(controller.post(f"{paid}/approve", json={}))
    done(controller.post(f"/commitments/{drafted}/close", json={}))
    treasurer = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    done(treasurer.post(f"{paid}/pay", json={"paid_on": str(TODAY)}))
    dear = expense(2000)
    for step, said in (("approve", {}), ("reverse", {"reason": "Wrong."})):
        done(controller.post(f"{dear}/{step}", json=said))
    policy = f"/finance-policies/{UUID(int=0)}/set"
    for without_line in ("warn", "stop"):
        done(executive.post(policy, json={"without_line": without_line, "reason": "As agreed."}))
        if without_line == "warn":
            trip = {**charged, "category": "travel", "amount": euros(1), "reference": "Order 8"}
            placed = made(controller.post("/commitments", json=trip))
            done(controller.post(f"/commitments/{placed}/place-order", json={}))


def except_(business: Business) -> None:
    """An order beyond the control of its category by an exception, which is then withdrawn; another is refused."""
    budget, controller = business.division_budget(str(uuid4()), 1000), business.controller
    charged = {"division_budget_id": budget, "category": "travel", "amount": euros(50)}

    def asked() -> str:
        return f"/spending-exceptions/{made(controller.post('/spending-exceptions', json=charged | AUDIT))}"

    granted, refused = asked(), asked()
    done(business.executive.post(f"{refused}/refuse", json={"reason": "Travel less."}))
    done(business.executive.post(f"{granted}/grant", json={"limit": euros(50), "ends_on": str(TODAY)}))
    order = made(controller.post("/commitments", json=charged | {"reference": "Order 9"}))
    named = {"exception_id": granted.split("/")[-1]}
    for step, said in (("plan", named), ("place-order", {}), ("release", {"reason": "Not needed."})):
        done(controller.post(f"/commitments/{order}/{step}", json=said))
    done(business.executive.post(f"{granted}/withdraw", json={"reason": "Nobody travels."}))


def forecast(business: Business) -> None:
    """Another amount than follows by rule, stated and withdrawn; what is expected is kept as the books are closed."""
    controller, year = business.controller, TODAY.year
    ahead = business.division_budget(str(uuid4()), 1000, year=year + 1)
    of, because = {"category": "software", "period": 2}, {"reason": "As agreed."}
    done(controller.post(f"/forecasts/{ahead}/state", json=of | because | {"amount": euros(700)}))
    done(controller.post(f"/forecasts/{ahead}/withdraw", json=of | because))
    over = business.division_budget(str(uuid4()), 1000, year=year - 1)
    closed = because | {"closed_through": f"{year - 1}-06-30"}
    done(business.executive.post(f"/finance-policies/{UUID(int=0)}/set", json=closed))
    kept = "the forecast is kept as the books are closed"
    wait_until(lambda: controller.get(f"/forecasts/{over}").status_code == httpx.codes.OK, kept)


def confirm_benefits(business: Business) -> None:
    path, day = f"/benefit-confirmations/{uuid4()}", {"confirmed_on": str(TODAY)}
    done(business.controller.post(f"{path}/confirm", json=day | {"evidence": "Ledger 4711."}))
    done(business.controller.post(f"{path}/do-not-confirm", json=day | {"reason": "Counted twice."}))


def save(business: Business, team: Team, budget: str) -> None:
    """A measure that is realised, revised to missed, and lowers a budget; one that is described again and given up."""
    controller, day = business.controller, str(TODAY)
    amounts = {"baseline": euros(10), "expected": euros(4)}
    described: Json = {"name": "One licence", "kind": "cashable", "due_on": day} | amounts
    of = {"division_id": team.division, "owner_id": team.manager.person}
    kept, given_up = (made(controller.post("/savings-measures", json=described | of)) for _ in range(2))
    receiver = business.division_budget(str(uuid4()), 10)
    transfer = {"transfer_id": str(uuid4()), "other_budget_id": receiver, "amount": euros(3), "reason": "Saved."}
    done(controller.post(f"/division-budgets/{budget}/transfer-out", json=transfer))
    recorded = {"budget_id": budget, "transfer_id": transfer["transfer_id"]}
    because = {"reason": "As agreed."}
    steps = [
        (kept, "validate", {"evidence": "The contract."}),
        (kept, "replan", because | {"expected": euros(3), "due_on": day}),
        (kept, "commit", {}),
        (kept, "realise", {"realised": euros(3), "evidence": "Ledger 4711.", "found_on": day}),
        (kept, "record-transfer", recorded),
        (kept, "miss", because | {"found_on": day}),
        (given_up, "revise", described | {"name": "Two licences"}),
        (given_up, "name-owner", because | {"owner_id": team.head.person}),
    ]
    for measure, command, body in steps:
        done(controller.post(f"/savings-measures/{measure}/{command}", json=body))
    due = "the day of the measure has come"
    wait_until(lambda: bool(done(controller.get(f"/savings-measures/{given_up}"))["verdict_due"]), due)
    done(controller.post(f"/savings-measures/{given_up}/withdraw", json=because))


def earn(business: Business, team: Team) -> None:
    """Income that is forecast, earned and comes in, with an entry and a receipt that were wrong, and a rest."""
    controller, other = business.controller, business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    period = {"start": str(TODAY), "end": str(TODAY)}
    of = {"division_id": team.division, "name": "Hosting", "currency": "EUR", "period": period}
    path = f"/income-sources/{made(controller.post('/income-sources', json=of))}"
    done(controller.post(f"{path}/forecast", json={"period": period, "amount": euros(9), "reason": "Contract."}))
    wrong, right = ({"entry_id": str(uuid4())} for _ in range(2))
    owed = {"amount": euros(8), "earned_on": str(TODAY), "reference": "Invoice 1"}
    paid = right | {"amount": euros(5), "received_on": str(TODAY), "reference": "Bank 7"}
    receipts = [{"receipt_id": str(uuid4())} for _ in range(2)]
    for each in (wrong, right):
        done(controller.post(f"{path}/record-earned", json=each | owed))
    done(controller.post(f"{path}/reverse-earned", json=wrong | {"reason": "Wrong."}))
    done(controller.post(f"{path}/record-received", json=paid | receipts[0]))
    done(controller.post(f"{path}/reverse-received", json=right | receipts[0] | {"reason": "Wrong."}))
    done(controller.post(f"{path}/record-received", json=paid | receipts[1]))
    done(other.post(f"{path}/write-off", json=right | {"reason": "Insolvent."}))


def charge(business: Business, team: Team) -> None:
    """A charge that one receiver accepts and another disputes, the one that replaces it, and one that is settled."""
    receivers = [business.division(), business.division()]
    business.settle()
    values = [{"division_id": id, "value": "1"} for id in receivers]
    pool = {"name": "Servers", "division_id": None, "amount": euros(9), "driver": "users", "values": values}
    period = {"start": str(TODAY), "end": str(TODAY)}
    of: Json = {"division_id": team.division, "name": "IT services", "period": period, "currency": "EUR"}
    of |= {"method": "direct", "receivers": receivers, "pools": [pool]}
    disputed = issued_charge(business, of)
    because = {"reason": "As agreed."}
    one, other = ({"division_id": id} for id in receivers)
    done(business.executive.post(f"{disputed}/accept", json=one))
    done(business.executive.post(f"{disputed}/dispute", json=other | because))
    revised = issued_charge(business, of | {"replaces": disputed.rpartition("/")[2]})
    done(business.executive.post(f"{revised}/accept", json=one))
    done(business.executive.post(f"{revised}/dispute", json=other | because))
    done(business.controller.post(f"{revised}/uphold", json=other | because))
    done(business.controller.post(f"{revised}/settle", json={}))


def issued_charge(business: Business, of: Json) -> str:
    """The path of a charge-back that is with its receivers."""
    path = f"/charge-backs/{made(business.controller.post('/charge-backs', json=of))}"
    for command in ("calculate", "issue"):
        done(business.controller.post(f"{path}/{command}", json={}))
    return path
