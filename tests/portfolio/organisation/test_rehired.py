"""Who has left and joins again acts, and holds nothing that they held before."""

from uuid import uuid4

from chassis.messaging.cloudevents import Envelope
from contracts import people
from services.portfolio.organisation.read_models import KnownPersonRow, fold_person
from tests.today import TODAY


def test_who_is_rehired_is_active_without_a_grade_a_division_or_a_line() -> None:
    id, division, manager = uuid4(), uuid4(), uuid4()
    held = KnownPersonRow(id=id, name="Ada", grade="manager", division_id=division, line_manager_id=manager)
    for event in (
        people.PersonLeft(line_manager_id=manager, effective_on=TODAY),
        people.PersonRehired(effective_on=TODAY),
    ):
        held = fold_person(held, Envelope("people", 0, 0, event=event), id)
    assert held == KnownPersonRow(id=id, name="Ada")
