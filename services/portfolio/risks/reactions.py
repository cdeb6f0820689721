"""Reactions of risks: those of a leaver pass up the line, and finance's answer about contingency is recorded."""

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
from services.portfolio.organisation.facts import answering
from services.portfolio.risks.domain.risk.model import OVER
from services.portfolio.risks.domain.risk.rules import RISK, PassRiskUp, RecordContingency

OWNED = Fields(RISK)
OPEN = f"{OWNED.of_kind} AND {OWNED.status.none_of(*OVER)}"
OWNED_BY = text(f"SELECT stream FROM states WHERE {OPEN} AND {OWNED.owner_id} = :id ORDER BY stream")
UNRESOLVED = text(
    f"SELECT stream, {OWNED.owner_id} AS leaver FROM states WHERE {OPEN} AND {OWNED.unresolved.holds} ORDER BY stream"
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Every open risk of a leaver passes up the line."""
    # Decisions that took the person for one who works here start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), "owning risks"), answering(envelope.subject))
    rows = await store.rows(OWNED_BY, {"id": str(envelope.subject)})
    command = PassRiskUp(leaver_id=envelope.subject, reason="The owner left.")
    return [IssuedCommand(RISK, id_of(row.stream), command) for row in rows]


async def on_line_known(store: Store, _envelope: Envelope) -> Sequence[IssuedCommand]:
    """Risks whose owner left without anybody above in office try again: somebody may be there now."""
    return [
        IssuedCommand(
            RISK, id_of(row.stream), PassRiskUp(leaver_id=UUID(row.leaver), reason="Somebody above is known now.")
        )
        for row in await store.rows(UNRESOLVED)
    ]


async def on_drawn(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The contingency is there."""
    drawn = envelope.event
    assert isinstance(drawn, finance.ContingencyDrawn)
    return await answered(store, drawn.risk_id, RecordContingency(drawn=True, amount=drawn.amount))


async def on_refused(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """There is no contingency for it."""
    refused = envelope.event
    assert isinstance(refused, finance.ContingencyRefused)
    command = RecordContingency(drawn=False, amount=refused.asked, reason=refused.reason)
    return await answered(store, refused.risk_id, command)


async def answered(store: Store, risk_id: UUID, command: RecordContingency) -> Sequence[IssuedCommand]:
    """Record the answer at the risk that asked."""
    risk = (await store.load(RISK, risk_id)).state
    return [] if risk is None else [IssuedCommand(RISK, risk_id, command)]


REACTIONS = [
    Reaction(people.PersonLeft, on_left),
    Reaction(people.PersonAppointed, on_line_known),
    Reaction(people.LineManagerChanged, on_line_known),
    Reaction(people.PersonReinstated, on_line_known),
    Reaction(people.LeavingWithdrawn, on_line_known),
    Reaction(finance.ContingencyDrawn, on_drawn),
    Reaction(finance.ContingencyRefused, on_refused),
]
