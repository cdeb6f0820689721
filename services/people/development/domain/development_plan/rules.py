"""The commands and rules of a development plan."""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, Facts, Refused, existing
from contracts.people import LearningHoursCorrected, LearningHoursRecorded
from contracts.values import Day, Line, Personal, SkillLevel
from services.people.development.domain.development_plan import model
from services.people.development.domain.hours import check_hours
from services.people.organisation.domain.days import day_after
from services.people.organisation.domain.line import check_employed, said
from services.people.qualifications.domain import gap
from services.people.qualifications.domain.model import same_skill


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
    """Record that a goal was not met and is no longer pursued."""

    goal_id: UUID
    reason: Personal[Line]


class AddDevelopmentAction(Command):
    """Add an action towards the person's goals."""

    action_id: UUID
    goal_id: UUID | None = None
    kind: model.ActionKind
    what: Personal[Line]


class RecordLearning(Command):
    """Record hours spent on an action on a day."""

    entry_id: UUID
    action_id: UUID
    hours: model.Hours
    effective_on: Day


class CorrectLearning(Command):
    """Correct hours or the day of an entry that was recorded wrongly; no hours strike it out."""

    entry_id: UUID
    hours: model.CorrectedHours
    effective_on: Day
    reason: Personal[Line]


class CloseDevelopmentPlan(Command):
    """Close a plan without open goals."""


class MeetGoalsByQualification(Command):
    """Record goals as met by a skill or a certificate the person has now."""

    skill: SkillLevel | None = None
    scheme_id: UUID | None = None


class MarkOverdueGoals(Command):
    """Mark overdue goals."""


PlanChange = (
    AgreeDevelopmentPlan
    | WithdrawDevelopmentPlan
    | AddDevelopmentGoal
    | MeetDevelopmentGoal
    | ExtendDevelopmentGoal
    | MissDevelopmentGoal
    | AddDevelopmentAction
    | RecordLearning
    | CorrectLearning
    | CloseDevelopmentPlan
    | MeetGoalsByQualification
    | MarkOverdueGoals
)

PlanCommand = ProposeDevelopmentPlan | PlanChange
MOST_GOALS = 50


def add_goal(
    plan: model.DevelopmentPlan, command: AddDevelopmentGoal, facts: model.PlanFacts
) -> Sequence[model.DevelopmentGoalAdded]:
    """A goal is one thing, is not reached yet, and is due within the period."""
    known = next((goal for goal in plan.goals if goal.goal_id == command.goal_id), None)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("goal-known", "Another goal has this id.", "Choose another id.")
    check_target(command, facts)
    if not max(plan.starts_on, facts.today) <= command.due_on <= plan.ends_on:
        detail = f"The period is {plan.starts_on} to {plan.ends_on}; today is {facts.today}."
        raise Refused("due-within-period", detail, "Name a day from today to the end of the period.")
    if len(plan.goals) >= MOST_GOALS:
        raise Refused(
            "goals-bounded", f"There are {MOST_GOALS} goals already.", "Close this plan, and propose another one."
        )
    closes_gap = required_by(command, facts.required)
    return [model.DevelopmentGoalAdded(person_id=plan.person_id, **vars(command), closes_gap=closes_gap)]


def check_target(command: AddDevelopmentGoal, facts: model.PlanFacts) -> None:
    """One of a skill, a certificate and something else to learn, and not what the person has already."""
    targets = [command.skill, command.scheme_id, command.learning]
    if len([target for target in targets if target is not None]) != 1:
        detail = "A goal has exactly one target: a skill, a certificate or something else to learn."
        raise Refused("goal-has-one-target", detail, "Give one target; make two goals of two.")
    if command.scheme_id is not None and (facts.scheme is None or facts.scheme.retired):
        detail = "The certificate scheme does not exist or is retired."
        raise Refused("scheme-open", detail, "Choose another one.")
    if already_met(command, facts):
        raise Refused("goal-already-met", "The person has reached this goal already.", "Choose another goal.")


def already_met(command: AddDevelopmentGoal, facts: model.PlanFacts) -> bool:
    """Return whether the person has the skill at this level, or the certificate."""
    if command.skill is not None:
        return gap.suffices(gap.skill_of(facts.held, command.skill.skill), command.skill.level)
    return command.scheme_id is not None and gap.held_on(facts.held, command.scheme_id, facts.today) is not None


def required_by(command: AddDevelopmentGoal, required: gap.Required) -> bool:
    """Return whether the position asks for it: for the scheme, or for the skill at least at some level."""
    if command.skill is not None:
        return any(same_skill(command.skill.skill, each.skill) for each in required.skills)
    return command.scheme_id is not None and command.scheme_id in required.schemes


