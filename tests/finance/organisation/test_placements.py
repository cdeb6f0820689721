"""Where each person worked from which day on, as finance hears it."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.messaging.cloudevents import Envelope
from contracts import people
from contracts.values import Grade
from services.finance.organisation.read_models import KnownPlacementsRow, fold_placements

PERSON, IT, SALES = (UUID(int=n) for n in range(1, 4))
LEFT = people.PersonLeft(line_manager_id=None, effective_on=date(2026, 6, 30))


def appointed(division: UUID, on: date) -> people.PersonAppointed:
    return people.PersonAppointed(
        position_id=UUID(int=9),
        title="Engineer",
        division_id=division,
        grade=Grade.STAFF,
        line_manager_id=None,
        transferred=False,
        promoted=False,
        effective_on=on,
    )


def placed(*events: Any) -> list[tuple[str, UUID | None]]:
    row: KnownPlacementsRow | None = None
    for number, event in enumerate(events, 1):
        row = fold_placements(row, Envelope("people", 0, number, event=event, number=number), PERSON)
    assert row is not None
    return [(each["starts_on"], each["division_id"] and UUID(each["division_id"])) for each in row.placements]


def test_who_leaves_works_nowhere_from_that_day_and_there_again_once_it_is_withdrawn() -> None:
    there = appointed(IT, date(2026, 1, 1))
    assert placed(there, LEFT) == [("2026-01-01", IT), ("2026-06-30", None)]
    assert placed(there, LEFT, people.LeavingWithdrawn(reason="A mistake.")) == [("2026-01-01", IT)]


def test_a_corrected_day_moves_the_placement_it_is_about() -> None:
    moved = people.EffectiveDayCorrected(corrects=2, effective_on=date(2026, 4, 1))
    found = placed(appointed(IT, date(2026, 1, 1)), appointed(SALES, date(2026, 3, 1)), moved)
    assert found == [("2026-01-01", IT), ("2026-04-01", SALES)]
