"""Signing in to the pages: the cookie behind a proxy that ends TLS, and live pages that end with their token."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Connection, create_engine, text

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.reporting.app import SERVICE
from tests import plain_http
from tests.harness import NOWHERE, company
from tests.patience import patient


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


BEHIND_TLS = {"x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("proxies", "headers", "expected"),
    [
        ("127.0.0.1", BEHIND_TLS, ("__Host-portolan_token", True)),
        ("127.0.0.1", {}, ("portolan_token", False)),
        ("", BEHIND_TLS, ("portolan_token", False)),
        ("10.0.0.1", BEHIND_TLS, ("portolan_token", False)),
    ],
)
def test_the_cookie_is_secure_and_bound_to_the_host_where_a_trusted_proxy_ends_tls(
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path: Path,
    proxies: str,
    headers: dict[str, str],
    expected: tuple[str, bool],
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        made.settings["trusted_proxies"] = proxies
        running = made.start(SERVICE, worker=False)
        token = running.issuer.token("somebody", [Role.EXECUTIVE])
        response = plain_http.post(f"{running.url}/session", json={"token": token}, headers=headers, timeout=60)
        assert response.status_code == 204
        cookie = response.headers["set-cookie"]
        assert (cookie.partition("=")[0], "; Secure" in cookie) == expected
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        sent = headers | {"cookie": f"{expected[0]}={token}"}
        assert plain_http.get(f"{running.url}/", headers=sent, timeout=60).status_code == 200
        away: httpx.Response = plain_http.get(f"{running.url}/", headers=headers, timeout=60)
        assert (away.status_code, away.headers["location"]) == (303, "/sign-in"), "never to another host"


def test_a_live_page_ends_with_its_token(fresh_database: Callable[[], ServiceDatabase], tmp_path: Path) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        sent = {"cookie": f"portolan_token={running.issuer.token('somebody', [Role.EXECUTIVE], seconds=1)}"}
        with plain_http.client(base_url=running.url, timeout=patient(60)) as client:
            with client.stream("GET", "/dashboard/changes", headers=sent) as response:
                assert response.status_code == 200
                response.read()  # until the service has ended it
            assert client.get("/dashboard/changes", headers=sent).status_code == 401


def test_a_live_page_is_told_at_once_that_there_may_be_news_since_it_was_made(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        sent = {"cookie": f"portolan_token={running.issuer.token('somebody', [Role.EXECUTIVE])}"}
        client = plain_http.client(base_url=running.url, timeout=patient(60))
        with client, client.stream("GET", "/dashboard/changes", headers=sent) as response:
            lines = [line for line, _ in zip(response.iter_lines(), range(3), strict=False)]
            page = plain_http.get(f"{running.url}/", headers=sent, timeout=60).text
    assert "event: changed" in lines
    assert [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")] == [{"events": 0}]
    assert 'data-events="0"' in page, "what it shows already is not fetched again"


def test_who_signs_out_ends_the_token_wherever_reporting_is_asked_with_it_and_no_other(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        token, other = (running.issuer.token("somebody", [Role.EXECUTIVE]) for _ in range(2))
        mine, others = ({"cookie": f"portolan_token={each}"} for each in (token, other))
        bearer = {"authorization": f"Bearer {token}"}
        with plain_http.client(base_url=running.url, timeout=patient(60)) as client:
            assert client.get("/", headers=mine).status_code == 200
            assert client.get("/divisions/scorecard", headers=bearer).status_code == 200
            with client.stream("GET", "/dashboard/changes", headers=mine) as live:
                assert live.status_code == 200
                assert client.post("/session/end", headers=mine).headers["location"] == "/sign-in"
                live.read()  # until the service has ended it
            assert client.get("/", headers=mine).headers["location"] == "/sign-in"
            assert client.get("/dashboard/sections", headers=mine).status_code == 401
            for answer in (
                client.get("/divisions/scorecard", headers=bearer),
                client.get("/desk", headers=bearer),
                client.get("/rebuilds", headers=bearer),
                client.get("/parked", headers=bearer),
                client.post("/session", json={"token": token}),
            ):
                assert (answer.status_code, answer.json()["detail"]) == (
                    401,
                    "the session of this token has ended; sign in with a new one",
                )
            assert client.get("/", headers=others).status_code == 200
            assert client.post("/session/end", headers=mine).status_code == 303, "and once more"


def test_signing_in_and_out_is_in_the_audit_trail_and_so_is_who_was_refused(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        token = running.issuer.token("director", [Role.EXECUTIVE])
        with plain_http.client(base_url=running.url, timeout=patient(60)) as client:
            assert client.post("/session", json={"token": token}).status_code == 204
            assert client.post("/session", json={"token": "no.such.token"}).status_code == 401
            assert (
                client.post("/session", json={"token": running.issuer.token("staff", [Role.STAFF])}).status_code == 403
            )
            assert client.post("/session/end", headers={"cookie": f"portolan_token={token}"}).status_code == 303
            auditor = {"authorization": f"Bearer {running.issuer.token('auditor', [Role.AUDITOR])}"}
            found = [json.loads(line) for line in client.get("/audit/export", headers=auditor).text.splitlines()]
    assert [(each["kind"], each["actor"], each["outcome"]) for each in found] == [
        ("sign-in", "director", "204"),
        ("sign-in", "", "401 unauthenticated"),
        ("sign-in", "staff", "403 not-authorised"),
        ("sign-out", "director", "303"),
        ("export", "auditor", "200"),
    ]


def test_who_is_not_signed_in_may_sign_out(fresh_database: Callable[[], ServiceDatabase], tmp_path: Path) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        for sent in ({}, {"cookie": "portolan_token=no.such.token"}, {"cookie": f"portolan_token={'x' * 20_000}"}):
            response = plain_http.post(f"{running.url}/session/end", headers=sent, timeout=60)
            assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


def test_who_has_left_reads_nothing_by_a_role_any_more(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        person = str(uuid4())
        token = running.issuer.token(person, [Role.EXECUTIVE])
        bearer = {"authorization": f"Bearer {token}"}
        with plain_http.client(base_url=running.url, timeout=patient(60)) as client:
            assert client.get("/divisions/scorecard", headers=bearer).status_code == 200
            with connected(running.own.database_url) as connection:
                connection.execute(
                    text("INSERT INTO persons (id, name, status, gate_waived) VALUES (:id, 'withheld', 'left', false)"),
                    {"id": person},
                )
            assert client.get("/divisions/scorecard", headers=bearer).status_code == 403
            assert client.post("/session", json={"token": token}).status_code == 403


def test_ended_sessions_are_forgotten_once_their_tokens_have_expired(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        with connected(running.own.database_url) as connection:
            connection.execute(text("INSERT INTO signed_out VALUES ('old', now() - interval '1 second', true)"))
            sent = {"cookie": f"portolan_token={running.issuer.token('somebody', [Role.EXECUTIVE])}"}
            assert plain_http.post(f"{running.url}/session/end", headers=sent, timeout=60).status_code == 303
            tokens = connection.scalars(text("SELECT token FROM signed_out")).all()
        assert len(tokens) == 1
        assert len(tokens[0]) == 32
