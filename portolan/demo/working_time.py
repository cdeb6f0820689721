"""Demo data for people: who works part-time; invented, as everything here."""

from collections.abc import Sequence

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand

PART_TIME = {"liv": "24"}
"""The hours a week of those who do not work full-time."""


def contracted_hours(calendar: Calendar) -> Sequence[DemoCommand]:
    """Part-time since the beginning of last month, so that all of this week is."""
    since = calendar.first_of(-1).isoformat()
    return [
        DemoCommand(
            PERSONNEL,
            "set_contracted_hours",
            person_id(key),
            MEMBERS[key].name,
            {"weekly_hours": hours, "effective_on": since},
        )
        for key, hours in PART_TIME.items()
    ]
