"""What waits for somebody in initiatives."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.initiatives.commands import INITIATIVES
from services.portfolio.initiatives.domain.initiative import INITIATIVE, InitiativeStage
from services.portfolio.organisation.access import PORTFOLIO_OFFICE

SHAPED = Fields(INITIATIVE)
DECISIONS: Sequence[Entry] = [
    stored(INITIATIVES, "approve the initiative", SHAPED.stage.one_of(InitiativeStage.SHAPED), who=PORTFOLIO_OFFICE)
]
DUE: Sequence[Entry] = []
