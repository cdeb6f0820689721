"""What happens in finance."""

from uuid import uuid4

from tests.business import Business, commitment, done, draft, entry, euros, made, on_budget
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


def confirm_benefits(business: Business) -> None:
    path, day = f"/benefit-confirmations/{uuid4()}", {"confirmed_on": str(TODAY)}
    done(business.controller.post(f"{path}/confirm", json=day | {"evidence": "Ledger 4711."}))
    done(business.controller.post(f"{path}/do-not-confirm", json=day | {"reason": "Counted twice."}))
