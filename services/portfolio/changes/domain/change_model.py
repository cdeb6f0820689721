"""Change model: how changes of a kind that comes again are carried out; an approved one makes them standard (ITIL)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts.portfolio.changes import ChangeModelApproved, ChangeModelDrafted, ChangeModelRetired
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import check_division, who_acts

Plan = Annotated[Text, Field(min_length=1)]
"""Running text that says something."""


class ModelStatus(StrEnum):
    """The status of a change model."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RETIRED = "retired"


class ChangeModel(State):
    """A change model as it stands; ``drafted_by``: the actor, and in whose place they acted."""

    name: Name
    division_id: UUID
    procedure: Text
    back_out_plan: Text
    drafted_by: tuple[str, ...]
    status: ModelStatus = ModelStatus.DRAFTED


class DraftChangeModel(Command):
    """Draft how changes of a kind that comes again are carried out, with their back-out plan."""

    name: Name
    division_id: UUID
    procedure: Text
    back_out_plan: Plan


class ApproveChangeModel(Command):
    """Approve a change model: standard changes may be raised from it."""


class RetireChangeModel(Command):
    """Retire a change model: no more changes are raised from it."""

    reason: Line


ModelCommand = DraftChangeModel | ApproveChangeModel | RetireChangeModel
ModelEvent = ChangeModelDrafted | ChangeModelApproved | ChangeModelRetired


@dataclass(frozen=True)
class ModelFacts(Facts):
    """``division_open``: None where the division is unknown."""

    division_open: bool | None = None


def decide(state: ChangeModel | None, command: ModelCommand, facts: ModelFacts) -> Sequence[ModelEvent]:
    match command:
        case DraftChangeModel():
            return draft(state, command, facts)
        case ApproveChangeModel():
            return approve(existing(state))
        case RetireChangeModel(reason=reason):
            return [] if existing(state).status is ModelStatus.RETIRED else [ChangeModelRetired(reason=reason)]
        case _:
            assert_never(command)


def draft(state: ChangeModel | None, command: DraftChangeModel, facts: ModelFacts) -> Sequence[ModelEvent]:
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "change model")
    check_division(facts.division_open)
    return [ChangeModelDrafted(**vars(command), drafted_by=who_acts(facts.actor))]


def approve(model: ChangeModel) -> Sequence[ModelEvent]:
    if model.status is ModelStatus.RETIRED:
        raise Refused("model-retired", "The change model is retired.", "Draft another one.")
    return [] if model.status is ModelStatus.APPROVED else [ChangeModelApproved()]


def evolve(state: ChangeModel | None, event: ModelEvent) -> ChangeModel:
    match event:
        case ChangeModelDrafted():
            return ChangeModel(**vars(event))
        case ChangeModelApproved():
            return existing(state).but(status=ModelStatus.APPROVED)
        case ChangeModelRetired():
            return existing(state).but(status=ModelStatus.RETIRED)
        case _:
            assert_never(event)


CHANGE_MODEL = Decider(kind="change-model", state=ChangeModel, events=ModelEvent, decide=decide, evolve=evolve)
