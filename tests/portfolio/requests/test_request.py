"""The rules of requests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts.portfolio import requests
from contracts.roles import Role
from services.portfolio.requests.commands import REQUESTS
from services.portfolio.requests.domain import criteria_set
from services.portfolio.requests.domain.criteria_set import CRITERIA_SET, CriteriaSet
from services.portfolio.requests.domain.request import model, rules
from services.portfolio.requests.domain.request.rules import REQUEST
from tests.scenarios import given, who_may

ID, DIVISION, SET, ADA, BOB = (UUID(int=number) for number in range(1, 6))
TODAY, LATER = date(2026, 11, 30), date(2026, 12, 24)
OFFICE = frozenset({Role.PORTFOLIO_OFFICE})
CRITERIA = (
    requests.Criterion(name="Value", weight=Decimal(3)),
    requests.Criterion(name="Effort", weight=Decimal(1), inverted=True),
)
SUBMIT = rules.SubmitRequest(title="Online forms", purpose="No paper.", division_id=DIVISION)
SUBMITTED = requests.RequestSubmitted(
    title="Online forms", purpose="No paper.", division_id=DIVISION, needed_by=None, submitted_by=(str(ADA),)
)
SCREENED = requests.RequestScreened(feasibility=(), note="")
BY_CRITERIA = rules.ScoreByCriteria(
    criteria_set_id=SET,
    values=(
        model.CriterionValue(criterion="Value", value=Decimal(80)),
        model.CriterionValue(criterion="Effort", value=Decimal(90)),
    ),
)
SCORED = requests.RequestScored(
    method="weighted criteria", score=Decimal("62.5000"), criteria_set_id=SET, criteria_version=1
)
VALUED = model.RequestValued(values=BY_CRITERIA.values)
APPROVED, REJECTED = requests.RequestApproved(), requests.RequestRejected(reason="Too dear.")
DEFERRED = requests.RequestDeferred(until=LATER, reason="Next year's money.")
AT_SCREENED, AT_SCORED = (SUBMITTED, SCREENED), (SUBMITTED, SCREENED, SCORED, VALUED)
AT_APPROVED = (*AT_SCORED, APPROVED)
CONVERT = rules.ConvertRequest(sponsor_id=ADA, accountable_id=BOB)
CONVERTED = requests.RequestConverted(project_id=rules.project_of(ID))


def facts(actor: UUID | str = BOB, for_whom: UUID | None = None, **known: Any) -> model.RequestFacts:
    acting = Actor(str(actor), frozenset() if for_whom else OFFICE, for_whom=str(for_whom) if for_whom else None)
    rows = {"division_open": True, "criteria": CriteriaSet(name="Ours", criteria=CRITERIA), **known}
    return model.RequestFacts(acting, datetime(2026, 11, 30, 9, tzinfo=UTC), ID, **rows)


def test_a_request_is_submitted_to_an_open_division() -> None:
    given(REQUEST).when(SUBMIT, facts(ADA)).then(SUBMITTED)
    given(REQUEST).when(SUBMIT, facts(division_open=False)).then_refused("division-closed")
    given(REQUEST).when(SUBMIT, facts(division_open=None)).then_refused("division-not-known-yet")


def test_who_submits_for_somebody_else_is_named_with_them() -> None:
    for_ada = SUBMITTED.model_copy(update={"submitted_by": (str(BOB), str(ADA))})
    given(REQUEST).when(SUBMIT, facts(BOB, for_whom=ADA)).then(for_ada)


def test_submitting_it_again_changes_nothing_and_another_needs_another_id() -> None:
    given(REQUEST, SUBMITTED).when(SUBMIT, facts()).then()
    other = SUBMIT.model_copy(update={"title": "Other"})
    given(REQUEST, SUBMITTED).when(other, facts()).then_refused("already-exists")


def test_screening_says_what_it_can_of_seven_dimensions_each_once() -> None:
    secure = requests.Feasibility(dimension=requests.Dimension.SECURITY, concern=requests.Concern.BLOCKER)
    screened = requests.RequestScreened(feasibility=(secure,), note="Ask the data officer.")
    command = rules.ScreenRequest(feasibility=(secure,), note="Ask the data officer.")
    given(REQUEST, SUBMITTED).when(command, facts()).then(screened)
    assert len(requests.Dimension) == 7
    with pytest.raises(ValidationError, match="judged once"):
        rules.ScreenRequest(feasibility=(secure, secure))


def test_only_what_was_screened_is_scored() -> None:
    given(REQUEST, SUBMITTED).when(BY_CRITERIA, facts()).then_refused("request-not-there")
    given(REQUEST, *AT_SCREENED).when(BY_CRITERIA, facts()).then(SCORED, VALUED)
    given(REQUEST, *AT_SCORED).when(rules.ScreenRequest(note="Late."), facts()).then_refused("request-not-there")


def test_a_score_keeps_the_version_of_the_criteria_and_the_values() -> None:
    revised = CriteriaSet(name="Ours", criteria=CRITERIA, criteria_version=4)
    after = given(REQUEST, *AT_SCREENED).when(BY_CRITERIA, facts(criteria=revised)).then_state()
    assert isinstance(after, model.Request)
    assert after.score is not None
    assert (after.score.criteria_version, after.score.values) == (4, BY_CRITERIA.values)


def test_each_criterion_has_exactly_one_value() -> None:
    one, other = BY_CRITERIA.values
    unknown = other.model_copy(update={"criterion": "Beauty"})
    for values in ((one,), (one, one, other), (one, unknown)):
        command = BY_CRITERIA.model_copy(update={"values": values})
        given(REQUEST, *AT_SCREENED).when(command, facts()).then_refused("one-value-per-criterion")
    given(REQUEST, *AT_SCREENED).when(BY_CRITERIA, facts(criteria=None)).then_refused("criteria-set-not-known")


def test_wsjf_takes_the_place_of_weighted_criteria() -> None:
    parts = {"value": 100, "time_criticality": 50, "risk_reduction": 20, "job_size": 10}
    command = rules.ScoreByWsjf(**{name: Decimal(value) for name, value in parts.items()})
    after = given(REQUEST, *AT_SCORED).when(command, facts()).then_state()
    assert isinstance(after, model.Request)
    assert after.score is not None
    assert (after.score.method, after.score.score, after.score.values) == ("WSJF", Decimal(17), ())
    assert after.score.cost_of_delay == model.CostOfDelay(**vars(command))


def test_an_override_keeps_both_scores_and_its_justification() -> None:
    command = rules.OverrideScore(score=Decimal(90), justification="The board promised it.")
    overridden = requests.ScoreOverridden(
        worked_out=Decimal("62.5000"), score=Decimal(90), justification="The board promised it."
    )
    given(REQUEST, *AT_SCORED).when(command, facts()).then(overridden)
    after = model.evolve(REQUEST.fold(AT_SCORED), overridden)
    assert after.score is not None
    assert (after.score.worked_out, after.score.score) == (Decimal("62.5000"), Decimal(90))
    given(REQUEST, *AT_SCREENED).when(command, facts()).then_refused("request-not-there")
    with pytest.raises(ValidationError, match="justification"):
        rules.OverrideScore.model_validate({"score": "90"})


def test_what_is_scored_again_is_overridden_no_more() -> None:
    overridden = requests.ScoreOverridden(worked_out=Decimal(62), score=Decimal(90), justification="Promised.")
    after = given(REQUEST, *AT_SCORED, overridden).when(BY_CRITERIA, facts()).then_state()
    assert isinstance(after, model.Request)
    assert after.score is not None
    assert (after.score.score, after.score.justification) == (Decimal("62.5"), None)


def test_only_what_was_scored_is_approved_or_deferred() -> None:
    defer = rules.DeferRequest(until=LATER, reason="Next year's money.")
    for command, event in ((rules.ApproveRequest(), APPROVED), (defer, DEFERRED)):
        given(REQUEST, *AT_SCREENED).when(command, facts()).then_refused("request-not-there")
        given(REQUEST, *AT_SCORED).when(command, facts()).then(event)


def test_a_request_is_rejected_at_any_time_until_it_is_approved_with_a_reason() -> None:
    reject = rules.RejectRequest(reason="Too dear.")
    for history in ((SUBMITTED,), AT_SCREENED, AT_SCORED, (*AT_SCORED, DEFERRED)):
        given(REQUEST, *history).when(reject, facts()).then(REJECTED)
    given(REQUEST, *AT_APPROVED).when(reject, facts()).then_refused("request-not-there")
    given(REQUEST, *AT_SCORED, REJECTED).when(reject, facts()).then()


def test_a_request_is_deferred_until_a_day_to_come_and_then_decided_on() -> None:
    today = rules.DeferRequest(until=TODAY, reason="Later.")
    given(REQUEST, *AT_SCORED).when(today, facts()).then_refused("deferred-until-later")
    given(REQUEST, *AT_SCORED, DEFERRED).when(rules.ApproveRequest(), facts()).then(APPROVED)


def test_who_submitted_a_request_does_not_decide_on_it_and_is_told_who_could() -> None:
    for actor in (facts(ADA), facts(BOB, for_whom=ADA)):
        refused = who_may(REQUESTS, *AT_SCORED).when(rules.ApproveRequest(), actor)
        assert isinstance(refused._decide(), Forbidden)
    own = who_may(REQUESTS, *AT_SCORED).when(rules.ApproveRequest(), facts(ADA))
    assert "executive" in own.then_refused("submitter-is-not-approver").remedy
    who_may(REQUESTS, *AT_SCORED).when(rules.ApproveRequest(), facts(BOB)).then(APPROVED)


def test_a_request_becomes_one_project_once_and_names_it() -> None:
    given(REQUEST, *AT_APPROVED).when(CONVERT, facts()).then(CONVERTED)
    refused = given(REQUEST, *AT_APPROVED, CONVERTED).when(CONVERT, facts()).then_refused("converted-once")
    assert str(rules.project_of(ID)) in refused.detail
    given(REQUEST, *AT_SCORED).when(CONVERT, facts()).then_refused("request-not-there")


def test_other_criteria_are_another_version() -> None:
    at = facts()
    define = criteria_set.DefineCriteriaSet(name="Ours", criteria=CRITERIA)
    defined = requests.CriteriaSetDefined(name="Ours", criteria=CRITERIA)
    given(CRITERIA_SET).when(define, at).then(defined)
    given(CRITERIA_SET, defined).when(define, at).then()
    fewer = criteria_set.ReviseCriteriaSet(criteria=CRITERIA[:1], reason="Simpler.")
    revised = requests.CriteriaSetRevised(version=2, criteria=CRITERIA[:1], reason="Simpler.")
    given(CRITERIA_SET, defined).when(fewer, at).then(revised)
    given(CRITERIA_SET, defined, revised).when(fewer, at).then()
    other = criteria_set.DefineCriteriaSet(name="Theirs", criteria=CRITERIA)
    given(CRITERIA_SET, defined).when(other, at).then_refused("already-exists")
