"""A project's health, judged from its facts: the rating with its reasons, and what is forecast beyond tolerance.

Management by exception (PRINCE2): within the limits of policy a project is on track, beyond them at risk, far beyond
them off track. A forecast beyond the project's tolerance is an exception.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from contracts.portfolio import Stage
from contracts.portfolio.planning import Forecast
from services.portfolio.organisation.domain.portfolio_policy import PortfolioPolicy
from services.portfolio.planning.domain.plan.model import Tolerances

RATED = frozenset({Stage.APPROVED, Stage.FUNDED, Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING})
STABLE_SHARE = Fraction(1, 5)
"""The share of its budget from which on a project's cost performance says something about its end (Christensen)."""
PER_CENT = 100
NO_TOLERANCES = Tolerances()
ZERO = Decimal()


class Rating(IntEnum):
    """From best to worst."""

    ON_TRACK = 0
    AT_RISK = 1
    OFF_TRACK = 2

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class Mark:
    """The event that a fact comes from: its stream, published number and type."""

    stream: str
    number: int | None
    type: str


@dataclass(frozen=True)
class Limits:
    """Deviations in per cent beyond which a forecast is at risk, off track, and an exception."""

    at_risk: Decimal
    off_track: Decimal
    tolerance: Decimal


@dataclass(frozen=True)
class Observed:
    """The known facts of a project; amounts in one currency; ``marks`` name the event behind each fact.

    ``seen_on``: the day a project that came from another system is judged by; None: today. ``outlook``: the expected
    cost. ``expected_scope``: per cent. ``missed``: names of milestones that were not reached on their day. ``agreed``:
    there is a baseline that was agreed here, so that a forecast beyond tolerance is an exception.
    """

    stage: Stage
    plan_start: date | None = None
    plan_end: date | None = None
    expected_completion: date | None = None
    seen_on: date | None = None
    planned: Decimal | None = None
    outlook: Fraction | None = None
    overrun: Decimal = Decimal()
    expected_scope: Decimal | None = None
    missed: Sequence[str] = ()
    unresolved: bool = False
    agreed: bool = False
    declared: str | None = None
    tolerances: Tolerances = NO_TOLERANCES
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """The reason for a rating: the rule, a sentence, and the event behind it."""

    rule: str
    rating: Rating
    sentence: str
    mark: Mark | None


@dataclass(frozen=True)
class Deviation:
    """How far a forecast is from the plan, in per cent of it."""

    forecast: Forecast
    share: Fraction
    sentence: str
    mark: Mark | None

    @property
    def per_cent(self) -> Decimal:
        """The share as a figure, with two decimals."""
        hundredths = round(self.share * 100)
        return Decimal(hundredths) / PER_CENT


@dataclass(frozen=True)
class Judgement:
    """A rating, None before approval and after the end, with its reasons, worst first; and the exceptions there are.

    ``changes_on``: the first later day on which the same facts may be judged differently.
    """

    rating: Rating | None
    reasons: Sequence[Reason] = ()
    exceptions: Sequence[Deviation] = ()
    changes_on: date | None = None


def judge(project: Observed, today: date, policy: PortfolioPolicy) -> Judgement:
    """Judge a project on a day."""
    if project.stage not in RATED:
        return Judgement(None)
    found = list(deviations(project, today))
    limits = limits_of(policy, project.tolerances)
    reasons = sorted([*forecast_reasons(found, limits), *other_reasons(project)], key=lambda each: -each.rating)
    return Judgement(
        rating=max((each.rating for each in reasons), default=Rating.ON_TRACK),
        reasons=reasons,
        exceptions=[each for each in found if project.agreed and each.share > limits[each.forecast].tolerance],
        changes_on=changes_on(project, today, limits["schedule"]),
    )


def limits_of(policy: PortfolioPolicy, own: Tolerances) -> Mapping[Forecast, Limits]:
    """The limits of policy, and the project's own tolerances where it has some."""

    def tolerance(of_project: Decimal | None, of_policy: Decimal) -> Decimal:
        return of_policy if of_project is None else of_project

    return {
        "cost": Limits(policy.cost_at_risk, policy.cost_off_track, tolerance(own.cost, policy.cost_tolerance)),
        "schedule": Limits(
            policy.schedule_at_risk, policy.schedule_off_track, tolerance(own.schedule, policy.schedule_tolerance)
        ),
        "scope": Limits(policy.scope_at_risk, policy.scope_off_track, tolerance(own.scope, policy.scope_tolerance)),
    }


