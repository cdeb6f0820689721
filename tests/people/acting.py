"""Facts of somebody with a role, for scenarios that ask who may."""

from dataclasses import replace
from typing import TypeVar

from chassis.domain.decider import Facts
from contracts.roles import Role

F = TypeVar("F", bound=Facts)


def in_hr(facts: F) -> F:
    """Put the actor in HR."""
    return with_role(facts, Role.HR)


def as_executive(facts: F) -> F:
    """Make the actor an executive."""
    return with_role(facts, Role.EXECUTIVE)


def with_role(facts: F, role: Role) -> F:
    """Grant the actor a role."""
    return replace(facts, actor=replace(facts.actor, roles=frozenset({role})))
