"""The rules of risk policies, and how scores are read from their matrix."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Invalid
from contracts.portfolio import risks
from services.portfolio.risks.domain import risk_policy
from services.portfolio.risks.domain.risk_policy import RISK_POLICY, Position, RiskPolicyFacts, controlled, score
from tests.portfolio.risks.story import DIVISION, POLICY, POLICY_ID, in_force, policy
from tests.scenarios import given

FACTS = RiskPolicyFacts(Actor("tests"), datetime(2026, 11, 30, tzinfo=UTC), POLICY_ID, division_open=True)
DEFINED = risk_policy.version(policy(), risks.RiskCategory.OPERATIONAL, None, 1)
WITHDRAWN = risks.RiskPolicyWithdrawn(reason="Merged.")


def at(likelihood: Any, impact: Any) -> Position:
    return Position.model_validate({"likelihood": likelihood, "impact": impact})


def test_a_policy_is_defined_once_and_revised_in_versions() -> None:
    given(RISK_POLICY).when(policy(), FACTS).then(DEFINED)
    given(RISK_POLICY, DEFINED).when(policy(), FACTS).then()
    given(RISK_POLICY, DEFINED).when(policy(appetite="4"), FACTS).then_refused("already-exists")
    revise = risk_policy.ReviseRiskPolicy(**policy(appetite="4").model_dump(exclude={"category", "division_id"}))
    revised = DEFINED.model_copy(update={"version": 2, "appetite": Decimal(4)})
    given(RISK_POLICY, DEFINED).when(revise, FACTS).then(revised)
    given(RISK_POLICY, DEFINED, revised).when(revise, FACTS).then()
    given(RISK_POLICY, DEFINED, WITHDRAWN).when(revise, FACTS).then_refused("risk-policy-withdrawn")


def test_a_policy_of_a_division_needs_one_that_is_open() -> None:
    own = policy(division_id=str(DIVISION))
    closed = RiskPolicyFacts(FACTS.actor, FACTS.at, POLICY_ID, division_open=False)
    given(RISK_POLICY).when(own, closed).then_refused("division-closed")


def test_a_policy_is_withdrawn_once() -> None:
    command = risk_policy.WithdrawRiskPolicy(reason="Merged.")
    given(RISK_POLICY, DEFINED).when(command, FACTS).then(WITHDRAWN)
    given(RISK_POLICY, DEFINED, WITHDRAWN).when(command, FACTS).then()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rows": ("00001", "00011")}, "matrix"),
        ({"rows": ("0000", "0001", "0011", "0112", "0122")}, "matrix"),
        ({"matrix": [[{"level": "none"}] * 5] * 5}, "matrix"),
        ({"matrix": [[{"level": "low", "number": 1}] * 4 + [{"level": "low"}]] * 5}, "matrix"),
        ({"likelihood": ("rare", "Rare", "possible", "likely", "certain")}, "likelihood"),
        ({"impact": [{"name": "high", "number": 2}, {"name": "low", "number": 1}]}, "impact"),
        ({"levels": [{"name": "low", "review_days": 0}]}, "levels"),
        ({"appetite": -1}, "appetite"),
    ],
)  # fmt: skip
def test_scales_that_do_not_fit_are_refused_with_the_field(changes: dict[str, Any], field: str) -> None:
    body = policy().model_dump(mode="json")
    if "rows" in changes:
        changes = {
            "matrix": [[{"level": ("low", "medium", "high")[int(place)]} for place in row] for row in changes["rows"]]
        }
    if field == "likelihood":
        changes = {"likelihood": [{"name": name, "number": n} for n, name in enumerate(changes["likelihood"], 1)]}
    with pytest.raises(ValidationError) as refused:
        risk_policy.DefineRiskPolicy.model_validate({**body, **changes})
    assert field in {error["loc"][0] for error in refused.value.errors()}


def test_levels_are_read_from_the_cell_and_numbers_are_products_where_none_are_stated() -> None:
    assert score(POLICY, POLICY_ID, at("rare", "severe"), "current").level == "medium"
    assert score(POLICY, POLICY_ID, at("almost certain", "insignificant"), "current").level == "low"
    assert score(POLICY, POLICY_ID, at(3, 4), "current").number == 12
    numbered = in_force(policy(numbered=True))
    assert score(numbered, POLICY_ID, at(3, 4), "current").number == 1


def test_a_step_is_named_or_numbered() -> None:
    named = score(POLICY, POLICY_ID, at("Likely", "MAJOR"), "current")
    for other in (at(4, 4), at("4", "4.0"), at(4.0, "major")):
        assert score(POLICY, POLICY_ID, other, "current") == named


@pytest.mark.parametrize("step", [0, 6, 2.5, "2.5", -1, "often", "1e0", "four"])
def test_what_is_off_the_scale_or_between_its_steps_is_refused_with_the_scale(step: Any) -> None:
    with pytest.raises(Invalid) as refused:
        score(POLICY, POLICY_ID, at(step, 1), "inherent")
    assert refused.value.rule == "on-the-scale"
    assert refused.value.field == "inherent.likelihood"
    assert "1 rare, 2 unlikely, 3 possible, 4 likely, 5 almost certain" in refused.value.detail


def test_a_score_keeps_what_it_was_judged_by() -> None:
    made = score(in_force(policy(appetite="9"), number=7), POLICY_ID, at(3, 3), "current")
    assert (made.policy_id, made.policy_version, made.appetite, made.within) == (POLICY_ID, 7, Decimal(9), True)
    assert made.review_days == 45


@pytest.mark.parametrize(
    ("effectiveness", "number", "level"),
    [
        ("20", "12.8", "high"),
        ("0", "16", "high"),
        ("100", "0", "low"),
        ("33.3333", "10.666672", "medium"),
        ("95", "0.8", "low"),
    ],
)  # fmt: skip
def test_controls_leave_an_exact_part_of_the_inherent_score(effectiveness: str, number: str, level: str) -> None:
    inherent = score(POLICY, POLICY_ID, at(4, 4), "inherent")
    left = controlled(POLICY, POLICY_ID, inherent, Decimal(effectiveness))
    assert (left.number, left.level, left.likelihood, left.impact) == (Decimal(number), level, None, None)


def test_between_two_cells_the_level_is_that_of_the_nearest_above_and_the_highest_where_several_are() -> None:
    # 1 x 5 is medium, 5 x 1 is low: what lies just below 5 is medium.
    inherent = score(POLICY, POLICY_ID, at(5, 1), "inherent")
    assert inherent.level == "low"
    assert controlled(POLICY, POLICY_ID, inherent, Decimal(5)).level == "medium"


def test_of_an_inherent_score_beyond_the_matrix_of_today_the_highest_level_remains() -> None:
    smaller = in_force(policy(("00", "01"), likelihood=("rare", "likely"), impact=("minor", "major")))
    inherent = score(POLICY, POLICY_ID, at(5, 5), "inherent")
    left = controlled(smaller, UUID(int=9), inherent, Decimal(10))
    assert (left.level, left.policy_id) == ("high", UUID(int=9))
