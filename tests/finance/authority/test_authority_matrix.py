"""The authority matrix: versions that hold from a day on, set by one and approved by another."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts, NotFound
from contracts.finance import authority
from contracts.roles import Role
from contracts.values import Grade, Money
from services.finance.authority.commands import AUTHORITY_MATRICES
from services.finance.authority.domain import authority_matrix
from services.finance.authority.domain.authority_matrix import AUTHORITY_MATRIX, MATRIX_ID, MOST_AHEAD, AuthorityMatrix
from tests.scenarios import given, who_may

TODAY = date(2026, 11, 30)
LATER = TODAY + timedelta(days=31)


def by(name: str, *roles: str, for_whom: str | None = None, day: date = TODAY, id: UUID = MATRIX_ID) -> Facts:
    return Facts(Actor(name, frozenset(roles), for_whom), datetime(day.year, day.month, day.day, 9, tzinfo=UTC), id)


def entry(amount: int, **more: Any) -> authority.AuthorityEntry:
    return authority.AuthorityEntry(
        **{"grade": Grade.MANAGER, **more}, up_to=Money(amount=Decimal(amount), currency="EUR")
    )


def put(*entries: authority.AuthorityEntry, day: date = TODAY) -> authority_matrix.SetAuthorityMatrix:
    return authority_matrix.SetAuthorityMatrix(valid_from=day, entries=entries, reason="As agreed.")


def was_set(*entries: authority.AuthorityEntry, day: date = TODAY) -> authority.AuthorityMatrixSet:
    known = {"set_by": "setter", "set_for": None, "reason": "As agreed."}
    return authority.AuthorityMatrixSet(valid_from=day, entries=entries, **known)


def was_approved(day: date = TODAY) -> authority.AuthorityMatrixApproved:
    return authority.AuthorityMatrixApproved(valid_from=day, approved_by="approver", approved_for=None)


def approve(day: date = TODAY) -> authority_matrix.ApproveAuthorityMatrix:
    return authority_matrix.ApproveAuthorityMatrix(valid_from=day)


def withdraw(day: date) -> authority_matrix.WithdrawAuthorityMatrix:
    return authority_matrix.WithdrawAuthorityMatrix(valid_from=day, reason="A mistake.")


SETTER, APPROVER = by("setter"), by("approver")


def held(*events: authority_matrix.AuthorityMatrixEvent) -> AuthorityMatrix:
    state = AUTHORITY_MATRIX.fold(events)
    assert state is not None
    return state


def test_a_version_holds_from_its_day_on_once_it_is_approved_until_the_next_does() -> None:
    given(AUTHORITY_MATRIX).when(put(entry(10)), SETTER).then(was_set(entry(10)))
    given(AUTHORITY_MATRIX, was_set(entry(10))).when(approve(), APPROVER).then(was_approved())
    assert held(was_set(entry(10))).entries(TODAY) == ()
    matrix = held(was_set(entry(10)), was_approved(), was_set(entry(20), day=LATER), was_approved(LATER))
    assert matrix.entries(TODAY - timedelta(days=1)) == ()
    assert matrix.entries(LATER - timedelta(days=1)) == (entry(10),)
    assert matrix.entries(LATER) == (entry(20),)


def test_a_version_without_entries_ends_the_matrix() -> None:
    assert held(was_set(entry(10)), was_approved(), was_set(day=LATER), was_approved(LATER)).entries(LATER) == ()


def test_the_same_again_changes_nothing_and_another_replaces_what_nobody_approved() -> None:
    given(AUTHORITY_MATRIX, was_set(entry(10))).when(put(entry(10)), SETTER).then()
    given(AUTHORITY_MATRIX, was_set(entry(10))).when(put(entry(20)), SETTER).then(was_set(entry(20)))
    given(AUTHORITY_MATRIX, was_set(entry(10)), was_approved()).when(approve(), APPROVER).then()
    scenario = given(AUTHORITY_MATRIX, was_set(entry(10)), was_approved())
    scenario.when(put(entry(20)), SETTER).then_refused("version-approved")


def test_nothing_is_set_or_approved_for_days_that_are_over() -> None:
    yesterday = TODAY - timedelta(days=1)
    given(AUTHORITY_MATRIX).when(put(entry(10), day=yesterday), SETTER).then_refused("matrix-lies-ahead")
    tomorrow = by("approver", day=TODAY + timedelta(days=1))
    given(AUTHORITY_MATRIX, was_set(entry(10))).when(approve(), tomorrow).then_refused("matrix-lies-ahead")


def test_what_does_not_hold_yet_is_withdrawn_and_what_holds_is_not() -> None:
    ahead = (was_set(entry(10), day=LATER), was_approved(LATER))
    withdrawn = authority.AuthorityMatrixWithdrawn(valid_from=LATER, reason="A mistake.")
    given(AUTHORITY_MATRIX, *ahead).when(withdraw(LATER), SETTER).then(withdrawn)
    assert held(*ahead, withdrawn).entries(LATER) == ()
    in_force = (was_set(entry(10)), was_approved())
    given(AUTHORITY_MATRIX, *in_force).when(withdraw(TODAY), SETTER).then_refused("version-held")
    given(AUTHORITY_MATRIX, *in_force).when(withdraw(LATER), SETTER).then_refused("version-unknown")


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ([entry(10, grade=None)], "grade-or-role"),
        ([entry(10, role=Role.EXECUTIVE)], "grade-or-role"),
        ([entry(0)], "amount-positive"),
        ([entry(10, second_above=Decimal(10))], "second-within-limit"),
        ([entry(10, second_above=Decimal(-1))], "second-within-limit"),
        ([entry(10), entry(20)], "entries-distinct"),
    ],
)
def test_an_entry_is_for_one_grade_or_role_above_0_and_the_only_one(
    entries: list[authority.AuthorityEntry], rule: str
) -> None:
    given(AUTHORITY_MATRIX).when(put(*entries), SETTER).then_refused(rule)


def test_only_so_many_versions_lie_ahead_and_the_one_that_holds_is_never_forgotten() -> None:
    ahead = [was_set(entry(10), day=LATER + timedelta(days=each)) for each in range(MOST_AHEAD)]
    more = put(entry(10), day=LATER + timedelta(days=MOST_AHEAD))
    given(AUTHORITY_MATRIX, *ahead).when(more, SETTER).then_refused("too-many-versions")
    days = [TODAY - timedelta(days=each) for each in range(40, -1, -1)]
    past = [event for day in days for event in (was_set(entry(day.day), day=day), was_approved(day))]
    assert held(*past, *ahead).entries(TODAY) == (entry(TODAY.day),)


def test_there_is_no_other_matrix_than_the_one() -> None:
    with pytest.raises(NotFound):
        authority_matrix.decide(None, put(entry(10)), by("setter", id=UUID(int=1)))


def test_who_set_a_version_does_not_approve_it_in_whatever_place_they_act() -> None:
    scenario = who_may(AUTHORITY_MATRICES, was_set(entry(10)))
    controller = Role.FINANCE_CONTROLLER
    scenario.when(approve(), by("setter", controller)).then_refused("setter-is-not-approver")
    scenario.when(approve(), by("deputy", controller, for_whom="setter")).then_refused("setter-is-not-approver")
    scenario.when(approve(), by("other", Role.MANAGER)).then_refused("not-authorised")
    scenario.when(approve(), by("approver", controller)).then(was_approved())
