"""What may be asked about a development plan."""

from uuid import UUID

from chassis.domain.decider import Command
from contracts.values import Day, Line, Personal, SkillLevel
from services.people.domain.development_plan.state import ActionKind, Hours


class ProposeDevelopmentPlan(Command):
    """Propose a plan for a person and a period; the other side agrees to it."""

    person_id: UUID
    starts_on: Day
    ends_on: Day


class AgreeDevelopmentPlan(Command):
    """Agree to a plan the other side proposed."""


class WithdrawDevelopmentPlan(Command):
    """Withdraw a plan that is not agreed yet."""

    reason: Personal[Line]


class AddDevelopmentGoal(Command):
    """Set a goal: a skill at a level, a certificate of a scheme, or something else to learn; one of the three."""

    goal_id: UUID
    skill: SkillLevel | None = None
    scheme_id: UUID | None = None
    learning: Personal[Line | None] = None
    due_on: Day


class MeetDevelopmentGoal(Command):
    """Record that a goal is met."""

    goal_id: UUID


class ExtendDevelopmentGoal(Command):
    """Give a person more time for a goal."""

    goal_id: UUID
    due_on: Day
    reason: Personal[Line]


class MissDevelopmentGoal(Command):
    """Record that a goal was not met and is not pursued any more."""

    goal_id: UUID
    reason: Personal[Line]


class AddDevelopmentAction(Command):
    """Say what a person does to learn."""

    action_id: UUID
    goal_id: UUID | None = None
    kind: ActionKind
    what: Personal[Line]


class RecordLearning(Command):
    """Record hours spent on an action on a day."""

    entry_id: UUID
    action_id: UUID
    hours: Hours
    effective_on: Day


class CloseDevelopmentPlan(Command):
    """Close a plan of which no goal is open."""


class MeetGoalsByQualification(Command):
    """Let goals be met by a skill or a certificate the person has now."""

    skill: SkillLevel | None = None
    scheme_id: UUID | None = None


class MarkOverdueGoals(Command):
    """Mark the goals whose day is over."""


PlanChange = (
    AgreeDevelopmentPlan
    | WithdrawDevelopmentPlan
    | AddDevelopmentGoal
    | MeetDevelopmentGoal
    | ExtendDevelopmentGoal
    | MissDevelopmentGoal
    | AddDevelopmentAction
    | RecordLearning
    | CloseDevelopmentPlan
    | MeetGoalsByQualification
    | MarkOverdueGoals
)
PlanCommand = ProposeDevelopmentPlan | PlanChange
