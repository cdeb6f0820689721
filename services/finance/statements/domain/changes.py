"""What changed in the figures of budgets between two days: each event with its part of the difference."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts import finance
from contracts.finance import closing
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.statements.domain.statement import Drawn, Figures, drawn_of, figures_of

NOTHING = Figures(**dict.fromkeys(Figures.model_fields, Decimal(0)))
Histories = Mapping[UUID, Sequence["Told"]]


class ChangeKind(StrEnum):
    """What changed a budget; ``CHARGED``: an order, an expense or a reservation did."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SUPPLEMENTED = "supplemented"
    TRANSFERRED = "transferred"
    CARRIED_OVER = "carried over"
    CARRIED_FORWARD = "carried forward"
    TO_PROJECT = "granted to project"
    TO_BUDGET_BELOW = "granted to budget below"
    CLOSED = "closed"
    CHARGED = "charged"
    ORDERED = "ordered"
    SPENT = "spent"
    REVERSED = "reversed"
    RESERVED = "reserved"


SHOWN_ANYHOW = (ChangeKind.APPROVED, ChangeKind.CLOSED)
"""What is a change though no figure differs."""


@dataclass(frozen=True)
class Told:
    """An event of a budget: its place in the log and in its own history, and the day that it counts from."""

    position: int
    version: int
    on: date
    event: Any


@dataclass(frozen=True)
class Change:
    """An event and by how much it changed each figure of a budget; ``other_id``: of the other budget or the project.

    ``submitted_by``: who submitted the budget that was approved; ``..._for``: whom they stood in for.
    """

    budget_id: UUID
    told: Told
    kind: ChangeKind
    figures: Figures
    category: str | None = None
    other_id: UUID | None = None
    submitted_by: str | None = None
    submitted_for: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """The place in the log, for each budget that it changed."""
        return self.told.position, str(self.budget_id)


@dataclass(frozen=True)
class Window:
    """Both days belong to it; an event counts on the day that it took effect."""

    begin: date
    end: date

    def within(self, history: Sequence[Told]) -> Iterator[tuple[Told, bool]]:
        """What was in effect at the end, in the order of the log, and whether it came in the window.

        What is older than the first event of a budget begins with it.
        """
        known = [each for each in history if each.on <= self.end]
        if not known or known[0].version != 1:
            return
        existed = known[0].on < self.begin
        for each in known:
            yield each, not existed or each.on >= self.begin


@dataclass
class Balance:
    """The figures of a budget while its events pass, and the changes among them."""

    id: UUID
    before: Figures = NOTHING
    after: Figures = NOTHING
    changes: list[Change] = field(default_factory=list)

    def add(self, by: Figures, change: Change | None, *, is_change: bool) -> None:
        self.after = plus(self.after, by)
        if not is_change:
            self.before = plus(self.before, by)
        elif change is not None and (by != NOTHING or change.kind in SHOWN_ANYHOW):
            self.changes.append(change)


def plus(figures: Figures, by: Figures) -> Figures:
    return Figures(**{name: getattr(figures, name) + getattr(by, name) for name in Figures.model_fields})


def minus(figures: Figures, by: Figures) -> Figures:
    return Figures(**{name: getattr(figures, name) - getattr(by, name) for name in Figures.model_fields})


def total(changes: Iterable[Change]) -> Figures:
    """What changes add up to."""
    whole = NOTHING
    for each in changes:
        whole = plus(whole, each.figures)
    return whole


def balances(
    ids: Sequence[UUID], budgets: Histories, projects: Histories, below: Histories, window: Window
) -> list[Balance]:
    """Each budget before and after, and what changed it: its own events, and those of what draws on it."""
    found = {id: Balance(id) for id in ids}
    for id in ids:
        own(found[id], budgets[id], window)
    for project_id, history in projects.items():
        of_project(found, project_id, history, window)
    for id, history in below.items():
        of_budget_below(found, id, history, window)
    return [each for each in found.values() if each.after != NOTHING or each.before != NOTHING or each.changes]


def own(balance: Balance, history: Sequence[Told], window: Window) -> None:
    state: DivisionBudget | None = None
    for told, is_change in window.within(history):
        said = state
        before, state = (figures_of(state, Drawn()) if state else NOTHING), DIVISION_BUDGET.evolve(state, told.event)
        by = minus(figures_of(state, Drawn()), before)
        balance.add(by, said_by(balance.id, told, said, by), is_change=is_change)


def said_by(id: UUID, told: Told, before: DivisionBudget | None, by: Figures) -> Change | None:
    """A budget's own event as a change."""
    known: dict[str, Any] = {}
    match told.event:
        case finance.DivisionBudgetDrafted():
            kind = ChangeKind.DRAFTED
        case finance.DivisionBudgetSupplemented():
            kind = ChangeKind.SUPPLEMENTED
        case finance.DivisionBudgetTransferred(other_budget_id=other):
            kind, known = ChangeKind.TRANSFERRED, {"other_id": other}
        case closing.DivisionBudgetCarriedOver(carried_to=other):
            kind, known = ChangeKind.CARRIED_OVER, {"other_id": other}
        case closing.DivisionBudgetCarriedForward(from_budget_id=other):
            kind, known = ChangeKind.CARRIED_FORWARD, {"other_id": other}
        case finance.DivisionBudgetCharged(category=category):
            kind, known = ChangeKind.CHARGED, {"category": category}
        case finance.DivisionBudgetApproved() if before is not None:
            kind = ChangeKind.APPROVED
            known = {"submitted_by": before.submitted_by, "submitted_for": before.submitted_for}
        case finance.DivisionBudgetClosed():
            kind = ChangeKind.CLOSED
        case _:
            return None
    return Change(id, told, kind, by, **known)


def of_project(found: Mapping[UUID, Balance], id: UUID, history: Sequence[Told], window: Window) -> None:
    state: ProjectBudget | None = None
    for told, is_change in window.within(history):
        before, state = state, PROJECT_BUDGET.evolve(state, told.event)
        for budget_id in state.allotments.keys() & found.keys():
            by = drawn_more(drawn_of(budget_id, [before] if before else [], []), drawn_of(budget_id, [state], []))
            change = Change(budget_id, told, ChangeKind.TO_PROJECT, by, other_id=id)
            found[budget_id].add(by, change, is_change=is_change)


def of_budget_below(found: Mapping[UUID, Balance], id: UUID, history: Sequence[Told], window: Window) -> None:
    state: DivisionBudget | None = None
    for told, is_change in window.within(history):
        before, state = state, DIVISION_BUDGET.evolve(state, told.event)
        above = found.get(state.parent_budget_id) if state.parent_budget_id else None
        if above is not None:
            by = drawn_more(drawn_of(above.id, [], [before] if before else []), drawn_of(above.id, [], [state]))
            change = Change(above.id, told, ChangeKind.TO_BUDGET_BELOW, by, other_id=id)
            above.add(by, change, is_change=is_change)


def drawn_more(before: Drawn, after: Drawn) -> Figures:
    """The figures of a budget of which others draw more, or less."""
    granted = after.granted - before.granted
    held = after.contingency - before.contingency
    return NOTHING.model_copy(update={"granted": granted, "contingency": held, "available": -granted})
