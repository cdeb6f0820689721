"""Scenes at finance: division budgets are drafted, submitted and approved, projects funded, and money is spent."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portolan.demo import money
from portolan.demo.calendar import Calendar
from portolan.demo.company import commitment_id, division_budget_id, division_id, expense_id, project_id, transfer_id
from portolan.demo.delivering import NAMES, answers_for
from portolan.demo.organisation import DIVISIONS, Division
from portolan.demo.projects import CANCELLED, CLOSURES, PROJECTS, TAKEN_OVER
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait, euros

YEARS = (1, 0, -1)
DIVISION_OF = {project.key: project.division for project in PROJECTS}


def budgeting(calendar: Calendar) -> Iterator[Scene]:
    """The divisions' budgets of the last fiscal year, the current and the next."""
    drafts = [order for division in DIVISIONS for back in YEARS for order in draft(division, back, calendar)]
    yield Scene("draft and submit division budgets", "finance", drafts)
    approvals = [
        budget_order(money.APPROVER, "approve", division.code, calendar.year(back), {})
        for division in DIVISIONS
        for back in YEARS
        if is_approved(division.code, back)
    ]
    returned = [
        budget_order(money.APPROVER, "return", code, calendar.year(-1), {"reason": reason})
        for code, reason in money.NEXT_RETURNED.items()
    ]
    yield Scene("approve division budgets", "finance", [*approvals, *returned])
    yield moves(calendar.year(0))


def is_approved(code: str, back: int) -> bool:
    if back < 0:
        return code in money.NEXT_APPROVED
    return back > 0 or code not in (*money.ONLY_DRAFTED, *money.ONLY_SUBMITTED)


def is_submitted(code: str, back: int) -> bool:
    return code not in {1: (), 0: money.ONLY_DRAFTED, -1: money.NEXT_DRAFTED}[back]


def draft(division: Division, back: int, calendar: Calendar) -> Iterator[DemoCommand]:
    """A division's budget, drafted and, where it came so far, submitted."""
    actor, year = money.SUBMITTED_BY.get(division.code, division.head), calendar.year(back)
    lines = [
        {
            "category": line.category,
            "cost_kind": line.cost_kind,
            "purpose": line.purpose,
            "amount": euros(line.last if back > 0 else line.current),
            "spread": line.spread,
        }
        for line in money.BUDGET_LINES
        if line.division == division.code
    ]
    body = {
        "division_id": str(division_id(division.code)),
        "fiscal_year": year,
        "currency": money.CURRENCY,
        "lines": lines,
    }
    yield budget_order(actor, "draft", division.code, year, body)
    if is_submitted(division.code, back):
        yield budget_order(actor, "submit", division.code, year, {})


def moves(year: int) -> Scene:
    """One budget is supplemented; another sends money to a third."""
    code, amount, reason = money.SUPPLEMENT
    supplement = budget_order(money.APPROVER, "supplement", code, year, {"amount": euros(amount), "reason": reason})
    code, other, amount, reason = money.TRANSFER
    id = str(transfer_id(code, other, year))
    body = {
        "transfer_id": id,
        "other_budget_id": str(division_budget_id(other, year)),
        "amount": euros(amount),
        "reason": reason,
    }
    transfer = budget_order(money.APPROVER, "transfer_out", code, year, body)
    path = f"/division-budgets/{division_budget_id(other, year)}"
    arrived = Wait(
        "finance", path, f"the transfer from {code} arrives at {other}", lambda state: id in state["transfers"]
    )
    return Scene("supplement a budget, transfer from another", "finance", [supplement, transfer], waits=[arrived])


def budget_order(actor: str, command: str, code: str, year: int, body: Json) -> DemoCommand:
    about = f"the budget of {code} for {year}"
    return DemoCommand(actor, f"{command}_division_budget", division_budget_id(code, year), about, body)


def funding(calendar: Calendar) -> Iterator[Scene]:
    """Finance confirms or refuses what approved projects ask for; portfolio hears it."""
    refusals = [
        project_order(money.CONTROLLER, "refuse_funding", key, {"reason": why}) for key, why in money.REFUSED.items()
    ]
    confirmations = [
        project_order(money.CONTROLLER, "confirm_funding", row.project, grant(row, calendar)) for row in money.FUNDINGS
    ]
    yield Scene(
        "confirm and refuse funding",
        "finance",
        [*confirmations, *refusals],
        waits=[
            *(
                at_portfolio(row.project, "is funded", lambda project: project["granted"] is not None)
                for row in money.FUNDINGS
            ),
            *(
                at_portfolio(key, "is returned", lambda project: project["stage"] != "approved")
                for key in money.REFUSED
            ),
        ],
    )
    project, amount, reason = money.PROJECT_SUPPLEMENT
    body = {"amount": euros(amount), "reason": reason, "division_budget_id": budget_of(project, 0, calendar)}
    key, granted, source = money.TAKEN_OVER_GRANT
    taken_over = {"division_id": str(division_id(TAKEN_OVER.division)), "granted": euros(granted), "source": source}
    yield Scene(
        "supplement a project's budget, take another over",
        "finance",
        [
            project_order(money.CONTROLLER, "supplement", project, body),
            project_order(money.CONTROLLER, "take_over", key, taken_over),
        ],
    )
    stated = [state_actual(row, calendar) for row in money.TAKEN_OVER_SPEND]
    yield Scene("state what another system says was spent", "finance", stated)


def grant(row: money.Funding, calendar: Calendar) -> Json:
    return {
        "granted": euros(row.granted),
        "contingency": euros(row.contingency),
        "division_budget_id": budget_of(row.project, row.year, calendar),
    }


def budget_of(project: str, back: int, calendar: Calendar) -> str:
    return str(division_budget_id(DIVISION_OF[project], calendar.year(back)))


