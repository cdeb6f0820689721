"""Scenarios of an aggregate: as its decider's, asking first who may by its command table, as the handler does."""

from dataclasses import replace

from pydantic import BaseModel

from chassis.commands.table import Aggregate
from chassis.domain import scenarios


def who_may(aggregate: Aggregate, *events: BaseModel) -> scenarios.Scenario:
    return scenarios.given(replace(aggregate.decider, decide=aggregate.decide), *events)
