"""When somebody gave up a position that they held."""

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from chassis.store.store import StoredEvent
from contracts import people
from services.people.organisation.past_holders import given_up
from tests.people.organisation.test_person import HIRED, JUNIOR, LEAD, SENIOR, appointed

MARCH, MAY, JULY = date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1)


def stored(event: BaseModel) -> StoredEvent:
    made: Any = {
        "position": 1,
        "stream": "person-1",
        "version": 1,
        "type": type(event).__name__,
        "published": 1,
        "metadata": {},
    }
    return StoredEvent(event=event, recorded_at=datetime(2026, 8, 1, tzinfo=UTC), **made)


def test_who_is_appointed_elsewhere_or_leaves_gives_the_position_up() -> None:
    held = [HIRED, appointed(JUNIOR, MARCH)]
    left = people.PersonLeft(line_manager_id=None, effective_on=MAY)
    assert list(given_up(map(stored, [*held, appointed(SENIOR, MAY)]), LEAD)) == [MAY]
    assert list(given_up(map(stored, [*held, left]), LEAD)) == [MAY]
    back = people.PersonRehired(effective_on=JULY)
    assert list(given_up(map(stored, [*held, left, back, appointed(SENIOR, JULY)]), LEAD)) == [MAY]


def test_after_a_leaving_that_was_withdrawn_they_held_it_still() -> None:
    left = people.PersonLeft(line_manager_id=None, effective_on=MAY)
    withdrawn = people.LeavingWithdrawn(reason="A mistake.")
    later = [HIRED, appointed(JUNIOR, MARCH), left, withdrawn, appointed(SENIOR, JULY)]
    assert max(given_up(map(stored, later), LEAD)) == JULY
