"""What happens to a development plan; only that somebody learned, and for how long, is published."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.people import LearningHoursRecorded
from contracts.values import Line, Personal, SkillLevel, Subject
from services.people.domain.development_plan.state import ActionKind, Hours


class DevelopmentPlanProposed(PrivateEvent):
    """One side proposed a plan."""

    person_id: Subject
    starts_on: date
    ends_on: date
    proposed_by_person: bool


class DevelopmentPlanAgreed(PrivateEvent):
    """The other side agreed."""


class DevelopmentPlanWithdrawn(PrivateEvent):
    """Nobody pursues the plan."""

    person_id: Subject
    reason: Personal[Line]


class DevelopmentGoalAdded(PrivateEvent):
    """The plan has a goal more."""

    person_id: Subject
    goal_id: UUID
    skill: SkillLevel | None
    scheme_id: UUID | None
    learning: Personal[Line | None]
    due_on: date
    closes_gap: bool


class DevelopmentGoalMet(PrivateEvent):
    """The goal is met."""

    goal_id: UUID


class DevelopmentGoalExtended(PrivateEvent):
    """There is more time for the goal."""

    person_id: Subject
    goal_id: UUID
    due_on: date
    reason: Personal[Line]


class DevelopmentGoalNotMet(PrivateEvent):
    """The goal was not met."""

    person_id: Subject
    goal_id: UUID
    reason: Personal[Line]


class DevelopmentGoalOverdue(PrivateEvent):
    """The goal's day is over and it is still open."""

    goal_id: UUID


class DevelopmentActionAdded(PrivateEvent):
    """The person does something to learn."""

    person_id: Subject
    action_id: UUID
    goal_id: UUID | None
    kind: ActionKind
    what: Personal[Line]


class LearningRecorded(PrivateEvent):
    """The person spent hours on an action."""

    entry_id: UUID
    action_id: UUID
    hours: Hours
    effective_on: date


class DevelopmentPlanClosed(PrivateEvent):
    """The plan is done with."""


PlanEvent = (
    DevelopmentPlanProposed
    | DevelopmentPlanAgreed
    | DevelopmentPlanWithdrawn
    | DevelopmentGoalAdded
    | DevelopmentGoalMet
    | DevelopmentGoalExtended
    | DevelopmentGoalNotMet
    | DevelopmentGoalOverdue
    | DevelopmentActionAdded
    | LearningRecorded
    | LearningHoursRecorded
    | DevelopmentPlanClosed
)
