"""Withdraws projects that a source brought before and holds no more: they are cancelled, and their money is 0."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.portfolio import Stage
from portolan.importer.projects.comparison import Elsewhere
from portolan.importer.projects.loading import Services
from portolan.importer.projects.plan import CATEGORY, Plan, is_stated
from portolan.importer.sending import Command, Service, several

SOME = 100
GONE = "No longer in {source}."
STATED = ("name", "summary", "division_id", "initiative_id", "source", "plan", "gaps")


def withdraw_missing(services: Services, plan: Plan, missing: Sequence[Elsewhere]) -> int:
    """Withdraw projects; return how many changed."""
    changed: set[UUID] = set()
    for some in several([each.id for each in missing], SOME):
        budgets = services.finance.read_many("project-budgets", some)
        ids = [plan.expense_id(each.id, each.reference) for each in missing if each.id in budgets]
        expenses = services.finance.read_many("expenses", ids)
        projects = services.portfolio.read_many("projects", some)
        changed |= sent(services.finance, [each for budget in budgets.values() for each in nothing(budget, plan)])
        for expense in filter(is_stated, expenses.values()):
            if sent(services.finance, [taken_back(expense, plan)]):
                changed.add(UUID(expense["project_id"]))
        changed |= sent(services.portfolio, [cancelled(each) for each in projects.values() if not ended(each)])
    return len(changed)


def sent(service: Service, commands: Sequence[Command]) -> set[UUID]:
    outcomes = service.send(commands)
    return {command.id for command, outcome in zip(commands, outcomes, strict=True) if outcome.changed}


def ended(project: dict[str, Any]) -> bool:
    return project["stage"] in (Stage.CLOSED, Stage.CANCELLED)


def cancelled(project: dict[str, Any]) -> Command:
    """What the source said before, and that it is cancelled."""
    body = {name: project[name] for name in STATED}
    stated = {**body, "stage": Stage.CANCELLED.value, "accountable_id": project["accountable_id"]}
    return Command("take_over_project", UUID(project["id"]), stated)


def nothing(budget: dict[str, Any], plan: Plan) -> Sequence[Command]:
    """A budget and its estimate become 0."""
    id, reason = UUID(budget["id"]), GONE.format(source=plan.mapping.source)
    zero = {"amount": "0", "currency": budget["granted"]["currency"]}
    commands = [
        Command(
            "take_over_project_budget", id, {"division_id": budget["division_id"], "granted": zero, "source": reason}
        )
    ]
    if budget["estimate"]:
        as_of = budget["estimate"]["as_of"]
        estimate = {"estimate": zero, "basis": CATEGORY, "as_of": as_of, "reason": reason}
        commands.append(Command("state_estimate_project_budget", id, estimate))
    return commands


def taken_back(expense: dict[str, Any], plan: Plan) -> Command:
    """What was stated as spent becomes 0."""
    said = {name: expense[name] for name in ("project_id", "category", "reference", "occurred_on")}
    zero = {"amount": "0", "currency": expense["amount"]["currency"]}
    return Command(
        "state_expense",
        UUID(expense["id"]),
        {**said, "amount": zero, "reason": GONE.format(source=plan.mapping.source)},
    )
