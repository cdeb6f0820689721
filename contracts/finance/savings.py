"""The public events of savings measures."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from contracts.base import PublicEvent
from contracts.values import Line, Money, Name


class SavingsKind(StrEnum):
    """What a saving is; amounts of different kinds are never added together.

    Cashable: money that can be spent on something else. Non-cashable: capacity or quality that is worth so much.
    Avoidance: a cost that would have come and does not.
    """

    CASHABLE = "cashable"
    NON_CASHABLE = "non-cashable"
    AVOIDANCE = "avoidance"


class SavingsMeasureIdentified(PublicEvent):
    """A division could spend less: from the baseline by the expected amount, until a day."""

    name: Name
    kind: SavingsKind
    division_id: UUID
    owner_id: UUID
    baseline: Money
    expected: Money
    due_on: date


class SavingsMeasureRevised(PublicEvent):
    """Before finance validated it, the measure was described again."""

    name: Name
    kind: SavingsKind
    baseline: Money
    expected: Money
    due_on: date


class SavingsMeasureValidated(PublicEvent):
    """Finance found kind and amounts sound; the baseline is this from now on."""

    baseline: Money
    evidence: Line


class SavingsMeasureReplanned(PublicEvent):
    """Another amount is expected of a valid measure, or by another day; the baseline stays."""

    expected: Money
    due_on: date
    reason: Line


class SavingsMeasureCommitted(PublicEvent):
    """The measure is to be carried out: this is expected of it."""

    expected: Money
    due_on: date


class SavingsMeasureDue(PublicEvent):
    """The day of the measure has come, and finance has no verdict yet."""

    due_on: date


class SavingsOwnerNamed(PublicEvent):
    """Another person answers for the measure from now on."""

    owner_id: UUID
    reason: Line


class SavingsRealised(PublicEvent):
    """Finance found that this was saved; ``revised``: there was another verdict before."""

    realised: Money
    evidence: Line
    found_on: date
    revised: bool


class SavingsMissed(PublicEvent):
    """Finance found that nothing was saved; as ``SavingsRealised``."""

    reason: Line
    found_on: date
    revised: bool


class SavingsTransferRecorded(PublicEvent):
    """A cashable saving has lowered a budget: by this amount, which a transfer took out of it."""

    budget_id: UUID
    transfer_id: UUID
    amount: Money


class SavingsMeasureWithdrawn(PublicEvent):
    """Nothing is expected of the measure any more."""

    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    SavingsMeasureIdentified,
    SavingsMeasureRevised,
    SavingsMeasureValidated,
    SavingsMeasureReplanned,
    SavingsMeasureCommitted,
    SavingsMeasureDue,
    SavingsOwnerNamed,
    SavingsRealised,
    SavingsMissed,
    SavingsTransferRecorded,
    SavingsMeasureWithdrawn,
)
