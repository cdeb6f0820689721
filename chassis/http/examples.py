"""An example body for every command, worked out from its schema, so that the API's pages can be tried at once."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

FORMATS = {"uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "date": "2026-01-15", "date-time": "2026-01-15T09:30:00Z"}

PATTERNS = {"^[A-Z]{3}$": "EUR"}


def example(model: type[BaseModel]) -> Any:
    """A body the model accepts; what may be left out is left out where its example would be empty."""
    schema = model.model_json_schema()
    return build(schema, schema.get("$defs", {}), "")


def build(schema: Mapping[str, Any], definitions: Mapping[str, Any], name: str) -> Any:
    """An example of a schema; ``name`` is the field's, used for text."""
    if "$ref" in schema:
        return build(definitions[schema["$ref"].rpartition("/")[2]], definitions, name)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return build(next(option for option in schema["anyOf"] if option.get("type") != "null"), definitions, name)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {field: build(inner, definitions, field) for field, inner in fields.items()}
        case "array":
            items = schema.get("items", {}) or (schema.get("prefixItems") or [{}])[0]
            return [build(items, definitions, name)]
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case _:
            fixed = FORMATS.get(schema.get("format", "")) or PATTERNS.get(schema.get("pattern", ""))
            return fixed or name.replace("_", " ").capitalize() or "Text"
