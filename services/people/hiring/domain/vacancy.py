"""Vacancy: a position to be filled once or more often, from the request to the last opening filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, PrivateEvent, Refused, State, existing, new
from contracts import people
from contracts.values import Grade, Line
from services.people.organisation.domain import funding as fundings
from services.people.organisation.domain.line import LineFacts, who_acts

Openings = Annotated[int, Field(ge=1, le=20)]
"""The number of openings: 1 to 20."""

Offers = Annotated[int, Field(ge=0, le=1)]
"""The number of offers made or accepted in one step of a candidacy: 0 or 1."""


class VacancyStatus(StrEnum):
    """The status of a vacancy; candidates apply to open ones."""

    REQUESTED = "requested"
    APPROVED = "approved"
    OPEN = "open"
    ON_HOLD = "on hold"
    FILLED = "filled"
    CANCELLED = "cancelled"


class Vacancy(State):
    """A vacancy as it stands; ``reason`` is why it was requested, put on hold or cancelled, whatever was last.
    ``funding``: what finance says to it; None where finance was not asked.

    Time to fill goes from ``opened_on`` to ``filled_on``; the acceptance rate is ``accepted`` by ``offers_made``.
    """

    position_id: UUID
    division_id: UUID
    openings: Openings
    requested_by: tuple[str, ...]
    requested_on: date
    reason: Line | None = None
    status: VacancyStatus = VacancyStatus.REQUESTED
    opened_on: date | None = None
    filled_on: date | None = None
    offers_made: int = 0
    accepted: int = 0
    funding: fundings.Funding | None = None


class RequestVacancy(Command):
    """Request to fill an approved position."""

    position_id: UUID
    openings: Openings = 1
    reason: Line


class ApproveVacancy(Command):
    """Approve a vacancy that somebody else requested; where finance refused the money, ask finance again."""


class OpenVacancy(Command):
    """Open a vacancy for applications, also after it was on hold."""


class PutVacancyOnHold(Command):
    """Put a vacancy on hold: no applications, no offers; open offers may still be accepted."""

    reason: Line


class CancelVacancy(Command):
    """Cancel the remaining openings."""

    reason: Line


class CountOffers(Command):
    """Count further offers made, accepted, and given up after that; the last opening taken fills the vacancy."""

    made: Offers = 0
    accepted: Offers = 0
    withdrawn: Offers = 0


class VacancyReasonGiven(PrivateEvent):
    """The reason why the vacancy was requested, put on hold or cancelled."""

    reason: Line


class OffersCounted(PrivateEvent):
    """The numbers of offers made and accepted so far."""

    offers_made: int
    accepted: int


VacancyChange = ApproveVacancy | OpenVacancy | PutVacancyOnHold | CancelVacancy
VacancyCommand = RequestVacancy | VacancyChange | CountOffers | fundings.NoteFunding
VacancyEvent = (
    people.VacancyRequested
    | VacancyReasonGiven
    | people.VacancyApproved
    | people.FundingAsked
    | fundings.FundingNoted
    | people.VacancyOpened
    | people.VacancyPutOnHold
    | OffersCounted
    | people.VacancyFilled
    | people.VacancyCancelled
)


@dataclass(frozen=True)
class VacancyFacts(LineFacts):
    """``line`` is the line above the position. ``position_division`` is None where there is no such position;
    ``position_fillable``: it was approved and is not retired. ``sought``: another vacancy of it is neither filled nor
    cancelled. ``live_offers``: how many of its candidates have one to answer. ``position_grade``: what finance is asked
    for. ``funding_required``: nothing is opened that finance did not promise the money for.
    """

    position_division: UUID | None = None
    position_fillable: bool = False
    sought: bool = False
    live_offers: int = 0
    position_grade: Grade | None = None
    funding_required: bool = False


def decide(state: Vacancy | None, command: VacancyCommand, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    if isinstance(command, RequestVacancy):
        return request(state, command, facts)
    vacancy = existing(state)
    if isinstance(command, CountOffers):
        return count(vacancy, command, facts)
    if isinstance(command, fundings.NoteFunding):
        return fundings.noted(vacancy.funding, command)
    return change(vacancy, command, facts)


def change(vacancy: Vacancy, command: VacancyChange, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """Decide on a command to a vacancy that is not over."""
    if vacancy.status is VacancyStatus.CANCELLED and isinstance(command, CancelVacancy):
        return []
    if vacancy.status in (VacancyStatus.FILLED, VacancyStatus.CANCELLED):
        raise Refused("vacancy-over", f"The vacancy is {vacancy.status}.", "Request another one.")
    match command:
        case ApproveVacancy():
            return approve(vacancy, facts)
        case OpenVacancy():
            return open_to_candidates(vacancy, facts)
        case PutVacancyOnHold():
            return put_on_hold(vacancy, command, facts)
        case CancelVacancy():
            return cancel(vacancy, command, facts)
        case _:
            assert_never(command)


def request(state: Vacancy | None, command: RequestVacancy, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """A vacancy is for an approved position, in the position's division; one person is to hold it, by one vacancy."""
    if state is not None and (state.position_id, state.openings) == (command.position_id, command.openings):
        return []
    new(state, "vacancy")
    check_position(facts)
    if command.openings > 1:
        detail = "One person holds a position, so that a vacancy has one opening."
        remedy = "Draft a position for each person, and request a vacancy of each."
        raise Refused("one-holder-of-a-position", detail, remedy)
    if facts.sought:
        detail = "There is a vacancy of this position already."
        raise Refused("one-vacancy-of-a-position", detail, "Wait until it is filled, or cancel it.")
    assert facts.position_division is not None
    asked = people.VacancyRequested(
        position_id=command.position_id,
        division_id=facts.position_division,
        openings=command.openings,
        requested_by=who_acts(facts.actor),
        effective_on=facts.today,
    )
    return [asked, VacancyReasonGiven(reason=command.reason)]


