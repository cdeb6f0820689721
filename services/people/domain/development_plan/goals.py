"""Goals: one thing each, met, extended or not met as somebody else says, or met by itself."""

from collections.abc import Sequence

from chassis.domain.decider import Refused
from services.people.domain.development_plan.commands import (
    AddDevelopmentGoal,
    ExtendDevelopmentGoal,
    MeetDevelopmentGoal,
    MeetGoalsByQualification,
    MissDevelopmentGoal,
)
from services.people.domain.development_plan.events import (
    DevelopmentGoalAdded,
    DevelopmentGoalExtended,
    DevelopmentGoalMet,
    DevelopmentGoalNotMet,
    PlanEvent,
)
from services.people.domain.development_plan.facts import PlanFacts
from services.people.domain.development_plan.state import DevelopmentPlan, Goal, GoalStatus, PlanStatus
from services.people.domain.line import check_another, said
from services.people.domain.qualifications import same_skill
from services.people.domain.qualifications.gap import Required, held_on, skill_of, suffices

MOST_GOALS = 50


def add_goal(plan: DevelopmentPlan, command: AddDevelopmentGoal, facts: PlanFacts) -> Sequence[DevelopmentGoalAdded]:
    """A goal is one thing, is not reached yet, and is due within the period."""
    known = next((goal for goal in plan.goals if goal.goal_id == command.goal_id), None)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("goal-known", "Another goal has this id.", "Choose another id.")
    check_target(command, facts)
    if not max(plan.starts_on, facts.today) <= command.due_on <= plan.ends_on:
        period = f"The period goes from {plan.starts_on} to {plan.ends_on}, and today is {facts.today}."
        raise Refused("due-within-period", period, "Name a day of the period that is not over.")
    if len(plan.goals) >= MOST_GOALS:
        raise Refused("goals-bounded", f"There are {MOST_GOALS} goals already.", "Keep to what matters most.")
    closes_gap = required_by(command, facts.required)
    return [DevelopmentGoalAdded(person_id=plan.person_id, **vars(command), closes_gap=closes_gap)]


def check_target(command: AddDevelopmentGoal, facts: PlanFacts) -> None:
    """One of a skill, a certificate and something else to learn, and not what the person has already."""
    targets = [command.skill, command.scheme_id, command.learning]
    if len([target for target in targets if target is not None]) != 1:
        one = "A goal is a skill, a certificate or something else to learn."
        raise Refused("goal-has-one-target", one, "Give one of them; make two goals out of two.")
    if command.scheme_id is not None and (facts.scheme is None or facts.scheme.retired):
        gone = "The certificate scheme does not exist or is retired."
        raise Refused("scheme-open", gone, "Choose another one.")
    if already_met(command, facts):
        raise Refused("goal-already-met", "The person has it already.", "Choose a goal ahead of them.")


def already_met(command: AddDevelopmentGoal, facts: PlanFacts) -> bool:
    """Whether the person has the skill at this level, or the certificate."""
    if command.skill is not None:
        return suffices(skill_of(facts.held, command.skill.skill), command.skill.level)
    return command.scheme_id is not None and held_on(facts.held, command.scheme_id, facts.today) is not None


def required_by(command: AddDevelopmentGoal, required: Required) -> bool:
    """Whether the position asks for it: for the scheme, or for the skill at least at some level."""
    if command.skill is not None:
        return any(same_skill(command.skill.skill, each.skill) for each in required.skills)
    return command.scheme_id is not None and command.scheme_id in required.schemes


def judge(
    plan: DevelopmentPlan,
    command: MeetDevelopmentGoal | ExtendDevelopmentGoal | MissDevelopmentGoal,
    facts: PlanFacts,
) -> Sequence[PlanEvent]:
    """Somebody else says what became of a goal; what became of it stays."""
    check_another(facts, "judges their own goals")
    goal = next((goal for goal in plan.goals if goal.goal_id == command.goal_id), None)
    if goal is None:
        raise Refused("goal-unknown", "There is no such goal.", "Add it first.")
    if plan.status is PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Agree to it first.")
    wanted = {MeetDevelopmentGoal: GoalStatus.MET, MissDevelopmentGoal: GoalStatus.NOT_MET}.get(type(command))
    if goal.status is not GoalStatus.OPEN:
        if goal.status is wanted:
            return []
        raise Refused("goal-open", f"The goal is {goal.status}.", "Add another one.")
    match command:
        case MeetDevelopmentGoal():
            return [DevelopmentGoalMet(goal_id=goal.goal_id)]
        case MissDevelopmentGoal():
            reason = said(command.reason, facts)
            return [DevelopmentGoalNotMet(person_id=plan.person_id, goal_id=goal.goal_id, reason=reason)]
        case ExtendDevelopmentGoal(due_on=due_on):
            return extend(plan, goal, command, facts) if due_on != goal.due_on else []


def extend(
    plan: DevelopmentPlan, goal: Goal, command: ExtendDevelopmentGoal, facts: PlanFacts
) -> Sequence[DevelopmentGoalExtended]:
    """An extension gives more time, not less."""
    if command.due_on < max(goal.due_on, facts.today):
        late = f"The goal is due on {goal.due_on}, and today is {facts.today}."
        raise Refused("extended-to-later", late, "Name a later day that is not over.")
    return [DevelopmentGoalExtended(person_id=plan.person_id, **vars(command))]


def is_met(goal: Goal, command: MeetGoalsByQualification) -> bool:
    """Whether a skill or a certificate the person has now is what the goal asks for."""
    if goal.skill is not None and command.skill is not None:
        return same_skill(goal.skill.skill, command.skill.skill) and goal.skill.level <= command.skill.level
    return goal.scheme_id is not None and goal.scheme_id == command.scheme_id
