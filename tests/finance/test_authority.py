"""Who may do and see what in finance, by role and by relation: the whole table, and what must hold for any table."""

from uuid import uuid4

import pytest

from services.finance.app import AGGREGATES
from tests import authority
from tests.authority import MAY, MAY_NOT, UNKNOWN, Table
from tests.finance.alone import FinanceAlone
from tests.finance.authority_table import TABLE, answers
from tests.finance.cast import Cast, cast_of, seeded

# What nobody approves, grants, pays or judges of their own: in whatever role, in whatever place.
ON_OTHERS = (
    "approve_authority_matrix",
    "approve_commitment",
    "approve_commitment (of a project)",
    "approve_division_budget",
    "approve_expense",
    "approve_expense (of a project)",
    "approve_year_end",
    "grant_spending_exception",
    "pay_expense",
    "pay_expense (of a project)",
    "realise_savings_measure",
    "refuse_spending_exception",
    "reject_expense",
    "validate_savings_measure",
)
OWN = ("asks", "asks, as a manager", "asks, in every role", "asks, for the head", "own stand-in")
OUT_OF_OFFICE = ("head, suspended", "head above, left", "accountable, left")
READS = ("get_", "list_", "preview_", "check_", "trace_", "sum_")


@pytest.fixture(scope="module")
def cast(business: FinanceAlone) -> Cast:
    return cast_of(business)


@pytest.fixture(scope="module")
def known(cast: Cast) -> dict[str, str]:
    """The id of one in each collection."""
    return seeded(cast)


@pytest.fixture(scope="module")
def asked(cast: Cast, known: dict[str, str]) -> list[list[str]]:
    """Everything, asked for everybody; then some of the cast leave, so that nothing is seeded afterwards."""
    return answers(cast, known)


@pytest.fixture(scope="module")
def table(asked: list[list[str]]) -> Table:
    """What came, by operation and caller."""
    return authority.table_of(asked)


def test_who_may_do_and_see_what_is_as_the_table_says(asked: list[list[str]]) -> None:
    authority.check_table(asked, TABLE)


def test_what_only_the_service_does_is_not_documented_and_nobody_else_may(cast: Cast, known: dict[str, str]) -> None:
    authority.check_service_alone(cast.in_every_role(str(uuid4())), AGGREGATES, known)


def test_every_collection_is_in_the_table(table: Table) -> None:
    authority.check_complete(table, AGGREGATES)


def test_a_list_shows_exactly_what_can_be_read_one_by_one(table: Table) -> None:
    authority.check_lists(table, AGGREGATES)


@pytest.mark.parametrize("caller", OWN)
def test_nobody_approves_grants_pays_or_judges_what_is_their_own(table: Table, caller: str) -> None:
    for operation in ON_OTHERS:
        assert table[operation][caller] in (UNKNOWN, MAY_NOT), operation
        assert MAY in table[operation].values(), operation


def test_a_stand_in_may_what_the_head_may_and_no_more(table: Table) -> None:
    authority.check_stand_in(table, "head's stand-in", "head", in_person=set())


def test_a_manager_or_head_of_another_division_does_no_more_than_anybody(table: Table) -> None:
    for operation, callers in table.items():
        for caller, nobody in (("elsewhere, as a manager", "role manager"), ("head elsewhere", "role staff")):
            if "charge_back" not in operation:  # it is their division that charges
                assert callers[caller] == callers[nobody], (operation, caller)


@pytest.mark.parametrize("caller", OUT_OF_OFFICE)
def test_who_is_suspended_or_has_left_may_nothing_by_relation(table: Table, caller: str) -> None:
    authority.check_outside(table, caller, "role staff")
    for operation, callers in table.items():
        if not operation.startswith(READS):
            assert callers[caller] in (UNKNOWN, MAY_NOT), operation
