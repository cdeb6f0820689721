"""Sessions that were signed out of: their tokens are refused until they expire by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from chassis.store.store import Store

IS_ENDED = text("SELECT FROM signed_out WHERE token = :token")
# What others read of it wakes the relay, as events do.
END = text(
    "WITH past AS (DELETE FROM signed_out WHERE expires_at < now()), ended AS ("
    "INSERT INTO signed_out VALUES (:token, to_timestamp(:expires), false) ON CONFLICT DO NOTHING)"
    " SELECT pg_notify('portolan_appended', '')"
)
FORGET_PAST = text("DELETE FROM signed_out WHERE expires_at < now()")
KEEP = text("INSERT INTO signed_out VALUES (:token, :expires_at, true) ON CONFLICT DO NOTHING")


class EndedSession(NamedTuple):
    """What is remembered of a token: the SHA-256 of its id, for its text can be written in more ways than one."""

    token: bytes
    expires_at: datetime


async def is_ended(store: Store, token: bytes) -> bool:
    """Return whether somebody signed out of the session that a token began."""
    return bool(await store.rows(IS_ENDED, {"token": token}))


async def end(store: Store, token: bytes, expires: float) -> None:
    """End a token's session, for good; ``expires`` is in seconds since the epoch."""
    await store.rows(END, {"token": token, "expires": expires})


def keep(connection: Connection, ended: Sequence[EndedSession]) -> None:
    """Remember sessions that ended elsewhere; those whose tokens have expired are forgotten."""
    connection.execute(KEEP, [each._asdict() for each in ended])
    connection.execute(FORGET_PAST)
