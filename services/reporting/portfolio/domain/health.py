"""Derived health: a project judged from its own events, with the reasons; beside what those responsible declare.

Management by exception (PRINCE2): within tolerance is on track, beyond it at risk, far beyond it off track."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum

from contracts.portfolio import Stage
from services.reporting.organisation.domain.rows import Mark

RATED = frozenset({Stage.APPROVED, Stage.FUNDED, Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING})


class Rating(IntEnum):
    """From best to worst."""

    ON_TRACK = 0
    AT_RISK = 1
    OFF_TRACK = 2

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class Tolerances:
    """Shares of the planned cost or duration beyond which a project is at risk, and off track."""

    at_risk: Decimal = Decimal("0.05")
    off_track: Decimal = Decimal("0.10")


DEFAULT = Tolerances()


@dataclass(frozen=True)
class Reason:
    """The reason for a project's rating: the rule, a sentence, and the event behind it."""

    rule: str
    rating: Rating
    sentence: str
    event: Mark | None


@dataclass(frozen=True)
class Observed:
    """The known facts of a project; amounts in one currency; ``marks`` name the event behind each fact."""

    stage: str
    plan_start: date | None
    plan_end: date | None
    expected_completion: date | None
    reported_as_of: date | None
    planned: Decimal | None
    outlook: Decimal | None
    overrun: Decimal
    unresolved: bool
    marks: Mapping[str, Mark]


def assess(project: Observed, today: date, tolerances: Tolerances = DEFAULT) -> tuple[Rating | None, Sequence[Reason]]:
    """Return the rating (None before approval and after the end) and its reasons, worst first."""
    if project.stage not in RATED:
        return None, ()
    reasons = sorted(reasons_of(project, today, tolerances), key=lambda reason: -reason.rating)
    return max((reason.rating for reason in reasons), default=Rating.ON_TRACK), reasons


def reasons_of(project: Observed, today: date, tolerances: Tolerances) -> Iterator[Reason]:
    """Everything that speaks against the project."""
    yield from cost(project, tolerances)
    yield from schedule(project, today, tolerances)
    if project.overrun > 0:
        yield Reason(
            "overrun",
            Rating.OFF_TRACK,
            f"Spend and commitments exceed the budget by {project.overrun:,.0f}.",
            project.marks.get("overrun"),
        )
    if project.stage == Stage.ON_HOLD:
        yield Reason("on-hold", Rating.AT_RISK, "The project is on hold.", project.marks.get("stage"))
    if project.unresolved:
        yield Reason(
            "accountability-unresolved",
            Rating.OFF_TRACK,
            "No eligible accountable manager is known.",
            project.marks.get("accountability"),
        )


def cost(project: Observed, tolerances: Tolerances) -> Iterator[Reason]:
    """The expected cost against the granted budget."""
    if not project.planned or project.outlook is None or project.outlook <= project.planned:
        return
    share = project.outlook / project.planned - 1
    if rating := rate(share, tolerances):
        yield Reason(
            "cost-forecast",
            rating,
            f"The expected cost of {project.outlook:,.0f} exceeds the budget of {project.planned:,.0f} by {share:.1%}.",
            project.marks.get("outlook", project.marks.get("planned")),
        )


def schedule(project: Observed, today: date, tolerances: Tolerances) -> Iterator[Reason]:
    """The expected completion against the planned one; without a forecast, the planned day that has passed."""
    if project.plan_end is None or project.plan_start is None:
        return
    # A forecast speaks as of its report; nobody is called late for the years since another system went silent.
    seen = project.reported_as_of or today
    expected = max(project.expected_completion or project.plan_end, min(seen, today))
    late = (expected - project.plan_end).days
    if late <= 0:
        return
    share = Decimal(late) / max((project.plan_end - project.plan_start).days, 1)
    if rating := rate(share, tolerances):
        yield Reason(
            "schedule-forecast",
            rating,
            f"Expected {late} days after the planned end of {project.plan_end}, {share:.1%} of the planned duration.",
            project.marks.get("progress", project.marks.get("plan")),
        )


def rate(share: Decimal, tolerances: Tolerances) -> Rating | None:
    """Rate an overrun by this share of the plan; None within tolerance."""
    if share > tolerances.off_track:
        return Rating.OFF_TRACK
    return Rating.AT_RISK if share > tolerances.at_risk else None
