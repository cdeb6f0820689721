"""What is planned, committed and spent of a project's budget, the contingency, and what is left when it is closed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Command, Facts, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain import money
from services.finance.budgets.domain.charging import ChargeBudget, check_charge
from services.finance.budgets.domain.project_budget import model
from services.finance.budgets.domain.project_budget.funding import check_funded


class ChargeProjectBudget(ChargeBudget):
    """Charge a commitment or an expense to a category: by how much more is planned, committed and spent."""


class TakeContingency(Command):
    """Hold so much less for risks: one that materialised draws it."""

    risk_id: UUID
    amount: Money


def charge(budget: model.ProjectBudget, command: ChargeProjectBudget, facts: model.ProjectBudgetFacts) -> model.Events:
    """What binds money needs it; what happened is recorded always: above the budget, before funding, after closing."""
    check_charge(command, budget.currency, budget.charged)
    if command.bound > 0:
        check_funded(budget)
        check_available(budget, command)
    return [
        finance.ProjectBudgetCharged(
            project_id=facts.id,
            category=each.category,
            **each.sums.model_dump(exclude={"reserved"}),
            occurred_on=each.occurred_on,
        )
        for each in command.charges
    ]


def check_available(budget: model.ProjectBudget, command: ChargeProjectBudget) -> None:
    """No commitment overdraws the budget."""
    if command.bound > budget.available.amount:
        raise Refused("no-overdraw", f"{command.asked} exceeds the {breakdown(budget)}.", money.COMMIT_LESS)


def breakdown(budget: model.ProjectBudget) -> str:
    """The formula with its figures, in the budget's currency."""
    return (
        f"{budget.available.amount:,f} {budget.currency} available: {budget.granted.amount:,f} granted"
        f" - {budget.contingency.amount:,f} held for risks - {budget.planned.amount:,f} planned"
        f" - {budget.committed.amount:,f} committed - {budget.spent.amount:,f} spent"
    )


def take_contingency(budget: model.ProjectBudget, command: TakeContingency) -> model.Events:
    """No more is drawn than is held."""
    if command.amount.amount > budget.contingency.amount:
        detail = f"{money.shown(command.amount)} exceeds the {money.shown(budget.contingency)} held for risks."
        raise Refused("contingency-held", detail, "Draw less.")
    return [model.ContingencyTaken(risk_id=command.risk_id, amount=command.amount)]


def returns(budget: model.ProjectBudget, project_id: UUID) -> model.Events:
    """What a closed budget does not need goes back: the oldest money is used first, so the last one paid gets it first.

    What was granted elsewhere goes nowhere.
    """
    left = budget.uncharged if budget.status == "closed" else Decimal(0)
    events: list[model.ProjectBudgetEvent] = []
    for source in reversed(budget.sources):
        amount = min(budget.allotments[source].amount, left)
        if amount > 0:
            left -= amount
            back = Money(amount=amount, currency=budget.currency)
            known = {"project_id": project_id, "division_budget_id": source}
            events.append(finance.ProjectAllotmentReturned(**known, amount=back))
    return events


def check_past(day: date, facts: Facts) -> None:
    """Refuse a fact dated in the future, wherever on earth its day began."""
    if day > facts.today + timedelta(days=1):
        raise Refused("not-in-the-future", f"{day} is after today, {facts.today}.", "State today or an earlier day.")
