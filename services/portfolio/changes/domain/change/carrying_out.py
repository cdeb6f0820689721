"""Carrying a change out: implemented or backed out, reviewed, closed."""

from typing import assert_never

from pydantic import StrictBool

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Refused
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeStage
from contracts.values import Line, Text
from services.portfolio.changes.domain.change import model


class RecordImplementation(Command):
    """Record that a scheduled change was carried out."""

    finished_at: Moment


class BackOutChange(Command):
    """Record that a change failed and was backed out: everything is as it was."""

    reason: Line


class ReviewChange(Command):
    """Review whether a change did what it was to do."""

    succeeded: StrictBool
    findings: Text


class CloseChange(Command):
    """Close a reviewed change."""


CarryingOutCommand = RecordImplementation | BackOutChange | ReviewChange | CloseChange


def carry_out(change: model.Change, command: CarryingOutCommand, facts: model.ChangeFacts) -> model.Events:
    match command:
        case RecordImplementation():
            return implement(change, command, facts)
        case BackOutChange(reason=reason):
            if change.stage is ChangeStage.BACKED_OUT:
                return []
            done = {ChangeStage.SCHEDULED, ChangeStage.IMPLEMENTED}
            model.require(change, done, "Cancel it instead, or raise a change that undoes it.")
            return [changes.ChangeBackedOut(reason=reason)]
        case ReviewChange():
            return review(change, command)
        case CloseChange():
            if change.stage is ChangeStage.CLOSED:
                return []
            model.require(change, {ChangeStage.REVIEWED}, "Review it first.")
            return [changes.ChangeClosed()]
        case _:
            assert_never(command)


def implement(change: model.Change, command: RecordImplementation, facts: model.ChangeFacts) -> model.Events:
    """It was carried out after it was to begin, and by now."""
    if change.stage is ChangeStage.IMPLEMENTED and change.finished_at == command.finished_at:
        return []
    model.require(change, {ChangeStage.SCHEDULED}, "Schedule it first.")
    if change.starts_at is None or not change.starts_at <= command.finished_at <= facts.at:
        detail = f"The change begins at {change.starts_at:%FT%TZ}; it cannot be finished before, nor ahead of now."
        raise Refused("finished-after-start", detail, "Give the moment at which it was finished, or move it first.")
    return [changes.ChangeImplemented(finished_at=command.finished_at)]


def review(change: model.Change, command: ReviewChange) -> model.Events:
    if change.stage is ChangeStage.REVIEWED and vars(command).items() <= vars(change).items():
        return []
    model.require(change, {ChangeStage.IMPLEMENTED, ChangeStage.REVIEWED}, "Carry it out first.")
    return [changes.ChangeReviewed(**vars(command))]
