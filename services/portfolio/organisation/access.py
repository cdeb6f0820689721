"""Permissions in portfolio: roles of the token, the person a record names, and the reporting line."""

from typing import Any

from chassis.domain.decider import Actor
from chassis.store.fields import Field
from chassis.store.relations import FALSE, Relation, by_decision, role
from contracts.roles import Role
from services.portfolio.organisation.domain.known import who_acts

PORTFOLIO_OFFICE = role("the portfolio office", Role.PORTFOLIO_OFFICE)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
MANAGER = role("a manager", Role.MANAGER)
ADMINISTRATOR = role("an administrator", Role.ADMINISTRATOR)
SERVICE = role("this service itself", Role.SYSTEM)
WORKING = [each for each in Role if each not in (Role.AUDITOR, Role.SYSTEM)]
WORKS_HERE = by_decision(
    "anybody who works here",
    lambda facts, _state, _command: not facts.actor.inactive and (facts.actor.for_whom or facts.actor.has(*WORKING)),
)
"""Those who act here, for themselves or for another; not who only audits, is suspended or has left."""

SHAPES_INITIATIVES = PORTFOLIO_OFFICE | EXECUTIVE | MANAGER | ADMINISTRATOR
PROPOSES = SHAPES_INITIATIVES | role("a business user", Role.BUSINESS_USER)
TAKES_OVER = PORTFOLIO_OFFICE | ADMINISTRATOR
SETS_LIMITS = EXECUTIVE | ADMINISTRATOR

ME = "CAST(:me AS text)"
"""The person the caller acts for, or the caller."""
MY_ID = "CAST(NULLIF(CAST(:me AS text), '') AS uuid)"
"""The same as an id; null for a system, which is in nobody's line."""
CALLER = "CAST(:caller AS text)"
"""The caller, whomever they act for."""
MY_DIVISIONS = f"(SELECT CAST(id AS text) FROM known_divisions WHERE CAST(head_id AS text) = {ME})"
"""The divisions that the caller heads."""
THEMSELF = Relation(
    ("the person themselves",),
    lambda facts, _state, _command: facts.subject is not None and facts.subject == facts.actor.in_person,
    lambda _actor, _many, person: f"{person} = CAST(:myself AS text)",
)
"""The person a record is about, and nobody in their place."""
LINE_ABOVE = Relation(
    ("a manager above the person",),
    lambda facts, _state, _command: facts.in_line,
    # Of a list, those below are looked up once.
    lambda _actor, many, person: (
        f"{person} = ANY(ARRAY(SELECT CAST(id AS text) FROM line_below({MY_ID})))"
        if many
        else f"{MY_ID} IN (SELECT id FROM line_above(CAST({person} AS uuid)))"
    ),
)
"""Everybody above the person a record is about."""
ANOTHER = Relation(
    ("somebody else",),
    lambda facts, _state, _command: facts.subject not in facts.actor.persons,
    lambda _actor, _many, person: f"{person} NOT IN ({CALLER}, {ME})",
)
"""Anybody but the person a record is about, in whatever place they act."""


def also_by_service(who: Relation) -> Relation:
    """The same, for what the service itself does as well where another command asks for it."""
    return (who | SERVICE).called(*who.who)


def head_of(division: Field) -> Relation:
    """The head of the division that a field of the state names, or the person who stands in for them."""
    return Relation(
        ("the division's head",),
        lambda facts, _state, _command: facts.division_head is not None and facts.division_head == facts.actor.acts_as,
        lambda _actor, _many, _subject: f"{division} IN {MY_DIVISIONS}",
    )


def name_of(field: Field) -> str:
    """The name of a field of the state, from its SQL."""
    return field.rpartition("'")[0].rpartition("'")[2]


def acted(who: str, field: Field) -> Relation:
    """Those whom a list of the state names as having acted: the actor is among them, or whom they stand in for."""
    name = name_of(field)

    def holds(facts: Any, state: Any, _command: Any) -> bool:
        return not facts.actor.inactive and not {*who_acts(facts.actor)}.isdisjoint(getattr(state, name))

    def condition(actor: Actor, _many: bool, _subject: str) -> str:
        return FALSE if actor.inactive else f"({field.json} ? {ME} OR {field.json} ? {CALLER})"

    return Relation((who,), holds, condition)


def named(who: str, field: Field) -> Relation:
    """The person a field of the state names, or the person who stands in for them."""
    name = name_of(field)

    def holds(facts: Any, state: Any, _command: Any) -> bool:
        id = getattr(state, name)
        return id is not None and facts.actor.acts_as == id

    return Relation((who,), holds, lambda _actor, _many, _subject: f"{field} = {ME}")
