"""The rules of divisions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

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


def test_a_division_has_a_time_zone_until_it_takes_that_of_the_division_above_again() -> None:
    set_to = people.DivisionTimeZoneSet(time_zone="Pacific/Auckland")
    auckland, as_above = (division.SetDivisionTimeZone(time_zone=zone) for zone in ("Pacific/Auckland", None))
    given(division.DIVISION, ESTABLISHED).when(auckland, facts()).then(set_to)
    given(division.DIVISION, ESTABLISHED, set_to).when(auckland, facts()).then()
    given(division.DIVISION, ESTABLISHED).when(as_above, facts()).then()
    given(division.DIVISION, ESTABLISHED, set_to).when(as_above, facts()).then(
        people.DivisionTimeZoneSet(time_zone=None)
    )


def test_a_division_is_established_in_its_time_zone_at_once() -> None:
    command = ESTABLISH.model_copy(update={"time_zone": "Pacific/Auckland"})
    established = ESTABLISHED.model_copy(update={"time_zone": "Pacific/Auckland"})
    given(division.DIVISION).when(command, facts()).then(established)
    given(division.DIVISION, established).when(command, facts()).then()
    given(division.DIVISION, established).when(ESTABLISH, facts()).then_refused("already-exists")


@pytest.mark.parametrize("name", ["Europe/Oz", "CEST", "europe/zurich", "../etc/passwd", "Factory", "", "+02:00"])
def test_a_time_zone_is_one_of_the_iana_database(name: str) -> None:
    with pytest.raises(ValidationError, match="time_zone"):
        division.SetDivisionTimeZone(time_zone=name)


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
