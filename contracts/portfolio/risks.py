"""The public events of risks and of the policy they are scored by; of a confidential risk, that it changed."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from contracts.base import PublicEvent, Value
from contracts.values import Line, Money, Name, Share, Text

Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=7, decimal_places=3)]
"""A number of a scale, a matrix or an appetite: 0 to 1000 with at most three decimals."""
Exact = Annotated[Decimal, Field(ge=0, max_digits=21, decimal_places=12)]
"""A score as it is computed, without rounding."""


class RiskCategory(StrEnum):
    """The kinds of risks, each with an appetite of its own."""

    OPERATIONAL = "operational"
    FINANCIAL = "financial"
    REPUTATIONAL = "reputational"


class RiskTreatment(StrEnum):
    """What is done about a risk (ISO 31000)."""

    AVOID = "avoid"
    MITIGATE = "mitigate"
    TRANSFER = "transfer"
    ACCEPT = "accept"


class ScaleStep(Value):
    """A step of a scale of likelihood or impact: its name and its number."""

    name: Name
    number: Points


class RiskLevel(Value):
    """A level of the matrix, and after how many days a risk of this level is reviewed again."""

    name: Name
    review_days: Annotated[int, Field(ge=1, le=3660)]


class RiskCell(Value):
    """A cell of the matrix: the level there, and the number of the score (up to a product of two steps)."""

    level: Name
    number: Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=13, decimal_places=6)]


class RiskScore(Value):
    """A score with all it was judged by: a later version of the policy does not change it.

    ``likelihood`` and ``impact`` name steps, and are None where ``effectiveness`` of controls in per cent was stated
    instead; ``number`` is exact. The risk is within the appetite where the number is not above it.
    """

    likelihood: Name | None
    impact: Name | None
    effectiveness: Share | None = None
    number: Exact
    level: Name
    appetite: Points
    review_days: int
    policy_id: UUID
    policy_version: int

    @property
    def within(self) -> bool:
        """Return whether it is within the appetite; equal is within."""
        return self.number <= self.appetite


class RiskPolicyDefined(PublicEvent):
    """A version of the policy for a category, in a division and those below it, or in all where none is named.

    ``matrix`` has a row for each step of likelihood and a column for each of impact; ``levels``: the lowest first.
    """

    category: RiskCategory
    division_id: UUID | None
    version: int
    likelihood: tuple[ScaleStep, ...]
    impact: tuple[ScaleStep, ...]
    levels: tuple[RiskLevel, ...]
    matrix: tuple[tuple[RiskCell, ...], ...]
    appetite: Points
    reason: Line


class RiskPolicyWithdrawn(PublicEvent):
    """The policy holds no longer; what was scored by it stays as it is."""

    reason: Line


class RiskIdentified(PublicEvent):
    """Something may happen to a division, or to one of its projects."""

    title: Name
    description: Text
    category: RiskCategory
    division_id: UUID
    project_id: UUID | None
    owner_id: UUID
    identified_by: UUID | None
    confidential: bool = False


class RiskAnalysed(PublicEvent):
    """The risk was scored without any control (inherent) and with those there are (current)."""

    inherent: RiskScore
    current: RiskScore
    review_on: date


class RiskEvaluated(PublicEvent):
    """The current score was held against the appetite."""

    above_appetite: StrictBool
    rationale: Line


class RiskTreatmentChosen(PublicEvent):
    """What is done about the risk, until when, and what will remain of it then (residual)."""

    treatment: RiskTreatment
    plan: Text
    due_on: date | None
    residual: RiskScore | None


class RiskRescored(PublicEvent):
    """The current score is another one now."""

    current: RiskScore
    review_on: date
    reason: Line


class RiskAcceptanceAsked(PublicEvent):
    """Somebody asks that the risk is accepted as it stands, until the end of a day.

    ``asked_by``: the person and whom they stood in for; ``asking_systems``: the system, where none of them asked. The
    scores and the treatment are those it is asked for.
    """

    asked_by: tuple[UUID, ...]
    asking_systems: tuple[str, ...] = ()
    until: date
    reason: Line
    inherent: RiskScore
    current: RiskScore
    residual: RiskScore | None
    treatment: RiskTreatment


class RiskAcceptanceGiven(PublicEvent):
    """The risk is accepted as it was when that was asked for, until the end of a day."""

    given_by: UUID | None
    until: date
    reason: Line


class RiskAcceptanceRefused(PublicEvent):
    """The risk is not accepted."""

    reason: Line


class RiskAcceptanceRequestWithdrawn(PublicEvent):
    """Nobody asks any more that the risk is accepted."""

    reason: Line


class RiskAcceptanceEnded(PublicEvent):
    """The risk is not accepted any more and waits for a decision; ``to_id``: the next manager in office is told."""

    how: Literal["expired", "withdrawn"]
    to_id: UUID | None
    reason: Line


class RiskMonitored(PublicEvent):
    """The risk is within the appetite or accepted, and is watched from now on."""

    note: Text
    review_on: date


class RiskReviewed(PublicEvent):
    """The risk was looked at again, and its scores hold."""

    note: Text
    review_on: date


class RiskOwnerNamed(PublicEvent):
    """Another person owns the risk from now on."""

    owner_id: UUID
    reason: Line


class RiskPassedUp(PublicEvent):
    """The owner left; the nearest manager above them in office owns the risk."""

    from_id: UUID
    owner_id: UUID
    reason: Line


class RiskUnresolved(PublicEvent):
    """The owner left and nobody above them in office is known."""

    owner_id: UUID
    reason: Line


class RiskMaterialised(PublicEvent):
    """What might happen has happened; this issue was opened for it."""

    issue_id: UUID
    effect: Text


class ContingencyAsked(PublicEvent):
    """A risk that materialised asks finance for this much of its project's contingency."""

    project_id: UUID
    amount: Money


class RiskContingencyAnswered(PublicEvent):
    """Finance drew the contingency that was asked for, or refused it."""

    drawn: StrictBool
    amount: Money
    reason: Line | None


class RiskClosed(PublicEvent):
    """Nothing more is done about the risk."""

    reason: Line


class ConfidentialRiskChanged(PublicEvent):
    """A confidential risk of the division was identified, or something happened to it."""

    division_id: UUID


EVENTS: tuple[type[PublicEvent], ...] = (
    RiskPolicyDefined,
    RiskPolicyWithdrawn,
    RiskIdentified,
    RiskAnalysed,
    RiskEvaluated,
    RiskTreatmentChosen,
    RiskRescored,
    RiskAcceptanceAsked,
    RiskAcceptanceGiven,
    RiskAcceptanceRefused,
    RiskAcceptanceRequestWithdrawn,
    RiskAcceptanceEnded,
    RiskMonitored,
    RiskReviewed,
    RiskOwnerNamed,
    RiskPassedUp,
    RiskUnresolved,
    RiskMaterialised,
    ContingencyAsked,
    RiskContingencyAnswered,
    RiskClosed,
    ConfidentialRiskChanged,
)
