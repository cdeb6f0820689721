"""The rules of the portfolio policy."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts, NotFound
from contracts.portfolio import PortfolioLimitsSet
from services.portfolio.organisation.domain import portfolio_policy
from services.portfolio.organisation.domain.portfolio_policy import PORTFOLIO_POLICY, SetLimits
from tests.scenarios import given

FACTS = Facts(Actor("tests"), datetime(2026, 11, 30, tzinfo=UTC), portfolio_policy.POLICY_ID)
STRICTER = SetLimits(cost_at_risk=Decimal(3), reason="We are told too late.")
SET = PortfolioLimitsSet(cost_at_risk=Decimal(3), reason="We are told too late.")


def test_what_is_left_out_stays_as_it_is() -> None:
    given(PORTFOLIO_POLICY).when(STRICTER, FACTS).then(SET)
    policy = portfolio_policy.evolve(None, SET)
    assert (policy.cost_at_risk, policy.cost_off_track, policy.exception_days) == (Decimal(3), Decimal(10), 5)


def test_gate_authorities_are_named_by_policy_and_nobody_is_before() -> None:
    board = UUID(int=7)
    named = SetLimits(gate_authorities=(board,), reason="The board decides.")
    recorded = PortfolioLimitsSet(gate_authorities=(board,), reason="The board decides.")
    given(PORTFOLIO_POLICY).when(named, FACTS).then(recorded)
    assert portfolio_policy.DEFAULTS.gate_authorities == ()
    assert portfolio_policy.evolve(None, recorded).gate_authorities == (board,)
    nobody = SetLimits(gate_authorities=(), reason="Nobody beside the line.")
    given(PORTFOLIO_POLICY, recorded).when(nobody, FACTS).then(
        PortfolioLimitsSet(gate_authorities=(), reason="Nobody beside the line.")
    )


def test_what_is_so_already_changes_nothing() -> None:
    given(PORTFOLIO_POLICY, SET).when(STRICTER, FACTS).then()


@pytest.mark.parametrize("limits", [{"cost_at_risk": 11}, {"schedule_off_track": 4}])
def test_a_project_off_track_is_at_risk_as_well(limits: dict[str, int]) -> None:
    given(PORTFOLIO_POLICY).when(SetLimits.model_validate({**limits, "reason": "Try."}), FACTS).then_refused(
        "at-risk-before-off-track"
    )


def test_there_is_one_policy() -> None:
    with pytest.raises(NotFound):
        portfolio_policy.decide(None, STRICTER, Facts(FACTS.actor, FACTS.at, UUID(int=1)))
