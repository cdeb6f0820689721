"""StaffingPolicy: the limits on staffing that are policy; there is one, with a fixed id."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, State
from contracts.people import StaffingLimitsSet, StaffingPolicySet
from contracts.values import Grade, Line

POLICY_ID = UUID(int=0)
DEFAULT_YEARS = Decimal(10)
"""Years of IT management (LANGUAGE: Position; the source texts ask for ten)."""

Years = Annotated[Decimal, Field(ge=0, le=50, max_digits=4, decimal_places=2)]
"""Years of experience: 0 to 50, with at most two decimals."""

Months = Annotated[int, Field(ge=1, le=120)]
"""1 to 120 months."""

Days = Annotated[int, Field(ge=1, le=366)]
"""1 to 366 days."""

Notices = Annotated[tuple[Days, ...], Field(min_length=1, max_length=10)]
"""Days of notice before a date."""


class StaffingPolicy(State):
    """The policy as it stands; before anybody sets it, the defaults.

    ``stale_skill_months``: a skill assessed longer ago is stale. ``certificate_notice_days``: how many days before a
    certificate expires notice is given. The warnings' months: how long they stay live (Acas: six and twelve).
    ``appeal_days``: how long somebody may appeal after a disciplinary decision.
    """

    it_management_years: Years = DEFAULT_YEARS
    stale_skill_months: Months = 24
    certificate_notice_days: Notices = (90, 30, 7)
    written_warning_months: Months = 6
    final_warning_months: Months = 12
    appeal_days: Days = 5


class SetSeniorExperience(Command):
    """Set the minimum years of IT management for senior manager and executive positions."""

    years: Years
    reason: Line


class SetStaffingLimits(Command):
    """Set the other limits of the policy: stale skills, notices before expiry, how long warnings live, appeals."""

    stale_skill_months: Months
    certificate_notice_days: Notices
    written_warning_months: Months
    final_warning_months: Months
    appeal_days: Days
    reason: Line


StaffingPolicyCommand = SetSeniorExperience | SetStaffingLimits
StaffingPolicyEvent = StaffingPolicySet | StaffingLimitsSet


def demands_seniority(grade: Grade) -> bool:
    """Return whether positions of this grade fall under the policy: senior manager and above."""
    return grade.rank >= Grade.SENIOR_MANAGER.rank


SENIOR = tuple(grade for grade in Grade if demands_seniority(grade))


def decide(state: StaffingPolicy | None, command: StaffingPolicyCommand, facts: Facts) -> Sequence[StaffingPolicyEvent]:
    """The events of a command; there is no other policy than the one."""
    if facts.id != POLICY_ID:
        raise NotFound
    match command:
        case SetSeniorExperience(years=years, reason=reason):
            if state is not None and years == state.it_management_years:
                return []
            return [StaffingPolicySet(it_management_years=years, reason=reason)]
        case SetStaffingLimits():
            event = StaffingLimitsSet(**vars(command))
            return [] if state is not None and evolve(state, event) == state else [event]
        case _:
            assert_never(command)


def evolve(state: StaffingPolicy | None, event: StaffingPolicyEvent) -> StaffingPolicy:
    policy = state or StaffingPolicy()
    match event:
        case StaffingPolicySet(it_management_years=years):
            return policy.but(it_management_years=years)
        case StaffingLimitsSet():
            return policy.but(**{name: value for name, value in vars(event).items() if name != "reason"})
        case _:
            assert_never(event)


STAFFING_POLICY = Decider(
    kind="staffing-policy", state=StaffingPolicy, events=StaffingPolicyEvent, decide=decide, evolve=evolve
)
