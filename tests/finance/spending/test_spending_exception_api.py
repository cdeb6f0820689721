"""Exceptions to a stop over HTTP: who grants them, what uses them, and many orders at once."""

from functools import partial
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Json, Post, at_once, done, euros, made, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY


@pytest.fixture(scope="module")
def above(business: FinanceAlone) -> tuple[str, Post]:
    """The division above, and its head."""
    return business.headed()


@pytest.fixture(scope="module")
def head_above(business: FinanceAlone, above: tuple[str, Post]) -> httpx.Client:
    return business.system("finance", Role.STAFF, subject=above[1].person)


@pytest.fixture
def spender(business: FinanceAlone, above: tuple[str, Post]) -> tuple[httpx.Client, str]:
    """The head of a division below, and its budget of 1,000 EUR for software."""
    division, head = business.headed(above[0])
    client = business.system("finance", Role.MANAGER, subject=head.person)
    return client, business.division_budget(division, 1000)


def drafted(client: httpx.Client, budget: str, amount: int) -> str:
    said = {"division_budget_id": budget, "category": "travel", "amount": euros(amount), "reference": "Order 7"}
    return made(client.post("/commitments", json=said))


def asked(client: httpx.Client, budget: str, amount: int) -> str:
    said = {"division_budget_id": budget, "category": "travel", "amount": euros(amount), "reason": "An audit."}
    return made(client.post("/spending-exceptions", json=said))


def granted(client: httpx.Client, exception: str, amount: int) -> None:
    said = {"limit": euros(amount), "ends_on": str(TODAY)}
    done(client.post(f"/spending-exceptions/{exception}/grant", json=said))


def of(client: httpx.Client, exception: str) -> Json:
    return done(client.get(f"/spending-exceptions/{exception}"))


def test_a_refusal_names_the_exception_and_the_level_above_grants_it(
    business: FinanceAlone, spender: tuple[httpx.Client, str], head_above: httpx.Client
) -> None:
    client, budget = spender
    order = f"/commitments/{drafted(client, budget, 60)}"
    assert "exception" in refused(client.post(f"{order}/place-order", json={}), "category-limit")["remedy"]
    exception = asked(client, budget, 100)
    path, grant = f"/spending-exceptions/{exception}", {"limit": euros(100), "ends_on": str(TODAY)}

    def waits(who: httpx.Client) -> bool:
        return path in [each["href"] for each in done(who.get("/desk"))["decisions"]]

    wait_until(lambda: waits(head_above), "it waits for the head above")
    assert (waits(client), waits(business.controller)) == (False, True)
    not_authorised(client.post(f"{path}/grant", json=grant))
    stranger = business.system("finance", Role.MANAGER, subject=str(uuid4()))
    not_authorised(stranger.post(f"{path}/grant", json=grant))
    named = {"exception_id": exception}
    refused(client.post(f"{order}/place-order", json=named), "exception-status")
    granted(head_above, exception, 100)
    assert not waits(head_above)
    assert done(client.post(f"{order}/place-order", json=named))["exception_id"] == exception
    assert of(client, exception)["used"] == "60"
    more = f"/commitments/{drafted(client, budget, 41)}/place-order"
    answer = refused(client.post(more, json=named), "exception-limit")
    assert "40 left of the exception: 100 EUR granted - 60 used by orders" in answer["detail"]
    done(client.post(f"{order}/release", json={"reason": "No need."}))
    assert of(client, exception)["used"] == "0"
    done(client.post(more, json=named))
    assert of(client, exception)["used"] == "41"


def test_who_asked_does_not_grant_it(business: FinanceAlone, spender: tuple[httpx.Client, str]) -> None:
    exception = asked(business.controller, spender[1], 10)
    path, said = f"/spending-exceptions/{exception}", {"limit": euros(10), "ends_on": str(TODAY)}
    refused(business.controller.post(f"{path}/grant", json=said), "asker-is-not-granter", 403)
    refused(business.controller.post(f"{path}/refuse", json={"reason": "No."}), "asker-is-not-granter", 403)
    done(business.executive.post(f"{path}/grant", json=said))


def test_however_many_order_at_once_the_exception_is_never_exceeded(
    business: FinanceAlone, spender: tuple[httpx.Client, str]
) -> None:
    client, budget = spender
    exception = asked(client, budget, 100)
    granted(business.executive, exception, 100)
    orders = [drafted(client, budget, 40) for _ in range(6)]
    named = {"exception_id": exception}
    answers = at_once([partial(client.post, f"/commitments/{each}/place-order", json=named) for each in orders])
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 4
    assert of(client, exception)["used"] == "80"
    charged = done(client.get(f"/division-budgets/{budget}"))["charged"]
    assert charged["travel"]["committed"] == "80"


def test_an_exception_does_not_lift_what_is_available(
    business: FinanceAlone, spender: tuple[httpx.Client, str]
) -> None:
    client, budget = spender
    exception = asked(client, budget, 2000)
    granted(business.executive, exception, 2000)
    path = f"/commitments/{drafted(client, budget, 1001)}/place-order"
    refused(client.post(path, json={"exception_id": exception}), "no-overdraw")
    assert of(client, exception)["used"] == "0"