def judge(
    plan: model.DevelopmentPlan,
    command: MeetDevelopmentGoal | ExtendDevelopmentGoal | MissDevelopmentGoal,
    facts: model.PlanFacts,
) -> model.Events:
    """Record a goal's outcome, once."""
    goal = next((goal for goal in plan.goals if goal.goal_id == command.goal_id), None)
    if goal is None:
        raise Refused("goal-unknown", "There is no such goal.", "Add it first.")
    if plan.status is model.PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Agree to it first.")
    wanted = {MeetDevelopmentGoal: model.GoalStatus.MET, MissDevelopmentGoal: model.GoalStatus.NOT_MET}.get(
        type(command)
    )
    if goal.status is not model.GoalStatus.OPEN:
        if goal.status is wanted:
            return []
        raise Refused("goal-open", f"The goal is {goal.status}.", "Add another one.")
    match command:
        case MeetDevelopmentGoal():
            return [model.DevelopmentGoalMet(goal_id=goal.goal_id)]
        case MissDevelopmentGoal():
            reason = said(command.reason, facts)
            return [model.DevelopmentGoalNotMet(person_id=plan.person_id, goal_id=goal.goal_id, reason=reason)]
        case ExtendDevelopmentGoal(due_on=due_on):
            return extend(plan, goal, command, facts) if due_on != goal.due_on else []


def extend(
    plan: model.DevelopmentPlan, goal: model.Goal, command: ExtendDevelopmentGoal, facts: model.PlanFacts
) -> Sequence[model.DevelopmentGoalExtended]:
    """An extension gives more time, not less."""
    if command.due_on < max(goal.due_on, facts.today):
        detail = f"The goal is due on {goal.due_on}, and today is {facts.today}."
        raise Refused("extended-to-later", detail, "Name a later day, from today on.")
    return [model.DevelopmentGoalExtended(person_id=plan.person_id, **vars(command))]


def is_met(goal: model.Goal, command: MeetGoalsByQualification) -> bool:
    """Return whether a skill or a certificate the person has now is what the goal asks for."""
    if goal.skill is not None and command.skill is not None:
        return same_skill(goal.skill.skill, command.skill.skill) and goal.skill.level <= command.skill.level
    return goal.scheme_id is not None and goal.scheme_id == command.scheme_id


MOST_ACTIONS, MOST_ENTRIES = 200, 500


def add_action(plan: model.DevelopmentPlan, command: AddDevelopmentAction) -> Sequence[model.DevelopmentActionAdded]:
    """An action is for a goal of the plan, or for all of them."""
    known = next((action for action in plan.actions if action.action_id == command.action_id), None)
    if known is not None:
        if vars(command) == vars(known):
            return []
        raise Refused("action-known", "Another action has this id.", "Choose another id.")
    if command.goal_id is not None and all(goal.goal_id != command.goal_id for goal in plan.goals):
        raise Refused("goal-unknown", "There is no such goal.", "Add it first, or leave it out.")
    if len(plan.actions) >= MOST_ACTIONS:
        raise Refused(
            "actions-bounded", f"There are {MOST_ACTIONS} actions already.", "Use one of the existing actions."
        )
    return [model.DevelopmentActionAdded(person_id=plan.person_id, **vars(command))]


def record_learning(plan: model.DevelopmentPlan, command: RecordLearning, facts: model.PlanFacts) -> model.Events:
    """Hours are spent on an action of an agreed plan, and are recorded once they are."""
    known = next((entry for entry in plan.learning if entry.entry_id == command.entry_id), None)
    if known is not None:
        if known == model.entry_of(model.LearningRecorded(**vars(command))):
            return []
        raise Refused("entry-known", "Another entry has this id.", "Choose another id.")
    if plan.status is model.PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Agree to it first.")
    if all(action.action_id != command.action_id for action in plan.actions):
        raise Refused("action-unknown", "There is no such action.", "Add it first.")
    if len(plan.learning) >= MOST_ENTRIES:
        raise Refused(
            "learning-bounded", f"There are {MOST_ENTRIES} entries already.", "Close the plan, and propose another one."
        )
    check_day(plan.learning, command, facts)
    public = LearningHoursRecorded(person_id=plan.person_id, hours=command.hours, effective_on=command.effective_on)
    return [model.LearningRecorded(**vars(command)), public]


def correct_learning(plan: model.DevelopmentPlan, command: CorrectLearning, facts: model.PlanFacts) -> model.Events:
    """An entry that was recorded wrongly is corrected, with the reason."""
    known = next((entry for entry in plan.learning if entry.entry_id == command.entry_id), None)
    if known is None:
        raise Refused("entry-unknown", "There is no such entry.", "Record it first.")
    if (known.hours, known.on) == (command.hours, command.effective_on):
        return []
    check_day([entry for entry in plan.learning if entry is not known], command, facts)
    public = LearningHoursCorrected(
        person_id=plan.person_id,
        hours=command.hours,
        effective_on=command.effective_on,
        before=known.hours,
        before_on=known.on,
    )
    return [model.LearningCorrected(person_id=plan.person_id, **vars(command)), public]