def approve(vacancy: Vacancy, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """Only what was requested is approved, while the position may be filled; finance is asked where required."""
    requested = vacancy.status is VacancyStatus.REQUESTED
    asks = facts.funding_required and (requested or vacancy.status is VacancyStatus.APPROVED)
    asked = [ask(vacancy, facts)] if asks and fundings.may_ask(vacancy.funding) else []
    if requested or asked:
        check_position(facts)
    return [*([people.VacancyApproved(effective_on=facts.today)] if requested else []), *asked]


def ask(vacancy: Vacancy, facts: VacancyFacts) -> people.FundingAsked:
    """The request to finance, with the grade that the position has now."""
    return people.FundingAsked(
        kind=people.FundedKind.HIRING,
        request=fundings.next_request(vacancy.funding),
        division_id=vacancy.division_id,
        position_id=vacancy.position_id,
        grade=facts.position_grade,
        openings=vacancy.openings,
        needed_on=facts.today,
    )


def open_to_candidates(vacancy: Vacancy, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """Only what was approved is opened, and funded where that is required, while its position may still be filled."""
    if vacancy.status is VacancyStatus.OPEN:
        return []
    check_approved(vacancy)
    check_position(facts)
    fundings.check_funded(vacancy.funding, required=facts.funding_required)
    return [people.VacancyOpened(effective_on=facts.today)]


def put_on_hold(vacancy: Vacancy, command: PutVacancyOnHold, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """Only an open vacancy is put on hold."""
    if vacancy.status is VacancyStatus.ON_HOLD:
        return []
    check_approved(vacancy)
    if vacancy.status is not VacancyStatus.OPEN:
        raise Refused("vacancy-open", "The vacancy was not opened yet.", "Open it, or leave it as it is.")
    return [people.VacancyPutOnHold(effective_on=facts.today), VacancyReasonGiven(reason=command.reason)]


def cancel(vacancy: Vacancy, command: CancelVacancy, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """No candidate is left with an offer for a vacancy that is gone."""
    if facts.live_offers:
        detail = f"There are open offers: {facts.live_offers}."
        raise Refused("offers-answered", detail, "Wait for the answers, or reject the candidates first.")
    if vacancy.accepted >= vacancy.openings:
        raise Refused("vacancy-over", "An offer was accepted for every opening.", "Request another one.")
    return [people.VacancyCancelled(effective_on=facts.today), VacancyReasonGiven(reason=command.reason)]


def count(vacancy: Vacancy, command: CountOffers, facts: VacancyFacts) -> Sequence[VacancyEvent]:
    """The offers as the candidacies have them; the last opening taken fills the vacancy.

    Who gives up an opening leaves it open again, unless another vacancy seeks for the position by now.
    """
    accepted = vacancy.accepted + command.accepted - command.withdrawn
    counted = OffersCounted(offers_made=vacancy.offers_made + command.made, accepted=accepted)
    if vacancy.status is VacancyStatus.FILLED:
        reopened = accepted < vacancy.openings and facts.position_fillable and not facts.sought
        return [counted, people.VacancyOpened(effective_on=facts.today)] if reopened else [counted]
    sought = vacancy.status in (VacancyStatus.OPEN, VacancyStatus.ON_HOLD)
    filled = sought and accepted >= vacancy.openings
    return [counted, people.VacancyFilled(effective_on=facts.today)] if filled else [counted]


def check_approved(vacancy: Vacancy) -> None:
    """Nothing is opened that nobody approved."""
    if vacancy.status is VacancyStatus.REQUESTED:
        raise Refused(
            "vacancy-approved",
            "The vacancy was not approved yet.",
            "Ask somebody above the position to approve it first.",
        )


def check_position(facts: VacancyFacts) -> None:
    """There is such a position, and it may be filled."""
    if facts.position_division is None:
        raise Refused("position-unknown", "There is no such position.", "Draft it first.")
    if not facts.position_fillable:
        raise Refused("position-approved", "The position is not approved, or it is retired.", "Choose an approved one.")


def evolve(state: Vacancy | None, event: VacancyEvent) -> Vacancy:
    if isinstance(event, people.VacancyRequested):
        return Vacancy(
            position_id=event.position_id,
            division_id=event.division_id,
            openings=event.openings,
            requested_by=event.requested_by,
            requested_on=event.effective_on,
        )
    vacancy = existing(state)
    match event:
        case VacancyReasonGiven(reason=reason):
            return vacancy.but(reason=reason)
        case people.VacancyApproved():
            return vacancy.but(status=VacancyStatus.APPROVED)
        case people.FundingAsked(request=request):
            return vacancy.but(funding=fundings.Funding(request=request))
        case fundings.FundingNoted():
            return vacancy.but(funding=fundings.after(event))
        case people.VacancyOpened(effective_on=on):
            return vacancy.but(status=VacancyStatus.OPEN, opened_on=vacancy.opened_on or on, filled_on=None)
        case people.VacancyPutOnHold():
            return vacancy.but(status=VacancyStatus.ON_HOLD)
        case OffersCounted(offers_made=offers_made, accepted=accepted):
            return vacancy.but(offers_made=offers_made, accepted=accepted)
        case people.VacancyFilled(effective_on=on):
            return vacancy.but(status=VacancyStatus.FILLED, filled_on=on)
        case people.VacancyCancelled():
            return vacancy.but(status=VacancyStatus.CANCELLED)
        case _:
            assert_never(event)


VACANCY = Decider(kind="vacancy", state=Vacancy, events=VacancyEvent, decide=decide, evolve=evolve)
