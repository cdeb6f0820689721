"""Raising, assessing and authorising a change; who raises it is not who authorises it."""

from collections.abc import Collection
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.decider import Command, Refused, new
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeKind, ChangeRisk, ChangeStage
from contracts.portfolio.services import ServiceStage
from contracts.values import Line, Name, Text
from services.portfolio.changes.domain.change import model
from services.portfolio.changes.domain.change_model import ModelStatus
from services.portfolio.organisation.domain.known import check_division, who_acts


class RaiseChange(Command):
    """Raise a change to services: standard by an approved model, normal, or an emergency."""

    title: Name
    description: Text
    kind: ChangeKind
    division_id: UUID
    service_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=20)]
    project_id: UUID | None = None
    model_id: Annotated[UUID | None, Field(validate_default=True)] = None

    @field_validator("service_ids")
    @classmethod
    def _once(cls, ids: tuple[UUID, ...]) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(ids))

    @field_validator("model_id")
    @classmethod
    def _from_model(cls, model_id: UUID | None, info: ValidationInfo) -> UUID | None:
        kind = info.data.get("kind")
        if kind is not None and (kind is ChangeKind.STANDARD) != (model_id is not None):
            raise ValueError("a standard change names its model, any other has none")
        return model_id


class AssessChange(Command):
    """Assess the risk of a normal change and what it means for others."""

    risk: ChangeRisk
    impact: Text


class AuthoriseChange(Command):
    """Authorise a change to be scheduled: a normal one that was assessed, or an emergency."""


class CancelChange(Command):
    """Give a change up before it is carried out."""

    reason: Line


RaisingCommand = AssessChange | AuthoriseChange | CancelChange


def raise_change(state: model.Change | None, command: RaiseChange, facts: model.ChangeFacts) -> model.Events:
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "change")
    check_division(facts.division_open)
    check_services(command.service_ids, facts)
    if command.project_id is not None and not facts.project_known:
        raise Refused("project-not-known", "There is no such project.", "Name one that is there, or none.")
    plan = plan_of_model(facts) if command.model_id is not None else None
    return [changes.ChangeRaised(**vars(command), back_out_plan=plan, raised_by=who_acts(facts.actor))]


def check_services(ids: Collection[UUID], facts: model.ChangeFacts) -> None:
    """The services exist, and none is retired."""
    if any(id not in facts.services for id in ids):
        raise Refused("service-not-known", "A service does not exist.", "Name services that are there.")
    retired = [each.name for each in facts.services.values() if each.stage is ServiceStage.RETIRED]
    if retired:
        raise Refused("service-retired", f"Retired: {', '.join(retired)}.", "Name services that are in use.")


def plan_of_model(facts: model.ChangeFacts) -> Text:
    """The back-out plan of the model, which is approved."""
    if facts.model is None:
        raise Refused("model-not-known", "There is no such change model.", "Draft it first.")
    if facts.model.status is not ModelStatus.APPROVED:
        detail = f"The change model is {facts.model.status}."
        raise Refused("model-approved", detail, "Let it be approved first, or raise a normal change.")
    return facts.model.back_out_plan


def decide_on(change: model.Change, command: RaisingCommand, facts: model.ChangeFacts) -> model.Events:
    match command:
        case AssessChange(risk=risk, impact=impact):
            return assess(change, risk, impact)
        case AuthoriseChange():
            return authorise(change)
        case CancelChange(reason=reason):
            return cancel(change, reason)
        case _:
            assert_never(command)


def assess(change: model.Change, risk: ChangeRisk, impact: Text) -> model.Events:
    """Only normal changes are assessed: a standard one by its model, an emergency has no time for it."""
    if (change.stage, change.risk, change.impact) == (ChangeStage.ASSESSED, risk, impact):
        return []
    if change.kind is not ChangeKind.NORMAL:
        raise Refused("assessment-skipped", f"A {change.kind} change is not assessed.", "Go on without it.")
    model.require(change, {ChangeStage.NEW, ChangeStage.ASSESSED}, "Assess a change before it is authorised.")
    return [changes.ChangeAssessed(risk=risk, impact=impact)]


def authorise(change: model.Change) -> model.Events:
    if change.stage is ChangeStage.AUTHORISED:
        return []
    if change.kind is ChangeKind.STANDARD:
        detail = "A standard change is authorised with its model."
        raise Refused("authorisation-skipped", detail, "Schedule it.")
    ready = ChangeStage.NEW if change.kind is ChangeKind.EMERGENCY else ChangeStage.ASSESSED
    model.require(change, {ready}, "Assess it first, once; an emergency is authorised as it was raised.")
    return [changes.ChangeAuthorised()]


UNDONE = frozenset({ChangeStage.NEW, ChangeStage.ASSESSED, ChangeStage.AUTHORISED, ChangeStage.SCHEDULED})


def cancel(change: model.Change, reason: Line) -> model.Events:
    if change.stage is ChangeStage.CANCELLED:
        return []
    model.require(change, UNDONE, "Back it out instead, or review it.")
    return [changes.ChangeCancelled(reason=reason)]
