"""Who stands in for whom, as portfolio hears of it."""

from datetime import timedelta
from uuid import uuid4

from chassis.messaging.cloudevents import Envelope
from contracts import people
from contracts.base import PublicEvent
from services.portfolio.organisation.read_models import KnownPersonRow, fold_person
from tests.today import TODAY

PERSON, STAND_IN, ANOTHER = uuid4(), uuid4(), uuid4()
TOMORROW, YESTERDAY, LAST_WEEK = (TODAY + timedelta(days=days) for days in (1, -1, -7))


def named(first: int, last: int, id: object = STAND_IN) -> people.StandInNamed:
    days = {"effective_on": TODAY + timedelta(days=first), "ends_on": TODAY + timedelta(days=last)}
    return people.StandInNamed(stand_in_id=id, **days)


def known(*events: PublicEvent) -> set[tuple[str, str, str]]:
    row: KnownPersonRow | None = None
    for event in events:
        row = fold_person(row, Envelope("people", 0, 0, event=event), PERSON)
    assert row is not None
    return {(each["id"], each["starts_on"], each["ends_on"]) for each in row.stand_ins}


def days(first: int, last: int, id: object = STAND_IN) -> tuple[str, str, str]:
    return str(id), str(TODAY + timedelta(days=first)), str(TODAY + timedelta(days=last))


def test_who_is_named_anew_from_the_same_day_has_the_last_day_named_last() -> None:
    assert known(named(0, 10), named(5, 6, ANOTHER), named(0, 1)) == {days(0, 1), days(5, 6, ANOTHER)}


def test_who_is_withdrawn_from_a_day_on_stands_in_on_the_other_days_they_were_named_for() -> None:
    withdrawn = people.StandInWithdrawn(stand_in_id=STAND_IN, starts_on=TODAY + timedelta(days=5), effective_on=TODAY)
    assert known(named(0, 1), named(5, 6), named(5, 6, ANOTHER), withdrawn) == {days(0, 1), days(5, 6, ANOTHER)}
    all_of_them = withdrawn.model_copy(update={"starts_on": None})
    assert known(named(0, 1), named(5, 6), named(5, 6, ANOTHER), all_of_them) == {days(5, 6, ANOTHER)}


def test_days_of_a_stand_in_are_as_corrected() -> None:
    corrected = people.StandInCorrected(
        stand_in_id=STAND_IN, named_from=LAST_WEEK, starts_on=YESTERDAY, ends_on=TOMORROW, effective_on=LAST_WEEK
    )
    assert known(named(-7, 1), named(5, 6), corrected) == {days(-1, 1), days(5, 6)}
