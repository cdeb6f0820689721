"""Ownership of a service: one person answers for it; a leaver's passes up the line."""

from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.portfolio.services import (
    ServiceOwnerNamed,
    ServiceOwnershipPassed,
    ServiceOwnershipUnresolved,
    ServiceStage,
)
from contracts.values import Line
from services.portfolio.organisation.domain.known import known
from services.portfolio.services.domain.service import model


class NameServiceOwner(Command):
    """Name the person who answers for a service."""

    owner_id: UUID
    reason: Line


class PassServiceOwnership(Command):
    """Pass a service up the line of its owner, who left."""

    leaver_id: UUID
    reason: Line


OwnershipCommand = NameServiceOwner | PassServiceOwnership


def own(service: model.Service, command: OwnershipCommand, facts: model.ServiceFacts) -> model.Events:
    match command:
        case NameServiceOwner():
            return name_owner(service, command, facts)
        case PassServiceOwnership():
            return pass_on(service, command, facts)
        case _:
            assert_never(command)


def name_owner(service: model.Service, command: NameServiceOwner, facts: model.ServiceFacts) -> model.Events:
    if command.owner_id == service.owner_id and not service.unresolved:
        return []
    model.check_not_retired(service)
    check_owner(command.owner_id, facts)
    return [ServiceOwnerNamed(owner_id=command.owner_id, reason=command.reason)]


def check_owner(owner_id: UUID, facts: model.ServiceFacts) -> None:
    """Somebody who works here."""
    if not known(facts.owner, owner_id, "the owner").active:
        raise Refused("owner-is-active", "The owner does not work here now.", "Name an active person.")


def pass_on(service: model.Service, command: PassServiceOwnership, facts: model.ServiceFacts) -> model.Events:
    """A leaver's service passes to the nearest active person above; where nobody is known, it waits for one.

    Who is back by now keeps it: what was heard of their leaving may be long over.
    """
    if service.stage is ServiceStage.RETIRED or service.owner_id != command.leaver_id:
        return []
    if facts.leaver is not None and facts.leaver.active:
        return [ServiceOwnerNamed(owner_id=command.leaver_id, reason=command.reason)] if service.unresolved else []
    if facts.successor is not None:
        passed = {"from_id": command.leaver_id, "owner_id": facts.successor.id, "reason": command.reason}
        return [ServiceOwnershipPassed.model_validate(passed)]
    if service.unresolved:
        return []
    return [ServiceOwnershipUnresolved(owner_id=command.leaver_id, reason=command.reason)]
