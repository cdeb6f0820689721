"""A development plan: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import PrivateEvent, State, existing
from contracts.base import Value
from contracts.people import LearningHoursCorrected, LearningHoursRecorded
from contracts.values import Line, Personal, SkillLevel, Subject
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.skill import Catalogue
from services.people.qualifications.domain.gap import Required
from services.people.qualifications.domain.model import Qualifications

Hours = Annotated[Decimal, Field(gt=0, le=1_000, max_digits=6, decimal_places=2)]
"""Hours, with at most two decimals."""

CorrectedHours = Annotated[Decimal, Field(ge=0, le=24, max_digits=6, decimal_places=2)]
"""Hours of a day, none where there were none, with at most two decimals."""


class PlanStatus(StrEnum):
    """A plan is proposed by one side and agreed by the other; one that nobody agreed to is withdrawn."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class GoalStatus(StrEnum):
    """The status of a goal."""

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
    """The kind of an action towards a goal."""

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
        """Return whether anything may still happen to it."""
        return self.status in (PlanStatus.PROPOSED, PlanStatus.AGREED)

    @property
    def open_goals(self) -> list[Goal]:
        return [goal for goal in self.goals if goal.status is GoalStatus.OPEN]


NOTHING = Required()


@dataclass(frozen=True)
class PlanFacts(LineFacts):
    """``scheme`` is the one the command names; ``held``: what the person has; ``required``: what is asked of them."""

    scheme: CertificateScheme | None = None
    skills: Catalogue = field(default_factory=dict)
    held: Qualifications | None = None
    required: Required = NOTHING


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


class LearningCorrected(PrivateEvent):
    """An entry was recorded wrongly; without hours it is struck out."""

    person_id: Subject
    entry_id: UUID
    hours: CorrectedHours
    effective_on: date
    reason: Personal[Line]


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
    | LearningCorrected
    | LearningHoursCorrected
    | DevelopmentPlanClosed
)
Events = Sequence[PlanEvent]


def evolve(state: DevelopmentPlan | None, event: PlanEvent) -> DevelopmentPlan:
    """The state after an event."""
    if isinstance(event, DevelopmentPlanProposed):
        return DevelopmentPlan(**vars(event))
    plan = existing(state)
    match event:
        case DevelopmentPlanAgreed():
            return plan.but(status=PlanStatus.AGREED)
        case DevelopmentPlanWithdrawn():
            return plan.but(status=PlanStatus.WITHDRAWN)
        case DevelopmentPlanClosed():
            return plan.but(status=PlanStatus.CLOSED)
        case DevelopmentGoalAdded():
            told = {name: value for name, value in vars(event).items() if name != "person_id"}
            return plan.but(goals=(*plan.goals, Goal(**told)))
        case DevelopmentGoalMet(goal_id=id):
            return with_goal(plan, id, status=GoalStatus.MET)
        case DevelopmentGoalNotMet(goal_id=id):
            return with_goal(plan, id, status=GoalStatus.NOT_MET)
        case DevelopmentGoalExtended(goal_id=id, due_on=due_on):
            return with_goal(plan, id, due_on=due_on, overdue=False)
        case DevelopmentGoalOverdue(goal_id=id):
            return with_goal(plan, id, overdue=True)
        case DevelopmentActionAdded():
            told = {name: value for name, value in vars(event).items() if name != "person_id"}
            return plan.but(actions=(*plan.actions, Action(**told)))
        case LearningRecorded():
            return plan.but(learning=(*plan.learning, entry_of(event)))
        case LearningHoursRecorded(hours=hours):
            return plan.but(learning_hours=plan.learning_hours + hours)
        case LearningCorrected():
            return plan.but(learning=tuple(corrected(each, event) for each in plan.learning if stays(each, event)))
        case LearningHoursCorrected(hours=hours, before=before):
            return plan.but(learning_hours=plan.learning_hours + hours - before)
        case _:
            assert_never(event)


def with_goal(plan: DevelopmentPlan, goal_id: UUID, **changes: object) -> DevelopmentPlan:
    """The plan with one goal changed."""
    goals = (goal.model_copy(update=changes) if goal.goal_id == goal_id else goal for goal in plan.goals)
    return plan.but(goals=tuple(goals))


def stays(entry: LearningEntry, event: LearningCorrected) -> bool:
    """Return whether an entry is there still after a correction."""
    return entry.entry_id != event.entry_id or event.hours > 0


def corrected(entry: LearningEntry, event: LearningCorrected) -> LearningEntry:
    """The entry as it is after a correction, of it or of another."""
    if entry.entry_id != event.entry_id:
        return entry
    return entry.model_copy(update={"hours": event.hours, "on": event.effective_on})


def entry_of(event: LearningRecorded) -> LearningEntry:
    """The entry as it was recorded."""
    return LearningEntry(entry_id=event.entry_id, action_id=event.action_id, hours=event.hours, on=event.effective_on)
