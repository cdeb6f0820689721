"""A request: state, facts, events, and how each event changes the state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Facts, PrivateEvent, State, existing
from contracts.base import Value
from contracts.portfolio import requests
from contracts.values import Line, Name, Share, Text
from services.portfolio.requests.domain.criteria_set import CriteriaSet


class RequestStatus(StrEnum):
    """The status of a request (LANGUAGE: Request)."""

    SUBMITTED = "submitted"
    SCREENED = "screened"
    SCORED = "scored"
    APPROVED = "approved"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    CONVERTED = "converted"


class CriterionValue(Value):
    """How far a request meets a criterion, 0 to 100."""

    criterion: Name
    value: Share


class CostOfDelay(Value):
    """What weighted shortest job first divides: the parts of the cost of delay, and the size of the job."""

    value: requests.Points
    time_criticality: requests.Points
    risk_reduction: requests.Points
    job_size: requests.Weight


class Score(State):
    """A score: what it was worked out to, and what holds where somebody overrode it, with the justification."""

    method: str
    worked_out: Decimal
    score: Decimal
    criteria_set_id: UUID | None = None
    criteria_version: int | None = None
    values: tuple[CriterionValue, ...] = ()
    cost_of_delay: CostOfDelay | None = None
    justification: Line | None = None


class Request(State):
    """A request as it stands; ``reason`` is why it was deferred or rejected last."""

    title: Name
    purpose: Text
    division_id: UUID
    needed_by: date | None
    submitted_by: tuple[str, ...]
    status: RequestStatus = RequestStatus.SUBMITTED
    feasibility: tuple[requests.Feasibility, ...] = ()
    screening_note: Text = ""
    score: Score | None = None
    deferred_until: date | None = None
    reason: Line | None = None
    project_id: UUID | None = None


@dataclass(frozen=True)
class RequestFacts(Facts):
    """``division_open``: None where portfolio has not heard of it; ``criteria``: the set by which it is scored."""

    division_open: bool | None = None
    criteria: CriteriaSet | None = None


class RequestValued(PrivateEvent):
    """The values from which the score was worked out."""

    values: tuple[CriterionValue, ...] = ()
    cost_of_delay: CostOfDelay | None = None


RequestEvent = (
    requests.RequestSubmitted
    | requests.RequestScreened
    | requests.RequestScored
    | RequestValued
    | requests.ScoreOverridden
    | requests.RequestApproved
    | requests.RequestDeferred
    | requests.RequestRejected
    | requests.RequestConverted
)


def evolve(state: Request | None, event: RequestEvent) -> Request:
    if isinstance(event, requests.RequestSubmitted):
        return Request(**vars(event))
    request = existing(state)
    match event:
        case requests.RequestScreened(feasibility=feasibility, note=note):
            return request.but(status=RequestStatus.SCREENED, feasibility=feasibility, screening_note=note)
        case requests.RequestScored() | RequestValued() | requests.ScoreOverridden():
            return scored(request, event)
        case requests.RequestApproved():
            return request.but(status=RequestStatus.APPROVED, deferred_until=None)
        case requests.RequestDeferred(until=until, reason=reason):
            return request.but(status=RequestStatus.DEFERRED, deferred_until=until, reason=reason)
        case requests.RequestRejected(reason=reason):
            return request.but(status=RequestStatus.REJECTED, deferred_until=None, reason=reason)
        case requests.RequestConverted(project_id=project_id):
            return request.but(status=RequestStatus.CONVERTED, project_id=project_id)
        case _:
            assert_never(event)


def scored(request: Request, event: requests.RequestScored | RequestValued | requests.ScoreOverridden) -> Request:
    """A new score takes the place of the one before, with what overrode it."""
    match event:
        case requests.RequestScored(score=score):
            of_score: Mapping[str, object] = {name: value for name, value in vars(event).items() if name != "score"}
            return request.but(
                status=RequestStatus.SCORED, deferred_until=None, score=Score(worked_out=score, score=score, **of_score)
            )
        case RequestValued(values=values, cost_of_delay=cost_of_delay):
            return request.but(score=request.score and request.score.but(values=values, cost_of_delay=cost_of_delay))
        case requests.ScoreOverridden(score=score, justification=justification):
            return request.but(score=request.score and request.score.but(score=score, justification=justification))
        case _:
            assert_never(event)
