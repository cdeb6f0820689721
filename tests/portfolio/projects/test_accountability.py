"""The rules of accountability: exactly one senior manager, at all times."""

from dataclasses import replace

import pytest

from contracts import portfolio
from contracts.roles import Role
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project.accountability import (
    NOT_BELOW,
    EscalateAccountability,
    HandOverAccountability,
)
from services.portfolio.projects.domain.project.model import Project
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import (
    AT_WORK,
    CHIEF,
    DELEGATED,
    HISTORIES,
    MANAGER,
    OFFERED,
    OTHER,
    PROPOSED,
    SENIOR,
    chief,
    facts,
    manager,
    other,
    senior,
    taken_over,
)
from tests.scenarios import given, who_may

HAND_OVER = HandOverAccountability(accountable_id=OTHER, reason="new area")
HANDED = portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=OTHER, basis="handover", reason="new area")
ESCALATE = EscalateAccountability(leaver_id=SENIOR, reason="left")
ESCALATED = portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=CHIEF, basis="escalated", reason="left")
UNRESOLVED = portfolio.AccountabilityUnresolved(accountable_id=SENIOR, reason="left")
REVOKED = portfolio.DelegationEnded(delegate_id=MANAGER, how="revoked", reason=NOT_BELOW)
AS_ACCOUNTABLE = "delegation-moves-responsibility-only"


def test_accountability_is_handed_to_another_senior_manager() -> None:
    scenario = given(PROJECT, *AT_WORK).when(HAND_OVER, facts(accountable=other))
    scenario.then(HANDED)
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert project.accountable_id == OTHER


def test_handing_it_to_whom_it_belongs_changes_nothing() -> None:
    given(PROJECT, PROPOSED, HANDED).when(HAND_OVER, facts(accountable=None)).then()


def test_whoever_it_is_handed_to_is_active_senior_and_eligible() -> None:
    for row, rule in (
        (None, "person-not-known-yet"),
        (senior, "person-not-known-yet"),
        (replace(other, active=False), "accountable-is-active"),
        (replace(other, grade=Grade.MANAGER), "accountable-is-senior"),
        (replace(other, eligible_for_senior=False), "accountable-is-eligible"),
    ):
        given(PROJECT, PROPOSED).when(HAND_OVER, facts(accountable=row)).then_refused(rule)


@pytest.mark.parametrize("stage", [portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED])
def test_a_project_that_ended_keeps_its_accountable_manager_for_the_record(stage: portfolio.Stage) -> None:
    ended = given(PROJECT, *HISTORIES[stage])
    ended.when(HAND_OVER, facts(accountable=other)).then_refused("project-ended")
    ended.when(ESCALATE, facts(successor=chief)).then()


def test_the_delegate_does_not_hand_over_accountability() -> None:
    delegate = facts(MANAGER, accountable=other)
    executive = replace(delegate, actor=replace(delegate.actor, roles=frozenset({Role.EXECUTIVE})))
    who_may(PROJECTS, PROPOSED, *DELEGATED).when(HAND_OVER, executive).then_refused(AS_ACCOUNTABLE)
    below = facts(MANAGER, accountable=other, delegate=replace(manager, line=(OTHER,)))
    given(PROJECT, PROPOSED, OFFERED).when(HAND_OVER, below).then(HANDED)


