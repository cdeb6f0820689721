"""Permissions in authority: who sets the matrix does not approve it."""

from typing import Any

from chassis.domain.decider import Facts
from chassis.store.relations import by_decision, role
from contracts.roles import Role
from services.finance.authority.domain.authority_matrix import AuthorityMatrix

SETS = role("a finance controller", Role.FINANCE_CONTROLLER)


def did_not_set(facts: Facts, matrix: AuthorityMatrix, command: Any) -> bool:
    """Return whether the actor, and whom they stand in for, have no part in setting the version."""
    version = matrix.version_of(command.valid_from)
    setters = {version.set_by, version.set_for} - {None} if version else set()
    return setters.isdisjoint({facts.actor.id, facts.actor.for_whom})


STEERS = SETS | role("an executive", Role.EXECUTIVE)
APPROVES = STEERS & by_decision("others", did_not_set).ruled(
    "setter-is-not-approver",
    "You set this version of the matrix, or it was set for you.",
    "Ask another finance controller or an executive to approve it.",
)
