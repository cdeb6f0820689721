"""No cent appears or vanishes, nothing overdraws, budgets below and projects stay within: over random histories."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Command, Decider, IssuedCommand, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.division_budget import drafting, model, moving
from services.finance.budgets.domain.division_budget import rules as division_budget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import DEFAULTS
from services.finance.budgets.domain.money import Funds
from services.finance.budgets.domain.project_budget import funding
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.spending.domain import commitment, expense
from services.finance.spending.domain.charged import Charged, SpendingFacts
from services.finance.spending.domain.commitment import COMMITMENT, Commitment
from services.finance.spending.domain.expense import EXPENSE, SPENT, Expense

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
POLICY = DEFAULTS.but(annual=finance.Control.IGNORE, without_line=finance.Control.IGNORE)
CATEGORIES = ("licences", "hardware", "travel")
HISTORIES, BATCHES, COMMANDS = 200, 8, 1_000
NOBODY = Actor("tests")
Further = Callable[[Any, Any, Any, Any], Sequence[IssuedCommand]]


class World:
    """Finance's aggregates in memory: a command and what follows from it happen whole or not at all."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.states: dict[str, dict[UUID, Any]] = {
            "division-budget": {},
            "project-budget": {},
            "commitment": {},
            "expense": {},
        }
        self.supplements: dict[UUID, Decimal] = defaultdict(Decimal)
        self.refused: Counter[str] = Counter()
        self.done = 0

    @property
    def budgets(self) -> dict[UUID, model.DivisionBudget]:
        return self.states["division-budget"]

    @property
    def projects(self) -> dict[UUID, ProjectBudget]:
        return self.states["project-budget"]

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def pick(self, kind: str) -> UUID:
        return self.random.choice(list(self.states[kind]))

    def amount(self, most: int = 400) -> Money:
        return Money(amount=Decimal(self.random.randint(1, most * 100)) / 100, currency="EUR")

    def below(self, id: UUID) -> Decimal:
        """What the approved budgets below one hold, and what projects draw from it."""
        held = [each.current.amount for each in self.budgets.values() if each.parent_budget_id == id and in_force(each)]
        drawn = [each.allotments[id].amount for each in self.projects.values() if id in each.allotments]
        return sum([*held, *drawn], Decimal(0))

    def funds(self, id: UUID | None) -> Funds | None:
        budget = self.budgets.get(id) if id else None
        if budget is None or id is None:
            return None
        return Funds(
            approved=budget.status == "approved",
            fiscal_year=budget.fiscal_year,
            current=budget.current,
            allotted=Money(amount=self.below(id), currency="EUR"),
            charged=budget.charges.total,
        )

    def facts(self, decider: Decider[Any], id: UUID, command: Any) -> Any:
        known: dict[str, Any] = {"actor": NOBODY, "at": AT, "id": id}
        state: Any = self.states[decider.kind].get(id)
        named: Any = command if state is None else state
        if decider is DIVISION_BUDGET:
            parent = self.funds(getattr(named, "parent_budget_id", None))
            if isinstance(command, moving.ReceiveTransfer) and parent is not None:
                sender = self.budgets.get(command.other_budget_id)
                parent = moving.once_sent(parent, state.parent_budget_id, command, sender)
            other = self.funds(command.other_budget_id) if isinstance(command, moving.TransferOut) else None
            allotted = Money(amount=self.below(id), currency="EUR")
            return model.DivisionBudgetFacts(**known, parent=parent, other=other, allotted=allotted, policy=POLICY)
        if decider is PROJECT_BUDGET:
            source = self.funds(getattr(command, "division_budget_id", None))
            return ProjectBudgetFacts(**known, division_budget=source)
        budget = self.budgets.get(named.division_budget_id) or self.projects.get(named.project_id)
        if decider is COMMITMENT:
            return SpendingFacts(**known, budget=budget)
        order_id: Any = getattr(named, "commitment_id", None)
        order = self.states["commitment"].get(order_id)
        return expense.ExpenseFacts(**known, budget=budget, commitment=order)

    def do(self, decider: Decider[Any], id: UUID, command: Command, further: Further | None = None) -> bool:
        """Carry a command out with what follows from it; all of it, or nothing."""
        kept = {kind: dict(states) for kind, states in self.states.items()}
        try:
            self.step(decider, id, command, further)
        except Refused as refused:
            self.states = kept
            self.refused[refused.rule] += 1
            return False
        self.done += 1
        return True

    def step(self, decider: Decider[Any], id: UUID, command: Command, further: Further | None) -> None:
        before, facts = self.states[decider.kind].get(id), self.facts(decider, id, command)
        events = decider.decide(before, command, facts)
        after = decider.fold(events, before)
        self.states[decider.kind][id] = after
        for issued in further(command, before, after, facts) if further and events else ():
            self.step(issued.decider, issued.id, issued.command, None)

    def budget(self) -> None:
        id, parent = self.new_id(), self.random.choice([None, *self.budgets])
        line = finance.BudgetLine(
            category="licences",
            cost_kind=finance.CostKind.OPEX,
            purpose=finance.Purpose.RUN,
            amount=self.amount(1_000),
            spread=(Decimal(100),),
        )
        draft = drafting.DraftDivisionBudget(
            division_id=self.new_id(), fiscal_year=2026, currency="EUR", parent_budget_id=parent, lines=(line,)
        )
        self.do(DIVISION_BUDGET, id, draft)
        self.do(DIVISION_BUDGET, id, division_budget.SubmitDivisionBudget())
        self.do(DIVISION_BUDGET, id, division_budget.ApproveDivisionBudget())

    def supplement(self) -> None:
        id, amount = self.pick("division-budget"), self.amount()
        if self.do(DIVISION_BUDGET, id, moving.SupplementDivisionBudget(amount=amount, reason="More.")):
            self.supplements[id] += amount.amount

    def transfer(self) -> None:
        out = moving.TransferOut(
            transfer_id=self.new_id(),
            other_budget_id=self.pick("division-budget"),
            amount=self.amount(),
            reason="Priorities.",
        )
        self.do(DIVISION_BUDGET, self.pick("division-budget"), out, division_budget.received)

    def close_budget(self) -> None:
        if len(self.budgets) > 1 and self.random.random() < 0.01:
            self.do(DIVISION_BUDGET, self.pick("division-budget"), division_budget.CloseDivisionBudget())

    def project(self) -> None:
        """A project asks, and a division's budget grants some of it."""
        id, asked, source = self.new_id(), self.amount(600), self.pick("division-budget")
        self.do(PROJECT_BUDGET, id, funding.OpenProjectBudget(division_id=self.new_id(), asked=asked))
        contingency = Money(amount=asked.amount // 10, currency="EUR")
        grant = funding.ConfirmFunding(granted=asked, contingency=contingency, division_budget_id=source)
        self.do(PROJECT_BUDGET, id, grant)

    def change_project(self) -> None:
        id = self.pick("project-budget")
        more = funding.SupplementProjectBudget(
            amount=self.amount(100), reason="Scope.", division_budget_id=self.pick("division-budget")
        )
        ended = self.random.random() < 0.2
        self.do(PROJECT_BUDGET, id, project_budget.CloseProjectBudget() if ended else more)

    def target(self) -> dict[str, UUID]:
        """The budget of a division or of a project."""
        if self.projects and self.random.random() < 0.5:
            return {"project_id": self.pick("project-budget")}
        return {"division_budget_id": self.pick("division-budget")}

    def state_expense(self) -> None:
        """Another system states an expense, or states one otherwise."""
        stated = [id for id, each in self.states["expense"].items() if each.status == "stated"]
        again = bool(stated) and self.random.random() < 0.6
        id = self.random.choice(stated) if again else self.new_id()
        known: Expense | None = self.states["expense"].get(id)
        target = {"division_budget_id": known.division_budget_id, "project_id": known.project_id} if known else None
        state = expense.StateExpense(
            **target or self.target(),
            category=self.random.choice(CATEGORIES),
            amount=self.amount(),
            reference="Ledger",
            occurred_on=date(2026, 11, self.random.randint(1, 20)),
            reason="Import.",
        )
        self.do(EXPENSE, id, state, expense.stated)

    def order(self) -> None:
        id = self.new_id()
        draft = commitment.DraftCommitment(
            **self.target(), category=self.random.choice(CATEGORIES), amount=self.amount(), reference="Order"
        )
        self.do(COMMITMENT, id, draft)
        if self.random.random() < 0.8:
            self.do(COMMITMENT, id, commitment.PlaceOrder(), commitment.charge)

    def change_order(self) -> None:
        step = self.random.choice(
            [
                commitment.PlanCommitment(),
                commitment.PlaceOrder(),
                commitment.ReleaseCommitment(reason="No need."),
                commitment.CancelCommitment(reason="No need."),
            ]
        )
        self.do(COMMITMENT, self.pick("commitment"), step, commitment.charge)

    def spend(self) -> None:
        id, order_id = self.new_id(), self.pick("commitment")
        order: Commitment = self.states["commitment"][order_id]
        invoiced = self.random.random() < 0.7
        amount = self.amount(300)
        credit = self.random.random() < 0.2
        submit = expense.SubmitExpense(
            **{"division_budget_id": order.division_budget_id, "project_id": order.project_id}
            if invoiced
            else self.target(),
            category=order.category if invoiced else self.random.choice(CATEGORIES),
            amount=Money(amount=-amount.amount, currency="EUR") if credit else amount,
            commitment_id=order_id if invoiced else None,
            last=invoiced and self.random.random() < 0.3,
            reference="Invoice",
            occurred_on=date(2026, 11, 1) + timedelta(days=self.random.randint(0, 20)),
        )
        self.do(EXPENSE, id, submit)

    def approve(self) -> None:
        self.do(EXPENSE, self.pick("expense"), expense.ApproveExpense(), expense.approved)

    def take_back(self) -> None:
        self.do(EXPENSE, self.pick("expense"), expense.ReverseExpense(reason="Wrong."), expense.reversed_)

    def go_on(self) -> None:
        steps = [self.supplement, self.transfer, self.close_budget, self.order, self.change_order, self.spend]
        steps += [self.project, self.change_project, self.state_expense]
        self.random.choice([*steps, self.order, self.spend, self.approve, self.approve, self.take_back])()

    def check_project(self, id: UUID, was: ProjectBudget | None) -> None:
        """Only what happened overdraws a project's budget, and what exceeds it is on record."""
        now = self.projects[id]
        happened = was is not None and now.spent != was.spent
        assert now.available.amount >= 0 or happened or (was and now.available.amount >= was.available.amount)
        assert now.overrun == (now.uncharged < 0)

    def check_control(self, id: UUID, was: model.DivisionBudget) -> None:
        """Only what happened overdraws a budget."""
        now, below = self.budgets[id], Money(amount=self.below(id), currency="EUR")
        happened = now.charges.spent != was.charges.spent
        assert now.available(below) >= 0 or happened or now.available(below) >= was.available(below)

    def check(self) -> None:
        """What holds at the end of every history."""
        for id, budget in self.budgets.items():
            sums = budget.charges
            assert (sums.planned, sums.committed, sums.spent) == self.charged_to(id)
            left = budget.available(Money(amount=self.below(id), currency="EUR"))
            assert left >= 0 or budget.overrun >= -left, "what exceeds a budget is on record"
        for id, project in self.projects.items():
            assert (project.planned.amount, project.committed.amount, project.spent.amount) == self.charged_to(id)
            drawn = sum((each.amount for each in project.allotments.values()), Decimal(0))
            assert drawn == project.granted.amount - project.returned.amount
            assert project.status != "closed" or drawn == 0 or project.uncharged <= 0, "what is left went back"
        originals = sum((each.original.amount for each in self.budgets.values()), Decimal(0))
        moved = sum(self.supplements.values(), Decimal(0))
        assert sum((each.current.amount for each in self.budgets.values()), Decimal(0)) == originals + moved

    def charged_to(self, id: UUID) -> tuple[Decimal, Decimal, Decimal]:
        """What commitments and expenses themselves say of a budget."""
        orders: list[Commitment] = [o for o in self.states["commitment"].values() if id == charged(o)]
        spent: list[Expense] = [each for each in self.states["expense"].values() if id == charged(each)]
        return (
            sum((commitment.planned_of(order) for order in orders), Decimal(0)),
            sum((order.open for order in orders), Decimal(0)),
            sum((each.amount.amount for each in spent if each.status in SPENT), Decimal(0)),
        )


def charged(it: Charged) -> UUID | None:
    return it.division_budget_id or it.project_id


def in_force(budget: model.DivisionBudget) -> bool:
    return budget.status in ("approved", "closed")


def history(seed: int, budgets: int, commands: int) -> World:
    world = World(seed)
    for _ in range(budgets):
        world.budget()
    world.project()
    world.order()
    world.spend()
    while world.done + world.refused.total() < commands:
        was, before = dict(world.budgets), dict(world.projects)
        world.go_on()
        for id in [id for id, budget in world.budgets.items() if budget is not was[id]]:
            world.check_control(id, was[id])
        for id in [id for id, project in world.projects.items() if project is not before.get(id)]:
            world.check_project(id, before.get(id))
    world.check()
    return world


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_cent_appears_or_vanishes_and_nothing_but_what_happened_overdraws(batch: int) -> None:
    refused: Counter[str] = Counter()
    for seed in range(batch, HISTORIES, BATCHES):
        refused += history(seed, budgets=1 if seed // BATCHES % 2 else 8, commands=COMMANDS).refused
    assert {"no-overdraw", "exceeds-division-budget", "only-approved", "budget-closed"} <= refused.keys()
