"""The rules by which people are promised money for hires, training sessions and tools."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor
from contracts import finance
from contracts.finance import conversations
from contracts.finance.conversations import StandardCost
from contracts.people import FundedKind
from contracts.values import Grade, Money
from services.finance.budgets.domain import money as sums
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import DEFAULTS
from services.finance.funding.domain import reservation, standard_cost
from services.finance.funding.domain.reservation import RESERVATION, ReservationFacts
from tests.finance.budgets.test_division_budget import APPROVED, DIVISION, SUBMITTED, drafted, line, money
from tests.scenarios import given

SUBJECT, POSITION, BUDGET_ID = UUID(int=11), UUID(int=12), UUID(int=13)
LINES = (line(60_000, "Staff"), line(3_000, "Training"), line(900, "Tools"))
IN_FORCE = (drafted().model_copy(update={"lines": LINES, "total": money(63_900)}), SUBMITTED, APPROVED)
WHOLE = APPROVED.model_copy(update={"original": money(63_900)})
BUDGET = DIVISION_BUDGET.fold((*IN_FORCE[:2], WHOLE))
YEARLY = money(60_000)
POLICY = DEFAULTS.but(rate_card=(StandardCost(grade=Grade.STAFF, cost=YEARLY),))
MAY = date(2027, 5, 20)
HIRE = reservation.AskFunding(
    kind=FundedKind.HIRING,
    request=1,
    division_id=DIVISION,
    position_id=POSITION,
    grade=Grade.STAFF,
    openings=1,
    needed_on=MAY,
)
SESSION = reservation.AskFunding(
    kind=FundedKind.TRAINING, request=1, division_id=DIVISION, cost=money(2_000), needed_on=MAY
)
TOOL = reservation.AskFunding(kind=FundedKind.TOOL, request=1, division_id=DIVISION, cost=money(900), needed_on=MAY)
EIGHT_MONTHS = "1 opening at the standard cost of 60,000 EUR a year, for 8 of 12 months of 2027"
EIGHT_MONTHS += "; a month that has begun counts."


def facts(**changes: Any) -> ReservationFacts:
    known: dict[str, Any] = {"policy": POLICY, "budget_id": BUDGET_ID, "budget": BUDGET, "allotted": money(0)}
    return ReservationFacts(Actor("finance"), datetime(2027, 5, 20, tzinfo=UTC), SUBJECT, **(known | changes))


def asked(command: reservation.AskFunding, **changes: Any) -> reservation.FundingRequested:
    known: dict[str, Any] = {
        **command.model_dump(exclude={"grade", "cost"}),
        "fiscal_year": 2027,
        "last_day": date(2027, 12, 31),
        "division_budget_id": BUDGET_ID,
        "category": reservation.category_of(command.kind, POLICY),
        "amount": command.cost or money("40000.00"),
        "yearly": YEARLY if command.grade else None,
    }
    return reservation.FundingRequested(**known | changes)


def promise(request: int = 1) -> conversations.HiringFunded:
    told = {"request": request, "division_id": DIVISION, "division_budget_id": BUDGET_ID}
    return conversations.HiringFunded(vacancy_id=SUBJECT, **told, amount=money("40000.00"), reason=EIGHT_MONTHS)


def refusal(reason: str, amount: Money | None, request: int = 1) -> conversations.HiringFundingRefused:
    told = {"request": request, "division_id": DIVISION, "amount": amount, "reason": reason}
    return conversations.HiringFundingRefused(vacancy_id=SUBJECT, **told)


NOT_ENOUGH = "Not enough is left for 'Staff' in the budget of 2027 that would pay."
HIRED = (asked(HIRE), promise())
SCHEDULED = (
    asked(SESSION),
    conversations.TrainingFunded(
        session_id=SUBJECT,
        request=1,
        division_id=DIVISION,
        division_budget_id=BUDGET_ID,
        amount=money(2_000),
        reason="Reserved in the budget of 2027.",
    ),
)
APPROVED_TOOL = (
    asked(TOOL),
    conversations.ToolFunded(
        tool_id=SUBJECT,
        request=1,
        division_id=DIVISION,
        division_budget_id=BUDGET_ID,
        amount=money(900),
        reason="Reserved in the budget of 2027.",
    ),
)
REFUSED = (asked(HIRE), refusal(NOT_ENOUGH, money("40000.00")))


def taken_up(committed: str = "0", spent: str = "0", reason: str = EIGHT_MONTHS) -> reservation.FundingTakenUp:
    return reservation.FundingTakenUp(committed=Decimal(committed), spent=Decimal(spent), reason=reason)


def held(*events: Any) -> sums.Sums:
    state = RESERVATION.fold(events)
    assert state is not None
    return state.held


def test_a_hire_takes_the_standard_cost_of_the_grade_for_the_months_that_are_left_and_the_one_begun() -> None:
    given(RESERVATION).when(HIRE, facts()).then(*HIRED)
    assert held(*HIRED) == sums.Sums(reserved=Decimal(40_000))


@pytest.mark.parametrize(
    ("day", "last_day", "months"),
    [
        (date(2027, 1, 1), date(2027, 12, 31), 12),
        (date(2027, 12, 31), date(2027, 12, 31), 1),
        (date(2026, 11, 30), date(2027, 3, 31), 5),
        (date(2028, 1, 1), date(2027, 12, 31), 0),
    ],
)
def test_a_month_that_has_begun_counts_and_a_year_that_is_over_has_none(day: date, last_day: date, months: int) -> None:
    assert standard_cost.months_left(day, last_day) == months


def test_the_standard_cost_of_some_months_is_rounded_to_the_cent_a_half_to_the_even_one() -> None:
    assert standard_cost.for_months(money(100), 1, 1) == money("8.33")
    assert standard_cost.for_months(money("0.06"), 1, 1) == money("0.00")
    assert standard_cost.for_months(money("0.18"), 1, 1) == money("0.02")


def test_a_session_and_a_tool_take_what_they_cost() -> None:
    given(RESERVATION).when(SESSION, facts()).then(*SCHEDULED)
    given(RESERVATION).when(TOOL, facts()).then(*APPROVED_TOOL)


def test_what_the_budget_has_not_got_is_refused_plainly_and_explained_with_figures() -> None:
    full = DIVISION_BUDGET.fold(
        (
            *IN_FORCE[:2],
            WHOLE,
            finance.DivisionBudgetCharged(
                category="Staff", planned=Decimal(0), committed=Decimal(0), spent=Decimal(0), reserved=Decimal(20_001)
            ),
        )
    )
    figures = "40,000.00 EUR and the 20,001.00 charged to 'Staff' exceed the 60,000 EUR budgeted for it."
    given(RESERVATION).when(HIRE, facts(budget=full)).then(*REFUSED, reservation.RefusalExplained(figures=figures))
    granted = facts(allotted=money(63_000))
    state = given(RESERVATION).when(HIRE, granted).then_state()
    assert isinstance(state, reservation.Reservation)
    assert (state.reason, state.held) == ("Not enough is left in the budget of 2027 that would pay.", sums.Sums())
    assert state.figures is not None
    assert "900 EUR available: 63,900 current - 63,000 granted to others - 0 reserved" in state.figures


@pytest.mark.parametrize(
    ("command", "changes", "reason"),
    [
        (HIRE, {"budget": None, "budget_id": None}, "Neither the division nor one above it has an approved budget of"),
        (HIRE, {"policy": DEFAULTS}, "The rate card has no standard cost in EUR of the grade 'staff'."),
        (SESSION.model_copy(update={"cost": money(1, "USD")}), {}, "It costs 1 USD, and the budget of 2027 is in EUR."),
        (SESSION.model_copy(update={"cost": money(-1)}), {}, "-1 EUR is below 0 or not counted in the decimals of EUR"),
        (TOOL.model_copy(update={"cost": money("0.001")}), {}, "0.001 EUR is below 0 or not counted in the decimals"),
    ],
)
def test_what_cannot_be_reckoned_is_refused_with_the_reason(
    command: reservation.AskFunding, changes: dict[str, Any], reason: str
) -> None:
    state = given(RESERVATION).when(command, facts(**changes)).then_state()
    assert isinstance(state, reservation.Reservation)
    assert (state.status, state.held) == ("refused", sums.Sums())
    assert state.reason is not None
    assert state.reason.startswith(reason)


def test_a_request_is_answered_once_and_what_was_refused_may_be_asked_for_again() -> None:
    again = HIRE.model_copy(update={"request": 2})
    given(RESERVATION, *HIRED).when(HIRE, facts()).then()
    given(RESERVATION, *REFUSED).when(HIRE, facts()).then()
    given(RESERVATION, *REFUSED).when(again, facts()).then(asked(again), promise(2))
    given(RESERVATION, *REFUSED, asked(again), promise(2)).when(HIRE, facts()).then()


def test_what_was_promised_stays_promised_and_is_not_reserved_twice() -> None:
    again = HIRE.model_copy(update={"request": 2})
    given(RESERVATION, *HIRED).when(again, facts()).then(promise(2))
    assert held(*HIRED, promise(2)) == sums.Sums(reserved=Decimal(40_000))


def test_a_hire_binds_what_is_left_of_the_year_when_the_vacancy_is_filled() -> None:
    three = EIGHT_MONTHS.replace("8 of", "3 of")
    filled = reservation.TakeUpFunding(on=date(2027, 10, 1))
    given(RESERVATION, *HIRED).when(filled, facts()).then(taken_up("15000.00", reason=three))
    assert held(*HIRED, taken_up("15000.00")) == sums.Sums(committed=Decimal(15_000))
    given(RESERVATION, *HIRED, taken_up("15000.00")).when(filled, facts()).then()


def test_a_vacancy_filled_after_the_year_binds_nothing_of_it() -> None:
    none = EIGHT_MONTHS.replace("8 of", "0 of")
    late = reservation.TakeUpFunding(on=date(2028, 1, 3))
    given(RESERVATION, *HIRED).when(late, facts()).then(taken_up("0.00", reason=none))


def test_who_does_not_come_leaves_the_money_reserved_for_another() -> None:
    again = reservation.FundingReservedAgain(reserved=Decimal("40000.00"))
    events = (*HIRED, taken_up("40000.00"))
    given(RESERVATION, *events).when(reservation.ReserveAgain(), facts()).then(again)
    given(RESERVATION, *HIRED).when(reservation.ReserveAgain(), facts()).then()
    assert held(*events, again) == sums.Sums(reserved=Decimal(40_000))


def test_a_leaver_frees_the_months_after_the_one_in_which_they_left() -> None:
    events = (*HIRED, taken_up("40000.00"))
    left = reservation.FreeRest(left_on=date(2027, 9, 1))
    freed = reservation.RestFreed(freed=Decimal("15000.00"), left_on=date(2027, 9, 1))
    given(RESERVATION, *events).when(left, facts()).then(freed)
    given(RESERVATION, *events, freed).when(left, facts()).then()
    given(RESERVATION, *HIRED).when(left, facts()).then()
    assert held(*events, freed) == sums.Sums(committed=Decimal(25_000))


def test_who_did_not_leave_after_all_takes_the_rest_of_the_year_again() -> None:
    freed = reservation.RestFreed(freed=Decimal("15000.00"), left_on=date(2027, 9, 1), left_id=SUBJECT)
    bound = reservation.RestBound(bound=Decimal("15000.00"))
    events, bind = (*HIRED, taken_up("40000.00"), freed), reservation.BindRest()
    given(RESERVATION, *events).when(bind, facts()).then(bound)
    given(RESERVATION, *events, bound).when(bind, facts()).then()
    given(RESERVATION, *HIRED, taken_up("40000.00")).when(bind, facts()).then()
    assert held(*events, bound) == sums.Sums(committed=Decimal(40_000))
    left = reservation.FreeRest(left_on=date(2027, 10, 1), left_id=SUBJECT)
    again = reservation.RestFreed(freed=Decimal("10000.00"), left_on=date(2027, 10, 1), left_id=SUBJECT)
    given(RESERVATION, *events, bound).when(left, facts()).then(again)


def test_what_is_bound_again_is_charged_whatever_is_left_of_the_budget() -> None:
    freed = reservation.RestFreed(freed=Decimal("15000.00"), left_on=date(2027, 9, 1), left_id=SUBJECT)
    before = RESERVATION.fold((*HIRED, taken_up("40000.00"), freed))
    after = RESERVATION.fold([reservation.RestBound(bound=Decimal("15000.00"))], before)
    assert after is not None
    (charged,) = reservation.charge(reservation.BindRest(), before, after, facts())
    assert isinstance(charged.command, ChargeDivisionBudget)
    assert (charged.command.committed, charged.command.taken_over) == (Decimal("15000.00"), True)


def test_who_left_before_finance_heard_of_the_hire_frees_the_rest_at_once() -> None:
    left = date(2027, 9, 1)
    freed = reservation.RestFreed(freed=Decimal("15000.00"), left_on=left)
    filled = reservation.TakeUpFunding(on=MAY)
    given(RESERVATION, *HIRED).when(filled, facts(left_on=left)).then(taken_up("40000.00"), freed)
    given(RESERVATION, *HIRED).when(filled, facts(left_on=date(2027, 5, 19))).then(taken_up("40000.00"))


def test_a_session_that_took_place_is_spent_even_where_the_money_was_refused() -> None:
    done, spent = reservation.TakeUpFunding(on=MAY), taken_up(spent="2000", reason="The session took place.")
    given(RESERVATION, *SCHEDULED).when(done, facts()).then(spent)
    given(RESERVATION, *SCHEDULED, spent).when(done, facts()).then()
    denied = conversations.TrainingFundingRefused(
        session_id=SUBJECT, request=1, division_id=DIVISION, amount=money(2_000), reason="No."
    )
    given(RESERVATION, asked(SESSION), denied).when(done, facts()).then(spent)
    assert held(*SCHEDULED, spent) == sums.Sums(spent=Decimal(2_000))


def test_a_tool_that_was_provided_is_committed() -> None:
    committed = taken_up("900", reason="The tool was provided.")
    given(RESERVATION, *APPROVED_TOOL).when(reservation.TakeUpFunding(on=MAY), facts()).then(committed)


def test_what_is_given_up_is_free_and_the_fee_of_a_session_stays_at_short_notice() -> None:
    released = reservation.FundingReleased()
    given(RESERVATION, *HIRED).when(reservation.GiveUpFunding(on=MAY), facts()).then(released)
    given(RESERVATION, *APPROVED_TOOL).when(reservation.GiveUpFunding(on=MAY), facts()).then(released)
    given(RESERVATION, *REFUSED).when(reservation.GiveUpFunding(on=MAY), facts()).then(released)
    early, late = (reservation.GiveUpFunding(on=date(2027, 5, day)) for day in (6, 7))
    given(RESERVATION, *SCHEDULED).when(early, facts()).then(released)
    stays = taken_up(spent="2000", reason="The fee stays: cancelled 13 days before, and fewer than 14.")
    given(RESERVATION, *SCHEDULED).when(late, facts()).then(stays)
    given(RESERVATION, *SCHEDULED, stays).when(late, facts()).then()
    given(RESERVATION, *SCHEDULED).when(late, facts(policy=POLICY.but(fee_stays_days=13))).then(released)
    assert held(*HIRED, released) == sums.Sums()


def test_the_budget_is_charged_with_what_changes_in_the_same_append() -> None:
    reserved, filled = RESERVATION.fold(HIRED), RESERVATION.fold((*HIRED, taken_up("15000.00")))
    assert reserved is not None
    assert filled is not None
    (first,) = reservation.charge(HIRE, None, reserved, facts())
    known = {"category": "Staff", "currency": "EUR"}
    assert first.id == BUDGET_ID
    assert first.command == ChargeDivisionBudget(**known, reserved=Decimal("40000.00"))
    (second,) = reservation.charge(HIRE, reserved, filled, facts())
    taken = {"reserved": Decimal("-40000.00"), "committed": Decimal("15000.00")}
    assert second.command == ChargeDivisionBudget(**known, **taken)
    assert reservation.charge(HIRE, reserved, reserved, facts()) == []
    scheduled, delivered = (
        RESERVATION.fold(events) for events in (SCHEDULED, (*SCHEDULED, taken_up(spent="2000", reason="Done.")))
    )
    assert delivered is not None
    (third,) = reservation.charge(reservation.TakeUpFunding(on=MAY), scheduled, delivered, facts())
    fee = {"reserved": Decimal(-2_000), "spent": Decimal(2_000), "occurred_on": MAY}
    assert third.command == ChargeDivisionBudget(category="Training", currency="EUR", **fee)
    refused = RESERVATION.fold(REFUSED)
    assert refused is not None
    assert reservation.charge(HIRE, None, refused, facts()) == []
