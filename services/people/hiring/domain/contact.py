"""Contacts of candidates: which of them tell one person from another."""

import re

from services.people.organisation.domain.identity import identity

FEWEST_DIGITS = 7


def reached_at(contact: str) -> str | None:
    """The address or number by which one person is reached, however it is written; None where it is neither."""
    if "@" in contact:
        return identity(contact)
    digits = re.sub(r"\D", "", identity(contact))
    return digits if len(digits) >= FEWEST_DIGITS else None
