"""What waits for somebody in initiatives."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.initiatives.commands import BENEFITS, INITIATIVES
from services.portfolio.initiatives.domain.benefit import BENEFIT, OPEN
from services.portfolio.initiatives.domain.initiative import INITIATIVE, InitiativeStage
from services.portfolio.organisation.access import ME, PORTFOLIO_OFFICE

SHAPED, B = Fields(INITIATIVE), Fields(BENEFIT)
GOING_ON = B.status.one_of(*OPEN)
DECISIONS: Sequence[Entry] = [
    stored(INITIATIVES, "approve the initiative", SHAPED.stage.one_of(InitiativeStage.SHAPED), who=PORTFOLIO_OFFICE),
    stored(BENEFITS, "name an owner of the benefit", f"{B.unresolved.holds} AND {GOING_ON}", who=PORTFOLIO_OFFICE),
]
DUE: Sequence[Entry] = [stored(BENEFITS, "the benefit is due", f"{GOING_ON} AND {B.owner_id} = {ME}", due=B.due_on)]
