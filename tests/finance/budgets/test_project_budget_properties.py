"""What holds for every project budget, whatever is asked of it in whatever order."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import BaseModel

from chassis.domain.decider import Actor, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.money import LARGEST, Funds
from services.finance.budgets.domain.project_budget import funding, spending
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from tests.examples import examples

PROJECT, DIVISION = UUID(int=1), UUID(int=2)
CONVERGENT = (
    funding.OpenProjectBudget,
    funding.TakeOverProjectBudget,
    spending.MakeCommitment,
    spending.RecordActual,
    spending.StateActual,
    project_budget.StateEstimateAtCompletion,
    project_budget.CloseProjectBudget,
)

ids = some.integers(10, 14).map(lambda number: UUID(int=number))
sources = some.none() | some.integers(20, 21).map(lambda number: UUID(int=number))
texts = some.sampled_from(["a", "b"])
days = some.dates(date(2026, 11, 19), date(2026, 11, 25))
usual = some.integers(0, 60).map(Decimal) | some.decimals(0, 60, places=6)
unusual = some.sampled_from([Decimal(-1), Decimal(0), LARGEST, LARGEST + 1, Decimal(10) ** 18 - 1, Decimal("1E+5")])
currencies = some.sampled_from(["EUR"] * 19 + ["USD"])
monies = some.builds(Money, amount=some.one_of([usual] * 9 + [unusual]), currency=currencies)
funds = some.none() | some.builds(
    Funds,
    approved=some.sampled_from([True, True, False]),
    fiscal_year=some.just(2027),
    current=usual.map(lambda amount: Money(amount=amount + 1000, currency="EUR")),
    allotted=usual.map(lambda amount: Money(amount=amount, currency="EUR")),
)


def answer(
    state: ProjectBudget | None, command: project_budget.ProjectBudgetCommand, known: ProjectBudgetFacts
) -> list[BaseModel] | Refused:
    """The events of a command, or its refusal; any other exception is a failure."""
    try:
        return list(project_budget.PROJECT_BUDGET.decide(state, command, known))
    except Refused as refused:
        return refused


class AnyProjectBudget(RuleBasedStateMachine):
    """Asks for anything; keeps the events, and beside them the figures a subscriber would add up."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[BaseModel] = []
        self.state: ProjectBudget | None = None
        self.currency = ""
        self.granted = self.spent = self.committed = Decimal(0)

    @initialize(taken_over=some.booleans(), granted=some.integers(50, 150))
    def begin(self, taken_over: bool, granted: int) -> None:
        amount = Money(amount=Decimal(granted), currency="EUR")
        if taken_over:
            self.ask(funding.TakeOverProjectBudget(division_id=DIVISION, granted=amount, source="ledger"), None)
        else:
            self.ask(funding.OpenProjectBudget(division_id=DIVISION, asked=amount), None)

    @rule(asked=monies)
    def open(self, asked: Money) -> None:
        self.ask(funding.OpenProjectBudget(division_id=DIVISION, asked=asked), None)

    @rule(granted=monies, contingency=monies, source=sources, known=funds)
    def confirm(self, granted: Money, contingency: Money, source: UUID | None, known: Funds | None) -> None:
        self.ask(funding.ConfirmFunding(granted=granted, contingency=contingency, division_budget_id=source), known)

    @rule(known=funds)
    def confirm_as_asked(self, known: Funds | None) -> None:
        if self.state is not None and self.state.asked is not None:
            self.confirm(self.state.asked, self.state.asked, None if known is None else DIVISION, known)

    @rule()
    def refuse(self) -> None:
        self.ask(funding.RefuseFunding(reason="no money"), None)

    @rule(amount=monies, source=sources, known=funds)
    def supplement(self, amount: Money, source: UUID | None, known: Funds | None) -> None:
        self.ask(funding.SupplementProjectBudget(amount=amount, reason="scope", division_budget_id=source), known)

    @rule(granted=monies)
    def take_over(self, granted: Money) -> None:
        self.ask(funding.TakeOverProjectBudget(division_id=DIVISION, granted=granted, source="ledger"), None)

    @rule(id=ids, amount=monies, category=texts)
    def commit(self, id: UUID, amount: Money, category: str) -> None:
        self.ask(spending.MakeCommitment(commitment_id=id, category=category, amount=amount, reference="order"), None)

    @rule(id=ids)
    def release(self, id: UUID) -> None:
        self.ask(spending.ReleaseCommitment(commitment_id=id, reason="delivered"), None)

    @rule(id=ids, order=some.none() | ids, amount=monies, reference=texts, day=days)
    def record(self, id: UUID, order: UUID | None, amount: Money, reference: str, day: date) -> None:
        command = spending.RecordActual(
            entry_id=id, category="a", amount=amount, commitment_id=order, reference=reference, occurred_on=day
        )
        self.ask(command, None)

    @rule(data=some.data(), id=ids)
    def reverse(self, data: some.DataObject, id: UUID) -> None:
        known = sorted(self.state.entries, key=str) if self.state else []
        self.ask(spending.ReverseActual(entry_id=data.draw(some.sampled_from([id, *known])), reason="typo"), None)

    @rule(amount=monies, reference=texts, category=texts, day=days)
    def state_actual(self, amount: Money, reference: str, category: str, day: date) -> None:
        command = spending.StateActual(
            reference=reference, category=category, amount=amount, occurred_on=day, reason="import"
        )
        self.ask(command, None)

    @rule(amount=monies, day=days, basis=some.sampled_from(["stated", "taken over", "earned value"]))
    def estimate(self, amount: Money, day: date, basis: Any) -> None:
        self.ask(
            project_budget.StateEstimateAtCompletion(estimate=amount, basis=basis, as_of=day, reason="report"), None
        )

    @rule(really=some.sampled_from([False] * 9 + [True]))
    def close(self, really: bool) -> None:
        if really:
            self.ask(project_budget.CloseProjectBudget(), None)

    def ask(self, command: project_budget.ProjectBudgetCommand, funds: Funds | None) -> None:
        """Decide and fold."""
        known = ProjectBudgetFacts(
            actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=PROJECT, division_budget=funds
        )
        decided = answer(self.state, command, known)
        if isinstance(decided, Refused):
            assert decided.detail
            assert decided.remedy
            return
        self.state = project_budget.PROJECT_BUDGET.fold(decided, self.state)
        self.events += decided
        for event in decided:
            self.add_up(event)
        assert self.state is not None
        if isinstance(command, spending.MakeCommitment) and decided:
            assert self.state.available.amount >= 0
        if isinstance(command, CONVERGENT):
            assert answer(self.state, command, known) == []

    def add_up(self, event: BaseModel) -> None:
        """What a subscriber who knows no rule makes of the events."""
        match event:
            case (
                finance.ProjectBudgetTakenOver(granted=granted)
                | finance.TakenOverBudgetCorrected(granted=granted)
                | finance.ProjectFundingConfirmed(granted=granted)
                | finance.ProjectBudgetSupplemented(granted=granted)
            ):
                self.granted = granted.amount
            case finance.CommitmentMade(amount=amount):
                self.committed += amount.amount
            case finance.CommitmentReleased(amount=amount):
                self.committed -= amount.amount
            case finance.ActualRecorded(amount=amount, consumed=consumed):
                assert 0 <= consumed.amount <= amount.amount
                self.spent, self.committed = self.spent + amount.amount, self.committed - consumed.amount
            case finance.ActualReversed(amount=amount, restored=restored):
                assert 0 <= restored.amount <= amount.amount
                self.spent, self.committed = self.spent - amount.amount, self.committed + restored.amount
            case finance.OverrunRaised(overrun=overrun):
                assert overrun.amount == self.committed + self.spent - self.granted

    @invariant()
    def the_state_is_what_the_events_add_up_to(self) -> None:
        assert project_budget.PROJECT_BUDGET.fold(self.events) == self.state
        if self.state is not None:
            assert ProjectBudget.model_validate_json(self.state.model_dump_json()) == self.state

    @invariant()
    def the_figures_are_those_of_the_events(self) -> None:
        if self.state is not None:
            figures = (self.state.granted.amount, self.state.committed.amount, self.state.spent.amount)
            assert figures == (self.granted, self.committed, self.spent)
            held = self.state.contingency.amount
            assert self.state.available.amount == self.granted - held - self.committed - self.spent
            currencies = {self.state.granted, self.state.committed, self.state.spent, self.state.available}
            assert len({money.currency for money in currencies}) == 1

    @invariant()
    def every_unit_is_counted_once(self) -> None:
        if self.state is not None:
            entries = self.state.entries.values()
            assert self.spent == sum(entry.amount for entry in entries)
            opened = Decimal(0)
            for id, commitment in self.state.commitments.items():
                invoiced = sum((entry.amount for entry in entries if entry.commitment_id == id), Decimal(0))
                opened += max(commitment.amount - invoiced, Decimal(0))
            assert self.committed == opened

    @invariant()
    def the_overrun_is_raised_exactly_while_there_is_one(self) -> None:
        if self.state is not None:
            assert self.state.overrun == (self.committed + self.spent > self.granted)

    @invariant()
    def the_contingency_and_the_allotments_are_parts_of_what_is_granted(self) -> None:
        if self.state is not None and self.state.taken_over is None:
            allotted = sum((money.amount for money in self.state.allotments.values()), Decimal(0))
            assert 0 <= self.state.contingency.amount <= self.granted
            assert 0 <= allotted <= self.granted


TestAnyProjectBudget = AnyProjectBudget.TestCase
TestAnyProjectBudget.settings = settings(max_examples=examples(150), stateful_step_count=30, deadline=None)
