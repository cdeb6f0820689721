"""Messages as a relay would send them, without one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel

from chassis.messaging.cloudevents import StoredMessage
from tests.chassis.counter import CounterIncreased, CounterOpened

Headers = tuple[tuple[str, bytes | None], ...]


def subject(name: str) -> UUID:
    """The id of the counter that a test calls so."""
    return uuid5(NAMESPACE_OID, name)


def headers(stream: str, number: int, event: BaseModel, **changed: str | bytes | None) -> Headers:
    """An event's headers; those given as None are left out."""
    known: dict[str, str | bytes | None] = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid5(NAMESPACE_OID, f"{stream}|{number}")),
        "ce_source": "/portolan/counting",
        "ce_type": f"portolan.counting.{type(event).__name__}",
        "ce_subject": stream,
        "ce_time": "2026-01-02T03:04:05.678901Z",
        "ce_number": str(number),
        "ce_actor": "tester",
        "content-type": "application/json",
    }
    known |= {name.replace("content_type", "content-type"): value for name, value in changed.items()}
    return tuple(
        (name, value.encode() if isinstance(value, str) else value)
        for name, value in known.items()
        if value is not None
    )


def record(
    name: str,
    number: int,
    event: BaseModel | None = None,
    *,
    offset: int = 0,
    partition: int = 0,
    topic: str = "t",
    value: bytes | None = None,
    **changed: Any,
) -> StoredMessage:
    """The event with this number in the stream of the counter that a test calls so."""
    stream = f"counter-{subject(name)}"
    event = event or (CounterOpened(name=name) if number == 1 else CounterIncreased(amount=Decimal(number)))
    value = event.model_dump_json().encode() if value is None else value
    return StoredMessage(topic, partition, offset, stream.encode(), value, headers(stream, number, event, **changed))


def story(*told: str) -> Sequence[StoredMessage]:
    """Records in the order told: ``a1`` is the first event of the counter called a; offsets count from 0."""
    return [record(one[0], int(one[1:]), offset=offset) for offset, one in enumerate(told)]


def told(stream: str, number: int | None, names: str = "abcdefgh") -> str:
    """How ``story`` calls an event."""
    (name,) = [name for name in names if stream == f"counter-{subject(name)}"]
    return f"{name}{number}"
