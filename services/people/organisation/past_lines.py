"""Cycles that a reporting line recorded late would have had on a past day."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from chassis.store.decision_view import View
from chassis.store.store import MAX_CHAIN, StoredEvent, as_corrected
from contracts.people import LineManagerChanged, PersonAppointed
from services.people.organisation.domain.person.rules import PERSON


async def cycle_between(view: View, person: UUID, line: Sequence[UUID], since: date, today: date) -> date | None:
    """The first day from ``since`` to before today on which a manager reported, however far up, to the person.

    ``line`` is the manager and all above them now: most of whom were above them then.
    """
    if since >= today:
        return None
    known = dict(zip(line, map(as_corrected, await view.histories(PERSON, line)), strict=True))
    days, looked_at = {since}, set[date]()
    while pending := sorted(days - looked_at):
        day = pending[0]
        looked_at.add(day)
        above = await above_on(view, line[0], day, known)
        if person in above:
            return day
        # A line changes where one of its members changes theirs.
        days |= {change for each in above for change in changes(known[each]) if since < change < today}
    return None


async def above_on(view: View, first: UUID, day: date, known: dict[UUID, Sequence[StoredEvent]]) -> list[UUID]:
    """A person and all above them on a day, nearest first; ``known`` takes the histories that were read."""
    found: list[UUID] = []
    above: UUID | None = first
    while above is not None and above not in found and len(found) < MAX_CHAIN:
        found.append(above)
        if above not in known:
            known[above] = as_corrected(await view.history(PERSON, above))
        above = manager_on(known[above], day)
    return found


def changes(stored: Iterable[StoredEvent]) -> Iterable[date]:
    """The days from which on a person reported to somebody else."""
    return (each.took_effect_on for each in stored if isinstance(each.event, PersonAppointed | LineManagerChanged))


def manager_on(stored: Iterable[StoredEvent], day: date) -> UUID | None:
    """Return a person's line manager on a day."""
    manager = None
    for each in stored:
        if isinstance(each.event, PersonAppointed | LineManagerChanged) and each.took_effect_on <= day:
            manager = each.event.line_manager_id
    return manager
