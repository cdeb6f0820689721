"""What waits for somebody in spending: expenses to be approved and paid, each by somebody else; exceptions."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.finance.budgets.access import CONTROLLER
from services.finance.spending.access import SEES_EXCEPTIONS, SEES_WAITING
from services.finance.spending.commands import EXPENSES, SPENDING_EXCEPTIONS
from services.finance.spending.domain.expense import EXPENSE, ExpenseStatus
from services.finance.spending.domain.spending_exception import SPENDING_EXCEPTION, SpendingExceptionStatus

E, X = Fields(EXPENSE), Fields(SPENDING_EXCEPTION)
ME = "CAST(:me AS text), CAST(:caller AS text)"
SUBMITTED_BY_ANOTHER = f"{E.submitted_by} NOT IN ({ME}) AND coalesce({E.submitted_for}, '-') NOT IN ({ME})"
NOT_FIRST_BY_ME = (
    f"coalesce({E.first_approved_by}, '-') NOT IN ({ME}) AND coalesce({E.first_approved_for}, '-') NOT IN ({ME})"
)
APPROVED_BY_ANOTHER = f"{E.approved_by} NOT IN ({ME}) AND coalesce({E.approved_for}, '-') NOT IN ({ME})"
ASKED_BY_ANOTHER = f"{X.asked_by} NOT IN ({ME}) AND coalesce({X.asked_for}, '-') NOT IN ({ME})"

DECISIONS: Sequence[Entry] = [
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
