"""What waits for somebody in budgets: movements to be approved by a second one; certificates that lapse."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields, Items
from services.finance.budgets.access import STEERS
from services.finance.budgets.commands import DIVISION_BUDGETS
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import FINANCE_POLICY

POLICY = Fields(FINANCE_POLICY, "policy")
NEEDED = f"EXISTS (SELECT FROM states policy WHERE {POLICY.of_kind} AND {POLICY.budget_certificate.holds})"
# The last day of whichever certificate of budget management lasts longest; one without an end does not lapse.
HOLDERS = """known_persons holder JOIN known_divisions theirs ON theirs.id = holder.division_id
    CROSS JOIN LATERAL (SELECT max(CAST(held->>'ends_on' AS date)) AS ends_on,
        bool_or(held->>'ends_on' IS NULL) AS lasts
        FROM known_certificates known CROSS JOIN LATERAL jsonb_array_elements(known.certificates) held
        JOIN known_schemes scheme ON scheme.id = CAST(held->>'scheme_id' AS uuid) AND scheme.budget_management
        WHERE known.id = holder.id) held"""
LAPSES = (
    "NOT holder.gone AND NOT held.lasts AND held.ends_on > CAST(:today AS date)"
    " AND CAST(theirs.head_id AS text) = CAST(:me AS text)"
)
B, ME = Fields(DIVISION_BUDGET), "CAST(:me AS text), CAST(:caller AS text)"
WAITS = Items(B.waiting, "waits")
NOT_FIRST_BY_ME = f"{WAITS.approved_by} NOT IN ({ME}) AND coalesce({WAITS.approved_for}, '-') NOT IN ({ME})"
DECISIONS: Sequence[Entry] = [
    stored(
        DIVISION_BUDGETS,
        "approve the movement of money as the second one, or withdraw it",
        f"{B.status.one_of('approved')} AND EXISTS (SELECT FROM {WAITS.each} WHERE {NOT_FIRST_BY_ME})",
        who=STEERS,
    )
]
DUE: Sequence[Entry] = [
    Entry(
        kind="person",
        what="the certificate of budget management ends",
        condition=f"{LAPSES} AND {NEEDED}",
        href="/persons/",
        id="holder.id",
        name="holder.name",
        person="holder.id",
        since="CAST(NULL AS timestamptz)",
        due="held.ends_on",
        source=HOLDERS,
    )
]
