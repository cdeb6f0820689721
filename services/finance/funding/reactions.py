"""Reactions of funding to what portfolio and people ask for, and to what becomes of it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from contracts.portfolio import initiatives, risks
from services.finance.funding.domain import reservation
from services.finance.funding.domain.benefit_confirmation import BENEFIT_CONFIRMATION, OpenBenefitConfirmation
from services.finance.funding.domain.contingency_draw import CONTINGENCY_DRAW, DrawContingency

HELD = Fields(reservation.RESERVATION)
OF_LEAVER = text(
    f"SELECT {HELD.id}::uuid AS id FROM states JOIN known_persons p ON CAST(p.left_position_id AS text) ="
    f" {HELD.position_id} WHERE p.id = :person AND {HELD.of_kind}"
    f" AND {HELD.status.one_of(reservation.ReservationStatus.COMMITTED)} ORDER BY stream"
)
OF_WHO_STAYED = text(
    f"SELECT {HELD.id}::uuid AS id FROM states WHERE {HELD.of_kind} AND {HELD.left_id} = :person"
    f" AND {HELD.status.one_of(reservation.ReservationStatus.ENDED)} ORDER BY stream"
)


async def on_contingency_asked(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A risk that materialised draws on its project's contingency."""
    asked = envelope.event
    assert isinstance(asked, risks.ContingencyAsked)
    command = DrawContingency(project_id=asked.project_id, amount=asked.amount)
    return [IssuedCommand(CONTINGENCY_DRAW, envelope.subject, command)]


async def on_benefit_due(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A benefit whose day has come waits for finance's verdict."""
    due = envelope.event
    assert isinstance(due, initiatives.BenefitDue)
    asked = {name: getattr(due, name) for name in OpenBenefitConfirmation.model_fields}
    return [IssuedCommand(BENEFIT_CONFIRMATION, envelope.subject, OpenBenefitConfirmation(**asked))]


async def held(store: Store, id: UUID) -> reservation.Reservation | None:
    """What people asked for, and what became of it."""
    state: reservation.Reservation | None = (await store.load(reservation.RESERVATION, id)).state
    return state


async def on_funding_asked(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """What people asked for is answered."""
    asked = envelope.event
    assert isinstance(asked, people.FundingAsked)
    command = reservation.AskFunding(**asked.model_dump())
    return [IssuedCommand(reservation.RESERVATION, envelope.subject, command)]


async def on_taken_up(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """What was funded came about: a vacancy is filled, a session took place, a tool was provided."""
    done = envelope.event
    assert isinstance(done, people.VacancyFilled | people.TrainingSessionDelivered | people.ToolProvided)
    return await if_held(store, envelope, reservation.TakeUpFunding(on=done.effective_on))


async def on_given_up(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Nothing comes of what was funded."""
    ended = envelope.event
    assert isinstance(ended, people.VacancyCancelled | people.TrainingSessionCancelled | people.ToolGivenUp)
    return await if_held(store, envelope, reservation.GiveUpFunding(on=ended.effective_on))


async def on_opened_again(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Who was to fill the vacancy does not come."""
    return await if_held(store, envelope, reservation.ReserveAgain())


async def if_held(store: Store, envelope: Envelope, command: reservation.ReservationCommand) -> Sequence[IssuedCommand]:
    """Of what people never asked for there is nothing."""
    if await held(store, envelope.subject) is None:
        return []
    return [IssuedCommand(reservation.RESERVATION, envelope.subject, command)]


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The rest of the year is free of somebody whose position was filled with money of it."""
    assert isinstance(envelope.event, people.PersonLeft)
    left_on: date = envelope.event.effective_on
    rows = await store.rows(OF_LEAVER, {"person": envelope.subject})
    free = reservation.FreeRest(left_on=left_on, left_id=envelope.subject)
    return [IssuedCommand(reservation.RESERVATION, row.id, free) for row in rows]


async def on_stayed(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Who was recorded as a leaver by mistake takes the rest of the year again."""
    rows = await store.rows(OF_WHO_STAYED, {"person": str(envelope.subject)})
    return [IssuedCommand(reservation.RESERVATION, row.id, reservation.BindRest()) for row in rows]
