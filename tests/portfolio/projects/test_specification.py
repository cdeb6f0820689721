"""The rules from the specification over the signature and the gate to the money."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts import portfolio
from contracts.values import Money
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project import model, specification
from services.portfolio.projects.domain.project.model import Project, ProjectEvent
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import (
    APPROVED,
    ASKED,
    AT_APPROVED,
    AT_CLOSING,
    AT_FUNDED,
    AT_SPECIFIED,
    AT_WORK,
    BOARD,
    CANCELLED,
    CHIEF,
    CRITERIA,
    DELEGATED,
    FUNDED,
    GIVEN_UP,
    HISTORIES,
    MANAGER,
    OTHER,
    PLAN,
    PROPOSED,
    RESPECIFIED,
    SENIOR,
    SIGNED,
    SPECIFIED,
    SPONSOR,
    WRITE,
    facts,
    other,
    senior,
    taken_over,
)
from tests.scenarios import given, who_may

SIGN, APPROVE = specification.SignSpecification(version=1), specification.ApproveProject()
CONFIRM, RETURN = specification.ConfirmFunding(granted=ASKED), specification.ReturnToSpecification(reason="no money")
RETURNED = portfolio.ProjectReturned(reason="no money")
RECYCLE = specification.RecycleProject(reason="Think again.")
RECYCLED = portfolio.ProjectReturned(reason="Think again.")
NAMED = portfolio.SponsorNamed(sponsor_id=OTHER)
MORE = WRITE.model_copy(update={"scope": "All payslips and pensions"})
SECOND = portfolio.ProjectSpecified(
    version=2, scope="All payslips and pensions", success_criteria=CRITERIA, plan=PLAN, budget_asked=ASKED
)


def test_a_specification_is_written_in_numbered_versions() -> None:
    given(PROJECT, PROPOSED).when(WRITE, facts()).then(SPECIFIED)
    given(PROJECT, PROPOSED, SPECIFIED).when(MORE, facts()).then(SECOND)


def test_writing_the_same_again_changes_nothing() -> None:
    given(PROJECT, *AT_SPECIFIED).when(WRITE, facts()).then()
    given(PROJECT, *AT_WORK).when(WRITE, facts()).then()


@pytest.mark.parametrize(
    "stage", [stage for stage in portfolio.Stage if stage not in (portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED)]
)
def test_after_approval_the_specification_is_frozen_and_goes_through_change_control(stage: portfolio.Stage) -> None:
    rule = "project-ended" if stage in (portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED) else "specification-frozen"
    refused = given(PROJECT, *HISTORIES[stage]).when(MORE, facts()).then_refused(rule)
    assert ("change control" in refused.remedy) is (rule == "specification-frozen")


def test_a_specification_needs_a_scope() -> None:
    given(PROJECT, PROPOSED).when(WRITE.model_copy(update={"scope": " "}), facts()).then_refused("scope-required")


def test_a_specification_needs_success_criteria() -> None:
    with pytest.raises(ValidationError):
        specification.WriteSpecification(scope="All", success_criteria=(), plan=PLAN, budget_asked=ASKED)


def test_success_criteria_differ_from_each_other() -> None:
    twice = WRITE.model_copy(update={"success_criteria": ("on time", "on time")})
    given(PROJECT, PROPOSED).when(twice, facts()).then_refused("criteria-differ")


def test_the_budget_asked_for_is_not_negative() -> None:
    negative = WRITE.model_copy(update={"budget_asked": Money(amount=Decimal(-1), currency="EUR")})
    given(PROJECT, PROPOSED).when(negative, facts()).then_refused("budget-not-negative")


def test_the_sponsor_signs_the_latest_version() -> None:
    given(PROJECT, PROPOSED, SPECIFIED).when(SIGN, facts(SPONSOR)).then(SIGNED)
    given(PROJECT, PROPOSED, SPECIFIED, SECOND).when(SIGN, facts(SPONSOR)).then_refused("latest-version-only")
    given(PROJECT, PROPOSED).when(SIGN, facts(SPONSOR)).then_refused("latest-version-only")


def test_only_the_business_sponsor_signs() -> None:
    for actor in (SENIOR, CHIEF, "importer"):
        refused = who_may(PROJECTS, PROPOSED, SPECIFIED).when(SIGN, facts(actor)).then_refused("only-the-sponsor-signs")
        assert isinstance(refused, Forbidden)
    on_behalf = facts(SENIOR, for_whom=str(SPONSOR))
    who_may(PROJECTS, PROPOSED, SPECIFIED).when(SIGN, on_behalf).then_refused("only-the-sponsor-signs")
    suspended = replace(facts(SPONSOR), actor=Actor(str(SPONSOR), inactive=True))
    who_may(PROJECTS, PROPOSED, SPECIFIED).when(SIGN, suspended).then_refused("only-the-sponsor-signs")


@pytest.mark.parametrize("actor", [SENIOR, MANAGER], ids=["accountable", "delegate"])
def test_who_answers_for_a_project_does_not_sign_its_specification_as_its_sponsor_either(actor: UUID) -> None:
    own = (portfolio.SponsorNamed(sponsor_id=actor), *DELEGATED)
    who_may(PROJECTS, PROPOSED, SPECIFIED, *own).when(SIGN, facts(actor)).then_refused("signer-does-not-answer")


CHANGE = specification.ChangeSpecification(
    **{name: value for name, value in dict(RESPECIFIED).items() if name not in ("version", "signed_by")}
)


def test_a_signed_specification_changes_with_the_sponsors_signature_and_the_stage_stays() -> None:
    given(PROJECT, *AT_WORK).when(CHANGE, facts()).then(RESPECIFIED)
    project = given(PROJECT, *AT_WORK).when(CHANGE, facts()).then_state()
    assert isinstance(project, Project)
    assert (project.stage, project.approved_version) == (portfolio.Stage.IN_PROGRESS, 2)
    given(PROJECT, PROPOSED, SPECIFIED).when(CHANGE, facts()).then_refused("signed-specification-required")
    given(PROJECT, *AT_WORK, CANCELLED).when(CHANGE, facts()).then_refused("project-ended")


def test_signing_again_changes_nothing() -> None:
    given(PROJECT, *AT_SPECIFIED).when(SIGN, facts(SPONSOR)).then()
    given(PROJECT, *AT_WORK).when(SIGN, facts(SPONSOR)).then()


def test_a_new_version_is_not_signed() -> None:
    project = given(PROJECT, *AT_SPECIFIED).when(MORE, facts()).then_state()
    assert isinstance(project, Project)
    assert project.specification is not None
    assert (project.specification.version, project.specification.signed_by) == (2, None)


def test_a_project_without_a_sponsor_gets_one_who_can_sign() -> None:
    imported = (taken_over(stage=portfolio.Stage.PROPOSED), SPECIFIED)
    given(PROJECT, *imported).when(SIGN, facts(SPONSOR)).then_refused("sponsor-required")
    given(PROJECT, *imported).when(specification.NameSponsor(sponsor_id=SPONSOR), facts()).then(
        portfolio.SponsorNamed(sponsor_id=SPONSOR)
    )
    given(PROJECT, *imported, portfolio.SponsorNamed(sponsor_id=SPONSOR)).when(SIGN, facts(SPONSOR)).then(SIGNED)


def test_a_new_sponsor_is_a_known_active_person_and_signs_from_then_on() -> None:
    name = specification.NameSponsor(sponsor_id=OTHER)
    given(PROJECT, PROPOSED).when(name, facts(sponsor=other)).then(NAMED)
    given(PROJECT, PROPOSED).when(name, facts()).then_refused("person-not-known-yet")
    given(PROJECT, PROPOSED).when(name, facts(sponsor=replace(other, active=False))).then_refused("sponsor-is-active")
    given(PROJECT, PROPOSED, NAMED).when(name, facts(sponsor=None)).then()
    given(PROJECT, *GIVEN_UP).when(name, facts(sponsor=other)).then_refused("project-ended")
    who_may(PROJECTS, *AT_SPECIFIED, NAMED).when(SIGN, facts(SPONSOR)).then_refused("only-the-sponsor-signs")
    given(PROJECT, *AT_APPROVED, NAMED).when(SIGN, facts(OTHER)).then_refused("not-at-this-stage")


def test_a_project_may_ask_for_no_money() -> None:
    free = WRITE.model_copy(update={"budget_asked": Money(amount=Decimal(0), currency="EUR")})
    given(PROJECT, PROPOSED).when(free, facts()).then(portfolio.ProjectSpecified(version=1, **dict(free)))


def test_the_head_of_the_division_lets_a_signed_specification_pass_the_gate() -> None:
    head = facts(OTHER, division_head=other)
    given(PROJECT, *AT_SPECIFIED).when(APPROVE, head).then(APPROVED)
    given(PROJECT, *AT_SPECIFIED).when(APPROVE, facts(CHIEF, accountable=None)).then(APPROVED)


def test_a_manager_above_the_accountable_one_may_approve() -> None:
    given(PROJECT, *AT_SPECIFIED).when(APPROVE, facts(CHIEF, division_head=None)).then(APPROVED)


def test_whom_policy_names_may_approve() -> None:
    board = facts(BOARD, gate_authorities=frozenset({BOARD}))
    given(PROJECT, *AT_SPECIFIED).when(APPROVE, board).then(APPROVED)


def test_nobody_else_approves() -> None:
    for actor in (BOARD, SPONSOR, "importer"):
        refused = who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, facts(actor)).then_refused("gate-by-named-authority")
        assert isinstance(refused, Forbidden)
    unrelated = facts(BOARD, accountable=replace(other, line=(BOARD,)))
    who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, unrelated).then_refused("gate-by-named-authority")


def test_the_accountable_manager_does_not_approve_even_as_an_authority_or_through_a_stand_in() -> None:
    everybody = frozenset({SENIOR, BOARD, MANAGER})
    refused = who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, facts(SENIOR, gate_authorities=everybody))
    assert isinstance(refused.then_refused("approver-does-not-answer"), Forbidden)
    stand_in = facts(BOARD, for_whom=str(SENIOR), gate_authorities=everybody)
    who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, stand_in).then_refused("approver-does-not-answer")
    head = facts(SENIOR, division_head=senior)
    who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, head).then_refused("approver-does-not-answer")


def test_the_delegate_does_not_approve() -> None:
    board = facts(MANAGER, gate_authorities=frozenset({MANAGER}))
    who_may(PROJECTS, *AT_SPECIFIED, *DELEGATED).when(APPROVE, board).then_refused("approver-does-not-answer")


def test_the_gate_needs_the_signed_latest_version() -> None:
    for history in ((PROPOSED,), (PROPOSED, SPECIFIED), (*AT_SPECIFIED, SECOND)):
        given(PROJECT, *history).when(APPROVE, facts(CHIEF)).then_refused("signed-specification-required")


def test_approving_again_changes_nothing() -> None:
    given(PROJECT, *AT_APPROVED).when(APPROVE, facts(CHIEF)).then()
    who_may(PROJECTS, *AT_APPROVED).when(APPROVE, facts(BOARD)).then_refused("gate-by-named-authority")


@pytest.mark.parametrize(
    "stage", [portfolio.Stage.FUNDED, portfolio.Stage.IN_PROGRESS, portfolio.Stage.ON_HOLD, portfolio.Stage.CLOSING]
)
def test_a_project_passes_its_gate_only_once(stage: portfolio.Stage) -> None:
    given(PROJECT, *HISTORIES[stage]).when(APPROVE, facts(CHIEF)).then_refused("not-at-this-stage")


def test_finance_confirms_the_funding_of_an_approved_project() -> None:
    given(PROJECT, *AT_APPROVED).when(CONFIRM, facts()).then(FUNDED)


def test_confirming_the_same_amount_again_changes_nothing() -> None:
    for history in (AT_FUNDED, AT_WORK, HISTORIES[portfolio.Stage.CLOSED]):
        given(PROJECT, *history).when(CONFIRM, facts()).then()


def test_a_project_whose_source_takes_it_back_to_approved_can_be_funded_again() -> None:
    back = portfolio.TakeOverCorrected(
        name="Payroll",
        summary="",
        initiative_id=None,
        stage=portfolio.Stage.APPROVED,
        plan=PLAN,
        accountable_id=SENIOR,
        gaps=(),
    )
    given(PROJECT, taken_over(stage=portfolio.Stage.FUNDED), FUNDED, back).when(CONFIRM, facts()).then(FUNDED)


def test_funding_is_confirmed_only_for_an_approved_project() -> None:
    less = specification.ConfirmFunding(granted=Money(amount=Decimal(1), currency="EUR"))
    given(PROJECT, *AT_SPECIFIED).when(CONFIRM, facts()).then_refused("funded-only-when-approved")
    given(PROJECT, *AT_FUNDED).when(less, facts()).then_refused("funded-only-when-approved")
    given(PROJECT, *GIVEN_UP).when(CONFIRM, facts()).then_refused("project-ended")
    given(PROJECT, *AT_APPROVED).when(less, facts()).then(portfolio.ProjectFunded(granted=less.granted))


def test_a_refused_funding_takes_the_project_back_to_its_specification() -> None:
    scenario = given(PROJECT, *AT_APPROVED).when(RETURN, facts())
    scenario.then(RETURNED)
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert (project.stage, project.approved_version) == (portfolio.Stage.SPECIFIED, None)
    given(PROJECT, *AT_APPROVED, RETURNED).when(MORE, facts()).then(SECOND)


def test_returning_it_again_changes_nothing() -> None:
    given(PROJECT, *AT_APPROVED, RETURNED).when(RETURN, facts()).then()


def test_only_an_approved_project_is_returned() -> None:
    given(PROJECT, PROPOSED).when(RETURN, facts()).then_refused("returned-only-when-approved")
    given(PROJECT, *AT_FUNDED).when(RETURN, facts()).then_refused("returned-only-when-approved")
    given(PROJECT, *GIVEN_UP).when(RETURN, facts()).then_refused("project-ended")


@pytest.mark.parametrize("history", [AT_SPECIFIED, AT_FUNDED, AT_WORK])
def test_a_recycled_project_is_back_at_its_specification(history: tuple[ProjectEvent, ...]) -> None:
    given(PROJECT, *history).when(RECYCLE, facts()).then(RECYCLED)
    after = model.evolve(PROJECT.fold(history), RECYCLED)
    assert (after.stage, after.approved_version) == (portfolio.Stage.SPECIFIED, None)


def test_what_has_no_specification_yet_has_nothing_to_be_recycled_to() -> None:
    given(PROJECT, PROPOSED).when(RECYCLE, facts()).then()


def test_a_project_is_not_recycled_while_finance_thinks_about_its_money_nor_at_its_end() -> None:
    given(PROJECT, *AT_APPROVED).when(RECYCLE, facts()).then_refused("recycled-when-funding-is-answered")
    given(PROJECT, *AT_CLOSING).when(RECYCLE, facts()).then_refused("not-at-this-stage")
    given(PROJECT, *GIVEN_UP).when(RECYCLE, facts()).then_refused("project-ended")


def test_money_granted_before_a_project_was_recycled_is_its_money_still() -> None:
    resigned = portfolio.SpecificationSigned(version=2, signed_by=SPONSOR)
    again = APPROVED.model_copy(update={"specification_version": 2})
    given(PROJECT, *AT_WORK, RECYCLED, SECOND, resigned).when(APPROVE, facts()).then(again, FUNDED)
    dearer = SECOND.model_copy(update={"budget_asked": Money(amount=Decimal(2000), currency="EUR")})
    given(PROJECT, *AT_WORK, RECYCLED, dearer, resigned).when(APPROVE, facts()).then_refused("granted-money-stays")


def test_a_stand_in_acts_at_the_gate_for_the_authority_they_replace_and_in_their_own_name_not() -> None:
    who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, facts(BOARD, for_whom=str(CHIEF))).then(APPROVED)
    who_may(PROJECTS, *AT_SPECIFIED).when(APPROVE, facts(BOARD)).then_refused("gate-by-named-authority")
