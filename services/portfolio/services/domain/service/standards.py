"""Standards a service must meet: compliant, excepted until a day, or breached; a lapsed exception goes up the line."""

from datetime import date, timedelta
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Refused
from contracts.portfolio import services
from contracts.values import Day, Line, Name
from services.portfolio.services.domain.service import model

MOST_STANDARDS = 50


class RequireStandard(Command):
    """Require that a service meets a standard."""

    standard: Name


class RecordCompliance(Command):
    """Record that a service meets a standard, with the evidence."""

    standard: Name
    evidence: Line


class RecordBreach(Command):
    """Record that a service does not meet a standard."""

    standard: Name
    reason: Line


class ExceptFromStandard(Command):
    """Except a service from a standard until a day, that day included."""

    standard: Name
    until: Day
    reason: Line


class LapseExceptions(Command):
    """End the exceptions whose last day is over; the standards count as breached."""


StandardCommand = RequireStandard | RecordCompliance | RecordBreach | ExceptFromStandard | LapseExceptions


def judge(service: model.Service, command: StandardCommand, facts: model.ServiceFacts) -> model.Events:
    match command:
        case RequireStandard(standard=name):
            return require_standard(service, name)
        case RecordCompliance(standard=name, evidence=evidence):
            required(service, name)
            return [services.ServiceStandardMet(standard=name, evidence=evidence)]
        case RecordBreach(standard=name, reason=reason):
            required(service, name)
            return [services.ServiceStandardBreached(standard=name, reason=reason)]
        case ExceptFromStandard():
            return except_from(service, command, facts)
        case LapseExceptions():
            return lapse(service, facts)
        case _:
            assert_never(command)


def require_standard(service: model.Service, name: Name) -> model.Events:
    model.check_not_retired(service)
    if service.standard(name) is not None:
        return []
    if len(service.standards) >= MOST_STANDARDS:
        raise Refused("standards-bounded", f"It has {MOST_STANDARDS} standards already.", "Name one for several.")
    return [services.ServiceStandardRequired(standard=name)]


def required(service: model.Service, name: Name) -> model.Standard:
    model.check_not_retired(service)
    found = service.standard(name)
    if found is None:
        raise Refused("standard-not-required", "The service need not meet this standard.", "Require it first.")
    return found


def except_from(service: model.Service, command: ExceptFromStandard, facts: model.ServiceFacts) -> model.Events:
    """An exception ends on a day to come; extending it is a decision of its own."""
    required(service, command.standard)
    if command.until < facts.today:
        raise Refused("exception-ahead", "The exception would be over already.", "Give today or a later day.")
    return [services.ServiceStandardExcepted(**vars(command))]


def lapse(service: model.Service, facts: model.ServiceFacts) -> model.Events:
    """Every exception that is over, told to the manager above the owner, or to the owner where there is none."""
    over = [each for each in service.standards if each.until is not None and each.until < facts.today]
    told = next(iter(facts.line), service.owner_id)
    return [breach(each.standard, each.until, told) for each in over]


def breach(name: Name, until: date | None, told: UUID | None) -> services.ServiceStandardBreached:
    reason = f"The exception until {until} is over."
    return services.ServiceStandardBreached(standard=name, reason=reason, lapsed=True, escalated_to=told)


def due(service: model.Service) -> Deadline | None:
    """The day after the first exception that ends."""
    ends = [each.until for each in service.standards if each.until is not None]
    if not ends or service.stage is services.ServiceStage.RETIRED:
        return None
    return Deadline.on(min(ends) + timedelta(days=1), LapseExceptions())
