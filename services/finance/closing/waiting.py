"""What waits for somebody in closing: a year end, for somebody else than who prepared it."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.finance.budgets.access import STEERS
from services.finance.closing.commands import YEAR_ENDS
from services.finance.closing.domain.year_end import YEAR_END, YearEndStatus

Y = Fields(YEAR_END)
ME = "CAST(:me AS text), CAST(:caller AS text)"
BY_ANOTHER = f"{Y.prepared_by} NOT IN ({ME}) AND coalesce({Y.prepared_for}, '-') NOT IN ({ME})"

DECISIONS: Sequence[Entry] = [
    stored(
        YEAR_ENDS,
        "approve the year end",
        f"{Y.status.one_of(YearEndStatus.PREPARED)} AND {BY_ANOTHER}",
        name=Y.fiscal_year,
        who=STEERS,
    )
]
