"""Digests of the ids of the events a reader applied last: the same number with another id is another event."""

from hashlib import blake2b
from uuid import UUID

SIZE = 8
KEPT = 64
"""More than a relay sends again after an error; what is older is taken for a repetition by its number alone."""
ANY = bytes(SIZE)
NOBODY = str(UUID(int=0))
"""The id in place of a message that an operator discarded."""
FOREIGN = "Foreign event id: another event came under this number before"
"""Why a message is parked whose number another event has."""
FOREIGN_KIND = FOREIGN.partition(":")[0]


def digest(id: str) -> bytes:
    """An event id's digest of 8 bytes; zeros, which match any, where there is no id."""
    return ANY if id in ("", NOBODY) else blake2b(id.encode(), digest_size=SIZE).digest()


def is_foreign(id: str, number: int, kept: bytes, last_number: int) -> bool:
    """Return whether the event with this number is known to be another one; ``kept`` ends with the last number's."""
    end = len(kept) - SIZE * (last_number - number)
    if end < SIZE:
        return False
    return ANY != digest(id) != kept[end - SIZE : end] != ANY
