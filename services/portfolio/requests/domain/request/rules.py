"""The commands and rules of a request, from what is asked to the project it becomes."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command, Decider, IssuedCommand, Refused, existing, new
from contracts.portfolio import requests
from contracts.values import Day, Line, Name, Text
from services.portfolio.organisation.domain.known import check_division, who_acts
from services.portfolio.projects.domain.project.founding import ProposeProject
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.requests.domain import scoring
from services.portfolio.requests.domain.request import model
from services.portfolio.requests.domain.request.model import RequestStatus


def _once_each(feasibility: tuple[requests.Feasibility, ...]) -> tuple[requests.Feasibility, ...]:
    if len({each.dimension for each in feasibility}) < len(feasibility):
        raise ValueError("each dimension is judged once")
    return feasibility


FeasibilityOfAll = Annotated[tuple[requests.Feasibility, ...], Field(max_length=7), AfterValidator(_once_each)]
"""Some of the seven dimensions, each once."""
Values = Annotated[tuple[model.CriterionValue, ...], Field(min_length=1, max_length=50)]


class SubmitRequest(Command):
    """Ask for something that a project would bring."""

    title: Name
    purpose: Text
    division_id: UUID
    needed_by: Day | None = None


class ScreenRequest(Command):
    """Screen the request: what can be said of its feasibility, in as many dimensions as wanted."""

    feasibility: FeasibilityOfAll = ()
    note: Text = ""


class ScoreByCriteria(Command):
    """Score the request by a set of weighted criteria, in its present version."""

    criteria_set_id: UUID
    values: Values


class ScoreByWsjf(Command):
    """Score the request by weighted shortest job first: the cost of delay divided by the size of the job."""

    value: requests.Points
    time_criticality: requests.Points
    risk_reduction: requests.Points
    job_size: requests.Weight


class OverrideScore(Command):
    """Let another score hold than the one that was worked out."""

    score: requests.Points
    justification: Line


class ApproveRequest(Command):
    """Approve a request that somebody else submitted."""


class DeferRequest(Command):
    """Decide on the request later; from that day on it is on the desk again."""

    until: Day
    reason: Line


class RejectRequest(Command):
    """Reject the request."""

    reason: Line


class ConvertRequest(Command):
    """Convert the approved request to a project, with its sponsor and its accountable senior manager."""

    sponsor_id: UUID
    accountable_id: UUID
    initiative_id: UUID | None = None


ScoringCommand = ScoreByCriteria | ScoreByWsjf | OverrideScore
DecidingCommand = ApproveRequest | DeferRequest | RejectRequest
RequestCommand = SubmitRequest | ScreenRequest | ScoringCommand | DecidingCommand | ConvertRequest
Events = Sequence[model.RequestEvent]

TO_SCREEN = frozenset({RequestStatus.SUBMITTED, RequestStatus.SCREENED})
TO_SCORE = frozenset({RequestStatus.SCREENED, RequestStatus.SCORED, RequestStatus.DEFERRED})
TO_DECIDE = frozenset({RequestStatus.SCORED, RequestStatus.DEFERRED})
OPEN = TO_SCREEN | TO_DECIDE


def decide(state: model.Request | None, command: RequestCommand, facts: model.RequestFacts) -> Events:
    if isinstance(command, SubmitRequest):
        return submit(state, command, facts)
    request = existing(state)
    if isinstance(command, ScoringCommand):
        return score(request, command, facts)
    if isinstance(command, DecidingCommand):
        return conclude(request, command, facts)
    match command:
        case ScreenRequest():
            return screen(request, command)
        case ConvertRequest():
            return convert(request, facts)
        case _:
            assert_never(command)


def submit(state: model.Request | None, command: SubmitRequest, facts: model.RequestFacts) -> Events:
    """Something is asked of an open division; asking the same again changes nothing."""
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "request")
    check_division(facts.division_open)
    return [requests.RequestSubmitted(**vars(command), submitted_by=who_acts(facts.actor))]


def screen(request: model.Request, command: ScreenRequest) -> Events:
    """A request is screened before it is scored."""
    screened = requests.RequestScreened(**vars(command))
    if request == model.evolve(request, screened):
        return []
    require(request, TO_SCREEN, "Screen a request before it is scored.")
    return [screened]


def score(request: model.Request, command: ScoringCommand, facts: model.RequestFacts) -> Events:
    """Only what was screened is scored, and may be scored again until it is decided on."""
    match command:
        case ScoreByCriteria():
            require(request, TO_SCORE, "Screen it first; what is decided on keeps its score.")
            return by_criteria(command, facts)
        case ScoreByWsjf():
            require(request, TO_SCORE, "Screen it first; what is decided on keeps its score.")
            return by_wsjf(command)
        case OverrideScore():
            return override(request, command)
        case _:
            assert_never(command)


def by_criteria(command: ScoreByCriteria, facts: model.RequestFacts) -> Events:
    """Each criterion of the set has one value."""
    criteria_set = facts.criteria
    if criteria_set is None:
        raise Refused("criteria-set-not-known", "There is no such set of criteria.", "Choose one that there is.")
    values = {each.criterion: each.value for each in command.values}
    names = {criterion.name for criterion in criteria_set.criteria}
    if len(values) < len(command.values) or values.keys() != names:
        raise Refused(
            "one-value-per-criterion",
            f"The set has {len(names)} criteria, and {len(command.values)} values were given.",
            f"Give one value for each: {', '.join(sorted(names))}.",
        )
    found = requests.RequestScored(
        method="weighted criteria",
        score=scoring.weighted(criteria_set.criteria, values),
        criteria_set_id=command.criteria_set_id,
        criteria_version=criteria_set.criteria_version,
    )
    return [found, model.RequestValued(values=command.values)]


def by_wsjf(command: ScoreByWsjf) -> Events:
    parts = model.CostOfDelay(**vars(command))
    found = requests.RequestScored(
        method="WSJF", score=scoring.wsjf(**vars(parts)), criteria_set_id=None, criteria_version=None
    )
    return [found, model.RequestValued(cost_of_delay=parts)]


def override(request: model.Request, command: OverrideScore) -> Events:
    """What was worked out stays beside what holds."""
    require(request, TO_DECIDE, "Score it first; what is decided on keeps its score.")
    worked_out = request.score.worked_out if request.score else Decimal(0)
    overridden = requests.ScoreOverridden(worked_out=worked_out, **vars(command))
    return [] if request == model.evolve(request, overridden) else [overridden]


def conclude(request: model.Request, command: DecidingCommand, facts: model.RequestFacts) -> Events:
    """Decide on a request: now, or from a day on."""
    match command:
        case ApproveRequest():
            if request.status is RequestStatus.APPROVED:
                return []
            require(request, TO_DECIDE, "Have it scored first.")
            return [requests.RequestApproved()]
        case DeferRequest(until=until, reason=reason):
            return defer(request, requests.RequestDeferred(until=until, reason=reason), facts)
        case RejectRequest(reason=reason):
            if request.status is RequestStatus.REJECTED:
                return []
            require(request, OPEN, "Submit another request.")
            return [requests.RequestRejected(reason=reason)]
        case _:
            assert_never(command)


def defer(request: model.Request, deferred: requests.RequestDeferred, facts: model.RequestFacts) -> Events:
    """A request is deferred until a day to come."""
    if request == model.evolve(request, deferred):
        return []
    require(request, TO_DECIDE, "Have it scored first.")
    if deferred.until <= facts.today:
        raise Refused("deferred-until-later", f"It is {facts.today} today.", "Name a later day.")
    return [deferred]


def convert(request: model.Request, facts: model.RequestFacts) -> Events:
    """An approved request becomes one project, once."""
    if request.status is RequestStatus.CONVERTED:
        raise Refused(
            "converted-once", f"The request became project {request.project_id} already.", "Go on with that project."
        )
    require(request, {RequestStatus.APPROVED}, "Have it approved first.")
    return [requests.RequestConverted(project_id=project_of(facts.id))]


def project_of(request_id: UUID) -> UUID:
    """The project that a request becomes: there can be one only."""
    return uuid5(request_id, "project")


def proposed(
    command: ConvertRequest, _before: model.Request, after: model.Request, _facts: model.RequestFacts
) -> Sequence[IssuedCommand]:
    """The project that the request asks for, proposed in the same append."""
    assert after.project_id is not None
    proposal = ProposeProject(name=after.title, summary=after.purpose, division_id=after.division_id, **vars(command))
    return [IssuedCommand(PROJECT, after.project_id, proposal)]


def require(request: model.Request, statuses: AbstractSet[RequestStatus], remedy: str) -> None:
    """The request is at one of these points."""
    if request.status not in statuses:
        raise Refused("request-not-there", f"The request is {request.status}.", remedy)


REQUEST = Decider(kind="request", state=model.Request, events=model.RequestEvent, decide=decide, evolve=model.evolve)
