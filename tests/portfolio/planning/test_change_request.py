"""The rules of change requests."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, NotFound
from contracts.portfolio import SponsorNamed, planning
from contracts.roles import Role
from contracts.values import Money
from services.portfolio.planning.commands import CHANGE_REQUESTS
from services.portfolio.planning.domain import change_request
from services.portfolio.planning.domain.change_request import CHANGE_REQUEST, ChangeRequestFacts
from services.portfolio.planning.domain.plan.rules import PLAN, ReplaceBaseline
from services.portfolio.projects.domain.project.specification import ChangeSpecification
from tests.portfolio.planning.story import AT_BASELINE, DRAFTED, project
from tests.portfolio.projects.story import (
    ASKED,
    AT_APPROVED,
    AT_END,
    CHIEF,
    CRITERIA,
    DIVISION,
    OTHER,
    PROJECT_ID,
    PROPOSED,
    SENIOR,
    SPONSOR,
    chief,
    senior,
)
from tests.portfolio.projects.story import PLAN as DAYS
from tests.scenarios import given, who_may

REQUEST = UUID(int=400)
MORE = Money(amount=Decimal(1300), currency="EUR")
RAISE = change_request.RaiseChangeRequest(project_id=PROJECT_ID, subject="baseline", reason="Dearer.", budget=MORE)
RAISED = planning.ChangeRequestRaised(
    project_id=PROJECT_ID,
    division_id=DIVISION,
    subject="baseline",
    reason="Dearer.",
    budget=MORE,
    specification=None,
    raised_by=(str(SENIOR),),
)
CHANGED = planning.ChangedSpecification(
    scope="All payslips and pensions", success_criteria=CRITERIA, plan=DAYS, budget_asked=ASKED
)
RESPECIFY = RAISE.model_copy(update={"subject": "specification", "budget": None, "specification": CHANGED})
RESPECIFIED = RAISED.model_copy(update={"subject": "specification", "budget": None, "specification": CHANGED})
ASSESS = change_request.AssessChangeRequest(cost_effect=Decimal(300), days_effect=0)
ASSESSED = planning.ChangeRequestAssessed(cost_effect=Decimal(300), days_effect=0, scope_effect="")
APPROVE = change_request.ApproveChangeRequest()
APPROVED = planning.ChangeRequestApproved(approved_by=str(CHIEF), draft=1)
APPLY, APPLIED = change_request.ApplyChangeRequest(), planning.ChangeRequestApplied()
REJECT, REJECTED = change_request.RejectChangeRequest(reason="No."), planning.ChangeRequestRejected(reason="No.")
WITHDRAW = change_request.WithdrawChangeRequest(reason="Not needed.")


def facts(actor: UUID = SENIOR, for_whom: UUID | None = None, **known: Any) -> ChangeRequestFacts:
    rows = {"project": project(), "plan": PLAN.fold(AT_BASELINE), "accountable": senior, "division_head": chief}
    acting = Actor(str(actor), for_whom=str(for_whom) if for_whom else None)
    return ChangeRequestFacts(acting, datetime(2026, 11, 22, tzinfo=UTC), REQUEST, **{**rows, **known})


def test_a_change_of_the_baseline_states_its_budget() -> None:
    given(CHANGE_REQUEST).when(RAISE, facts()).then(RAISED)
    given(CHANGE_REQUEST, RAISED).when(RAISE, facts()).then()
    without = RAISE.model_copy(update={"budget": None})
    given(CHANGE_REQUEST).when(without, facts()).then_refused("change-says-what")
    dollars = RAISE.model_copy(update={"budget": Money(amount=Decimal(5), currency="USD")})
    given(CHANGE_REQUEST).when(dollars, facts()).then_refused("currency-stays")


def test_a_change_of_the_specification_states_it() -> None:
    given(CHANGE_REQUEST).when(RESPECIFY, facts()).then(RESPECIFIED)
    both = RESPECIFY.model_copy(update={"budget": MORE})
    given(CHANGE_REQUEST).when(both, facts()).then_refused("change-says-what")


def test_what_is_not_frozen_yet_needs_no_change_request() -> None:
    drafted = facts(plan=PLAN.fold((DRAFTED,)))
    given(CHANGE_REQUEST).when(RAISE, drafted).then_refused("baseline-required")
    proposed = facts(project=project(PROPOSED))
    given(CHANGE_REQUEST).when(RESPECIFY, proposed).then_refused("signed-specification-required")


def test_an_ended_project_changes_no_more() -> None:
    ended = facts(project=project(*AT_END))
    given(CHANGE_REQUEST).when(RAISE, ended).then_refused("project-ended")
    given(CHANGE_REQUEST, RAISED, ASSESSED, APPROVED).when(APPLY, ended).then_refused("project-ended")


def test_of_a_project_that_is_not_there_nothing_is_changed() -> None:
    with pytest.raises(NotFound):
        change_request.decide(None, RAISE, facts(project=None))


def test_a_change_is_assessed_before_it_is_approved_and_approved_before_it_is_applied() -> None:
    given(CHANGE_REQUEST, RAISED).when(APPROVE, facts(CHIEF)).then_refused("not-at-this-step")
    given(CHANGE_REQUEST, RAISED).when(ASSESS, facts()).then(ASSESSED)
    given(CHANGE_REQUEST, RAISED, ASSESSED).when(APPLY, facts()).then_refused("not-at-this-step")
    given(CHANGE_REQUEST, RAISED, ASSESSED).when(APPROVE, facts(CHIEF)).then(APPROVED)
    given(CHANGE_REQUEST, RAISED, ASSESSED, APPROVED).when(APPLY, facts()).then(APPLIED)


def test_what_is_said_twice_changes_nothing() -> None:
    at_end = (RAISED, ASSESSED, APPROVED, APPLIED)
    given(CHANGE_REQUEST, RAISED, ASSESSED).when(ASSESS, facts()).then()
    given(CHANGE_REQUEST, RAISED, ASSESSED, APPROVED).when(APPROVE, facts(CHIEF)).then()
    given(CHANGE_REQUEST, *at_end).when(APPLY, facts()).then()


def test_a_change_is_rejected_or_withdrawn_with_its_reason() -> None:
    given(CHANGE_REQUEST, RAISED, ASSESSED).when(REJECT, facts(CHIEF)).then(REJECTED)
    given(CHANGE_REQUEST, RAISED, REJECTED).when(REJECT, facts(CHIEF)).then()
    given(CHANGE_REQUEST, RAISED, REJECTED).when(WITHDRAW, facts()).then_refused("not-at-this-step")
    withdrawn = planning.ChangeRequestWithdrawn(reason="Not needed.")
    given(CHANGE_REQUEST, RAISED, ASSESSED, APPROVED).when(WITHDRAW, facts()).then(withdrawn)
    given(CHANGE_REQUEST, RAISED, withdrawn).when(WITHDRAW, facts()).then()


def test_who_asks_does_not_approve_nor_does_their_stand_in_in_their_place() -> None:
    of_the_chief = RAISED.model_copy(update={"raised_by": (str(CHIEF),)})
    who_may(CHANGE_REQUESTS, of_the_chief, ASSESSED).when(APPROVE, facts(CHIEF)).then_refused("raiser-does-not-approve")
    standing_in = facts(OTHER, CHIEF)
    who_may(CHANGE_REQUESTS, of_the_chief, ASSESSED).when(APPROVE, standing_in).then_refused("raiser-does-not-approve")
    for_the_senior = RAISED.model_copy(update={"raised_by": (str(CHIEF), str(SENIOR))})
    again = who_may(CHANGE_REQUESTS, for_the_senior, ASSESSED).when(APPROVE, facts(CHIEF))
    again.then_refused("raiser-does-not-approve")
    given(CHANGE_REQUEST).when(RAISE, facts(CHIEF, SENIOR)).then(for_the_senior)


def test_who_answers_for_the_project_does_not_approve_its_specification_as_its_sponsor() -> None:
    named = replace(facts(SENIOR), project=project(*AT_APPROVED, SponsorNamed(sponsor_id=SENIOR)))
    of_another = RESPECIFIED.model_copy(update={"raised_by": (str(OTHER),)})
    for command in (APPROVE, REJECT):
        who_may(CHANGE_REQUESTS, of_another, ASSESSED).when(command, named).then_refused("not-authorised")


def test_who_answers_for_the_project_does_not_approve_its_baseline_whatever_their_role() -> None:
    executive = replace(facts(SENIOR), actor=Actor(str(SENIOR), frozenset({Role.EXECUTIVE})))
    asked_by_another = RAISED.model_copy(update={"raised_by": (str(OTHER),)})
    who_may(CHANGE_REQUESTS, asked_by_another, ASSESSED).when(APPROVE, executive).then_refused("not-authorised")
    other = replace(executive, actor=Actor(str(OTHER), frozenset({Role.EXECUTIVE})))
    approved = APPROVED.model_copy(update={"approved_by": str(OTHER)})
    who_may(CHANGE_REQUESTS, RAISED, ASSESSED).when(APPROVE, other).then(approved)


def test_what_the_sponsor_asks_for_is_approved_above_the_project() -> None:
    asked = RESPECIFIED.model_copy(update={"raised_by": (str(SPONSOR),)})
    who_may(CHANGE_REQUESTS, asked, ASSESSED).when(APPROVE, facts(SPONSOR)).then_refused("raiser-does-not-approve")
    approved = planning.ChangeRequestApproved(approved_by=str(CHIEF))
    who_may(CHANGE_REQUESTS, asked, ASSESSED).when(APPROVE, facts(CHIEF)).then(approved)


def test_only_who_asked_for_it_withdraws_it_or_an_executive_or_the_office() -> None:
    withdrawn = planning.ChangeRequestWithdrawn(reason="Not needed.")
    of_the_sponsor = RESPECIFIED.model_copy(update={"raised_by": (str(SPONSOR),)})
    who_may(CHANGE_REQUESTS, of_the_sponsor).when(WITHDRAW, facts(SPONSOR)).then(withdrawn)
    who_may(CHANGE_REQUESTS, of_the_sponsor).when(WITHDRAW, facts(SENIOR)).then_refused("not-authorised")


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    other = DRAFTED.model_copy(update={"milestones": ()})
    drafted = facts(plan=PLAN.fold((*AT_BASELINE, other)))
    at_approval = (RAISED, ASSESSED, APPROVED)
    given(CHANGE_REQUEST, *at_approval).when(APPLY, drafted).then_refused("draft-changed-since-approval")
    given(CHANGE_REQUEST, *at_approval).when(APPLY, facts()).then(APPLIED)


def test_a_baseline_is_approved_above_the_accountable_manager_and_a_specification_by_the_sponsor() -> None:
    who_may(CHANGE_REQUESTS, RAISED, ASSESSED).when(APPROVE, facts(CHIEF)).then(APPROVED)
    who_may(CHANGE_REQUESTS, RAISED, ASSESSED).when(APPROVE, facts(SPONSOR)).then_refused("not-authorised")
    signed = planning.ChangeRequestApproved(approved_by=str(SPONSOR))
    who_may(CHANGE_REQUESTS, RESPECIFIED, ASSESSED).when(APPROVE, facts(SPONSOR)).then(signed)
    who_may(CHANGE_REQUESTS, RESPECIFIED, ASSESSED).when(APPROVE, facts(CHIEF)).then_refused("not-authorised")


def test_applying_sets_the_next_baseline_or_the_next_version_in_the_same_append() -> None:
    def further(*events: Any) -> list[Any]:
        before, after = CHANGE_REQUEST.fold(events), CHANGE_REQUEST.fold((*events, APPLIED))
        assert before is not None
        assert after is not None
        return [(each.decider.kind, each.command) for each in change_request.applied(APPLY, before, after, facts())]

    replaced = ReplaceBaseline(budget=MORE, change_request_id=REQUEST)
    assert further(RAISED, ASSESSED, APPROVED) == [("plan", replaced)]
    changed = ChangeSpecification(change_request_id=REQUEST, **dict(CHANGED))
    assert further(RESPECIFIED, ASSESSED, APPROVED) == [("project", changed)]
