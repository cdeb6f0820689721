"""The public events of planning: plans and baselines, change requests, health, exceptions.

A plan and a project's health have their project's id.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Currency, Day, Line, Money, Name, Period, Share, Text

PlannedValue = Annotated[Amount, Field(ge=0)]
"""An amount of 0 or more, in the currency of the plan."""
Weight = Annotated[Share, Field(gt=0)]
"""A share of more than 0 up to 100 per cent."""


def _bounded(days: Period) -> Period:
    if days.start < date(1900, 1, 1) or days.end > date(2200, 12, 31):
        raise ValueError("work lies between 1900 and 2200")
    return days


Days = Annotated[Period, AfterValidator(_bounded)]
"""Days from the first to the last, both included, from 1900 to 2200."""


class Technique(StrEnum):
    """How a work package earns its value (PMBOK: fixed formula, weighted milestone, percent complete)."""

    PERCENT_COMPLETE = "percent complete"
    ZERO_HUNDRED = "0/100"
    FIFTY_FIFTY = "50/50"
    WEIGHTED_MILESTONES = "weighted milestones"


class WeightedMilestone(Value):
    """A step of a work package whose completion earns its weight in per cent."""

    name: Name
    due_on: Day
    weight: Weight


class WorkPackage(Value):
    """A piece of work with its planned value, its days and how it earns."""

    package_id: UUID
    name: Name
    planned_value: PlannedValue
    plan: Days
    technique: Technique = Technique.PERCENT_COMPLETE
    weighted_milestones: Annotated[tuple[WeightedMilestone, ...], Field(max_length=50, examples=[[]])] = ()

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        steps, weighted = self.weighted_milestones, self.technique is Technique.WEIGHTED_MILESTONES
        if weighted and sum((step.weight for step in steps), Decimal()) != 100:
            raise ValueError("the weights of the weighted milestones have to add up to 100")
        if steps and not weighted:
            raise ValueError("only the technique 'weighted milestones' has weighted milestones")
        if len({step.name for step in steps}) < len(steps):
            raise ValueError("each weighted milestone needs a name of its own")
        if any(not self.plan.start <= step.due_on <= self.plan.end for step in steps):
            raise ValueError("a weighted milestone lies within the days of its work package")
        return self


class Milestone(Value):
    """A day on which something is to be reached."""

    milestone_id: UUID
    name: Name
    due_on: Day


class PackageProgress(Value):
    """What a work package has reached: per cent complete, or which of its weighted milestones."""

    package_id: UUID
    percent_complete: Share | None = None
    reached: Annotated[tuple[Name, ...], Field(max_length=50, examples=[[]])] = ()


class EarnedValuePoint(Value):
    """What comes on a day: ``amount`` at once and ``slope`` on each day from this one, both to be divided by ``over``.

    The planned value of a day is the sum over the points up to it: (amount + slope x days since, the first one counted)
    / over. ``earned``, ``budget`` and ``actual`` come at once: earned value, budget at completion, actual cost.
    ``known_from``: when finance said the actual cost. Points add up over projects of one currency.
    """

    day: date
    over: Annotated[int, Field(ge=1)] = 1
    amount: Decimal = Decimal()
    slope: Decimal = Decimal()
    earned: Decimal = Decimal()
    budget: Decimal = Decimal()
    actual: Decimal = Decimal()
    known_from: datetime | None = None


class PlanDrafted(PublicEvent):
    """A project's plan was drafted; what was drafted before holds no longer."""

    division_id: UUID
    currency: Currency
    packages: tuple[WorkPackage, ...]
    milestones: tuple[Milestone, ...]


class BaselineSet(PublicEvent):
    """Cost, dates and scope are frozen under this number, from ``effective_on`` on; ``budget`` is what they add up to.

    ``change_request_id``: what let it replace the one before; null for the first.
    """

    number: int
    effective_on: date
    budget: Money
    packages: tuple[WorkPackage, ...]
    milestones: tuple[Milestone, ...]
    change_request_id: UUID | None


class PlanTakenOver(PublicEvent):
    """The plan of a project that came from another system: one work package, which is its first baseline.

    It is told again where that system corrects it.
    """

    division_id: UUID
    effective_on: date
    budget: Money
    package: WorkPackage


class WorkReported(PublicEvent):
    """What work packages have reached, as of a day; ``reason``: why one has reached less than before."""

    as_of: date
    packages: tuple[PackageProgress, ...]
    reason: Line | None


class EarnedValueMoved(PublicEvent):
    """Planned value, earned value, budget or actual cost of days changed by these points.

    ``heard``: the number of finance's last event about the project that is counted; null where it is as before.
    """

    division_id: UUID
    currency: Currency
    points: tuple[EarnedValuePoint, ...]
    heard: int | None = None


