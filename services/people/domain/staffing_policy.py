"""StaffingPolicy: the limits on staffing that are policy; there is one, with a fixed id."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.decider import Command, Decider, Facts, NotFound, State
from contracts.people import StaffingPolicySet
from contracts.values import Grade, Line

POLICY_ID = UUID(int=0)
DEFAULT_YEARS = Decimal(10)
"""Years of IT management (LANGUAGE: Position; the source texts ask for ten)."""

Years = Annotated[Decimal, Field(ge=0, le=50, max_digits=4, decimal_places=2)]
"""Years of experience: 0 to 50, with at most two decimals."""


class StaffingPolicy(State):
    """The policy as it stands; before anybody sets it, the default."""

    it_management_years: Years = DEFAULT_YEARS


class SetSeniorExperience(Command):
    """Set how many years of IT management senior manager and executive positions demand at least."""

    years: Years
    reason: Line


StaffingPolicyCommand = SetSeniorExperience
StaffingPolicyEvent = StaffingPolicySet


def demands_seniority(grade: Grade) -> bool:
    """Whether positions of this grade fall under the policy: senior manager and above."""
    return grade.rank >= Grade.SENIOR_MANAGER.rank


def decide(state: StaffingPolicy | None, command: StaffingPolicyCommand, facts: Facts) -> Sequence[StaffingPolicyEvent]:
    """The events of a command; there is no other policy than the one."""
    if facts.id != POLICY_ID:
        raise NotFound
    if state is not None and command.years == state.it_management_years:
        return []
    return [StaffingPolicySet(it_management_years=command.years, reason=command.reason)]


def evolve(state: StaffingPolicy | None, event: StaffingPolicyEvent) -> StaffingPolicy:
    """The state after an event."""
    return StaffingPolicy(it_management_years=event.it_management_years)


STAFFING_POLICY = Decider(
    kind="staffing-policy", state=StaffingPolicy, events=StaffingPolicyEvent, decide=decide, evolve=evolve
)
