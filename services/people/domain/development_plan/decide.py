"""What may happen to a development plan."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import assert_never

from chassis.domain.decider import Decider, Refused, existing
from services.people.domain.development_plan.commands import (
    AddDevelopmentAction,
    AddDevelopmentGoal,
    AgreeDevelopmentPlan,
    CloseDevelopmentPlan,
    ExtendDevelopmentGoal,
    MarkOverdueGoals,
    MeetDevelopmentGoal,
    MeetGoalsByQualification,
    MissDevelopmentGoal,
    PlanChange,
    PlanCommand,
    ProposeDevelopmentPlan,
    RecordLearning,
    WithdrawDevelopmentPlan,
)
from services.people.domain.development_plan.events import (
    DevelopmentGoalMet,
    DevelopmentGoalOverdue,
    DevelopmentPlanAgreed,
    DevelopmentPlanClosed,
    DevelopmentPlanProposed,
    DevelopmentPlanWithdrawn,
    PlanEvent,
)
from services.people.domain.development_plan.evolve import evolve
from services.people.domain.development_plan.facts import PlanFacts
from services.people.domain.development_plan.goals import add_goal, is_met, judge
from services.people.domain.development_plan.learning import add_action, record_learning
from services.people.domain.development_plan.state import DevelopmentPlan, PlanStatus
from services.people.domain.line import check_employed, said


def decide(state: DevelopmentPlan | None, command: PlanCommand, facts: PlanFacts) -> Sequence[PlanEvent]:
    """The events of a command, or ``Refused``."""
    if isinstance(command, ProposeDevelopmentPlan):
        return propose(state, command, facts)
    plan = existing(state)
    if not plan.live:
        return over(plan, command)
    match command:
        case AgreeDevelopmentPlan():
            return agree(plan, facts)
        case WithdrawDevelopmentPlan(reason=reason):
            return withdraw(plan, said(reason, facts))
        case AddDevelopmentGoal():
            return add_goal(plan, command, facts)
        case MeetDevelopmentGoal() | ExtendDevelopmentGoal() | MissDevelopmentGoal():
            return judge(plan, command, facts)
        case AddDevelopmentAction():
            return add_action(plan, command)
        case RecordLearning():
            return record_learning(plan, command, facts)
        case CloseDevelopmentPlan():
            return close(plan)
        case MeetGoalsByQualification():
            return [DevelopmentGoalMet(goal_id=goal.goal_id) for goal in plan.open_goals if is_met(goal, command)]
        case MarkOverdueGoals():
            overdue = [goal for goal in plan.open_goals if not goal.overdue and goal.due_on < facts.today]
            return [DevelopmentGoalOverdue(goal_id=goal.goal_id) for goal in overdue]
        case _:
            assert_never(command)


def propose(
    state: DevelopmentPlan | None, command: ProposeDevelopmentPlan, facts: PlanFacts
) -> Sequence[DevelopmentPlanProposed]:
    """One side proposes a plan for a period that is not over."""
    if state is not None:
        if vars(command).items() <= vars(state).items():
            return []
        raise Refused("already-exists", "This development plan exists already.", "Choose another id.")
    check_employed(facts)
    if command.ends_on < max(command.starts_on, facts.today):
        raise Refused("period-to-come", "The period is over, or ends before it starts.", "Name days in order.")
    return [DevelopmentPlanProposed(**vars(command), proposed_by_person=facts.themself)]


def over(plan: DevelopmentPlan, command: PlanChange) -> Sequence[PlanEvent]:
    """Nothing happens to a plan that is over; what asks for it again, or is the system's, changes nothing."""
    repeated = isinstance(command, CloseDevelopmentPlan) and plan.status is PlanStatus.CLOSED
    repeated |= isinstance(command, WithdrawDevelopmentPlan) and plan.status is PlanStatus.WITHDRAWN
    if repeated or isinstance(command, MeetGoalsByQualification | MarkOverdueGoals):
        return []
    raise Refused("plan-over", f"The plan is {plan.status}.", "Propose another one.")


def agree(plan: DevelopmentPlan, facts: PlanFacts) -> Sequence[DevelopmentPlanAgreed]:
    """The other side agrees to a plan that says what it is for."""
    if plan.status is PlanStatus.AGREED:
        return []
    if not plan.goals:
        raise Refused("plan-has-goals", "The plan has no goal.", "Add one first.")
    check_employed(facts)
    return [DevelopmentPlanAgreed()]


def withdraw(plan: DevelopmentPlan, reason: str) -> Sequence[DevelopmentPlanWithdrawn]:
    """What both agreed to is not withdrawn."""
    if plan.status is PlanStatus.AGREED:
        raise Refused("plan-proposed", "The plan is agreed.", "Record that its goals were not met, and close it.")
    return [DevelopmentPlanWithdrawn(person_id=plan.person_id, reason=reason)]


def close(plan: DevelopmentPlan) -> Sequence[DevelopmentPlanClosed]:
    """A plan closes once something became of every goal."""
    if plan.status is PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Withdraw it instead.")
    if plan.open_goals:
        many = f"Goals that are open: {len(plan.open_goals)}."
        raise Refused("closes-without-open-goals", many, "Record what became of them.")
    return [DevelopmentPlanClosed()]


def due(plan: DevelopmentPlan) -> datetime | None:
    """When the next goal becomes overdue: at the end (UTC) of its day."""
    if plan.status is not PlanStatus.AGREED:
        return None
    days = [goal.due_on for goal in plan.open_goals if not goal.overdue]
    return datetime.combine(min(days) + timedelta(days=1), time(), UTC) if days else None


DEVELOPMENT_PLAN = Decider(
    kind="development-plan", state=DevelopmentPlan, events=PlanEvent, decide=decide, evolve=evolve, due=due
)
