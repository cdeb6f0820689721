"""Who may do and see what in portfolio, by role and by relation: the whole table, and what must hold for any table."""

from uuid import uuid4

import pytest

from services.portfolio.app import AGGREGATES
from tests import authority
from tests.authority import DRY, MAY, MAY_NOT, UNKNOWN, Table
from tests.portfolio.alone import PortfolioAlone
from tests.portfolio.authority import TABLE, answers
from tests.portfolio.cast import Cast, cast_of
from tests.portfolio.seed import asked_for, published_policy, seeded

# What nobody approves, decides, accepts or signs of their own: in whatever role, in whatever place.
ON_OTHERS = (
    "allocate_allocation_as",
    "approve_change_model",
    "approve_change_request",
    "approve_policy",
    "approve_project",
    "approve_request",
    "authorise_change",
    "decide_gate",
    "defer_request",
    "except_from_standard_service",
    "give_acceptance_risk",
    "give_acceptance_risk (confidential)",
    "grant_freeze_exception_change",
    "grant_policy_exception",
    "postpone_issue",
    "postpone_issue (confidential)",
    "refuse_acceptance_risk",
    "refuse_acceptance_risk (confidential)",
    "refuse_policy_exception",
    "reject_change_request",
    "reject_request",
    "replan_benefit",
    "set_tolerances_plan",
    "sign_specification_project",
    "withdraw_benefit",
)
OWN = ("themselves", "themselves in every role", "themselves as the manager's stand-in", "their own stand-in")
# What a system that asked for it does not decide, though it may decide what another one asked for.
SYSTEM = "system:asks"
ASKED_FOR = {
    "gates": ("decide", {"decision": "go", "rationale": "Ready."}),
    "change-requests": ("approve", {}),
    "requests": ("approve", {}),
    "changes": ("authorise", {}),
    "change-models": ("approve", {}),
    "policies": ("approve", {"policy_version": 1}),
    "policy-exceptions": ("grant", {"reason": "Until they are gone."}),
    "risks": ("give-acceptance", {"reason": "We can bear it."}),
}
# What somebody sees and does of their own as a person, and nobody in their place.
IN_PERSON = {"grant_freeze_exception_change", "sign_specification_project"}
OUT_OF_OFFICE = ("suspended above", "left above", "themselves, suspended", "division head, suspended")
# What stays with a suspended person is their own: their hours, and what they have read.
THEIR_OWN = ("acknowledge", "allocation", "overload", "person_load")


@pytest.fixture(scope="module")
def cast(business: PortfolioAlone) -> Cast:
    return cast_of(business)


@pytest.fixture(scope="module")
def known(cast: Cast) -> dict[str, str]:
    """The id of one in each collection."""
    return seeded(cast)


@pytest.fixture(scope="module")
def of_system(cast: Cast, known: dict[str, str]) -> dict[str, str]:
    """The id of one that a system asked for, in each collection where one asks and another decides."""
    asks, policy = cast.in_every_role(SYSTEM), published_policy(cast)
    return asked_for(cast, asks, known["projects"], known["services"], policy)


@pytest.fixture(scope="module")
def asked(cast: Cast, known: dict[str, str], of_system: dict[str, str]) -> list[list[str]]:
    """Everything, asked for everybody; then some of the cast are suspended, so that nothing is seeded afterwards."""
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


def test_who_does_not_see_something_does_nothing_to_it(table: Table) -> None:
    authority.check_hidden(table, AGGREGATES)


@pytest.mark.parametrize("caller", OWN)
def test_nobody_approves_decides_accepts_or_signs_what_is_their_own(table: Table, caller: str) -> None:
    for operation in ON_OTHERS:
        assert table[operation][caller] in (UNKNOWN, MAY_NOT), operation
        assert MAY in table[operation].values(), operation


def test_a_system_decides_what_another_asked_for_and_not_what_it_asked_for_itself(
    cast: Cast, of_system: dict[str, str]
) -> None:
    asks, another = (cast.in_every_role(name) for name in (SYSTEM, "system:another"))
    for collection, (command, body) in ASKED_FOR.items():
        url = f"/{collection}/{of_system[collection]}/{command}"
        assert asks.post(url, json=body, headers=DRY).status_code == 403, collection
        # At gates it is persons who decide, by their place in the line or because policy names them.
        assert (another.post(url, json=body, headers=DRY).status_code == 403) is (collection == "gates"), collection


def test_a_stand_in_may_what_the_manager_may_and_no_more(table: Table) -> None:
    authority.check_stand_in(table, "manager's stand-in", "line manager", in_person=IN_PERSON)


@pytest.mark.parametrize("caller", OUT_OF_OFFICE)
def test_who_is_suspended_or_has_left_may_nothing_by_relation(table: Table, caller: str) -> None:
    own = THEIR_OWN if caller == "themselves, suspended" else ()
    office = {name: callers for name, callers in table.items() if not any(part in name for part in own)}
    authority.check_outside(office, caller, "another line")
    for operation, callers in office.items():
        if not operation.startswith(("get_", "list_")):
            assert callers[caller] in (UNKNOWN, MAY_NOT), operation
