"""What waits for somebody in risks."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.organisation.access import CALLER, ME, MY_DIVISIONS
from services.portfolio.risks.commands import RISKS
from services.portfolio.risks.domain.risk.model import OVER, RiskStatus
from services.portfolio.risks.domain.risk.rules import RISK

R = Fields(RISK)
BELOW_ME = f"(SELECT CAST(id AS text) FROM known_persons WHERE CAST(line_manager_id AS text) = {ME})"
# An acceptance waits for those nearest above who have no part in it; those further above may answer as well.
ASKED_OF_ME = f"""{R.asked.until} IS NOT NULL AND ({R.owner_id} IN {BELOW_ME} OR {R.division_id} IN {MY_DIVISIONS})
    AND {R.owner_id} NOT IN ({ME}, {CALLER}) AND NOT {R.asked.asked_by.json} ?| ARRAY[{ME}, {CALLER}]"""
TO_BE_DECIDED = f"{R.status.one_of(RiskStatus.EVALUATED)} AND {R.above_appetite.holds}"
MINE = f"{R.status.none_of(*OVER)} AND {R.owner_id} = {ME}"

DECISIONS: Sequence[Entry] = [
    stored(RISKS, "accept the risk or refuse to", ASKED_OF_ME, person=R.owner_id, due=R.asked.until),
    stored(RISKS, "treat the risk", f"{TO_BE_DECIDED} AND {R.owner_id} = {ME}"),
    stored(RISKS, "the risk is not accepted any more", f"{TO_BE_DECIDED} AND {R.told_id} = {ME}", person=R.owner_id),
]
DUE: Sequence[Entry] = [
    stored(RISKS, "the risk is to be reviewed", MINE, due=R.review_on),
    stored(
        RISKS, "the risk is to be treated", f"{MINE} AND {R.status.one_of(RiskStatus.TREATING)}", due=R.treatment.due_on
    ),
    stored(RISKS, "the acceptance of the risk ends", MINE, due=R.acceptance.until),
    stored(
        RISKS,
        "the review of the risk is overdue",
        f"{R.status.none_of(*OVER)} AND {R.owner_id} IN {BELOW_ME} AND {R.review_on} < :today",
        person=R.owner_id,
        due=R.review_on,
    ),
]