@pytest.mark.parametrize(
    "stage", [stage for stage in portfolio.Stage if stage not in (portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED)]
)
def test_a_leavers_accountability_passes_up_the_line(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(ESCALATE, facts(successor=chief)).then(ESCALATED)


def test_who_may_answer_again_by_the_time_it_is_heard_keeps_the_accountability() -> None:
    given(PROJECT, PROPOSED).when(ESCALATE, facts(leaver=senior, successor=chief)).then()
    out = replace(senior, eligible_for_senior=False)
    given(PROJECT, PROPOSED).when(ESCALATE, facts(leaver=out, successor=chief)).then(ESCALATED)


def test_an_unresolved_accountability_is_confirmed_when_its_manager_may_answer_again() -> None:
    confirmed = portfolio.AccountabilityTransferred(
        from_id=SENIOR, accountable_id=SENIOR, basis="escalated", reason="left"
    )
    scenario = given(PROJECT, PROPOSED, UNRESOLVED).when(ESCALATE, facts(leaver=senior, successor=chief))
    scenario.then(confirmed)
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert not project.unresolved


def test_escalating_again_changes_nothing() -> None:
    given(PROJECT, PROPOSED, ESCALATED).when(ESCALATE, facts(successor=chief)).then()


def test_somebody_elses_leaving_changes_nothing() -> None:
    given(PROJECT, PROPOSED).when(EscalateAccountability(leaver_id=OTHER, reason="left"), facts(successor=chief)).then()


def test_without_anybody_eligible_the_project_says_so_once_and_keeps_its_accountable() -> None:
    scenario = given(PROJECT, PROPOSED).when(ESCALATE, facts())
    scenario.then(UNRESOLVED)
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert (project.accountable_id, project.unresolved) == (SENIOR, True)
    given(PROJECT, PROPOSED, UNRESOLVED).when(ESCALATE, facts()).then()


@pytest.mark.parametrize(
    "successor",
    [
        senior,
        replace(chief, active=False),
        replace(chief, grade=Grade.MANAGER),
        replace(chief, eligible_for_senior=False),
    ],
)
def test_nobody_who_cannot_answer_succeeds(successor: KnownPerson) -> None:
    given(PROJECT, PROPOSED).when(ESCALATE, facts(successor=successor)).then(UNRESOLVED)


def test_an_unresolved_accountability_passes_on_as_soon_as_somebody_eligible_is_known() -> None:
    scenario = given(PROJECT, PROPOSED, UNRESOLVED).when(ESCALATE, facts(successor=chief))
    scenario.then(ESCALATED)
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert not project.unresolved


def test_an_unresolved_accountability_can_be_handed_over_or_confirmed() -> None:
    given(PROJECT, PROPOSED, UNRESOLVED).when(HAND_OVER, facts(accountable=other)).then(HANDED)
    confirm = HandOverAccountability(accountable_id=SENIOR, reason="reinstated")
    confirmed = portfolio.AccountabilityTransferred(
        from_id=SENIOR, accountable_id=SENIOR, basis="handover", reason="reinstated"
    )
    given(PROJECT, PROPOSED, UNRESOLVED).when(confirm, facts()).then(confirmed)
    still_out = facts(accountable=replace(senior, active=False))
    given(PROJECT, PROPOSED, UNRESOLVED).when(confirm, still_out).then_refused("accountable-is-active")


def test_a_delegate_below_the_new_accountable_manager_stays_responsible() -> None:
    given(PROJECT, PROPOSED, *DELEGATED).when(ESCALATE, facts(successor=chief)).then(ESCALATED)


@pytest.mark.parametrize("row", [manager, None, replace(senior, line=(OTHER,))])
def test_a_delegate_who_is_not_known_to_be_below_the_new_one_is_responsible_no_more(row: KnownPerson | None) -> None:
    moved = facts(accountable=other, delegate=row)
    given(PROJECT, PROPOSED, *DELEGATED).when(HAND_OVER, moved).then(REVOKED, HANDED)


def test_an_accountable_head_who_stands_in_stands_in_no_more_after_a_handover() -> None:
    waived = portfolio.AccountabilityWaived(accountable_id=CHIEF, reason="nobody named")
    standing_in = given(PROJECT, taken_over(accountable_id=CHIEF), waived)
    project = standing_in.when(HAND_OVER, facts(accountable=other)).then_state()
    assert isinstance(project, Project)
    assert (project.accountable_id, project.waived) == (OTHER, False)
