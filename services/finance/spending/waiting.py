"""What waits for somebody in spending: orders and expenses to be approved, placed or paid; exceptions."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields, Items
from services.finance.authority.domain.authority_matrix import AUTHORITY_MATRIX
from services.finance.budgets.access import CONTROLLER
from services.finance.spending.access import SEES_EXCEPTIONS, SEES_ORDERS, SEES_WAITING
from services.finance.spending.commands import COMMITMENTS, EXPENSES, SPENDING_EXCEPTIONS
from services.finance.spending.domain.commitment import COMMITMENT, CommitmentStatus
from services.finance.spending.domain.expense import EXPENSE, ExpenseStatus
from services.finance.spending.domain.spending_exception import SPENDING_EXCEPTION, SpendingExceptionStatus

C, E, X = Fields(COMMITMENT), Fields(EXPENSE), Fields(SPENDING_EXCEPTION)
M = Fields(AUTHORITY_MATRIX, "matrix")
HELD = Items(M.versions, "held")
ME = "CAST(:me AS text), CAST(:caller AS text)"
SUBMITTED_BY_ANOTHER = f"{E.submitted_by} NOT IN ({ME}) AND coalesce({E.submitted_for}, '-') NOT IN ({ME})"
NOT_FIRST_BY_ME = (
    f"coalesce({E.first_approved_by}, '-') NOT IN ({ME}) AND coalesce({E.first_approved_for}, '-') NOT IN ({ME})"
)
APPROVED_BY_ANOTHER = f"{E.approved_by} NOT IN ({ME}) AND coalesce({E.approved_for}, '-') NOT IN ({ME})"
MATRIX_HOLDS = f"""coalesce((SELECT jsonb_array_length({HELD.entries.json}) > 0 FROM states matrix, {HELD.each}
    WHERE {M.of_kind} AND {HELD.approved.holds} AND {HELD.valid_from} <= CAST(:today AS text)
    ORDER BY {HELD.valid_from} DESC LIMIT 1), false)"""
TO_PLACE = C.status.one_of(CommitmentStatus.DRAFTED, CommitmentStatus.PLANNED)
NOT_MINE = " AND ".join(
    f"coalesce({field}, '-') NOT IN ({ME})"
    for field in (C.drafted_by, C.drafted_for, C.first_approved_by, C.first_approved_for)
)
ASKED_BY_ANOTHER = f"{X.asked_by} NOT IN ({ME}) AND coalesce({X.asked_for}, '-') NOT IN ({ME})"

DECISIONS: Sequence[Entry] = [
    stored(
        COMMITMENTS,
        "approve the order",
        f"{TO_PLACE} AND {C.approved_by} IS NULL AND {MATRIX_HOLDS} AND {NOT_MINE}",
        name=C.reference,
        who=SEES_ORDERS,
    ),
    stored(
        COMMITMENTS,
        "place the approved order",
        f"{TO_PLACE} AND {C.approved_by} IS NOT NULL AND {C.drafted_by} IN ({ME})",
        name=C.reference,
    ),
    stored(
        EXPENSES,
        "approve or reject the expense",
        f"{E.status.one_of(ExpenseStatus.SUBMITTED)} AND {SUBMITTED_BY_ANOTHER} AND {NOT_FIRST_BY_ME}",
        name=E.reference,
        who=SEES_WAITING,
    ),
    stored(
        EXPENSES,
        "pay the expense",
        f"{E.status.one_of(ExpenseStatus.APPROVED)} AND {SUBMITTED_BY_ANOTHER} AND {APPROVED_BY_ANOTHER}"
        f" AND {NOT_FIRST_BY_ME}",
        name=E.reference,
        who=CONTROLLER,
    ),
    stored(
        SPENDING_EXCEPTIONS,
        "grant or refuse the exception",
        f"{X.status.one_of(SpendingExceptionStatus.ASKED)} AND {ASKED_BY_ANOTHER}",
        name=X.category,
        who=SEES_EXCEPTIONS,
    ),
]
