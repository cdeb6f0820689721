"""The funding of a project: asked, granted or refused, supplemented, taken over; commands and rules."""

from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts import finance
from contracts.values import Line, Money
from services.finance.budgets.domain import money
from services.finance.budgets.domain.project_budget.model import Events, ProjectBudget, ProjectBudgetFacts


class OpenProjectBudget(Command):
    """Request a project's budget once portfolio approved the project. Repeating it changes nothing."""

    division_id: UUID
    asked: Money


class ConfirmFunding(Command):
    """Grant the requested budget from a division's budget, including a contingency for risks."""

    granted: Money
    contingency: Money
    division_budget_id: UUID | None = None


class RefuseFunding(Command):
    """Refuse funding; the project goes back to its specification."""

    reason: Line


class SupplementProjectBudget(Command):
    """Grant a funded project more money, from a division's budget."""

    amount: Money
    reason: Line
    division_budget_id: UUID | None = None


class TakeOverProjectBudget(Command):
    """State the budget a project was granted elsewhere. Stating it again changes nothing or corrects the amount."""

    division_id: UUID
    granted: Money
    source: Line


def open_(state: ProjectBudget | None, command: OpenProjectBudget, facts: ProjectBudgetFacts) -> Events:
    """Until money is granted, the latest approval holds; after a refusal even the same amount is a new request.

    What was granted elsewhere answers a request it covers; one for more waits for finance.
    """
    money.check_not_negative(command.asked)
    if state is not None:
        same = (state.division_id, state.asked) == (command.division_id, command.asked)
        if same and state.status != "refused":
            return []
        if state.status == "closed":
            raise Refused("budget-closed", "The project's budget is closed.", "Propose another project.")
        if state.status == "funded" and state.taken_over is not None and state.asked is None:
            return open_taken_over(state, command, facts)
        if state.status == "funded":
            detail = f"{money.shown(state.granted)} is granted already; {money.shown(command.asked)} was requested now."
            raise Refused("already-funded", detail, "Supplement the budget instead.")
        if state.taken_over is not None:
            money.check_currency(state.currency, command.asked)
        check_same_currency(state, command.asked)
    return [finance.ProjectBudgetOpened(project_id=facts.id, division_id=command.division_id, asked=command.asked)]


def open_taken_over(budget: ProjectBudget, command: OpenProjectBudget, facts: ProjectBudgetFacts) -> Events:
    """Portfolio asks for a project whose money was granted elsewhere."""
    money.check_currency(budget.currency, command.asked)
    asked = finance.ProjectBudgetOpened(project_id=facts.id, division_id=command.division_id, asked=command.asked)
    if command.asked.amount > budget.granted.amount:
        return [asked]
    covered = finance.ProjectFundingConfirmed(
        project_id=facts.id, granted=budget.granted, contingency=money.zero(budget.currency), division_budget_id=None
    )
    return [asked, covered]


def take_over(state: ProjectBudget | None, command: TakeOverProjectBudget, facts: ProjectBudgetFacts) -> Events:
    """The other system's word holds for what it granted, also after closing; supplements given here stay on top."""
    money.check_not_negative(command.granted)
    if state is None:
        return [finance.ProjectBudgetTakenOver(project_id=facts.id, **command.model_dump())]
    if state.taken_over is None:
        detail = "The budget was requested by portfolio, not granted in another system."
        raise Refused("opened-by-portfolio", detail, "Confirm, refuse or supplement it here.")
    if command.division_id != state.division_id:
        detail = "The budget was taken over for another division."
        raise Refused("division-differs", detail, "State it for the division it was taken over for.")
    if command.granted == state.taken_over:
        return []
    check_same_currency(state, command.granted)
    supplements = state.granted - state.taken_over
    whole = money.within_range(command.granted.amount + supplements.amount, command.granted.currency)
    return [finance.TakenOverBudgetCorrected(project_id=facts.id, granted=whole, reason=command.source)]


def check_same_currency(budget: ProjectBudget, amount: Money) -> None:
    """The currency changes only while nothing is reckoned in it."""
    supplements = budget.granted.amount - (budget.taken_over.amount if budget.taken_over else 0)
    if budget.charged or budget.estimate or supplements:
        money.check_currency(budget.currency, amount)


def confirm(budget: ProjectBudget, command: ConfirmFunding, facts: ProjectBudgetFacts) -> Events:
    """Confirm funding from what is left of the division's budget; the contingency is part of it."""
    check_asked(budget)
    money.check_currency(budget.currency, command.granted, command.contingency)
    money.check_not_negative(command.granted)
    money.check_not_negative(command.contingency)
    if command.contingency.amount > command.granted.amount:
        detail = (
            f"The contingency of {money.shown(command.contingency)} exceeds the {money.shown(command.granted)} granted."
        )
        raise Refused("contingency-within-budget", detail, f"Hold back at most {money.shown(command.granted)}.")
    check_funds(command.granted, command.division_budget_id, facts)
    return [finance.ProjectFundingConfirmed(project_id=facts.id, **command.model_dump())]


def check_asked(budget: ProjectBudget) -> None:
    """Funding is decided once per request."""
    if budget.status != "asked":
        detail = f"The budget is {budget.status}; there is no open request."
        raise Refused("only-when-asked", detail, "Wait until portfolio approves the project.")


def check_funds(amount: Money, division_budget_id: UUID | None, facts: ProjectBudgetFacts) -> None:
    """Money comes from an approved division budget that has it left; from none only where the division has none."""
    funds = facts.division_budget
    if division_budget_id is None:
        if funds is not None and funds.approved:
            detail = f"The division has a budget of {money.shown(funds.current)}."
            raise Refused("division-budget-named", detail, "Name the division budget to fund it from.")
        return
    if funds is None or not funds.approved:
        raise Refused("division-budget-approved", "The division budget is not approved.", "Name one that is approved.")
    money.check_left(amount, funds, "the division budget")


def supplement(budget: ProjectBudget, command: SupplementProjectBudget, facts: ProjectBudgetFacts) -> Events:
    """A funded budget grows by what a division's budget has left."""
    check_funded(budget)
    money.check_currency(budget.currency, command.amount)
    money.check_positive(command.amount)
    check_funds(command.amount, command.division_budget_id, facts)
    granted = money.within_range(budget.granted.amount + command.amount.amount, budget.currency)
    return [
        finance.ProjectBudgetSupplemented(
            project_id=facts.id,
            amount=command.amount,
            granted=granted,
            reason=command.reason,
            division_budget_id=command.division_budget_id,
        )
    ]


def check_funded(budget: ProjectBudget) -> None:
    """Money is there only between funding and closing."""
    if budget.status == "closed":
        raise Refused("budget-closed", "The project's budget is closed.", "Use another project's budget.")
    if budget.status != "funded":
        detail = f"The budget is {budget.status}; it has no funding."
        raise Refused("only-when-funded", detail, "Have the funding confirmed first.")
