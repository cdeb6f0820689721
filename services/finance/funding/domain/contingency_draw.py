"""ContingencyDraw: what a risk that materialised draws of its project's contingency, once; its id is the risk's."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, State
from contracts import finance
from contracts.values import Line, Money
from services.finance.budgets.domain.money import shown
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.domain.project_budget.spending import TakeContingency


class DrawStatus(StrEnum):
    """The answer to what was asked for."""

    DRAWN = "drawn"
    REFUSED = "refused"


class ContingencyDraw(State):
    """What was asked for and the answer; ``left``: the contingency held after it, None where there is no budget."""

    project_id: UUID
    asked: Money
    status: DrawStatus
    left: Money | None
    reason: Line | None = None


class DrawContingency(Command):
    """Draw this much of a project's contingency. Repeating it changes nothing."""

    project_id: UUID
    amount: Money


ContingencyDrawEvent = finance.ContingencyDrawn | finance.ContingencyRefused


@dataclass(frozen=True)
class ContingencyDrawFacts(Facts):
    """``budget``: the project's budget, None where there is none."""

    budget: ProjectBudget | None = None


def decide(
    state: ContingencyDraw | None, command: DrawContingency, facts: ContingencyDrawFacts
) -> Sequence[ContingencyDrawEvent]:
    """What a risk asked for is answered once, with what is held then."""
    if state is not None:
        return []
    budget, reason = facts.budget, why_not(command, facts.budget)
    asked = {"risk_id": facts.id, "project_id": command.project_id}
    if budget is None or reason is not None:
        left = budget.contingency if budget else None
        return [finance.ContingencyRefused(**asked, asked=command.amount, left=left, reason=reason or NO_BUDGET)]
    return [finance.ContingencyDrawn(**asked, amount=command.amount, left=budget.contingency - command.amount)]


NO_BUDGET: Line = "The project has no budget."


def why_not(command: DrawContingency, budget: ProjectBudget | None) -> Line | None:
    """Why nothing is drawn; None where it can be."""
    if budget is None:
        return NO_BUDGET
    if budget.status != "funded":
        return f"The project's budget is {budget.status}."
    if command.amount.currency != budget.currency:
        return f"The project's budget is in {budget.currency}."
    if not 0 < command.amount.amount <= budget.contingency.amount:
        return f"{shown(command.amount)} was asked for, and {shown(budget.contingency)} is held."
    return None


def taken(
    command: DrawContingency, _before: ContingencyDraw | None, draw: ContingencyDraw, facts: ContingencyDrawFacts
) -> Sequence[IssuedCommand]:
    """The project's budget holds so much less."""
    if draw.status is DrawStatus.REFUSED:
        return []
    take = TakeContingency(risk_id=facts.id, amount=command.amount)
    return [IssuedCommand(PROJECT_BUDGET, command.project_id, take)]


def evolve(_state: ContingencyDraw | None, event: ContingencyDrawEvent) -> ContingencyDraw:
    match event:
        case finance.ContingencyDrawn(project_id=project_id, amount=amount, left=left):
            return ContingencyDraw(project_id=project_id, asked=amount, status=DrawStatus.DRAWN, left=left)
        case finance.ContingencyRefused(project_id=project_id, asked=asked, left=left, reason=reason):
            status = DrawStatus.REFUSED
            return ContingencyDraw(project_id=project_id, asked=asked, status=status, left=left, reason=reason)
        case _:
            assert_never(event)


CONTINGENCY_DRAW = Decider(
    kind="contingency-draw", state=ContingencyDraw, events=ContingencyDrawEvent, decide=decide, evolve=evolve
)
