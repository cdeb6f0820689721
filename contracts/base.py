"""What every public event has in common."""

from pydantic import BaseModel, ConfigDict


class PublicEvent(BaseModel):
    """A fact other services and systems may subscribe to; its schema is frozen, its class name is its type name.

    Consumers ignore fields they do not know. A breaking change is a new class beside the old one (``...V2``).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Value(BaseModel):
    """A value inside an event, a command or a state: compared by what it holds, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
