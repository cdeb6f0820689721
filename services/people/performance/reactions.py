"""Reactions in performance: who takes over a team takes over the reviews that are to be assessed."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from services.people.organisation.domain.person.rules import PERSON
from services.people.performance.domain.performance_review.model import TO_ASSESS
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW, TakeOverReview

REVIEW, MEMBER = Fields(PERFORMANCE_REVIEW, "r"), Fields(PERSON, "p")
# Of those alone who came to report to the receiver: who handed over is above them. Nobody chooses their own reviewer.
REVIEWS_OF_THE_TEAM = text(
    f"SELECT {REVIEW.id}::uuid AS id FROM states r JOIN states p"
    f" ON {MEMBER.stream} = {MEMBER.stream_of(f'({REVIEW.person_id})')} WHERE {REVIEW.of_kind}"
    f" AND {REVIEW.reviewer_id} = :reviewer AND {REVIEW.status.one_of(*TO_ASSESS)} AND {REVIEW.person_id} <> :decider"
    f" AND {MEMBER.line_manager_id} = :receiver ORDER BY {REVIEW.stream}"
)


async def on_handed_over(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The receiver reviews whom the person reviewed and does not manage any more."""
    assert isinstance(envelope.event, people.DutiesHandedOver)
    to_id = envelope.event.to_id
    asked = {"reviewer": str(envelope.subject), "receiver": str(to_id), "decider": envelope.actor}
    command = TakeOverReview(from_id=envelope.subject, reviewer_id=to_id)
    return [IssuedCommand(PERFORMANCE_REVIEW, row.id, command) for row in await store.rows(REVIEWS_OF_THE_TEAM, asked)]
