"""The rules of savings measures: the baseline is frozen, finance judges and never the owner, verdicts are kept."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Deadline
from contracts.finance import savings
from contracts.roles import Role
from contracts.values import Money
from services.finance.organisation.domain.known import KnownDivision
from services.finance.savings.commands import SAVINGS_MEASURES
from services.finance.savings.domain import savings_measure
from services.finance.savings.domain.savings_measure import (
    SAVINGS_MEASURE,
    SavingsFacts,
    SavingsMeasure,
    SavingsStatus,
    SavingsVerdict,
)
from tests.scenarios import given, who_may

ID, DIVISION, BUDGET, TRANSFER = (UUID(int=n) for n in range(100, 104))
OWNER, HEAD, OTHER = (UUID(int=n) for n in range(1, 4))
TODAY, DAY = date(2026, 11, 30), date(2027, 6, 30)


def euros(amount: str | int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


DESCRIBED: dict[str, Any] = {
    "name": "One licence for all",
    "kind": savings.SavingsKind.CASHABLE,
    "baseline": euros(1000),
    "expected": euros(400),
    "due_on": DAY,
}
SAID = DESCRIBED | {"division_id": DIVISION, "owner_id": OWNER}
IDENTIFY = savings_measure.IdentifySavingsMeasure(**SAID)
IDENTIFIED = savings.SavingsMeasureIdentified(**SAID)
VALIDATE = savings_measure.ValidateSavingsMeasure(evidence="The contract.")
VALIDATED = savings.SavingsMeasureValidated(baseline=euros(1000), evidence="The contract.")
COMMIT = savings_measure.CommitSavingsMeasure()
COMMITTED = savings.SavingsMeasureCommitted(expected=euros(400), due_on=DAY)
REALISE = savings_measure.RealiseSavings(realised=euros(380), evidence="Ledger 4711.", found_on=TODAY)
REALISED = savings.SavingsRealised(realised=euros(380), evidence="Ledger 4711.", found_on=TODAY, revised=False)
MISS = savings_measure.MissSavings(reason="It was counted twice.", found_on=TODAY)
MISSED = savings.SavingsMissed(reason="It was counted twice.", found_on=TODAY, revised=True)
WITHDRAW = savings_measure.WithdrawSavingsMeasure(reason="Given up.")
WITHDRAWN = savings.SavingsMeasureWithdrawn(reason="Given up.")
RECORD = savings_measure.RecordSavingsTransfer(budget_id=BUDGET, transfer_id=TRANSFER)
RECORDED = savings.SavingsTransferRecorded(budget_id=BUDGET, transfer_id=TRANSFER, amount=euros(380))
DUE = savings.SavingsMeasureDue(due_on=DAY)
UNDERTAKEN = (IDENTIFIED, VALIDATED, COMMITTED)


def facts(actor: UUID = OTHER, *roles: Role, on: date = TODAY, for_whom: UUID | None = None, **known: Any) -> Any:
    said: dict[str, Any] = {"division": KnownDivision(open=True, heads=(HEAD,)), "owner_works_here": True}
    acts = Actor(str(actor), frozenset(roles), str(for_whom) if for_whom else None)
    return SavingsFacts(acts, datetime(on.year, on.month, on.day, tzinfo=UTC), ID, **{**said, **known})


def state(*events: Any) -> SavingsMeasure:
    found = SAVINGS_MEASURE.fold(events)
    assert found is not None
    return found


def test_a_measure_is_identified_once() -> None:
    given(SAVINGS_MEASURE).when(IDENTIFY, facts()).then(IDENTIFIED)
    given(SAVINGS_MEASURE, IDENTIFIED).when(IDENTIFY, facts()).then()
    other = IDENTIFY.model_copy(update={"expected": euros(1)})
    given(SAVINGS_MEASURE, IDENTIFIED).when(other, facts()).then_refused("already-exists")


def test_a_measure_is_of_an_open_division_and_has_an_owner_who_works_here() -> None:
    scenario = given(SAVINGS_MEASURE)
    scenario.when(IDENTIFY, facts(division=None)).then_refused("division-not-known-yet")
    scenario.when(IDENTIFY, facts(division=KnownDivision(open=False))).then_refused("division-closed")
    scenario.when(IDENTIFY, facts(owner_works_here=None)).then_refused("person-not-known-yet")
    scenario.when(IDENTIFY, facts(owner_works_here=False)).then_refused("owner-is-active")


def test_savings_lie_ahead() -> None:
    given(SAVINGS_MEASURE).when(IDENTIFY, facts(on=date(2027, 7, 1))).then_refused("savings-lie-ahead")
    given(SAVINGS_MEASURE).when(IDENTIFY, facts(on=DAY)).then(IDENTIFIED)


@pytest.mark.parametrize(
    "changed",
    [
        {"expected": {"amount": "1001", "currency": "EUR"}},
        {"expected": {"amount": "4", "currency": "USD"}},
        {"expected": {"amount": "0", "currency": "EUR"}},
        {"expected": {"amount": "0.001", "currency": "EUR"}},
        {"baseline": {"amount": "0", "currency": "EUR"}},
        {"baseline": {"amount": "5", "currency": "ZZZ"}},
    ],
)
def test_no_more_is_saved_than_the_baseline_in_its_currency(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changed))):
        savings_measure.IdentifySavingsMeasure.model_validate(SAID | changed)


def test_a_measure_is_described_again_until_finance_has_validated_it() -> None:
    again = DESCRIBED | {"baseline": euros(900), "kind": savings.SavingsKind.AVOIDANCE}
    revise = savings_measure.ReviseSavingsMeasure(**again)
    revised = savings.SavingsMeasureRevised(**again)
    given(SAVINGS_MEASURE, IDENTIFIED).when(revise, facts()).then(revised)
    given(SAVINGS_MEASURE, IDENTIFIED, revised).when(revise, facts()).then()
    given(SAVINGS_MEASURE, IDENTIFIED, VALIDATED).when(revise, facts()).then_refused("baseline-frozen")
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(revise, facts()).then_refused("baseline-frozen")
    given(SAVINGS_MEASURE, IDENTIFIED).when(revise, facts(on=date(2028, 1, 1))).then_refused("savings-lie-ahead")


def test_another_amount_may_be_expected_of_a_valid_measure_and_the_baseline_stays() -> None:
    said: dict[str, Any] = {"expected": euros(500), "due_on": DAY, "reason": "More seats."}
    replan, replanned = savings_measure.ReplanSavingsMeasure(**said), savings.SavingsMeasureReplanned(**said)
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(replan, facts()).then(replanned)
    given(SAVINGS_MEASURE, *UNDERTAKEN, replanned).when(replan, facts()).then()
    assert state(*UNDERTAKEN, replanned).baseline == euros(1000)
    given(SAVINGS_MEASURE, IDENTIFIED).when(replan, facts()).then_refused("savings-in-order")
    beyond = replan.model_copy(update={"expected": euros(1001)})
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(beyond, facts()).then_refused("within-baseline")
    foreign = replan.model_copy(update={"expected": euros(4, "USD")})
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(foreign, facts()).then_refused("currency-differs")
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(replan, facts(on=date(2028, 1, 1))).then_refused("savings-lie-ahead")


def test_a_measure_is_validated_then_committed_then_realised() -> None:
    given(SAVINGS_MEASURE, IDENTIFIED).when(VALIDATE, facts()).then(VALIDATED)
    given(SAVINGS_MEASURE, IDENTIFIED, VALIDATED).when(VALIDATE, facts()).then()
    given(SAVINGS_MEASURE, IDENTIFIED, VALIDATED).when(COMMIT, facts()).then(COMMITTED)
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(COMMIT, facts()).then()
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(REALISE, facts()).then(REALISED)
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(REALISE, facts()).then()


def test_no_step_is_left_out() -> None:
    given(SAVINGS_MEASURE, IDENTIFIED).when(COMMIT, facts()).then_refused("savings-in-order")
    given(SAVINGS_MEASURE, IDENTIFIED, VALIDATED).when(REALISE, facts()).then_refused("savings-in-order")
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(VALIDATE, facts()).then_refused("savings-in-order")


def test_a_verdict_may_be_revised_and_the_first_one_stays() -> None:
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(MISS, facts()).then(MISSED)
    found = state(*UNDERTAKEN, REALISED, MISSED)
    assert (found.status, found.verdict) == (
        SavingsStatus.MISSED,
        SavingsVerdict(realised=None, because="It was counted twice.", found_on=TODAY),
    )
    assert found.first == SavingsVerdict(realised=euros(380), because="Ledger 4711.", found_on=TODAY)


def test_a_verdict_is_of_a_day_that_has_come_and_no_earlier_than_the_one_it_revises() -> None:
    ahead = REALISE.model_copy(update={"found_on": DAY})
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(ahead, facts()).then_refused("not-in-the-future")
    earlier = MISS.model_copy(update={"found_on": date(2026, 11, 29)})
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(earlier, facts()).then_refused("verdicts-in-order")


def test_no_more_was_saved_than_the_baseline() -> None:
    beyond = REALISE.model_copy(update={"realised": euros(1001)})
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(beyond, facts()).then_refused("within-baseline")


def test_a_day_that_passes_without_a_verdict_makes_it_due() -> None:
    assert SAVINGS_MEASURE.deadline(state(*UNDERTAKEN)) == Deadline.on(DAY, savings_measure.FallDue())
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(savings_measure.FallDue(), facts(on=DAY)).then(DUE)
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(savings_measure.FallDue(), facts()).then()
    given(SAVINGS_MEASURE, *UNDERTAKEN, DUE).when(savings_measure.FallDue(), facts(on=DAY)).then()
    for over in ((DUE,), (REALISED,), (WITHDRAWN,)):
        assert SAVINGS_MEASURE.deadline(state(*UNDERTAKEN, *over)) is None
    assert state(*UNDERTAKEN, DUE).verdict_due
    assert not state(*UNDERTAKEN, DUE, REALISED).verdict_due


def test_a_cashable_saving_refers_to_the_transfer_that_lowered_a_budget() -> None:
    moved = facts(moved=euros(-380))
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(RECORD, moved).then(RECORDED)
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED, RECORDED).when(RECORD, moved).then()
    other = RECORD.model_copy(update={"transfer_id": UUID(int=9)})
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED, RECORDED).when(other, moved).then_refused("transfer-recorded")
    given(SAVINGS_MEASURE, IDENTIFIED, VALIDATED).when(RECORD, moved).then_refused("savings-in-order")


@pytest.mark.parametrize("moved", [None, euros(380)])
def test_only_a_transfer_out_of_the_budget_lowers_it(moved: Money | None) -> None:
    given(SAVINGS_MEASURE, *UNDERTAKEN).when(RECORD, facts(moved=moved)).then_refused("transfer-not-known")


@pytest.mark.parametrize("kind", [savings.SavingsKind.NON_CASHABLE, savings.SavingsKind.AVOIDANCE])
def test_only_a_cashable_saving_lowers_a_budget(kind: savings.SavingsKind) -> None:
    identified = IDENTIFIED.model_copy(update={"kind": kind})
    moved = facts(moved=euros(-380))
    given(SAVINGS_MEASURE, identified, VALIDATED, COMMITTED).when(RECORD, moved).then_refused("only-cashable")


def test_a_measure_is_withdrawn_with_a_reason_until_there_is_a_verdict() -> None:
    given(SAVINGS_MEASURE, *UNDERTAKEN, DUE).when(WITHDRAW, facts()).then(WITHDRAWN)
    given(SAVINGS_MEASURE, *UNDERTAKEN, WITHDRAWN).when(WITHDRAW, facts()).then()
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(WITHDRAW, facts()).then_refused("savings-in-order")


def test_somebody_else_who_works_here_may_own_it() -> None:
    said: dict[str, Any] = {"owner_id": OTHER, "reason": "She left."}
    name, named = savings_measure.NameSavingsOwner(**said), savings.SavingsOwnerNamed(**said)
    given(SAVINGS_MEASURE, IDENTIFIED).when(name, facts()).then(named)
    given(SAVINGS_MEASURE, IDENTIFIED, named).when(name, facts()).then()
    given(SAVINGS_MEASURE, IDENTIFIED).when(name, facts(owner_works_here=False)).then_refused("owner-is-active")
    given(SAVINGS_MEASURE, *UNDERTAKEN, REALISED).when(name, facts()).then_refused("savings-in-order")


@pytest.mark.parametrize("command", [VALIDATE, REALISE, MISS, RECORD])
def test_finance_judges_and_never_the_owner(command: Any) -> None:
    scenario = who_may(SAVINGS_MEASURES, *UNDERTAKEN)
    controller = Role.FINANCE_CONTROLLER
    scenario.when(command, facts(OTHER)).then_refused("not-authorised")
    scenario.when(command, facts(HEAD, Role.EXECUTIVE)).then_refused("not-authorised")
    scenario.when(command, facts(OWNER, controller)).then_refused("owner-is-not-judge")
    scenario.when(command, facts(OTHER, controller, for_whom=OWNER)).then_refused("owner-is-not-judge")


def test_a_manager_identifies_measures_of_their_own_division_or_one_below() -> None:
    there = KnownDivision(open=True, actor_works_here=True)
    who_may(SAVINGS_MEASURES).when(IDENTIFY, facts(OTHER, Role.MANAGER, division=there)).then(IDENTIFIED)
    who_may(SAVINGS_MEASURES).when(IDENTIFY, facts(OTHER, Role.MANAGER)).then_refused("not-authorised")
    who_may(SAVINGS_MEASURES).when(IDENTIFY, facts(OTHER, Role.STAFF, division=there)).then_refused("not-authorised")


def test_owner_and_head_commit_and_withdraw() -> None:
    for actor in (OWNER, HEAD):
        who_may(SAVINGS_MEASURES, IDENTIFIED, VALIDATED).when(COMMIT, facts(actor)).then(COMMITTED)
        who_may(SAVINGS_MEASURES, *UNDERTAKEN).when(WITHDRAW, facts(actor)).then(WITHDRAWN)
    who_may(SAVINGS_MEASURES, IDENTIFIED, VALIDATED).when(COMMIT, facts(OTHER)).then_refused("not-authorised")