def check_day(others: Sequence[model.LearningEntry], command: RecordLearning | CorrectLearning, facts: Facts) -> None:
    """A day has come, and has no more hours than a day has."""
    if command.effective_on > facts.today:
        raise Refused("not-in-the-future", f"{command.effective_on} is in the future.", "Record it on the day.")
    check_hours(command.hours, [entry.hours for entry in others if entry.on == command.effective_on])


def decide(state: model.DevelopmentPlan | None, command: PlanCommand, facts: model.PlanFacts) -> model.Events:
    if isinstance(command, ProposeDevelopmentPlan):
        return propose(state, command, facts)
    plan = existing(state)
    if not plan.live and not isinstance(command, CorrectLearning):
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
        case CorrectLearning():
            return correct_learning(plan, command, facts)
        case CloseDevelopmentPlan():
            return close(plan)
        case MeetGoalsByQualification():
            return [model.DevelopmentGoalMet(goal_id=goal.goal_id) for goal in plan.open_goals if is_met(goal, command)]
        case MarkOverdueGoals():
            overdue = [goal for goal in plan.open_goals if not goal.overdue and goal.due_on < facts.today]
            return [model.DevelopmentGoalOverdue(goal_id=goal.goal_id) for goal in overdue]
        case _:
            assert_never(command)


def propose(
    state: model.DevelopmentPlan | None, command: ProposeDevelopmentPlan, facts: model.PlanFacts
) -> Sequence[model.DevelopmentPlanProposed]:
    """One side proposes a plan for a period that is not over."""
    if state is not None:
        if vars(command).items() <= vars(state).items():
            return []
        raise Refused("already-exists", "This development plan exists already.", "Choose another id.")
    check_employed(facts)
    if command.ends_on < max(command.starts_on, facts.today):
        raise Refused(
            "period-to-come",
            "The period is over, or ends before it starts.",
            "Name a first day, and a last day from today on.",
        )
    return [model.DevelopmentPlanProposed(**vars(command), proposed_by_person=facts.themself)]


def over(plan: model.DevelopmentPlan, command: PlanChange) -> model.Events:
    """Nothing happens to a plan that is over; what asks for it again, or is the system's, changes nothing."""
    repeated = isinstance(command, CloseDevelopmentPlan) and plan.status is model.PlanStatus.CLOSED
    repeated |= isinstance(command, WithdrawDevelopmentPlan) and plan.status is model.PlanStatus.WITHDRAWN
    if repeated or isinstance(command, MeetGoalsByQualification | MarkOverdueGoals):
        return []
    raise Refused("plan-over", f"The plan is {plan.status}.", "Propose another one.")


def agree(plan: model.DevelopmentPlan, facts: model.PlanFacts) -> Sequence[model.DevelopmentPlanAgreed]:
    """Agree to the other side's plan, which must have a goal."""
    if plan.status is model.PlanStatus.AGREED:
        return []
    if not plan.goals:
        raise Refused("plan-has-goals", "The plan has no goal.", "Add one first.")
    check_employed(facts)
    return [model.DevelopmentPlanAgreed()]


def withdraw(plan: model.DevelopmentPlan, reason: str) -> Sequence[model.DevelopmentPlanWithdrawn]:
    """Withdraw a plan that was not agreed."""
    if plan.status is model.PlanStatus.AGREED:
        raise Refused("plan-proposed", "The plan is agreed already.", "Record its goals as not met, and close it.")
    return [model.DevelopmentPlanWithdrawn(person_id=plan.person_id, reason=reason)]


def close(plan: model.DevelopmentPlan) -> Sequence[model.DevelopmentPlanClosed]:
    """A plan closes once something became of every goal."""
    if plan.status is model.PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Withdraw it instead.")
    if plan.open_goals:
        detail = f"The plan has open goals: {len(plan.open_goals)}."
        raise Refused("closes-without-open-goals", detail, "Record whether they were met first.")
    return [model.DevelopmentPlanClosed()]


def due(plan: model.DevelopmentPlan) -> Deadline | None:
    """The next goal becomes overdue at the end of its day."""
    if plan.status is not model.PlanStatus.AGREED:
        return None
    days = [goal.due_on for goal in plan.open_goals if not goal.overdue]
    return Deadline.on(day_after(min(days)), MarkOverdueGoals()) if days else None


DEVELOPMENT_PLAN = Decider(
    kind="development-plan",
    state=model.DevelopmentPlan,
    events=model.PlanEvent,
    decide=decide,
    evolve=model.evolve,
    due=due,
)
