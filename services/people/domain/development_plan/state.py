"""The state of a development plan: what its events add up to."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import State
from contracts.base import Value
from contracts.values import Line, Personal, SkillLevel, Subject

Hours = Annotated[Decimal, Field(gt=0, le=1_000, max_digits=6, decimal_places=2)]
"""Hours, with at most two decimals."""


class PlanStatus(StrEnum):
    """A plan is proposed by one side and agreed by the other; one that nobody agreed to is withdrawn."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class GoalStatus(StrEnum):
    """What became of a goal."""

    OPEN = "open"
    MET = "met"
    NOT_MET = "not met"


class Goal(Value):
    """A skill at a level, a certificate of a scheme, or something else to learn, until the end of a day.

    ``closes_gap``: the person's position required it when the goal was set.
    """

    goal_id: UUID
    skill: SkillLevel | None = None
    scheme_id: UUID | None = None
    learning: Personal[Line | None] = None
    due_on: date
    closes_gap: bool = False
    status: GoalStatus = GoalStatus.OPEN
    overdue: bool = False


class ActionKind(StrEnum):
    """How a goal is pursued."""

    TRAINING = "training"
    MENTORSHIP = "mentorship"
    READING = "reading"
    TOOL = "tool"


class Action(Value):
    """Something a person does to learn; for one of the goals, or for all of them."""

    action_id: UUID
    goal_id: UUID | None
    kind: ActionKind
    what: Personal[Line]


class LearningEntry(Value):
    """Hours spent on an action on a day."""

    entry_id: UUID
    action_id: UUID
    hours: Hours
    on: date


class DevelopmentPlan(State):
    """A plan as it stands; ``proposed_by_person``: else it is for the person to agree."""

    person_id: Subject
    starts_on: date
    ends_on: date
    proposed_by_person: bool
    status: PlanStatus = PlanStatus.PROPOSED
    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()
    learning: tuple[LearningEntry, ...] = ()
    learning_hours: Decimal = Decimal(0)

    @property
    def live(self) -> bool:
        """Whether anything may still happen to it."""
        return self.status in (PlanStatus.PROPOSED, PlanStatus.AGREED)

    @property
    def open_goals(self) -> list[Goal]:
        """The goals of which nothing became yet."""
        return [goal for goal in self.goals if goal.status is GoalStatus.OPEN]
