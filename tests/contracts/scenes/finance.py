"""What happens in finance."""

from uuid import uuid4

from tests.business import Business, Json, Team, commitment, done, draft, entry, euros, made, on_budget
from tests.harness import wait_until
from tests.today import TODAY


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
    order, invoice = commitment(50), entry(200)
    done(on_budget(controller, project, "make-commitment", **order))
    released = {"commitment_id": order["commitment_id"], "reason": "Not needed."}
    done(on_budget(controller, project, "release-commitment", **released))
    done(on_budget(controller, project, "record-actual", **invoice))
    done(on_budget(controller, project, "reverse-actual", entry_id=invoice["entry_id"], reason="Wrong."))
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
