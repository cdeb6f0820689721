"""Reactions of benefits: those of a leaver pass up the line, and finance's verdicts are recorded."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import text

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import finance, people
from services.portfolio.initiatives.domain.benefit import BENEFIT, OPEN, PassBenefitUp, RecordVerdict
from services.portfolio.organisation.facts import answering

B = Fields(BENEFIT)
GOING_ON = f"{B.of_kind} AND {B.status.one_of(*OPEN)}"
OWNED_BY = text(f"SELECT stream FROM states WHERE {GOING_ON} AND {B.owner_id} = :id ORDER BY stream")
UNRESOLVED = text(
    f"SELECT stream, {B.owner_id} AS leaver FROM states WHERE {GOING_ON} AND {B.unresolved.holds} ORDER BY stream"
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Every open benefit of a leaver passes up the line."""
    # Decisions that took the person for one who works here start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), "owning benefits"), answering(envelope.subject))
    rows = await store.rows(OWNED_BY, {"id": str(envelope.subject)})
    command = PassBenefitUp(leaver_id=envelope.subject, reason="The owner left.")
    return [IssuedCommand(BENEFIT, id_of(row.stream), command) for row in rows]


async def on_line_known(store: Store, _envelope: Envelope) -> Sequence[IssuedCommand]:
    """Benefits whose owner left without anybody above in office try again: somebody may be there now."""
    return [
        IssuedCommand(
            BENEFIT, id_of(row.stream), PassBenefitUp(leaver_id=UUID(row.leaver), reason="Somebody above is known now.")
        )
        for row in await store.rows(UNRESOLVED)
    ]


async def on_verdict(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Finance found a benefit realised or not; of one that is none here there is nothing to record."""
    event = envelope.event
    assert isinstance(event, finance.BenefitConfirmed | finance.BenefitNotConfirmed)
    assert envelope.number is not None
    if (await store.load(BENEFIT, event.benefit_id)).state is None:
        return []
    confirmed = isinstance(event, finance.BenefitConfirmed)
    command = RecordVerdict(
        confirmed=confirmed,
        measured=event.measured,
        because=event.evidence if isinstance(event, finance.BenefitConfirmed) else event.reason,
        confirmed_on=event.confirmed_on,
        number=envelope.number,
    )
    return [IssuedCommand(BENEFIT, event.benefit_id, command)]


REACTIONS = [
    Reaction(people.PersonLeft, on_left),
    Reaction(people.PersonAppointed, on_line_known),
    Reaction(people.LineManagerChanged, on_line_known),
    Reaction(people.PersonReinstated, on_line_known),
    Reaction(people.LeavingWithdrawn, on_line_known),
    Reaction(finance.BenefitConfirmed, on_verdict),
    Reaction(finance.BenefitNotConfirmed, on_verdict),
]
