"""The rules of a project's budget, put together from its parts."""

from decimal import Decimal
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Refused, existing
from contracts import finance
from contracts.values import Date, Line, Money
from services.finance.budgets.domain.money import check_currency, check_not_negative, shown
from services.finance.budgets.domain.project_budget import funding, model, spending


class StateEstimateAtCompletion(Command):
    """State the project's estimate at completion. Repeating it changes nothing."""

    estimate: Money
    basis: model.Basis
    as_of: Date
    reason: Line


class CloseProjectBudget(Command):
    """Close the budget: no more grants or commitments, and what is left goes back; orders may still be invoiced."""


ProjectBudgetCommand = (
    funding.OpenProjectBudget
    | funding.ConfirmFunding
    | funding.RefuseFunding
    | funding.SupplementProjectBudget
    | funding.TakeOverProjectBudget
    | spending.ChargeProjectBudget
    | spending.TakeContingency
    | StateEstimateAtCompletion
    | CloseProjectBudget
)


def decide(
    state: model.ProjectBudget | None, command: ProjectBudgetCommand, facts: model.ProjectBudgetFacts
) -> model.Events:
    """The events of a command, what a closed budget returns after them, and the overrun; or ``Refused``."""
    events = judge(state, command, facts)
    if not events:
        return []
    after = existing(PROJECT_BUDGET.fold(events, state))
    events = [*events, *spending.returns(after, facts.id)]
    return [*events, *overrun(state, existing(PROJECT_BUDGET.fold(events, state)), facts.id)]


def overrun(state: model.ProjectBudget | None, after: model.ProjectBudget, project_id: UUID) -> model.Events:
    """An overrun raises itself when it begins or grows, whatever caused it, and clears itself when it is over."""
    was, is_ = (state.overrun_by if state else Decimal(0)), after.overrun_by
    if is_ > was:
        return [finance.OverrunRaised(project_id=project_id, overrun=Money(amount=is_, currency=after.currency))]
    return [finance.OverrunCleared(project_id=project_id)] if was > is_ == 0 else []


def judge(
    state: model.ProjectBudget | None, command: ProjectBudgetCommand, facts: model.ProjectBudgetFacts
) -> model.Events:
    """The events of a command without the overrun."""
    match command:
        case funding.OpenProjectBudget():
            return funding.open_(state, command, facts)
        case funding.TakeOverProjectBudget():
            return funding.take_over(state, command, facts)
    budget = existing(state)
    match command:
        case funding.ConfirmFunding():
            return funding.confirm(budget, command, facts)
        case funding.RefuseFunding(reason=reason):
            funding.check_asked(budget)
            return [finance.ProjectFundingRefused(project_id=facts.id, reason=reason)]
        case funding.SupplementProjectBudget():
            return funding.supplement(budget, command, facts)
        case spending.ChargeProjectBudget():
            return spending.charge(budget, command, facts)
        case spending.TakeContingency():
            return spending.take_contingency(budget, command)
        case StateEstimateAtCompletion():
            return estimate(budget, command, facts)
        case CloseProjectBudget():
            return [] if budget.status == "closed" else [finance.ProjectBudgetClosed(project_id=facts.id)]
        case _:
            assert_never(command)


def estimate(
    budget: model.ProjectBudget, command: StateEstimateAtCompletion, facts: model.ProjectBudgetFacts
) -> model.Events:
    """The newest day's estimate holds; one of the same day corrects it, and an import may repeat its last one."""
    check_currency(budget.currency, command.estimate)
    check_not_negative(command.estimate)
    spending.check_past(command.as_of, facts)
    stated = model.Estimate(estimate=command.estimate, basis=command.basis, as_of=command.as_of)
    last = budget.estimate
    if last is not None:
        if (stated.estimate, stated.as_of) == (last.estimate, last.as_of) or stated == budget.estimate_taken_over:
            return []
        if stated.as_of < last.as_of:
            detail = f"{shown(last.estimate)} was stated as of {last.as_of}, which is later than {stated.as_of}."
            raise Refused("estimate-stale", detail, f"State an estimate as of {last.as_of} or later.")
    return [finance.EstimateAtCompletionStated(project_id=facts.id, **command.model_dump())]


PROJECT_BUDGET = Decider(
    kind="project-budget",
    state=model.ProjectBudget,
    events=model.ProjectBudgetEvent,
    decide=decide,
    evolve=model.evolve,
)
