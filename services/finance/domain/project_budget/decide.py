"""The rules of project budgets: every command by the rule that answers it, and the overrun."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Refused, existing
from contracts.finance import (
    EstimateAtCompletionStated,
    OverrunCleared,
    OverrunRaised,
    ProjectBudgetClosed,
    ProjectFundingRefused,
)
from contracts.values import Money
from services.finance.domain.money import check_currency, check_not_negative, shown
from services.finance.domain.project_budget.commands import (
    CloseProjectBudget,
    ConfirmFunding,
    MakeCommitment,
    OpenProjectBudget,
    ProjectBudgetCommand,
    ProjectBudgetFacts,
    RecordActual,
    RefuseFunding,
    ReleaseCommitment,
    ReverseActual,
    StateActual,
    StateEstimateAtCompletion,
    SupplementProjectBudget,
    TakeOverProjectBudget,
)
from services.finance.domain.project_budget.evolve import ProjectBudgetEvent, evolve
from services.finance.domain.project_budget.funding import check_asked, confirm, open_, supplement, take_over
from services.finance.domain.project_budget.spending import check_past, commit, record, release, reversal, state_actual
from services.finance.domain.project_budget.state import Estimate, ProjectBudget


def decide(
    state: ProjectBudget | None, command: ProjectBudgetCommand, facts: ProjectBudgetFacts
) -> Sequence[ProjectBudgetEvent]:
    """The events of a command, and the overrun they cause or end; or ``Refused``."""
    events = judge(state, command, facts)
    return [*events, *overrun(state, events, facts.id)]


def overrun(
    state: ProjectBudget | None, events: Sequence[ProjectBudgetEvent], project_id: UUID
) -> Sequence[ProjectBudgetEvent]:
    """An overrun raises itself when it begins or grows, whatever caused it, and clears itself when it is over."""
    after = state
    for event in events:
        after = evolve(after, event)
    if after is None or after is state:
        return []
    was, is_ = (state.overrun_by if state else Decimal(0)), after.overrun_by
    if is_ > was:
        return [OverrunRaised(project_id=project_id, overrun=Money(amount=is_, currency=after.currency))]
    return [OverrunCleared(project_id=project_id)] if was > is_ == 0 else []


def judge(
    state: ProjectBudget | None, command: ProjectBudgetCommand, facts: ProjectBudgetFacts
) -> Sequence[ProjectBudgetEvent]:
    """The events of a command without the overrun."""
    match command:
        case OpenProjectBudget():
            return open_(state, command, facts)
        case TakeOverProjectBudget():
            return take_over(state, command, facts)
    budget = existing(state)
    match command:
        case ConfirmFunding():
            return confirm(budget, command, facts)
        case RefuseFunding(reason=reason):
            check_asked(budget)
            return [ProjectFundingRefused(project_id=facts.id, reason=reason)]
        case SupplementProjectBudget():
            return supplement(budget, command, facts)
        case MakeCommitment():
            return commit(budget, command, facts)
        case ReleaseCommitment():
            return release(budget, command, facts)
        case RecordActual():
            return record(budget, command, facts)
        case ReverseActual(entry_id=entry_id, reason=reason):
            return [reversal(budget, entry_id, reason, facts)]
        case StateActual():
            return state_actual(budget, command, facts)
        case StateEstimateAtCompletion():
            return estimate(budget, command, facts)
        case CloseProjectBudget():
            return [] if budget.status == "closed" else [ProjectBudgetClosed(project_id=facts.id)]
        case _:
            assert_never(command)


def estimate(
    budget: ProjectBudget, command: StateEstimateAtCompletion, facts: ProjectBudgetFacts
) -> Sequence[ProjectBudgetEvent]:
    """The newest day's estimate holds; one of the same day corrects it, and an import may repeat its last one."""
    check_currency(budget.currency, command.estimate)
    check_not_negative(command.estimate)
    check_past(command.as_of, facts)
    stated = Estimate(estimate=command.estimate, basis=command.basis, as_of=command.as_of)
    last = budget.estimate
    if last is not None:
        if (stated.estimate, stated.as_of) == (last.estimate, last.as_of) or stated == budget.estimate_taken_over:
            return []
        if stated.as_of < last.as_of:
            detail = f"{shown(last.estimate)} were stated as of {last.as_of}, which is later than {stated.as_of}."
            raise Refused("estimate-stale", detail, f"State an estimate as of {last.as_of} or later.")
    return [EstimateAtCompletionStated(project_id=facts.id, **command.model_dump())]
