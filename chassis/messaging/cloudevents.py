"""CloudEvents in binary mode, decoded into typed events, or the reason why one cannot be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ValidationError

from chassis.domain.personal import shape
from chassis.domain.streams import id_of
from chassis.messaging.kafka import Record
from chassis.store.encryption import KeyOf, Unreadable, read, subject_of_text

Types = Mapping[str, type[BaseModel]]
MAX_STREAM = 200
MAX_VALUE = 1024 * 1024
REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_number")


@dataclass(frozen=True)
class Envelope:
    """An event with its stream, its number in the stream (1, 2, 3 without a gap), when and by whom.

    ``event`` is None where the type is unknown here. ``poison`` says why it could not be read, then ``stream`` and
    ``number`` may be missing.
    """

    topic: str
    partition: int
    offset: int
    event: BaseModel | None = None
    id: str = ""
    type: str = ""
    stream: str | None = None
    number: int | None = None
    time: datetime | None = None
    actor: str = ""
    correlation_id: str | None = None
    traceparent: str | None = None
    poison: str | None = None

    @property
    def subject(self) -> UUID:
        assert self.stream is not None
        return id_of(self.stream)


def decode(record: Record, types: Types, key_of: KeyOf | None = None) -> Envelope:
    """Read a message; never raises for what is in it, but ``KeyMissing`` where a key it needs has not come yet."""
    place = (record.topic, record.partition, record.offset)
    try:
        headers = {name: value.decode() for name, value in record.headers if value is not None}
        if not (names := "".join(headers)).isascii():
            names.encode()  # raises for lone surrogates, which stand for bytes that are not UTF-8
    except UnicodeError:
        return Envelope(*place, poison="a header is not UTF-8")
    if "\x00" in "".join(headers.values()):  # the database could not even park it by its stream
        return Envelope(*place, poison="a header contains the NUL character")
    stream, number = stream_of(headers.get("ce_subject", "")), whole(headers.get("ce_number", ""))

    def poisoned(reason: str) -> Envelope:
        id, type = headers.get("ce_id", ""), headers.get("ce_type", "")
        return Envelope(*place, id=id, type=type, stream=stream, number=number, poison=reason)

    if not headers.get("content-type", "").startswith("application/json"):
        return poisoned("content-type is not application/json: not a CloudEvent in binary mode")
    if missing := [name for name in REQUIRED if not headers.get(name)]:
        return poisoned(f"without {', '.join(missing)}")
    if number is None or number < 1:
        return poisoned("ce_number is not a positive whole number")
    if stream is None:
        return poisoned("ce_subject names no stream")
    if len(record.value or b"") > MAX_VALUE:
        return poisoned(f"longer than {MAX_VALUE} bytes")
    time = instant(headers["ce_time"])
    if time is None:
        return poisoned("ce_time is not a time with its offset from UTC")
    model = types.get(headers["ce_type"])
    try:
        # Unknown fields are ignored at any depth: a newer publisher may tell more.
        event = read(model, record.value or b"", stream, model.__name__, key_of, extra="ignore") if model else None
    except ValidationError as error:
        return poisoned(reasons(error))
    except Unreadable as error:
        return poisoned(str(error))
    return Envelope(
        *place,
        event=event,
        id=headers["ce_id"],
        type=headers["ce_type"],
        stream=stream,
        number=number,
        time=time,
        actor=headers.get("ce_actor", ""),
        correlation_id=headers.get("ce_correlationid"),
        traceparent=headers.get("traceparent"),
    )


def subjects_of(records: Sequence[Record], types: Types) -> set[UUID]:
    """Return the subjects whose keys are needed to read these messages."""
    personal = {name.encode(): model for name, model in types.items() if shape(model).node}
    found = set()
    for record in records if personal else ():
        headers = dict(record.headers)
        model = personal.get(headers.get("ce_type") or b"")
        stream = stream_of((headers.get("ce_subject") or b"").decode(errors="replace"))
        if model and stream and (subject := subject_of_text(model, record.value or b"", stream)):
            found.add(subject)
    return found


def stream_of(subject: str) -> str | None:
    """The stream a subject names, ``kind-id``, or None."""
    if len(subject) > MAX_STREAM:
        return None
    try:
        id_of(subject)
    except ValueError:
        return None
    return subject


def instant(text: str) -> datetime | None:
    """A time with its offset from UTC, or None."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def whole(text: str) -> int | None:
    """A whole number of at most nine digits, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def reasons(error: ValidationError) -> str:
    """Name the wrong fields and their errors; nothing of the event's content, not even the keys of its mappings."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(sorted({f"{item['loc'][0] if item['loc'] else 'data'}: {item['type']}" for item in found}))[:1000]


@dataclass(frozen=True)
class StoredMessage:
    """A parked message, byte for byte as far as JSON can hold it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def dump_message(record: Record) -> str:
    """A message as JSON text, exactly restorable."""
    return json.dumps(
        {
            "key": hexed(record.key),
            "value": hexed(record.value),
            "headers": [[hexed(name.encode(errors="surrogateescape")), hexed(value)] for name, value in record.headers],
        }
    )


def restore_message(topic: str, partition: int, offset: int, kept: Mapping[str, object]) -> StoredMessage:
    headers = kept["headers"]
    assert isinstance(headers, list)
    return StoredMessage(
        topic,
        partition,
        offset,
        unhexed(kept["key"]),
        unhexed(kept["value"]),
        tuple((bytes.fromhex(name).decode(errors="surrogateescape"), unhexed(value)) for name, value in headers),
    )


def hexed(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def unhexed(text: object) -> bytes | None:
    return None if text is None else bytes.fromhex(str(text))
