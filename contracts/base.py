"""What every public event has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class PublicEvent(BaseModel):
    """A fact other services and systems may subscribe to; its schema is frozen, its class name is its type name.

    Consumers ignore fields they do not know. A breaking change is a new class beside the old one (``...V2``).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


def _may_grow(schema: dict[str, Any]) -> None:
    # What commands must not carry may yet come to events: their subscribers ignore what they do not know.
    schema.pop("additionalProperties", None)


class Value(BaseModel):
    """A value inside an event, a command or a state: compared by what it holds, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_may_grow)
