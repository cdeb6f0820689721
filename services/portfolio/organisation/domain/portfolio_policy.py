"""PortfolioPolicy: the limits of portfolio that are policy; there is one, with a fixed id."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, Refused, State
from contracts.portfolio import PortfolioLimitsSet
from contracts.values import Line, Share

POLICY_ID = UUID(int=0)
Days = Annotated[int, Field(ge=1, le=366)]
"""1 to 366 days."""
Fewest = Annotated[int, Field(ge=1, le=100)]
"""1 to 100 persons."""
GateAuthorities = Annotated[tuple[UUID, ...], Field(max_length=50)]
Months = Annotated[int, Field(ge=1, le=120)]
"""1 to 120 months."""


class PortfolioPolicy(State):
    """The policy as it stands; before anybody sets it, the defaults.

    ``..._at_risk`` and ``..._off_track``: per cent of the planned cost, duration or scope beyond which a project's
    forecast is so rated. ``..._tolerance``: beyond which it raises an exception, where the project has no tolerance of
    its own (management by exception, PRINCE2). ``exception_days``: an exception unanswered for longer goes one level
    up. ``gate_authorities``: persons who may decide at the gate of any project, beside its division's head and the
    managers above the accountable one. ``fewest_in_figures``: hours of fewer persons than that are not told to others.
    ``issue_escalation_days``: an overdue issue goes one level further up the line after as many days more.
    ``continuity_test_months``: a continuity plan is tested at least this often.
    """

    cost_at_risk: Share = Decimal(5)
    cost_off_track: Share = Decimal(10)
    schedule_at_risk: Share = Decimal(5)
    schedule_off_track: Share = Decimal(10)
    scope_at_risk: Share = Decimal(5)
    scope_off_track: Share = Decimal(10)
    cost_tolerance: Share = Decimal(10)
    schedule_tolerance: Share = Decimal(10)
    scope_tolerance: Share = Decimal(10)
    exception_days: Days = 5
    gate_authorities: tuple[UUID, ...] = ()
    fewest_in_figures: Fewest = 5
    issue_escalation_days: Days = 5
    continuity_test_months: Months = 12


DEFAULTS = PortfolioPolicy()


class SetLimits(Command):
    """Set limits of the policy; what is left out stays as it is."""

    cost_at_risk: Share | None = None
    cost_off_track: Share | None = None
    schedule_at_risk: Share | None = None
    schedule_off_track: Share | None = None
    scope_at_risk: Share | None = None
    scope_off_track: Share | None = None
    cost_tolerance: Share | None = None
    schedule_tolerance: Share | None = None
    scope_tolerance: Share | None = None
    exception_days: Days | None = None
    gate_authorities: GateAuthorities | None = None
    fewest_in_figures: Fewest | None = None
    issue_escalation_days: Days | None = None
    continuity_test_months: Months | None = None
    reason: Line


PortfolioPolicyCommand = SetLimits
PortfolioPolicyEvent = PortfolioLimitsSet


def decide(
    state: PortfolioPolicy | None, command: PortfolioPolicyCommand, facts: Facts
) -> Sequence[PortfolioPolicyEvent]:
    """The events of a command; there is no other policy than the one."""
    if facts.id != POLICY_ID:
        raise NotFound
    match command:
        case SetLimits():
            event = PortfolioLimitsSet(**vars(command))
            after = evolve(state, event)
            check_order(after)
            return [] if after == state else [event]
        case _:
            assert_never(command)


def check_order(policy: PortfolioPolicy) -> None:
    """What is off track is at risk as well."""
    limits = (
        (policy.cost_at_risk, policy.cost_off_track),
        (policy.schedule_at_risk, policy.schedule_off_track),
        (policy.scope_at_risk, policy.scope_off_track),
    )
    if any(at_risk > off_track for at_risk, off_track in limits):
        raise Refused(
            "at-risk-before-off-track",
            "A project would be off track within the tolerance of at risk.",
            "Set the limit of off track to that of at risk or above.",
        )


def evolve(state: PortfolioPolicy | None, event: PortfolioPolicyEvent) -> PortfolioPolicy:
    policy = state or DEFAULTS
    match event:
        case PortfolioLimitsSet():
            given = {name: value for name, value in vars(event).items() if name != "reason" and value is not None}
            return policy.but(**given)
        case _:
            assert_never(event)


PORTFOLIO_POLICY = Decider(
    kind="portfolio-policy", state=PortfolioPolicy, events=PortfolioPolicyEvent, decide=decide, evolve=evolve
)
