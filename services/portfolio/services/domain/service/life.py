"""The life of a service: planned, live, degraded, retiring, retired."""

from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused, new
from contracts.portfolio import services
from contracts.portfolio.services import Criticality, ServiceStage
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import check_division
from services.portfolio.services.domain.service import model
from services.portfolio.services.domain.service.ownership import check_owner


class PlanService(Command):
    """Plan a service of a division."""

    name: Name
    summary: Text
    division_id: UUID
    owner_id: UUID | None = None
    criticality: Criticality


class ReviseService(Command):
    """Change the name, summary or criticality of a service."""

    name: Name
    summary: Text
    criticality: Criticality


class GoLive(Command):
    """Bring a service into use; it has an owner by then."""


class RecordDegradation(Command):
    """Record that a live service works worse than agreed."""

    reason: Line


class RecordRecovery(Command):
    """Record that a degraded service works as agreed again."""


class BeginRetirement(Command):
    """Begin to take a service out of use."""

    reason: Line


class RetireService(Command):
    """Take a service out of use, once nothing in use depends on it."""


LifeCommand = ReviseService | GoLive | RecordDegradation | RecordRecovery | BeginRetirement | RetireService


def plan(state: model.Service | None, command: PlanService, facts: model.ServiceFacts) -> model.Events:
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "service")
    check_division(facts.division_open)
    if command.owner_id is not None:
        check_owner(command.owner_id, facts)
    return [services.ServicePlanned(**vars(command))]


def live(service: model.Service, command: LifeCommand, facts: model.ServiceFacts) -> model.Events:
    match command:
        case ReviseService():
            return revise(service, command)
        case GoLive():
            return go_live(service)
        case RecordDegradation(reason=reason):
            return degrade(service, reason)
        case RecordRecovery():
            return recover(service)
        case BeginRetirement(reason=reason):
            return begin_retirement(service, reason)
        case RetireService():
            return retire(service, facts)
        case _:
            assert_never(command)


def revise(service: model.Service, command: ReviseService) -> model.Events:
    model.check_not_retired(service)
    if vars(command).items() <= vars(service).items():
        return []
    return [services.ServiceRevised(**vars(command))]


def go_live(service: model.Service) -> model.Events:
    """Somebody answers for every live service."""
    if service.stage is ServiceStage.LIVE:
        return []
    model.require(service, {ServiceStage.PLANNED}, "Only a planned service goes live.")
    if service.owner_id is None or service.unresolved:
        raise Refused("live-service-has-owner", "Nobody answers for the service.", "Name its owner first.")
    return [services.ServiceWentLive()]


def degrade(service: model.Service, reason: Line) -> model.Events:
    if service.stage is ServiceStage.DEGRADED:
        return []
    model.require(service, {ServiceStage.LIVE}, "Only a live service degrades.")
    return [services.ServiceDegraded(reason=reason)]


def recover(service: model.Service) -> model.Events:
    if service.stage is ServiceStage.LIVE:
        return []
    model.require(service, {ServiceStage.DEGRADED}, "Only a degraded service recovers.")
    return [services.ServiceRecovered()]


def begin_retirement(service: model.Service, reason: Line) -> model.Events:
    if service.stage is ServiceStage.RETIRING:
        return []
    model.require(service, {ServiceStage.LIVE, ServiceStage.DEGRADED}, "Only a service in use is retired.")
    return [services.ServiceRetiring(reason=reason)]


def retire(service: model.Service, facts: model.ServiceFacts) -> model.Events:
    """A service goes out of use when nothing in use depends on it; one that never went live may go at once."""
    if service.stage is ServiceStage.RETIRED:
        return []
    model.require(service, {ServiceStage.PLANNED, ServiceStage.RETIRING}, "Begin its retirement first.")
    if facts.dependents:
        detail = f"In use and dependent on it: {', '.join(facts.dependents)}."
        raise Refused("service-depended-on", detail, "Retire them first, or let them depend on another service.")
    return [services.ServiceRetired()]
