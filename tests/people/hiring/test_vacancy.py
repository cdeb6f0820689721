"""The rules of vacancies."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts import people
from contracts.values import Grade
from services.people.hiring.commands import VACANCIES
from services.people.hiring.domain import vacancy
from services.people.organisation.domain import funding
from services.people.organisation.domain.line import Above
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

VACANT, POSITION, IT = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 3, 10)
AT = datetime(2026, 3, 10, 9, tzinfo=UTC)

REQUEST = vacancy.RequestVacancy(position_id=POSITION, reason="We grow.")
REQUESTED: list[BaseModel] = [
    people.VacancyRequested(
        position_id=POSITION, division_id=IT, openings=1, requested_by=("boss",), effective_on=TODAY
    ),
    vacancy.VacancyReasonGiven(reason="We grow."),
]
OF_TWO = REQUESTED[0].model_copy(update={"openings": 2})
"""Of former days: now that a position has one holder, a vacancy has one opening."""
APPROVED = [*REQUESTED, people.VacancyApproved(effective_on=TODAY)]
OPENED = [*APPROVED, people.VacancyOpened(effective_on=TODAY)]
HOLD, CANCEL = vacancy.PutVacancyOnHold(reason="Freeze."), vacancy.CancelVacancy(reason="No money.")
HELD = [*OPENED, people.VacancyPutOnHold(effective_on=TODAY), vacancy.VacancyReasonGiven(reason="Freeze.")]
FILLED = [*OPENED, vacancy.OffersCounted(offers_made=3, accepted=1), people.VacancyFilled(effective_on=TODAY)]
CANCELLED = [*OPENED, people.VacancyCancelled(effective_on=TODAY), vacancy.VacancyReasonGiven(reason="No money.")]


def facts(actor: str = "boss", for_whom: str | None = None, **known: Any) -> vacancy.VacancyFacts:
    usual: dict[str, Any] = {"position_division": IT, "position_fillable": True}
    return vacancy.VacancyFacts(actor=Actor(actor, for_whom=for_whom), at=AT, id=VACANT, **(usual | known))


def test_a_vacancy_is_requested_for_a_position_in_its_division() -> None:
    given(vacancy.VACANCY).when(REQUEST, facts()).then(*REQUESTED)


def test_the_same_request_again_changes_nothing_and_another_is_refused() -> None:
    given(vacancy.VACANCY, *REQUESTED).when(REQUEST, facts()).then()
    other = vacancy.RequestVacancy(position_id=POSITION, openings=3, reason="We grow.")
    given(vacancy.VACANCY, *REQUESTED).when(other, facts()).then_refused("already-exists")


def test_there_is_no_vacancy_without_a_position_that_may_be_filled() -> None:
    given(vacancy.VACANCY).when(REQUEST, facts(position_division=None)).then_refused("position-unknown")
    given(vacancy.VACANCY).when(REQUEST, facts(position_fillable=False)).then_refused("position-approved")


def test_a_position_has_one_vacancy_that_is_neither_filled_nor_cancelled() -> None:
    given(vacancy.VACANCY).when(REQUEST, facts(sought=True)).then_refused("one-vacancy-of-a-position")


@pytest.mark.parametrize("openings", [0, 21])
def test_a_vacancy_has_one_to_twenty_openings(openings: int) -> None:
    with pytest.raises(ValidationError):
        vacancy.RequestVacancy(position_id=POSITION, openings=openings, reason="We grow.")


def test_a_position_that_one_person_holds_has_one_opening() -> None:
    two = vacancy.RequestVacancy(position_id=POSITION, openings=2, reason="We grow.")
    given(vacancy.VACANCY).when(two, facts()).then_refused("one-holder-of-a-position")


def test_somebody_else_approves_what_was_requested() -> None:
    given(vacancy.VACANCY, *REQUESTED).when(vacancy.ApproveVacancy(), facts("head")).then(
        people.VacancyApproved(effective_on=TODAY)
    )
    given(vacancy.VACANCY, *APPROVED).when(vacancy.ApproveVacancy(), facts("head")).then()


@pytest.mark.parametrize(("actor", "for_whom"), [("boss", None), ("boss", "head"), ("assistant", "boss")])
def test_whoever_requested_it_does_not_approve_it_in_nobodys_place(actor: str, for_whom: str | None) -> None:
    refused = who_may(VACANCIES, *REQUESTED).when(vacancy.ApproveVacancy(), in_hr(facts(actor, for_whom)))
    assert isinstance(refused.then_refused("requester-is-not-approver"), Forbidden)


def test_what_a_stand_in_requested_is_not_approved_by_whom_they_stood_in_for() -> None:
    requested = given(vacancy.VACANCY).when(REQUEST, facts("assistant", "boss")).then_state()
    assert isinstance(requested, vacancy.Vacancy)
    assert requested.requested_by == ("assistant", "boss")


def test_nothing_is_approved_or_opened_for_a_position_that_retired_meanwhile() -> None:
    gone = facts("head", position_fillable=False)
    given(vacancy.VACANCY, *REQUESTED).when(vacancy.ApproveVacancy(), gone).then_refused("position-approved")
    given(vacancy.VACANCY, *APPROVED).when(vacancy.OpenVacancy(), gone).then_refused("position-approved")
    given(vacancy.VACANCY, *HELD).when(vacancy.OpenVacancy(), gone).then_refused("position-approved")


def test_an_approved_vacancy_is_opened_put_on_hold_and_opened_again() -> None:
    given(vacancy.VACANCY, *REQUESTED).when(vacancy.OpenVacancy(), facts()).then_refused("vacancy-approved")
    given(vacancy.VACANCY, *APPROVED).when(vacancy.OpenVacancy(), facts()).then(
        people.VacancyOpened(effective_on=TODAY)
    )
    given(vacancy.VACANCY, *OPENED).when(vacancy.OpenVacancy(), facts()).then()
    given(vacancy.VACANCY, *OPENED).when(HOLD, facts()).then(*HELD[-2:])
    given(vacancy.VACANCY, *HELD).when(HOLD, facts()).then()
    given(vacancy.VACANCY, *HELD).when(vacancy.OpenVacancy(), facts()).then(people.VacancyOpened(effective_on=TODAY))


def test_only_an_open_vacancy_is_put_on_hold() -> None:
    given(vacancy.VACANCY, *REQUESTED).when(HOLD, facts()).then_refused("vacancy-approved")
    given(vacancy.VACANCY, *APPROVED).when(HOLD, facts()).then_refused("vacancy-open")


def test_opening_again_keeps_the_day_it_was_first_opened() -> None:
    later = people.VacancyOpened(effective_on=date(2026, 4, 1))
    state = vacancy.VACANCY.fold([*HELD, later])
    assert state is not None
    assert state.opened_on == TODAY


def test_a_vacancy_is_cancelled_at_any_time_before_it_is_filled() -> None:
    for before in (REQUESTED, APPROVED, OPENED, HELD):
        given(vacancy.VACANCY, *before).when(CANCEL, facts()).then(*CANCELLED[-2:])
    given(vacancy.VACANCY, *CANCELLED).when(CANCEL, facts()).then()


def test_no_candidate_is_left_with_an_offer_for_a_cancelled_vacancy() -> None:
    given(vacancy.VACANCY, *OPENED).when(CANCEL, facts(live_offers=1)).then_refused("offers-answered")


def test_a_vacancy_whose_openings_are_all_taken_is_not_cancelled() -> None:
    taken = vacancy.OffersCounted(offers_made=2, accepted=1)
    given(vacancy.VACANCY, *OPENED, taken).when(CANCEL, facts()).then_refused("vacancy-over")


@pytest.mark.parametrize("command", [vacancy.ApproveVacancy(), vacancy.OpenVacancy(), HOLD])
@pytest.mark.parametrize("over", [FILLED, CANCELLED])
def test_nothing_happens_to_a_vacancy_that_is_over(command: Any, over: list[BaseModel]) -> None:
    given(vacancy.VACANCY, *over).when(command, facts("head")).then_refused("vacancy-over")


def test_a_filled_vacancy_is_not_cancelled() -> None:
    given(vacancy.VACANCY, *FILLED).when(CANCEL, facts()).then_refused("vacancy-over")


MADE, ACCEPTED = vacancy.CountOffers(made=1), vacancy.CountOffers(accepted=1)
GIVEN_UP = vacancy.CountOffers(withdrawn=1)


def test_offers_are_counted_and_the_last_opening_taken_fills_the_vacancy() -> None:
    two = [vacancy.OffersCounted(offers_made=2, accepted=0), vacancy.OffersCounted(offers_made=2, accepted=1)]
    opened, held = [OF_TWO, *OPENED[1:]], [OF_TWO, *HELD[1:]]
    given(vacancy.VACANCY, *opened, two[0]).when(MADE, facts()).then(vacancy.OffersCounted(offers_made=3, accepted=0))
    given(vacancy.VACANCY, *opened, two[0]).when(ACCEPTED, facts()).then(two[1])
    filled = [vacancy.OffersCounted(offers_made=2, accepted=2), people.VacancyFilled(effective_on=TODAY)]
    given(vacancy.VACANCY, *opened, *two).when(ACCEPTED, facts()).then(*filled)
    given(vacancy.VACANCY, *held, *two).when(ACCEPTED, facts()).then(*filled)


def test_an_opening_is_open_again_where_who_accepted_does_not_come() -> None:
    counted, opened = vacancy.OffersCounted(offers_made=3, accepted=0), people.VacancyOpened(effective_on=TODAY)
    given(vacancy.VACANCY, *FILLED).when(GIVEN_UP, facts()).then(counted, opened)
    state = vacancy.VACANCY.fold([*FILLED, counted, opened])
    assert state is not None
    assert (state.status, state.accepted, state.filled_on) == (vacancy.VacancyStatus.OPEN, 0, None)
    for lost in (facts(sought=True), facts(position_fillable=False)):
        given(vacancy.VACANCY, *FILLED).when(GIVEN_UP, lost).then(counted)


def test_hr_approves_where_no_other_manager_is_above_whoever_asked() -> None:
    asked = people.VacancyRequested(
        position_id=POSITION, division_id=IT, openings=1, requested_by=(str(IT),), effective_on=TODAY
    )
    alone = in_hr(facts("hr", line=(Above(IT, Grade.MANAGER), Above(VACANT, Grade.JUNIOR_MANAGER))))
    approved = people.VacancyApproved(effective_on=TODAY)
    who_may(VACANCIES, asked).when(vacancy.ApproveVacancy(), alone).then(approved)
    another = in_hr(facts("hr", line=(Above(IT, Grade.MANAGER), Above(VACANT, Grade.MANAGER))))
    who_may(VACANCIES, asked).when(vacancy.ApproveVacancy(), another).then_refused("not-authorised")


def test_what_is_accepted_after_the_rest_was_cancelled_is_still_counted() -> None:
    counted = vacancy.OffersCounted(offers_made=0, accepted=1)
    given(vacancy.VACANCY, *CANCELLED).when(ACCEPTED, facts()).then(counted)


def test_time_to_fill_and_the_acceptance_rate_are_in_the_state() -> None:
    state = vacancy.VACANCY.fold(FILLED)
    assert state is not None
    assert (state.opened_on, state.filled_on, state.offers_made, state.accepted) == (TODAY, TODAY, 3, 1)


ASKED = people.FundingAsked(
    kind=people.FundedKind.HIRING,
    request=1,
    division_id=IT,
    position_id=POSITION,
    grade=Grade.STAFF,
    openings=1,
    needed_on=TODAY,
)
PROMISED = funding.FundingNoted(request=1, funded=True, reason="1 opening.")
DENIED = funding.FundingNoted(request=1, funded=False, reason="Not enough is left.")
NOTE = funding.NoteFunding(request=1, funded=True, reason="1 opening.")
PAID: dict[str, Any] = {"position_grade": Grade.STAFF, "funding_required": True}


def test_finance_is_asked_for_the_money_of_an_approved_vacancy_where_that_is_required() -> None:
    approved = people.VacancyApproved(effective_on=TODAY)
    given(vacancy.VACANCY, *REQUESTED).when(vacancy.ApproveVacancy(), facts("head", **PAID)).then(approved, ASKED)
    given(vacancy.VACANCY, *APPROVED, ASKED).when(vacancy.ApproveVacancy(), facts("head", **PAID)).then()
    given(vacancy.VACANCY, *APPROVED, ASKED, PROMISED).when(vacancy.ApproveVacancy(), facts("head", **PAID)).then()


def test_a_vacancy_is_opened_once_finance_promised_its_money() -> None:
    opened = people.VacancyOpened(effective_on=TODAY)
    wait = given(vacancy.VACANCY, *APPROVED, ASKED).when(vacancy.OpenVacancy(), facts(**PAID)).then_refused("funded")
    assert wait.detail == "Finance has not answered yet."
    no = given(vacancy.VACANCY, *APPROVED, ASKED, DENIED).when(vacancy.OpenVacancy(), facts(**PAID))
    assert no.then_refused("funded").detail == "Finance refused the money: 'Not enough is left.'."
    given(vacancy.VACANCY, *APPROVED, ASKED, PROMISED).when(vacancy.OpenVacancy(), facts(**PAID)).then(opened)


def test_nobody_waits_for_finance_once_that_is_switched_off_nor_who_was_approved_before_it_was_on() -> None:
    opened = people.VacancyOpened(effective_on=TODAY)
    given(vacancy.VACANCY, *APPROVED, ASKED).when(vacancy.OpenVacancy(), facts()).then(opened)
    given(vacancy.VACANCY, *APPROVED).when(vacancy.OpenVacancy(), facts(**PAID)).then(opened)


def test_what_finance_refused_is_asked_for_again_with_the_grade_the_position_has_then() -> None:
    revised = PAID | {"position_grade": Grade.MANAGER}
    again = ASKED.model_copy(update={"request": 2, "grade": Grade.MANAGER})
    given(vacancy.VACANCY, *APPROVED, ASKED, DENIED).when(vacancy.ApproveVacancy(), facts("head", **revised)).then(
        again
    )


def test_an_answer_counts_once_and_one_to_an_earlier_request_no_more() -> None:
    given(vacancy.VACANCY, *APPROVED, ASKED).when(NOTE, facts()).then(PROMISED)
    given(vacancy.VACANCY, *APPROVED, ASKED, PROMISED).when(NOTE, facts()).then()
    given(vacancy.VACANCY, *APPROVED).when(NOTE, facts()).then()
    again = ASKED.model_copy(update={"request": 2})
    given(vacancy.VACANCY, *APPROVED, ASKED, DENIED, again).when(NOTE, facts()).then()
    cancelled = (*APPROVED, ASKED, *CANCELLED[-2:])
    given(vacancy.VACANCY, *cancelled).when(NOTE, facts()).then(PROMISED)
