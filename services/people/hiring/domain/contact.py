"""Contacts of candidates: which of them tell one person from another."""

import hashlib
import re

from services.people.organisation.domain.identity import identity

FEWEST_DIGITS = 7


def reached_at(contact: str) -> str | None:
    """The address or number by which one person is reached, however it is written; None where it is neither."""
    if "@" in contact:
        return identity(contact)
    digits = re.sub(r"\D", "", identity(contact))
    return digits if len(digits) >= FEWEST_DIGITS else None


def digest_of(contact: str) -> str | None:
    """What tells whether two contacts are one without saying which (SHA-256); None where a contact tells nobody."""
    reached = reached_at(contact)
    return None if reached is None else hashlib.sha256(reached.encode()).hexdigest()
