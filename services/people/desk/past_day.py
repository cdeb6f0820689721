"""The day of which figures are told: today, or a past one from the facts that had effect on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from chassis.domain.clock import CalendarDay, Moment
from chassis.domain.decider import Decider
from chassis.http.known_parameters import refused
from chassis.store.decision_view import View
from chassis.store.past_states import PastStates, States
from chassis.store.store import Store
from services.people.desk.figures import Asked
from services.people.development.domain.development_plan.rules import DEVELOPMENT_PLAN
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.hiring.domain.vacancy import VACANCY
from services.people.organisation import zones
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION
from services.people.organisation.domain.skill import SKILL
from services.people.organisation.domain.staffing_policy import POLICY_ID, STAFFING_POLICY, StaffingPolicy
from services.people.organisation.subtree import Alone, divisions_of
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW
from services.people.qualifications.domain.rules import QUALIFICATIONS
from services.people.succession.domain.succession import SUCCESSION
from services.people.tools.domain.tool import TOOL
from services.people.training.domain.enrolment import ENROLMENT

KINDS: Mapping[str, Decider[Any]] = {
    each.kind: each
    for each in (
        DIVISION,
        POSITION,
        PERSON,
        SKILL,
        QUALIFICATIONS,
        VACANCY,
        PERFORMANCE_REVIEW,
        ENROLMENT,
        DEVELOPMENT_PLAN,
        TOOL,
        SUCCESSION,
        DISCIPLINARY_CASE,
    )
}
"""The kinds of records that figures count or look at."""
DESCRIBED = (DIVISION.kind, POSITION.kind)
"""What persons are appointed to, however late it was recorded: before that, it is as it was first described."""
FIRST_DAY = date(1900, 1, 1)
FirstDay = Annotated[CalendarDay, Field(ge=FIRST_DAY)]
FirstMoment = Annotated[Moment, Field(ge=datetime(1900, 1, 2, tzinfo=UTC))]


@dataclass(frozen=True)
class Question:
    """Which division, with those below it or alone, on which day, as known when; None for all, today, and now."""

    division_id: UUID | None
    alone: bool
    effective_on: date | None
    known_at: datetime | None


def question(
    division_id: UUID | None = None,
    alone: Alone = False,
    effective_on: Annotated[
        FirstDay | None, Query(description="a past day; from the facts in effect on it, whenever they were recorded")
    ] = None,
    known_at: Annotated[FirstMoment | None, Query(description="as known at this moment; without a day, on its")] = None,
) -> Question:
    return Question(division_id, alone, effective_on, known_at)


Of = Annotated[Question, Depends(question)]


async def asked_of(
    store: Store, of: Question, now: datetime, charge: Callable[[int], None], *, for_head: bool
) -> Asked:
    """The states and the day asked for; refuses a day to come. ``charge``: as ``PastStates`` does."""
    zone = await zones.zone_by(View(store), zones.DIVISION_ZONE, of.division_id)
    today = now.astimezone(zone).date()
    if of.effective_on is not None and of.effective_on > today:
        raise RequestValidationError([refused("effective_on", f"Figures are of today, {today}, or of a past day.")])
    known_at = of.known_at if of.known_at is not None and of.known_at < now else None
    on = of.effective_on or (known_at or now).astimezone(zone).date()
    then = past(store, on if on < today else None, known_at, charge)
    policy, limits = await policy_of(then or store), await policy_of(store)
    return Asked(
        states=then or store,
        on=on,
        division_id=of.division_id,
        divisions=await divisions_of(store, of.division_id, alone=of.alone, then=then),
        policy=policy,
        fewest=max(policy.fewest_in_figures, limits.fewest_in_figures),  # what is hidden now no past day tells
        for_head=for_head,
    )


def past(
    store: Store, effective_on: date | None, known_at: datetime | None, charge: Callable[[int], None]
) -> PastStates | None:
    """The states of the past; None for those of now."""
    if effective_on is None and known_at is None:
        return None
    return PastStates(store, KINDS, DESCRIBED, effective_on, known_at, charge)


async def policy_of(states: States) -> StaffingPolicy:
    """The policy in force."""
    (found,) = await states.load_many(STAFFING_POLICY, [POLICY_ID])
    policy: StaffingPolicy | None = found.state
    return policy or StaffingPolicy()
