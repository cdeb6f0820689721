"""What waits for somebody in charge-backs."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields, Items
from services.finance.budgets.access import CONTROLLER
from services.finance.income.commands import CHARGE_BACKS
from services.finance.income.domain.charge_back import CHARGE_BACK, ChargeBackStatus, LineStatus
from services.finance.organisation.access import MY_DIVISIONS

C = Fields(CHARGE_BACK)
LINE = Items(C.lines, "line")
ISSUED = C.status.one_of(ChargeBackStatus.ISSUED)

DECISIONS: Sequence[Entry] = [
    stored(
        CHARGE_BACKS,
        "accept or dispute the charge",
        f"{ISSUED} AND {LINE.status.one_of(LineStatus.OPEN)} AND {LINE.division_id} IN {MY_DIVISIONS}",
        days=LINE.each,
    ),
    stored(
        CHARGE_BACKS,
        "calculate and issue the charge-back",
        C.status.one_of(ChargeBackStatus.DRAFTED, ChargeBackStatus.CALCULATED),
        who=CONTROLLER,
    ),
    stored(CHARGE_BACKS, "answer what is disputed of the charge", f"{ISSUED} AND {C.disputed.holds}", who=CONTROLLER),
    stored(CHARGE_BACKS, "settle the charge-back", f"{ISSUED} AND {C.answered.holds}", who=CONTROLLER),
]
