"""Permissions by division: who heads it, and its managers."""

from typing import Any

from chassis.domain.decider import Actor
from chassis.store.fields import Field
from chassis.store.relations import FALSE, Relation, by_decision, role
from contracts.roles import Role

HEAD = by_decision("the head of the division or of one above it", lambda facts, _state, _command: facts.heads)
HEAD_ABOVE = by_decision("the head of a division above", lambda facts, _state, _command: facts.heads_above)
WORKS_THERE = by_decision(
    "somebody of the division or of one above it",
    lambda facts, _state, _command: facts.division is not None and facts.division.actor_works_here,
)
MANAGER_THERE = (role("a manager of the division or of one above it", Role.MANAGER) & WORKS_THERE).called(
    "a manager of the division or of one above it"
)
MY_DIVISIONS = """(SELECT CAST(below.id AS text) FROM known_divisions headed
    CROSS JOIN LATERAL divisions_below(headed.id) below WHERE CAST(headed.head_id AS text) = CAST(:me AS text))"""
"""The divisions that the caller heads, and those below them."""

MY_DIVISIONS_BELOW = """(SELECT CAST(below.id AS text) FROM known_divisions headed
    CROSS JOIN LATERAL divisions_below(headed.id) below
    WHERE CAST(headed.head_id AS text) = CAST(:me AS text) AND below.id <> headed.id)"""
"""The divisions below those that the caller heads."""


def head_above(division: Field) -> Relation:
    """The head of a division above that of a record, for decisions and for lists."""

    def condition(actor: Actor, _many: bool, _subject: str) -> str:
        return FALSE if actor.inactive else f"{division} IN {MY_DIVISIONS_BELOW}"

    return Relation(HEAD_ABOVE.who, HEAD_ABOVE.holds, condition)


def head_of(division: Field) -> Relation:
    """The head of a record's division or of one above it, for decisions and for lists."""

    def holds(facts: Any, _state: Any, _command: Any) -> bool:
        return bool(facts.heads)

    def condition(actor: Actor, _many: bool, _subject: str) -> str:
        return FALSE if actor.inactive else f"{division} IN {MY_DIVISIONS}"

    return Relation(("the head of the division or of one above it",), holds, condition)
