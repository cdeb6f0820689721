"""ProjectHealth: how a project does as its facts have it, beside what those responsible declare.

It is judged again whenever a fact changes, and on the first day on which time alone may change the rating.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID, uuid5

from chassis.domain.decider import Command, Deadline, Decider, Facts, IssuedCommand, PrivateEvent, State
from contracts.portfolio.planning import Forecast, HealthJudged, HealthReason
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS, PortfolioPolicy
from services.portfolio.planning.domain import judging
from services.portfolio.planning.domain.exception_report import EXCEPTION, CloseException, RaiseException


class OpenException(State):
    """An exception that the project's forecast has raised and still justifies."""

    forecast: Forecast
    exception_id: UUID


class ProjectHealth(State):
    """The health as it was judged last; ``changes_on``: when time alone may change it; ``raised``: exceptions so far.

    ``rating`` is None before approval and after the end.
    """

    division_id: UUID
    rating: str | None = None
    reasons: tuple[HealthReason, ...] = ()
    declared: str | None = None
    disagrees: bool = False
    changes_on: date | None = None
    exceptions: tuple[OpenException, ...] = ()
    raised: int = 0


class JudgeHealth(Command):
    """Judge the project by its facts as they are."""


class HealthReviewed(PrivateEvent):
    """Judged as before; time alone may change it on another day."""

    division_id: UUID
    changes_on: date | None


class ForecastLeftTolerance(PrivateEvent):
    """A forecast went beyond tolerance, and raised this exception."""

    forecast: Forecast
    exception_id: UUID


class ForecastBackInTolerance(PrivateEvent):
    """A forecast is within tolerance again, or there is none any more."""

    forecast: Forecast


ProjectHealthEvent = HealthJudged | HealthReviewed | ForecastLeftTolerance | ForecastBackInTolerance
Events = Sequence[ProjectHealthEvent]


@dataclass(frozen=True)
class HealthFacts(Facts):
    """The project as it is observed, None where there is none; policy; who answers for it."""

    division_id: UUID | None = None
    observed: judging.Observed | None = None
    policy: PortfolioPolicy = DEFAULTS
    accountable_id: UUID | None = None

    @property
    def judgement(self) -> judging.Judgement:
        assert self.observed is not None
        return judging.judge(self.observed, self.today, self.policy)


def decide(state: ProjectHealth | None, command: JudgeHealth, facts: HealthFacts) -> Events:
    observed = facts.observed
    if observed is None or facts.division_id is None:
        return []  # finance may speak of a project before portfolio does
    judgement = facts.judgement
    before = state or ProjectHealth(division_id=facts.division_id)
    judged = HealthJudged(
        division_id=facts.division_id,
        rating=judgement.rating.words if judgement.rating is not None else None,
        reasons=tuple(told(reason) for reason in judgement.reasons),
        declared=observed.declared,
        disagrees=judging.declared_better(observed.declared, judgement.rating),
        effective_on=facts.today,
    )
    if state is None and judged.rating is None and judged.declared is None:
        return [HealthReviewed(division_id=facts.division_id, changes_on=None)]
    events: list[ProjectHealthEvent] = []
    if state is None or evolve(state, judged) != state:
        events.append(judged)
    if judgement.changes_on != before.changes_on:
        events.append(HealthReviewed(division_id=facts.division_id, changes_on=judgement.changes_on))
    return [*events, *tolerances(before, judgement, facts.id)]


def told(reason: judging.Reason) -> HealthReason:
    mark = vars(reason.mark) if reason.mark else {}
    return HealthReason(rule=reason.rule, rating=reason.rating.words, sentence=reason.sentence, **mark)


def tolerances(before: ProjectHealth, judgement: judging.Judgement, id: UUID) -> Events:
    """A forecast beyond tolerance raises one exception, which is over once it is back within."""
    open = {each.forecast for each in before.exceptions}
    beyond = [each.forecast for each in judgement.exceptions]
    back = [
        ForecastBackInTolerance(forecast=each.forecast) for each in before.exceptions if each.forecast not in beyond
    ]
    fresh = [forecast for forecast in beyond if forecast not in open]
    left = [
        ForecastLeftTolerance(forecast=forecast, exception_id=uuid5(id, f"exception {before.raised + place}"))
        for place, forecast in enumerate(fresh)
    ]
    return [*back, *left]


def exceptions(
    _command: JudgeHealth, before: ProjectHealth | None, after: ProjectHealth, facts: HealthFacts
) -> Sequence[IssuedCommand]:
    """The exceptions that are raised or over, in the same append."""
    was = {each.exception_id: each for each in (before.exceptions if before else ())}
    now = {each.exception_id: each for each in after.exceptions}
    over = CloseException(how="within tolerance" if after.rating is not None else "project ended")
    closed = [IssuedCommand(EXCEPTION, id, over) for id in was if id not in now]
    found = {each.forecast: each for each in facts.judgement.exceptions}
    assert facts.observed is not None
    limits = judging.limits_of(facts.policy, facts.observed.tolerances)
    raised = [
        IssuedCommand(
            EXCEPTION,
            id,
            RaiseException(
                project_id=facts.id,
                division_id=after.division_id,
                forecast=each.forecast,
                deviation=found[each.forecast].per_cent,
                tolerance=limits[each.forecast].tolerance,
                sentence=found[each.forecast].sentence,
                awaits_id=facts.accountable_id,
            ),
        )
        for id, each in now.items()
        if id not in was
    ]
    return [*closed, *raised]


def evolve(state: ProjectHealth | None, event: ProjectHealthEvent) -> ProjectHealth:
    match event:
        case HealthJudged(division_id=division_id):
            said = {name: value for name, value in vars(event).items() if name != "effective_on"}
            return (state or ProjectHealth(division_id=division_id)).but(**said)
        case HealthReviewed(division_id=division_id, changes_on=changes_on):
            return (state or ProjectHealth(division_id=division_id)).but(changes_on=changes_on)
        case ForecastLeftTolerance():
            assert state is not None
            left = OpenException(**vars(event))
            return state.but(exceptions=(*state.exceptions, left), raised=state.raised + 1)
        case ForecastBackInTolerance(forecast=forecast):
            assert state is not None
            return state.but(exceptions=tuple(each for each in state.exceptions if each.forecast != forecast))
        case _:
            assert_never(event)


def due(health: ProjectHealth) -> Deadline | None:
    """The beginning of the day on which time alone may change the rating."""
    return Deadline.on(health.changes_on, JudgeHealth()) if health.changes_on else None


PROJECT_HEALTH = Decider(
    kind="project-health", state=ProjectHealth, events=ProjectHealthEvent, decide=decide, evolve=evolve, due=due
)
