"""The public events of finance's conversations with people: whether hires, training sessions and tools are paid for.

Each answers the request with this number; ``reason`` is plain, figures of budgets stay in finance.
"""

from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.values import Grade, Line, Money


class StandardCost(Value):
    """What somebody of a grade is reckoned to cost a year, whatever anybody is paid."""

    grade: Grade
    cost: Money


class HiringFunded(PublicEvent):
    """The money to fill a vacancy is reserved in a division's budget, for the rest of its fiscal year."""

    vacancy_id: UUID
    request: int
    division_id: UUID
    division_budget_id: UUID
    amount: Money
    reason: Line


class HiringFundingRefused(PublicEvent):
    """There is no money to fill a vacancy; ``amount``: what it would take, null where that cannot be told."""

    vacancy_id: UUID
    request: int
    division_id: UUID
    amount: Money | None
    reason: Line


class TrainingFunded(PublicEvent):
    """The fee of a training session is reserved in a division's budget."""

    session_id: UUID
    request: int
    division_id: UUID
    division_budget_id: UUID
    amount: Money
    reason: Line


class TrainingFundingRefused(PublicEvent):
    """There is no money for the fee of a training session; ``amount``: what was asked for."""

    session_id: UUID
    request: int
    division_id: UUID
    amount: Money | None
    reason: Line


class ToolFunded(PublicEvent):
    """The cost of a tool is reserved in a division's budget."""

    tool_id: UUID
    request: int
    division_id: UUID
    division_budget_id: UUID
    amount: Money
    reason: Line


class ToolFundingRefused(PublicEvent):
    """There is no money for a tool; ``amount``: what was asked for."""

    tool_id: UUID
    request: int
    division_id: UUID
    amount: Money | None
    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    HiringFunded,
    HiringFundingRefused,
    TrainingFunded,
    TrainingFundingRefused,
    ToolFunded,
    ToolFundingRefused,
)
