"""Adoption of a change by those whom it concerns: audiences, messages, those who use it, readiness (Prosci ADKAR)."""

from typing import assert_never
from uuid import UUID

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Refused
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeStage, Heads, Score
from contracts.values import Day, Line, Name
from services.portfolio.changes.domain.change import model

MOST_AUDIENCES, MOST_MESSAGES = 20, 100


class NameAudience(Command):
    """Name a group of so many persons whom a change concerns, and how many are to use what is new."""

    audience: Name
    size: Heads
    target: Heads


class SendMessage(Command):
    """Record a message about a change that was sent to an audience."""

    message_id: UUID
    audience: Name
    subject: Line
    sent_at: Moment


class RecordReaders(Command):
    """Record how many of its audience have read a message by now."""

    message_id: UUID
    readers: Heads


class ReportAdoption(Command):
    """Report how many of an audience use what is new, as of a day."""

    audience: Name
    using: Heads
    as_of: Day


class AssessReadiness(Command):
    """Assess how ready an audience is for a change, each element from 1 to 5 (Prosci ADKAR)."""

    audience: Name
    awareness: Score
    desire: Score
    knowledge: Score
    ability: Score
    reinforcement: Score
    assessed_on: Day


AdoptionCommand = NameAudience | SendMessage | RecordReaders | ReportAdoption | AssessReadiness


def adopt(change: model.Change, command: AdoptionCommand, facts: model.ChangeFacts) -> model.Events:
    """People are told of a change and take it up, also after it was closed; not of one that did not happen."""
    if change.stage in (ChangeStage.CANCELLED, ChangeStage.BACKED_OUT):
        raise Refused("change-not-at-this-stage", f"The change is {change.stage}.", "Raise another change.")
    match command:
        case NameAudience():
            return name_audience(change, command)
        case SendMessage():
            return send(change, command, facts)
        case RecordReaders():
            return record_readers(change, command)
        case ReportAdoption():
            return report(change, command, facts)
        case AssessReadiness():
            return assess(change, command, facts)
        case _:
            assert_never(command)


def name_audience(change: model.Change, command: NameAudience) -> model.Events:
    """An audience may grow or shrink; its target is a part of it."""
    if command.target > command.size:
        detail = f"The target is {command.target} of {command.size} persons."
        raise Refused("target-within-audience", detail, "Give a target of at most all of them.")
    found = change.audience(command.audience)
    if found is not None and vars(command).items() <= vars(found).items():
        return []
    if found is None and len(change.audiences) >= MOST_AUDIENCES:
        detail = f"The change has {MOST_AUDIENCES} audiences."
        raise Refused("audiences-bounded", detail, "Put some of them together.")
    return [changes.AudienceNamed(**vars(command))]


def known(change: model.Change, name: Name) -> model.Audience:
    found = change.audience(name)
    if found is None:
        raise Refused("audience-not-known", "The change has no such audience.", "Name it with name-audience first.")
    return found


def send(change: model.Change, command: SendMessage, facts: model.ChangeFacts) -> model.Events:
    audience = known(change, command.audience)
    said = model.Message(message_id=command.message_id, subject=command.subject, sent_at=command.sent_at)
    sent = next((each for each in messages(change) if each.message_id == command.message_id), None)
    if sent in audience.messages and sent is not None and sent.but(readers=0) == said:
        return []
    if sent is not None:
        raise Refused("message-known", "Another message has this id.", "Choose another id.")
    if command.sent_at > facts.at:
        raise Refused("message-sent", "The message would be sent in the future.", "Record it once it is sent.")
    if len(audience.messages) >= MOST_MESSAGES:
        detail = f"The audience got {MOST_MESSAGES} messages already."
        raise Refused("messages-bounded", detail, "Name another audience.")
    return [changes.MessageSent(**vars(command))]


def messages(change: model.Change) -> list[model.Message]:
    return [message for audience in change.audiences for message in audience.messages]


def record_readers(change: model.Change, command: RecordReaders) -> model.Events:
    """Who has read a message stays one of its readers."""
    found = [
        (audience, message)
        for audience in change.audiences
        for message in audience.messages
        if message.message_id == command.message_id
    ]
    if not found:
        raise Refused("message-not-known", "There is no such message.", "Record it with send-message first.")
    audience, message = found[0]
    if command.readers == message.readers:
        return []
    if not message.readers < command.readers <= audience.size:
        detail = f"{message.readers} of {audience.size} persons have read it so far."
        raise Refused("readers-within-audience", detail, "Give a number from that to all of them.")
    return [changes.MessageRead(**vars(command))]


def report(change: model.Change, command: ReportAdoption, facts: model.ChangeFacts) -> model.Events:
    """As of a day that is no earlier than the last report's; those who use it are a part of the audience."""
    audience = known(change, command.audience)
    if vars(command).items() <= vars(audience).items():
        return []
    if command.using > audience.size:
        detail = f"The audience has {audience.size} persons."
        raise Refused("using-within-audience", detail, "Give at most all of them, or change the audience first.")
    check_day(command.as_of, audience.as_of, facts)
    return [changes.AdoptionReported(**vars(command))]


def assess(change: model.Change, command: AssessReadiness, facts: model.ChangeFacts) -> model.Events:
    audience = known(change, command.audience)
    last = audience.readiness
    said = {name: value for name, value in vars(command).items() if name != "audience"}
    if last is not None and said.items() <= vars(last).items():
        return []
    check_day(command.assessed_on, last.assessed_on if last else None, facts)
    return [changes.ReadinessAssessed(**vars(command))]


def check_day(day: Day, last: Day | None, facts: model.ChangeFacts) -> None:
    if day > facts.today or (last is not None and day < last):
        reported = f", and the last report is of {last}" if last else ""
        detail = f"Today is {facts.today}{reported}."
        raise Refused("report-in-order", detail, "Give a day from the last report's up to today.")
