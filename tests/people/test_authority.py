"""Who may do and see what in people, by role and by relation: the whole table, and what must hold for any table."""

import pytest

from services.people.app import AGGREGATES
from tests import authority
from tests.authority import MAY_NOT, NOT_LISTED, UNKNOWN, Reading, Table
from tests.people.authority import TABLE, answers
from tests.people.cast import Cast
from tests.people.seed import seeded

OUTSIDE = ("report", "beside", "another line")
ROLES = ("role executive", "role administrator", "role manager", "role portfolio-office", "role finance-controller")

# What nobody does in another's place.
IN_PERSON = {"correct_stand_in_person", "list_person_reads", "name_stand_in_person", "withdraw_stand_in_person"}
ON_OTHERS = (
    "appoint_person",
    "approve_tool",
    "assess_performance_review",
    "calibrate_performance_review",
    "cancel_planned_pay",
    "decide_disciplinary_case",
    "mark_critical_succession",
    "record_result_enrolment",
    "set_pay",
    "verify_certificate_qualifications",
    "verify_degree_qualifications",
    "verify_experience_person",
)


@pytest.fixture(scope="module")
def known(cast: Cast) -> dict[str, str]:
    """The id of one in each collection."""
    return seeded(cast)


@pytest.fixture(scope="module")
def asked(cast: Cast, known: dict[str, str]) -> list[list[str]]:
    """Everything, asked for everybody."""
    return answers(cast, known)


@pytest.fixture(scope="module")
def table(asked: list[list[str]]) -> Table:
    """What came, by operation and caller."""
    return authority.table_of(asked)


SENSITIVE = [authority.reading(aggregate) for aggregate in AGGREGATES if aggregate.audited]


def test_who_may_do_and_see_what_is_as_the_table_says(asked: list[list[str]]) -> None:
    authority.check_table(asked, TABLE)


def test_what_only_the_service_does_is_not_documented_and_nobody_else_may(cast: Cast, known: dict[str, str]) -> None:
    authority.check_service_alone(cast.founder, AGGREGATES, known)


def test_every_collection_is_in_the_table(table: Table) -> None:
    authority.check_complete(table, AGGREGATES)


@pytest.mark.parametrize("asked_for", SENSITIVE, ids=[each.kind for each in SENSITIVE])
def test_what_is_sensitive_does_not_exist_outside_the_line(table: Table, asked_for: Reading) -> None:
    for caller in (*OUTSIDE, *ROLES):
        assert table[asked_for.get][caller] == UNKNOWN, caller
        assert table[asked_for.history][caller] == UNKNOWN, caller
        assert table[asked_for.list][caller] == NOT_LISTED, caller


def test_a_list_shows_exactly_what_can_be_read_one_by_one(table: Table) -> None:
    authority.check_lists(table, AGGREGATES)


def test_who_does_not_see_something_does_nothing_to_it(table: Table) -> None:
    authority.check_hidden(table, AGGREGATES)


def test_nobody_decides_on_themself(table: Table) -> None:
    for operation in ON_OTHERS:
        assert table[operation]["themself"] in (UNKNOWN, MAY_NOT), operation


def test_who_stands_in_for_somebody_sees_nothing_of_what_is_their_own(table: Table) -> None:
    for asked_for in SENSITIVE:
        assert table[asked_for.get]["their own stand-in"] == UNKNOWN, asked_for
        assert table[asked_for.list]["their own stand-in"] == NOT_LISTED, asked_for
    for operation in ("name_stand_in_person", "withdraw_stand_in_person", "record_experience_person"):
        assert table[operation]["their own stand-in"] == MAY_NOT, operation


@pytest.mark.parametrize("caller", ["suspended above", "left above"])
def test_who_is_suspended_or_has_left_is_above_nobody(table: Table, caller: str) -> None:
    authority.check_outside(table, caller, "another line")


def test_a_stand_in_may_what_the_manager_may_and_no_more(table: Table) -> None:
    authority.check_stand_in(table, "manager's stand-in", "line manager", in_person=IN_PERSON)
