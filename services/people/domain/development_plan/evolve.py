"""How each event changes a development plan."""

from typing import assert_never
from uuid import UUID

from chassis.domain.decider import existing
from contracts.people import LearningHoursRecorded
from services.people.domain.development_plan.events import (
    DevelopmentActionAdded,
    DevelopmentGoalAdded,
    DevelopmentGoalExtended,
    DevelopmentGoalMet,
    DevelopmentGoalNotMet,
    DevelopmentGoalOverdue,
    DevelopmentPlanAgreed,
    DevelopmentPlanClosed,
    DevelopmentPlanProposed,
    DevelopmentPlanWithdrawn,
    LearningRecorded,
    PlanEvent,
)
from services.people.domain.development_plan.state import (
    Action,
    DevelopmentPlan,
    Goal,
    GoalStatus,
    LearningEntry,
    PlanStatus,
)


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
        case _:
            assert_never(event)


def with_goal(plan: DevelopmentPlan, goal_id: UUID, **changes: object) -> DevelopmentPlan:
    """The plan with one goal changed."""
    goals = (goal.model_copy(update=changes) if goal.goal_id == goal_id else goal for goal in plan.goals)
    return plan.but(goals=tuple(goals))


def entry_of(event: LearningRecorded) -> LearningEntry:
    """The entry as it was recorded."""
    return LearningEntry(entry_id=event.entry_id, action_id=event.action_id, hours=event.hours, on=event.effective_on)
