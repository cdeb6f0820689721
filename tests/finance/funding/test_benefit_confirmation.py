"""The rules by which finance confirms benefits."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Actor, Facts
from contracts import finance
from contracts.values import Money
from services.finance.funding.domain import benefit_confirmation
from services.finance.funding.domain.benefit_confirmation import BENEFIT_CONFIRMATION
from tests.scenarios import given

BENEFIT, TODAY = UUID(int=1), date(2026, 11, 30)
FACTS = Facts(Actor("tests"), datetime(2026, 11, 30, tzinfo=UTC), BENEFIT)
MEASURED = Money(amount=Decimal(900), currency="EUR")
CONFIRM = benefit_confirmation.ConfirmBenefit(evidence="Ledger 4711.", measured=MEASURED, confirmed_on=TODAY)
CONFIRMED = finance.BenefitConfirmed(
    benefit_id=BENEFIT, measured=MEASURED, evidence="Ledger 4711.", confirmed_on=TODAY, revised=False
)
DENY = benefit_confirmation.DoNotConfirmBenefit(reason="It was counted twice.", confirmed_on=TODAY)
DENIED = finance.BenefitNotConfirmed(
    benefit_id=BENEFIT, measured=None, reason="It was counted twice.", confirmed_on=TODAY, revised=True
)


def test_a_benefit_is_confirmed_once() -> None:
    given(BENEFIT_CONFIRMATION).when(CONFIRM, FACTS).then(CONFIRMED)
    given(BENEFIT_CONFIRMATION, CONFIRMED).when(CONFIRM, FACTS).then()


def test_a_verdict_may_be_revised_and_the_first_one_stays() -> None:
    given(BENEFIT_CONFIRMATION, CONFIRMED).when(DENY, FACTS).then(DENIED)
    given(BENEFIT_CONFIRMATION, CONFIRMED, DENIED).when(DENY, FACTS).then()
    state = BENEFIT_CONFIRMATION.fold([CONFIRMED, DENIED])
    assert state is not None
    assert state.verdict is not None
    assert state.first is not None
    assert (state.confirmed, state.verdict.confirmed, state.first.confirmed) == (False, False, True)


ASKED = {
    "name": "Fewer calls",
    "measure": "calls a day",
    "baseline": Decimal(100),
    "target": Decimal(60),
    "division_id": UUID(int=2),
    "due_on": TODAY,
}
OPEN = benefit_confirmation.OpenBenefitConfirmation.model_validate(ASKED)
OPENED = finance.BenefitConfirmationOpened.model_validate({"benefit_id": BENEFIT, **ASKED})


def test_a_benefit_whose_day_has_come_is_asked_about_once_and_its_first_verdict_is_no_revision() -> None:
    given(BENEFIT_CONFIRMATION).when(OPEN, FACTS).then(OPENED)
    given(BENEFIT_CONFIRMATION, OPENED).when(OPEN, FACTS).then()
    given(BENEFIT_CONFIRMATION, OPENED).when(CONFIRM, FACTS).then(CONFIRMED)
    given(BENEFIT_CONFIRMATION, OPENED, CONFIRMED).when(DENY, FACTS).then(DENIED)


def test_a_verdict_given_before_the_day_stays() -> None:
    given(BENEFIT_CONFIRMATION, CONFIRMED).when(OPEN, FACTS).then(OPENED)
    state = BENEFIT_CONFIRMATION.fold([CONFIRMED, OPENED])
    assert state is not None
    assert (state.confirmed, state.first) == (True, state.verdict)


def test_a_verdict_is_of_a_day_that_has_come_and_not_before_the_one_it_revises() -> None:
    ahead = CONFIRM.model_copy(update={"confirmed_on": date(2026, 12, 1)})
    given(BENEFIT_CONFIRMATION).when(ahead, FACTS).then_refused("not-in-the-future")
    earlier = DENY.model_copy(update={"confirmed_on": date(2026, 11, 29)})
    given(BENEFIT_CONFIRMATION, CONFIRMED).when(earlier, FACTS).then_refused("verdicts-in-order")
