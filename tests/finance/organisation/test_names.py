"""Finance names persons beside their ids, as soon as it knows them and until they are erased; leavers have no role."""

from uuid import UUID, uuid4

from contracts import people
from contracts.roles import Role
from tests.business import done, draft, made, not_authorised
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY


def test_who_submitted_a_budget_is_named_once_they_are_known_and_until_they_are_erased(business: FinanceAlone) -> None:
    person = str(uuid4())
    controller = business.system("finance", Role.FINANCE_CONTROLLER, subject=person)
    budget = made(controller.post("/division-budgets", json=draft(str(uuid4()), 2026)))
    done(controller.post(f"/division-budgets/{budget}/submit", json={}))

    def names() -> dict[str, str]:
        reader = business.system("finance", Role.STAFF, subject=str(uuid4()))
        return {str(id): str(name) for id, name in done(reader.get(f"/division-budgets/{budget}"))["names"].items()}

    assert names() == {}, "nobody has been heard of by name"
    business.neighbours.tell("people", f"person-{person}", people.PersonHired(name="Ada", effective_on=TODAY))
    business.settle()
    assert names() == {person: "Ada"}
    business.neighbours.erase(UUID(person))
    wait_until(lambda: names() == {}, "whose key was erased is not named")


def test_a_system_that_submitted_a_budget_has_no_name(business: FinanceAlone) -> None:
    system = business.system("finance", Role.FINANCE_CONTROLLER, subject="system:ledger")
    budget = made(system.post("/division-budgets", json=draft(str(uuid4()), 2026)))
    assert done(system.post(f"/division-budgets/{budget}/submit", json={}))["submitted_by"] == "system:ledger"
    assert done(system.get(f"/division-budgets/{budget}"))["names"] == {}


def test_who_has_left_has_no_role_any_more(business: FinanceAlone) -> None:
    person = str(uuid4())
    controller = business.system("finance", Role.FINANCE_CONTROLLER, subject=person)
    made(controller.post("/division-budgets", json=draft(str(uuid4()), 2026)))
    left = people.PersonLeft(line_manager_id=None, effective_on=TODAY)

    def refused() -> bool:
        return controller.post("/division-budgets", json=draft(str(uuid4()), 2026)).status_code == 403

    for back in (people.LeavingWithdrawn(reason="By mistake."), people.PersonRehired(effective_on=TODAY)):
        business.neighbours.tell("people", f"person-{person}", left)
        business.settle()
        wait_until(refused, "a leaver is refused")
        not_authorised(controller.post("/division-budgets", json=draft(str(uuid4()), 2026)))
        business.neighbours.tell("people", f"person-{person}", back)
        business.settle()
        wait_until(lambda: not refused(), "who works here again acts again")
