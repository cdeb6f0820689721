"""Given / when / then of an aggregate: as its decider's scenarios, asking first who may, as the handler does."""

from dataclasses import replace

from pydantic import BaseModel

from chassis.commands.table import Aggregate
from chassis.domain import scenarios


def given(aggregate: Aggregate, *events: BaseModel) -> scenarios.Scenario:
    """Start a scenario from past events."""
    return scenarios.given(replace(aggregate.decider, decide=aggregate.decide), *events)