class MilestoneMet(PublicEvent):
    """A milestone was reached."""

    milestone_id: UUID
    effective_on: date


class MilestoneMissed(PublicEvent):
    """A milestone was not reached on its day."""

    milestone_id: UUID
    due_on: date


class MilestoneMoved(PublicEvent):
    """A milestone is expected on another day; the baseline keeps the one it froze."""

    milestone_id: UUID
    due_on: date
    reason: Line


class TolerancesSet(PublicEvent):
    """The deviations in per cent that the project may forecast without an exception; null: as policy has it."""

    cost: Share | None
    schedule: Share | None
    scope: Share | None
    reason: Line


class ChangedSpecification(Value):
    """The specification that a change request asks for."""

    scope: Annotated[Text, Field(min_length=1)]
    success_criteria: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    plan: Days
    budget_asked: Money


class ChangeRequestRaised(PublicEvent):
    """A change of the baseline or the signed specification was asked for (PMBOK: integrated change control).

    ``budget``: what the next baseline's work packages are to add up to. ``raised_by``: who asked, and whom they stood
    in for.
    """

    project_id: UUID
    division_id: UUID
    subject: Literal["baseline", "specification"]
    reason: Line
    budget: Money | None
    specification: ChangedSpecification | None
    raised_by: tuple[str, ...]


class ChangeRequestAssessed(PublicEvent):
    """The effects on cost, in the project's currency, on the end in days, and on scope were assessed."""

    cost_effect: Amount
    days_effect: int
    scope_effect: Text


class ChangeRequestApproved(PublicEvent):
    """The change may be applied: of a baseline, the plan as it was drafted then, by the number of the draft."""

    approved_by: str
    draft: int | None = None


class ChangeRequestRejected(PublicEvent):
    """The change is not made."""

    reason: Line


class ChangeRequestWithdrawn(PublicEvent):
    """The change is not asked for any more."""

    reason: Line


class ChangeRequestApplied(PublicEvent):
    """The change was made."""


class HealthReason(Value):
    """What speaks against a project: the rule, the rating it leads to, a sentence, and the event it rests on."""

    rule: Name
    rating: Name
    sentence: Line
    stream: Line | None = None
    number: int | None = None
    type: Name | None = None


class HealthJudged(PublicEvent):
    """A project's health as its facts have it; null before approval and after the end.

    ``declared`` is what those responsible say. ``disagrees``: they say better than the facts do.
    """

    division_id: UUID
    rating: Literal["on track", "at risk", "off track"] | None
    reasons: tuple[HealthReason, ...]
    declared: str | None
    disagrees: bool
    effective_on: date


Forecast = Literal["cost", "schedule", "scope"]
"""What a project forecasts beyond its tolerance."""


class ExceptionRaised(PublicEvent):
    """A project forecasts a deviation beyond its tolerance, both in per cent (management by exception, PRINCE2)."""

    project_id: UUID
    division_id: UUID
    forecast: Forecast
    deviation: Decimal
    tolerance: Share
    sentence: Line
    awaits_id: UUID
    answer_by: date


class ExceptionPassedOn(PublicEvent):
    """Another manager answers for the project: it awaits them."""

    awaits_id: UUID
    answer_by: date


class ExceptionEscalated(PublicEvent):
    """Nobody answered in time, who should have left, or a recovery plan's day passed: it awaits the next one above.

    Where a recovery plan's day passed and nobody is above, it awaits the same manager again.
    """

    awaits_id: UUID
    answer_by: date
    reason: Line


class ExceptionAnswered(PublicEvent):
    """The decision on an exception; ``hours``: from when it was raised."""

    answer: Literal["recovery plan", "new baseline", "stop"]
    explanation: Text
    owner_id: UUID | None
    due_on: date | None
    answered_by: str
    hours: Decimal


class ExceptionClosed(PublicEvent):
    """The forecast is within tolerance again, or the project has ended."""

    how: Literal["within tolerance", "project ended"]


EVENTS: tuple[type[PublicEvent], ...] = (
    PlanDrafted,
    BaselineSet,
    PlanTakenOver,
    WorkReported,
    EarnedValueMoved,
    MilestoneMet,
    MilestoneMissed,
    MilestoneMoved,
    TolerancesSet,
    ChangeRequestRaised,
    ChangeRequestAssessed,
    ChangeRequestApproved,
    ChangeRequestRejected,
    ChangeRequestWithdrawn,
    ChangeRequestApplied,
    HealthJudged,
    ExceptionRaised,
    ExceptionPassedOn,
    ExceptionEscalated,
    ExceptionAnswered,
    ExceptionClosed,
)
