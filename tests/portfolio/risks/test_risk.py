"""The rules of risks: identified, scored, treated, watched, materialised, closed, and passed up the line."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import BaseModel

from contracts.base import PublicEvent
from contracts.portfolio import risks
from contracts.values import Grade, Money
from services.portfolio.issues.domain.issue.rules import RaiseIssueOfRisk
from services.portfolio.organisation.domain.confidence import InConfidence
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.risks.domain.risk import rules, scoring
from services.portfolio.risks.domain.risk.model import Risk, RiskStatus
from services.portfolio.risks.domain.risk.rules import RISK
from services.portfolio.risks.domain.risk_policy import Position
from tests.portfolio.risks.story import (
    ANALYSED,
    AT_ACCEPTED,
    AT_ANALYSED,
    AT_ASKED,
    AT_EVALUATED,
    AT_TREATING,
    CHOSEN,
    DIVISION,
    EVALUATED,
    HIGH,
    IDENTIFIED,
    IDENTIFY,
    LOW,
    MANAGER,
    MEDIUM,
    OF_PROJECT,
    OTHER,
    OWNER,
    PROJECT,
    RISK_ID,
    TODAY,
    facts,
    manager,
    owner,
)
from tests.scenarios import given

EUROS = Money(amount=Decimal(500), currency="EUR")
INHERENT, CURRENT = Position(likelihood="likely", impact="major"), Position(likelihood="possible", impact="major")
BETTER = Position(likelihood="unlikely", impact="moderate")
ANALYSE = scoring.AnalyseRisk(inherent=INHERENT, current=CURRENT)
RESCORED = risks.RiskRescored(current=LOW, review_on=TODAY + timedelta(days=90), reason="A second vendor.")
MATERIALISE = rules.MaterialiseRisk(effect="They closed.", issue_title="No vendor", issue_due_on=TODAY)
HAPPENED = risks.RiskMaterialised(issue_id=uuid5(RISK_ID, "issue"), effect="They closed.")
CONTINGENCY = risks.ContingencyAsked(project_id=PROJECT, amount=EUROS)
MONITORED = risks.RiskMonitored(note="", review_on=TODAY + timedelta(days=90))


def test_a_risk_is_identified_in_an_open_division_with_an_owner_who_works_here() -> None:
    given(RISK).when(IDENTIFY, facts(OTHER)).then(IDENTIFIED)
    given(RISK, IDENTIFIED).when(IDENTIFY, facts(OTHER)).then()
    given(RISK, *AT_ANALYSED).when(IDENTIFY, facts(OTHER)).then_refused("already-exists")
    given(RISK).when(IDENTIFY, facts(OTHER, division_open=False)).then_refused("division-closed")
    given(RISK).when(IDENTIFY, facts(OTHER, owner=None)).then_refused("person-not-known-yet")
    gone = KnownPerson(OWNER, Grade.STAFF, active=False)
    given(RISK).when(IDENTIFY, facts(OTHER, owner=gone)).then_refused("owner-is-active")


def test_the_project_of_a_risk_is_known_and_its_divisions() -> None:
    command = IDENTIFY.model_copy(update={"project_id": PROJECT})
    given(RISK).when(command, facts(OTHER, project_known=False)).then_refused("project-not-known")
    given(RISK).when(command, facts(OTHER, project_division=RISK_ID)).then_refused("risk-in-its-division")
    given(RISK).when(command, facts(OTHER, project_division=DIVISION)).then(OF_PROJECT)


def test_a_risk_is_scored_without_and_with_its_controls_by_the_policy_in_force() -> None:
    given(RISK, IDENTIFIED).when(ANALYSE, facts()).then(ANALYSED)
    given(RISK, *AT_ANALYSED).when(ANALYSE, facts()).then()
    alone = scoring.AnalyseRisk(inherent=INHERENT)
    review_on = TODAY + timedelta(days=30)
    uncontrolled = risks.RiskAnalysed(inherent=HIGH, current=HIGH, review_on=review_on)
    given(RISK, IDENTIFIED).when(alone, facts()).then(uncontrolled)
    given(RISK, *AT_EVALUATED).when(ANALYSE, facts()).then_refused("not-at-this-stage")


def test_without_a_policy_nothing_is_scored() -> None:
    given(RISK, IDENTIFIED).when(ANALYSE, facts(policy=None, policy_id=None)).then_refused("risk-policy-missing")


def test_what_is_off_the_scale_is_refused() -> None:
    command = scoring.AnalyseRisk(inherent=Position(likelihood="2.5", impact="major"))
    given(RISK, IDENTIFIED).when(command, facts()).then_refused("on-the-scale")


def test_a_score_equal_to_the_appetite_is_within() -> None:
    assert (LOW.number, LOW.appetite, LOW.within, MEDIUM.within) == (Decimal(6), Decimal(6), True, False)
    state = RISK.fold([*AT_ANALYSED, RESCORED])
    assert state is not None
    assert (state.above_appetite, state.level, state.score) == (False, "low", "0000006.000000")


def test_a_risk_is_evaluated_once_it_is_analysed() -> None:
    command = scoring.EvaluateRisk(rationale="Too much.")
    given(RISK, IDENTIFIED).when(command, facts()).then_refused("not-at-this-stage")
    given(RISK, *AT_ANALYSED).when(command, facts()).then(EVALUATED)
    given(RISK, *AT_EVALUATED).when(command, facts()).then()


def test_a_treatment_is_chosen_once_the_risk_is_evaluated() -> None:
    command = scoring.TreatRisk(treatment=risks.RiskTreatment.ACCEPT, plan="Live with it.")
    given(RISK, *AT_ANALYSED).when(command, facts()).then_refused("not-at-this-stage")
    given(RISK, *AT_EVALUATED).when(command, facts()).then(CHOSEN)
    given(RISK, *AT_TREATING).when(command, facts()).then()
    late = command.model_copy(update={"due_on": TODAY - timedelta(days=1)})
    given(RISK, *AT_EVALUATED).when(late, facts()).then_refused("due-day-lies-ahead")


def test_what_remains_is_a_place_in_the_matrix_or_what_controls_leave() -> None:
    mitigate = {"treatment": risks.RiskTreatment.MITIGATE, "plan": "", "due_on": None}
    placed = scoring.TreatRisk(**mitigate, residual=BETTER)
    given(RISK, *AT_EVALUATED).when(placed, facts()).then(risks.RiskTreatmentChosen(**mitigate, residual=LOW))
    controlled = scoring.TreatRisk(**mitigate, residual=scoring.Controls(effectiveness=Decimal(20)))
    left = HIGH.model_copy(
        update={"likelihood": None, "impact": None, "effectiveness": Decimal(20), "number": Decimal("12.8")}
    )
    given(RISK, *AT_EVALUATED).when(controlled, facts()).then(risks.RiskTreatmentChosen(**mitigate, residual=left))


def test_beyond_the_appetite_nothing_is_only_watched_unless_it_was_accepted() -> None:
    monitor = rules.MonitorRisk()
    given(RISK, *AT_TREATING).when(monitor, facts()).then_refused("above-appetite-needs-acceptance")
    given(RISK, *AT_ANALYSED).when(monitor, facts()).then_refused("not-at-this-stage")
    given(RISK, *AT_TREATING, RESCORED).when(monitor, facts()).then(MONITORED)
    given(RISK, *AT_ACCEPTED).when(monitor, facts()).then()


def test_a_watched_risk_that_grows_beyond_the_appetite_has_to_be_decided_again() -> None:
    worse = RESCORED.model_copy(update={"current": HIGH})
    state = RISK.fold([*AT_TREATING, RESCORED, MONITORED, worse])
    assert state is not None
    assert (state.status, state.above_appetite) == (RiskStatus.EVALUATED, True)


def test_a_review_puts_the_next_one_off_by_the_interval_of_the_level() -> None:
    reviewed = risks.RiskReviewed(note="", review_on=date(2027, 1, 15))
    given(RISK, *AT_EVALUATED).when(rules.ReviewRisk(), facts(on=date(2026, 12, 1))).then(reviewed)
    given(RISK, *AT_EVALUATED).when(rules.ReviewRisk(), facts()).then()
    given(RISK, IDENTIFIED).when(rules.ReviewRisk(), facts()).then_refused("not-at-this-stage")


def test_a_risk_that_materialises_asks_for_contingency_once() -> None:
    command = MATERIALISE.model_copy(update={"contingency": EUROS})
    given(RISK, OF_PROJECT).when(command, facts()).then(HAPPENED, CONTINGENCY)
    given(RISK, OF_PROJECT).when(MATERIALISE, facts()).then(HAPPENED)
    given(RISK, OF_PROJECT, HAPPENED, CONTINGENCY).when(command, facts()).then_refused("risk-over")


def test_only_a_projects_risk_asks_for_contingency_and_for_more_than_nothing() -> None:
    command = MATERIALISE.model_copy(update={"contingency": EUROS})
    given(RISK, IDENTIFIED).when(command, facts()).then_refused("contingency-of-a-project")
    nothing = MATERIALISE.model_copy(update={"contingency": Money(amount=Decimal(0), currency="EUR")})
    given(RISK, OF_PROJECT).when(nothing, facts()).then_refused("amount-positive")


def test_a_risk_that_materialises_opens_an_issue_of_its_own_confidence() -> None:
    secret = OF_PROJECT.model_copy(update={"confidential": True})
    after = RISK.fold([secret, HAPPENED])
    assert after is not None
    (order,) = rules.opened(MATERIALISE, after, after, facts())
    assert (order.id, order.command) == (
        HAPPENED.issue_id,
        RaiseIssueOfRisk(
            title="No vendor", description="They closed.", division_id=DIVISION, project_id=PROJECT, risk_id=RISK_ID,
            raised_by=OWNER, owner_id=OWNER, due_on=TODAY, confidential=True,
        ),
    )  # fmt: skip


def test_finances_first_answer_is_recorded_at_the_risk() -> None:
    drawn = rules.RecordContingency(drawn=True, amount=EUROS)
    answered = risks.RiskContingencyAnswered(drawn=True, amount=EUROS, reason=None)
    asked = (OF_PROJECT, HAPPENED, CONTINGENCY)
    given(RISK, *asked).when(drawn, facts("system")).then(answered)
    given(RISK, *asked, answered).when(drawn, facts("system")).then()
    refused = rules.RecordContingency(drawn=False, amount=EUROS, reason="Nothing is left.")
    given(RISK, *asked, answered).when(refused, facts("system")).then()
    given(RISK, OF_PROJECT).when(drawn, facts("system")).then()


@pytest.mark.parametrize("events", [(IDENTIFIED,), AT_ACCEPTED])
def test_what_is_watched_or_turned_out_to_be_no_risk_is_closed(events: Any) -> None:
    closed = risks.RiskClosed(reason="The contract ended.")
    command = rules.CloseRisk(reason="The contract ended.")
    given(RISK, *events).when(command, facts()).then(closed)
    given(RISK, *events, closed).when(command, facts()).then()


@pytest.mark.parametrize("events", [AT_ANALYSED, AT_EVALUATED, AT_TREATING])
def test_a_risk_that_waits_for_a_decision_is_not_closed(events: Any) -> None:
    given(RISK, *events).when(rules.CloseRisk(reason="Enough."), facts()).then_refused("not-at-this-stage")


@pytest.mark.parametrize(
    "command",
    [
        scoring.ScoreRisk(current=CURRENT, reason="Again."),
        rules.ReviewRisk(),
        rules.NameRiskOwner(owner_id=MANAGER, reason="Yours."),
        MATERIALISE,
    ],
)
def test_nothing_more_is_done_about_what_is_over(command: Any) -> None:
    given(RISK, *AT_ACCEPTED, risks.RiskClosed(reason="Over.")).when(command, facts()).then_refused("risk-over")
    given(RISK, *AT_ACCEPTED, HAPPENED).when(command, facts()).then_refused("risk-over")


def test_another_owner_works_here() -> None:
    command = rules.NameRiskOwner(owner_id=MANAGER, reason="Yours.")
    named = risks.RiskOwnerNamed(owner_id=MANAGER, reason="Yours.")
    given(RISK, IDENTIFIED).when(command, facts(owner=manager)).then(named)
    given(RISK, IDENTIFIED, named).when(command, facts(owner=manager)).then()
    given(RISK, IDENTIFIED).when(command, facts(owner=None)).then_refused("person-not-known-yet")


LEFT = rules.PassRiskUp(leaver_id=OWNER, reason="The owner left.")
gone = KnownPerson(OWNER, Grade.STAFF, active=False, line=owner.line)
PASSED = risks.RiskPassedUp(from_id=OWNER, owner_id=MANAGER, reason="The owner left.")
UNRESOLVED = risks.RiskUnresolved(owner_id=OWNER, reason="The owner left.")


def test_a_leavers_risk_passes_up_the_line_once() -> None:
    given(RISK, IDENTIFIED).when(LEFT, facts("system", leaver=gone)).then(PASSED)
    given(RISK, IDENTIFIED, PASSED).when(LEFT, facts("system", leaver=gone)).then()
    given(RISK, IDENTIFIED, HAPPENED).when(LEFT, facts("system", leaver=gone)).then()


def test_an_owner_who_works_here_by_the_time_it_is_heard_keeps_it() -> None:
    given(RISK, IDENTIFIED).when(LEFT, facts("system", leaver=owner)).then()
    kept = risks.RiskOwnerNamed(owner_id=OWNER, reason="The owner left.")
    given(RISK, IDENTIFIED, UNRESOLVED).when(LEFT, facts("system", leaver=owner)).then(kept)


def test_without_anybody_above_in_office_it_says_so_once_and_waits() -> None:
    given(RISK, IDENTIFIED).when(LEFT, facts("system", leaver=gone, above=None)).then(UNRESOLVED)
    given(RISK, IDENTIFIED, UNRESOLVED).when(LEFT, facts("system", leaver=gone, above=None)).then()
    given(RISK, IDENTIFIED, UNRESOLVED).when(LEFT, facts("system", leaver=gone)).then(PASSED)


def test_of_a_confidential_risk_others_hear_that_it_changed_and_finance_what_it_is_asked_for() -> None:
    secret = OF_PROJECT.model_copy(update={"confidential": True})
    told = risks.ConfidentialRiskChanged(division_id=DIVISION)
    first: list[BaseModel] = [InConfidence[risks.RiskIdentified](fact=secret), told]
    command = IDENTIFY.model_copy(update={"confidential": True, "project_id": PROJECT})
    given(RISK).when(command, facts(OTHER, project_division=DIVISION)).then(*first)
    analysed = InConfidence[risks.RiskAnalysed](fact=ANALYSED)
    given(RISK, *first).when(ANALYSE, facts()).then(analysed, told)
    happened = InConfidence[risks.RiskMaterialised](fact=HAPPENED)
    asking = MATERIALISE.model_copy(update={"contingency": EUROS})
    given(RISK, *first, analysed, told).when(asking, facts()).then(happened, CONTINGENCY, told)
    assert not any(isinstance(event, PublicEvent) for event in (first[0], analysed, happened))
    state = RISK.fold([*first, analysed, told, happened, CONTINGENCY, told])
    assert isinstance(state, Risk)
    assert state == RISK.fold([secret, ANALYSED, HAPPENED, CONTINGENCY])


def test_an_acceptance_that_is_asked_for_ends_with_the_risk() -> None:
    state = RISK.fold([*AT_ASKED, HAPPENED])
    assert state is not None
    assert (state.asked, state.review_on, RISK.deadline(state)) == (None, None, None)
    assert UUID(str(state.issue_id)) == HAPPENED.issue_id
