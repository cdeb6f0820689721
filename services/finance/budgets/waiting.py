"""What is due in budgets: certificates of those who may be trusted with one, which lapse."""

from collections.abc import Sequence

from chassis.http.desk import Entry
from chassis.store.fields import Fields
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
