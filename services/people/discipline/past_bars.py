"""Whether a disciplinary case barred somebody from senior responsibilities on a past day."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.store.fields import Fields
from chassis.store.store import Store
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE

CASE = Fields(DISCIPLINARY_CASE)
CASES_OF = text(f"SELECT {CASE.id}::uuid AS id FROM states WHERE {CASE.of_kind} AND {CASE.person_id} = :person")


async def was_barred(store: Store, person_id: UUID, on: date) -> bool:
    """Return whether one of a person's cases, as it stood on that day, barred them."""
    ids = [row.id for row in await store.rows(CASES_OF, {"person": str(person_id)})]
    cases = await store.folded_many(DISCIPLINARY_CASE, ids, effective_on=on)
    return any(each.state is not None and each.state.bars for each in cases)
