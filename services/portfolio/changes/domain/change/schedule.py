"""The schedule of a change: outside every freeze, and apart from other changes on services that are connected."""

from datetime import UTC, timedelta
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Refused
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeKind, ChangeStage, WindowKind
from contracts.values import Line
from services.portfolio.changes.domain.change import model
from services.portfolio.changes.domain.change.raising import UNDONE
from services.portfolio.changes.domain.change_model import Plan
from services.portfolio.organisation.domain.known import who_acts

LONGEST = timedelta(days=31)


class PlanBackOut(Command):
    """Write how everything comes back to what it was, should the change fail."""

    back_out_plan: Plan


class ScheduleChange(Command):
    """Schedule a change between two moments, or move it; never inside a freeze or over another change."""

    starts_at: Moment
    ends_at: Annotated[Moment, Field(examples=["2026-01-15T11:30:00Z"])]

    @field_validator("ends_at")
    @classmethod
    def _ordered(cls, ends_at: Moment, info: ValidationInfo) -> Moment:
        starts_at = info.data.get("starts_at")
        if starts_at is not None and ends_at <= starts_at:
            raise ValueError("a change ends after it starts")
        return ends_at


class GrantFreezeException(Command):
    """Let a change be carried out inside a freeze, on record."""

    window_id: UUID
    reason: Line


class RecordFreeze(Command):
    """Record that a freeze lies over a scheduled change, or no more."""

    window_id: UUID
    inside: bool


ScheduleCommand = PlanBackOut | ScheduleChange | GrantFreezeException | RecordFreeze


def arrange(change: model.Change, command: ScheduleCommand, facts: model.ChangeFacts) -> model.Events:
    match command:
        case PlanBackOut(back_out_plan=plan):
            model.require(change, UNDONE, "Plan it before the change is carried out.")
            return [] if plan == change.back_out_plan else [changes.BackOutPlanned(back_out_plan=plan)]
        case ScheduleChange():
            return schedule(change, command, facts)
        case GrantFreezeException():
            return except_from_freeze(change, command, facts)
        case RecordFreeze(window_id=id, inside=inside):
            return record_freeze(change, id, inside=inside)
        case _:
            assert_never(command)


def schedule(change: model.Change, command: ScheduleChange, facts: model.ChangeFacts) -> model.Events:
    if change.stage is ChangeStage.SCHEDULED and vars(command).items() <= vars(change).items():
        return []
    ready = ChangeStage.NEW if change.kind is ChangeKind.STANDARD else ChangeStage.AUTHORISED
    model.require(change, {ready, ChangeStage.SCHEDULED}, "Let it be assessed and authorised first.")
    if not change.back_out_plan:
        raise Refused("back-out-plan-first", "The change has no back-out plan.", "Write it with plan-back-out.")
    check_time(change, command, facts)
    check_freezes(change, facts)
    check_meetings(facts)
    days = {"starts_on": command.starts_at.astimezone(facts.zone).date()}
    days["ends_on"] = command.ends_at.astimezone(facts.zone).date()
    return [changes.ChangeScheduled(**vars(command), **days)]


def check_time(change: model.Change, command: ScheduleChange, facts: model.ChangeFacts) -> None:
    """Ahead, but for emergencies, and within a month."""
    if command.starts_at < facts.at and change.kind is not ChangeKind.EMERGENCY:
        raise Refused("schedule-ahead", "The change would have begun already.", "Give a moment to come.")
    if command.ends_at - command.starts_at > LONGEST:
        detail = f"It would take longer than {LONGEST.days} days."
        raise Refused("schedule-bounded", detail, "Raise several changes.")


def check_freezes(change: model.Change, facts: model.ChangeFacts) -> None:
    """Outside every freeze, but for those that except changes of this kind, or this one on record."""
    for id, window in facts.windows.items():
        if id not in change.exceptions and change.kind not in window.kinds_excepted:
            raise Refused(
                "inside-freeze",
                f"The freeze {window.name} ({id}) holds until {window.until}, {window.ends_at.astimezone(UTC):%FT%TZ}.",
                "Schedule the change after it, or ask those whom the freeze names to grant-freeze-exception.",
            )


def check_meetings(facts: model.ChangeFacts) -> None:
    """No other change at that time on the same service, nor on one that depends on it or that it depends on."""
    for each in facts.meetings:
        raise Refused(
            "changes-meet",
            f"The change {each.title} ({each.id}) is scheduled on {each.service} until {each.ends_at:%FT%TZ}.",
            "Schedule this one after it, or let the other one be moved.",
        )


def except_from_freeze(change: model.Change, command: GrantFreezeException, facts: model.ChangeFacts) -> model.Events:
    """A freeze that holds is what one is excepted from."""
    model.require(change, UNDONE, "An exception is granted before the change is carried out.")
    window = facts.window
    if window is None or window.withdrawn or window.kind is not WindowKind.FREEZE:
        raise Refused("freeze-not-known", "There is no such freeze.", "Name one that the refusal names.")
    if command.window_id in change.exceptions:
        return []
    return [changes.FreezeExceptionGranted(**vars(command), granted_by=who_acts(facts.actor))]


def record_freeze(change: model.Change, id: UUID, *, inside: bool) -> model.Events:
    """What is scheduled stands; it is said that a freeze lies over it, or no more."""
    if not inside:
        return [changes.ChangeOutOfFreeze(window_id=id)] if id in change.freezes else []
    over = change.stage is not ChangeStage.SCHEDULED or id in change.exceptions or id in change.freezes
    return [] if over else [changes.ChangeInFreeze(window_id=id)]
