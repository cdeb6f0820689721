"""Who plans successions and sees them."""

from typing import Any

from contracts.roles import Role
from services.people.organisation.access import above_position
from services.people.succession.domain.succession import SuccessionFacts


def succession(facts: SuccessionFacts, state: Any, command: Any) -> bool:
    """Who plans for a critical position: whoever is above it, HR and executives."""
    return facts.in_line or facts.actor.has(Role.HR, Role.EXECUTIVE)


def succession_plan(facts: SuccessionFacts, state: Any, command: Any) -> bool:
    """Who agrees to such a plan: whoever is above the position, and executives."""
    return facts.in_line or facts.actor.has(Role.EXECUTIVE)


SUCCESSIONS = above_position(Role.HR, Role.EXECUTIVE, position="right(stream, 36)")
"""Of a succession, which has the id of its position: whoever is above the position, HR and executives."""
