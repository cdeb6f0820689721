"""Failures that may pass: trying the same again later is safe and may succeed."""


class Transient(Exception):
    """The same may well succeed later."""


class NotYet(Transient):
    """A prerequisite has not arrived yet; trying again soon helps."""


class OffsetLost(Transient):
    """The database crashed and lost this reader's offset, with the effect: the messages must be read again."""


class SequenceConflict(Transient):
    """Another instance moved the same streams' numbers meanwhile; a retry finds what it did."""


class KeyMissing(Transient):
    """The key of a subject, or the master key that wraps it, is not known here; it may yet come."""
