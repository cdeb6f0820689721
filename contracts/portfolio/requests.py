"""The public events of requests (demand), and of the criteria by which they are scored."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from contracts.base import PublicEvent, Value
from contracts.values import Line, Name, Text

Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
"""How much a criterion counts beside the others: above 0, at most 1000."""
Points = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=11, decimal_places=4)]
"""A score that somebody gives, or a part of one, with at most four decimals."""
Score = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]
"""A score as it was worked out, rounded half up to four decimals."""


class Criterion(Value):
    """What requests are scored by.

    ``inverted``: little of it is better. ``mandatory``: a request that meets it in full has to be done, and scores 100.
    """

    name: Name
    weight: Weight
    inverted: StrictBool = False
    mandatory: StrictBool = False


class Dimension(StrEnum):
    """The dimensions of a request's feasibility."""

    TECHNICAL = "technical feasibility"
    INTEGRATION = "integration and compatibility"
    INFRASTRUCTURE = "infrastructure"
    SECURITY = "security and compliance"
    SKILLS = "resources and skills"
    DELIVERY = "delivery constraints"
    CHANGE = "change management"


class Concern(StrEnum):
    """What a dimension of feasibility says about a request."""

    NONE = "no concerns"
    MINOR = "minor concerns"
    MAJOR = "major concerns"
    BLOCKER = "blocker"


class Feasibility(Value):
    """A request in one dimension of its feasibility."""

    dimension: Dimension
    concern: Concern
    note: Line | None = None


class CriteriaSetDefined(PublicEvent):
    """Requests may be scored by these weighted criteria; they are version 1."""

    name: Name
    criteria: tuple[Criterion, ...]


class CriteriaSetRevised(PublicEvent):
    """The criteria are these from now on; what was scored keeps the version by which it was."""

    version: int
    criteria: tuple[Criterion, ...]
    reason: Line


class RequestSubmitted(PublicEvent):
    """Something is asked of the portfolio. ``submitted_by``: who asks, and in whose place, if in somebody's."""

    title: Name
    purpose: Text
    division_id: UUID
    needed_by: date | None
    submitted_by: tuple[str, ...]


class RequestScreened(PublicEvent):
    """The request was looked at, as far as said in the dimensions of its feasibility."""

    feasibility: tuple[Feasibility, ...]
    note: Text


class RequestScored(PublicEvent):
    """The request was scored; by weighted criteria it names their set and version."""

    method: Literal["weighted criteria", "WSJF"]
    score: Score
    criteria_set_id: UUID | None
    criteria_version: int | None


class ScoreOverridden(PublicEvent):
    """Another score holds than the one that was worked out, which stays beside it."""

    worked_out: Score
    score: Points
    justification: Line


class RequestApproved(PublicEvent):
    """The request may become a project."""


class RequestDeferred(PublicEvent):
    """The request is decided on later, from a day on."""

    until: date
    reason: Line


class RequestRejected(PublicEvent):
    """The request will not be done."""

    reason: Line


class RequestConverted(PublicEvent):
    """The request became this project."""

    project_id: UUID


EVENTS: tuple[type[PublicEvent], ...] = (
    CriteriaSetDefined,
    CriteriaSetRevised,
    RequestSubmitted,
    RequestScreened,
    RequestScored,
    ScoreOverridden,
    RequestApproved,
    RequestDeferred,
    RequestRejected,
    RequestConverted,
)
