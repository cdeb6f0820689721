"""The public events of exceptions to a stop: asked, granted or refused by the level above, used, ended."""

from datetime import date
from uuid import UUID

from contracts.base import PublicEvent
from contracts.values import Line, Money, Name


class SpendingExceptionAsked(PublicEvent):
    """More is to be ordered for a category of a division's budget than its control lets pass.

    ``asked_for``: whom who asks stands in for.
    """

    division_budget_id: UUID
    division_id: UUID
    category: Name
    amount: Money
    reason: Line
    asked_by: str
    asked_for: str | None


class SpendingExceptionGranted(PublicEvent):
    """Orders may exceed the category's control by this limit together, until this day included."""

    limit: Money
    ends_on: date
    granted_by: str
    granted_for: str | None


class SpendingExceptionRefused(PublicEvent):
    """The category's control holds."""

    reason: Line


class SpendingExceptionUsed(PublicEvent):
    """An order uses so much of the exception (negative: gives it back); ``used`` by all orders after it."""

    commitment_id: UUID
    amount: Money
    used: Money


class SpendingExceptionEnded(PublicEvent):
    """No further order may use the exception: its day has passed, or it was withdrawn for this reason."""

    used: Money
    reason: Line | None


EVENTS: tuple[type[PublicEvent], ...] = (
    SpendingExceptionAsked,
    SpendingExceptionGranted,
    SpendingExceptionRefused,
    SpendingExceptionUsed,
    SpendingExceptionEnded,
)
