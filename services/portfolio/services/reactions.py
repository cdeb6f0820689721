"""Reactions of services: the ownership of leavers passes up the line."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import text

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from contracts.portfolio.services import ServiceStage
from services.portfolio.organisation.facts import answering
from services.portfolio.services.domain.service.ownership import PassServiceOwnership
from services.portfolio.services.domain.service.rules import SERVICE

S = Fields(SERVICE)
GOING_ON = f"{S.of_kind} AND {S.stage.none_of(ServiceStage.RETIRED)}"
OWNED_BY = text(f"SELECT stream FROM states WHERE {GOING_ON} AND {S.owner_id} = :id ORDER BY stream")
UNRESOLVED = text(
    f"SELECT stream, {S.owner_id} AS leaver FROM states WHERE {GOING_ON} AND {S.unresolved.holds} ORDER BY stream"
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Every service the leaver owns passes up their line."""
    # Decisions that took the person for able to answer start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), "answering"), answering(envelope.subject))
    rows = await store.rows(OWNED_BY, {"id": str(envelope.subject)})
    command = PassServiceOwnership(leaver_id=envelope.subject, reason="The owner left.")
    return [IssuedCommand(SERVICE, id_of(row.stream), command) for row in rows]


async def on_line_changed(store: Store, _envelope: Envelope) -> Sequence[IssuedCommand]:
    """Services whose ownership found nobody active try again."""
    return [
        IssuedCommand(
            SERVICE,
            id_of(row.stream),
            PassServiceOwnership(leaver_id=UUID(row.leaver), reason="Somebody above the owner is known now."),
        )
        for row in await store.rows(UNRESOLVED)
    ]


REACTIONS = [
    Reaction(people.PersonLeft, on_left),
    Reaction(people.PersonAppointed, on_line_changed),
    Reaction(people.LineManagerChanged, on_line_changed),
    Reaction(people.PersonReinstated, on_line_changed),
]
