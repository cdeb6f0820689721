"""Who may approve what, by the entries of an authority matrix."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Forbidden
from contracts.finance.authority import AuthorityEntry, SpendingRisk
from contracts.roles import Role
from contracts.values import Grade, Money
from services.finance.authority.domain.approval import Approver, Asked, Powers, check_authority, may_approve

ROOT, UNIT, TEAM = UUID(int=1), UUID(int=2), UUID(int=3)
LINE = (TEAM, UNIT, ROOT)


def money(amount: int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def up_to(amount: int, grade: Grade | None = None, **more: Any) -> AuthorityEntry:
    return AuthorityEntry(grade=None if "role" in more else grade or Grade.MANAGER, up_to=money(amount), **more)


def asked(amount: int, category: str = "software", currency: str = "EUR", **more: Any) -> Asked:
    return Asked(money(amount, currency), category, **{"divisions": LINE, **more})


MANAGER, SENIOR = Approver(Grade.MANAGER), Approver(Grade.SENIOR_MANAGER)


def test_a_limit_is_reached_and_not_exceeded() -> None:
    assert may_approve([up_to(100)], MANAGER, asked(100)).allowed
    assert not may_approve([up_to(100)], MANAGER, asked(101)).allowed


def test_a_higher_grade_may_what_a_lower_one_may() -> None:
    assert may_approve([up_to(100)], SENIOR, asked(100)).allowed
    assert not may_approve([up_to(100, Grade.SENIOR_MANAGER)], MANAGER, asked(1)).allowed


def test_of_the_entries_that_count_the_highest_limit_is_theirs() -> None:
    entries = [up_to(500, Grade.SENIOR_MANAGER), up_to(100)]
    assert may_approve(entries, SENIOR, asked(500)).allowed
    assert not may_approve(entries, MANAGER, asked(500)).allowed


def test_a_role_counts_by_the_token_and_nobody_lends_it() -> None:
    entries = [up_to(100, role=Role.FINANCE_CONTROLLER)]
    assert may_approve(entries, Approver(None, frozenset({Role.FINANCE_CONTROLLER})), asked(100)).allowed
    assert not may_approve(entries, Approver(Grade.EXECUTIVE), asked(1)).allowed


def test_an_entry_for_the_category_counts_before_one_for_any_even_where_it_gives_less() -> None:
    entries = [up_to(1000), up_to(10, category="hardware")]
    assert not may_approve(entries, MANAGER, asked(11, "hardware")).allowed
    assert may_approve(entries, MANAGER, asked(11, "software")).allowed


def test_where_the_closest_entries_name_a_higher_grade_alone_a_lower_one_falls_back_on_nothing() -> None:
    entries = [up_to(1000), up_to(10, Grade.EXECUTIVE, category="hardware")]
    assert may_approve(entries, MANAGER, asked(1, "hardware")).entry is None


def test_the_nearest_division_counts_before_one_above_and_before_the_category() -> None:
    entries = [up_to(10, division_id=UNIT), up_to(500, division_id=ROOT), up_to(900, category="software")]
    assert not may_approve(entries, MANAGER, asked(11)).allowed
    assert may_approve(entries, MANAGER, asked(500, divisions=(UUID(int=9), ROOT))).allowed
    assert may_approve(entries, MANAGER, asked(900, divisions=())).allowed


def test_a_division_of_its_own_counts_before_any_however_far_above_it_is() -> None:
    entries = [up_to(10, division_id=ROOT), up_to(500)]
    assert not may_approve(entries, MANAGER, asked(11)).allowed


def test_an_entry_for_the_risk_counts_before_one_for_any() -> None:
    entries = [up_to(1000), up_to(10, risk=SpendingRisk.HIGH)]
    assert not may_approve(entries, MANAGER, asked(11, risk=SpendingRisk.HIGH)).allowed
    assert may_approve(entries, MANAGER, asked(11, risk=SpendingRisk.LOW)).allowed


def test_a_limit_in_one_currency_says_nothing_of_another() -> None:
    assert not may_approve([up_to(100)], MANAGER, asked(1, currency="USD")).allowed


def test_a_credit_is_judged_by_its_size() -> None:
    assert may_approve([up_to(100)], MANAGER, asked(-100)).allowed
    assert not may_approve([up_to(100)], MANAGER, asked(-101)).allowed


def test_a_second_approver_is_needed_above_an_amount() -> None:
    entries = [up_to(100, second_above=Decimal(50))]
    assert not may_approve(entries, MANAGER, asked(50)).second
    assert may_approve(entries, MANAGER, asked(51)).second


def test_of_equal_limits_the_one_that_needs_no_second_approver_is_theirs() -> None:
    entries = [up_to(100, second_above=Decimal(50)), up_to(100, Grade.SENIOR_MANAGER)]
    assert not may_approve(entries, SENIOR, asked(100)).second
    assert may_approve(entries, MANAGER, asked(100)).second


def test_a_refusal_names_the_amount_the_limit_and_who_could() -> None:
    entries = (up_to(100), up_to(2500, Grade.SENIOR_MANAGER), up_to(5000, role=Role.FINANCE_CONTROLLER))
    with pytest.raises(Forbidden) as refusal:
        check_authority(Powers(entries, MANAGER, LINE), asked(1200))
    assert refusal.value.rule == "authority-limit"
    assert "1,200 EUR for 'software' at low risk" in refusal.value.detail
    assert "up to 100 EUR as somebody whose grade is manager or higher" in refusal.value.detail
    assert refusal.value.remedy == (
        "Ask somebody whose grade is senior manager or higher (up to 2,500 EUR)"
        " or somebody with the role finance-controller (up to 5,000 EUR)."
    )


def test_where_nobody_could_the_refusal_says_so() -> None:
    with pytest.raises(Forbidden) as refusal:
        check_authority(Powers((up_to(100),), Approver(), LINE), asked(1200))
    assert "you may approve nothing of it" in refusal.value.detail
    assert refusal.value.remedy == "Have a finance controller set who may approve as much."


def test_without_a_matrix_nothing_is_limited_but_a_certificate_may_be_missing() -> None:
    assert check_authority(Powers(), asked(10**9)).allowed
    with pytest.raises(Forbidden) as refusal:
        check_authority(Powers(uncertified=True), asked(1))
    assert refusal.value.rule == "budget-certificate"
