"""Actions of a development plan, and the hours spent on them."""

from collections.abc import Sequence

from chassis.domain.decider import Refused
from contracts.people import LearningHoursRecorded
from services.people.domain.development_plan.commands import AddDevelopmentAction, RecordLearning
from services.people.domain.development_plan.events import DevelopmentActionAdded, LearningRecorded, PlanEvent
from services.people.domain.development_plan.evolve import entry_of
from services.people.domain.development_plan.facts import PlanFacts
from services.people.domain.development_plan.state import DevelopmentPlan, PlanStatus

MOST_ACTIONS, MOST_ENTRIES = 200, 500


def add_action(plan: DevelopmentPlan, command: AddDevelopmentAction) -> Sequence[DevelopmentActionAdded]:
    """An action is for a goal of the plan, or for all of them."""
    known = next((action for action in plan.actions if action.action_id == command.action_id), None)
    if known is not None:
        if vars(command) == vars(known):
            return []
        raise Refused("action-known", "Another action has this id.", "Choose another id.")
    if command.goal_id is not None and all(goal.goal_id != command.goal_id for goal in plan.goals):
        raise Refused("goal-unknown", "There is no such goal.", "Add it first, or leave it out.")
    if len(plan.actions) >= MOST_ACTIONS:
        raise Refused("actions-bounded", f"There are {MOST_ACTIONS} actions already.", "Use one of them.")
    return [DevelopmentActionAdded(person_id=plan.person_id, **vars(command))]


def record_learning(plan: DevelopmentPlan, command: RecordLearning, facts: PlanFacts) -> Sequence[PlanEvent]:
    """Hours are spent on an action of an agreed plan, and are recorded once they are."""
    known = next((entry for entry in plan.learning if entry.entry_id == command.entry_id), None)
    if known is not None:
        if known == entry_of(LearningRecorded(**vars(command))):
            return []
        raise Refused("entry-known", "Another entry has this id.", "Choose another id.")
    if plan.status is PlanStatus.PROPOSED:
        raise Refused("plan-agreed", "The plan is not agreed yet.", "Agree to it first.")
    if all(action.action_id != command.action_id for action in plan.actions):
        raise Refused("action-unknown", "There is no such action.", "Add it first.")
    if command.effective_on > facts.today:
        raise Refused("not-in-the-future", f"{command.effective_on} has yet to come.", "Record it on the day.")
    if len(plan.learning) >= MOST_ENTRIES:
        raise Refused("learning-bounded", f"There are {MOST_ENTRIES} entries already.", "Record several days together.")
    public = LearningHoursRecorded(person_id=plan.person_id, hours=command.hours, effective_on=command.effective_on)
    return [LearningRecorded(**vars(command)), public]
