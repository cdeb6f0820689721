"""Reactions of issues: those of a leaver pass up the line, and wait there for somebody in office."""

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
from services.portfolio.issues.domain.issue.model import OVER
from services.portfolio.issues.domain.issue.rules import ISSUE, PassIssueUp
from services.portfolio.organisation.facts import answering

OWNED = Fields(ISSUE)
OPEN = f"{OWNED.of_kind} AND {OWNED.status.none_of(*OVER)}"
OWNED_BY = text(f"SELECT stream FROM states WHERE {OPEN} AND {OWNED.owner_id} = :id ORDER BY stream")
UNRESOLVED = text(
    f"SELECT stream, {OWNED.owner_id} AS leaver FROM states WHERE {OPEN} AND {OWNED.unresolved.holds} ORDER BY stream"
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Every open issue of a leaver passes up the line."""
    # Decisions that took the person for one who works here start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), "owning issues"), answering(envelope.subject))
    rows = await store.rows(OWNED_BY, {"id": str(envelope.subject)})
    command = PassIssueUp(leaver_id=envelope.subject, reason="The owner left.")
    return [IssuedCommand(ISSUE, id_of(row.stream), command) for row in rows]


async def on_line_known(store: Store, _envelope: Envelope) -> Sequence[IssuedCommand]:
    """Issues whose owner left without anybody above in office try again: somebody may be there now."""
    return [
        IssuedCommand(
            ISSUE, id_of(row.stream), PassIssueUp(leaver_id=UUID(row.leaver), reason="Somebody above is known now.")
        )
        for row in await store.rows(UNRESOLVED)
    ]


REACTIONS = [
    Reaction(people.PersonLeft, on_left),
    Reaction(people.PersonAppointed, on_line_known),
    Reaction(people.LineManagerChanged, on_line_known),
    Reaction(people.PersonReinstated, on_line_known),
    Reaction(people.LeavingWithdrawn, on_line_known),
]
