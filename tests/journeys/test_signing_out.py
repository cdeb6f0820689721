"""Who signs out of the dashboard is refused with that token in every service."""

from datetime import UTC, datetime

import httpx
import pytest
from pydantic_core import to_json
from sqlalchemy import create_engine, text

from chassis.messaging.kafka import Message, Producer
from contracts.reporting import SIGN_OUTS_TOPIC
from contracts.roles import Role
from tests import plain_http
from tests.business import Business
from tests.harness import wait_until

ASKED = {
    "people": "/persons",
    "portfolio": "/projects",
    "finance": "/project-budgets",
    "reporting": "/divisions/scorecard",
}
HEARERS = ("people", "portfolio", "finance")


def ask(business: Business, service: str, token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return plain_http.get(f"{business.company.running[service].url}{ASKED[service]}", headers=headers, timeout=30)


def sign_out(business: Business, token: str) -> None:
    url, cookie = business.company.running["reporting"].url, {"cookie": f"portolan_token={token}"}
    assert plain_http.post(f"{url}/session/end", headers=cookie, timeout=30).status_code == 303


def test_a_token_signed_out_of_is_refused_by_every_service_and_no_other_token_is(business: Business) -> None:
    token, other = (business.company.issuer.token("director", [Role.EXECUTIVE]) for _ in range(2))
    assert [ask(business, service, token).status_code for service in ASKED] == [200] * 4
    sign_out(business, token)
    for service in ASKED:
        wait_until(lambda: ask(business, service, token).status_code == 401, f"{service} refuses the token")  # noqa: B023
        assert ask(business, service, token).json()["detail"].startswith("the session of this token has ended")
    assert [ask(business, service, other).status_code for service in ASKED] == [200] * 4


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense",
        to_json({"token": "short", "expires": datetime.now(UTC)}),
        to_json({"token": "A" * 42 + "B", "expires": datetime.now(UTC)}),  # no base64url of 32 bytes ends so
        to_json({"token": "A" * 43, "expires": "9999-12-31T23:59:59-23:59"}),
    ],
    ids=["empty", "no JSON", "too short", "no base64url", "no moment"],
)
def test_what_is_no_sign_out_is_left_out_and_holds_up_none(business: Business, said: bytes) -> None:
    company = business.company
    producer = Producer(company.broker)
    producer.send_all(company.prefix + SIGN_OUTS_TOPIC, [Message(b"", said, [])])
    producer.close()
    token = company.issuer.token("director", [Role.EXECUTIVE])
    sign_out(business, token)
    for service in HEARERS:
        wait_until(lambda: ask(business, service, token).status_code == 401, f"{service} refuses the token")  # noqa: B023


def test_a_session_is_forgotten_once_its_token_has_expired(business: Business) -> None:
    engine = create_engine(business.company.running["people"].own.database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO signed_out VALUES ('old', now() - interval '1 second', true)"))
    token = business.company.issuer.token("director", [Role.EXECUTIVE])
    sign_out(business, token)
    wait_until(lambda: ask(business, "people", token).status_code == 401, "people refuses the token")
    with engine.connect() as connection:
        kept = connection.scalars(text("SELECT token FROM signed_out")).all()
    engine.dispose()
    assert b"old" not in map(bytes, kept)
    assert kept
