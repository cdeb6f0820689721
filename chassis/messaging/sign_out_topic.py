"""The topic of sessions that were signed out: one service publishes them, the others refuse their tokens as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import structlog
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from sqlalchemy import Connection, text

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, Record, ensure_topic
from chassis.messaging.key_topic import in_utc
from chassis.messaging.notice_reader import NoticeReader
from chassis.store import sessions
from chassis.store.encryption import Unreadable, decode, encode

BATCH = 1000
# Longer than any token should be valid.
TOPIC_CONFIG: Mapping[str, str] = {"cleanup.policy": "delete", "retention.ms": str(30 * 86_400_000)}
SIGN_OUTS = "sign-outs"
"""The name of the reader that applies them."""
log = structlog.get_logger(SIGN_OUTS)


@dataclass(frozen=True)
class SignOuts:
    """Where somebody signs out, and the topic on which that service says it."""

    service: str
    topic: str


class PublishedSignOut(BaseModel):
    """A message of the topic: the digest of a token's id, as base64url, and when the token expires by itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    token: str = Field(pattern="^[0-9A-Za-z_-]{43}$")
    expires: Annotated[AwareDatetime, AfterValidator(in_utc)]


@dataclass(frozen=True)
class SignOutPublisher:
    """Publishes what was signed out and not said yet, at least once."""

    topic: str
    replication: int = 1

    find = text("SELECT token, expires_at FROM signed_out WHERE NOT announced ORDER BY token LIMIT :limit")
    mark = text("UPDATE signed_out SET announced = true WHERE token = :token")

    def ensure_topic(self, broker: Broker) -> None:
        ensure_topic(broker, self.topic, partitions=1, replication=self.replication, config=TOPIC_CONFIG)

    def publish(self, connection: Connection, producer: Producer) -> None:
        """Publish sign-outs, and return when all are acknowledged."""
        while rows := connection.execute(self.find, {"limit": BATCH}).all():
            told = [sessions.EndedSession(bytes(row.token), row.expires_at) for row in rows]
            producer.send_all(self.topic, [sign_out_record(each) for each in told])
            connection.execute(self.mark, [{"token": each.token} for each in told])


def sign_out_record(ended: sessions.EndedSession) -> Message:
    told = PublishedSignOut(token=encode(ended.token), expires=ended.expires_at)
    return Message(told.token.encode(), to_json(told), [("content-type", b"application/json")])


class SignOutReader(NoticeReader[sessions.EndedSession]):
    """Applies the sign-outs of another service."""

    def understood(self, record: Record) -> sessions.EndedSession | None:
        """Return the session that a message says has ended."""
        try:
            told = PublishedSignOut.model_validate_json(record.value or b"")
            return sessions.EndedSession(decode(told.token), told.expires)
        except (ValidationError, Unreadable):
            log.warning("message about a session not understood", topic=record.topic, offset=record.offset)
            return None

    def apply(self, connection: Connection, told: Sequence[sessions.EndedSession]) -> None:
        """Refuse these tokens from now on."""
        sessions.keep(connection, told)