def at_portfolio(key: str, what: str, holds: Callable[[Mapping[str, Any]], bool]) -> Wait:
    return Wait("portfolio", f"/projects/{project_id(key)}", f"'{NAMES[key]}' {what}", holds)


def asked_for() -> list[Wait]:
    """Every approved project's budget is opened at finance."""
    return [
        Wait("finance", f"/project-budgets/{project_id(project.key)}", f"a budget is asked for '{project.name}'", bool)
        for project in PROJECTS
        if project.approved_by
    ]


def spending(calendar: Calendar) -> Iterator[Scene]:
    """Orders, expenses that somebody else approves and a third one pays, and what the projects will have cost."""
    to_come = [money.DRAFTED, money.PLANNED, money.CANCELLED]
    drafts = [draft_order(row) for row in (*money.COMMITMENTS, *to_come)]
    yield Scene("draft orders", "finance", drafts, hears=("portfolio",))
    yield Scene("place orders", "finance", [order(row, "place_order") for row in money.COMMITMENTS])
    yield Scene("plan orders to come", "finance", [order(row, "plan") for row in (money.PLANNED, money.CANCELLED)])
    expenses = (*money.ACTUALS, money.SUBMITTED, money.REJECTED)
    yield Scene("submit expenses", "finance", [submit(row, calendar) for row in expenses])
    approvals = [expense(money.APPROVER, "approve", row) for row in money.ACTUALS]
    rejection = expense(money.APPROVER, "reject", money.REJECTED, {"reason": money.WHY_REJECTED})
    yield Scene("approve expenses", "finance", [*approvals, rejection])
    yield Scene("pay expenses", "finance", payments(calendar))
    yield Scene("correct spend, release and close orders", "finance", corrections())
    estimates = [estimate(row, answers_for(row.project), "stated", calendar) for row in money.ESTIMATES]
    estimates.append(estimate(money.TAKEN_OVER_ESTIMATE, money.CONTROLLER, "taken over", calendar))
    yield Scene("estimate costs at completion", "finance", estimates)


def project_order(actor: str, command: str, key: str, body: Json, nth: str = "") -> DemoCommand:
    about = f"the budget of '{NAMES[key]}'"
    return DemoCommand(actor, f"{command}_project_budget", project_id(key), about, body, nth)


def draft_order(row: money.Commitment) -> DemoCommand:
    body = {
        "project_id": str(project_id(row.project)),
        "category": row.category,
        "amount": euros(row.amount),
        "reference": f"{row.number} {row.reference}",
    }
    return order(row, "draft", body)


def order(row: money.Commitment, command: str, body: Json | None = None, actor: str | None = None) -> DemoCommand:
    """A command to an order, by the one who answers for its project unless it is another's."""
    about = f"order {row.number} of '{NAMES[row.project]}'"
    return DemoCommand(
        actor or answers_for(row.project), f"{command}_commitment", commitment_id(row.number), about, body or {}
    )


def spent(row: money.Actual, calendar: Calendar) -> Json:
    return {
        "project_id": str(project_id(row.project)),
        "category": row.category,
        "amount": euros(row.amount),
        "reference": row.reference,
        "occurred_on": calendar.ago(row.days_ago).isoformat(),
    }


def submit(row: money.Actual, calendar: Calendar) -> DemoCommand:
    of_order = {"commitment_id": str(commitment_id(row.order)) if row.order else None}
    return expense(answers_for(row.project), "submit", row, spent(row, calendar) | of_order)


def expense(actor: str, command: str, row: money.Actual, body: Json | None = None) -> DemoCommand:
    about = f"'{row.reference}' of '{NAMES[row.project]}'"
    return DemoCommand(actor, f"{command}_expense", expense_id(row.project, row.reference), about, body or {})


def payments(calendar: Calendar) -> list[DemoCommand]:
    """Invoices are paid after a month; hours of staff are not paid as invoices."""
    return [
        expense(money.CONTROLLER, "pay", row, {"paid_on": calendar.ago(row.days_ago - 30).isoformat()})
        for row in money.ACTUALS
        if row.order and row.days_ago > 30
    ]


def state_actual(row: money.Actual, calendar: Calendar) -> DemoCommand:
    why = {"reason": "Taken over at the end of the former project tool."}
    return expense(money.CONTROLLER, "state", row, spent(row, calendar) | why)


def corrections() -> list[DemoCommand]:
    project, reference, reason = money.REVERSED
    wrong = next(row for row in money.ACTUALS if (row.project, row.reference) == (project, reference))
    rows = {row.number: row for row in money.COMMITMENTS}
    return [
        expense(money.CONTROLLER, "reverse", wrong, {"reason": reason}),
        order(money.CANCELLED, "cancel", {"reason": money.WHY_CANCELLED}),
        *(order(rows[number], "release", {"reason": why}, money.CONTROLLER) for number, why in money.RELEASED.items()),
        *(order(rows[number], "close") for number in money.CLOSED),
    ]


def estimate(row: money.Estimate, actor: str, basis: str, calendar: Calendar) -> DemoCommand:
    body = {
        "estimate": euros(row.amount),
        "basis": basis,
        "as_of": calendar.ago(row.days_ago).isoformat(),
        "reason": row.reason,
    }
    return project_order(actor, "state_estimate", row.project, body, f"{row.days_ago} days ago")


def closing_of_budgets() -> list[Wait]:
    return [
        Wait(
            "finance",
            f"/project-budgets/{project_id(key)}",
            f"the budget of '{NAMES[key]}' is closed",
            lambda budget: budget["status"] == "closed",
        )
        for key in (*(closure.project for closure in CLOSURES), *CANCELLED)
    ]
