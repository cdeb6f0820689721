"""The rules of capability maturity: from a baseline to a target by a day, assessed in order."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from contracts import portfolio
from contracts.portfolio.initiatives import CapabilityAssessed, CapabilityTargetSet
from services.portfolio.initiatives.domain import capability
from services.portfolio.initiatives.domain.initiative import INITIATIVE, Initiative, InitiativeFacts
from tests.scenarios import given

TODAY, TARGET = date(2026, 11, 30), date(2027, 12, 31)
FACTS = InitiativeFacts(Actor("tests"), datetime.combine(TODAY, time(9), UTC), UUID(int=1))
SHAPED = portfolio.InitiativeShaped(name="Paperless", purpose="No paper.", division_id=UUID(int=2), source=None)
STOPPED = portfolio.InitiativeStopped(reason="No money.")
SAID: dict[str, Any] = {
    "capability": "Data",
    "baseline": 2,
    "baseline_on": date(2026, 1, 15),
    "target": 4,
    "target_on": TARGET,
}
AIM, AIMED = capability.SetCapabilityTarget(**SAID), CapabilityTargetSet(**SAID)


def found(level: int, day: date) -> capability.AssessCapability:
    return capability.AssessCapability(capability="Data", level=level, assessed_on=day, evidence="Audit 7.")


def held(*events: Any) -> capability.Capability:
    state = INITIATIVE.fold([SHAPED, *events])
    assert isinstance(state, Initiative)
    return state.capabilities[0]


def test_a_capability_has_a_baseline_and_a_target_by_a_day() -> None:
    given(INITIATIVE, SHAPED).when(AIM, FACTS).then(AIMED)
    given(INITIATIVE, SHAPED, AIMED).when(AIM, FACTS).then()
    assert (held(AIMED).level, held(AIMED).assessed_on) == (2, date(2026, 1, 15))
    ahead = AIM.model_copy(update={"baseline_on": TODAY + timedelta(days=1)})
    given(INITIATIVE, SHAPED).when(ahead, FACTS).then_refused("not-in-the-future")
    given(INITIATIVE, SHAPED, STOPPED).when(AIM, FACTS).then_refused("initiative-ended")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"baseline": 0}, "baseline"),
        ({"target": 6}, "target"),
        ({"target": 2}, "target"),
        ({"target_on": date(2026, 1, 15)}, "target_on"),
    ],
)
def test_levels_are_1_to_5_and_the_target_is_higher_and_later(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        capability.SetCapabilityTarget(**SAID | changes)
    assert [error["loc"] for error in wrong.value.errors()] == [(field,)]


def test_what_has_a_target_is_assessed_in_the_order_of_the_days_also_after_the_end() -> None:
    assess, assessed = found(3, TODAY), CapabilityAssessed(**vars(found(3, TODAY)))
    given(INITIATIVE, SHAPED).when(assess, FACTS).then_refused("capability-not-known")
    given(INITIATIVE, SHAPED, AIMED).when(assess, FACTS).then(assessed)
    given(INITIATIVE, SHAPED, AIMED, assessed).when(assess, FACTS).then()
    given(INITIATIVE, SHAPED, AIMED, STOPPED).when(assess, FACTS).then(assessed)
    earlier, ahead = found(2, TODAY - timedelta(days=1)), found(4, TODAY + timedelta(days=1))
    given(INITIATIVE, SHAPED, AIMED, assessed).when(earlier, FACTS).then_refused("assessments-in-order")
    given(INITIATIVE, SHAPED, AIMED).when(ahead, FACTS).then_refused("not-in-the-future")
    assert (held(AIMED, assessed).level, held(AIMED, assessed).baseline) == (3, 2)


def test_another_target_keeps_what_was_assessed_since() -> None:
    assessed = CapabilityAssessed(**vars(found(3, TODAY)))
    higher = AIMED.model_copy(update={"target": 5})
    assert (held(AIMED, assessed, higher).level, held(AIMED, assessed, higher).target) == (3, 5)


def test_an_initiative_has_a_bounded_number_of_capabilities() -> None:
    many = [AIMED.model_copy(update={"capability": f"Number {n}"}) for n in range(capability.MOST_CAPABILITIES)]
    given(INITIATIVE, SHAPED, *many).when(AIM, FACTS).then_refused("capabilities-bounded")
    given(INITIATIVE, SHAPED, AIMED, *many[1:]).when(AIM.model_copy(update={"target": 5}), FACTS).then(
        AIMED.model_copy(update={"target": 5})
    )
