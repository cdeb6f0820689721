"""A service: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Refused, State, existing
from contracts.portfolio import services
from contracts.portfolio.services import ServiceStage
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts

IN_USE = frozenset({ServiceStage.LIVE, ServiceStage.DEGRADED, ServiceStage.RETIRING})


class Compliance(StrEnum):
    """Whether a service meets a standard: it does, it need not for now, or it does not."""

    COMPLIANT = "compliant"
    EXCEPTION = "exception"
    BREACHED = "breached"


class AgreedTargets(State):
    """Targets that hold from a day on, until the next ones do."""

    since: date
    targets: services.ServiceTargets


class Exclusion(State):
    """Time that by agreement counts neither as service time nor as downtime."""

    exclusion_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: Line


class Standard(State):
    """A standard the service must meet; ``until``: the last day of its exception.

    ``lapsed``: an exception ended and nobody decided since; ``escalated_to`` is who was told.
    """

    standard: Name
    status: Compliance
    until: date | None = None
    said: Line | None = None
    lapsed: bool = False
    escalated_to: UUID | None = None


class ContinuityTest(State):
    """A test of the continuity plan, with the times achieved."""

    tested_on: date
    passed: bool
    rto_minutes: int | None
    rpo_minutes: int | None
    findings: Text


class Continuity(State):
    """The continuity plan: recovery time and recovery point objectives in minutes, and the latest tests.

    ``tested_on`` is the day of the latest test, or that on which the plan was written.
    """

    rto_minutes: int
    rpo_minutes: int
    plan: Text
    written_on: date
    tested_on: date
    tests: tuple[ContinuityTest, ...] = ()


class Service(State):
    """A service as it stands; ``unresolved``: its owner left, and nobody else answers for it yet."""

    name: Name
    summary: Text
    division_id: UUID
    owner_id: UUID | None
    criticality: services.Criticality
    unresolved: bool = False
    stage: ServiceStage = ServiceStage.PLANNED
    agreed: tuple[AgreedTargets, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    depends_on: tuple[UUID, ...] = ()
    standards: tuple[Standard, ...] = ()
    continuity: Continuity | None = None

    def targets_on(self, day: date) -> services.ServiceTargets | None:
        """The targets in force on a day."""
        return next((each.targets for each in reversed(self.agreed) if each.since <= day), None)

    def standard(self, name: Name) -> Standard | None:
        return next((each for each in self.standards if each.standard == name), None)


@dataclass(frozen=True)
class ServiceFacts(LineFacts):
    """About the owner and their line; ``owner``: the person a command names, or the present owner.

    ``leaver``: the owner reported to have left, as known now; ``successor``: the nearest active person above them.
    ``division_open``: None where the division is unknown. ``other_stage``: that of the service it is to depend on;
    ``other_needs``: every service that one depends on, through the chain. ``dependents``: the names of services that
    depend on this one and are in use.
    """

    owner: KnownPerson | None = None
    leaver: KnownPerson | None = None
    successor: KnownPerson | None = None
    division_open: bool | None = None
    other_stage: ServiceStage | None = None
    other_needs: frozenset[UUID] = frozenset()
    dependents: Sequence[Name] = ()


OwnershipEvent = services.ServiceOwnerNamed | services.ServiceOwnershipPassed | services.ServiceOwnershipUnresolved
AgreementEvent = (
    services.ServiceTargetsAgreed
    | services.ServiceTimeExcluded
    | services.ServiceTimeExclusionLifted
    | services.ServiceDependencyAdded
    | services.ServiceDependencyRemoved
)
LifeEvent = (
    services.ServiceRevised
    | services.ServiceWentLive
    | services.ServiceDegraded
    | services.ServiceRecovered
    | services.ServiceRetiring
    | services.ServiceRetired
)
StandardEvent = (
    services.ServiceStandardRequired
    | services.ServiceStandardMet
    | services.ServiceStandardExcepted
    | services.ServiceStandardBreached
)
ContinuityEvent = services.ContinuityPlanWritten | services.ContinuityTested
ServiceEvent = services.ServicePlanned | OwnershipEvent | AgreementEvent | LifeEvent | StandardEvent | ContinuityEvent
Events = Sequence[ServiceEvent]


def require(service: Service, stages: Set[ServiceStage], remedy: str) -> None:
    """The service is at one of these stages."""
    if service.stage not in stages:
        raise Refused("service-not-at-this-stage", f"The service is {service.stage}.", remedy)


def check_not_retired(service: Service) -> None:
    if service.stage is ServiceStage.RETIRED:
        raise Refused("service-retired", "The service is retired.", "Plan another service.")


def evolve(state: Service | None, event: ServiceEvent) -> Service:
    if isinstance(event, services.ServicePlanned):
        return Service(**vars(event))
    service = existing(state)
    if isinstance(event, OwnershipEvent):
        return owned(service, event)
    if isinstance(event, AgreementEvent):
        return agreed(service, event)
    if isinstance(event, StandardEvent):
        return judged(service, event)
    if isinstance(event, ContinuityEvent):
        return continued(service, event)
    return lived(service, event)


def owned(service: Service, event: OwnershipEvent) -> Service:
    match event:
        case services.ServiceOwnerNamed(owner_id=owner_id) | services.ServiceOwnershipPassed(owner_id=owner_id):
            return service.but(owner_id=owner_id, unresolved=False)
        case services.ServiceOwnershipUnresolved():
            return service.but(unresolved=True)
        case _:
            assert_never(event)


def agreed(service: Service, event: AgreementEvent) -> Service:
    match event:
        case services.ServiceTargetsAgreed(since=since, targets=targets):
            earlier = tuple(each for each in service.agreed if each.since < since)
            return service.but(agreed=(*earlier, AgreedTargets(since=since, targets=targets)))
        case services.ServiceTimeExcluded():
            return service.but(exclusions=(*service.exclusions, Exclusion(**vars(event))))
        case services.ServiceTimeExclusionLifted(exclusion_id=id):
            return service.but(exclusions=tuple(each for each in service.exclusions if each.exclusion_id != id))
        case services.ServiceDependencyAdded(service_id=id):
            return service.but(depends_on=(*service.depends_on, id))
        case services.ServiceDependencyRemoved(service_id=id):
            return service.but(depends_on=tuple(each for each in service.depends_on if each != id))
        case _:
            assert_never(event)


def lived(service: Service, event: LifeEvent) -> Service:
    match event:
        case services.ServiceRevised():
            return service.but(**vars(event))
        case services.ServiceWentLive() | services.ServiceRecovered():
            return service.but(stage=ServiceStage.LIVE)
        case services.ServiceDegraded():
            return service.but(stage=ServiceStage.DEGRADED)
        case services.ServiceRetiring():
            return service.but(stage=ServiceStage.RETIRING)
        case services.ServiceRetired():
            return service.but(stage=ServiceStage.RETIRED)
        case _:
            assert_never(event)


def judged(service: Service, event: StandardEvent) -> Service:
    """The standards, with the one of the event last known as it says."""
    name = event.standard
    changed = judgement(event)
    if service.standard(name) is None:
        return service.but(standards=(*service.standards, changed))
    return service.but(standards=tuple(changed if each.standard == name else each for each in service.standards))


def judgement(event: StandardEvent) -> Standard:
    name = event.standard
    match event:
        case services.ServiceStandardRequired():
            return Standard(standard=name, status=Compliance.BREACHED)
        case services.ServiceStandardMet(evidence=evidence):
            return Standard(standard=name, status=Compliance.COMPLIANT, said=evidence)
        case services.ServiceStandardExcepted(until=until, reason=reason):
            return Standard(standard=name, status=Compliance.EXCEPTION, until=until, said=reason)
        case services.ServiceStandardBreached(reason=reason, lapsed=lapsed, escalated_to=told):
            return Standard(standard=name, status=Compliance.BREACHED, said=reason, lapsed=lapsed, escalated_to=told)
        case _:
            assert_never(event)


KEPT_TESTS = 50


def continued(service: Service, event: ContinuityEvent) -> Service:
    match event:
        case services.ContinuityPlanWritten():
            return service.but(continuity=Continuity(**vars(event), tested_on=event.written_on))
        case services.ContinuityTested():
            plan = service.continuity
            if plan is None:
                return service
            tests = (*plan.tests, ContinuityTest(**vars(event)))[-KEPT_TESTS:]
            return service.but(continuity=plan.but(tests=tests, tested_on=max(plan.tested_on, event.tested_on)))
        case _:
            assert_never(event)
