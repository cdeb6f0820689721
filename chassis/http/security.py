"""Bearer tokens: RFC 9068 access tokens, checked against a JWKS; nothing else is believed."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import jwt
import structlog

from chassis.domain.decider import SYSTEM, Actor
from chassis.http.paging import storable

log = structlog.get_logger("security")
ALGORITHMS = ("EdDSA", "ES256", "RS256", "PS256")
REFRESH_SECONDS = 10
FAILURE_SECONDS = 1
# A key that was withdrawn is trusted for so long at most; an issuer that is away leaves those it gave last in force.
MAX_AGE_SECONDS = 60
# Who has left is one with roles for so long at most, and who signed out in another process signed in.
INACTIVE_SECONDS = 2.0
ENDED_SECONDS = 1.0
REMEMBERED = 1000


class Unauthenticated(Exception):
    """The token is missing or invalid; the text says why, without the token."""


class SessionEnded(Unauthenticated):
    """Somebody signed out of the session that this token began."""

    def __init__(self) -> None:
        super().__init__("the session of this token has ended; sign in with a new one")


class KeysUnavailable(Exception):
    """The issuer's keys could not be fetched."""


class VerifiedToken(NamedTuple):
    """What is known of a token: its actor, its ``jti``, and when it expires, in seconds since the epoch."""

    actor: Actor
    id: str
    expires: float

    @property
    def digest(self) -> bytes:
        """What is remembered of it once its session has ended."""
        return hashlib.sha256(self.id.encode()).digest()


Ended = Callable[[bytes], Awaitable[bool]]
Inactive = Callable[[Actor], Awaitable[bool]]
About = TypeVar("About")


async def told_by_digest(ended: Ended, token: VerifiedToken) -> bool:
    return await ended(token.digest)


class AskedAgain(Generic[About]):
    """A question whose answer holds for some seconds; ``key`` tells what was asked about."""

    def __init__(self, ask: Callable[[About], Awaitable[bool]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._answers: dict[str, tuple[float, bool]] = {}

    async def __call__(self, key: str, about: About) -> bool:
        asked_at, answer = self._answers.get(key, (float("-inf"), False))
        if self.is_old(asked_at):
            answer = await self._ask(about)
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = time.monotonic(), answer
        return answer

    def is_old(self, asked_at: float) -> bool:
        """Return whether what was asked then is asked again."""
        return time.monotonic() - asked_at >= self._seconds

    def forget(self, key: str) -> None:
        """Ask again the next time."""
        self._answers.pop(key, None)


class Tokens:
    """Tells whose a token is; ``ended`` says of the digest of one that is valid whether its session was ended.

    ``inactive`` says of an actor whether they do not act here, or not for now. Both are asked every few seconds.
    """

    def __init__(
        self, jwks_url: str, issuer: str, audience: str, ended: Ended | None = None, inactive: Inactive | None = None
    ) -> None:
        self._jwks_url, self._issuer, self._audience = jwks_url, issuer, audience
        self._ended = AskedAgain(partial(told_by_digest, ended), ENDED_SECONDS) if ended else None
        self._inactive = AskedAgain(inactive, INACTIVE_SECONDS) if inactive else None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._failed = float("-inf")
        self._failure = ""
        self._fetching = asyncio.Lock()
        self._known: dict[str, VerifiedToken] = {}

    async def actor(self, token: str) -> Actor:
        """Return the actor of a token; raise ``Unauthenticated``, also where its session has ended."""
        found = await self.verified(token)
        if self._ended and await self._ended(found.id, found):
            raise SessionEnded
        if self._inactive and await self._inactive(found.actor.id, found.actor):
            return replace(found.actor, roles=frozenset(), inactive=True)
        return found.actor

    def ended(self, token: VerifiedToken) -> None:
        """Take note that a token's session was ended just now."""
        if self._ended:
            self._ended.forget(token.id)

    async def verified(self, token: str) -> VerifiedToken:
        """Return what is known of a token, whether or not its session has ended; raise ``Unauthenticated``."""
        if self._keys and time.monotonic() - self._fetched > MAX_AGE_SECONDS:
            await self.refresh()
        known = self._known.get(token)
        if known and known.expires > time.time():
            return known
        found = await self._check(token)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = found
        return found

    async def _check(self, token: str) -> VerifiedToken:
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
                raise Unauthenticated("the token is not an access token (typ at+jwt)")
            key = await self._key(header.get("kid"))
            if header.get("alg") not in ALGORITHMS or header["alg"] != key.algorithm_name:
                raise Unauthenticated("the token's algorithm is not the key's")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self._audience,
                issuer=self._issuer,
                leeway=5,
                options={"require": ["exp", "iat", "sub", "aud", "iss", "jti"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(f"the token is not valid: {type(error).__name__}") from error
        return VerifiedToken(actor_of(claims), str(claims["jti"]), float(claims["exp"]))

    async def _key(self, kid: Any) -> jwt.PyJWK:
        if not isinstance(kid, str):
            raise Unauthenticated("the token names no key")
        if kid not in self._keys:
            await self.refresh()
        if kid not in self._keys:
            raise Unauthenticated("the token's key is unknown")
        return self._keys[kid]

    async def refresh(self) -> None:
        """Fetch the issuer's keys, at most every few seconds whatever is asked; raises ``KeysUnavailable``."""
        async with self._fetching:
            if time.monotonic() - self._fetched < REFRESH_SECONDS:
                return
            if time.monotonic() - self._failed < FAILURE_SECONDS:
                raise KeysUnavailable(self._failure)  # else everybody would wait for a slow issuer after the other
            try:
                keys = await asyncio.to_thread(fetch_keys, self._jwks_url)
            except (jwt.PyJWTError, OSError, ValueError, TypeError) as error:
                if self._keys:
                    self._fetched = time.monotonic()  # a flood of unknown keys does not ask an issuer that is away
                    log.warning("signing keys not refreshed", failure=type(error).__name__)
                    return
                self._failed, self._failure = time.monotonic(), type(error).__name__
                raise KeysUnavailable(self._failure) from error
            self._fetched = time.monotonic()
            fetched = {key.key_id: key for key in keys if key.key_id}
            if {id: key.key for id, key in fetched.items()} != {id: key.key for id, key in self._keys.items()}:
                self._known.clear()  # what a withdrawn key signed is not believed any more
            self._keys = fetched


def fetch_keys(jwks_url: str) -> list[jwt.PyJWK]:
    """The issuer's signing keys, over HTTP or from a file the operator put there; none where it withdrew all."""
    if jwks_url.startswith("file:"):
        found = json.loads(Path(url2pathname(urlsplit(jwks_url).path)).read_text())
    else:
        found = jwt.PyJWKClient(jwks_url, cache_keys=False, timeout=5).fetch_data()
    if not isinstance(found, dict):
        raise TypeError("a JWKS is an object")
    keys = jwt.PyJWKSet.from_dict(found).keys if found.get("keys") != [] else []
    return [key for key in keys if key.public_key_use in (None, "sig")]


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """The actor a token's claims describe: ``sub`` with its ``roles``."""
    roles = claims.get("roles", [])
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= 200 or not storable(subject):
        raise Unauthenticated("the token's subject is not a name")
    if not isinstance(roles, list) or not all(isinstance(role, str) and storable(role) for role in roles):
        raise Unauthenticated("the token's roles are not a list of names")
    return Actor(subject, frozenset(roles) - {SYSTEM})
