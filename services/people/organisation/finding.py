"""What persons are found by beside their own fields: division, grade and position of their last appointment."""

from uuid import UUID

from pydantic import Field

from chassis.commands.table import Criterion
from chassis.store.fields import Fields
from contracts.values import Grade
from services.people.organisation.domain.person.rules import PERSON

P = Fields(PERSON)

IN_DIVISION = Criterion(
    {
        "division_id": (UUID | None, Field(None, description="of this division or one below it, as last appointed")),
        "alone": (bool, Field(False, description="of the division alone, without those below it")),
    },
    lambda _: (
        f"{P.appointment.division_id} = ANY(ARRAY(SELECT id FROM divisions_below(CAST(:division_id AS text))"
        " WHERE NOT :alone OR id = CAST(:division_id AS text)))"
    ),
    "person_division",
)
OF_GRADE = Criterion(
    {"grade": (list[Grade] | None, Field(None, max_length=len(Grade), description="of one of these grades"))},
    lambda _: f"{P.appointment.grade} = ANY(CAST(:grade AS text[]))",
    "person_grade",
    f"states (({P.appointment.grade})) WHERE {P.of_kind}",
)
IN_POSITION = Criterion(
    {"position_id": (list[UUID] | None, Field(None, max_length=50, description="last appointed to one of these"))},
    lambda _: f"{P.appointment.position_id} = ANY(CAST(:position_id AS text[]))",
    "person_position",
)
CRITERIA = [IN_DIVISION, OF_GRADE, IN_POSITION]
