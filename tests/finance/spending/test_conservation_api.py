"""On the real store, with many at once, repeated commands and lost answers: nothing lost, doubled or overdrawn."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Json, at_once, done, euros, items, made
from tests.examples import examples
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY

HISTORIES, MOST_HISTORIES, ORDERS, ROUNDS, TOGETHER = 10, 200, 6, 3, 6
WHOLE = 1_000
STEPS = ("plan", "place-order", "place-order", "release", "cancel", "approve", "approve", "reverse")


class History:
    """Orders of one budget, each with the invoice that fulfils it."""

    def __init__(self, business: FinanceAlone, seed: int) -> None:
        self.random = random.Random(seed)
        self.controller = business.controller
        self.clerk = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(UUID(int=seed + 1)))
        division = business.division()
        business.settle()
        self.budget = business.division_budget(division, WHOLE)
        self.amounts: dict[str, int] = {}
        self.invoices = dict(self.drafted() for _ in range(ORDERS))

    def drafted(self) -> tuple[str, str]:
        """An order and its only invoice, of the same amount."""
        amount, expense = self.random.randint(100, 500), str(uuid4())
        said = {"division_budget_id": self.budget, "category": "software", "amount": euros(amount), "reference": "T"}
        order = made(self.clerk.post("/commitments", json=said))
        invoice = {**said, "commitment_id": order, "last": True, "occurred_on": str(TODAY)}
        done(self.clerk.post(f"/expenses/{expense}/submit", json=invoice))
        self.amounts[order] = self.amounts[expense] = amount
        return order, expense

    def acts(self) -> Iterator[Callable[[], httpx.Response]]:
        """Commands that are sent at the same moment; some are sent twice, of some the first answer is lost."""
        for _ in range(TOGETHER):
            step, order = self.random.choice(STEPS), self.random.choice(list(self.invoices))
            of_expense = step in ("approve", "reverse")
            path = f"/expenses/{self.invoices[order]}/{step}" if of_expense else f"/commitments/{order}/{step}"
            body = {"reason": "As agreed."} if step in ("release", "cancel", "reverse") else {}
            yield partial(self.send, path, body, str(uuid4()), self.random.choice(("once", "twice", "lost")))

    def send(self, path: str, body: Json, key: str, how: str) -> httpx.Response:
        """Send a command until it is answered, always under the same key."""
        post = partial(self.controller.post, path, json=body, headers={"idempotency-key": key})
        if how == "lost":
            with suppress(httpx.TimeoutException):
                post(timeout=0.01)
        answer = post()
        while answer.json().get("type", "").endswith("/idempotency-key-in-flight"):
            answer = post()
        if how == "twice":
            again = post()
            assert again.is_success or not answer.is_success, (path, answer.text, again.text)
        assert answer.status_code in (200, 409), (path, answer.text)
        return answer

    def check(self) -> None:
        """The budget holds what its orders and expenses say, and no more than there is.

        A request whose answer nobody waited for may be carried out a moment later.
        """
        wait_until(self.adds_up, "the budget holds what its orders and expenses say")

    def adds_up(self) -> bool:
        asked: Json = {"division_budget_id": self.budget, "page_size": 100}
        orders = items(self.controller.get("/commitments", params=asked))
        expenses = items(self.controller.get("/expenses", params=asked))
        assert {each["id"] for each in orders} == set(self.invoices)
        assert {each["id"] for each in expenses} == set(self.invoices.values())
        held = {
            "planned": self.sum_of(orders, "planned"),
            "committed": self.sum_of(orders, "committed"),
            "spent": self.sum_of(expenses, "approved"),
        }
        charged = done(self.controller.get(f"/division-budgets/{self.budget}"))["charged"].get("software", {})
        sums = {name: Decimal(charged.get(name, 0)) for name in held}
        assert sum(sums.values()) <= WHOLE, "nothing is overdrawn"
        return sums == held

    def sum_of(self, found: list[Json], status: str) -> Decimal:
        return sum((Decimal(self.amounts[each["id"]]) for each in found if each["status"] == status), Decimal(0))


@pytest.mark.hypothesis
def test_many_at_once_repeated_or_unanswered_lose_nothing_double_nothing_and_overdraw_nothing(
    business: FinanceAlone,
) -> None:
    statuses: set[int] = set()
    for seed in range(min(examples(HISTORIES), MOST_HISTORIES)):
        history = History(business, seed)
        for _ in range(ROUNDS):
            statuses |= {answer.status_code for answer in at_once(list(history.acts()))}
            history.check()
    assert statuses == {200, 409}
    token = ""
    while token is not None:
        page = done(business.controller.get("/figures-check", params={"page_token": token}))
        assert page["differences"] == []
        token = page["next_page_token"]
