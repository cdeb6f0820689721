"""What the correction of a person's day is judged by: their past and that of others, on the days it changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import StoredEvent, as_corrected
from services.people.organisation.domain.person import history, model
from services.people.organisation.domain.person.correction import CorrectDay
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.past_holders import ONCE_HELD
from services.people.organisation.past_lines import cycle_between

MEMBER = Fields(PERSON)
# Everyone who ever reported to the person: the log knows, the states do not.
ONCE_LED = text(
    f"SELECT DISTINCT {MEMBER.id}::uuid AS id FROM events WHERE type IN ('PersonAppointed', 'LineManagerChanged')"
    " AND data->>'line_manager_id' = :id"
)
TERMS = text("SELECT day FROM terms_from(:id)")


async def past_of(view: View, command: CorrectDay, known: model.PersonFacts) -> model.PersonFacts:
    """The facts of a correction, beside those known already."""
    past = history.Past(happened=happened(await view.history(PERSON, known.id)))
    change = history.change(past.happened, command.corrects, command.effective_on)
    if change is None:
        return replace(known, past=past)
    past = replace(
        past,
        held_by_others=await held_by_others(view, change, known.id),
        employments=await employments(view, change),
        led_from=await led_from(view, known.id),
        terms_from=[row.day for row in await view.store.rows(TERMS, {"id": str(known.id)})],
    )
    return replace(known, past=past, cycle_on=await cycle_in(view, change, known.id))


def happened(stored: Sequence[StoredEvent]) -> list[history.Happened]:
    """All that happened to a person, with the days as corrected."""
    return [history.Happened(each.published, each.event) for each in as_corrected(stored)]


async def held_by_others(view: View, change: history.Change, id: UUID) -> list[history.Holding]:
    """While others held the positions that the person held on the days concerned; who did changes with it."""
    concerned = {
        held.position_id
        for held in (*history.holdings(change.before), *history.holdings(change.after))
        if held.days.within(change.days)
    }
    found: list[history.Holding] = []
    for position_id in sorted(concerned):
        guard = f"position:{position_id}:holder"
        view.bump(guard)
        rows = await view.guarded(guard, ONCE_HELD, {"position": str(position_id)})
        for stored in await view.histories(PERSON, [row.id for row in rows if row.id != id]):
            held = history.holdings(history.standing(happened(stored)))
            found += [each for each in held if each.position_id == position_id]
    return found


async def employments(view: View, change: history.Change) -> dict[UUID, list[history.Span]]:
    """The employments of the managers whose lines begin on another day."""
    managers = managers_in(history.begun(change))
    known = await view.histories(PERSON, managers)
    return {
        id: history.employments(history.standing(happened(stored))) for id, stored in zip(managers, known, strict=True)
    }


def managers_in(lines: Iterable[history.Line]) -> list[UUID]:
    return sorted({each.manager_id for each in lines if each.manager_id is not None})


async def led_from(view: View, id: UUID) -> list[date]:
    """The days from which on others reported to the person."""
    rows = await view.guarded(f"person:{id}:led", ONCE_LED, {"id": str(id)})
    return [
        line.days.began
        for stored in await view.histories(PERSON, [row.id for row in rows if row.id != id])
        for line in history.lines(history.standing(happened(stored)))
        if line.manager_id == id
    ]


async def cycle_in(view: View, change: history.Change, id: UUID) -> date | None:
    """The first of the days concerned on which the person would report to themselves."""
    found = []
    for line in history.during(history.lines(change.after), change.days):
        above = [each for each, _ in await view.chain(PERSON, line.manager_id, "line_manager_id")]
        if above and line.days.ended is not None:
            found.append(await cycle_between(view, id, above, line.days.began, line.days.ended))
    return min((day for day in found if day is not None), default=None)
