"""The public events of authority: who may approve how much, and who may be trusted with a budget until when."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.roles import Role
from contracts.values import Amount, Grade, Line, Money, Name


class SpendingRisk(StrEnum):
    """The risk of what is ordered or spent, as who asks for it sees it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AuthorityEntry(Value):
    """Who may approve up to an amount: a grade or a higher one, or a role of the token; exactly one of them.

    ``risk``, ``category``, ``division_id`` (with the divisions below): what it is for; null: for any.
    ``second_above``: above this amount, in the same currency, a second person approves as well; null: never.
    """

    grade: Grade | None = None
    role: Role | None = None
    up_to: Money
    second_above: Amount | None = None
    risk: SpendingRisk | None = None
    category: Name | None = None
    division_id: UUID | None = None


class AuthorityMatrixSet(PublicEvent):
    """From a day on, this is to be who may approve how much, once somebody else has approved it.

    Without entries, approvals are as without a matrix from that day on. ``set_for``: whom who set it stood in for.
    """

    valid_from: date
    entries: tuple[AuthorityEntry, ...]
    set_by: str
    set_for: str | None
    reason: Line


class AuthorityMatrixApproved(PublicEvent):
    """The version of this day holds from then on, until that of a later day does."""

    valid_from: date
    approved_by: str
    approved_for: str | None


class AuthorityMatrixWithdrawn(PublicEvent):
    """The version of this day will not hold."""

    valid_from: date
    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (AuthorityMatrixSet, AuthorityMatrixApproved, AuthorityMatrixWithdrawn)
