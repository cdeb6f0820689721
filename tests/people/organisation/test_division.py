"""The rules of divisions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts import people
from services.people.organisation.domain import division
from tests.scenarios import given

IT, PARENT, HEAD = UUID(int=1), UUID(int=2), UUID(int=3)
ESTABLISH = division.EstablishDivision(name="IT", kind=people.DivisionKind.IT)
ESTABLISHED = people.DivisionEstablished(name="IT", code=None, kind=people.DivisionKind.IT, parent_id=None)
CLOSED = people.DivisionClosed(reason="merged")


def facts(**known: Any) -> division.DivisionFacts:
    return division.DivisionFacts(actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=IT, **known)


def test_a_division_is_established() -> None:
    given(division.DIVISION).when(ESTABLISH, facts()).then(ESTABLISHED)


def test_establishing_it_again_with_the_same_facts_changes_nothing() -> None:
    given(division.DIVISION, ESTABLISHED).when(ESTABLISH, facts()).then()


def test_establishing_another_one_under_the_same_id_is_refused() -> None:
    other = division.EstablishDivision(name="Sales", kind=people.DivisionKind.BUSINESS)
    given(division.DIVISION, ESTABLISHED).when(other, facts()).then_refused("already-exists")


def test_a_division_is_renamed() -> None:
    given(division.DIVISION, ESTABLISHED).when(division.RenameDivision(name="Technology"), facts()).then(
        people.DivisionRenamed(name="Technology")
    )


def test_a_division_moves_below_an_open_parent() -> None:
    move = division.MoveDivision(parent_id=PARENT)
    given(division.DIVISION, ESTABLISHED).when(move, facts(parents=((PARENT, False),))).then(
        people.DivisionMoved(parent_id=PARENT)
    )


def test_a_division_cannot_move_below_itself() -> None:
    above = ((PARENT, False), (IT, False))
    given(division.DIVISION, ESTABLISHED).when(
        division.MoveDivision(parent_id=PARENT), facts(parents=above)
    ).then_refused("no-cycles")


def test_a_division_cannot_move_below_a_closed_one() -> None:
    move = division.MoveDivision(parent_id=PARENT)
    given(division.DIVISION, ESTABLISHED).when(move, facts(parents=((PARENT, True),))).then_refused("parent-closed")


def test_a_division_cannot_lie_below_one_that_does_not_exist() -> None:
    given(division.DIVISION, ESTABLISHED).when(
        division.MoveDivision(parent_id=PARENT), facts(parents=None)
    ).then_refused("parent-unknown")


def test_the_head_of_a_division_works_here() -> None:
    appoint = division.AppointDivisionHead(person_id=HEAD)
    given(division.DIVISION, ESTABLISHED).when(appoint, facts(head_employed=True)).then(
        people.DivisionHeadAppointed(person_id=HEAD)
    )
    given(division.DIVISION, ESTABLISHED).when(appoint, facts(head_employed=False)).then_refused("head-employed")


def test_a_division_closes_only_when_empty() -> None:
    close = division.CloseDivision(reason="merged")
    given(division.DIVISION, ESTABLISHED).when(close, facts()).then(CLOSED)
    given(division.DIVISION, ESTABLISHED).when(close, facts(members=1)).then_refused("closes-only-when-empty")
    given(division.DIVISION, ESTABLISHED).when(close, facts(children=1)).then_refused("closes-only-when-empty")


def test_a_closed_division_does_not_change() -> None:
    given(division.DIVISION, ESTABLISHED, CLOSED).when(division.RenameDivision(name="X"), facts()).then_refused(
        "division-closed"
    )
