"""The rules of delegation: it moves responsibility to a manager below, never accountability."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.domain.decider import Forbidden
from contracts.portfolio import DelegationDeclined, DelegationEnded
from contracts.values import Grade
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project import delegation
from services.portfolio.projects.domain.project.model import Project, ProjectEvent
from services.portfolio.projects.domain.project.rules import PROJECT, ProjectCommand
from tests.portfolio.projects.story import (
    ACCEPTED,
    AT_END,
    AT_WORK,
    BOARD,
    CHIEF,
    DELEGATED,
    MANAGER,
    OFFER,
    OFFERED,
    OTHER,
    PROPOSED,
    SENIOR,
    SPONSOR,
    TODAY,
    YESTERDAY,
    facts,
    manager,
    other,
)
from tests.scenarios import given, who_may

ACCEPT, DECLINE = delegation.AcceptDelegation(), delegation.DeclineDelegation(reason="busy")
RETURN, REVOKE, EXPIRE = (
    delegation.ReturnDelegation(reason="ill"),
    delegation.RevokeDelegation(reason="urgent"),
    delegation.ExpireDelegation(),
)
LEFT = delegation.EndDelegationOfLeaver(person_id=MANAGER, reason="left")
DECLINED = DelegationDeclined(delegate_id=MANAGER, reason="busy")
RETURNED = DelegationEnded(delegate_id=MANAGER, how="returned", reason="ill")
REVOKED = DelegationEnded(delegate_id=MANAGER, how="revoked", reason="urgent")
ENDED_EARLIER = OFFERED.model_copy(update={"until": YESTERDAY})
LAST_DAY = OFFERED.model_copy(update={"until": TODAY})


def project_after(*events: ProjectEvent) -> Project:
    project = PROJECT.fold([PROPOSED, *events])
    assert project is not None
    return project


def test_the_accountable_manager_offers_responsibility_to_a_manager_below() -> None:
    given(PROJECT, *AT_WORK).when(OFFER, facts(SENIOR, accountable=None)).then(OFFERED)


def test_somebody_above_the_accountable_manager_may_offer_it_too() -> None:
    given(PROJECT, PROPOSED).when(OFFER, facts(CHIEF)).then(OFFERED.model_copy(update={"offered_by": CHIEF}))


@pytest.mark.parametrize("command", [OFFER, REVOKE])
@pytest.mark.parametrize("actor", [MANAGER, SPONSOR, OTHER, "importer"])
def test_nobody_else_offers_or_revokes(command: ProjectCommand, actor: UUID | str) -> None:
    history = (PROPOSED,) if command is OFFER else (PROPOSED, *DELEGATED)
    refused = who_may(PROJECTS, *history).when(command, facts(actor)).then_refused("only-who-answers")
    assert isinstance(refused, Forbidden)


def test_a_system_does_not_delegate_whoever_is_known() -> None:
    who_may(PROJECTS, PROPOSED).when(OFFER, facts("importer", accountable=None)).then_refused("only-who-answers")


def test_whether_somebody_is_above_an_unknown_person_is_not_known_yet() -> None:
    given(PROJECT, PROPOSED).when(OFFER, facts(CHIEF, accountable=None)).then_refused("person-not-known-yet")
    given(PROJECT, PROPOSED).when(OFFER, facts(CHIEF, accountable=other)).then_refused("person-not-known-yet")


@pytest.mark.parametrize("grade", [Grade.JUNIOR_MANAGER, Grade.MANAGER])
def test_a_junior_manager_or_a_manager_can_be_the_delegate(grade: Grade) -> None:
    given(PROJECT, PROPOSED).when(OFFER, facts(SENIOR, delegate=replace(manager, grade=grade))).then(OFFERED)


@pytest.mark.parametrize("grade", [None, Grade.STAFF, Grade.SENIOR_MANAGER, Grade.EXECUTIVE])
def test_nobody_of_another_grade_is_a_delegate(grade: Grade | None) -> None:
    row = replace(manager, grade=grade)
    given(PROJECT, PROPOSED).when(OFFER, facts(SENIOR, delegate=row)).then_refused("delegate-is-a-manager")
    given(PROJECT, PROPOSED, OFFERED).when(ACCEPT, facts(MANAGER, delegate=row)).then_refused("delegate-is-a-manager")


def test_a_delegate_is_active() -> None:
    row = replace(manager, active=False)
    given(PROJECT, PROPOSED).when(OFFER, facts(SENIOR, delegate=row)).then_refused("delegate-is-active")
    given(PROJECT, PROPOSED, OFFERED).when(ACCEPT, facts(MANAGER, delegate=row)).then_refused("delegate-is-active")


def test_a_delegate_reports_to_the_accountable_manager() -> None:
    row = replace(manager, line=(OTHER, CHIEF))
    given(PROJECT, PROPOSED).when(OFFER, facts(SENIOR, delegate=row)).then_refused("delegate-is-below")
    given(PROJECT, PROPOSED, OFFERED).when(ACCEPT, facts(MANAGER, delegate=row)).then_refused("delegate-is-below")


def test_whoever_answers_is_not_their_own_delegate_whatever_their_line_says() -> None:
    themself = replace(manager, id=SENIOR, line=(SENIOR,))
    own = OFFER.model_copy(update={"delegate_id": SENIOR})
    given(PROJECT, PROPOSED).when(own, facts(SENIOR, delegate=themself)).then_refused("delegate-is-below")


def test_a_delegate_portfolio_has_not_heard_of_is_refused_for_now() -> None:
    for row in (None, other):
        refused = given(PROJECT, PROPOSED).when(OFFER, facts(SENIOR, delegate=row)).then_refused("person-not-known-yet")
        assert "again" in refused.remedy


def test_a_delegation_lies_ahead() -> None:
    over = OFFER.model_copy(update={"until": YESTERDAY})
    given(PROJECT, PROPOSED).when(over, facts(SENIOR)).then_refused("delegation-lies-ahead")
    given(PROJECT, PROPOSED).when(OFFER.model_copy(update={"until": TODAY}), facts(SENIOR)).then(LAST_DAY)


def test_there_is_only_one_delegation_at_a_time() -> None:
    another = OFFER.model_copy(update={"delegate_id": BOARD})
    for history in ((PROPOSED, OFFERED), (PROPOSED, *DELEGATED)):
        given(PROJECT, *history).when(another, facts(SENIOR)).then_refused("one-delegation-at-a-time")


def test_offering_the_same_again_changes_nothing() -> None:
    given(PROJECT, PROPOSED, OFFERED).when(OFFER, facts(SENIOR)).then()
    given(PROJECT, PROPOSED, *DELEGATED).when(OFFER, facts(SENIOR)).then()


def test_a_project_that_ended_is_not_delegated() -> None:
    given(PROJECT, *AT_END).when(OFFER, facts(SENIOR)).then_refused("project-ended")


def test_the_delegate_accepts_and_is_responsible_but_not_accountable() -> None:
    given(PROJECT, PROPOSED, OFFERED).when(ACCEPT, facts(MANAGER)).then(ACCEPTED)
    given(PROJECT, PROPOSED, *DELEGATED).when(ACCEPT, facts(MANAGER)).then()
    offered, active = project_after(OFFERED), project_after(*DELEGATED)
    assert (offered.responsible_id, offered.accountable_id) == (SENIOR, SENIOR)
    assert (active.responsible_id, active.accountable_id) == (MANAGER, SENIOR)


@pytest.mark.parametrize("command", [ACCEPT, DECLINE, RETURN])
@pytest.mark.parametrize("actor", [SENIOR, CHIEF, OTHER, "importer"])
def test_only_the_delegate_accepts_declines_and_returns(command: ProjectCommand, actor: UUID | str) -> None:
    history = DELEGATED if command is RETURN else (OFFERED,)
    refused = who_may(PROJECTS, PROPOSED, *history).when(command, facts(actor)).then_refused("only-the-delegate")
    assert isinstance(refused, Forbidden)


def test_a_delegation_is_not_accepted_after_its_last_day() -> None:
    given(PROJECT, PROPOSED, ENDED_EARLIER).when(ACCEPT, facts(MANAGER)).then_refused("delegation-expired")
    given(PROJECT, PROPOSED, LAST_DAY).when(ACCEPT, facts(MANAGER)).then(ACCEPTED)


def test_the_delegate_declines_an_offer() -> None:
    given(PROJECT, PROPOSED, OFFERED).when(DECLINE, facts(MANAGER)).then(DECLINED)
    given(PROJECT, PROPOSED, *DELEGATED).when(DECLINE, facts(MANAGER)).then_refused("delegation-accepted")
    assert project_after(OFFERED, DECLINED) == project_after()


def test_the_delegate_returns_what_was_accepted() -> None:
    given(PROJECT, PROPOSED, *DELEGATED).when(RETURN, facts(MANAGER)).then(RETURNED)
    given(PROJECT, PROPOSED, OFFERED).when(RETURN, facts(MANAGER)).then_refused("delegation-not-accepted")
    assert project_after(*DELEGATED, RETURNED).responsible_id == SENIOR


def test_the_accountable_manager_revokes_a_delegation_or_its_offer() -> None:
    for history in ((OFFERED,), DELEGATED):
        given(PROJECT, PROPOSED, *history).when(REVOKE, facts(SENIOR)).then(REVOKED)
        given(PROJECT, PROPOSED, *history).when(REVOKE, facts(CHIEF)).then(REVOKED)


@pytest.mark.parametrize("command", [ACCEPT, DECLINE, RETURN])
def test_what_was_not_offered_is_not_accepted_declined_or_returned(command: ProjectCommand) -> None:
    given(PROJECT, PROPOSED).when(command, facts(MANAGER)).then_refused("nothing-delegated")
    given(PROJECT, PROPOSED, OFFERED, DECLINED).when(command, facts(MANAGER)).then_refused("nothing-delegated")


def test_what_was_not_delegated_is_not_revoked() -> None:
    given(PROJECT, PROPOSED).when(REVOKE, facts(SENIOR)).then_refused("nothing-delegated")


def test_a_delegate_who_leaves_is_responsible_no_more() -> None:
    left = DelegationEnded(delegate_id=MANAGER, how="delegate left", reason="left")
    for history in ((OFFERED,), DELEGATED):
        given(PROJECT, PROPOSED, *history).when(LEFT, facts()).then(left)
    given(PROJECT, PROPOSED, *DELEGATED, left).when(LEFT, facts()).then()
    somebody = delegation.EndDelegationOfLeaver(person_id=OTHER, reason="left")
    given(PROJECT, PROPOSED, *DELEGATED).when(somebody, facts()).then()


def test_a_delegation_expires_after_its_last_day() -> None:
    expired = DelegationEnded(delegate_id=MANAGER, how="expired", reason=delegation.EXPIRED)
    for history in ((ENDED_EARLIER,), (ENDED_EARLIER, ACCEPTED)):
        given(PROJECT, PROPOSED, *history).when(EXPIRE, facts()).then(expired)
    for going_on in ((), (LAST_DAY, ACCEPTED), (OFFERED,), (ENDED_EARLIER, expired)):
        given(PROJECT, PROPOSED, *going_on).when(EXPIRE, facts()).then()


def test_the_expiry_falls_due_when_the_last_day_is_over() -> None:
    assert PROJECT.due_at(project_after(LAST_DAY, ACCEPTED)) == datetime(2026, 11, 23, tzinfo=UTC)
    assert PROJECT.due_at(project_after(OFFERED)) is None
    assert PROJECT.due_at(project_after()) is None


def test_a_delegation_may_be_offered_anew_after_its_end() -> None:
    for end in (RETURNED, REVOKED):
        given(PROJECT, PROPOSED, *DELEGATED, end).when(OFFER, facts(SENIOR)).then(OFFERED)
