"""Who held a position on past days, for what is recorded late."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import StoredEvent, as_corrected
from contracts.people import LeavingWithdrawn, PersonAppointed, PersonLeft
from services.people.organisation.domain.person.rules import PERSON

HOLDER = Fields(PERSON)
# Everyone who was ever given the position: the log knows, the states do not.
ONCE_HELD = text(
    f"SELECT DISTINCT {HOLDER.id}::uuid AS id FROM events WHERE type = 'PersonAppointed'"
    " AND data->>'position_id' = :position"
)


async def held_until(view: View, position_id: UUID, by: UUID, since: date, today: date) -> date | None:
    """The last day, from ``since`` on, on which somebody else held a position that is vacant now."""
    if since >= today:
        return None
    rows = await view.guarded(f"position:{position_id}:holder", ONCE_HELD, {"position": str(position_id)})
    others = [row.id for row in rows if row.id != by]
    ends = [
        end for stored in await view.histories(PERSON, others) for end in given_up(as_corrected(stored), position_id)
    ]
    last = max(ends, default=since)
    return last - timedelta(days=1) if last > since else None


def given_up(stored: Iterable[StoredEvent], position_id: UUID) -> Iterator[date]:
    """The days from which on somebody did not hold the position any more; a leaving may have been withdrawn."""
    held = left_it = False
    for each in stored:
        match each.event:
            case PersonAppointed(position_id=position, effective_on=on):
                if held and position != position_id:
                    yield on
                held = position == position_id
            case PersonLeft(effective_on=on):
                left_it = held
                if held:
                    yield on
                held = False
            case LeavingWithdrawn():
                held = left_it
