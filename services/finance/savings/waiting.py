"""What waits for somebody in savings."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.finance.budgets.access import CONTROLLER
from services.finance.savings.commands import SAVINGS_MEASURES
from services.finance.savings.domain.savings_measure import OPEN, SAVINGS_MEASURE, SavingsStatus

M = Fields(SAVINGS_MEASURE)
GOES_ON = M.status.one_of(*OPEN)
NOT_MINE = f"{M.owner_id} NOT IN (CAST(:me AS text), CAST(:caller AS text))"
MINE = f"{M.owner_id} = CAST(:me AS text)"
LEFT = f"{M.owner_id} IN (SELECT CAST(id AS text) FROM known_persons WHERE gone)"

DECISIONS: Sequence[Entry] = [
    stored(
        SAVINGS_MEASURES,
        "validate the savings measure",
        f"{M.status.one_of(SavingsStatus.IDENTIFIED)} AND {NOT_MINE}",
        due=M.due_on,
        who=CONTROLLER,
    ),
    stored(SAVINGS_MEASURES, "commit to the savings measure", f"{M.status.one_of(SavingsStatus.VALIDATED)} AND {MINE}"),
    stored(
        SAVINGS_MEASURES,
        "confirm what was saved or not",
        f"{M.verdict_due.holds} AND {GOES_ON} AND {NOT_MINE}",
        due=M.due_on,
        who=CONTROLLER,
    ),
    stored(SAVINGS_MEASURES, "name another owner of the savings measure", f"{LEFT} AND {GOES_ON}", who=CONTROLLER),
]
DUE: Sequence[Entry] = [stored(SAVINGS_MEASURES, "the savings are due", f"{GOES_ON} AND {MINE}", due=M.due_on)]
