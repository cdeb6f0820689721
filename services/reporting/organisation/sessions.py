"""Sessions: signing out ends the token that somebody signed in with, for every process of reporting."""

import hashlib

from sqlalchemy import text

from chassis.http.security import Tokens, Unauthenticated, VerifiedToken
from chassis.store.store import Store

IS_ENDED = text("SELECT FROM ended_sessions WHERE token = :token")
END = text(
    "WITH past AS (DELETE FROM ended_sessions WHERE expires_at < now())"
    " INSERT INTO ended_sessions VALUES (:token, to_timestamp(:expires)) ON CONFLICT DO NOTHING RETURNING expires_at"
)


async def is_ended(store: Store, token: VerifiedToken) -> bool:
    """Return whether somebody signed out of the session that this token began."""
    return bool(await store.rows(IS_ENDED, {"token": digest(token)}))


async def end(tokens: Tokens, store: Store, token: str) -> None:
    """End a token's session, for good; one that is not valid has none."""
    try:
        found = await tokens.verified(token)
    except Unauthenticated:
        return
    await store.rows(END, {"token": digest(found), "expires": found.expires})


def digest(token: VerifiedToken) -> bytes:
    """What is remembered of a token: its id alone, for its text can be written in more ways than one."""
    return hashlib.sha256(token.id.encode()).digest()
