"""Signing in to the pages: the cookie behind a proxy that ends TLS, and live pages that end with their token."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.reporting.app import SERVICE
from tests import plain_http
from tests.harness import company
from tests.patience import patient

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
    with company("127.0.0.1:1", fresh_database, tmp_path) as made:
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
    with company("127.0.0.1:1", fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        sent = {"cookie": f"portolan_token={running.issuer.token('somebody', [Role.EXECUTIVE], seconds=1)}"}
        with plain_http.client(base_url=running.url, timeout=patient(60)) as client:
            with client.stream("GET", "/dashboard/changes", headers=sent) as response:
                assert response.status_code == 200
                response.read()  # until the service has ended it
            assert client.get("/dashboard/changes", headers=sent).status_code == 401
