"""The rules of divisions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from chassis.domain.scenarios import given
from contracts.people import (
    DivisionClosed,
    DivisionEstablished,
    DivisionHeadAppointed,
    DivisionKind,
    DivisionMoved,
    DivisionRenamed,
)
from services.people.domain.division import (
    DIVISION,
    AppointDivisionHead,
    CloseDivision,
    DivisionFacts,
    EstablishDivision,
    MoveDivision,
    RenameDivision,
)

IT, PARENT, HEAD = UUID(int=1), UUID(int=2), UUID(int=3)
ESTABLISH = EstablishDivision(name="IT", kind=DivisionKind.IT)
ESTABLISHED = DivisionEstablished(name="IT", code=None, kind=DivisionKind.IT, parent_id=None)
CLOSED = DivisionClosed(reason="merged")


def facts(**known: Any) -> DivisionFacts:
    return DivisionFacts(actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=IT, **known)


def test_a_division_is_established() -> None:
    given(DIVISION).when(ESTABLISH, facts()).then(ESTABLISHED)


def test_establishing_it_again_with_the_same_facts_changes_nothing() -> None:
    given(DIVISION, ESTABLISHED).when(ESTABLISH, facts()).then()


def test_establishing_another_one_under_the_same_id_is_refused() -> None:
    other = EstablishDivision(name="Sales", kind=DivisionKind.BUSINESS)
    given(DIVISION, ESTABLISHED).when(other, facts()).then_refused("already-exists")


def test_a_division_is_renamed() -> None:
    given(DIVISION, ESTABLISHED).when(RenameDivision(name="Technology"), facts()).then(
        DivisionRenamed(name="Technology")
    )


def test_a_division_moves_below_an_open_parent() -> None:
    move = MoveDivision(parent_id=PARENT)
    given(DIVISION, ESTABLISHED).when(move, facts(parents=((PARENT, False),))).then(DivisionMoved(parent_id=PARENT))


def test_a_division_cannot_move_below_itself() -> None:
    above = ((PARENT, False), (IT, False))
    given(DIVISION, ESTABLISHED).when(MoveDivision(parent_id=PARENT), facts(parents=above)).then_refused("no-cycles")


def test_a_division_cannot_move_below_a_closed_one() -> None:
    move = MoveDivision(parent_id=PARENT)
    given(DIVISION, ESTABLISHED).when(move, facts(parents=((PARENT, True),))).then_refused("parent-closed")


def test_a_division_cannot_lie_below_one_that_does_not_exist() -> None:
    given(DIVISION, ESTABLISHED).when(MoveDivision(parent_id=PARENT), facts(parents=None)).then_refused(
        "parent-unknown"
    )


def test_the_head_of_a_division_works_here() -> None:
    appoint = AppointDivisionHead(person_id=HEAD)
    given(DIVISION, ESTABLISHED).when(appoint, facts(head_employed=True)).then(DivisionHeadAppointed(person_id=HEAD))
    given(DIVISION, ESTABLISHED).when(appoint, facts(head_employed=False)).then_refused("head-employed")


def test_a_division_closes_only_when_empty() -> None:
    close = CloseDivision(reason="merged")
    given(DIVISION, ESTABLISHED).when(close, facts()).then(CLOSED)
    given(DIVISION, ESTABLISHED).when(close, facts(members=1)).then_refused("closes-only-when-empty")
    given(DIVISION, ESTABLISHED).when(close, facts(children=1)).then_refused("closes-only-when-empty")


def test_a_closed_division_does_not_change() -> None:
    given(DIVISION, ESTABLISHED, CLOSED).when(RenameDivision(name="X"), facts()).then_refused("division-closed")
