"""Who acts in portfolio at all: a person in office or in whose place one acts, and a system for what it records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts, State
from chassis.store.fields import Fields
from chassis.store.relations import Relation
from contracts.roles import Role
from services.portfolio.organisation.access import LINE_ABOVE, THEMSELF, WORKS_HERE, acted, head_of, named
from services.portfolio.organisation.domain.known import LineFacts
from services.portfolio.requests.domain.request.rules import REQUEST
from services.portfolio.risks.domain.risk.rules import RISK

PERSON, MANAGER, STAND_IN = (UUID(int=n) for n in range(1, 4))
AT, ID = datetime(2026, 11, 30, 9, tzinfo=UTC), UUID(int=100)


class Kept(State):
    """A record with an owner, and with those who submitted it."""

    owner_id: UUID = MANAGER
    submitted_by: tuple[str, ...] = (str(MANAGER),)


@dataclass(frozen=True)
class DivisionFacts(LineFacts):
    """The same of a division that the manager heads."""

    division_head: UUID | None = MANAGER


def facts(actor: Actor) -> DivisionFacts:
    return DivisionFacts(actor=actor, at=AT, id=ID, subject=PERSON, line=(MANAGER,))


RELATIONS = {
    "above": LINE_ABOVE,
    "head": head_of(Fields(RISK).division_id),
    "owner": named("the owner", Fields(RISK).owner_id),
    "who submitted it": acted("who submitted it", Fields(REQUEST).submitted_by),
}


@pytest.mark.parametrize("relation", RELATIONS.values(), ids=RELATIONS.keys())
def test_who_is_suspended_has_no_authority_by_relation_and_who_stands_in_for_them_has_it(relation: Relation) -> None:
    holds = relation.holds
    assert holds(facts(Actor(str(MANAGER))), Kept(), None)
    assert not holds(facts(Actor(str(MANAGER), inactive=True)), Kept(), None)
    assert holds(facts(Actor(str(STAND_IN), for_whom=str(MANAGER))), Kept(), None)


def test_who_is_suspended_keeps_what_is_their_own() -> None:
    assert THEMSELF.holds(facts(Actor(str(PERSON), inactive=True)), None, None)


def test_anybody_who_works_here_raises_things_but_not_who_audits_alone_or_does_not_act_now() -> None:
    staff, auditor = frozenset({Role.STAFF}), frozenset({Role.AUDITOR})
    may = {
        "staff": Actor(str(PERSON), staff),
        "a stand-in": Actor(str(STAND_IN), for_whom=str(MANAGER)),
        "a system": Actor("system:monitor", staff),
        "an auditor": Actor(str(PERSON), auditor),
        "an auditor who is staff": Actor(str(PERSON), auditor | staff),
        "suspended": Actor(str(PERSON), inactive=True),
    }
    found = {name for name, actor in may.items() if WORKS_HERE.holds(Facts(actor=actor, at=AT, id=ID), None, None)}
    assert found == {"staff", "a stand-in", "a system", "an auditor who is staff"}
