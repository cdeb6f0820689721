"""What waits for somebody in allocation."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.allocation.commands import OVERLOADS
from services.portfolio.allocation.domain.overload import OVERLOAD
from services.portfolio.organisation.access import ME

OVER = Fields(OVERLOAD)

# What somebody approved needs nobody; what rose by itself waits for the person's own manager.
DECISIONS: Sequence[Entry] = [
    stored(
        OVERLOADS,
        "resolve the overload",
        f"{OVER.live.holds} AND {OVER.approved_by.json} = '[]' AND {OVER.person_id} IN"
        f" (SELECT CAST(id AS text) FROM known_persons WHERE CAST(line_manager_id AS text) = {ME})",
        person=OVER.person_id,
        due=OVER.monday,
    )
]
DUE: Sequence[Entry] = []
