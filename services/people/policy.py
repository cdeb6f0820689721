"""Who may do what in people: from the token's roles and the reporting line."""

from typing import Any
from uuid import UUID

from chassis.decider import Actor, Facts
from contracts.roles import Role
from services.people.domain.person import AppointPerson, Person


def organisation(facts: Facts, state: Any, command: Any) -> bool:
    """Who shapes divisions and positions."""
    return facts.actor.has(Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR)


def personnel(facts: Facts, state: Any, command: Any) -> bool:
    """Who hires, transfers, lets go and erases."""
    return facts.actor.has(Role.HR, Role.ADMINISTRATOR)


def appointments(facts: Facts, state: Any, command: Any) -> bool:
    """Who appoints; a waiver of the ten-year gate is an executive's."""
    if isinstance(command, AppointPerson) and command.waiver is not None:
        return facts.actor.has(Role.EXECUTIVE, Role.ADMINISTRATOR)
    return personnel(facts, state, command)


def own_experience(facts: Facts, state: Any, command: Any) -> bool:
    """Who tells of a person's experience: the person, or HR."""
    return facts.actor.person == facts.id or personnel(facts, state, command)


def staffing_limits(facts: Facts, state: Any, command: Any) -> bool:
    """Who sets limits that are policy."""
    return facts.actor.has(Role.EXECUTIVE, Role.ADMINISTRATOR)


def reviews(facts: Facts, state: Any, command: Any) -> bool:
    """Who has eligibility worked out anew: HR, and this service when the policy changed."""
    return personnel(facts, state, command) or facts.actor.has(Role.SYSTEM)


def confides_in(actor: Actor, id: UUID, state: Person) -> bool:
    """Who reads a person's history of work: the person, their line manager, HR and executives."""
    return actor.person in {id, state.line_manager_id} - {None} or actor.has(
        Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR
    )
