"""What a command may be made to depend on: its expected version (If-Match), and that nothing is stored (Prefer)."""

import re
from typing import Annotated

from fastapi import Header
from pydantic import WithJsonSchema

DRY_RUN = "dry-run"
NO_VERSION = -1
"""The version that nothing has."""
ENTITY_TAG = r'(W/)?"[!#-~]*"'
OURS = re.compile(r'"(\d{1,9})"')

IfMatch = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "maxLength": 50, "pattern": rf"^(\*|{ENTITY_TAG})$"}),
    Header(
        max_length=50,
        description="the expected ETag, or `*`; 412 if it has changed, 400 `bad-if-match` for what is no ETag",
    ),
]
Prefer = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "enum": [DRY_RUN]}),
    Header(
        max_length=100,
        description="`dry-run`: decide and answer as usual, and store nothing; 400 `unknown-preference` for any other,"
        " so that a misspelt one changes nothing",
    ),
]


class BadIfMatch(ValueError):
    """If-Match names no entity tag."""


class UnknownPreference(ValueError):
    """Prefer asks for what there is not; ignored, as RFC 7240 allows, a misspelt dry run would be carried out."""


def expected_version(if_match: str | None) -> int | None:
    """The version an If-Match names, one that nothing has for tags that are none of ours; raises ``BadIfMatch``."""
    if if_match is None or if_match == "*":
        return None
    if re.fullmatch(ENTITY_TAG, if_match) is None:
        raise BadIfMatch
    found = OURS.fullmatch(if_match)
    return int(found[1]) if found else NO_VERSION


def is_dry_run(prefer: str | None) -> bool:
    """Return whether nothing is to be stored; raises ``UnknownPreference``."""
    if prefer is not None and prefer.strip().lower() != DRY_RUN:
        raise UnknownPreference
    return prefer is not None