def deviations(project: Observed, today: date) -> Iterator[Deviation]:
    """What is forecast worse than planned."""
    if project.planned and project.outlook is not None and project.outlook > project.planned:
        share = (project.outlook / Fraction(project.planned) - 1) * PER_CENT
        yield Deviation(
            "cost",
            share,
            f"The expected cost of {amount(project.outlook)} exceeds the budget of {amount(project.planned)}"
            f" by {figure(share)} %.",
            project.marks.get("outlook", project.marks.get("planned")),
        )
    if project.plan_start is not None and project.plan_end is not None:
        late = (expected_end(project, project.plan_end, today) - project.plan_end).days
        if late > 0:
            share = Fraction(late * PER_CENT, duration(project.plan_start, project.plan_end))
            yield Deviation(
                "schedule",
                share,
                f"Expected {late} days after the planned end of {project.plan_end},"
                f" {figure(share)} % of the planned duration.",
                project.marks.get("progress", project.marks.get("plan")),
            )
    if project.expected_scope is not None and project.expected_scope < PER_CENT:
        share = Fraction(PER_CENT - project.expected_scope)
        yield Deviation(
            "scope",
            share,
            f"{figure(Fraction(project.expected_scope))} % of the scope is expected to be delivered.",
            project.marks.get("progress"),
        )


def expected_end(project: Observed, plan_end: date, today: date) -> date:
    """The day of completion that is expected; a forecast day that has passed without completion counts as today.

    What another system stated speaks as of its statement: nobody is called late for the years since it went silent.
    """
    return max(project.expected_completion or plan_end, min(project.seen_on or today, today))


def duration(start: date, end: date) -> int:
    """The planned days between the first and the last, at least one."""
    return max((end - start).days, 1)


def forecast_reasons(found: Sequence[Deviation], limits: Mapping[Forecast, Limits]) -> Iterator[Reason]:
    for each in found:
        beyond = limits[each.forecast]
        if each.share > beyond.at_risk:
            rating = Rating.OFF_TRACK if each.share > beyond.off_track else Rating.AT_RISK
            yield Reason(f"{each.forecast}-forecast", rating, each.sentence, each.mark)


def other_reasons(project: Observed) -> Iterator[Reason]:
    """Everything else that speaks against the project."""
    if project.overrun > 0:
        sentence = f"Spend and commitments exceed the budget by {amount(project.overrun)}."
        yield Reason("overrun", Rating.OFF_TRACK, sentence, project.marks.get("overrun"))
    if project.missed:
        names = ", ".join(project.missed[:3]) + (" and others" if len(project.missed) > 3 else "")
        sentence = f"Not reached on their day: {names}."[:500]
        yield Reason("milestone-missed", Rating.AT_RISK, sentence, project.marks.get("milestone"))
    if project.stage == Stage.ON_HOLD:
        yield Reason("on-hold", Rating.AT_RISK, "The project is on hold.", project.marks.get("stage"))
    if project.unresolved:
        yield Reason(
            "accountability-unresolved",
            Rating.OFF_TRACK,
            "No eligible accountable manager is known.",
            project.marks.get("accountability"),
        )


def changes_on(project: Observed, today: date, limits: Limits) -> date | None:
    """The next day on which time alone makes the schedule's deviation cross a limit."""
    start, end = project.plan_start, project.plan_end
    if start is None or end is None or project.seen_on is not None:
        return None
    days = duration(start, end)
    crossed = [end + timedelta(days=int(limit * days // PER_CENT) + 1) for limit in vars(limits).values()]
    expected = expected_end(project, end, today)
    return min((day for day in crossed if day > expected), default=None)


def declared_better(declared: str | None, rating: Rating | None) -> bool:
    """Return whether those responsible say better of their project than its facts do."""
    said = {known.words: known for known in Rating}.get(declared or "")
    return rating is not None and said is not None and said < rating


def amount(value: Decimal | Fraction) -> str:
    return f"{round(value):,}"


def figure(share: Fraction) -> str:
    return f"{round(share * 10) / 10:.1f}"
