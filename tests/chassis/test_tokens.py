"""Bearer tokens: only what the issuer signed for us, lately, about somebody, is believed."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.domain.decider import Actor
from chassis.http.security import KeysUnavailable, Tokens, Unauthenticated, fetch_keys
from portolan.issuer import AUDIENCE, ISSUER, Issuer
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.harness import NOWHERE, Running, company


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return Tokens(issuer.jwks_url, ISSUER, AUDIENCE)


def forge(issuer: Issuer, *, key: Any = None, algorithm: str = "EdDSA", **changed: Any) -> str:
    """A token like the issuer's; ``header_kid`` and so on change its header, None leaves a claim out."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "client_id": "c", "roles": ["manager"]}
    claims |= {"iat": now, "exp": now + 600, "jti": "j"}
    header: dict[str, Any] = {"typ": "at+jwt", "kid": issuer._kid}
    for name, value in changed.items():
        of, name = (header, name.removeprefix("header_")) if name.startswith("header_") else (claims, name)
        of.pop(name, None)
        if value is not None:
            of[name] = value
    return jwt.encode(claims, issuer._key if key is None else key, algorithm=algorithm, headers=header)


def believed(tokens: Tokens, token: str) -> Actor:
    return asyncio.run(tokens.actor(token))


def unsigned(issuer: Issuer) -> str:
    return forge(issuer, key="", algorithm="none")


def signed_with_the_public_key(issuer: Issuer) -> str:
    """HS256 with the public key's bytes for a secret, put together by hand because PyJWT refuses to."""
    public = issuer._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, claims, _ = forge(issuer).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": issuer._kid}).encode())
    signed = head.rstrip(b"=") + b"." + claims.encode()
    signature = base64.urlsafe_b64encode(hmac.new(public, signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + signature).decode()


def tampered(issuer: Issuer) -> str:
    head, claims, signature = forge(issuer).split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))) | {"sub": "eve"}
    return ".".join([head, base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("="), signature])


NOT_BELIEVED: dict[str, Callable[[Issuer], str]] = {
    "signed by somebody else": lambda issuer: forge(issuer, key=Ed25519PrivateKey.generate()),
    "signed by another kind of key": lambda issuer: forge(
        issuer, key=generate_private_key(SECP256R1()), algorithm="ES256"
    ),
    "changed after signing": tampered,
    "unsigned": unsigned,
    "signed with the public key as a secret": signed_with_the_public_key,
    "signature cut off": lambda issuer: forge(issuer).rpartition(".")[0] + ".",
    "expired": lambda issuer: forge(issuer, exp=int(time.time()) - 60),
    "not yet valid": lambda issuer: forge(issuer, nbf=int(time.time()) + 600),
    "issued in the future": lambda issuer: forge(issuer, iat=int(time.time()) + 600),
    "without an end": lambda issuer: forge(issuer, exp=None),
    "without a beginning": lambda issuer: forge(issuer, iat=None),
    "without an id": lambda issuer: forge(issuer, jti=None),
    "for somebody else": lambda issuer: forge(issuer, aud="another"),
    "for nobody": lambda issuer: forge(issuer, aud=None),
    "of another issuer": lambda issuer: forge(issuer, iss="https://evil.invalid"),
    "of no issuer": lambda issuer: forge(issuer, iss=None),
    "an ID token": lambda issuer: forge(issuer, header_typ="JWT"),
    "of no type": lambda issuer: forge(issuer, header_typ=None),
    "of another type": lambda issuer: forge(issuer, header_typ="at+jwt+x"),
    "signed with an unknown key": lambda issuer: forge(issuer, header_kid="unknown"),
    "naming no key": lambda issuer: forge(issuer, header_kid=None),
    "about nobody": lambda issuer: forge(issuer, sub=None),
    "about an empty name": lambda issuer: forge(issuer, sub=""),
    "about a very long name": lambda issuer: forge(issuer, sub="a" * 201),
    "about a name with NUL": lambda issuer: forge(issuer, sub="a\x00"),
    "about a name with half a character": lambda issuer: forge(issuer, sub="a\ud800"),
    "with half a character in a role": lambda issuer: forge(issuer, roles=["\udc00"]),
    "with roles that are no list": lambda issuer: forge(issuer, roles="manager"),
    "with roles that are no names": lambda issuer: forge(issuer, roles=[{"a": 1}]),
    "no token": lambda _: "nonsense",
    "three nothings": lambda _: "..",
    "not base64": lambda _: "ä.ö.ü",
    "empty": lambda _: "",
}


@pytest.mark.parametrize("make", NOT_BELIEVED.values(), ids=NOT_BELIEVED)
def test_nothing_else_is_believed(issuer: Issuer, tokens: Tokens, make: Callable[[Issuer], str]) -> None:
    token = make(issuer)
    with pytest.raises(Unauthenticated) as refused:
        believed(tokens, token)
    assert not token or token not in str(refused.value)


def test_the_issuers_tokens_are_believed(issuer: Issuer, tokens: Tokens) -> None:
    assert believed(tokens, issuer.token("ada", ["manager", "hr"])) == Actor("ada", frozenset({"manager", "hr"}))
    assert believed(tokens, forge(issuer, roles=None)) == Actor("ada")
    assert believed(tokens, forge(issuer, roles=["manager", "system"])) == Actor("ada", frozenset({"manager"}))
    assert believed(tokens, forge(issuer, header_typ="application/at+JWT")).id == "ada"


