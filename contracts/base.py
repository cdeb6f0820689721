"""The common base of public events."""

from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

TOKEN = r"^(enc:1:[A-Za-z0-9_-]+|erased)$"  # noqa: S105 (the form of sealed text, no password)
SEALED = (
    "Personal data, sealed: `enc:1:` and the base64url of nonce, ciphertext and tag (AES-256-GCM, a key per person)."
    " Anyone who holds no keys leaves it alone; once the person is erased, nobody can read it."
)


class PublicEvent(BaseModel):
    """A fact other services and systems may subscribe to; its schema is frozen, its class name is its type name.

    Consumers ignore fields they do not know. A breaking change is a new class beside the old one (``...V2``).
    What is personal is published as sealed text, and its schema says so.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        if handler.mode == "serialization":
            _seal(found, handler)
        return found


def _seal(schema: Any, handler: GetJsonSchemaHandler) -> None:
    """Turn what is marked as personal, at any depth, into sealed text."""
    if isinstance(schema, list):
        for item in schema:
            _seal(item, handler)
    elif isinstance(schema, dict) and schema.get("x-personal") is True:
        text = {"type": "string", "pattern": TOKEN}
        nullable = {"type": "null"} in schema.get("anyOf", ())
        kept = {name: schema[name] for name in ("title", "default", "x-personal") if name in schema}
        schema.clear()
        schema.update(kept, description=SEALED, **({"anyOf": [text, {"type": "null"}]} if nullable else text))
    elif isinstance(schema, dict):
        if "$ref" in schema:
            _seal(handler.resolve_ref_schema(schema), handler)
        for inner in [value for name, value in schema.items() if name != "$ref"]:
            _seal(inner, handler)


def _may_grow(schema: dict[str, Any]) -> None:
    # What commands must not carry may yet come to events: their subscribers ignore what they do not know.
    schema.pop("additionalProperties", None)


class Value(BaseModel):
    """A value inside an event, a command or a state: compared by what it holds, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_may_grow)
