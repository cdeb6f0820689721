"""What is agreed of a service: targets, excluded time, the services it depends on."""

from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Refused
from contracts.portfolio import services
from contracts.portfolio.services import ServiceStage
from contracts.values import Day, Line
from services.portfolio.services.domain.service import model

MOST_AGREEMENTS, MOST_EXCLUSIONS, MOST_DEPENDENCIES = 120, 500, 100


class AgreeTargets(Command):
    """Agree what a service is to achieve from a day on; what was agreed from later days on is replaced."""

    since: Day
    targets: services.ServiceTargets


class ExcludeTime(Command):
    """Agree that a time counts neither as service time nor as downtime."""

    exclusion_id: UUID
    starts_at: Moment
    ends_at: Annotated[Moment, Field(examples=["2026-01-15T11:30:00Z"])]
    reason: Line

    @field_validator("ends_at")
    @classmethod
    def _ordered(cls, ends_at: Moment, info: ValidationInfo) -> Moment:
        return after(ends_at, info.data.get("starts_at"), "excluded time ends after it starts")


class LiftExclusion(Command):
    """Let a time that was excluded count again."""

    exclusion_id: UUID
    reason: Line


class DependOn(Command):
    """Record that a service works only while another one does."""

    service_id: UUID


class DependNoLonger(Command):
    """Record that a service works without another one."""

    service_id: UUID


AgreementCommand = AgreeTargets | ExcludeTime | LiftExclusion | DependOn | DependNoLonger


def after(end: Moment, start: Any, said: str) -> Moment:
    """The end, if it comes after the start."""
    if start is not None and end <= start:
        raise ValueError(said)
    return end


def agree(service: model.Service, command: AgreementCommand, facts: model.ServiceFacts) -> model.Events:
    model.check_not_retired(service)
    match command:
        case AgreeTargets():
            return agree_targets(service, command)
        case ExcludeTime():
            return exclude(service, command)
        case LiftExclusion(exclusion_id=id, reason=reason):
            if all(each.exclusion_id != id for each in service.exclusions):
                raise Refused("exclusion-unknown", "There is no such excluded time.", "Name one that is there.")
            return [services.ServiceTimeExclusionLifted(exclusion_id=id, reason=reason)]
        case DependOn(service_id=id):
            return depend_on(service, id, facts)
        case DependNoLonger(service_id=id):
            return [services.ServiceDependencyRemoved(service_id=id)] if id in service.depends_on else []
        case _:
            assert_never(command)


def agree_targets(service: model.Service, command: AgreeTargets) -> model.Events:
    if service.agreed and service.agreed[-1] == model.AgreedTargets(**vars(command)):
        return []
    for named in ([each.priority for each in command.targets.resolution], metrics(command.targets)):
        if len({*named}) < len(named):
            raise Refused("target-once", "A priority or metric has two targets.", "Give each of them once.")
    if len(service.agreed) >= MOST_AGREEMENTS:
        raise Refused("targets-bounded", f"There are {MOST_AGREEMENTS} agreements already.", "Plan another service.")
    return [services.ServiceTargetsAgreed(**vars(command))]


def metrics(targets: services.ServiceTargets) -> list[str]:
    return [each.metric for each in targets.measures]


def exclude(service: model.Service, command: ExcludeTime) -> model.Events:
    """Time is excluded once under an id."""
    wanted = model.Exclusion(**vars(command))
    found = next((each for each in service.exclusions if each.exclusion_id == command.exclusion_id), None)
    if found == wanted:
        return []
    if found is not None:
        raise Refused("exclusion-known", "Another excluded time has this id.", "Choose another id, or lift it first.")
    if len(service.exclusions) >= MOST_EXCLUSIONS:
        detail = f"{MOST_EXCLUSIONS} times are excluded already."
        raise Refused("exclusions-bounded", detail, "Agree on fewer hours of service time instead.")
    return [services.ServiceTimeExcluded(**vars(command))]


def depend_on(service: model.Service, id: UUID, facts: model.ServiceFacts) -> model.Events:
    """A service never depends on itself, however far through others."""
    if id in service.depends_on:
        return []
    if facts.other_stage is None:
        raise Refused("service-not-known", "There is no such service.", "Plan it first.")
    if facts.other_stage is ServiceStage.RETIRED:
        raise Refused("service-retired", "The other service is retired.", "Name one that is not.")
    if facts.id == id or facts.id in facts.other_needs:
        raise Refused("no-cycles", "The other service depends on this one.", "Name one that does not.")
    if len(service.depends_on) >= MOST_DEPENDENCIES:
        detail = f"It depends on {MOST_DEPENDENCIES} services already."
        raise Refused("dependencies-bounded", detail, "Put a service in between.")
    return [services.ServiceDependencyAdded(service_id=id)]
