"""The rules of a change, put together from its parts."""

from chassis.domain.decider import Decider, existing
from services.portfolio.changes.domain.change.adoption import AdoptionCommand, adopt
from services.portfolio.changes.domain.change.carrying_out import CarryingOutCommand, carry_out
from services.portfolio.changes.domain.change.model import Change, ChangeEvent, ChangeFacts, Events, evolve
from services.portfolio.changes.domain.change.raising import RaiseChange, RaisingCommand, decide_on, raise_change
from services.portfolio.changes.domain.change.schedule import ScheduleCommand, arrange

ChangeCommand = RaiseChange | RaisingCommand | ScheduleCommand | CarryingOutCommand | AdoptionCommand


def decide(state: Change | None, command: ChangeCommand, facts: ChangeFacts) -> Events:
    if isinstance(command, RaiseChange):
        return raise_change(state, command, facts)
    change = existing(state)
    if isinstance(command, RaisingCommand):
        return decide_on(change, command, facts)
    if isinstance(command, ScheduleCommand):
        return arrange(change, command, facts)
    if isinstance(command, AdoptionCommand):
        return adopt(change, command, facts)
    return carry_out(change, command, facts)


CHANGE = Decider(kind="change", state=Change, events=ChangeEvent, decide=decide, evolve=evolve)
