"""Paths of an OpenAPI document as tests ask for them."""

from collections.abc import Mapping
from typing import Any


def with_choices(path: str, operation: Mapping[str, Any]) -> str:
    """A path with the first of its choices for each part that has some."""
    for each in operation.get("parameters", []):
        if each["in"] == "path" and "enum" in each["schema"]:
            path = path.replace(f"{{{each['name']}}}", each["schema"]["enum"][0])
    return path
