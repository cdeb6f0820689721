"""Contingency and benefits over HTTP: drawn once however often it is told, and confirmed by finance alone."""

from typing import Any
from uuid import UUID, uuid4

from contracts.portfolio import initiatives, risks
from contracts.roles import Role
from contracts.values import Money
from tests.business import Json, done, euros, items, not_authorised, on_budget, refused
from tests.finance.alone import FinanceAlone
from tests.today import TODAY


def held(business: FinanceAlone, contingency: int) -> str:
    """A project that has so much held for risks."""
    project = business.approved(business.team())
    done(on_budget(business.controller, project, "confirm-funding", granted=euros(100), contingency=euros(contingency)))
    return project


def ask(business: FinanceAlone, project: str, amount: int) -> str:
    """A risk of the project that materialised and asks for contingency."""
    risk = str(uuid4())
    asked = risks.ContingencyAsked(project_id=UUID(project), amount=Money.model_validate(euros(amount)))
    business.neighbours.tell("portfolio", f"risk-{risk}", asked)
    return risk


def answer(business: FinanceAlone, risk: str) -> Json:
    return done(business.controller.get(f"/contingency-draws/{risk}"))


def contingency(business: FinanceAlone, project: str) -> Any:
    return done(business.controller.get(f"/project-budgets/{project}"))["contingency"]


def test_a_risk_draws_on_the_contingency_once_however_often_it_is_told(business: FinanceAlone) -> None:
    project = held(business, 30)
    risk = ask(business, project, 20)
    business.neighbours.repeat()
    business.neighbours.tell("portfolio", f"risk-{risk}", risks.RiskMonitored(note="", review_on=TODAY))
    business.settle()
    found = answer(business, risk)
    assert (found["status"], found["left"]["amount"]) == ("drawn", "10")
    assert contingency(business, project)["amount"] == "10"
    history = items(business.controller.get(f"/contingency-draws/{risk}/history"))
    assert [event["type"] for event in history] == ["ContingencyDrawn"]
    assert business.company.running["finance"].status()["parked"] == 0


def test_risks_that_ask_together_never_draw_more_than_is_held(business: FinanceAlone) -> None:
    project = held(business, 50)
    asked = [ask(business, project, 20) for _ in range(6)]
    business.settle()
    found = [answer(business, risk)["status"] for risk in asked]
    assert (found.count("drawn"), found.count("refused")) == (2, 4)
    assert contingency(business, project)["amount"] == "10"
    listed = items(business.controller.get("/contingency-draws", params={"project_id": project, "status": "drawn"}))
    assert len(listed) == 2


def test_a_risk_of_a_project_that_has_not_been_heard_of_gets_nothing(business: FinanceAlone) -> None:
    risk = ask(business, str(uuid4()), 20)
    business.settle()
    found = answer(business, risk)
    assert (found["status"], found["left"], found["reason"]) == ("refused", None, "The project has no budget.")


def test_a_benefit_whose_day_has_come_waits_for_a_controller_however_often_it_is_told(business: FinanceAlone) -> None:
    benefit = uuid4()
    measured = {"name": "Fewer calls", "measure": "calls a day", "baseline": "100", "target": "60"}
    of = {"division_id": uuid4(), "initiative_id": uuid4(), "project_id": None, "due_on": TODAY}
    due = initiatives.BenefitDue.model_validate(measured | of)
    business.neighbours.tell("portfolio", f"benefit-{benefit}", due)
    business.neighbours.repeat()
    later = initiatives.BenefitOwnerNamed(owner_id=uuid4(), reason="They know it.")
    business.neighbours.tell("portfolio", f"benefit-{benefit}", later)
    business.settle()

    def waiting() -> list[Any]:
        desk = done(business.controller.get("/desk"))["decisions"]
        return [(item["what"], item["name"], item["due_on"]) for item in desk if item["id"] == str(benefit)]

    assert waiting() == [("confirm the benefit or not", "Fewer calls", str(TODAY))]
    body = {"evidence": "Ledger 4711.", "confirmed_on": str(TODAY)}
    found = done(business.controller.post(f"/benefit-confirmations/{benefit}/confirm", json=body))
    assert (found["confirmed"], found["asked"]["target"], waiting()) == (True, "60", [])
    history = items(business.controller.get(f"/benefit-confirmations/{benefit}/history"))
    assert [event["type"] for event in history] == ["BenefitConfirmationOpened", "BenefitConfirmed"]
    assert business.company.running["finance"].status()["parked"] == 0


def test_finance_confirms_benefits_and_nobody_else(business: FinanceAlone) -> None:
    path, body = f"/benefit-confirmations/{uuid4()}", {"evidence": "Ledger 4711.", "confirmed_on": str(TODAY)}
    for role in Role:
        if role not in (Role.SYSTEM, Role.FINANCE_CONTROLLER):
            client = business.system("finance", role, subject=str(uuid4()))
            not_authorised(client.post(f"{path}/confirm", json=body))
    assert done(business.controller.post(f"{path}/confirm", json=body))["confirmed"] is True
    denied = {"reason": "Counted twice.", "confirmed_on": str(TODAY)}
    changed = done(business.controller.post(f"{path}/do-not-confirm", json=denied))
    assert (changed["confirmed"], changed["first"]["confirmed"]) == (False, True)
    earlier = {"reason": "Counted twice.", "confirmed_on": "2020-01-01"}
    refused(business.controller.post(f"{path}/do-not-confirm", json=earlier), "verdicts-in-order")