def test_a_believed_token_is_not_believed_longer_than_it_lasts(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token("ada", [], seconds=60)
    assert believed(tokens, token).id == "ada"
    later = time.time() + 3600
    monkeypatch.setattr("chassis.http.security.time.time", lambda: later)
    monkeypatch.setattr(tokens, "_check", checked_again)
    with pytest.raises(Unauthenticated, match="checked again"):
        believed(tokens, token)


async def checked_again(_token: str) -> tuple[Actor, float]:
    raise Unauthenticated("checked again")


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every fetch of the issuer's keys."""
    made: list[str] = []

    def counted(url: str) -> list[jwt.PyJWK]:
        made.append(url)
        return fetch_keys(url)

    monkeypatch.setattr("chassis.http.security.fetch_keys", counted)
    return made


async def flood(tokens: Tokens, issuer: Issuer, count: int) -> None:
    for number in range(count):
        with pytest.raises((Unauthenticated, KeysUnavailable)):
            await tokens.actor(forge(issuer, header_kid=f"unknown{number}"))


def test_a_flood_of_unknown_keys_fetches_the_issuers_keys_once(
    issuer: Issuer, tokens: Tokens, fetches: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    asyncio.run(flood(tokens, issuer, 50))
    assert len(fetches) == 1
    now += 11
    asyncio.run(flood(tokens, issuer, 50))
    assert len(fetches) == 2


def test_a_flood_while_the_issuer_is_away_does_not_ask_it_every_time(
    issuer: Issuer, tokens: Tokens, fetches: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    assert believed(tokens, forge(issuer)).id == "ada"
    issuer._jwks.unlink()
    now += 11
    asyncio.run(flood(tokens, issuer, 50))
    assert len(fetches) == 2
    assert believed(tokens, forge(issuer, sub="eve")).id == "eve", "known keys go on being believed"


def test_a_new_key_of_the_issuer_is_found_after_a_while(
    issuer: Issuer, tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    assert believed(tokens, forge(issuer)).id == "ada"
    rotated = Issuer(tmp_path / "rotated")
    issuer._jwks.write_text(rotated._jwks.read_text())
    now += 11
    assert believed(tokens, forge(rotated, sub="eve")).id == "eve"
    with pytest.raises(Unauthenticated):
        believed(tokens, forge(issuer, sub="bob"))


def test_a_token_that_was_believed_is_not_any_more_once_its_key_is_withdrawn(
    issuer: Issuer, tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    token = forge(issuer)
    assert believed(tokens, token).id == "ada"
    now += 11
    asyncio.run(tokens.refresh())
    assert token in tokens._known, "the keys are the same"
    issuer._jwks.write_text(Issuer(tmp_path / "rotated")._jwks.read_text())
    now += 11
    asyncio.run(tokens.refresh())
    with pytest.raises(Unauthenticated):
        believed(tokens, token)


def test_keys_that_were_withdrawn_are_not_believed_for_longer_than_a_minute_and_an_empty_set_is_believed(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    token = forge(issuer)
    assert believed(tokens, token).id == "ada"
    issuer._jwks.write_text('{"keys": []}')
    now += 59
    assert believed(tokens, token).id == "ada"
    now += 2
    with pytest.raises(Unauthenticated):
        believed(tokens, token)


def test_a_slow_issuer_that_never_answered_is_asked_once_for_all_who_wait_and_again_a_second_later(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, fetches = 1000.0, 0

    def slow(_url: str) -> list[jwt.PyJWK]:
        nonlocal fetches
        fetches += 1
        time.sleep(0.2)
        raise OSError("it does not respond")

    async def twice_six() -> None:
        nonlocal now
        for asked in (1, 2):
            answers = await asyncio.gather(*(tokens.actor(forge(issuer)) for _ in range(6)), return_exceptions=True)
            assert [type(answer) for answer in answers] == [KeysUnavailable] * 6
            assert fetches == asked
            now += 1.1

    monkeypatch.setattr("chassis.http.security.time.monotonic", lambda: now)
    monkeypatch.setattr("chassis.http.security.fetch_keys", slow)
    asyncio.run(twice_six())


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "nonsense", '{"keys": [{"kty": "?"}]}'])
def test_without_the_issuers_keys_nobody_can_be_believed_or_blamed(
    issuer: Issuer, tokens: Tokens, content: str | None
) -> None:
    token = forge(issuer)
    issuer._jwks.unlink()
    if content is not None:
        issuer._jwks.write_text(content)
    with pytest.raises(KeysUnavailable):
        believed(tokens, token)


@pytest.fixture(scope="module")
def counting(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made.start(SERVICE, worker=False)


SENDABLE = {name: make for name, make in NOT_BELIEVED.items() if name != "empty"}


@pytest.mark.parametrize("make", SENDABLE.values(), ids=SENDABLE)
def test_over_http_it_is_a_401_that_does_not_repeat_the_token(counting: Running, make: Callable[[Issuer], str]) -> None:
    token = make(counting.issuer)
    headers = [(b"authorization", b"Bearer " + token.encode())]
    response = plain_http.get(f"{counting.url}/counters", headers=headers, timeout=30)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert not token or token not in response.text


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "bearer x y", "Digest x"])
def test_over_http_other_schemes_are_a_401(counting: Running, value: str) -> None:
    response = plain_http.get(f"{counting.url}/counters", headers={"authorization": value}, timeout=30)
    assert (response.status_code, response.headers["content-type"]) == (401, "application/problem+json")
